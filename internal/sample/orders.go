package sample

import (
	"iter"
	"math/rand/v2"
	"strconv"
	"time"

	"orderhub"
	"orderhub/money"
)

// Span is how far before now the first of [Orders] was placed.
const Span = 60 * 24 * time.Hour

// Orders makes n orders, placed one after the other within the Span before
// now, that are as varied as those of a shop: of one to six lines, for pieces
// and kilograms, some with a discount, delivered or collected, new, on their
// way, closed, cancelled or returned. About a quarter come from customers who
// have ordered before. Customers in Poland pay in zloty, all others in roubles.
//
// Numbers go up from S-100001. The same seed, n and now give the same orders,
// each time that the result is walked over; a million take a few seconds and
// are never in memory together.
func Orders(seed uint64, n int, now time.Time) iter.Seq[*orderhub.Order] {
	return func(yield func(*orderhub.Order) bool) {
		m := maker{seed: seed, rand: rand.New(rand.NewPCG(seed, 0))}
		for i := range n {
			gap := Span / time.Duration(n)
			at := now.Add(-Span + gap*time.Duration(i) + time.Duration(m.rand.Int64N(max(1, int64(gap)))))
			if !yield(m.order(i, at.UTC().Truncate(time.Second), now)) {
				return
			}
		}
	}
}

// A maker makes orders. It knows its customers by their numbers alone, so it
// needs no more memory for a million of them.
type maker struct {
	seed  uint64
	rand  *rand.Rand
	known int // customers 1 to known have ordered before
}

func (m *maker) order(i int, at, now time.Time) *orderhub.Order {
	p := m.customer()
	f := m.fate(now.Sub(at))
	o := &orderhub.Order{
		Number:    "S-" + strconv.Itoa(100_001+i),
		PlacedAt:  at,
		UpdatedAt: at.Add(min(now.Sub(at), time.Duration(m.rand.IntN(72*60))*time.Minute)),
		Status:    f.status,
		Currency:  "RUB",
		Contact:   orderhub.Contact{Name: p.name, Email: p.email, Phone: p.phone, Address: p.address},
		Source:    pick(m.rand, sources),
	}
	if p.polish {
		o.Currency = "PLN"
	}
	if m.rand.IntN(12) == 0 {
		o.Note = pick(m.rand, notes)
	}
	if m.rand.IntN(15) == 0 {
		o.Coupon = "WIOSNA10"
	}
	o.Lines = m.lines(p.polish)
	m.ship(o, p, f)
	o.Attributes.SetText("payment_status", f.payment)
	if f.fulfilment != "" {
		o.Attributes.SetText("fulfillment_status", f.fulfilment)
	}
	o.Attributes.SetText("region", p.region)
	if m.rand.IntN(10) == 0 {
		o.Attributes.Set("gift_wrap", []byte("true"))
	}
	return o
}

// customer chooses who orders: in one of four cases somebody who has before.
func (m *maker) customer() person {
	if m.known > 0 && m.rand.IntN(4) == 0 {
		return meet(m.seed, 1+m.rand.IntN(m.known))
	}
	m.known++
	return meet(m.seed, m.known)
}

// fate draws how far an order has come at its age.
func (m *maker) fate(age time.Duration) fate {
	const day = 24 * time.Hour
	of := settled
	switch {
	case age < 4*day:
		of = fresh
	case age < 14*day:
		of = recent
	}
	n := m.rand.IntN(100) // the weights of each list add up to that
	for _, f := range of {
		if n -= f.weight; n < 0 {
			return f
		}
	}
	return of[len(of)-1]
}

// lines chooses goods, none of them twice.
func (m *maker) lines(polish bool) []orderhub.Line {
	n := 1 + min(m.rand.IntN(6), m.rand.IntN(6))
	lines := make([]orderhub.Line, n)
	at := m.rand.IntN(len(goods))
	for i := range lines {
		lines[i] = m.line(&goods[at], polish)
		at = (at + 1 + m.rand.IntN(len(goods)/n)) % len(goods)
	}
	return lines
}

func (m *maker) line(g *good, polish bool) orderhub.Line {
	l := orderhub.Line{Product: g.product, SKU: g.sku, Name: g.name, Quantity: orderhub.Piece}
	p, unit := g.price, "кг"
	if polish {
		l.Name, p, unit = g.inPoland, p/zlotyOf, "kg"
	}
	l.Price = price(p)
	switch {
	case g.weighed:
		l.Unit = unit
		l.Quantity = orderhub.Quantity(150 + 50*m.rand.IntN(45)) // 0.150 to 2.350
	case m.rand.IntN(3) == 0:
		l.Quantity = orderhub.Piece * orderhub.Quantity(2+m.rand.IntN(3))
	}
	if m.rand.IntN(8) == 0 {
		l.BasePrice = l.Price
		l.Price = price(p * 9 / 10)
	}
	return l
}

// ship sends two of three orders by courier; the others are collected.
func (m *maker) ship(o *orderhub.Order, p person, f fate) {
	if m.rand.IntN(3) == 0 {
		return
	}
	s := orderhub.Shipment{Method: "courier", MethodName: "Курьером", Status: "pending", Price: price(299_00), Address: p.address, CreatedAt: o.PlacedAt}
	if p.polish {
		s.MethodName, s.Price = "Kurierem", money.Amount(14_90*100)
	}
	if f.fulfilment != "" && f.fulfilment != "packed" {
		s.Status = "shipped"
	}
	o.Shipments = []orderhub.Shipment{s}
}
