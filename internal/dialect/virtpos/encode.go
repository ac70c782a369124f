package virtpos

import (
	"math"
	"net/http"
	"slices"

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
	goods, shipping := o.SplitTotal()
	lines := shownLines(o, goods)
	b.number("id", int64(o.ID))
	b.flag("paid", o.Payment == orderhub.Paid)
	b.ours("customer_id", int64(o.Customer))
	b.flag("shipped", o.Fulfilment == orderhub.Shipped || o.Fulfilment == orderhub.Delivered)
	b.flag("cancelled", o.Stage == orderhub.StageCanceled)
	b.text("shipping_address", o.Contact.Address)
	b.money("shipping_cost", shipping, o.Currency)
	b.id("pickup_receipt_id", extra(s.Extras, "pickup_receipt_id"))
	b.text("comment", o.Note)
	b.text("guid", o.Code)
	b.date("created_date", shop, o.PlacedAt)
	b.money("amount", goods, o.Currency)
	b.money("discount", discountOf(lines), o.Currency)
	b.id("pickup_from_warehouse_id", s.Pickup)
	b.text("pickup_from_warehouse_name", s.PickupName)
	b.id("delivery_type_id", s.Method)
	b.text("delivery_type_name", s.MethodName)
	b.id("payment_type_id", p.Method)
	b.text("payment_type_name", p.MethodName)
	b.open(lineRun)
	for i := range lines {
		b.item(lineRun)
		showLine(b, &lines[i], o.Currency)
		b.done(lineRun)
	}
	b.shut(lineRun)
}

func showLine(b *writer, l *orderhub.Line, c money.Currency) {
	b.id("item_id", l.Product)
	b.text("item_name", l.Name)
	b.text("image", l.Image)
	b.decimal("quantity", l.Quantity.Fixed())
	b.decimal("unit_base_price", l.BasePrice.AtLeast(max(2, c.Places())))
	b.money("discount", l.Discount, c)
	b.money("amount", l.Amount, c)
}

// shownLines are the lines of an order as a till reads them: their amounts make
// up what the goods cost, so that a discount of the whole order is spread over
// them, and each discount is what its base price is more.
func shownLines(o *orderhub.Order, goods money.Amount) []orderhub.Line {
	lines := slices.Clone(o.Lines)
	for i, share := range o.SpreadOverLines(goods) {
		l := &lines[i]
		if share == l.Amount && l.Discount == l.Discount.Round(o.Currency) {
			continue
		}
		l.Amount = share
		if full, err := money.Extension(l.BasePrice, int64(l.Quantity), 0, o.Currency); err == nil {
			l.Discount = full - share
		}
	}
	return lines
}

// discountOf is the sum of the discounts of lines, which stops at the end of
// the range of money.
func discountOf(lines []orderhub.Line) (sum money.Amount) {
	for _, l := range lines {
		next, err := money.Add(sum, l.Discount)
		switch {
		case err == nil:
			sum = next
		case l.Discount < 0:
			return math.MinInt64
		default:
			return math.MaxInt64
		}
	}
	return sum
}

// extra is a text that only this dialect has.
func extra(e orderhub.Extras, name string) string {
	v, _ := e[Name].Get(name)
	text, _ := wire.Text(v)
	return text
}
