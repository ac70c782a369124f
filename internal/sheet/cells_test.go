package sheet_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub/internal/sheet"
)

// TestCells reads one cell of every sort, by our scanner and, in an XML that
// has a comment and so is not of the usual form, by the library.
func TestCells(t *testing.T) {
	tests := []struct {
		cell string // the attributes and content of c, cut by |
		want string
	}{
		{`|<v>12</v>`, "12"},
		{`|<v>9007199254740993</v>`, "9007199254740993"},
		{`|<v>4.60123456789012E+17</v>`, "460123456789012000"},
		{`|<v>1.5E-3</v>`, "0.0015"},
		{`|<v>-2.50E+1</v>`, "-25"},
		{`|<v>1E+300</v>`, "1E+300"},
		{`|<v>1e999999999999</v>`, "1e999999999999"},
		{`|<v>0.30000000000000004</v>`, "0.30000000000000004"},
		{` s="5"|<v>1299.9</v>`, "1299.9"},
		{` s="1"|<v>45413</v>`, "2024-05-01"},
		{` s="1"|<v>45413.5</v>`, "2024-05-01 12:00:00"},
		{` s="2"|<v>45413</v>`, "2024-05-01 00:00:00"},
		{` s="2"|<v>45413.999999999</v>`, "2024-05-02 00:00:00"},
		{` s="1"|<v>1</v>`, "1900-01-01"},
		{` s="1"|<v>59</v>`, "1900-02-28"},
		{` s="1"|<v>60</v>`, "60"}, // the day that Excel made up
		{` s="1"|<v>61</v>`, "1900-03-01"},
		{` s="1"|<v>2958465</v>`, "9999-12-31"},
		{` s="1"|<v>2958466</v>`, "2958466"},
		{` s="1"|<v>-1</v>`, "-1"},
		{` s="1" t="str"|<f>TODAY()</f><v>01.05.2024</v>`, "01.05.2024"},
		{` s="3"|<v>0.75</v>`, "18:00:00"},
		{` s="6"|<v>1.5</v>`, "1.5"}, // a duration
		{` t="d" s="1"|<v>2024-05-01T10:00:00</v>`, "2024-05-01 10:00:00"},
		{` t="b"|<v>1</v>`, "TRUE"},
		{` t="b"|<v>0</v>`, "FALSE"},
		{` t="e"|<v>#N/A</v>`, "#N/A"},
		{` t="n"|<f>A2*2</f><v>24</v>`, "24"},
		{`|<f t="shared" ref="B2:B9" si="0">A2</f><v>24</v>`, "24"},
		{` t="str"|<f>"a"&amp;"b"</f><v>a &lt; b</v>`, "a < b"},
		{` t="s"|<v>1</v>`, "shared & text"},
		{` t="s"|<v>2</v>`, "rich text"},
		{` t="s"|<v>3</v>`, "  kept  "},
		{` t="s"|<v>4</v>`, "one\rtwo_x0041_"},
		{` t="s"|<v>5</v>`, ""},
		{` t="inlineStr"|<is><t>in the cell</t></is>`, "in the cell"},
		{` t="inlineStr"|<is><r><t>in </t></r><r><rPr><b/></rPr><t>runs</t></r></is>`, "in runs"},
		{` t="inlineStr"|<is><t xml:space="preserve"> &#10;&apos; </t></is>`, " \n' "},
		{` t="inlineStr"|<is><t>=1+1</t></is>`, "=1+1"},
		{` t="inlineStr"|<is><t>ł Ж 😀</t></is>`, "ł Ж 😀"},
		{` s="2"|`, ""},
	}
	shared := []string{"<t>name</t>", "<t>shared &amp; text</t>", "<r><t>rich </t></r><r><rPr><i/></rPr><t>text</t></r><rPh sb=\"0\" eb=\"1\"><t>aloud</t></rPh>", `<t xml:space="preserve">  kept  </t>`, "<t>one_x000D_two_x005F_x0041_</t>", ""}
	for _, comment := range []string{"", "<!-- odd -->"} {
		for _, tt := range tests {
			attributes, content, _ := strings.Cut(tt.cell, "|")
			t.Run(comment+tt.cell, func(t *testing.T) {
				rows := row(1, "first", "second", "last") + `<row r="2"><c r="A2" t="inlineStr"><is><t>a</t></is></c>` + comment + `<c r="B2"` + attributes + `>` + content + `</c><c r="C2"><v>3</v></c></row>`
				_, got, broken := read(t, workbook(rows).share(shared...).bytes(t), sheet.Options{})
				if diff := cmp.Diff([][]string{{"a", tt.want, "3"}}, got); diff != "" || broken != nil {
					t.Errorf("broken %q, rows (-want +got):\n%s", broken, diff)
				}
			})
		}
	}
}

