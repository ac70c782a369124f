package usam

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect/wire"
)

// Limits of a list. The vendor's page says 10 orders when nothing is said,
// its plug-in stops at ten thousand.
const (
	defaultCount = 10
	maxCount     = 10_000
)

// A list is what a request wants to see.
type list struct {
	filter orderhub.OrderFilter
	search string
	count  int
	page   int
	blocks map[string]bool // what is shown of each order beside its own fields
}

// sorts are the columns of the vendor's table. Those that are ours are sorted
// by; the others are by id, as the plug-in does with what it does not know.
var sorts = map[string]orderhub.SortField{
	"id": orderhub.SortID, "date": orderhub.SortCreated, "date_insert": orderhub.SortCreated, "number": orderhub.SortNumber,
	"code": orderhub.SortCode, "status": orderhub.SortStatus, "date_status_update": orderhub.SortStatusAt,
	"totalprice": orderhub.SortTotal, "paid": orderhub.SortPayment, "date_paid": orderhub.SortPaidAt,
	"bank_account_id": orderhub.SortAccount, "source": orderhub.SortSource, "contact_id": orderhub.SortCustomer,
	"number_products": orderhub.SortID, "cost_price": orderhub.SortID, "type_price": orderhub.SortID, "type_payer": orderhub.SortID,
	"user_ID": orderhub.SortID, "company_id": orderhub.SortID, "manager_id": orderhub.SortID, "shipping": orderhub.SortID,
}

// blocks are what fields may ask for, by the names of the page and of its
// example.
var blocks = map[string]string{
	"products": "products", "shipping": "shipping", "payments": "payments", "payment": "payments", "taxes": "taxes",
	"properties": "properties", "customer": "properties",
}

// decodeList reads the parameters of a list.
func decodeList(p params, shop *orderhub.Shop) (list, error) {
	d := &decoder{shop: shop}
	l := list{blocks: make(map[string]bool)}
	for _, name := range d.strings(p, "fields") {
		if block, known := blocks[name]; known {
			l.blocks[block] = true
		}
	}
	if search := d.text(p, "search", "search"); search != nil {
		l.search = strings.Trim(strings.TrimSpace(*search), "*") // the plug-in's wildcards: any part is found here
	}
	d.statuses(p, &l.filter)
	for _, value := range d.strings(p, "bank_account_id") {
		if value != "0" {
			l.filter.Accounts = append(l.filter.Accounts, value)
		}
	}
	for _, value := range d.strings(p, "paid") {
		at := slices.Index([]string{"0", "1", "2"}, value)
		if at < 0 {
			d.faults.Wrong("paid", "is not one of 0, 1, and 2")
			continue
		}
		l.filter.Payments = append(l.filter.Payments, paidStates[at]...)
	}
	if flag := d.flag(p, "exchange", "exchange"); flag != nil {
		l.filter.ToExport = *flag
	}
	l.count = d.between(p, "count", defaultCount, maxCount)
	l.page = d.between(p, "paged", 1, orderhub.MaxSkip)
	if l.filter.Skip = (l.page - 1) * l.count; l.filter.Skip > orderhub.MaxSkip {
		d.faults.Wrong("paged", fmt.Sprintf("lies behind the order number %d of the list; narrow it, by status or exchange", orderhub.MaxSkip))
	}
	l.filter.Sort = []orderhub.Sort{d.sort(p)}
	return l, d.faults.Err()
}

// paidStates are the payment states that the vendor's numbers mean.
var paidStates = [][]orderhub.PaymentState{{orderhub.Unpaid, orderhub.Refunded}, {orderhub.PartlyPaid}, {orderhub.Paid}}

// statuses reads which statuses are wanted. Deleted orders are seen only when
// nothing else is asked for.
func (d *decoder) statuses(p params, f *orderhub.OrderFilter) {
	wanted := slices.DeleteFunc(d.strings(p, "status"), func(code string) bool { return code == "all" })
	if slices.Equal(wanted, []string{statusDelete}) {
		f.Deleted = true
		return
	}
	for _, code := range wanted {
		if _, known := d.shop.Status(code); !known {
			d.faults.Wrong("status", "is not a status of this shop: "+code)
		} else if code != statusDelete {
			f.Statuses = append(f.Statuses, code)
		}
	}
	f.Except = slices.DeleteFunc(d.strings(p, "status__not_in"), func(code string) bool { return code == statusDelete })
	if kind := d.text(p, "status_type", "status_type"); kind != nil && *kind != "" {
		if *kind != "closed" && *kind != "unclosed" {
			d.faults.Wrong("status_type", "is not one of closed and unclosed")
		}
		for _, st := range d.shop.Statuses {
			if st.Closed != (*kind == "closed") {
				f.Except = append(f.Except, st.Code)
			}
		}
	}
}

// sort reads by what the list is sorted: by id, the youngest order first,
// when nothing is said.
func (d *decoder) sort(p params) orderhub.Sort {
	s := orderhub.Sort{Field: orderhub.SortID, Descending: true}
	if by := d.text(p, "orderby", "orderby"); by != nil && *by != "" {
		field, known := sorts[*by]
		if !known {
			d.faults.Wrong("orderby", "is not a field of an order")
		}
		s.Field = field
	}
	if order := d.text(p, "order", "order"); order != nil && *order != "" {
		switch *order {
		case "ASC", "asc":
			s.Descending = false
		case "DESC", "desc":
		default:
			d.faults.Wrong("order", "is not one of ASC, asc, DESC, and desc")
		}
	}
	return s
}

// strings reads a list: an array, or a text with commas.
func (d *decoder) strings(p params, name string) []string {
	v, sent := p[name]
	if !sent || wire.IsNull(v) {
		return nil
	}
	elementsOf := []jsontext.Value{v}
	if list, ok := elements(v); ok {
		elementsOf = list
	}
	var all []string
	for _, e := range elementsOf {
		s, ok := wire.Text(e)
		if !ok {
			d.faults.Wrong(name, "is not a list of strings")
			return nil
		}
		for part := range strings.SplitSeq(s, ",") {
			if part = strings.TrimSpace(part); part != "" && !slices.Contains(all, part) {
				all = append(all, part)
			}
		}
	}
	if len(all) > maxList {
		d.faults.Wrong(name, fmt.Sprintf("holds %d values; send at most %d", len(all), maxList))
		return nil
	}
	return all
}

// maxList is how many values a list may hold.
const maxList = 100

// between reads a number from 1 to most.
func (d *decoder) between(p params, name string, otherwise, most int64) int {
	v, sent := p[name]
	if s, isText := wire.Text(v); !sent || wire.IsNull(v) || isText && s == "" {
		return int(otherwise)
	}
	n, ok := wire.Int(v)
	if !ok || n < 1 || n > most {
		d.faults.Wrong(name, fmt.Sprintf("must be between 1 (inclusive) and %d (inclusive)", most))
		return int(otherwise)
	}
	return int(n)
}
