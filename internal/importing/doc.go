// Package importing brings files into the store: customers, orders, statuses
// of orders, cards, entries of bonus ledgers and products, from CSV, XLSX and
// YML. It is a door like the dialects are, whose request is a file and whose
// answer is a report: it reads rows and asks the services, where the rules are.
//
// A file is first rehearsed over its whole length, then run. Both do the same
// with every record, but that a rehearsal stores nothing, and so come to the
// same five numbers: created, updated, unchanged, conflict, invalid. A record
// is judged by itself: the good ones are stored though others are bad, and the
// bad ones come back as the same file with a column of reasons.
//
// A run is many transactions, each of a few hundred records. With them each
// stores how far it has come and what an undo needs, so that an import that
// was cut off goes on behind the last one, and never does a row twice.
package importing
