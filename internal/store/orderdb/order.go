package orderdb

import (
	"context"
	"fmt"
	"strings"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// orderColumns are the columns of an order that are written and read alike;
// orderValues and scanOrder follow their order. The body is the last of them:
// a list that does not need it does not read so far.
var orderColumns = []string{
	"shop_id", "number", "code", "placed_at", "created_at", "updated_at", "deleted_at",
	"status", "stage", "status_at", "status_moves", "payment", "paid_at", "fulfilment", "customer_id",
	"email_key", "phone_key", "currency", "total", "total_given", "source", "account", "exchange_at",
	"paid_word", "paid_sum", "last_part", "parts", "version", "body",
}

var orderSelect = "select order_id, " + strings.Join(orderColumns, ", ") + " from orders o "

// Keys are the e-mail address and the phone number of an order in the form in
// which they are compared and found; "" where there is none.
type Keys struct {
	Email string
	Phone string
}

// partsOf is what the column parts says of an order: which of its lists are not
// empty. They are 1 lines, 2 payments, 4 shipments and 8 taxes.
func partsOf(o *orderhub.Order) int64 {
	var parts int64
	for i, n := range []int{len(o.Lines), len(o.Payments), len(o.Shipments), len(o.Taxes)} {
		if n > 0 {
			parts |= 1 << i
		}
	}
	return parts
}

func orderValues(o *orderhub.Order, k Keys, last int) []any {
	return []any{
		int64(o.Shop), o.Number, o.Code, form.Micros(o.PlacedAt), form.Micros(o.CreatedAt), form.Micros(o.UpdatedAt), form.Micros(o.DeletedAt),
		o.Status, int64(o.Stage), form.Micros(o.StatusAt), int64(o.Moves), int64(o.Payment), form.Micros(o.PaidAt), int64(o.Fulfilment), query.OrNull(o.Customer),
		k.Email, k.Phone, string(o.Currency), int64(o.Total), o.TotalGiven, o.Source, o.Account, form.Micros(o.ExchangeAt),
		int64(o.PaidWord), int64(o.PaidSum), int64(last), partsOf(o), o.Version, string(form.AppendOrder(nil, o, k.Email)),
	}
}

func scanOrder(rows query.Rows) (*orderhub.Order, error) {
	o := new(orderhub.Order)
	var placed, created, updated, deleted, status, paid, exchange int64
	var stage, payment, fulfilment, last, parts, word int
	var customer *int64
	var k Keys
	var body string
	err := rows.Scan((*int64)(&o.ID), (*int64)(&o.Shop), &o.Number, &o.Code, &placed, &created, &updated, &deleted,
		&o.Status, &stage, &status, &o.Moves, &payment, &paid, &fulfilment, &customer,
		&k.Email, &k.Phone, (*string)(&o.Currency), (*int64)(&o.Total), &o.TotalGiven, &o.Source, &o.Account, &exchange,
		&word, (*int64)(&o.PaidSum), &last, &parts, &o.Version, &body)
	if err != nil {
		return nil, err
	}
	o.PlacedAt, o.CreatedAt, o.UpdatedAt, o.DeletedAt = form.Instant(placed), form.Instant(created), form.Instant(updated), form.Instant(deleted)
	o.StatusAt, o.PaidAt, o.PaidWord, o.ExchangeAt = form.Instant(status), form.Instant(paid), orderhub.PaidWord(word), form.Instant(exchange)
	o.Stage, o.Payment, o.Fulfilment = orderhub.Stage(stage), orderhub.PaymentState(payment), orderhub.FulfilmentState(fulfilment)
	if customer != nil {
		o.Customer = orderhub.CustomerID(*customer)
	}
	if err := form.ReadOrder(body, o, k.Email); err != nil {
		return nil, fmt.Errorf("order %d: %w", o.ID, err)
	}
	o.LastPart = last
	return o, nil
}

// readOrders reads orders.
func readOrders(ctx context.Context, tx query.Runner, name, where string, args ...any) ([]*orderhub.Order, error) {
	var all []*orderhub.Order
	err := query.EachRow(ctx, tx, func(rows query.Rows) error {
		o, err := scanOrder(rows)
		all = append(all, o)
		return err
	}, "/* "+name+" */ "+orderSelect+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: orders: %w", err)
	}
	return all, nil
}
