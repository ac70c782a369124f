package importing

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/ordering"
)

// read makes an order of its rows. What concerns the order as a whole may
// stand in one of them or in all, but nowhere as something else.
func (k *ordersKind) read(r *record) {
	e := new(orderRecord)
	r.value = e
	if number := agreed(r, "number", (*row).text); number != nil && *number != "" {
		e.Ref.Number = *number
		r.keys = append(r.keys, key{"number", *number})
	} else if len(r.rows[0].faults) == 0 {
		r.rows[0].fault("number", "can't be blank")
	}
	e.Change = orderhub.OrderChange{
		Code: agreed(r, "code", (*row).text), PlacedAt: told(agreed(r, "created_at", (*row).instant)), UpdatedAt: told(agreed(r, "updated_at", (*row).instant)),
		Name: agreed(r, "consumer_name", (*row).text), Email: agreed(r, "consumer_email", (*row).text), Phone: agreed(r, "consumer_phone", (*row).text),
		Address: agreed(r, "address", (*row).text), Note: agreed(r, "note", (*row).text), Source: agreed(r, "source", (*row).text),
		Coupon: agreed(r, "coupon", (*row).text), Account: agreed(r, "account", (*row).text), CancelReason: agreed(r, "cancel_reason", (*row).text),
		Attributes: r.details(),
	}
	if id := told(agreed(r, "customer", (*row).text)); id != nil {
		e.Change.Buyer = &orderhub.CustomerRef{ExternalID: *id}
	}
	r.states(&e.ImportEntry)
	e.StatusAt, e.Currency = told(agreed(r, "status_at", (*row).instant)), told(agreed(r, "currency", currency))
	r.total(&e.ImportEntry)
	r.documents(&e.ImportEntry)
	k.readLines(r, e)
	r.checkRest(k.shop)
}

// checkRest notes what else is wrong with a record of which a part could not be
// read: what could be read, the service tells.
func (r *record) checkRest(shop *orderhub.Shop) {
	if !r.refused() {
		return
	}
	for _, err := range orderhub.All(ownFields(r.value.(*orderRecord).Check(shop), r)) {
		if x, field := r.at(err.Field); !x.faulty(field) && err.Kind != orderhub.Missing { // what could not be read is not missing as well
			x.fault(field, err.Text)
		}
	}
}

// agreed is what the rows of a record say of a field, by a method of row. A row
// that says something else than one before it has a fault; one that says
// nothing agrees with all.
func agreed[T comparable](r *record, field string, read func(*row, string) *T) *T {
	if !r.rows[0].has(field) {
		return nil
	}
	var nothing T
	var found *T
	from := 0
	for _, x := range r.rows {
		v := read(x, field)
		switch {
		case v == nil:
		case found == nil || *found == nothing:
			found, from = v, x.line
		case *v != nothing && *v != *found:
			x.fault(field, differs(from))
		}
	}
	return found
}

func differs(line int) string {
	return fmt.Sprintf("differs from row %d, which is of the same order", line)
}

// told is a value, nil when there is none: what cannot be cleared stays.
func told[T comparable](v *T) *T {
	var nothing T
	if v == nil || *v == nothing {
		return nil
	}
	return v
}

// instant is moment in UTC, so that equal times are the same.
func (r *row) instant(field string) *time.Time {
	t := r.moment(field)
	if t != nil {
		*t = t.UTC()
	}
	return t
}

// states reads the status and the states of payment and fulfilment.
func (r *record) states(e *ordering.ImportEntry) {
	e.Change.Status = told(agreed(r, "status", (*row).word))
	if word := told(agreed(r, "payment", (*row).word)); word != nil {
		if state, ok := orderhub.ParsePaymentState(*word); ok {
			e.Payment = &state
		}
	}
	if word := told(agreed(r, "fulfilment", (*row).word)); word != nil {
		if state, ok := orderhub.ParseFulfilmentState(*word); ok {
			e.Fulfilment = &state
		}
	}
	e.PaidAt = agreed(r, "paid_at", (*row).instant)
}

// total reads the total; a cell that clears leaves it to be computed.
func (r *record) total(e *ordering.ImportEntry) {
	if text := agreed(r, "total", (*row).text); text != nil && *text == "" {
		e.OpenTotal = true
		return
	}
	for _, x := range r.rows {
		if text := told(x.text("total")); text != nil {
			e.Total = agreed(r, "total", (*row).amount)
			return
		}
	}
}

// documents reads what stands as JSON in one of the rows.
func (r *record) documents(e *ordering.ImportEntry) {
	var payments []orderhub.Payment
	if x := r.rowOf("payments"); x != nil && x.json("payments", &payments) {
		e.Payments = &payments
	}
	var shipments []orderhub.Shipment
	if x := r.rowOf("shipments"); x != nil && x.json("shipments", &shipments) {
		e.Shipments = &shipments
	}
	var taxes []orderhub.Tax
	if x := r.rowOf("taxes"); x != nil && x.json("taxes", &taxes) {
		e.Taxes = &taxes
	}
	if x := r.rowOf("extras"); x != nil {
		x.json("extras", &e.Change.Extras)
	}
}

