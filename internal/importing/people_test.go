package importing_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"orderhub"
	"orderhub/internal/sheet"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A person is one of the five customers whom all files of this test hold. The
// workbooks in testdata/people hold the same.
type person struct {
	id, email, name, phone string
	at                     string // when registered, at the shop's clock
	born                   string
	unsubscribed           bool
	city, note, size       string
	points                 string
	vip                    bool
}

var fivePeople = []person{
	{"007", "anna.zueva@pochta.example", "Анна Зуева", "8 (916) 123-45-67", "2018-01-01 00:11:22", "1990-03-08", false,
		"Орёл", "Любит \"лис\", и чай\nи кофе", "42,5", "12.5", true},
	{"1234567890123456789", "john.carter@mail.example", "John Carter", "+44 20 7946 0958", "2019-07-28 23:59:59", "1985-12-01", true,
		"London", "+1 friend", "10", "0", false},
	{"k-3", "lucja.wasik@poczta.example", "Łucja Wąsik", "+48 601 234 567", "2020-02-29 12:00:00", "", false,
		"Łódź", "tylko rano; pilne", "38", "123456789012345", true},
	{"4", "juergen@post.example", "Jürgen Größe", "+49-(0)30-901820", "2021-12-31 08:30:00", "1972-02-29", false,
		"Köln", "", "", "0.1", false},
	{"5", "oleg.ezhov@pochta.example", "Олег Ежов-Щукин", "79161234570", "2022-06-15 18:45:10", "2001-10-11", true,
		"Тверь|центр", "© 5", "44", "-3", false},
}

// Of fivePeople: those whose letters a Cyrillic and a Central European table
// of 256 signs have.
var (
	cyrillicPeople = []person{fivePeople[0], fivePeople[1], fivePeople[4]}
	centralPeople  = []person{fivePeople[2], fivePeople[3]}
)

// stored is what becomes of a person.
func (p person) stored(t *testing.T, shop *orderhub.Shop) orderhub.Customer {
	t.Helper()
	at, err := time.ParseInLocation(time.DateTime, p.at, shop.Location())
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(p.name, " ")
	c := orderhub.Customer{
		Shop: shop.ID, ExternalID: p.id, Email: p.email, Phone: p.phone, Name: p.name, FirstName: first,
		Unsubscribed: p.unsubscribed, RegisteredAt: at.UTC(), CreatedAt: storetest.Noon, UpdatedAt: storetest.Noon,
	}
	if p.born != "" {
		born, err := time.Parse(time.DateOnly, p.born)
		if err != nil {
			t.Fatal(err)
		}
		c.Birthday = orderhub.Birthday{Year: born.Year(), Month: int(born.Month()), Day: born.Day()}
	}
	for _, a := range [][2]string{{"city", p.city}, {"note", p.note}, {"size", p.size}, {"points", p.points}, {"vip", truth(p.vip)}} {
		if a[1] == "" {
			continue
		}
		value, err := json.Marshal(a[1])
		if err != nil {
			t.Fatal(err)
		}
		c.Attributes = append(c.Attributes, orderhub.Attribute{Name: a[0], Value: value})
	}
	return c
}

func truth(yes bool) string {
	if yes {
		return "TRUE"
	}
	return "FALSE"
}

