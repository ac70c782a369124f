package store

import (
	"context"
	"fmt"
	"strings"

	"orderhub"
)

// orderColumns are the columns of an order that are written and read alike;
// orderValues and scanOrder follow their order.
var orderColumns = []string{
	"shop_id", "number", "code", "placed_at", "created_at", "updated_at", "deleted_at",
	"status", "stage", "status_at", "payment", "paid_at", "fulfilment", "customer_id",
	"contact_name", "contact_email", "contact_phone", "contact_address", "email_key", "phone_key",
	"currency", "total", "total_given", "note", "source", "coupon", "cancel_reason",
	"attributes", "extras", "last_part", "parts", "account", "status_moves", "exported", "version",
}

var (
	orderSelect = "select order_id, " + strings.Join(orderColumns, ", ") + " from orders o "
	orderUpdate = updateStatement("SaveOrder", "orders", orderColumns, "order_id")
)

// CreateOrder stores a new order with all its parts and sets its ID and the
// numbers of its parts. It reports false, and stores nothing, when the number
// is taken in the shop, also when the other order's transaction commits only
// while this one waits.
func (tx *Tx) CreateOrder(ctx context.Context, o *orderhub.Order, k Keys) (bool, error) {
	return tx.createOrders(ctx, []*orderhub.Order{o}, []Keys{k})
}

// SaveOrder stores a changed order. Parts names the parts to write anew; the
// others must be as they were read.
func (tx *Tx) SaveOrder(ctx context.Context, o *orderhub.Order, k Keys, changed Parts) error {
	var last int
	_, err := queryRow(ctx, tx, `/* SaveOrder */ select last_part from orders where order_id = $1`, []any{o.ID}, &last)
	if err != nil {
		return fmt.Errorf("store: save order %s: %w", o.Number, err)
	}
	last = o.NumberParts(last)
	if _, err := tx.Exec(ctx, orderUpdate, append([]any{o.ID}, orderValues(o, k, last)...)...); err != nil {
		return fmt.Errorf("store: save order %s: %w", o.Number, err)
	}
	for _, p := range partTables {
		if changed&p.part == 0 {
			continue
		}
		_, err := tx.Exec(ctx, `/* SaveOrder */ delete from `+p.table+` where order_id = $1`, o.ID)
		if err != nil {
			return fmt.Errorf("store: save order %s: %w", o.Number, err)
		}
	}
	return tx.insertParts(ctx, []*orderhub.Order{o}, changed)
}

// PurgeOrder takes an order with all its parts out of the store for good. Its
// events stay: they tell that it was there.
func (tx *Tx) PurgeOrder(ctx context.Context, id orderhub.OrderID) error {
	return tx.PurgeOrders(ctx, []orderhub.OrderID{id})
}

// Keys are the e-mail address and the phone number of an order in the form in
// which they are compared and found; "" where there is none.
type Keys struct {
	Email string
	Phone string
}

// OrderByRef finds an order, a deleted one only when the reference says so
// and there is no other, and, in an Update, holds it until the transaction ends. It is a
// NotFound error when the shop has no such order; a foreign order is exactly
// as unknown as one that never was.
func (tx *Tx) OrderByRef(ctx context.Context, shop orderhub.ShopID, ref orderhub.OrderRef) (*orderhub.Order, error) {
	live := " and deleted_at = 0"
	if ref.Deleted {
		live = ""
	}
	const youngest = ` order by deleted_at <> 0, order_id desc limit 1` // of those that are not deleted, if there are any
	for _, key := range []struct {
		value any
		given bool
		where string
	}{
		{ref.Number, named(ref.Number), `number = $2 and deleted_at = 0`},
		{int64(ref.ID), ref.ID != 0, `order_id = $2` + live},
		{ref.Code, named(ref.Code), `code = $2 and code <> ''` + live + youngest},
		{ref.Payment, named(ref.Payment), `order_id in (select order_id from payments where number = $2 and number <> '')` + live + youngest},
	} {
		if !key.given {
			continue
		}
		all, err := tx.orders(ctx, "OrderByRef", `where shop_id = $1 and `+key.where+tx.hold, shop, key.value)
		if err != nil || len(all) > 0 {
			return first(all), err
		}
	}
	return nil, orderhub.Errorf(orderhub.NotFound, "no order %s", ref)
}

// named says whether a text can be the key of a row.
func named(text string) bool { return text != "" && orderhub.Storable(text) }

// NumberTaken says whether an order of the shop has a number already.
func (tx *Tx) NumberTaken(ctx context.Context, shop orderhub.ShopID, number string) (bool, error) {
	var id int64
	found, err := queryRow(ctx, tx, numberTaken, []any{int64(shop), number}, &id)
	if err != nil {
		return false, fmt.Errorf("store: number %s: %w", number, err)
	}
	return found, nil
}

