package sheet_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"orderhub/internal/sheet"
)

var fiveHeader = []string{"external_id", "email", "name", "phone", "created_at", "city"}

// five are Russian, so that windows-1251 and KOI8-R hold them.
var five = [][]string{
	{"9007199254740993", "anna@example.com", "Анна Петрова", "+79161234567", "2018-01-01 00:11:22", "Москва"},
	{"2", "oleg@example.com", "Олег \"Лис\" Ежов", "+79161234568", "2019-02-28 23:59:59", "Тверь; центр, дом 5"},
	{"3", "vera@example.com", "Вера Щукина", "", "2020-02-29 12:00:00", "Орёл"},
	{"4", "ivan@example.com", "Иван\nМалый", "+79161234570", "2021-12-31 08:30:00", "Казань\tюг"},
	{"5", "lena@example.com", "Елена Ясная-Чуть", "+79161234571", "2022-06-15 18:45:10", ""},
}

// polishFive are for windows-1250.
var polishFive = [][]string{
	{"1", "ewa@example.com", "Ewa Żółć", "+48601234567", "2018-01-01 00:11:22", "Łódź"},
	{"2", "jan@example.com", "Jan \"Lis\" Wąs", "+48601234568", "2019-02-28 23:59:59", "Gdańsk; centrum, 5"},
	{"3", "zofia@example.com", "Zofia Święta", "", "2020-02-29 12:00:00", "Kraków"},
	{"4", "adam@example.com", "Adam\nMały", "+48601234570", "2021-12-31 08:30:00", "Poznań"},
	{"5", "ola@example.com", "Ola Jeż-Źdźbło", "+48601234571", "2022-06-15 18:45:10", ""},
}

// written writes rows as CSV of a dialect.
func written(rows [][]string, sep, end string, always bool) string {
	var b strings.Builder
	for _, cells := range append([][]string{fiveHeader}, rows...) {
		for i, c := range cells {
			if i > 0 {
				b.WriteString(sep)
			}
			if always || strings.ContainsAny(c, sep+"\"\n\r") {
				c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			}
			b.WriteString(c)
		}
		b.WriteString(end)
	}
	return b.String()
}

func TestEightDialectsOfCSV(t *testing.T) {
	utf16 := func(e unicode.Endianness) encoding.Encoding { return unicode.UTF16(e, unicode.UseBOM) }
	tests := []struct {
		name   string
		rows   [][]string
		text   string
		coding encoding.Encoding
		want   sheet.Format
	}{
		{"UTF-8, commas", five, written(five, ",", "\n", false), encoding.Nop, sheet.Format{Encoding: "UTF-8", Separator: ',', LineEnd: "\n"}},
		{"with a mark, semicolons, everything quoted", five, "\ufeff" + written(five, ";", "\r\n", true), encoding.Nop, sheet.Format{Encoding: "UTF-8", Mark: true, Separator: ';', LineEnd: "\r\n"}},
		{"windows-1251, semicolons", five, written(five, ";", "\r\n", false), charmap.Windows1251, sheet.Format{Encoding: "windows-1251", Separator: ';', LineEnd: "\r\n"}},
		{"KOI8-R, tabs", five, written(five, "\t", "\n", false), charmap.KOI8R, sheet.Format{Encoding: "KOI8-R", Separator: '\t', LineEnd: "\n"}},
		{"windows-1250, semicolons", polishFive, written(polishFive, ";", "\r\n", false), charmap.Windows1250, sheet.Format{Encoding: "windows-1250", Separator: ';', LineEnd: "\r\n"}},
		{"UTF-16, tabs, as Excel's Unicode text", five, written(five, "\t", "\r\n", false), utf16(unicode.LittleEndian), sheet.Format{Encoding: "UTF-16LE", Mark: true, Separator: '\t', LineEnd: "\r\n"}},
		{"UTF-16 of the other order, pipes", five, written(five, "|", "\n", true), utf16(unicode.BigEndian), sheet.Format{Encoding: "UTF-16BE", Mark: true, Separator: '|', LineEnd: "\n"}},
		{"an old Mac's line ends", five, written(five, ",", "\r", true), encoding.Nop, sheet.Format{Encoding: "UTF-8", Separator: ',', LineEnd: "\r"}},
		{"a separator announced", five, "sep=|\r\n" + written(five, "|", "\r\n", false), encoding.Nop, sheet.Format{Encoding: "UTF-8", Separator: '|', LineEnd: "\r\n"}},
		{"no line end at the end", five, strings.TrimSuffix(written(five, ",", "\n", false), "\n"), encoding.Nop, sheet.Format{Encoding: "UTF-8", Separator: ',', LineEnd: "\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file, err := tt.coding.NewEncoder().Bytes([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			r, err := sheet.New(bytes.NewReader(file), int64(len(file)), sheet.Options{})
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Kind = "CSV"
			if diff := cmp.Diff(tt.want, r.Format()); diff != "" {
				t.Errorf("format (-want +got):\n%s", diff)
			}
			header, rows, broken := read(t, file, sheet.Options{})
			if diff := cmp.Diff(fiveHeader, header); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.rows, rows); diff != "" || broken != nil {
				t.Errorf("broken %q, rows (-want +got):\n%s", broken, diff)
			}
		})
	}
}