// wantPeople is the content of a store that holds the five.
func wantPeople(t *testing.T, shop *orderhub.Shop) string {
	t.Helper()
	var all []string
	for _, p := range fivePeople {
		c := p.stored(t, shop)
		c.CreatedAt, c.UpdatedAt = time.Time{}, time.Time{}
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(line))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

var (
	plainHeader   = []string{"external_id", "email", "name", "phone", "created_at", "customer.birthday", "customer.unsubscribed"}
	russianHeader = []string{"Код клиента", "Эл. почта", "ФИО", "Номер телефона", "Дата регистрации", "customer.birthday", "customer.unsubscribed"}
	polishHeader  = []string{"ID klienta", "Adres e-mail", "Imię i nazwisko", "Komórka", "Data utworzenia", "customer.birthday", "customer.unsubscribed"}
	shoutedHeader = []string{"EXTERNAL_ID", "E-MAIL", "NAME", "PHONE", "CREATED_AT", "customer.birthday", "customer.unsubscribed"}
	freeHeader    = []string{"city", "note", "size", "points", "vip"}
)

// A dialect is how a program writes CSV.
type dialect struct {
	begins    string // before the header
	header    []string
	separator string
	end       string // of lines
	quoted    bool   // every cell, else those that must be
	moment    string // layouts
	day       string
	no, yes   string
	coding    encoding.Encoding
}

// file writes people.
func (d dialect) file(t *testing.T, people []person) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(d.begins)
	d.row(&b, slices.Concat(d.header, freeHeader))
	zone, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		at, err := time.ParseInLocation(time.DateTime, p.at, zone)
		if err != nil {
			t.Fatal(err)
		}
		born, no := p.born, d.no
		if day, err := time.Parse(time.DateOnly, p.born); err == nil {
			born = day.Format(d.day)
		}
		if p.unsubscribed {
			no = d.yes
		}
		d.row(&b, []string{p.id, p.email, p.name, p.phone, at.Format(d.moment), born, no, p.city, p.note, p.size, p.points, truth(p.vip)})
	}
	file, err := d.coding.NewEncoder().String(b.String())
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func (d dialect) row(b *strings.Builder, cells []string) {
	for i, c := range cells {
		if i > 0 {
			b.WriteString(d.separator)
		}
		if d.quoted || strings.ContainsAny(c, d.separator+"\"\r\n") {
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		b.WriteString(c)
	}
	b.WriteString(d.end)
}

// A part is one file of several that hold the five together.
type part struct {
	dialect dialect
	people  []person
}

// peopleInCSV are eight ways to send the five. Two of them take two files,
// because no table of 256 signs has all letters.
func peopleInCSV() map[string][]part {
	const dayFirst = "02.01.2006 15:04:05"
	central := dialect{"", polishHeader, ";", "\r\n", false, dayFirst, "02.01.2006", "0", "1", charmap.Windows1250}
	quoted := dialect{"\n\r\n\n", plainHeader, ",", "\n", true, time.DateTime, time.DateOnly, "no", "yes", charmap.Windows1250}
	return map[string][]part{
		"UTF-8, commas": {
			{dialect{"", plainHeader, ",", "\n", false, time.DateTime, time.DateOnly, "no", "yes", encoding.Nop}, fivePeople}},
		"UTF-8 with a mark, semicolons, Russian": {
			{dialect{"\ufeff", russianHeader, ";", "\r\n", true, dayFirst, "2.1.2006", "нет", "да", encoding.Nop}, fivePeople}},
		"UTF-16, tabs, Polish": {
			{dialect{"", polishHeader, "\t", "\r\n", false, "2/1/2006 15:04:05", "2/1/2006", "nie", "tak",
				unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}, fivePeople}},
		"UTF-16 of the other order, bars, capitals": {
			{dialect{"", shoutedHeader, "|", "\n", true, "2006-01-02T15:04:05.000-07:00", time.DateOnly, "NO", "YES",
				unicode.UTF16(unicode.BigEndian, unicode.UseBOM)}, fivePeople}},
		"CR alone, empty lines first": {
			{dialect{"\r\r\r", plainHeader, ",", "\r", true, "2006/01/02 15:04:05", "2006/01/02", "false", "true", encoding.Nop}, fivePeople}},
		"a separator that is announced, English": {
			{dialect{"sep=|\r\n", plainHeader, "|", "\r\n", false, "1/2/2006 3:04:05 PM", "1/2/2006", "FALSE", "TRUE", encoding.Nop}, fivePeople}},
		"windows-1251 and windows-1250, semicolons": {
			{dialect{"", russianHeader, ";", "\r\n", false, dayFirst, "02.01.2006", "0", "1", charmap.Windows1251}, cyrillicPeople},
			{central, centralPeople}},
		"KOI8-R, tabs, and windows-1250, quoted": {
			{dialect{"", russianHeader, "\t", "\n", false, "20060102 15:04:05", "20060102", "нет", "да", charmap.KOI8R}, cyrillicPeople},
			{quoted, centralPeople}},
	}
}

// bring imports a file as customers.
func (b *bench) bring(name string, file []byte) *orderhub.Import {
	b.Helper()
	i, seen, err := b.imports.Create(b.Context(), b.shop, orderhub.ImportCustomers, name, bytes.NewReader(file), orderhub.ImportPlan{})
	if err != nil {
		b.Fatal(err)
	}
	if len(seen.Notes) > 0 {
		b.Errorf("%s: in doubt: %q", seen.Format, seen.Notes)
	}
	i = b.do(i, orderhub.ImportRunning)
	if faults := b.faults(i); len(faults) > 0 {
		b.Errorf("%s: faults: %q", seen.Format, faults)
	}
	return i
}

func (b *bench) wantPeople() {
	b.Helper()
	if diff := cmp.Diff(strings.Split(wantPeople(b.T, b.shop), "\n"), strings.Split(b.content(false), "\n")); diff != "" {
		b.Errorf("customers (-want +got):\n%s", diff)
	}
}

func TestFivePeopleInEightFiles(t *testing.T) {
	for name, parts := range peopleInCSV() {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, storetest.Open(t))
			for _, p := range parts {
				b.bring("people.csv", []byte(p.dialect.file(t, p.people)))
			}
			b.wantPeople()
		})
	}
}