// ReclaimNumber says whether a deleted order that the transaction holds can
// have its number again, and keeps it from all others until the transaction
// ends, which stores the order.
func (tx *Tx) ReclaimNumber(ctx context.Context, o *orderhub.Order) (bool, error) {
	// An order beside it takes the number as every order does: an update that
	// meets a taken number would spoil the transaction.
	var id int64
	free, err := queryRow(ctx, tx, reclaim, []any{int64(o.ID)}, &id)
	if err == nil && free {
		_, err = tx.Exec(ctx, `/* ReclaimNumber */ delete from orders where order_id = $1`, id)
	}
	if err == nil && !free {
		_, err = queryRow(ctx, tx, numberTaken, []any{int64(o.Shop), o.Number}, &id)
		free = id == int64(o.ID) // it was not deleted before this transaction
	}
	if err != nil {
		return false, fmt.Errorf("store: number %s: %w", o.Number, err)
	}
	return free, nil
}

var reclaim = func() string {
	columns := strings.Join(orderColumns, ", ")
	return "/* ReclaimNumber */ insert into orders (" + columns + ") select " + strings.Replace(columns, "deleted_at", "0", 1) +
		" from orders where order_id = $1 and deleted_at <> 0 on conflict (shop_id, number) where deleted_at = 0 do nothing returning order_id"
}()

// WantNumber is NumberTaken for one who goes on only when it is not: else the
// transaction fails with the error taken. The answer is waited for together
// with that of the next statement; nothing must be sent before.
func (tx *Tx) WantNumber(ctx context.Context, shop orderhub.ShopID, number string, taken error) error {
	return tx.Send(ctx, func(r Rows) error {
		if r.Next() {
			return taken
		}
		return nil
	}, numberTaken, int64(shop), number)
}

const numberTaken = `/* NumberTaken */
	select order_id from orders where shop_id = $1 and number = $2 and deleted_at = 0`

func first(all []*orderhub.Order) *orderhub.Order {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// orders reads orders with all their parts.
func (tx *Tx) orders(ctx context.Context, name, where string, args ...any) ([]*orderhub.Order, error) {
	rows, err := tx.Query(ctx, "/* "+name+" */ "+orderSelect+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: orders: %w", err)
	}
	defer rows.Close()
	var all []*orderhub.Order
	held := make(map[Parts][]*orderhub.Order)
	for rows.Next() {
		o, parts, err := scanOrder(rows)
		if err != nil {
			return nil, fmt.Errorf("store: orders: %w", err)
		}
		all = append(all, o)
		for _, p := range partTables {
			if parts&p.part != 0 {
				held[p.part] = append(held[p.part], o)
			}
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: orders: %w", err)
	}
	for _, p := range partTables {
		if err := tx.readParts(ctx, p, held[p.part]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func orderValues(o *orderhub.Order, k Keys, last int) []any {
	return []any{
		int64(o.Shop), o.Number, o.Code,
		micros(o.PlacedAt), micros(o.CreatedAt), micros(o.UpdatedAt), micros(o.DeletedAt),
		o.Status, int64(o.Stage), micros(o.StatusAt),
		int64(o.Payment), micros(o.PaidAt), int64(o.Fulfilment), orNull(o.Customer),
		o.Contact.Name, o.Contact.Email, o.Contact.Phone, o.Contact.Address, k.Email, k.Phone,
		string(o.Currency), int64(o.Total), o.TotalGiven, o.Note, o.Source, o.Coupon, o.CancelReason,
		string(o.Attributes.JSON()), string(o.Extras.JSON()), int64(last), int64(partsOf(o)),
		o.Account, int64(o.Moves), o.Exported, o.Version,
	}
}

func scanOrder(rows Rows) (*orderhub.Order, Parts, error) {
	o := new(orderhub.Order)
	var placed, created, updated, deleted, status, paid int64
	var stage, payment, fulfilment, last, parts int
	var customer *int64
	var attributes, extras []byte
	var k Keys
	err := rows.Scan((*int64)(&o.ID), (*int64)(&o.Shop), &o.Number, &o.Code,
		&placed, &created, &updated, &deleted,
		&o.Status, &stage, &status,
		&payment, &paid, &fulfilment, &customer,
		&o.Contact.Name, &o.Contact.Email, &o.Contact.Phone, &o.Contact.Address, &k.Email, &k.Phone,
		(*string)(&o.Currency), (*int64)(&o.Total), &o.TotalGiven, &o.Note, &o.Source, &o.Coupon, &o.CancelReason,
		&attributes, &extras, &last, &parts, &o.Account, &o.Moves, &o.Exported, &o.Version)
	if err != nil {
		return nil, 0, err
	}
	o.PlacedAt, o.CreatedAt, o.UpdatedAt, o.DeletedAt = instant(placed), instant(created), instant(updated), instant(deleted)
	o.StatusAt, o.PaidAt = instant(status), instant(paid)
	o.Stage, o.Payment, o.Fulfilment = orderhub.Stage(stage), orderhub.PaymentState(payment), orderhub.FulfilmentState(fulfilment)
	if customer != nil {
		o.Customer = orderhub.CustomerID(*customer)
	}
	if o.Attributes, err = orderhub.ParseAttributes(attributes); err != nil {
		return nil, 0, err
	}
	o.Extras, err = orderhub.ParseExtras(extras)
	return o, Parts(parts), err
}
