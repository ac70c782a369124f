package usam

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/dialect/wire"
	"orderhub/money"
)

// The members of documents that only this dialect has, and what is shown where
// none was sent.
var (
	paymentKept = map[string]kind{
		"document_type": text, "bank_account_id": whole, "external_document": text, "payment_type": text, "gateway": text, "order_id": whole,
	}
	paymentNone = none{"document_type": "order", "external_document": "", "payment_type": "", "gateway": "", "order_id": "0"} // the account is the order's

	shipmentKept = map[string]kind{
		"courier": whole, "customer_id": whole, "customer_type": text, "doc_data": text, "storage": whole, "readiness_date": text,
		"readiness": whole, "export": whole, "tax_id": whole, "tax_name": text, "tax_value": text, "tax_is_in_price": whole, "tax_rate": text,
	}
	shipmentNone = none{
		"courier": "0", "customer_id": "0", "customer_type": "contact", "doc_data": "null", "storage": "0", "readiness_date": "null",
		"readiness": "0", "export": "0", "tax_id": "0", "tax_name": "", "tax_value": "0.00000", "tax_is_in_price": "1", "tax_rate": "0",
	}

	taxKept = map[string]kind{"tax_id": whole, "product_id": whole, "unit_measure": text}
	taxNone = none{"tax_id": "0", "product_id": "0", "unit_measure": ""}
)

// A document is what a request says of a payment, a shipment or a tax.
type document struct {
	params
	id     int64  // as we show it, 0 when none was sent
	number string // of the document
	extras orderhub.Attributes
}

// A revision is what is to be done to the document of an order that is meant.
// Each change leaves a value alone that was sent as it is shown.
type revision[D any] struct {
	document
	changes []func(to, shown *D)
}

// revise notes the value that was sent for a field of a document, if any.
func revise[D any, T comparable](r *revision[D], place func(*D) *T, sent *T) {
	if sent == nil {
		return
	}
	r.changes = append(r.changes, func(to, shown *D) {
		if *sent != *place(shown) {
			*place(to) = *sent
		}
	})
}

// reviseTime is revise for a time.
func reviseTime[D any](r *revision[D], place func(*D) *time.Time, sent *time.Time) {
	if sent == nil {
		return
	}
	r.changes = append(r.changes, func(to, shown *D) {
		if !sent.Equal(*place(shown)) {
			*place(to) = *sent
		}
	})
}

// apply changes a document. Shown is the stored one as the dialect prints it,
// an empty one for a new document.
func (r *revision[D]) apply(to, shown *D, extras func(*D) *orderhub.Extras) {
	for _, change := range r.changes {
		change(to, shown)
	}
	sent := orderhub.Extras{Name: r.extras}
	*extras(to) = extras(to).Merge(sent.Without(*extras(shown)))
}

// documents reads a list of documents, which may be sent under one of several
// names. It is not ok when there is none.
func (d *decoder) documents(p params, field string, kept map[string]kind, number string, names ...string) (docs []document, ok bool) {
	at := slices.IndexFunc(names, func(name string) bool { return len(p[name]) > 0 && !wire.IsNull(p[name]) })
	if at < 0 {
		return nil, false
	}
	v := p[names[at]]
	list, isList := elements(v)
	switch {
	case !isList:
		d.faults.Wrong(field, "is not of type array")
	case len(list) > maxDocuments:
		d.faults.Wrong(field, fmt.Sprintf("holds %d documents; send at most %d", len(list), maxDocuments))
		return nil, false
	}
	for i, v := range list {
		if v.Kind() != '{' {
			d.faults.Wrong(fmt.Sprintf("%s[%d]", field, i), "is not of type object")
			continue
		}
		doc := document{params: paramsOf(v)}
		doc.extras = d.kept(doc.params, kept, func(name string) string { return fmt.Sprintf("%s[%d].%s", field, i, name) })
		doc.id, _ = wire.Int(doc.params["id"])
		doc.number, _ = wire.Text(doc.params[number])
		docs = append(docs, doc)
	}
	return docs, isList
}

