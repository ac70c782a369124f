package importing

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/sheet"
)

// A Field is what a column of a file can become.
type Field struct {
	Name     string            // such as email or line.price; it is what services call it in errors
	Required bool              // a file without such a column is refused
	Own      bool              // a column is it by its plain name; others only by the plan or as KIND.NAME, such as customer.gender
	Names    []string          // what other files call it, in any letter case; tried only for required fields and fields that are Own
	Words    map[string]string // what files say and what it means: "оплачен" is paid; folded
	About    string            // what it is, in a few words for people
}

// A reading is a plan made ready for one file: which column is which field,
// and how its numbers and dates are written.
type reading struct {
	shop    *orderhub.Shop
	plan    orderhub.ImportPlan
	kind    orderhub.ImportKind
	header  []string
	byField map[string]int // column numbers
	columns []column       // one for each name of the header
	places  places         // byField, for every cell
	free    map[string]int // how many columns are attributes of each prefix
	zone    *time.Location

	decimal  byte   // the decimal sign, . or ,
	dates    string // the order of a date's parts: ymd, dmy or mdy
	workbook bool   // number cells have a decimal point, whatever people write into text cells

	ours   bool           // some columns have names that only our own files have
	uses   map[string]use // what the kind reads fields as, while a sample is looked at
	learnt map[string]use // the same afterwards
	notes  []string       // what a person should know of the columns, in sentences
}

// newReading finds out which column is which field. What the plan says of a
// column wins, then names of fields, then what other files call a field, and
// what is left is a free attribute where the kind has them. The error names
// all that is wrong with the columns and the plan, in sentences. Until
// recognise has seen rows, numbers and dates are read as the plan says or as
// is usual where the shop's currency is.
func newReading(shop *orderhub.Shop, plan orderhub.ImportPlan, kind orderhub.ImportKind, fields []Field, header []string) (*reading, error) {
	var f orderhub.Faults
	in := &reading{
		shop: shop, plan: plan, kind: kind, header: header, zone: shop.Location(),
		byField: make(map[string]int, len(header)), columns: make([]column, len(header)), free: make(map[string]int),
		decimal: usualDecimal(shop), dates: usualDates(shop), workbook: plan.Sheet != "",
	}
	f.Add(checkForm(&plan))
	if zone, err := loadZone(plan.Zone); err == nil && zone != nil {
		in.zone = zone
	}
	if plan.Decimal == "." || plan.Decimal == "," {
		in.decimal = plan.Decimal[0]
	}
	if isOrder(plan.Dates) {
		in.dates = plan.Dates
	}
	m := &matcher{in: in, fields: fields, f: &f}
	m.match()
	if err := f.Err(); err != nil {
		return nil, err
	}
	in.places = newPlaces(in.byField)
	return in, nil
}

// row makes a row of the file ready to be read. It keeps the cells.
func (in *reading) row(line int, cells []string) *row {
	return &row{line: line, cells: cells, in: in}
}

// columnOf is what the file calls a field; "" when it has no such column.
func (in *reading) columnOf(field string) string {
	if n, ok := in.byField[field]; ok {
		return in.header[n]
	}
	return ""
}

// CheckPlan says all that is wrong with a plan for files of a kind, before
// there is a file.
func CheckPlan(kind orderhub.ImportKind, fields []Field, plan *orderhub.ImportPlan) error {
	var f orderhub.Faults
	f.Add(checkForm(plan))
	m := &matcher{in: &reading{kind: kind, plan: *plan}, fields: fields, f: &f}
	columns, fieldsOf := make(map[string]bool), make(map[string]string)
	for i, c := range plan.Columns {
		name := spelling(c.Column)
		switch {
		case name == "":
			f.Wrong(fmt.Sprintf("columns[%d].column", i), "is empty; give the name that stands in the file")
		case columns[name]:
			m.fail("the plan names the column %q twice", c.Column)
		}
		columns[name] = true
		to, ok := m.target(c)
		if !ok {
			continue
		}
		means := to.field + to.prefix + to.attribute
		if first, taken := fieldsOf[means]; taken && means != "" {
			m.fail("the plan makes both the columns %q and %q %s", first, c.Column, means)
		}
		fieldsOf[means] = c.Column
		m.checkWords(c, to.field)
	}
	return f.Err()
}

// checkForm says what a plan may not ask of any file.
func checkForm(plan *orderhub.ImportPlan) error {
	var f orderhub.Faults
	if plan.Encoding != "" && !encodingKnown(plan.Encoding) {
		f.Wrong("encoding", "is not known; it is one of "+strings.Join(sheet.Encodings, ", "))
	}
	if s := plan.Separator; s != "" && (len(s) != 1 || strings.ContainsAny(s, "\"\r\n\x00'") || isLetterOrDigit(s[0])) {
		f.Wrong("separator", `must be one character, such as ; or , or a tab, and no letter, digit, quote or line end`)
	}
	if plan.Header < 0 {
		f.Wrong("header", "must be the number of a line, or 0 for the first that is not empty")
	}
	if plan.Decimal != "" && plan.Decimal != "." && plan.Decimal != "," {
		f.Wrong("decimal", "must be . or ,")
	}
	if plan.Dates != "" && !isOrder(plan.Dates) {
		f.Wrong("dates", "must be ymd, dmy or mdy")
	}
	if _, err := loadZone(plan.Zone); err != nil {
		f.Wrong("zone", "is not a time zone; give a name such as Europe/Moscow")
	}
	if plan.OnlyNew && plan.OnlyOld {
		f.Add(orderhub.Errorf(orderhub.Invalid, "the plan stores neither what is new nor what is there: only_new and only_old exclude each other"))
	}
	return f.Err()
}

func encodingKnown(name string) bool {
	for _, e := range sheet.Encodings {
		if strings.EqualFold(e, name) {
			return true
		}
	}
	return false
}

func isLetterOrDigit(b byte) bool {
	return 'a' <= b|0x20 && b|0x20 <= 'z' || '0' <= b && b <= '9' || b >= 0x80
}

func isOrder(dates string) bool { return dates == "ymd" || dates == "dmy" || dates == "mdy" }

// loadZone finds a zone by its IANA name; "" is none.
func loadZone(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	if name == "Local" {
		return nil, errors.New("importing: the zone of this machine is nobody's")
	}
	return time.LoadLocation(name)
}

// usualDecimal is how people write numbers where the shop is, as far as its
// currency tells.
func usualDecimal(shop *orderhub.Shop) byte {
	switch shop.Currency {
	case "USD", "GBP", "CNY", "JPY", "INR", "ILS", "KRW", "MXN", "AUD", "NZD", "HKD", "SGD", "THB":
		return '.'
	}
	return ','
}

// usualDates is how people write dates where the shop is.
func usualDates(shop *orderhub.Shop) string {
	switch shop.Currency {
	case "USD":
		return "mdy"
	case "CNY", "JPY", "KRW", "HUF":
		return "ymd"
	}
	return "dmy"
}
