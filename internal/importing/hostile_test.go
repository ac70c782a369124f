package importing_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store/storetest"
)

// A repeated text is a part of a file that is made while it is read.
type repeated struct {
	text string
	left int // bytes
}

func (r *repeated) Read(p []byte) (n int, err error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	for n < len(p) && r.left > 0 {
		k := copy(p[n:], r.text[:min(len(r.text), r.left)])
		n, r.left = n+k, r.left-k
	}
	return n, nil
}

// long is a file that begins with a text and goes on with another.
func long(begins, repeats string, size int) func(*testing.T) io.Reader {
	return func(*testing.T) io.Reader {
		return io.MultiReader(strings.NewReader(begins), &repeated{repeats, size / len(repeats) * len(repeats)})
	}
}

func text(content string) func(*testing.T) io.Reader {
	return func(*testing.T) io.Reader { return strings.NewReader(content) }
}

// A piece is one file in an archive: a text, or one between two others again
// and again.
type piece struct {
	name, begins, repeats, ends string
	times                       int
}

// archive packs pieces. What repeats is packed once, and is copied.
func archive(pieces ...piece) func(*testing.T) io.Reader {
	return func(t *testing.T) io.Reader {
		t.Helper()
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, p := range pieces {
			if p.begins == "" {
				if _, err := z.CreateHeader(&zip.FileHeader{Name: p.name}); err != nil {
					t.Fatal(err)
				}
				continue
			}
			first, again, last := deflated(t, p.begins, false), deflated(t, p.repeats, false), deflated(t, p.ends, true)
			sum := crc32.ChecksumIEEE([]byte(p.begins))
			for range p.times {
				sum = crc32.Update(sum, crc32.IEEETable, []byte(p.repeats))
			}
			w, err := z.CreateRaw(&zip.FileHeader{
				Name: p.name, Method: zip.Deflate, CRC32: crc32.Update(sum, crc32.IEEETable, []byte(p.ends)),
				CompressedSize64:   uint64(len(first) + p.times*len(again) + len(last)),
				UncompressedSize64: uint64(len(p.begins) + p.times*len(p.repeats) + len(p.ends)),
			})
			if err == nil {
				_, err = w.Write(slices.Concat(first, bytes.Repeat(again, p.times), last))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return &b
	}
}

func deflated(t *testing.T, text string, last bool) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil && last {
		err = w.Close()
	} else if err == nil {
		err = w.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	mainSpace = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relSpace  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	entities  = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d SYSTEM "file:///etc/passwd">]>`
	tableOpen = `<worksheet ` + mainSpace + `><sheetData>`
	tableEnd  = `</sheetData></worksheet>`
)

// tableHeader is the header of customers as a worksheet has it.
func tableHeader() string {
	var b strings.Builder
	b.WriteString(`<row r="1">`)
	for n, name := range strings.Split(strings.TrimSpace(header), ",") {
		fmt.Fprintf(&b, `<c r="%c1" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+n, name)
	}
	return b.String() + "</row>"
}