// maxDocuments is how many documents of a kind a request may send.
const maxDocuments = 500

// payments reads payment documents.
func (d *decoder) payments(p params) []revision[orderhub.Payment] {
	docs, _ := d.documents(p, "payments", paymentKept, "document_number", "payments", "payment")
	all := make([]revision[orderhub.Payment], len(docs))
	for i, doc := range docs {
		r := &all[i]
		r.document = doc
		field := func(name string) string { return fmt.Sprintf("payments[%d].%s", i, name) }
		for name, place := range map[string]func(*orderhub.Payment) *string{
			"document_number": func(p *orderhub.Payment) *string { return &p.Number },
			"gateway_id":      func(p *orderhub.Payment) *string { return &p.Method },
			"name":            func(p *orderhub.Payment) *string { return &p.MethodName },
			"transactid":      func(p *orderhub.Payment) *string { return &p.Reference },
			"note":            func(p *orderhub.Payment) *string { return &p.Note },
		} {
			revise(r, place, d.text(doc.params, name, field(name)))
		}
		revise(r, func(p *orderhub.Payment) *money.Amount { return &p.Sum }, d.amount(doc.params, "sum", field("sum")))
		reviseTime(r, func(p *orderhub.Payment) *time.Time { return &p.PaidAt }, d.time(doc.params, "date_payed", field("date_payed")))
		reviseTime(r, func(p *orderhub.Payment) *time.Time { return &p.CreatedAt }, d.time(doc.params, "date_insert", field("date_insert")))
		revise(r, func(p *orderhub.Payment) *orderhub.PaymentStatus { return &p.Status }, d.paymentStatus(doc.params, field("status")))
	}
	return all
}

func (d *decoder) paymentStatus(p params, field string) *orderhub.PaymentStatus {
	v, sent := p["status"]
	if !sent || wire.IsNull(v) {
		return nil
	}
	n, ok := wire.Int(v)
	if !ok || n < int64(orderhub.PaymentOpen) || n > int64(orderhub.PaymentReserved) {
		d.faults.Wrong(field, "is not one of 1, 2, 3, 4, 5, 6, 7, and 8")
		return nil
	}
	return new(orderhub.PaymentStatus(n))
}

// showPayment returns a payment document as the dialect prints it, but for what
// only the dialect has, and as it is read when it is sent back.
func showPayment(shop *orderhub.Shop, o *orderhub.Order, p *orderhub.Payment) *orderhub.Payment {
	shown := *p
	shown.Method, shown.Sum = orZero(p.Method), shownAmount(p.Sum, o.Currency)
	shown.PaidAt, shown.CreatedAt = shownTime(shop, p.PaidAt), shownTime(shop, p.CreatedAt)
	return &shown
}

// paymentExtras are the members of a payment document that only this dialect
// has, as they are printed.
func paymentExtras(o *orderhub.Order, p *orderhub.Payment) orderhub.Extras {
	extras := shownExtras(p.Extras, paymentNone)
	if _, ok := p.Extras[Name].Get("bank_account_id"); !ok {
		extras.SetText("bank_account_id", shownID(o.Account))
	}
	return orderhub.Extras{Name: extras}
}

// mergePayments changes the payment documents that are meant, by id or by
// number, and adds the others. No document is lost: money that was there stays
// on the books.
func mergePayments(shop *orderhub.Shop, old, o *orderhub.Order, docs []revision[orderhub.Payment]) {
	all := slices.Clone(o.Payments)
	for _, doc := range docs {
		at := slices.IndexFunc(all, func(p orderhub.Payment) bool {
			return p.No != 0 && doc.id == partID(o, p.No) || doc.id == 0 && doc.number != "" && doc.number == p.Number
		})
		if at < 0 {
			all, at = append(all, orderhub.Payment{Status: orderhub.PaymentOpen}), len(all)
		}
		shown := new(orderhub.Payment)
		if at < len(old.Payments) { // Payments of an order are only ever added here
			shown = showPayment(shop, old, &old.Payments[at])
			shown.Extras = paymentExtras(old, &old.Payments[at])
		}
		doc.apply(&all[at], shown, func(p *orderhub.Payment) *orderhub.Extras { return &p.Extras })
	}
	o.Payments = all
}

