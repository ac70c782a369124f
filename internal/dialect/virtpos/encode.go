package virtpos

import (
	"math"
	"net/http"

	"orderhub"
	"orderhub/internal/dialect/wire"
	"orderhub/internal/ordering"
	"orderhub/money"
)

// The lists of the dialect, in the shape of its documents: orders one after the
// other, the lines of an order as one run of fields.
var (
	orderRun    = run{name: "orders", each: "orders"}
	lineRun     = run{name: "items", around: "items"}
	customerRun = run{name: "customers", around: "customers", each: "customer"}
	cardRun     = run{name: "cards", around: "cards", each: "card"}
)

// giveDone answers what has nothing more to say.
func giveDone(w http.ResponseWriter, r *http.Request) {
	b := begin(r)
	b.number("success", 1)
	b.give(w)
}

// giveID answers with what was changed or made.
func giveID(w http.ResponseWriter, r *http.Request, id int64, made bool) {
	b := begin(r)
	b.number("success", 1)
	b.number("id", id)
	b.flag("isnew", made)
	b.give(w)
}

// giveOrders writes orders as they come. When one cannot be read after the
// answer has begun, the connection is cut: half a list must not look like a
// whole one.
func giveOrders(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, orders ordering.Orders) error {
	b := begin(r)
	b.number("success", 1)
	b.open(orderRun)
	begun := false
	for o, err := range orders {
		if err != nil && begun {
			panic(http.ErrAbortHandler)
		}
		if err != nil {
			return err
		}
		b.item(orderRun)
		showOrder(b, shop, o)
		b.done(orderRun)
		if len(b.b) > flushAt {
			if b.flush(w) != nil {
				return nil // the caller went away
			}
			begun = true
		}
	}
	b.shut(orderRun)
	b.give(w)
	return nil
}

func showOrder(b *writer, shop *orderhub.Shop, o *orderhub.Order) {
	var s orderhub.Shipment
	if len(o.Shipments) > 0 {
		s = o.Shipments[0]
	}
	var p orderhub.Payment
	if len(o.Payments) > 0 {
		p = o.Payments[0]
	}
	amount, discount := sums(o)
	b.number("id", int64(o.ID))
	b.flag("paid", o.Payment == orderhub.Paid)
	b.ours("customer_id", int64(o.Customer))
	b.flag("shipped", o.Fulfilment == orderhub.Shipped || o.Fulfilment == orderhub.Delivered)
	b.flag("cancelled", o.Stage == orderhub.StageCanceled)
	b.text("shipping_address", o.Contact.Address)
	b.decimal("shipping_cost", s.Price.Fixed(2))
	b.id("pickup_receipt_id", extra(s.Extras, "pickup_receipt_id"))
	b.text("comment", o.Note)
	b.text("guid", o.Code)
	b.date("created_date", shop, o.PlacedAt)
	b.decimal("amount", amount.Fixed(2))
	b.decimal("discount", discount.Fixed(2))
	b.id("pickup_from_warehouse_id", s.Pickup)
	b.text("pickup_from_warehouse_name", s.PickupName)
	b.id("delivery_type_id", s.Method)
	b.text("delivery_type_name", s.MethodName)
	b.id("payment_type_id", p.Method)
	b.text("payment_type_name", p.MethodName)
	b.open(lineRun)
	for i := range o.Lines {
		b.item(lineRun)
		showLine(b, &o.Lines[i])
		b.done(lineRun)
	}
	b.shut(lineRun)
}

func showLine(b *writer, l *orderhub.Line) {
	b.id("item_id", l.Product)
	b.text("item_name", l.Name)
	b.text("image", l.Image)
	b.decimal("quantity", l.Quantity.Fixed())
	b.decimal("unit_base_price", l.BasePrice.Fixed(2))
	b.decimal("discount", l.Discount.Fixed(2))
	b.decimal("amount", l.Amount.Fixed(2))
}

// sums are those of the amounts and of the discounts of an order's lines, which
// stop at the end of the range of money.
func sums(o *orderhub.Order) (amount, discount money.Amount) {
	for _, l := range o.Lines {
		amount, discount = plus(amount, l.Amount), plus(discount, l.Discount)
	}
	return amount, discount
}

func plus(a, b money.Amount) money.Amount {
	sum, err := money.Add(a, b)
	switch {
	case err == nil:
		return sum
	case a < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

// extra is a text that only this dialect has.
func extra(e orderhub.Extras, name string) string {
	v, _ := e[Name].Get(name)
	text, _ := wire.Text(v)
	return text
}
