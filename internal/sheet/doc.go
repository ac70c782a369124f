// Package sheet reads and writes tables in files: CSV in the encodings and
// dialects that programs write, and XLSX workbooks. Its rows are texts; what
// a text means, be it a number with a decimal comma or a date, is the
// reader's matter. The only values with a meaning here are those that an XLSX
// file does not keep as text: dates become 2006-01-02 or 2006-01-02 15:04:05,
// numbers are spelt out with every digit of the file, booleans are TRUE and
// FALSE, formulas are their stored result.
//
// What a file is, is recognised by its content, never by its name, and told
// by [Reader.Format]. Whoever knows better sets [Options].
//
// Memory does not grow with the file: texts that a workbook shares move to a
// temporary file beyond 32 MB. A file that would cost more than it can be
// worth, such as one that unpacks to a gigabyte, is refused with a sentence;
// the limits are in limits.go.
//
// XLSX is read by a scanner of our own, many times faster than the library,
// that knows the XML which spreadsheets write and nothing else. What it does
// not know goes to excelize; a fuzz test holds the two to the same cells.
//
// A text that a spreadsheet would run as a formula is written to CSV with an
// apostrophe before it, which the reader takes off again; see guard.go.
package sheet
