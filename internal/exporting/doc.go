// Package exporting writes what a shop has into files: customers, orders,
// cards, entries of bonus ledgers and products, as CSV and XLSX. It is a door
// like the dialects are, whose answer is a file: it asks the services and
// writes rows.
//
// Columns bear the names that package importing knows, so that a file can be
// imported again. A plain name is the shop's own word, such as email; a dotted
// one is ours, such as customer.gender. Each attribute that the shop is known
// to use has a column attribute.NAME, and one last column holds the others as
// a JSON object, so that nothing is lost when a name is not known yet. What is
// a list of documents, such as the payments of an order, is a cell of JSON, as
// encoding/json prints the values of package orderhub.
//
// A list is read page by page, each as the store is then, and its rows are
// written as they come: memory does not grow with the list. No cell is one that
// a spreadsheet would run; see package sheet.
package exporting