// rowOf is the row that tells a field of the order; nil for none.
func (r *record) rowOf(field string) *row {
	text := agreed(r, field, (*row).text)
	if text == nil {
		return nil
	}
	for _, x := range r.rows {
		if t := x.text(field); t != nil && *t == *text {
			return x
		}
	}
	return nil
}

// details are the free attributes of the rows. Those of columns of their own
// win over those that stand together.
func (r *record) details() orderhub.Attributes {
	var all orderhub.Attributes
	lines := make(map[string]int) // from which row each attribute is
	for _, x := range r.rows {
		for _, a := range x.attributes("attribute.") {
			old, has := all.Get(a.Name)
			switch {
			case !has || old.Kind() == 'n':
				all.Set(a.Name, a.Value)
				lines[a.Name] = x.line
			case a.Value.Kind() != 'n' && string(a.Value) != string(old):
				x.faultOf("attribute.", a.Name, differs(lines[a.Name])+"; details of a line belong in a column line.attribute."+a.Name)
			}
		}
	}
	if x := r.rowOf("attributes"); x != nil {
		all = x.others("attributes", all)
	}
	return all
}

// others adds to attributes those of a field that holds several.
func (r *row) others(field string, all orderhub.Attributes) orderhub.Attributes {
	var rest orderhub.Attributes
	r.json(field, &rest)
	for _, a := range rest {
		if _, has := all.Get(a.Name); !has {
			all = append(all, a)
		}
	}
	return all
}

// faultOf notes what is wrong with the value of an attribute.
func (r *row) faultOf(prefix, name, text string) {
	f := orderhub.ImportFault{Line: r.line, Field: prefix + name, Text: text, Outcome: orderhub.OutcomeInvalid}
	for n, c := range r.in.columns {
		if c.prefix == prefix && c.attribute == name {
			f.Column = r.in.header[n]
		}
	}
	r.faults = append(r.faults, f)
}

// readLines makes a line of each row that says something of one. A file
// without a column of lines leaves them as they are, and so does an order
// whose rows say nothing of lines, unless empty cells clear.
func (k *ordersKind) readLines(r *record, e *orderRecord) {
	has := false
	lines := []orderhub.Line{}
	for n, x := range r.rows {
		some, told := x.ofLine()
		has = has || some
		if told {
			lines = append(lines, x.orderLine())
			e.lines = append(e.lines, n)
		}
	}
	if has && (len(lines) > 0 || r.rows[0].in.plan.Clear) {
		e.Change.Lines = orderhub.WholeLines(lines)
	}
}

// ofLine says whether the file has columns of lines, and whether the row says
// something in one.
func (r *row) ofLine() (has, told bool) {
	for n := range r.in.columns {
		c := &r.in.columns[n]
		if !strings.HasPrefix(c.field, "line.") && !strings.HasPrefix(c.prefix, "line.") {
			continue
		}
		has = true
		if n < len(r.cells) && strings.TrimSpace(r.cells[n]) != "" {
			return true, true
		}
	}
	return has, false
}

// orderLine is the line of a row.
func (r *row) orderLine() orderhub.Line {
	l := orderhub.Line{
		Product: given(r.text("line.product_id")), SKU: given(r.text("line.sku")), Name: given(r.text("line.product_name")),
		Unit: given(r.text("line.unit")), Returned: given(r.quantity("line.returned")), Bonus: given(r.whole("line.bonus")),
		BasePrice: given(r.amount("line.base_price")), Price: given(r.amount("line.price")), Discount: given(r.amount("line.discount")),
		Image: given(r.text("line.image")), Quantity: orderhub.Piece, Attributes: r.attributes("line.attribute."),
	}
	if text := told(r.text("line.quantity")); text != nil {
		l.Quantity = orderhub.Piece // also when it cannot be read, which is noted
		if q := r.quantity("line.quantity"); q != nil {
			l.Quantity = *q
		}
	}
	if r.in.plan.Clear { // an empty cell is no attribute
		l.Attributes = filled(l.Attributes)
	}
	l.Attributes = r.others("line.attributes", l.Attributes)
	r.json("line.extras", &l.Extras)
	return l
}

func filled(a orderhub.Attributes) orderhub.Attributes {
	var some orderhub.Attributes
	for _, x := range a {
		if x.Value.Kind() != jsontext.Kind('n') {
			some = append(some, x)
		}
	}
	return some
}

// given is a value, or nothing when it is not told.
func given[T any](v *T) T {
	if v == nil {
		return *new(T)
	}
	return *v
}