func TestMacDates(t *testing.T) {
	m := workbook(row(1, "day") + `<row r="2"><c r="A2" s="1"><v>43951</v></c></row><row r="3"><c r="A3" s="1"><v>0</v></c></row>`)
	m = m.with("xl/workbook.xml", strings.Replace(m["xl/workbook.xml"], "<workbookPr/>", `<workbookPr date1904="1"/>`, 1))
	_, got, _ := read(t, m.bytes(t), sheet.Options{})
	if diff := cmp.Diff([][]string{{"2024-05-01"}, {"1904-01-01"}}, got); diff != "" {
		t.Error(diff)
	}
}

// TestWorksheets reads what is odd about rows, sheets and names.
func TestWorksheets(t *testing.T) {
	prefixed := workbook("")
	prefixed = prefixed.with("xl/worksheets/sheet1.xml", head+`<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row><x:row r="2"><x:c r="A2"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>`)
	hidden := workbook(row(1, "a") + row(2, "1"))
	hidden = hidden.with("xl/workbook.xml", strings.Replace(hidden["xl/workbook.xml"], "<sheets>", `<sheets><sheet name="Secret" sheetId="7" state="hidden" r:id="rId7"/>`, 1))
	tests := []struct {
		name string
		book made
		o    sheet.Options
		want [][]string
	}{
		{"cells and rows without names", workbook(`<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row><row><c><v>1</v></c><c><v>2</v></c></row>`), sheet.Options{}, [][]string{{"1", "2"}}},
		{"missing cells and rows", workbook(row(3, "a", "b", "c") + `<row r="9"><c r="B9"><v>2</v></c></row>`), sheet.Options{}, [][]string{{"", "2", ""}}},
		{"merged cells", workbook(row(1, "a", "b") + `<row r="2"><c r="A2"><v>1</v></c><c r="B2"/></row></sheetData><mergeCells count="1"><mergeCell ref="A2:B2"/></mergeCells><sheetData>`), sheet.Options{}, [][]string{{"1", ""}}},
		{"elements with a prefix", prefixed, sheet.Options{}, [][]string{{"1"}}},
		{"a hidden sheet first", hidden, sheet.Options{}, [][]string{{"1"}}},
		{"a header further down", workbook(row(1, "Report of May") + row(3, "a", "b") + row(4, "1", "2")), sheet.Options{Header: 3}, [][]string{{"1", "2"}}},
		{"only a header", workbook(row(1, "a")), sheet.Options{}, nil},
		{"after a row", workbook(row(1, "a") + row(2, "1") + row(3, "2")), sheet.Options{}, [][]string{{"1"}, {"2"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got, broken := read(t, tt.book.bytes(t), tt.o)
			if diff := cmp.Diff(tt.want, got); diff != "" || broken != nil {
				t.Errorf("broken %q, rows (-want +got):\n%s", broken, diff)
			}
		})
	}
}

func TestBrokenRows(t *testing.T) {
	tests := []struct {
		name, file string
		want       []string // "line: cells" or the error
	}{
		{"too few and too many", "a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,\n", []string{"line 2: the row has 2 cells, but the header names 3 columns", "3: 1 2 3", "line 4, column 4: the row has 4 cells, but the header names 3 columns", "5: 1 2 3"}},
		{"text behind a quote", "a,b\n1,\"x\"y\n3,4\n", []string{"line 2, column 2 (b): a text follows the closing quote: a quote within quotes is written twice", "3: 3 4"}},
		{"an unclosed quote", "a,b\n1,\"x\n3,4\n5,6", []string{"line 2, column 2 (b): the quote that opens here is not closed", "3: 3 4", "4: 5 6"}},
		{"lines in a cell count", "a,b\n1,\"x\n\ny\"\n3\n", []string{"2: 1 x\n\ny", "line 5: the row has 1 cells, but the header names 2 columns"}},
		{"a quote within a text", "a,b\n1,size 5\"\n", []string{"2: 1 size 5\""}},
		{"empty lines and cells", "a,b\n\n,\n  ,1\n", []string{"4:    1"}},
		{"not UTF-8", "a,b\nłódź,ąęćśż\nżółć,źdźbło\n1,a\xffb\nżółć,źdźbło\nżółć,źdźbło\n", []string{"2: łódź ąęćśż", "3: żółć źdźbło", "line 4, column 2 (b): the cell holds bytes that are no text in UTF-8", "5: żółć źdźbło", "6: żółć źdźbło"}},
		{"a guard", "a,b\n'=1+1,''-5\n'tis,'+7916\n", []string{"2: =1+1 '-5", "3: 'tis +7916"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := sheet.New(strings.NewReader(tt.file), int64(len(tt.file)), sheet.Options{Encoding: "UTF-8"})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for row, err := range r.Rows() {
				if err != nil {
					got = append(got, err.Error())
					continue
				}
				got = append(got, fmt.Sprintf("%d: %s", row.Line, strings.Join(row.Cells, " ")))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGoesOn breaks off behind every row, and reads the rest as a new process
// would.
func TestGoesOn(t *testing.T) {
	utf16 := append([]byte("\xff\xfe"), bytes.ReplaceAll([]byte("a,b\n1,\"x\n\"\n3,4\n\n5\n7,8\n"), []byte(""), []byte("\x00"))[1:]...)
	for name, file := range map[string][]byte{
		"CSV":    []byte("a,b\r\n1,\"x\r\n\"\r\n3,4\r\n\r\n5\r\n7,8\r\n"),
		"UTF-16": utf16,
		"XLSX":   workbook(row(1, "a", "b") + row(2, "1", "2") + row(5, "5", "6") + `<row r="7"/>` + row(8, "7", "8")).bytes(t),
		"slow":   workbook(row(1, "a", "b") + row(2, "1", "2") + "<!-- odd -->" + row(5, "5", "6") + `<row r="7"/>` + row(8, "7", "8")).bytes(t),
	} {
		t.Run(name, func(t *testing.T) {
			path := onDisk(t, file)
			want := walk(t, path, sheet.Options{}, -1, nil)
			if len(want) < 3 {
				t.Fatalf("only %q", want)
			}
			for n := range want {
				var at sheet.Position
				got := walk(t, path, sheet.Options{}, n+1, &at)
				got = append(got, walk(t, path, sheet.Options{After: at}, -1, nil)...)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("after row %d (-want +got):\n%s", n, diff)
				}
			}
		})
	}
}

// walk reads at most n rows, their lines and errors, and where it stopped.
func walk(t *testing.T, path string, o sheet.Options, n int, at *sheet.Position) (all []string) {
	t.Helper()
	r, err := sheet.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	for row, err := range r.Rows() {
		all = append(all, fmt.Sprint(row.Line, row.Cells, err))
		if len(all) == n {
			*at = row.At
			return all
		}
	}
	if p := r.Progress(); p < 0.5 || p > 1 {
		t.Errorf("progress %v at the end", p)
	}
	return all
}
