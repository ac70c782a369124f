package usam

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect"
	"orderhub/internal/dialect/wire"
	"orderhub/internal/ordering"
	"orderhub/money"
)

// A writer writes one JSON object, member by member. The vendor writes numbers
// as strings.
type writer struct{ b []byte }

// name begins a member. Names are ours: none needs escaping.
func (w *writer) name(name string) {
	if len(w.b) == 0 {
		w.b = append(w.b, '{')
	} else {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), name...), `":`...)
}

func (w *writer) raw(name string, value []byte) {
	w.name(name)
	w.b = append(w.b, value...)
}

func (w *writer) text(name, value string) {
	w.name(name)
	w.b, _ = jsontext.AppendQuote(w.b, value)
}

func (w *writer) number(name string, n int64) {
	w.name(name)
	w.b = append(strconv.AppendInt(append(w.b, '"'), n, 10), '"')
}

func (w *writer) amount(name string, a money.Amount) {
	w.name(name)
	w.b = append(append(append(w.b, '"'), a.Fixed(2)...), '"')
}

// flag writes "1" or "0".
func (w *writer) flag(name string, yes bool) {
	n := int64(0)
	if yes {
		n = 1
	}
	w.number(name, n)
}

// date writes a time in the shop's zone, never as null.
func (w *writer) date(name string, shop *orderhub.Shop, t time.Time) {
	if t.IsZero() {
		w.raw(name, []byte("null"))
		return
	}
	w.name(name)
	w.b = append(t.In(shop.Location()).AppendFormat(append(w.b, '"'), time.DateTime), '"')
}

// kept writes a value that is kept for this dialect, or what stands for none.
func (w *writer) kept(name string, e orderhub.Extras, none string) {
	v, ok := e[Name].Get(name)
	if !ok {
		if none == "null" {
			w.raw(name, []byte(none))
			return
		}
		w.text(name, none)
		return
	}
	s, _ := wire.Text(v)
	w.text(name, s)
}

// done is the object.
func (w *writer) done() []byte {
	if len(w.b) == 0 {
		return []byte("{}")
	}
	return append(w.b, '}')
}

// array joins JSON values.
func array[T any](all []T, show func(T) []byte) []byte {
	b := []byte{'['}
	for i, x := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, show(x)...)
	}
	return append(b, ']')
}

// placed answers a new order.
func placed(o *orderhub.Order) []byte {
	w := new(writer)
	w.raw("order_id", []byte(strconv.FormatInt(int64(o.ID), 10)))
	w.text("payment_number", o.Payments[0].Number)
	return w.done()
}

// wholeOrder shows an order with everything that belongs to it, in the
// sequence of the vendor's example and under both names where its page and its
// example differ.
func wholeOrder(shop *orderhub.Shop, o *orderhub.Order) []byte {
	w := new(writer)
	orderFields(w, shop, o)
	w.raw("shipping", shipmentArray(shop, o))
	w.text("coupon_name", o.Coupon)
	if o.Note == "" {
		w.raw("notes", []byte("null"))
	} else {
		w.text("notes", o.Note)
	}
	orderTail(w, o)
	if o.CancelReason != "" {
		w.text("cancellation_reason", o.CancelReason)
	}
	buyer := propertyMap(o)
	w.raw("customer", buyer)
	w.raw("products", productArray(shop, o))
	payments := paymentArray(shop, o)
	w.raw("payment", payments)
	w.raw("taxes", taxArray(o))
	w.raw("payments", payments)
	w.raw("properties", buyer)
	return w.done()
}

// listedOrder shows an order of a list with the blocks that were asked for.
func listedOrder(shop *orderhub.Shop, o *orderhub.Order, blocks map[string]bool) []byte {
	w := &writer{make([]byte, 0, 2048)}
	orderFields(w, shop, o)
	orderTail(w, o)
	if blocks["products"] {
		w.raw("products", productArray(shop, o))
	}
	if blocks["shipping"] {
		w.raw("shipping", shipmentArray(shop, o))
	}
	if blocks["payments"] {
		w.raw("payments", paymentArray(shop, o))
	}
	if blocks["taxes"] {
		w.raw("taxes", taxArray(o))
	}
	if blocks["properties"] {
		w.raw("properties", propertyMap(o))
	}
	return w.done()
}

func orderFields(w *writer, shop *orderhub.Shop, o *orderhub.Order) {
	w.number("id", int64(o.ID))
	w.text("bank_account_id", orZero(o.Account))
	w.text("number", o.Number)
	w.amount("totalprice", o.Total)
	w.kept("cost_price", o.Extras, "0.00")
	w.kept("type_price", o.Extras, "")
	w.number("paid", paid(o.Payment))
	w.date("date_paid", shop, o.PaidAt)
	w.text("code", o.Code)
	w.text("status", statusOf(o))
	w.kept("type_payer", o.Extras, "1")
	w.kept("user_ID", o.Extras, "0")
	w.number("contact_id", int64(o.Customer))
	w.kept("company_id", o.Extras, "0")
	w.kept("manager_id", o.Extras, "0")
	w.date("date_insert", shop, o.PlacedAt)
	w.date("date_status_update", shop, statusTime(o))
}

