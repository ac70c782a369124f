package sheet

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// bare is a workbook of that content of sheetData and sst, not compressed.
func bare(t rapid.TB, rows, shared string) []byte {
	const space = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	const types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range [][2]string{
		{"[Content_Types].xml", contentTypes},
		{"_rels/.rels", rootRels},
		{"xl/workbook.xml", `<workbook ` + space + `><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + types + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="` + types + `/styles" Target="styles.xml"/><Relationship Id="rId3" Type="` + types + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`},
		{"xl/styles.xml", styles},
		{"xl/sharedStrings.xml", xmlHead + `<sst ` + space + `>` + shared + `</sst>`},
		{"xl/worksheets/sheet1.xml", xmlHead + `<worksheet ` + space + `><sheetData>` + rows + `</sheetData></worksheet>`},
	} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: part[0]})
		if err == nil {
			_, err = io.WriteString(w, part[1])
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

// collect reads all rows that are not empty, without the empty cells at
// their ends.
func collect(next func() (int, []string, error)) (map[int]string, error) {
	rows := make(map[int]string)
	for {
		n, cells, err := next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		if text := strings.TrimRight(strings.Join(cells, "|"), "|"); text != "" {
			rows[n] = text
		}
	}
}

// FuzzWorksheet holds our scanner to the library: the same cells, or a
// refusal, or the library's turn.
func FuzzWorksheet(f *testing.F) {
	for _, s := range [][2]string{
		{`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" s="1"><v>45413.5</v></c></row>`, `<si><t>a &amp; b</t></si>`},
		{`<row><c><v>1E+5</v></c><c t="b"><v>1</v></c></row><row/><row r="7"><c t="e"><v>#N/A</v></c></row>`, `<si/>`},
		{`<row r="2" spans="1:3"><c r="B2" t="inlineStr"><is><r><rPr><b/></rPr><t xml:space="preserve"> x</t></r><r><t>y</t></r></is></c></row>`, `<si><r><t>a</t></r><rPh sb="0" eb="1"><t>b</t></rPh></si>`},
		{`<row r="3"><c r="A3" t="str"><f>A1&amp;"_x0041_"</f><v>_x0041_&#10;&#x41;</v></c><c r="B3" t="d"><v>2024-05-01T00:00:00</v></c></row>`, `<si><t>_x005F_x0041_</t></si>`},
		{"<row\tr=\"1\">\r\n<c r=\"A1\" t=\"n\" ><v> 12\r\n</v></c ></row>", "<si>\r\n<t>a\rb</t></si>"},
		{`<!-- c --><row r="1"><c r="A1"><v><![CDATA[1]]></v></c></row>`, `<si><t>&lt;]]&gt;</t></si>`},
		{`<row r='1'><c r="a1"><v>1</v><v>2</v></c><c r="$B$1" t="x"><is><t>q</t></is></c></row>`, `<si><t>a</t><t>b</t><r><t>c</t></r></si>`},
		{`<row r="1"><c r="A1" t="s"><v>5</v></c><c r="B9"><v>1</v></c><c r="XFE1"/></row>`, ``},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, rows, shared string) {
		if strings.Contains(rows, "sheetData") || strings.Contains(rows, "worksheet") || strings.Contains(shared, "sst") || len(rows)+len(shared) > 4096 {
			return
		}
		agree(t, rows, shared)
	})
}

// agree fails when our scanner reads other cells than the library, and
// reports whether it read any by itself.
func agree(t rapid.TB, rows, shared string) bool {
	t.Helper()
	file := bare(t, rows, shared)
	src, _, err := openXLSX(bytes.NewReader(file), int64(len(file)), Options{})
	if err != nil {
		return false
	}
	defer src.close()
	x := src.(*worksheet)
	ours, err := collect(x.next)
	if err != nil || x.slow != nil {
		return false
	}
	s, err := openSlow(x.parts, x.book, x.file)
	if err != nil {
		t.Fatalf("%s\n%s\nours reads %v, and the library refuses: %v", rows, shared, ours, err)
	}
	defer s.close()
	theirs, err := collect(s.next)
	if err != nil || !maps.Equal(ours, theirs) {
		t.Fatalf("%s\n%s\nours reads %v, and the library %v, %v", rows, shared, ours, theirs, err)
	}
	return len(ours) > 0
}

// TestUsualForms reads by our scanner what spreadsheets write, and the same
// as the library does.
func TestUsualForms(t *testing.T) {
	for _, shared := range []string{
		"<t>a</t>", "<t>a &amp; b &lt; c</t>", "<t>a\r\nb\rc</t>", `<t xml:space="preserve"> a </t>`, "<t>_x000D__x005F_x0041_ _xD83D_b _x00</t>", "<t>Жł😀</t>", "<t>&#10;&#xa;]</t>",
		"<r><t>a</t></r><r><rPr><b/><color rgb=\"FF\"/></rPr><t>b</t></r>", `<t>a</t><rPh sb="0" eb="1"><t>aloud</t></rPh><phoneticPr fontId="1"/>`, "<t></t><phoneticPr fontId=\"1\"/>",
	} {
		rows := `<row r="1" spans="1:2"><c r="A1" s="1"><v>1</v></c><c r="B1" t="s"><v>0</v></c></row><row r="4"><c r="A4" t="inlineStr"><is>` + shared + `</is></c><c r="C4" t="str" s="2"><f ca="1">A1&gt;&quot;x&quot;</f><v>_x0041_b</v></c></row>`
		if !agree(t, rows, "<si>"+shared+"</si>") {
			t.Errorf("%s is left to the library", shared)
		}
	}
}