// TestFewLetters tells encodings by a name or two, where statistics of a
// language have nothing to go by.
func TestFewLetters(t *testing.T) {
	for _, tt := range []struct {
		coding *charmap.Charmap
		name   string
		text   string
	}{
		{charmap.Windows1251, "windows-1251", "Иван"},
		{charmap.Windows1251, "windows-1251", "Ёлка"},
		{charmap.Windows1251, "windows-1251", "Пётр Ильич"},
		{charmap.KOI8R, "KOI8-R", "Иван"},
		{charmap.KOI8R, "KOI8-R", "Пётр Ильич"},
		{charmap.Windows1250, "windows-1250", "Łucja"},
		{charmap.Windows1250, "windows-1250", "Michał Dąb"},
		{charmap.Windows1250, "windows-1250", "Łucja Wąsik\n2,Jürgen Groß"},
	} {
		file, err := tt.coding.NewEncoder().String("id,name\n1," + tt.text + "\n")
		if err != nil {
			t.Fatal(err)
		}
		r, err := sheet.New(strings.NewReader(file), int64(len(file)), sheet.Options{})
		if err != nil {
			t.Errorf("%s in %s: %v", tt.text, tt.name, err)
			continue
		}
		if got := r.Format().Encoding; got != tt.name {
			t.Errorf("%s in %s is taken for %s", tt.text, tt.name, got)
		}
	}
}

// TestFourSpreadsheets reads the five people as four programs write them.
func TestFourSpreadsheets(t *testing.T) {
	for name, file := range map[string][]byte{
		"Excel":       excelFile().bytes(t),
		"LibreOffice": libreOfficeFile().bytes(t),
		"Google":      googleFile().bytes(t),
		"excelize":    excelizeFile(t),
	} {
		t.Run(name, func(t *testing.T) {
			header, rows, broken := read(t, file, sheet.Options{})
			if diff := cmp.Diff(fiveHeader, header); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(five, rows); diff != "" || broken != nil {
				t.Errorf("broken %q, rows (-want +got):\n%s", broken, diff)
			}
		})
	}
}

