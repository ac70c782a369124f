package store

import (
	"context"
	"fmt"
	"strings"

	"orderhub"
)

// Parts names the lists that belong to an order.
type Parts int

const (
	Lines Parts = 1 << iota
	Payments
	Shipments
	Taxes
)

// A partTable is the table of one of an order's lists.
type partTable struct {
	part    Parts
	columns []string // after order_id
	values  func(o *orderhub.Order) [][]any
	scan    func(rows Rows, order *int64) (func(*orderhub.Order), error)
	inserter
}

func newPartTable(part Parts, table string, columns []string, values func(*orderhub.Order) [][]any, scan func(Rows, *int64) (func(*orderhub.Order), error)) partTable {
	return partTable{part, columns, values, scan,
		newInserter("insertParts", table, append([]string{"order_id"}, columns...), "")}
}

var partTables = []partTable{
	newPartTable(Lines, "order_lines", []string{"no", "product", "sku", "name", "unit", "quantity", "returned",
		"base_price", "price", "discount", "amount", "bonus", "image", "attributes", "extras"}, lineValues, scanLine),
	newPartTable(Payments, "payments", []string{"no", "number", "status", "sum", "method", "method_name",
		"reference", "note", "created_at", "paid_at", "extras"}, paymentValues, scanPayment),
	newPartTable(Shipments, "shipments", []string{"no", "number", "status", "method", "method_name", "price", "included", "track",
		"pickup", "pickup_name", "address", "note", "created_at", "delivered_at", "extras"}, shipmentValues, scanShipment),
	newPartTable(Taxes, "taxes", []string{"no", "name", "rate", "amount", "in_price", "extras"}, taxValues, scanTax),
}

// partsOf says which lists of an order are not empty.
func partsOf(o *orderhub.Order) Parts {
	var p Parts
	for part, n := range map[Parts]int{Lines: len(o.Lines), Payments: len(o.Payments), Shipments: len(o.Shipments), Taxes: len(o.Taxes)} {
		if n > 0 {
			p |= part
		}
	}
	return p
}

// insertParts stores the named lists of orders.
func (tx *Tx) insertParts(ctx context.Context, orders []*orderhub.Order, parts Parts) error {
	for _, p := range partTables {
		if parts&p.part == 0 {
			continue
		}
		var rows [][]any
		for _, o := range orders {
			for _, row := range p.values(o) {
				rows = append(rows, append([]any{int64(o.ID)}, row...))
			}
		}
		if err := p.inserter.insert(ctx, tx, rows, nil); err != nil {
			return err
		}
	}
	return nil
}

// readParts reads one list of many orders at once.
func (tx *Tx) readParts(ctx context.Context, p partTable, orders []*orderhub.Order) error {
	const most = 500 // orders a statement
	for len(orders) > most {
		if err := tx.readParts(ctx, p, orders[:most]); err != nil {
			return err
		}
		orders = orders[most:]
	}
	if len(orders) == 0 {
		return nil
	}
	byID := make(map[int64]*orderhub.Order, len(orders))
	ids := make([]any, len(orders))
	for i, o := range orders {
		byID[int64(o.ID)], ids[i] = o, int64(o.ID)
	}
	rows, err := tx.Query(ctx, `/* readParts */
		select order_id, `+strings.Join(p.columns, ", ")+`
		from `+p.table+` where order_id in (`+list(1, len(ids))+`) order by order_id, no`, ids...)
	if err != nil {
		return fmt.Errorf("store: %s: %w", p.table, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		addTo, err := p.scan(rows, &id)
		if err != nil {
			return fmt.Errorf("store: %s: %w", p.table, err)
		}
		addTo(byID[id])
	}
	return rows.Err()
}

func lineValues(o *orderhub.Order) [][]any {
	all := make([][]any, len(o.Lines))
	for i, l := range o.Lines {
		all[i] = []any{l.No, l.Product, l.SKU, l.Name, l.Unit, int64(l.Quantity), int64(l.Returned),
			int64(l.BasePrice), int64(l.Price), int64(l.Discount), int64(l.Amount), l.Bonus, l.Image,
			string(l.Attributes.JSON()), string(l.Extras.JSON())}
	}
	return all
}

func scanLine(rows Rows, order *int64) (func(*orderhub.Order), error) {
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

func paymentValues(o *orderhub.Order) [][]any {
	all := make([][]any, len(o.Payments))
	for i, p := range o.Payments {
		all[i] = []any{p.No, p.Number, int64(p.Status), int64(p.Sum), p.Method, p.MethodName,
			p.Reference, p.Note, micros(p.CreatedAt), micros(p.PaidAt), string(p.Extras.JSON())}
	}
	return all
}

func scanPayment(rows Rows, order *int64) (func(*orderhub.Order), error) {
	var p orderhub.Payment
	var status int
	var created, paid int64
	var extras []byte
	err := rows.Scan(order, &p.No, &p.Number, &status, (*int64)(&p.Sum), &p.Method, &p.MethodName,
		&p.Reference, &p.Note, &created, &paid, &extras)
	if err != nil {
		return nil, err
	}
	p.Status, p.CreatedAt, p.PaidAt = orderhub.PaymentStatus(status), instant(created), instant(paid)
	p.Extras, err = orderhub.ParseExtras(extras)
	return func(o *orderhub.Order) { o.Payments = append(o.Payments, p) }, err
}

func shipmentValues(o *orderhub.Order) [][]any {
	all := make([][]any, len(o.Shipments))
	for i, s := range o.Shipments {
		all[i] = []any{s.No, s.Number, s.Status, s.Method, s.MethodName, int64(s.Price), s.Included, s.Track,
			s.Pickup, s.PickupName, s.Address, s.Note, micros(s.CreatedAt), micros(s.DeliveredAt), string(s.Extras.JSON())}
	}
	return all
}

func scanShipment(rows Rows, order *int64) (func(*orderhub.Order), error) {
	var s orderhub.Shipment
	var created, delivered int64
	var extras []byte
	err := rows.Scan(order, &s.No, &s.Number, &s.Status, &s.Method, &s.MethodName, (*int64)(&s.Price), &s.Included, &s.Track,
		&s.Pickup, &s.PickupName, &s.Address, &s.Note, &created, &delivered, &extras)
	if err != nil {
		return nil, err
	}
	s.CreatedAt, s.DeliveredAt = instant(created), instant(delivered)
	s.Extras, err = orderhub.ParseExtras(extras)
	return func(o *orderhub.Order) { o.Shipments = append(o.Shipments, s) }, err
}

func taxValues(o *orderhub.Order) [][]any {
	all := make([][]any, len(o.Taxes))
	for i, t := range o.Taxes {
		all[i] = []any{t.No, t.Name, int64(t.Rate), int64(t.Amount), t.InPrice, string(t.Extras.JSON())}
	}
	return all
}

func scanTax(rows Rows, order *int64) (func(*orderhub.Order), error) {
	var t orderhub.Tax
	var extras []byte
	err := rows.Scan(order, &t.No, &t.Name, (*int64)(&t.Rate), (*int64)(&t.Amount), &t.InPrice, &extras)
	if err != nil {
		return nil, err
	}
	t.Extras, err = orderhub.ParseExtras(extras)
	return func(o *orderhub.Order) { o.Taxes = append(o.Taxes, t) }, err
}
