package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"orderhub/internal/sheet"
)

// read opens a file in memory and returns its header and rows, one text a
// cell, and the errors of its broken rows.
func read(t testing.TB, file []byte, o sheet.Options) (header []string, rows [][]string, broken []string) {
	t.Helper()
	r, err := sheet.New(bytes.NewReader(file), int64(len(file)), o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	defer r.Close()
	for row, err := range r.Rows() {
		if err != nil {
			broken = append(broken, err.Error())
			continue
		}
		rows = append(rows, append([]string(nil), row.Cells...))
	}
	return r.Header(), rows, broken
}

// refusal reads a file to its end and returns the final error.
func refusal(file io.ReaderAt, size int64, o sheet.Options) error {
	r, err := sheet.New(file, size, o)
	if err != nil {
		return err
	}
	defer r.Close()
	for _, err := range r.Rows() {
		if e, ok := errors.AsType[*sheet.Error](err); err != nil && (!ok || e.Final) {
			return err
		}
	}
	return nil
}

// A made is a workbook written by hand: its parts by name.
type made map[string]string

const (
	spreadsheetSpace = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relationsSpace   = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	relationType     = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	head             = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
)

// workbook makes the parts around a sheetData of that content. The styles
// are 0 general, 1 a date of format 14, 2 a date with time of its own format,
// 3 a time, 4 text, 5 an amount, 6 a duration.
func workbook(rows string) made {
	return made{
		"[Content_Types].xml": head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>`,
		"_rels/.rels":         head + `<Relationships ` + relationsSpace + `><Relationship Id="rId1" Type="` + relationType + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":     head + `<workbook ` + spreadsheetSpace + `><workbookPr/><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": head + `<Relationships ` + relationsSpace + `><Relationship Id="rId1" Type="` + relationType + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + relationType + `/styles" Target="styles.xml"/><Relationship Id="rId3" Type="` + relationType + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
		"xl/styles.xml": head + `<styleSheet ` + spreadsheetSpace + `><numFmts count="2"><numFmt numFmtId="164" formatCode="dd\.mm\.yyyy\ hh:mm"/><numFmt numFmtId="165" formatCode="[h]:mm:ss"/></numFmts>` +
			`<cellXfs count="7"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="20"/><xf numFmtId="49"/><xf numFmtId="4"/><xf numFmtId="165"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml":     head + `<sst ` + spreadsheetSpace + `><si><t>name</t></si></sst>`,
		"xl/worksheets/sheet1.xml": head + `<worksheet ` + spreadsheetSpace + `><sheetData>` + rows + `</sheetData></worksheet>`,
	}
}

// with returns the workbook with one part replaced.
func (m made) with(part, content string) made {
	m[part] = content
	return m
}

// share sets the shared texts, given as the insides of si.
func (m made) share(items ...string) made {
	return m.with("xl/sharedStrings.xml", head+`<sst `+spreadsheetSpace+`><si>`+strings.Join(items, "</si><si>")+`</si></sst>`)
}

func (m made) bytes(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range m {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// row makes the XML of a row of texts in the cells.
func row(n int, cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, n)
	for i, c := range cells {
		fmt.Fprintf(&b, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, n, c)
	}
	b.WriteString(`</row>`)
	return b.String()
}

// onDisk writes a file of the test.
func onDisk(t testing.TB, file []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
