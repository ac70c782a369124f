// Package sample makes orders, customers and shops that are invented but look
// like those of a real shop: single ones with fixed values for tests, and any
// number of varied ones for the demo and for large test stores.
//
// All people, addresses and goods are invented; mail to them cannot arrive,
// because their addresses end in example.com and example.org. Everything is
// deterministic: the same call gives the same values.
package sample

import (
	"time"

	"orderhub"
	"orderhub/money"
)

// Placed is when the customer of [Order] ordered.
var Placed = time.Date(2026, 5, 3, 10, 15, 0, 0, time.UTC)

// Order returns a valid order of two lines that no store has seen, changed by
// the functions:
//
//	o := sample.Order(func(o *orderhub.Order) { o.Number = "A-2" })
func Order(change ...func(*orderhub.Order)) *orderhub.Order {
	o := &orderhub.Order{
		Number:   "A-1",
		PlacedAt: Placed,
		Currency: "RUB",
		Contact: orderhub.Contact{
			Name:    "Вера Луговая",
			Email:   "vera.lugovaya@example.com",
			Phone:   "+7 943 000-11-22",
			Address: "Калуга, ул. Вишнёвая, 14, кв. 27",
		},
		Lines: []orderhub.Line{
			Line(),
			Line(func(l *orderhub.Line) {
				l.Product, l.SKU, l.Name = "F-301", "301-KG", "Яблоки сезонные"
				l.Unit, l.Quantity, l.Price = "кг", 1_450, price(129_90)
			}),
		},
	}
	o.Attributes.SetText("payment_status", "not-paid")
	o.Attributes.SetText("region", "Калужская область")
	for _, c := range change {
		c(o)
	}
	return o
}

// Line returns a valid order line, changed by the functions.
func Line(change ...func(*orderhub.Line)) orderhub.Line {
	l := orderhub.Line{
		Product:  "T-101",
		SKU:      "101-100",
		Name:     "Чай чёрный листовой, 100 г",
		Quantity: 2 * orderhub.Piece,
		Price:    price(390_50),
	}
	for _, c := range change {
		c(&l)
	}
	return l
}

// Customer returns a valid customer, the one who placed [Order], changed by
// the functions.
func Customer(change ...func(*orderhub.Customer)) *orderhub.Customer {
	c := &orderhub.Customer{
		ExternalID:   "C-1",
		Email:        "vera.lugovaya@example.com",
		Phone:        "+7 943 000-11-22",
		Name:         "Вера Луговая",
		FirstName:    "Вера",
		LastName:     "Луговая",
		Gender:       orderhub.Female,
		Birthday:     orderhub.Birthday{Year: 1988, Month: 3, Day: 14},
		RegisteredAt: Placed,
	}
	for _, f := range change {
		f(c)
	}
	return c
}

// Shop returns a valid shop with the default statuses, changed by the
// functions.
func Shop(change ...func(*orderhub.Shop)) *orderhub.Shop {
	s := &orderhub.Shop{
		Name:     "main",
		Zone:     "Europe/Moscow",
		Currency: "RUB",
		Identify: orderhub.ByEmail,
		Statuses: orderhub.DefaultStatuses(),
	}
	for _, c := range change {
		c(s)
	}
	return s
}

// price makes an amount of hundredths: 390_50 is 390.50.
func price(hundredths int64) money.Amount { return money.Amount(hundredths * 100) }
