// Package orderhub is the language of the shop: orders with their lines,
// payments, shipments and taxes, customers, groups, discount cards and bonus
// points, shops and their order statuses, events and errors.
//
// Every other package speaks in these types. The package knows no SQL, no
// HTTP and no vendor, so it can be read from top to bottom as a glossary;
// docs/schema.md walks an order of each vendor through it.
//
// An order is known by its Number, which the shop chooses; ID is ours and
// never changes. Whether a field stands here or in Extras follows one rule: a
// field that two dialects have is a domain field, a field that only one has
// is an extra, kept verbatim under that dialect's name.
//
// Amounts are exact (package money), quantities are thousandths, instants are
// UTC with microseconds. The zero time means "never".
package orderhub
