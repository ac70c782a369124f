package usam

import (
	"fmt"
	"slices"

	"orderhub"
	"orderhub/internal/dialect/wire"
)

// The members of documents that only this dialect has.
var (
	paymentKept = map[string]kind{
		"document_type": text, "bank_account_id": whole, "external_document": text, "payment_type": text, "gateway": text, "order_id": whole,
	}
	shipmentKept = map[string]kind{
		"courier": whole, "customer_id": whole, "customer_type": text, "doc_data": text, "storage": whole, "readiness_date": text,
		"readiness": whole, "export": whole, "tax_id": whole, "tax_name": text, "tax_value": text, "tax_is_in_price": whole, "tax_rate": text,
	}
	taxKept = map[string]kind{"tax_id": whole, "product_id": whole, "unit_measure": text}
)

// A document is what a request says of a payment, a shipment or a tax.
type document struct {
	params
	id     int64  // as we show it, 0 when none was sent
	number string // of the document
	extras orderhub.Attributes
}

// A revision is what is to be done to the document of an order that is meant.
type revision[D any] struct {
	document
	changes []func(*D)
}

func (r *revision[D]) add(change func(*D)) { r.changes = append(r.changes, change) }

func (r *revision[D]) apply(to *D) {
	for _, change := range r.changes {
		change(to)
	}
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
			if value := d.text(doc.params, name, field(name)); value != nil {
				r.add(func(p *orderhub.Payment) { *place(p) = *value })
			}
		}
		sum, paid, made := d.amount(doc.params, "sum", field("sum")), d.time(doc.params, "date_payed", field("date_payed")), d.time(doc.params, "date_insert", field("date_insert"))
		status := d.paymentStatus(doc.params, field("status"))
		r.add(func(p *orderhub.Payment) {
			assign(&p.Sum, sum)
			assign(&p.Status, status)
			assign(&p.PaidAt, paid)
			assign(&p.CreatedAt, made)
		})
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

// mergePayments changes the payment documents that are meant, by id or by
// number, and adds the others. No document is lost: money that was there stays
// on the books.
func mergePayments(o *orderhub.Order, docs []revision[orderhub.Payment]) {
	for _, doc := range docs {
		at := slices.IndexFunc(o.Payments, func(p orderhub.Payment) bool {
			return p.No != 0 && doc.id == partID(o, p.No) || doc.id == 0 && doc.number != "" && doc.number == p.Number
		})
		if at < 0 {
			o.Payments, at = append(o.Payments, orderhub.Payment{Status: orderhub.PaymentOpen}), len(o.Payments)
		}
		doc.apply(&o.Payments[at])
		o.Payments[at].Extras = mergeExtras(o.Payments[at].Extras, doc.extras)
	}
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
			if value := d.text(doc.params, name, field(name)); value != nil {
				r.add(func(s *orderhub.Shipment) { *place(s) = *value })
			}
		}
		price, pickup := d.amount(doc.params, "price", field("price")), d.id(doc.params, "storage_pickup", field("pickup"))
		added := d.flag(doc.params, "include_in_cost", field("include_in_cost"))
		delivered, made := d.time(doc.params, "date_delivery", field("date_delivery")), d.time(doc.params, "date_insert", field("date_insert"))
		r.add(func(s *orderhub.Shipment) {
			assign(&s.Price, price)
			assign(&s.Pickup, pickup)
			assign(&s.DeliveredAt, delivered)
			assign(&s.CreatedAt, made)
			if added != nil {
				s.Included = !*added // what is not added to the total is within the prices
			}
		})
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

// mergeShipments changes the delivery documents that are meant and adds the
// others; the order is as far fulfilled as its documents are.
func mergeShipments(o *orderhub.Order, docs []revision[orderhub.Shipment]) {
	for _, doc := range docs {
		at := slices.IndexFunc(o.Shipments, func(s orderhub.Shipment) bool {
			return s.No != 0 && doc.id == partID(o, s.No) || doc.id == 0 && doc.number != "" && doc.number == s.Number
		})
		if at < 0 {
			o.Shipments, at = append(o.Shipments, orderhub.Shipment{Status: "pending"}), len(o.Shipments)
		}
		doc.apply(&o.Shipments[at])
		o.Shipments[at].Extras = mergeExtras(o.Shipments[at].Extras, doc.extras)
	}
	if len(docs) > 0 {
		o.Fulfilment = fulfilmentOf(o)
	}
}

// fulfilments are what the vendor's statuses of delivery documents mean.
var fulfilments = map[string]orderhub.FulfilmentState{
	"collected": orderhub.Packed, "referred": orderhub.Shipped, "courier": orderhub.Shipped, "shipped": orderhub.Shipped,
}

// fulfilmentOf is how far the furthest delivery document has come. What other
// dialects alone can say, delivered and returned, is not taken back.
func fulfilmentOf(o *orderhub.Order) orderhub.FulfilmentState {
	state := orderhub.Unfulfilled
	for _, s := range o.Shipments {
		state = max(state, fulfilments[s.Status])
	}
	if o.Fulfilment == orderhub.Delivered || o.Fulfilment == orderhub.Returned {
		return o.Fulfilment
	}
	return state
}

// taxes reads the list of taxes, which replaces the one that is there; nil
// when there is none.
func (d *decoder) taxes(p params) []orderhub.Tax {
	docs, ok := d.documents(p, "taxes", taxKept, "", "taxes")
	if !ok {
		return nil
	}
	taxes := make([]orderhub.Tax, len(docs))
	for i, doc := range docs {
		field := func(name string) string { return fmt.Sprintf("taxes[%d].%s", i, name) }
		t := &taxes[i]
		t.Extras = mergeExtras(nil, doc.extras)
		assign(&t.Name, d.text(doc.params, "name", field("name")))
		assign(&t.Rate, d.amount(doc.params, "rate", field("rate")))
		assign(&t.Amount, d.amount(doc.params, "tax", field("amount")))
		assign(&t.InPrice, d.flag(doc.params, "is_in_price", field("is_in_price")))
	}
	return taxes
}

// partID is how a line or a document of an order is called: by the order's id
// and its own number within the order.
func partID(o *orderhub.Order, no int) int64 { return int64(o.ID)*100_000 + int64(no) }
