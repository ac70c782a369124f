package store

import (
	"context"
	"fmt"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// What is in this file reads orders as schemas before 9 kept them: it is
// changed no more.

// formerOrders reads the orders behind an id, the lowest first, and makes of
// each the row that takes its place.
func (tx *Tx) formerOrders(ctx context.Context, after int64) ([]*orderhub.Order, [][]any, error) {
	var orders []*orderhub.Order
	var rows [][]any
	byID := make(map[int64]*orderhub.Order)
	emails := make(map[int64]string)
	err := query.EachRow(ctx, tx, func(r Rows) error {
		o, row, err := scanFormer(r)
		if err != nil {
			return fmt.Errorf("order %d: %w", o.ID, err)
		}
		orders, rows = append(orders, o), append(rows, row)
		byID[int64(o.ID)], emails[int64(o.ID)] = o, row[16].(string)
		return nil
	}, `/* formerOrders */
		select order_id, shop_id, number, code, placed_at, created_at, updated_at, deleted_at,
			status, stage, status_at, status_moves, payment, paid_at, fulfilment, customer_id,
			email_key, phone_key, currency, total, total_given, source, account, exported, last_part, parts, version,
			contact_name, contact_email, contact_phone, contact_address, note, coupon, cancel_reason, attributes, extras
		from orders where order_id > $1 order by order_id limit $2`, after, moveChunk)
	if err != nil || len(orders) == 0 {
		return nil, nil, err
	}
	last := int64(orders[len(orders)-1].ID)
	for _, part := range formerParts {
		err := query.EachRow(ctx, tx, func(r Rows) error {
			var id int64
			addTo, err := part.scan(r, &id)
			if err == nil && byID[id] == nil {
				err = fmt.Errorf("belongs to no order")
			}
			if err != nil {
				return fmt.Errorf("%s of order %d: %w", part.table, id, err)
			}
			addTo(byID[id])
			return nil
		}, `/* formerOrders */ select order_id, `+part.columns+` from `+part.table+`
			where order_id > $1 and order_id <= $2 order by order_id, no`, after, last)
		if err != nil {
			return nil, nil, err
		}
	}
	for i, o := range orders {
		rows[i] = append(rows[i], string(form.AppendOrder(nil, o, emails[int64(o.ID)])))
	}
	return orders, rows, nil
}

// scanFormer reads an order without its lists, and the columns that stay.
func scanFormer(r Rows) (*orderhub.Order, []any, error) {
	o := new(orderhub.Order)
	var n [14]int64 // numbers that stay as they are
	var customer *int64
	var t [8]string // texts, too
	var given, exported bool
	var attributes, extras []byte
	err := r.Scan((*int64)(&o.ID), (*int64)(&o.Shop), &t[0], &t[1], &n[0], &n[1], &n[2], &n[3],
		&t[2], &n[4], &n[5], &n[6], &n[7], &n[8], &n[9], &customer,
		&t[3], &t[4], &t[5], &n[10], &given, &t[6], &t[7], &exported, &n[11], &n[12], &n[13],
		&o.Contact.Name, &o.Contact.Email, &o.Contact.Phone, &o.Contact.Address, &o.Note, &o.Coupon, &o.CancelReason, &attributes, &extras)
	if err != nil {
		return o, nil, err
	}
	if o.Attributes, err = orderhub.ParseAttributes(attributes); err != nil {
		return o, nil, err
	}
	if o.Extras, err = orderhub.ParseExtras(extras); err != nil {
		return o, nil, err
	}
	o.PlacedAt = form.Instant(n[0])
	var linked any
	if customer != nil {
		linked = *customer
	}
	return o, []any{int64(o.ID), int64(o.Shop), t[0], t[1], n[0], n[1], n[2], n[3], t[2], n[4], n[5], n[6], n[7], n[8], n[9], linked,
		t[3], t[4], t[5], n[10], given, t[6], t[7], formerExchange(int64(o.ID), exported || n[3] != 0), n[11], n[12], n[13]}, nil
}

// formerExchange is the exchange_at of an order from before readers had names.
// An order that was taken or deleted is below all readers but those that read
// from the beginning, the others are offered to the reader accounting, the
// oldest first.
func formerExchange(id int64, taken bool) int64 {
	const beforeAll = -1 << 53
	if taken {
		return beforeAll + id
	}
	return id
}

// formerParts are the tables of the lists.
var formerParts = []struct {
	table, columns string
	scan           func(rows Rows, order *int64) (func(*orderhub.Order), error)
}{
	{"order_lines", "no, product, sku, name, unit, quantity, returned, base_price, price, discount, amount, bonus, image, attributes, extras", scanFormerLine},
	{"payments", "no, number, status, sum, method, method_name, reference, note, created_at, paid_at, extras", scanFormerPayment},
	{"shipments", "no, number, status, method, method_name, price, included, track, pickup, pickup_name, address, note, created_at, delivered_at, extras", scanFormerShipment},
	{"taxes", "no, name, rate, amount, in_price, extras", scanFormerTax},
}

func scanFormerLine(rows Rows, order *int64) (func(*orderhub.Order), error) {
	var l orderhub.Line
	var attributes, extras []byte
	err := rows.Scan(order, &l.No, &l.Product, &l.SKU, &l.Name, &l.Unit, (*int64)(&l.Quantity), (*int64)(&l.Returned),
		(*int64)(&l.BasePrice), (*int64)(&l.Price), (*int64)(&l.Discount), (*int64)(&l.Amount), &l.Bonus, &l.Image,
		&attributes, &extras)
	if err != nil {
		return nil, err
	}
	if l.Attributes, err = orderhub.ParseAttributes(attributes); err != nil {
		return nil, err
	}
	l.Extras, err = orderhub.ParseExtras(extras)
	return func(o *orderhub.Order) { o.Lines = append(o.Lines, l) }, err
}

func scanFormerPayment(rows Rows, order *int64) (func(*orderhub.Order), error) {
	var p orderhub.Payment
	var status int
	var created, paid int64
	var extras []byte
	err := rows.Scan(order, &p.No, &p.Number, &status, (*int64)(&p.Sum), &p.Method, &p.MethodName,
		&p.Reference, &p.Note, &created, &paid, &extras)
	if err != nil {
		return nil, err
	}
	p.Status, p.CreatedAt, p.PaidAt = orderhub.PaymentStatus(status), form.Instant(created), form.Instant(paid)
	p.Extras, err = orderhub.ParseExtras(extras)
	return func(o *orderhub.Order) { o.Payments = append(o.Payments, p) }, err
}

func scanFormerShipment(rows Rows, order *int64) (func(*orderhub.Order), error) {
	var s orderhub.Shipment
	var created, delivered int64
	var extras []byte
	err := rows.Scan(order, &s.No, &s.Number, &s.Status, &s.Method, &s.MethodName, (*int64)(&s.Price), &s.Included, &s.Track,
		&s.Pickup, &s.PickupName, &s.Address, &s.Note, &created, &delivered, &extras)
	if err != nil {
		return nil, err
	}
	s.CreatedAt, s.DeliveredAt = form.Instant(created), form.Instant(delivered)
	s.Extras, err = orderhub.ParseExtras(extras)
	return func(o *orderhub.Order) { o.Shipments = append(o.Shipments, s) }, err
}

func scanFormerTax(rows Rows, order *int64) (func(*orderhub.Order), error) {
	var t orderhub.Tax
	var extras []byte
	err := rows.Scan(order, &t.No, &t.Name, (*int64)(&t.Rate), (*int64)(&t.Amount), &t.InPrice, &extras)
	if err != nil {
		return nil, err
	}
	t.Extras, err = orderhub.ParseExtras(extras)
	return func(o *orderhub.Order) { o.Taxes = append(o.Taxes, t) }, err
}
