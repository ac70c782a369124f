package usam

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
)

// placed answers a new order.
func placed(o *orderhub.Order) []byte {
	w := new(writer)
	w.raw("order_id", []byte(strconv.FormatInt(int64(o.ID), 10)))
	w.text("payment_number", o.Payments[0].Number)
	return w.done()
}

// wholeOrder shows an order with everything that belongs to it, in the
// sequence of the vendor's example and under both names where its page and its
// example differ. The mark is that of the caller's reader.
func wholeOrder(shop *orderhub.Shop, o *orderhub.Order, buyer *orderhub.Customer, mark orderhub.ExchangeMark) []byte {
	w := new(writer)
	orderFields(w, shop, o, buyer)
	w.raw("shipping", shipmentArray(shop, o))
	w.text("coupon_name", o.Coupon)
	if o.Note == "" {
		w.raw("notes", []byte("null"))
	} else {
		w.text("notes", o.Note)
	}
	orderTail(w, o)
	w.flag("exchange", mark.Taken)
	if !mark.Taken {
		mark.At = time.Time{}
	}
	w.date("date_exchange", shop, mark.At)
	if o.CancelReason != "" {
		w.text("cancellation_reason", o.CancelReason)
	}
	properties := propertyMap(o)
	w.raw("customer", properties)
	w.raw("products", productArray(shop, o))
	payments := paymentArray(shop, o)
	w.raw("payment", payments)
	w.raw("taxes", taxArray(o))
	w.raw("payments", payments)
	w.raw("properties", properties)
	return w.done()
}

// listedOrder shows an order of a list with the blocks that were asked for.
func listedOrder(shop *orderhub.Shop, o *orderhub.Order, buyer *orderhub.Customer, blocks map[string]bool) []byte {
	w := &writer{make([]byte, 0, 2048)}
	orderFields(w, shop, o, buyer)
	orderTail(w, o)
	w.flag("exchange", o.Exported)
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

// orderFields shows an order's own fields. The buyer is the customer linked to
// it, nil for none: user_ID is the buyer's id in the shop's own system, if it
// is a number.
func orderFields(w *writer, shop *orderhub.Shop, o *orderhub.Order, buyer *orderhub.Customer) {
	user := "0"
	if buyer != nil {
		user = shownID(buyer.ExternalID)
	}
	w.number("id", int64(o.ID))
	w.text("bank_account_id", shownID(o.Account))
	w.text("number", o.Number)
	w.amount("totalprice", o.Total, o.Currency)
	w.kept("cost_price", o.Extras, orderNone)
	w.kept("type_price", o.Extras, orderNone)
	w.number("paid", paid(o.Payment))
	w.date("date_paid", shop, o.PaidAt)
	w.text("code", o.Code)
	w.text("status", statusOf(o))
	w.kept("type_payer", o.Extras, orderNone)
	w.text("user_ID", user)
	w.number("contact_id", int64(o.Customer))
	w.kept("company_id", o.Extras, orderNone)
	w.kept("manager_id", o.Extras, orderNone)
	w.date("date_insert", shop, o.PlacedAt)
	w.date("date_status_update", shop, statusTime(o))
}

func orderTail(w *writer, o *orderhub.Order) {
	w.text("source", shownSource(o))
	w.number("number_products", int64(len(o.Lines)))
	w.kept("order_type", o.Extras, orderNone)
}

func shownSource(o *orderhub.Order) string { return orDefault(o.Source, "order") }

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
