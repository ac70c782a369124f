package sheet

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The parts of a workbook besides its only worksheet. The styles are 0 for
// anything, 1 for a day, 2 for a day with a time, 3 for text.
const (
	xmlHead      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpace    = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relSpace     = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	contentTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`
	rootRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="` + relSpace + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	bookRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="` + relSpace + `/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="` + relSpace + `/styles" Target="styles.xml"/></Relationships>`
	styles = xmlHead + `<styleSheet ` + mainSpace + `>` +
		`<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>` +
		`<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`
	sheetHead = xmlHead + `<worksheet ` + mainSpace + `><sheetData>`
	sheetFoot = `</sheetData></worksheet>`
)

// NewXLSX writes a workbook with one worksheet of that name, of which Excel
// takes 31 characters. Texts are typed as text, so that nothing is run as a
// formula. A table of more than 1,048,576 rows, and a text of more than
// 32,767 characters, is refused, because no spreadsheet would open it.
func NewXLSX(w io.Writer, name string) *Writer {
	return &Writer{to: &xlsxSink{zip: zip.NewWriter(w), name: sheetName(name)}}
}

// sheetName makes a name that Excel takes.
func sheetName(name string) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`[]:*?/\`, r) || r == utf8.RuneError {
			return '_'
		}
		return r
	}, name), "' ")
	if r := []rune(name); len(r) > 31 {
		name = string(r[:31])
	}
	if name == "" {
		return "Sheet1"
	}
	return name
}

type xlsxSink struct {
	zip  *zip.Writer
	name string
	part *bufio.Writer
	buf  []byte
}

// begin writes all that stands before the rows.
func (x *xlsxSink) begin() error {
	book := xmlHead + `<workbook ` + mainSpace + ` xmlns:r="` + relSpace + `"><sheets><sheet name="` +
		string(appendXML(nil, x.name)) + `" sheetId="1" r:id="rId1"/></sheets></workbook>`
	for _, part := range [][2]string{
		{"[Content_Types].xml", contentTypes}, {"_rels/.rels", rootRels}, {"xl/workbook.xml", book},
		{"xl/_rels/workbook.xml.rels", bookRels}, {"xl/styles.xml", styles},
	} {
		w, err := x.zip.Create(part[0])
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, part[1]); err != nil {
			return err
		}
	}
	w, err := x.zip.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return err
	}
	x.part = bufio.NewWriterSize(w, 64<<10)
	_, err = x.part.WriteString(sheetHead)
	return err
}

func (x *xlsxSink) row(line int, cells []Cell) error {
	if line > maxRows {
		return &Error{Line: line, Text: fmt.Sprintf("a worksheet has at most %d rows: write CSV instead", maxRows), Final: true}
	}
	if x.part == nil {
		if err := x.begin(); err != nil {
			return err
		}
	}
	x.buf = append(strconv.AppendInt(append(x.buf[:0], `<row r="`...), int64(line), 10), `">`...)
	for i, c := range cells {
		if c.kind == textCell && len(c.text) > maxText && units(c.text) > maxText {
			return &Error{Line: line, Column: i + 1, Text: fmt.Sprintf("a cell of a worksheet holds at most %d characters: write CSV instead", maxText), Final: true}
		}
		x.buf = appendCellXML(x.buf, line, i+1, c)
	}
	x.buf = append(x.buf, "</row>"...)
	_, err := x.part.Write(x.buf)
	return err
}

// units counts a text as Excel does, in UTF-16.
func units(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

func appendCellXML(b []byte, line, column int, c Cell) []byte {
	if c.text == "" {
		return b
	}
	b = appendColumn(append(b, `<c r="`...), column)
	b = strconv.AppendInt(b, int64(line), 10)
	switch c.kind {
	case numberCell:
		return append(append(append(b, `"><v>`...), c.text...), "</v></c>"...)
	case dayCell:
		b = strconv.AppendInt(append(b, `" s="1"><v>`...), serialDay(c.at), 10)
		return append(b, "</v></c>"...)
	case momentCell:
		h, m, s := c.at.Clock()
		at := float64(serialDay(c.at)) + float64(h*3600+m*60+s)/86400
		b = strconv.AppendFloat(append(b, `" s="2"><v>`...), at, 'f', -1, 64)
		return append(b, "</v></c>"...)
	}
	b = append(b, `" s="3" t="inlineStr"><is><t xml:space="preserve">`...)
	return append(appendXML(b, c.text), "</t></is></c>"...)
}

// serialDay counts the days as workbooks do.
func serialDay(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/86400 + 25569
}

func appendColumn(b []byte, column int) []byte {
	if column > 26 {
		b = appendColumn(b, (column-1)/26)
	}
	return append(b, 'A'+byte((column-1)%26))
}

// appendXML writes a text with the entities of XML and, for what XML cannot
// hold or would change, the escapes of workbooks.
func appendXML(b []byte, text string) []byte {
	for i, r := range text {
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '"':
			b = append(b, "&quot;"...)
		case r < ' ' && r != '\t' && r != '\n' || r == 0xfffe || r == 0xffff:
			b = fmt.Appendf(b, "_x%04X_", r)
		case r == '_' && len(text) > i+1 && text[i+1] == 'x':
			b = append(b, "_x005F_"...) // else it might be read as an escape
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

func (x *xlsxSink) close() error {
	if x.part == nil {
		if err := x.begin(); err != nil {
			return err
		}
	}
	_, err := x.part.WriteString(sheetFoot)
	return errors.Join(err, x.part.Flush(), x.zip.Close())
}
