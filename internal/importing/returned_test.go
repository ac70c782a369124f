package importing_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"orderhub"
	"orderhub/internal/sheet"
	"orderhub/internal/store/storetest"
)

func TestOneBadRowOfManyComesBack(t *testing.T) {
	const all, bad = 10_000, 7_777
	b := newBench(t, storetest.Open(t))
	b.imports.Batch = 0
	file := header + people(1, bad-1) + "k-7777,person7777,Мария 7777,+74950007777,2018-01-01 00:11:22,Тверь\n" + people(bad+1, all-bad)
	i := b.do(b.create(file), orderhub.ImportRunning)
	if want := (orderhub.ImportTally{Created: all - 1, Invalid: 1}); i.Result != want || i.Rows != all {
		t.Errorf("%d rows: %+v, want %+v", i.Rows, i.Result, want)
	}
	if diff := cmp.Diff([]string{`row 7778, column "email" is not an e-mail address`}, b.faults(i)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	var out bytes.Buffer
	if n, err := b.imports.Rejects(t.Context(), i, &out); n != 1 || err != nil {
		t.Fatalf("%d rows came back, %v", n, err)
	}
	again := b.do(b.create(strings.Replace(out.String(), "person7777", "person7777@shop.example", 1)), orderhub.ImportRunning)
	if want := (orderhub.ImportTally{Created: 1}); again.Result != want {
		t.Errorf("the mended row: %+v %q", again.Result, b.faults(again))
	}
}

// formulas are texts that a spreadsheet would run, or might take for such.
var formulas = []string{
	"=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", ";=1", "=HYPERLINK(\"http://shop.example/\",\"x\")", "＝1+1", "＋1", "－1", "＠x",
	"''=1", "a'=1", "'", " =1", "=", "-", "\"=1\"", "=1,=2", "=1;=2|=3",
}

// formulaRows are rows of customers of which each has such texts and a fault.
func formulaRows() (names []string, rows [][]string) {
	names = []string{"external_id", "email", "name", "phone", "created_at", "note"}
	for _, f := range formulas {
		rows = append(rows, []string{f, "no address", f, "", "", f})
	}
	return names, rows
}

func TestFormulasComeBackAsTheTextsThatTheyWere(t *testing.T) {
	names, rows := formulaRows()
	for name, write := range map[string]func(*bytes.Buffer) *sheet.Writer{
		"CSV":  func(b *bytes.Buffer) *sheet.Writer { return sheet.NewCSV(b, sheet.CSVOptions{Separator: ';'}) },
		"XLSX": func(b *bytes.Buffer) *sheet.Writer { return sheet.NewXLSX(b, "customers") },
	} {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			w := write(&file)
			err := w.Header(names...)
			for _, row := range rows {
				cells := make([]sheet.Cell, len(row))
				for n, text := range row {
					cells[n] = sheet.Text(text)
				}
				if err == nil {
					err = w.Write(cells...)
				}
			}
			if err == nil {
				err = w.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			checkReturned(t, file.Bytes(), rows)
		})
	}
	t.Run("CSV without guards", func(t *testing.T) {
		var file strings.Builder
		dialect{separator: ",", end: "\r\n", quoted: true}.row(&file, names)
		var bare [][]string
		for _, row := range rows {
			if row[0] != "''=1" { // there an apostrophe is a guard
				dialect{separator: ",", end: "\r\n", quoted: true}.row(&file, row)
				bare = append(bare, row)
			}
		}
		checkReturned(t, []byte(file.String()), bare)
	})
}

// checkReturned imports a file all rows of which are refused, and compares what
// comes back.
func checkReturned(t *testing.T, file []byte, want [][]string) {
	t.Helper()
	b := newBench(t, storetest.Open(t))
	i, _, err := b.imports.Create(t.Context(), b.shop, orderhub.ImportCustomers, "file", bytes.NewReader(file), orderhub.ImportPlan{})
	if err != nil {
		t.Fatal(err)
	}
	i = b.do(i, orderhub.ImportRunning)
	var out bytes.Buffer
	if n, err := b.imports.Rejects(t.Context(), i, &out); n != len(want) || err != nil {
		t.Fatalf("%d of %d rows came back, %v", n, len(want), err)
	}
	r, err := sheet.New(bytes.NewReader(out.Bytes()), int64(out.Len()), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got [][]string
	for row, err := range r.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		last := len(row.Cells) - 1
		if !strings.Contains(row.Cells[last], "is not an e-mail address") {
			t.Errorf("the reason is %q", row.Cells[last])
		}
		got = append(got, append([]string(nil), row.Cells[:last]...))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-sent +returned):\n%s", diff)
	}
	if r.Format().Kind == "XLSX" {
		checkNoFormula(t, out.Bytes())
	} else if cell := unguarded(t, out.String(), r.Format().Separator); cell != "" {
		t.Errorf("a spreadsheet would run the cell %q", cell)
	}
}

// unguarded is the first cell, if any, that a spreadsheet runs: it drops the
// apostrophe of none.
func unguarded(t *testing.T, file string, separator byte) string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff")))
	r.Comma = rune(separator)
	table, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range slices.Concat(table...) {
		if strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") == 0 {
			return cell
		}
	}
	return ""
}

func checkNoFormula(t *testing.T, file []byte) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := f.GetSheetName(0)
	table, err := f.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	for y := range table {
		for x := range table[y] {
			ref, err := excelize.CoordinatesToCellName(x+1, y+1)
			if err != nil {
				t.Fatal(err)
			}
			formula, err := f.GetCellFormula(name, ref)
			kind, typeErr := f.GetCellType(name, ref)
			if formula != "" || err != nil || typeErr != nil || kind == excelize.CellTypeFormula {
				t.Errorf("%s is a formula %q, %v %v", ref, formula, err, typeErr)
			}
		}
	}
}
