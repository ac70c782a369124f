package sheet

import "strings"

// A spreadsheet that opens CSV runs a cell as a formula when it begins with
// one of these, or with its full-width form. The other characters may be
// dropped by it, and so bring one of these to the front.
const formulaBegins = "=+-@\t\r\n\x00＝＋－＠"

// guarded reports whether a cell of CSV carries a guard: an apostrophe before
// what would be a formula, or before other apostrophes before it, so that
// such a text keeps its own.
func guarded(cell string) bool {
	return strings.HasPrefix(cell, "'") && dangerous(cell)
}

// dangerous reports whether a text needs a guard.
func dangerous(text string) bool {
	text = strings.TrimLeft(text, "'")
	for _, first := range text {
		return strings.ContainsRune(formulaBegins, first)
	}
	return false
}
