package sheet_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/xuri/excelize/v2"

	"orderhub/internal/sheet"
)

var people = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	b.WriteString("external_id,email,name,phone,created_at,city,ltv,note\r\n")
	for i := range 200_000 {
		fmt.Fprintf(&b, "c-%d,person.%d@example.com,Анна Петрова %d,+7916%07d,2024-05-%02d 10:11:12,\"Москва, центр\",%d.50,regular customer since the first day\r\n", i, i, i, i, i%28+1, i)
	}
	return b.Bytes()
})

func BenchmarkCSV(b *testing.B) {
	file := people()
	b.Run("quoted", func(b *testing.B) { benchCSV(b, file) })
	b.Run("plain", func(b *testing.B) {
		benchCSV(b, bytes.ReplaceAll(file, []byte(`"Москва, центр"`), []byte("Москва")))
	})
}

func benchCSV(b *testing.B, file []byte) {
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(len(file)))
		b.ReportAllocs()
		for b.Loop() {
			r, err := sheet.New(bytes.NewReader(file), int64(len(file)), sheet.Options{})
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for _, err := range r.Rows() {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != 200_000 {
				b.Fatal(n)
			}
		}
	})
	b.Run("encoding", func(b *testing.B) {
		b.SetBytes(int64(len(file)))
		b.ReportAllocs()
		for b.Loop() {
			r := csv.NewReader(bytes.NewReader(file))
			r.ReuseRecord = true
			for {
				if _, err := r.Read(); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// wide is a workbook of 200,000 rows of 9 cells with shared texts.
var wide = sync.OnceValue(func() []byte {
	var rows, shared strings.Builder
	const columns = "ABCDEFGHI"
	shared.WriteString(head + `<sst ` + spreadsheetSpace + `>`)
	n := 0
	share := func(s string) int {
		n++
		shared.WriteString("<si><t>" + s + "</t></si>")
		return n - 1
	}
	rows.WriteString(`<row r="1">`)
	for i := range columns {
		fmt.Fprintf(&rows, `<c r="%c1" t="s"><v>%d</v></c>`, columns[i], share("column "+columns[i:i+1]))
	}
	rows.WriteString(`</row>`)
	for i := 2; i <= 200_001; i++ {
		fmt.Fprintf(&rows, `<row r="%d" spans="1:9">`, i)
		for k := range columns {
			switch {
			case k < 4:
				fmt.Fprintf(&rows, `<c r="%c%d" t="s"><v>%d</v></c>`, columns[k], i, share(fmt.Sprintf("Покупатель %d %d", k, i)))
			case k == 4:
				fmt.Fprintf(&rows, `<c r="%c%d" s="2"><v>45413.%d</v></c>`, columns[k], i, i)
			default:
				fmt.Fprintf(&rows, `<c r="%c%d"><v>%d.5</v></c>`, columns[k], i, i*k)
			}
		}
		rows.WriteString(`</row>`)
	}
	shared.WriteString(`</sst>`)
	return workbook(rows.String()).with("xl/sharedStrings.xml", shared.String()).bytes(&testing.B{})
})

func BenchmarkXLSX(b *testing.B) {
	file := wide()
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r, err := sheet.New(bytes.NewReader(file), int64(len(file)), sheet.Options{})
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for _, err := range r.Rows() {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != 200_000 {
				b.Fatal(n)
			}
			r.Close()
		}
	})
	b.Run("excelize", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f, err := excelize.OpenReader(bytes.NewReader(file), excelize.Options{RawCellValue: true})
			if err != nil {
				b.Fatal(err)
			}
			rows, err := f.Rows("People")
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for rows.Next() {
				if _, err := rows.Columns(); err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != 200_001 {
				b.Fatal(n)
			}
			rows.Close()
			f.Close()
		}
	})
}