// workbook is one with a worksheet, and with styles and shared texts that a
// prolog precedes.
func workbook(table piece, prolog string) func(*testing.T) io.Reader {
	table.name = "xl/worksheets/sheet1.xml"
	return archive(
		piece{name: "[Content_Types].xml", begins: xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`},
		piece{name: "_rels/.rels", begins: xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relSpace + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		piece{name: "xl/workbook.xml", begins: xmlHead + `<workbook ` + mainSpace + ` xmlns:r="` + relSpace + `"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		piece{name: "xl/_rels/workbook.xml.rels", begins: xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relSpace + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="` + relSpace + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`},
		piece{name: "xl/sharedStrings.xml", begins: xmlHead + prolog + `<sst ` + mainSpace + `><si><t>a</t></si></sst>`},
		table,
	)
}

func rows(begins, repeats string, times int) piece {
	return piece{begins: xmlHead + tableOpen + tableHeader() + begins, repeats: strings.Repeat(repeats, 1000), ends: tableEnd, times: times / 1000}
}

// manyParts is an archive of so many empty files.
func manyParts(n int) []piece {
	pieces := make([]piece, n)
	for i := range pieces {
		pieces[i].name = fmt.Sprint("xl/media/", i)
	}
	return pieces
}

// A refusal is a file that nobody can import, and what its sender is told.
type refusal struct {
	kind orderhub.ImportKind // "" is customers
	file func(*testing.T) io.Reader
	want string // part of the sentence
}

const (
	ordersHeader = "number,consumer_email,consumer_name,consumer_phone,created_at,product_id,product_name,price,quantity,discount,status\n"
	ordersRow    = "1001,anna.zueva@pochta.example,Анна Зуева,+79161234567,2018-01-01 00:11:22,p-1,Чайник,100.00,1,0,new\n"
)

// otherFiles are what people send by mistake.
var otherFiles = map[string]refusal{
	"an old workbook":         {"", text("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 4096)), "save it as .xlsx"},
	"a binary workbook":       {"", archive(piece{name: "[Content_Types].xml"}, piece{name: "xl/workbook.bin"}), "(.xlsb)"},
	"a table of OpenDocument": {"", archive(piece{name: "mimetype", begins: "application/vnd.oasis.opendocument.spreadsheet"}, piece{name: "content.xml"}), "(.ods)"},
	"a picture":               {"", text("\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 4096)), "a picture"},
	"a PDF":                   {"", text("%PDF-1.7\n"), "a PDF document"},
	"an archive":              {"", archive(piece{name: "customers.csv", begins: header}), "ZIP archive"},
	"a Word document":         {"", archive(piece{name: "[Content_Types].xml"}, piece{name: "word/document.xml"}), "send CSV or XLSX"},
	"a web page":              {"", text("<!DOCTYPE html><table>"), "a web page"},
	"JSON":                    {"", text(`[{"external_id": 1}]`), "a JSON document"},
	"nothing":                 {"", text(""), "is empty"},
	"a workbook cut off":      {"", func(t *testing.T) io.Reader { return io.LimitReader(workbook(rows("", "", 0), "")(t), 700) }, "damaged"},
	"an encoding that cannot be told": {"", text(header + "1,jose@shop.example,Jos\xe9,,,M\xe1laga\n2,zoe@shop.example,Zo\xeb,,,Orl\xe9ans\n"),
		"the encoding cannot be told"},
	"a column twice":     {"", text("external_id,email,name,phone,created_at,Email\n"), "stands in column 2 already"},
	"columns missing":    {"", text("external_id,name\n1,Анна\n"), `no column "email"`},
	"no header":          {"", text("1,anna@shop.example,Анна,+79161234567,2018-01-01 00:11:22\n"), "no header"},
	"orders":             {"", text(ordersHeader + ordersRow), `no column "external_id"`},
	"customers":          {orderhub.ImportOrders, text(header + people(1, 3)), `no column "number"`},
	"customers as cards": {orderhub.ImportCards, text(header + people(1, 3)), `no column "number"`},
}

// hostileFiles cost more than they can be worth.
var hostileFiles = map[string]refusal{
	"a quote that is not closed":    {"", long(header+"1,\"", "aaaaaaaaaaaaaaa\n", 100<<20), "the quote that opens here is not closed within 1 MB"},
	"a line without end":            {"", long(header, "aaaaaaaaaaaaaaaa", 20<<20), "longer than 4 MB"},
	"a header without end":          {"", long("", "aaaaaaaaaaaaaaaa", 20<<20), "longer than 4 MB"},
	"separators without end":        {"", long(header, ",", 20<<20), "longer than 4 MB"},
	"empty lines without end":       {"", long(header, "\n", 20<<20), "empty lines"},
	"short lines without end":       {"", long(header, "a\n", 20<<20), "the row has 1 cells, but the header names 6 columns"},
	"row number 2^31":               {"", workbook(rows(`<row r="2147483648"><c><v>1</v></c></row>`, "", 0), ""), "beyond the last row"},
	"a gigabyte of rows":            {"", workbook(rows("", "<row><c><v>1</v></c></row>", 40_000_000), ""), "unpacks to more than 768 MB"},
	"empty rows without end":        {"", workbook(rows("", "<row/>", 10_000_000), ""), "beyond the last row"},
	"a text without end":            {"", workbook(rows(`<row><c t="inlineStr"><is><t>`, "aaaaaaaaaa", 10_000_000), ""), "more than 1 MB in one cell"},
	"70,000 parts":                  {"", archive(manyParts(70_000)...), "more than 2000 parts"},
	"entities in the worksheet":     {"", workbook(piece{begins: xmlHead + entities + tableOpen + tableHeader() + tableEnd}, ""), "declares XML entities"},
	"entities in the shared texts":  {"", workbook(rows("", "", 0), entities), "declares XML entities"},
	"entities in YML":               {orderhub.ImportProducts, text(xmlHead + entities + `<yml_catalog><shop><offers><offer id="1"><name>&c;</name></offer></offers></shop></yml_catalog>`), "entit"},
	"YML without end":               {orderhub.ImportProducts, long(xmlHead+"<yml_catalog><shop><offers>", "<offer>", 20<<20), "nested over 64 deep"},
	"a text without end in YML":     {orderhub.ImportProducts, long(xmlHead+`<yml_catalog><shop><offers><offer id="1"><name>`, "aaaaaaaaaaaaaaaa", 20<<20), "over 1048576 bytes"},
	"an attribute without end, YML": {orderhub.ImportProducts, long(xmlHead+`<yml_catalog><shop><offers><offer id="`, "aaaaaaaaaaaaaaaa", 20<<20), "over 1048576 bytes"},
}

func TestFilesOfAnotherKindAreRefused(t *testing.T) { refuseAll(t, otherFiles) }

func TestHostileFilesAreRefused(t *testing.T) { refuseAll(t, hostileFiles) }

// refuseAll imports files of which nothing may be stored.
func refuseAll(t *testing.T, all map[string]refusal) {
	for name, x := range all {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, storetest.Open(t))
			b.imports.Batch = 0
			file := x.file(t)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			i, err := b.try(ctx, orElse(x.kind, orderhub.ImportCustomers), file)
			if err == nil || orderhub.KindOf(err) != orderhub.Invalid || !strings.Contains(err.Error(), x.want) {
				t.Errorf("refused with %v, want a sentence that says %q", err, x.want)
			}
			if i != nil && i.Result.Created+i.Result.Updated+i.Result.Unchanged > 0 || b.content(true) != "" {
				t.Errorf("something was stored: %+v %s", i.Result, b.content(true))
			}
		})
	}
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// try imports a file, whatever it is.
func (b *bench) try(ctx context.Context, kind orderhub.ImportKind, file io.Reader) (*orderhub.Import, error) {
	i, _, err := b.imports.Create(ctx, b.shop, kind, "file.csv", file, orderhub.ImportPlan{})
	if err != nil {
		return nil, err
	}
	if i, err = b.imports.Ask(ctx, b.shop, i.ID, orderhub.ImportRunning); err != nil {
		return i, err
	}
	if i, err = b.imports.Work(ctx, b.shop, i.ID, nil); err != nil {
		return i, err
	}
	if i.Failure != "" {
		return i, orderhub.Errorf(orderhub.Invalid, "%s", i.Failure)
	}
	return i, orderhub.Errorf(orderhub.Invalid, "%q", b.faults(i))
}
