// Package query is what the statements of all nouns are made of: transactions
// bound to a shop, inserts and updates of many rows, conditions on many values,
// pages of lists. Each exists once, in the form that suits the database (Words):
// lists of a few fixed lengths for SQLite, arrays for PostgreSQL.
package query