func orderTail(w *writer, o *orderhub.Order) {
	w.text("source", orDefault(o.Source, "order"))
	w.number("number_products", int64(len(o.Lines)))
	w.kept("order_type", o.Extras, "order")
}

// statusOf is the status of an order, delete when it is deleted.
func statusOf(o *orderhub.Order) string {
	if !o.DeletedAt.IsZero() {
		return statusDelete
	}
	return o.Status
}

func statusTime(o *orderhub.Order) time.Time {
	if !o.DeletedAt.IsZero() {
		return o.DeletedAt
	}
	return o.StatusAt
}

// paid is how the dialect counts payment states; it has none for refunded.
func paid(s orderhub.PaymentState) int64 {
	switch s {
	case orderhub.PartlyPaid:
		return 1
	case orderhub.Paid:
		return 2
	}
	return 0
}

func orZero(id string) string { return orDefault(id, "0") }

func orDefault(value, none string) string {
	if value == "" {
		return none
	}
	return value
}

func productArray(shop *orderhub.Shop, o *orderhub.Order) []byte {
	return array(o.Lines, func(l orderhub.Line) []byte {
		w := &writer{make([]byte, 0, 512)}
		w.number("id", partID(o, l.No))
		w.text("product_id", l.Product)
		w.text("name", l.Name)
		w.number("order_id", int64(o.ID))
		w.amount("old_price", l.BasePrice)
		w.kept("product_day", l.Extras, "0")
		w.amount("price", l.Price)
		w.kept("purchase_price", l.Extras, "0.00")
		w.text("quantity", l.Quantity.Fixed())
		w.text("unit_measure", unitOf(l))
		w.number("bonus", l.Bonus)
		w.kept("used_bonuses", l.Extras, "0")
		w.kept("subscribed", l.Extras, "0")
		w.kept("date_insert", l.Extras, o.PlacedAt.In(shop.Location()).Format(time.DateTime))
		if l.SKU != "" {
			w.text("code", l.SKU)
		}
		return w.done()
	})
}

func paymentArray(shop *orderhub.Shop, o *orderhub.Order) []byte {
	return array(o.Payments, func(p orderhub.Payment) []byte {
		w := new(writer)
		w.number("id", partID(o, p.No))
		w.kept("document_type", p.Extras, "order")
		w.number("document_id", int64(o.ID))
		w.kept("bank_account_id", p.Extras, orZero(o.Account))
		w.text("document_number", p.Number)
		w.kept("external_document", p.Extras, "")
		w.date("date_payed", shop, p.PaidAt)
		w.date("date_insert", shop, p.CreatedAt)
		w.text("note", p.Note)
		w.amount("sum", p.Sum)
		w.kept("order_id", p.Extras, "0")
		w.text("name", p.MethodName)
		w.number("status", int64(p.Status))
		w.kept("payment_type", p.Extras, "")
		w.text("gateway_id", orZero(p.Method))
		w.kept("gateway", p.Extras, "")
		w.text("transactid", p.Reference)
		return w.done()
	})
}

func shipmentArray(shop *orderhub.Shop, o *orderhub.Order) []byte {
	return array(o.Shipments, func(s orderhub.Shipment) []byte {
		w := new(writer)
		w.number("id", partID(o, s.No))
		w.number("order_id", int64(o.ID))
		w.kept("courier", s.Extras, "0")
		w.text("name", s.MethodName)
		w.kept("customer_id", s.Extras, "0")
		w.kept("customer_type", s.Extras, "contact")
		w.text("status", orDefault(s.Status, "pending"))
		w.text("track_id", s.Track)
		w.text("doc_number", s.Number)
		w.kept("doc_data", s.Extras, "null")
		w.text("method", orZero(s.Method))
		w.text("storage_pickup", orZero(s.Pickup))
		w.kept("storage", s.Extras, "0")
		w.text("notes", s.Note)
		w.amount("totalprice", o.Total)
		w.amount("price", s.Price)
		w.flag("include_in_cost", !s.Included)
		w.date("date_insert", shop, s.CreatedAt)
		w.date("date_delivery", shop, s.DeliveredAt)
		w.kept("readiness_date", s.Extras, "null")
		w.kept("readiness", s.Extras, "0")
		w.kept("export", s.Extras, "0")
		w.kept("tax_id", s.Extras, "0")
		w.kept("tax_name", s.Extras, "")
		w.kept("tax_value", s.Extras, "0.00000")
		w.kept("tax_is_in_price", s.Extras, "1")
		w.kept("tax_rate", s.Extras, "0")
		return w.done()
	})
}