// shipments reads delivery documents.
func (d *decoder) shipments(p params) []revision[orderhub.Shipment] {
	docs, _ := d.documents(p, "shipments", shipmentKept, "doc_number", "shipping")
	all := make([]revision[orderhub.Shipment], len(docs))
	for i, doc := range docs {
		r := &all[i]
		r.document = doc
		field := func(name string) string { return fmt.Sprintf("shipments[%d].%s", i, name) }
		for name, place := range map[string]func(*orderhub.Shipment) *string{
			"doc_number": func(s *orderhub.Shipment) *string { return &s.Number },
			"status":     func(s *orderhub.Shipment) *string { return &s.Status },
			"method":     func(s *orderhub.Shipment) *string { return &s.Method },
			"name":       func(s *orderhub.Shipment) *string { return &s.MethodName },
			"track_id":   func(s *orderhub.Shipment) *string { return &s.Track },
			"notes":      func(s *orderhub.Shipment) *string { return &s.Note },
		} {
			revise(r, place, d.text(doc.params, name, field(name)))
		}
		revise(r, func(s *orderhub.Shipment) *money.Amount { return &s.Price }, d.amount(doc.params, "price", field("price")))
		revise(r, func(s *orderhub.Shipment) *string { return &s.Pickup }, d.id(doc.params, "storage_pickup", field("pickup")))
		reviseTime(r, func(s *orderhub.Shipment) *time.Time { return &s.DeliveredAt }, d.time(doc.params, "date_delivery", field("date_delivery")))
		reviseTime(r, func(s *orderhub.Shipment) *time.Time { return &s.CreatedAt }, d.time(doc.params, "date_insert", field("date_insert")))
		if added := d.flag(doc.params, "include_in_cost", field("include_in_cost")); added != nil {
			// What is not added to the total is within the prices.
			revise(r, func(s *orderhub.Shipment) *bool { return &s.Included }, new(!*added))
		}
	}
	return all
}

func (d *decoder) flag(p params, name, field string) *bool {
	v, sent := p[name]
	if !sent || wire.IsNull(v) {
		return nil
	}
	value, ok := wire.Flag(v)
	if !ok {
		d.faults.Wrong(field, "is not one of 0 and 1")
		return nil
	}
	return &value
}

// showShipment returns a delivery document as the dialect prints it, but for
// what only the dialect has, and as it is read when it is sent back.
func showShipment(shop *orderhub.Shop, o *orderhub.Order, s *orderhub.Shipment) *orderhub.Shipment {
	shown := *s
	shown.Status, shown.Method, shown.Price = orDefault(s.Status, "pending"), orZero(s.Method), shownAmount(s.Price, o.Currency)
	if shown.Pickup = shownID(s.Pickup); shown.Pickup == "0" {
		shown.Pickup = "" // as it is read
	}
	shown.DeliveredAt, shown.CreatedAt = shownTime(shop, s.DeliveredAt), shownTime(shop, s.CreatedAt)
	return &shown
}

