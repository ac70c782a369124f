package sheet_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"orderhub/internal/sheet"
)

// formulas are texts that a spreadsheet would run, and texts that look like
// guarded ones.
var formulas = []string{"=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "\x00=1", "＝1", "＋1", "－1", "＠x", ";=1", "\",=1", "'=1", "''=1", "'", "''", "'x", "-", "=", "_x0041_", "_x0041\x01", "a\r\nb", "\ufeff", " ", "<&>\"'", "]]>", "\uffff"}

func TestNoFormulas(t *testing.T) {
	for _, text := range formulas {
		var plain, book bytes.Buffer
		for _, w := range []*sheet.Writer{sheet.NewCSV(&plain, sheet.CSVOptions{}), sheet.NewXLSX(&book, "Odd")} {
			if err := w.Header("a", "b"); err != nil {
				t.Fatal(err)
			}
			if err := w.Write(sheet.Text("x"), sheet.Text(text)); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		for _, file := range []*bytes.Buffer{&plain, &book} {
			if _, rows, broken := read(t, file.Bytes(), sheet.Options{}); broken != nil || len(rows) != 1 || rows[0][1] != text {
				t.Errorf("%q came back as %q, broken %q", text, rows, broken)
			}
		}
		all, err := csv.NewReader(&plain).ReadAll()
		if err != nil {
			t.Fatalf("encoding/csv: %v", err)
		}
		if c := all[1][1]; strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠", []rune(c)[0]) {
			t.Errorf("%q stands in CSV as %q", text, c)
		}
		f, err := excelize.OpenReader(&book)
		if err != nil {
			t.Fatal(err)
		}
		if formula, err := f.GetCellFormula("Odd", "B2"); err != nil || formula != "" {
			t.Errorf("%q is the formula %q in XLSX, %v", text, formula, err)
		}
	}
}

func TestTypedCells(t *testing.T) {
	at := time.Date(2024, 5, 1, 10, 11, 12, 0, time.FixedZone("MSK", 3*3600))
	cells := []sheet.Cell{
		sheet.Number("-10.50"), sheet.Number("9007199254740993"), sheet.Number("1e5"), sheet.Number("007"),
		sheet.Day(at), sheet.Moment(at), sheet.Moment(time.Date(1812, 9, 7, 6, 0, 0, 0, time.UTC)), sheet.Text(""),
	}
	want := []string{"-10.50", "9007199254740993", "1e5", "007", "2024-05-01", "2024-05-01 10:11:12", "1812-09-07 06:00:00", ""}
	var plain, book bytes.Buffer
	for _, w := range []*sheet.Writer{sheet.NewCSV(&plain, sheet.CSVOptions{Mark: true, Separator: ';'}), sheet.NewXLSX(&book, "a/b: [long] ?*\\ name that is far too long")} {
		if err := w.Header("a", "b", "c", "d", "e", "f", "g", "h"); err != nil {
			t.Fatal(err)
		}
		if err := w.Write(cells...); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range [][]byte{plain.Bytes(), book.Bytes()} {
		if _, rows, _ := read(t, file, sheet.Options{}); !cmp.Equal([][]string{want}, rows) {
			t.Errorf("read %q, want %q", rows, want)
		}
	}
	if want := "\ufeffa;b;c;d;e;f;g;h\r\n-10.50;9007199254740993;1e5;007;2024-05-01;2024-05-01 10:11:12;1812-09-07 06:00:00;\r\n"; plain.String() != want {
		t.Errorf("CSV is %q, want %q", plain.String(), want)
	}
	f, err := excelize.OpenReader(&book)
	if err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]excelize.CellType{"A2": excelize.CellTypeUnset, "B2": excelize.CellTypeInlineString, "D2": excelize.CellTypeInlineString, "E2": excelize.CellTypeUnset} {
		if got, err := f.GetCellType(f.GetSheetName(0), ref); got != want || err != nil {
			t.Errorf("%s has type %v (%v), want %v", ref, got, err, want)
		}
	}
	if got, err := f.GetCellValue(f.GetSheetName(0), "F2"); got != "2024-05-01 10:11:12" || err != nil {
		t.Errorf("F2 shows %q, %v", got, err)
	}
}

func TestWriterRefuses(t *testing.T) {
	for want, write := range map[string]func(w *sheet.Writer) error{
		"line 2: the row has 1 cells": func(w *sheet.Writer) error { return w.Write(sheet.Text("1")) },
		"line 2, column 2: a cell of a worksheet holds at most 32767 characters": func(w *sheet.Writer) error {
			return w.Write(sheet.Text(""), sheet.Text(strings.Repeat("ж", 32768)))
		},
	} {
		var b bytes.Buffer
		w := sheet.NewXLSX(&b, "Sheet")
		if err := w.Header("a", "b"); err != nil {
			t.Fatal(err)
		}
		if err := write(w); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if err := w.Close(); err == nil {
			t.Errorf("%s: Close forgot it", want)
		}
	}
}

// TestRoundTrip writes any texts, and reads the same ones.
func TestRoundTrip(t *testing.T) {
	odd := rapid.SampledFrom(formulas)
	alphabet := rapid.StringOfN(rapid.SampledFrom([]rune("=+-@'\",;|\t\r\n\x00\x01_x0041Fab жł😀\ufeff\ufffe＝ ")), 0, 12, -1)
	text := rapid.OneOf(odd, alphabet, rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 4).Draw(t, "width")
		header := []string{"a", "b", "c", "d"}[:width]
		var rows [][]string
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			cells := rapid.SliceOfN(text, width, width).Draw(t, "cells")
			cells[0] += "x" // rows that are empty are not read
			rows = append(rows, cells)
		}
		var plain, book bytes.Buffer
		for _, w := range []*sheet.Writer{
			sheet.NewCSV(&plain, sheet.CSVOptions{Mark: rapid.Bool().Draw(t, "mark"), Separator: rapid.SampledFrom([]byte(",;\t|")).Draw(t, "separator")}),
			sheet.NewXLSX(&book, "Sheet"),
		} {
			err := w.Header(header...)
			for _, cells := range rows {
				typed := make([]sheet.Cell, width)
				for i, c := range cells {
					typed[i] = sheet.Text(c)
				}
				if err == nil {
					err = w.Write(typed...)
				}
			}
			if err != nil || w.Close() != nil {
				t.Fatal(err)
			}
		}
		for _, file := range [][]byte{plain.Bytes(), book.Bytes()} {
			r, err := sheet.New(bytes.NewReader(file), int64(len(file)), sheet.Options{})
			if err != nil {
				t.Fatalf("%q: %v", plain.String(), err)
			}
			var got [][]string
			for row, err := range r.Rows() {
				if err != nil {
					t.Fatalf("%q: %v", plain.String(), err)
				}
				got = append(got, append([]string(nil), row.Cells...))
			}
			if diff := cmp.Diff(rows, got); diff != "" {
				t.Fatalf("%s %q (-want +got):\n%s", r.Format().Kind, plain.String(), diff)
			}
			r.Close()
		}
	})
}