func taxArray(o *orderhub.Order) []byte {
	return array(o.Taxes, func(t orderhub.Tax) []byte {
		w := new(writer)
		w.number("id", partID(o, t.No))
		w.number("order_id", int64(o.ID))
		w.kept("tax_id", t.Extras, "0")
		w.kept("product_id", t.Extras, "0")
		w.kept("unit_measure", t.Extras, "")
		w.text("name", t.Name)
		w.amount("tax", t.Amount)
		w.text("rate", t.Rate.String())
		w.flag("is_in_price", t.InPrice)
		return w.done()
	})
}

// propertyMap shows the buyer's data by code. What was never sent is false, as
// in the vendor's example.
func propertyMap(o *orderhub.Order) []byte {
	values := propertiesOf(o)
	w := &writer{make([]byte, 0, 1024)}
	for _, p := range properties {
		value, sent := values[p.code]
		if !sent && !p.always {
			continue
		}
		w.name(p.code)
		w.b = append(w.b, `{"value":`...)
		if sent {
			w.b, _ = jsontext.AppendQuote(w.b, value)
		} else {
			w.b = append(w.b, "false"...)
		}
		w.b = append(append(append(w.b, `,"name":"`...), p.name...), `"}`...)
	}
	return w.done()
}

// shortStatus shows how an order stands; false when it is closed.
func shortStatus(shop *orderhub.Shop, o *orderhub.Order) []byte {
	st, known := shop.Status(o.Status)
	if known && st.Closed {
		return []byte("false")
	}
	w := new(writer)
	w.number("id", int64(o.ID))
	w.text("status_name", st.Name)
	w.text("status_description", "")
	w.date("date_insert", shop, o.PlacedAt)
	method, track := "", ""
	if len(o.Shipments) > 0 {
		method, track = o.Shipments[0].MethodName, o.Shipments[0].Track
	}
	w.text("shipping_method", method)
	w.text("track_id", track)
	return w.done()
}

// give answers with a JSON value, trimmed to the _fields that were asked for.
func give(w http.ResponseWriter, _ *http.Request, p params, value []byte) error {
	wanted, err := wantedFields(p)
	if err != nil {
		return err
	}
	if wanted != nil {
		value = wanted.trim(value)
	}
	writeJSON(w, http.StatusOK, value)
	return nil
}

// giveList answers with a list while it is read. What goes wrong after the
// first orders were written breaks the connection: half a list must not look
// like a whole one.
func giveList(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params, l list, total int, orders ordering.Orders) error {
	wanted, err := wantedFields(p)
	if err != nil {
		return err
	}
	listHeaders(w, r, l, total)
	setHeaders(w.Header())
	b := []byte("{")
	if wanted.has("count") {
		b = fmt.Appendf(b, `"count":%d`, total)
	}
	if !wanted.has("items") {
		writeJSON(w, http.StatusOK, append(b, '}'))
		return nil
	}
	if len(b) > 1 {
		b = append(b, ',')
	}
	b = append(b, `"items":[`...)
	first, begun := true, false
	for o, err := range orders {
		if err != nil && !begun {
			return err
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, wanted.below("items").trim(listedOrder(shop, o, l.blocks))...)
		if len(b) > flushAt {
			if _, err := w.Write(b); err != nil {
				return nil // the caller went away
			}
			b, begun = b[:0], true
		}
	}
	w.Write(append(b, "]}"...))
	return nil
}

// flushAt is how much of a list is gathered before it is written, in bytes.
const flushAt = 1 << 16

// listHeaders are those of lists in WordPress.
func listHeaders(w http.ResponseWriter, r *http.Request, l list, total int) {
	pages := (total + l.count - 1) / l.count
	h := w.Header()
	h.Set("X-WP-Total", strconv.Itoa(total))
	h.Set("X-WP-TotalPages", strconv.Itoa(pages))
	link := func(page int, rel string) {
		query := r.URL.Query()
		query.Set("paged", strconv.Itoa(page))
		address := url.URL{Path: r.URL.Path, RawQuery: query.Encode()}
		h.Add("Link", fmt.Sprintf(`<%s%s>; rel=%q`, dialect.Base(r), address.String(), rel))
	}
	if l.page > 1 {
		link(l.page-1, "prev")
	}
	if l.page < pages {
		link(l.page+1, "next")
	}
}

const mediaType = "application/json; charset=UTF-8"

// writeJSON answers with a JSON value.
func writeJSON(w http.ResponseWriter, status int, value []byte) {
	setHeaders(w.Header())
	w.WriteHeader(status)
	w.Write(value)
}

func setHeaders(h http.Header) {
	h.Set("Content-Type", mediaType)
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link")
}