func escapeXML(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// serials are the dates of five as Excel stores them.
var serials = []string{"43101.007893518516", "43524.99998842593", "43890.5", "44561.354166666664", "44727.781365740739"}

// excelFile shares texts, writes spans and a mark of its version, and holds
// one name in runs of rich text. The long id was typed as text.
func excelFile() made {
	var rows strings.Builder
	var shared []string
	text := func(ref, s string) {
		if s != "" {
			fmt.Fprintf(&rows, `<c r="%s" t="s"><v>%d</v></c>`, ref, len(shared))
			shared = append(shared, `<t xml:space="preserve">`+escapeXML(s)+`</t>`)
		}
	}
	rows.WriteString(`<row r="1" spans="1:6" x14ac:dyDescent="0.25">`)
	for i, h := range fiveHeader {
		text(fmt.Sprintf("%c1", 'A'+i), h)
	}
	rows.WriteString("</row>")
	for i, p := range five {
		n := i + 2
		fmt.Fprintf(&rows, `<row r="%d" spans="1:6" x14ac:dyDescent="0.25">`, n)
		if i == 0 {
			text(fmt.Sprintf("A%d", n), p[0])
		} else {
			fmt.Fprintf(&rows, `<c r="A%d"><v>%s</v></c>`, n, p[0])
		}
		text(fmt.Sprintf("B%d", n), p[1])
		text(fmt.Sprintf("C%d", n), p[2])
		text(fmt.Sprintf("D%d", n), p[3])
		fmt.Fprintf(&rows, `<c r="E%d" s="2"><v>%s</v></c>`, n, serials[i])
		text(fmt.Sprintf("F%d", n), p[5])
		if p[5] == "" {
			fmt.Fprintf(&rows, `<c r="F%d" s="4"/>`, n)
		}
		rows.WriteString("</row>")
	}
	for i, s := range shared {
		if strings.Contains(s, "Анна Петрова") {
			shared[i] = `<r><t xml:space="preserve">Анна </t></r><r><rPr><b/><sz val="11"/><color theme="1"/><rFont val="Calibri"/><family val="2"/></rPr><t>Петрова</t></r><phoneticPr fontId="1" type="noConversion"/>`
		}
	}
	sheetXML := `<worksheet ` + spreadsheetSpace + ` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac" xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac">` +
		`<dimension ref="A1:F6"/><sheetViews><sheetView tabSelected="1" workbookViewId="0"><selection activeCell="A1" sqref="A1"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15" x14ac:dyDescent="0.25"/>` +
		`<cols><col min="1" max="1" width="20.7109375" customWidth="1"/></cols><sheetData>` + rows.String() + `</sheetData><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/></worksheet>`
	return workbook("").share(shared...).with("xl/worksheets/sheet1.xml", strings.TrimSuffix(head, "\n")+"\r\n"+sheetXML)
}

// libreOfficeFile names the type of every cell, styles empty cells, and
// writes rows down to the last formatted one.
func libreOfficeFile() made {
	var rows strings.Builder
	var shared []string
	text := func(ref, s string) {
		if s == "" {
			fmt.Fprintf(&rows, `<c r="%s" s="0"></c>`, ref)
			return
		}
		fmt.Fprintf(&rows, `<c r="%s" s="4" t="s"><v>%d</v></c>`, ref, len(shared))
		shared = append(shared, `<t xml:space="preserve">`+escapeXML(s)+`</t>`)
	}
	rows.WriteString(`<row r="1" customFormat="false" ht="12.8" hidden="false" customHeight="false" outlineLevel="0" collapsed="false">`)
	for i, h := range fiveHeader {
		text(fmt.Sprintf("%c1", 'A'+i), h)
	}
	rows.WriteString("</row>")
	for i, p := range five {
		n := i + 2
		fmt.Fprintf(&rows, `<row r="%d" customFormat="false" ht="12.8" hidden="false" customHeight="false" outlineLevel="0" collapsed="false">`, n)
		for k, c := range p {
			ref := fmt.Sprintf("%c%d", 'A'+k, n)
			switch {
			case k == 4:
				fmt.Fprintf(&rows, `<c r="%s" s="2" t="n"><v>%s</v></c>`, ref, serials[i])
			case k == 0 && i > 0:
				fmt.Fprintf(&rows, `<c r="%s" s="0" t="n"><v>%s</v></c>`, ref, c)
			default:
				text(ref, c)
			}
		}
		rows.WriteString("</row>")
	}
	rows.WriteString(`<row r="1048576" customFormat="false" ht="12.8" hidden="false" customHeight="false" outlineLevel="0" collapsed="false"></row>`)
	m := workbook("").share(shared...)
	return m.with("xl/worksheets/sheet1.xml", head+`<worksheet `+spreadsheetSpace+`><sheetPr filterMode="false"><pageSetUpPr fitToPage="false"/></sheetPr><dimension ref="A1:F6"/><sheetFormatPr defaultColWidth="11.53515625" defaultRowHeight="12.8" zeroHeight="false" outlineLevelRow="0" outlineLevelCol="0"></sheetFormatPr><sheetData>`+
		rows.String()+`</sheetData><headerFooter differentFirst="false" differentOddEven="false"><oddHeader>&amp;C&amp;A</oddHeader></headerFooter></worksheet>`)
}

// googleFile has no line of its own for a row, styles everything and leaves
// formulas with their results; the phone is one.
func googleFile() made {
	var rows strings.Builder
	var shared []string
	rows.WriteString(`<row r="1">`)
	for i, h := range fiveHeader {
		fmt.Fprintf(&rows, `<c r="%c1" s="4" t="s"><v>%d</v></c>`, 'A'+i, len(shared))
		shared = append(shared, "<t>"+h+"</t>")
	}
	rows.WriteString("</row>")
	for i, p := range five {
		n := i + 2
		fmt.Fprintf(&rows, `<row r="%d">`, n)
		for k, c := range p {
			ref := fmt.Sprintf("%c%d", 'A'+k, n)
			switch {
			case k == 4:
				fmt.Fprintf(&rows, `<c r="%s" s="2"><v>%s</v></c>`, ref, serials[i])
			case k == 3 && c != "":
				fmt.Fprintf(&rows, `<c r="%s" s="4" t="str"><f>CONCATENATE(&quot;+&quot;,G%d)</f><v>%s</v></c>`, ref, n, c)
			case c == "":
				fmt.Fprintf(&rows, `<c r="%s" s="4"/>`, ref)
			default:
				fmt.Fprintf(&rows, `<c r="%s" s="4" t="s"><v>%d</v></c>`, ref, len(shared))
				shared = append(shared, "<t>"+escapeXML(c)+"</t>")
			}
		}
		rows.WriteString("</row>")
	}
	return workbook("").share(shared...).with("xl/worksheets/sheet1.xml", strings.TrimSuffix(head, "\n")+`<worksheet `+spreadsheetSpace+` xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><sheetPr><outlinePr summaryBelow="0" summaryRight="0"/></sheetPr><sheetViews><sheetView workbookViewId="0"/></sheetViews><sheetFormatPr customHeight="1" defaultColWidth="12.63" defaultRowHeight="15.75"/><sheetData>`+
		rows.String()+`</sheetData><drawing r:id="rId1"/></worksheet>`)
}

func excelizeFile(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for n, cells := range append([][]string{fiveHeader}, five...) {
		for k, c := range cells {
			ref, _ := excelize.CoordinatesToCellName(k+1, n+1)
			if err := f.SetCellValue("Sheet1", ref, c); err != nil {
				t.Fatal(err)
			}
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