// TestScannerAgrees builds worksheets of pieces, usual and odd, which a
// fuzzer would rarely put together.
func TestScannerAgrees(t *testing.T) {
	pick := func(t *rapid.T, usual string, odd ...string) string {
		if rapid.IntRange(0, 39).Draw(t, "odd") > 0 || len(odd) == 0 {
			return usual
		}
		return rapid.SampledFrom(odd).Draw(t, "piece")
	}
	text := rapid.SampledFrom([]string{"", "a", " b ", "12", "1E+5", "45413.25", "&amp;", "&lt;b&gt;", "&#10;", "&#xD;", "&#x0;", "&nbsp;", "a\r\nb\rc", "_x0041_", "_x005F_x0041_", "_xD83D_", "Жł😀", "]]", "]]>", "\x01", "\xff", "\ufffe", "<![CDATA[x]]>", "<!-- c -->", "<b/>", "0", "1", "2", "-1", "2024-05-01T00:00:00"})
	item := func(t *rapid.T) string {
		run := func() string {
			return "<r>" + pick(t, "", "<rPr><b/><sz val=\"1\"/></rPr>", "<rPr/>", "<rPr><b></rPr>") + "<t>" + text.Draw(t, "text") + "</t></r>"
		}
		return pick(t, "<t>"+text.Draw(t, "text")+"</t>", run()+run(), "<t/>", "<t xml:space=\"preserve\"> </t>", "", run()+"<rPh sb=\"0\" eb=\"1\"><t>x</t></rPh><phoneticPr fontId=\"1\"/>", "<t>a</t><t>b</t>", "<t>a</t>"+run(), "<t>a", "<x:t>a</x:t>")
	}
	cells := func(t *rapid.T, n int) string {
		var b strings.Builder
		for i := range rapid.IntRange(0, 4).Draw(t, "cells") {
			ref := string(appendColumn(nil, i*i+1)) + strconv.Itoa(n)
			b.WriteString("<c" + pick(t, ` r="`+ref+`"`, "", ` r="a1"`, ` r="`+ref+`" x:r="B1"`, ` r='`+ref+`'`, ` r="Z99"`) +
				pick(t, "", ` s="1"`, ` s="2"`, ` s="99"`, ` s="x"`, ` s=""`, ` cm="1"`, ` s="0"s="1"`) +
				rapid.SampledFrom([]string{"", ` t="s"`, ` t="n"`, ` t="b"`, ` t="str"`, ` t="inlineStr"`, ` t="e"`, ` t="d"`, ` t="q"`}).Draw(t, "type") +
				pick(t, ">", "/>", " >", "\n>") +
				pick(t, "", "<f>A1&amp;B1</f>", "<f/>", "<f t=\"shared\" si=\"0\"></f>", "<is>"+item(t)+"</is>", "x") +
				pick(t, "<v>"+text.Draw(t, "value")+"</v>", "<is>"+item(t)+"</is>", "", "<v/>", "<v>1</v><v>2</v>", "<extLst><ext/></extLst>", "<v xml:space=\"preserve\"> 7 </v>") +
				pick(t, "</c>", "</c >", "", "</C>"))
		}
		return b.String()
	}
	alone := 0
	check := func(t *rapid.T) {
		var rows, shared strings.Builder
		for i := range rapid.IntRange(0, 4).Draw(t, "rows") {
			n := strconv.Itoa(i*2 + 1)
			rows.WriteString("<row" + pick(t, ` r="`+n+`"`, "", ` r="0"`, ` r="01"`, ` spans="1:3"`, ` r="x"`) + ">" + cells(t, i*2+1) + pick(t, "</row>", "</row >", "<x/></row>", "</row><row/>", "</row>\n<!-- c -->"))
		}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			shared.WriteString("<si>" + item(t) + pick(t, "</si>", "", "</si>\n", "<x/></si>"))
		}
		if agree(t, rows.String(), shared.String()) {
			alone++
		}
	}
	for range 10 {
		rapid.Check(t, check)
	}
	if alone == 0 {
		t.Error("our scanner read none of them by itself")
	}
}

// FuzzCSV reads anything without falling over, as valid texts, and the same
// whatever place it goes on from.
func FuzzCSV(f *testing.F) {
	f.Add("a,b\n1,\"x\ny\"\n\n3,4\"\n\"5\"6,7\n", "")
	f.Add("\ufeffa;b\r\n'=1;\"\"\"\"\r\n", "windows-1251")
	f.Add("\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00", "KOI8-R")
	f.Add("name|b\rx|\"\"\ry", "")
	f.Fuzz(func(t *testing.T, file, encoding string) {
		o := Options{Default: "windows-1250", Short: true}
		if slices.Contains(Encodings, encoding) {
			o.Encoding = encoding
		}
		all, places := everything(t, file, o)
		for i, p := range places {
			o.After = p
			rest, _ := everything(t, file, o)
			if !slices.Equal(rest, all[i+1:]) {
				t.Fatalf("after %v: %q, want %q", p, rest, all[i+1:])
			}
		}
	})
}

func everything(t *testing.T, file string, o Options) (all []string, places []Position) {
	r, err := New(strings.NewReader(file), int64(len(file)), o)
	if err != nil {
		return nil, nil
	}
	defer r.Close()
	for row, err := range r.Rows() {
		text := strings.Join(row.Cells, "|")
		if err != nil {
			text = err.Error()
		} else if len(row.Cells) != len(r.Header()) || !utf8.ValidString(text) {
			t.Fatalf("%d cells for %d columns: %q", len(row.Cells), len(r.Header()), text)
		}
		all = append(all, text)
		places = append(places, row.At)
	}
	return all, places
}
