package sheet

import (
	"bytes"
	"strings"
)

// magics are the beginnings of files that people send by mistake.
var magics = []struct{ begins, text string }{
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "the file is an old Excel workbook (.xls) or one with a password: save it as .xlsx without a password"},
	{"%PDF", "the file is a PDF document, not a table: send CSV or XLSX"},
	{"\x1f\x8b", "the file is packed with gzip: unpack it first"},
	{"Rar!\x1a\x07", "the file is a RAR archive: unpack it first"},
	{"7z\xbc\xaf\x27\x1c", "the file is a 7z archive: unpack it first"},
	{"BZh", "the file is packed with bzip2: unpack it first"},
	{"\x28\xb5\x2f\xfd", "the file is packed with zstd: unpack it first"},
	{"\x89PNG", "the file is a picture, not a table: send CSV or XLSX"},
	{"\xff\xd8\xff", "the file is a picture, not a table: send CSV or XLSX"},
	{"GIF8", "the file is a picture, not a table: send CSV or XLSX"},
	{"{\\rtf", "the file is an RTF document, not a table: send CSV or XLSX"},
	{"\xff\xfe\x00\x00", "the file is written in UTF-32: save it as UTF-8"},
	{"\x00\x00\xfe\xff", "the file is written in UTF-32: save it as UTF-8"},
	{"SQLite format 3", "the file is an SQLite database, not a table: send CSV or XLSX"},
}

// marks are the beginnings of texts that are no tables, in lower case.
var marks = []struct{ begins, text string }{
	{"<?xml", "the file is an XML document, not a table: send CSV or XLSX"},
	{"<!doctype html", "the file is a web page, whatever its name says: save it as CSV or XLSX"},
	{"<html", "the file is a web page, whatever its name says: save it as CSV or XLSX"},
	{"<table", "the file is a web page, whatever its name says: save it as CSV or XLSX"},
	{"{\"", "the file is a JSON document, not a table: send CSV or XLSX"},
	{"[{", "the file is a JSON document, not a table: send CSV or XLSX"},
}

// recognise tells a workbook from CSV by the first bytes of a file, and
// names what is neither.
func recognise(head []byte) (kind string, err error) {
	if len(head) == 0 {
		return "", refused("the file is empty")
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.begins)) {
			return "", refused("%s", m.text)
		}
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")) {
		return "XLSX", nil
	}
	text := strings.TrimLeft(strings.ToLower(string(bytes.TrimPrefix(head, []byte(utf8Mark)))), " \t\r\n")
	for _, m := range marks {
		if strings.HasPrefix(text, m.begins) {
			return "", refused("%s", m.text)
		}
	}
	return "CSV", nil
}