// peopleInWorkbooks are the five as seven programs write them.
func peopleInWorkbooks(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{"excelize": excelizePeople(t), "our own": ownPeople(t)}
	names, err := filepath.Glob("testdata/people/*.xlsx")
	if err != nil || len(names) != 5 {
		t.Fatalf("%d workbooks of other programs, %v", len(names), err)
	}
	for _, name := range names {
		if files[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestFivePeopleInWorkbooks(t *testing.T) {
	for name, file := range peopleInWorkbooks(t) {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, storetest.Open(t))
			b.bring("people.xlsx", file)
			b.wantPeople()
		})
	}
}

// TestFivePeopleAreOneAndTheSame brings every file into one store, one after
// the other: all but the first find what they say.
func TestFivePeopleAreOneAndTheSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		b.bring("people.xlsx", ownPeople(t))
		for name, parts := range peopleInCSV() {
			for _, p := range parts {
				if i := b.bring(name, []byte(p.dialect.file(t, p.people))); i.Result.Unchanged != int64(len(p.people)) {
					t.Errorf("%s changes something: %+v", name, i.Result)
				}
			}
		}
		for name, file := range peopleInWorkbooks(t) {
			if i := b.bring(name, file); i.Result.Unchanged != int64(len(fivePeople)) {
				t.Errorf("%s changes something: %+v", name, i.Result)
			}
		}
		b.wantPeople()
	})
}

// excelizePeople has dates and numbers as Go's types.
func excelizePeople(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	moment, day := "yyyy-mm-dd hh:mm:ss", "d-mmm-yy"
	styles := make([]int, 2)
	for n, form := range []string{moment, day} {
		var err error
		if styles[n], err = f.NewStyle(&excelize.Style{CustomNumFmt: &form}); err != nil {
			t.Fatal(err)
		}
	}
	set := func(column, row int, value any, style int) {
		ref, err := excelize.CoordinatesToCellName(column, row)
		if err == nil {
			err = f.SetCellValue("Sheet1", ref, value)
		}
		if err == nil && style > 0 {
			err = f.SetCellStyle("Sheet1", ref, ref, style)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for n, name := range slices.Concat(plainHeader, freeHeader) {
		set(n+1, 1, name, 0)
	}
	for n, p := range fivePeople {
		for k, text := range []string{p.id, p.email, p.name, p.phone} {
			set(k+1, n+2, text, 0)
		}
		set(5, n+2, parsed(t, time.DateTime, p.at), styles[0])
		if p.born != "" {
			set(6, n+2, parsed(t, time.DateOnly, p.born), styles[1])
		}
		set(7, n+2, p.unsubscribed, 0)
		for k, text := range []string{p.city, p.note, p.size} {
			set(k+8, n+2, text, 0)
		}
		set(11, n+2, json.Number(p.points), 0)
		set(12, n+2, p.vip, 0)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ownPeople is written as exports are.
func ownPeople(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := sheet.NewXLSX(&b, "customers")
	err := w.Header(slices.Concat(plainHeader, freeHeader)...)
	for _, p := range fivePeople {
		born := sheet.Text("")
		if p.born != "" {
			born = sheet.Day(parsed(t, time.DateOnly, p.born))
		}
		if err == nil {
			err = w.Write(sheet.Text(p.id), sheet.Text(p.email), sheet.Text(p.name), sheet.Text(p.phone),
				sheet.Moment(parsed(t, time.DateTime, p.at)), born, sheet.Text(truth(p.unsubscribed)),
				sheet.Text(p.city), sheet.Text(p.note), sheet.Text(p.size), sheet.Number(p.points), sheet.Text(truth(p.vip)))
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parsed(t *testing.T, layout, text string) time.Time {
	t.Helper()
	at, err := time.Parse(layout, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
