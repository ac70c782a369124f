package sheet_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"orderhub/internal/sheet"
)

// endless is a file of size bytes that repeats a text behind a beginning.
type endless struct {
	begins, repeats string
	size            int64
}

func (e endless) ReadAt(p []byte, at int64) (n int, err error) {
	if at >= e.size {
		return 0, io.EOF
	}
	if rest := e.size - at; int64(len(p)) > rest {
		p, err = p[:rest], io.EOF
	}
	n = copy(p, e.begins[min(at, int64(len(e.begins))):])
	for n < len(p) {
		n += copy(p[n:], e.repeats[(at+int64(n)-int64(len(e.begins)))%int64(len(e.repeats)):])
	}
	return n, err
}

// writeRepeated adds a part that holds a chunk many times. Each chunk is packed
// without a look at those before it, so that it is packed once.
func writeRepeated(t *testing.T, z *zip.Writer, part, begins, chunk, ends string, n int) {
	t.Helper()
	pack := func(text string, last bool) []byte {
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
	first, again, last := pack(begins, false), pack(chunk, false), pack(ends, true)
	sum := crc32.ChecksumIEEE([]byte(begins))
	for range n {
		sum = crc32.Update(sum, crc32.IEEETable, []byte(chunk))
	}
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: part, Method: zip.Deflate, CRC32: crc32.Update(sum, crc32.IEEETable, []byte(ends)),
		CompressedSize64:   uint64(len(first) + n*len(again) + len(last)),
		UncompressedSize64: uint64(len(begins) + n*len(chunk) + len(ends)),
	})
	for i := -1; i <= n && err == nil; i++ {
		switch i {
		case -1:
			_, err = w.Write(first)
		case n:
			_, err = w.Write(last)
		default:
			_, err = w.Write(again)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// packed writes a workbook whose worksheet repeats a text n times.
func packed(t *testing.T, m made, part, begins, repeats, ends string, n int) []byte {
	t.Helper()
	delete(m, part)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	write := func(name string, content func(w io.Writer) error) {
		w, err := z.Create(name)
		if err == nil {
			err = content(w)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range m {
		write(name, func(w io.Writer) error { _, err := io.WriteString(w, content); return err })
	}
	writeRepeated(t, z, part, begins, strings.Repeat(repeats, 1000), ends, n/1000)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// archive is a ZIP file of empty parts.
func archive(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name})
		if err == nil && name == "mimetype" {
			_, err = io.WriteString(w, "application/vnd.oasis.opendocument.spreadsheet")
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

// peak runs f and returns the most memory that the heap held meanwhile, less
// what it held before.
func peak(f func()) uint64 {
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		var highest uint64
		for {
			runtime.ReadMemStats(&now)
			highest = max(highest, now.HeapInuse)
			select {
			case <-done:
				most <- highest
				return
			default:
				time.Sleep(2 * time.Millisecond)
			}
		}
	}()
	f()
	close(done)
	return max(<-most, before.HeapInuse) - before.HeapInuse
}

func TestHostileFiles(t *testing.T) {
	const sheet1 = "xl/worksheets/sheet1.xml"
	open, closing := head+`<worksheet `+spreadsheetSpace+`><sheetData>`, `</sheetData></worksheet>`
	names := make([]string, 70_000)
	for i := range names {
		names[i] = fmt.Sprint("xl/media/", i)
	}
	nested := strings.Repeat("<a>", 100_000) + strings.Repeat("</a>", 100_000)
	bomb := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>`
	base := func() made { return workbook(row(1, "a", "b") + row(2, "1", "2")) }
	tests := []struct {
		name string
		file func() []byte
		want string // part of the sentence
	}{
		{"row number 2^31", func() []byte { return workbook(row(1, "a") + `<row r="2147483648"><c><v>1</v></c></row>`).bytes(t) }, "the row number 2147483648 is beyond"},
		{"row number -1", func() []byte { return workbook(row(1, "a") + `<row r="-1"><c><v>1</v></c></row>`).bytes(t) }, "row -1 follows row 1"},
		{"rows backwards", func() []byte { return workbook(row(5, "a") + row(4, "b")).bytes(t) }, "row 4 follows row 5"},
		{"cells backwards", func() []byte {
			return workbook(`<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`).bytes(t)
		}, "not in order"},
		{"a cell beyond the last column", func() []byte { return workbook(row(1, "a") + `<row r="2"><c r="XFE2"><v>1</v></c></row>`).bytes(t) }, "column 16385"},
		{"a gigabyte of rows", func() []byte {
			return packed(t, base(), sheet1, open, "<row><c><v>1</v></c></row>", closing, 40_000_000)
		}, "unpacks to more than 768 MB"},
		{"half a gigabyte of rows", func() []byte {
			return packed(t, base(), sheet1, open+row(1, "a"), "<row><c><v>1</v></c></row>", closing, 2_000_000)
		}, "beyond the last row"},
		{"empty rows without end", func() []byte { return packed(t, base(), sheet1, open+row(1, "a"), "<row/>", closing, 10_000_000) }, "beyond the last row"},
		{"a text without end", func() []byte {
			return packed(t, base(), sheet1, open+`<row><c t="inlineStr"><is><t>`, "aaaaaaaaaa", "</t></is></c></row>"+closing, 10_000_000)
		}, "more than 1 MB in one cell"},
		{"a row without end", func() []byte {
			return packed(t, base(), sheet1, open+row(1, "a")+`<row>`, "<c><v>1</v></c>", "</row>"+closing, 20_000_000)
		}, "beyond the last column"},
		{"one shared text in every cell", func() []byte {
			return packed(t, base().share("<t>"+strings.Repeat("a", 900_000)+"</t>"), sheet1, open+row(1, "a")+`<row>`, `<c t="s"><v>0</v></c>`, "</row>"+closing, 10_000)
		}, "hold more than 16 MB"},
		{"shared texts without end", func() []byte {
			return packed(t, base(), "xl/sharedStrings.xml", head+`<sst `+spreadsheetSpace+`>`, "<si/>", "</sst>", 14_000_000)
		}, "shares more than"},
		{"a shared text that is missing", func() []byte { return workbook(row(1, "a") + `<row r="2"><c t="s"><v>7</v></c></row>`).bytes(t) }, "shared text 7 of 1"},
		{"70,000 parts", func() []byte { return archive(t, names...) }, "more than 2000 parts"},
		{"3,000 parts", func() []byte { return archive(t, names[:3000]...) }, "more than 2000 parts"},
		{"entities in the worksheet", func() []byte { return base().with(sheet1, head+bomb+open[len(head):]+row(1, "a")+closing).bytes(t) }, "declares XML entities"},
		{"entities in the styles", func() []byte {
			m := base()
			return m.with("xl/styles.xml", head+bomb+m["xl/styles.xml"][len(head):]).bytes(t)
		}, "declares XML entities"},
		{"entities in the shared texts", func() []byte {
			return base().with("xl/sharedStrings.xml", head+bomb+"<sst><si><t>&b;</t></si></sst>").bytes(t)
		}, "declares XML entities"},
		{"deep nesting", func() []byte { return base().with(sheet1, open+nested+closing).bytes(t) }, "deep within each other"},
		{"deep nesting before the rows", func() []byte { return base().with(sheet1, head+`<worksheet>`+nested+`</worksheet>`).bytes(t) }, "deep within each other"},
		{"cut off", func() []byte { b := base().bytes(t); return b[:len(b)/2] }, "the workbook is damaged"},
		{"a worksheet cut off", func() []byte { return base().with(sheet1, open+row(1, "a")+`<row r="2"><c><v>1`).bytes(t) }, "damaged or cut off"},
		{"a part missing", func() []byte { m := base(); delete(m, sheet1); return m.bytes(t) }, "is missing"},
		{".xls", func() []byte { return []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 2000)) }, "(.xls)"},
		{".xlsb", func() []byte { return archive(t, "[Content_Types].xml", "xl/workbook.bin") }, "(.xlsb)"},
		{"a PDF", func() []byte { return []byte("%PDF-1.7\n") }, "PDF"},
		{"a ZIP", func() []byte { return archive(t, "photo.jpg") }, "ZIP archive"},
		{".ods", func() []byte { return archive(t, "mimetype", "content.xml") }, "(.ods)"},
		{"a web page", func() []byte { return []byte("\n<!DOCTYPE html><html><table>") }, "web page"},
		{"JSON", func() []byte { return []byte(`{"data": []}`) }, "JSON"},
		{"an empty file", func() []byte { return nil }, "the file is empty"},
		{"only a mark", func() []byte { return []byte("\ufeff") }, "no header"},
		{"only empty lines", func() []byte { return []byte("\n\n\n") }, "no header"},
		{"values for a header", func() []byte { return []byte("1,anna@example.com,Anna\n2,oleg@example.com,Oleg\n") }, "no header: the first row holds values, such as \"1\""},
		{"the same name twice", func() []byte { return []byte("name,phone,Name \n1,2,3\n") }, `column 3 (Name): the column name "Name" stands in column 1 already`},
		{"20,000 columns", func() []byte { return []byte(strings.Repeat("a,", 20_000) + "\n1\n") }, "more than 16384 cells"},
		{"NUL bytes", func() []byte { return []byte("name,phone\n\x00\x01\x00\x00\x02,1\n") }, "NUL bytes"},
		{"UTF-16 without a mark", func() []byte { return []byte("n\x00a\x00m\x00e\x00,\x00b\x00\n\x00") }, "UTF-16 without its byte order mark"},
		{"German in a table that is not ours", func() []byte { return []byte("name,size\nGr\xf6\xdfe,5 m\xb3\n") }, "the encoding cannot be told"},
		{"an encoding that cannot be told", func() []byte { return []byte("name,city\nJos\xe9,M\xe1laga\nZo\xeb,Orl\xe9ans\n") }, "the encoding cannot be told"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := tt.file()
			var err error
			used := peak(func() { err = refusal(bytes.NewReader(file), int64(len(file)), sheet.Options{}) })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("refused with %v, want %q", err, tt.want)
			}
			if _, ok := errors.AsType[*sheet.Error](err); !ok {
				t.Errorf("the error is a %T", err)
			}
			if used > 300<<20 {
				t.Errorf("%d MB of memory", used>>20)
			}
		})
	}
}

// TestHugeFiles reads a hundred megabytes of nonsense, which are not kept.
func TestHugeFiles(t *testing.T) {
	tests := []struct {
		name string
		file endless
		want string // part of the first error
	}{
		{"one line", endless{"a,b\n", "aaaaaaaaaaaaaaaa", 100 << 20}, "line 2: the line is longer than 4 MB"},
		{"one line as a header", endless{"", "aaaaaaaaaaaaaaaa", 100 << 20}, "line 1: the line is longer than 4 MB"},
		{"one quote", endless{"a,b\n1,\"", "aaaaaaaaaaaaaaa\n", 100 << 20}, "line 2, column 2 (b): the quote that opens here is not closed within 1 MB"},
		{"empty lines", endless{"a,b\n", "\n", 100 << 20}, "more than 1048576 empty lines"},
		{"separators", endless{"a,b\n", ",", 100 << 20}, "line 2: the line is longer than 4 MB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var first error
			used := peak(func() {
				r, err := sheet.New(tt.file, tt.file.size, sheet.Options{})
				if err != nil {
					first = err
					return
				}
				for _, err := range r.Rows() {
					if first == nil {
						first = err
					}
				}
			})
			if first == nil || !strings.Contains(first.Error(), tt.want) {
				t.Errorf("first error %v, want %q", first, tt.want)
			}
			if used > 300<<20 {
				t.Errorf("%d MB of memory", used>>20)
			}
		})
	}
}

// TestManyLostRows gives up on a file of which row after row cannot be read,
// and on no other.
func TestManyLostRows(t *testing.T) {
	const lost, good = "1\n", "1,2\n"
	tests := []struct {
		name, file string
		want       string // the final error
		errs, rows int
	}{
		{"all but too many", "a,b\n" + strings.Repeat(strings.Repeat(lost, 9_999)+good, 3), "", 29_997, 3},
		{"too many", "a,b\n" + good + strings.Repeat(lost, 20_000) + good,
			"line 10002: 10000 rows in a row cannot be read; the first: line 3: the row has 1 cells, but the header names 2 columns", 10_000, 1},
		{"behind a quote", "a,b\n1,\"" + strings.Repeat("aaaaaaaaaaaaaaa\n", 200_000),
			"line 10001: 10000 rows in a row cannot be read; the first: line 2, column 2 (b): the quote that opens here is not closed within 1 MB", 10_000, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := sheet.New(strings.NewReader(tt.file), int64(len(tt.file)), sheet.Options{Separator: ','})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var errs, rows int
			final := ""
			for _, err := range r.Rows() {
				e, ok := errors.AsType[*sheet.Error](err)
				switch {
				case err == nil:
					rows++
				case ok && e.Final:
					final = e.Error()
					fallthrough
				default:
					errs++
				}
			}
			if final != tt.want || errs != tt.errs || rows != tt.rows {
				t.Errorf("%d rows and %d errors, the last %q; want %d, %d, %q", rows, errs, final, tt.rows, tt.errs, tt.want)
			}
		})
	}
}