// mergeShipments changes the delivery documents that are meant and adds the
// others; the order is as far fulfilled as they say.
func mergeShipments(shop *orderhub.Shop, old, o *orderhub.Order, docs []revision[orderhub.Shipment]) {
	all := slices.Clone(o.Shipments)
	for _, doc := range docs {
		at := slices.IndexFunc(all, func(s orderhub.Shipment) bool {
			return s.No != 0 && doc.id == partID(o, s.No) || doc.id == 0 && doc.number != "" && doc.number == s.Number
		})
		if at < 0 {
			all, at = append(all, orderhub.Shipment{Status: "pending"}), len(all)
		}
		shown := new(orderhub.Shipment)
		if at < len(old.Shipments) { // they are only ever added here
			shown = showShipment(shop, old, &old.Shipments[at])
			shown.Extras = orderhub.Extras{Name: shownExtras(shown.Extras, shipmentNone)}
		}
		doc.apply(&all[at], shown, func(s *orderhub.Shipment) *orderhub.Extras { return &s.Extras })
	}
	o.Shipments = all
	o.UpdateFulfilment(old.Shipments)
}

// taxes reads the list of taxes, which replaces the one that is stored.
func (d *decoder) taxes(p params) (all []revision[orderhub.Tax], sent bool) {
	docs, sent := d.documents(p, "taxes", taxKept, "", "taxes")
	all = make([]revision[orderhub.Tax], len(docs))
	for i, doc := range docs {
		r := &all[i]
		r.document = doc
		field := func(name string) string { return fmt.Sprintf("taxes[%d].%s", i, name) }
		r.number = ""
		if name := d.text(doc.params, "name", field("name")); name != nil {
			r.number = *name // taxes have none: their name stands for it
			revise(r, func(t *orderhub.Tax) *string { return &t.Name }, name)
		}
		revise(r, func(t *orderhub.Tax) *money.Amount { return &t.Rate }, d.amount(doc.params, "rate", field("rate")))
		revise(r, func(t *orderhub.Tax) *money.Amount { return &t.Amount }, d.amount(doc.params, "tax", field("amount")))
		revise(r, func(t *orderhub.Tax) *bool { return &t.InPrice }, d.flag(doc.params, "is_in_price", field("is_in_price")))
	}
	return all, sent
}

// showTax returns a tax as the dialect prints it, but for what only the dialect
// has, and as it is read when it is sent back.
func showTax(o *orderhub.Order, t *orderhub.Tax) *orderhub.Tax {
	shown := *t
	shown.Amount = shownAmount(t.Amount, o.Currency)
	return &shown
}

// replaceTaxes makes the order's taxes those that were sent. One that is
// stored, by its id or else by its name, changes in what was sent and is
// otherwise kept.
func replaceTaxes(old, o *orderhub.Order, docs []revision[orderhub.Tax]) {
	stored := slices.Clone(old.Taxes)
	o.Taxes = make([]orderhub.Tax, 0, len(docs))
	for _, doc := range docs {
		at := slices.IndexFunc(stored, func(t orderhub.Tax) bool {
			return doc.id != 0 && t.No != 0 && doc.id == partID(old, t.No) || doc.id == 0 && doc.number != "" && doc.number == t.Name
		})
		var t orderhub.Tax
		shown := new(orderhub.Tax)
		if at >= 0 {
			t, shown = stored[at], showTax(old, &stored[at])
			shown.Extras = orderhub.Extras{Name: shownExtras(t.Extras, taxNone)}
			stored = slices.Delete(stored, at, at+1)
		}
		doc.apply(&t, shown, func(t *orderhub.Tax) *orderhub.Extras { return &t.Extras })
		o.Taxes = append(o.Taxes, t)
	}
	slices.SortStableFunc(o.Taxes, func(a, b orderhub.Tax) int { return cmp.Compare(rank(a.No), rank(b.No)) })
	if len(o.Taxes) == 0 {
		o.Taxes = nil
	}
}

// rank sorts new parts of an order behind those that have a number.
func rank(no int) int {
	if no == 0 {
		return math.MaxInt
	}
	return no
}

// partID is how a line or a document of an order is called: by the order's id
// and its own number within the order.
func partID(o *orderhub.Order, no int) int64 { return int64(o.ID)*100_000 + int64(no) }
