package dialecttest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"orderhub"
	"orderhub/money"
)

// What random orders are made of. Every field of an order is used, and values
// that some dialect prints with fewer digits or as another type.
var (
	someText    = rapid.SampledFrom([]string{"", "Лампа „Żaba”", `a "b" \/ c`, " two  spaces ", "line\nbreak", "<&>"})
	someName    = rapid.SampledFrom([]string{"Boots", "Чай <чёрный>", "Laces"})
	someProduct = rapid.SampledFrom([]string{"45", "046", "T-1"})
	somePrice   = rapid.Custom(func(t *rapid.T) money.Amount {
		return money.Amount(rapid.SampledFrom([]int64{0, 1, 33_3333, 99_9940, 100_0000, 105_5550, 68_000_000}).Draw(t, "price"))
	})
	someQuantity = rapid.SampledFrom([]orderhub.Quantity{1_000, 1_000, 2_000, 3_000, 1_500, 333, 1, 10_499})
	someValue    = rapid.SampledFrom([]string{`"text"`, `"\/\u0416"`, `""`, "1.50", "-0", "1e3", "true", "false", "null", `[1,{"a":"\u0061"}]`, `{"b":null}`})
	someMoment   = rapid.SampledFrom([]time.Time{
		{}, time.Date(2026, 5, 3, 10, 15, 30, 0, time.UTC), time.Date(2026, 5, 3, 10, 15, 30, 123_456_000, time.UTC),
		time.Date(2014, 10, 25, 21, 30, 0, 1_000, time.UTC), time.Date(2014, 10, 25, 22, 30, 0, 0, time.UTC), // look alike in Moscow
		time.Date(1905, 1, 1, 0, 0, 7, 0, time.UTC), // when its offset had seconds
	})
)

func someAttributes(t *rapid.T, names ...string) orderhub.Attributes {
	var a orderhub.Attributes
	for _, name := range names {
		if rapid.Bool().Draw(t, name) {
			a.Set(name, []byte(someValue.Draw(t, name+" value")))
		}
	}
	return a
}

// someKept draws texts that only USAM has.
func someKept(t *rapid.T, values map[string]string) orderhub.Attributes {
	var a orderhub.Attributes
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if rapid.Bool().Draw(t, name) {
			a.SetText(name, values[name])
		}
	}
	return a
}

// DrawOrder draws an order whose lines have all that every dialect demands, so
// that each takes it back.
func DrawOrder(t *rapid.T, number string) *orderhub.Order {
	o := &orderhub.Order{
		Number: number, Code: someText.Draw(t, "code"), PlacedAt: someMoment.Draw(t, "placed at"),
		Status:   rapid.SampledFrom([]string{"", "received", "sending", "accepted_payment", "closed", "canceled"}).Draw(t, "status"),
		Currency: rapid.SampledFrom([]money.Currency{"RUB", "PLN", "JPY", "KWD"}).Draw(t, "currency"),
		Note:     someText.Draw(t, "note"), Source: rapid.SampledFrom([]string{"", "order", "call"}).Draw(t, "source"),
		Coupon: someText.Draw(t, "coupon"), Account: rapid.SampledFrom([]string{"", "4", "007", "acc-1"}).Draw(t, "account"),
		CancelReason: someText.Draw(t, "cancel reason"),
		Contact: orderhub.Contact{
			Name:  rapid.SampledFrom([]string{"", "Анна", "Анна Ким", " Анна  Мария Ким "}).Draw(t, "name"),
			Email: rapid.SampledFrom([]string{"anna@example.com", "Boris@Example.com"}).Draw(t, "email"),
			Phone: rapid.SampledFrom([]string{"", "+7 912 000-11-22", "none"}).Draw(t, "phone"), Address: someText.Draw(t, "address"),
		},
		Attributes: someAttributes(t, "a", "b/c", "Ж"),
		Extras: orderhub.Extras{
			"aplaut": someAttributes(t, "x"),
			"usam":   someKept(t, map[string]string{"type_price": "tp_1", "manager_id": "3", "cost_price": "1.50"}),
			"ecdp":   someKept(t, map[string]string{"timeZone": "Europe/Warsaw", "crmId": "0"}),
		},
	}
	o.Buyer.ExternalID = rapid.SampledFrom([]string{"", "505", "0506", "K-7"}).Draw(t, "buyer")
	if rapid.Bool().Draw(t, "payment word") {
		o.Attributes.SetText("payment_status", rapid.SampledFrom([]string{"paid", "not-paid", "refunded", "who knows"}).Draw(t, "word"))
	}
	if o.TotalGiven = rapid.Bool().Draw(t, "total given"); o.TotalGiven {
		o.Total = somePrice.Draw(t, "total")
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "lines") {
		o.Lines = append(o.Lines, someLine(t, fmt.Sprint("line ", i)))
	}
	someDocuments(t, o)
	return o
}

func someLine(t *rapid.T, label string) orderhub.Line {
	l := orderhub.Line{
		Product: someProduct.Draw(t, label), SKU: rapid.SampledFrom([]string{"", "s-1"}).Draw(t, "sku"), Name: someName.Draw(t, "line name"),
		Unit: rapid.SampledFrom([]string{"", "thing", "кг"}).Draw(t, "unit"), Quantity: someQuantity.Draw(t, "quantity"),
		Price: somePrice.Draw(t, "line price"), Bonus: rapid.Int64Range(0, 2).Draw(t, "bonus"), Image: someText.Draw(t, "image"),
		Attributes: someAttributes(t, "size", "b/c"),
		Extras: orderhub.Extras{
			"aplaut": someAttributes(t, "color", "дата"),
			"usam":   someKept(t, map[string]string{"product_day": "1", "purchase_price": "2.00", "date_insert": "yesterday"}),
			"ecdp":   someKept(t, map[string]string{"category": "Dom", "url": "https://shop.example/l"}),
		},
	}
	l.Returned = min(l.Quantity, rapid.SampledFrom([]orderhub.Quantity{0, 0, 500, 1_000}).Draw(t, "returned"))
	switch kind := rapid.IntRange(0, 3).Draw(t, "discount"); {
	case kind == 0:
		l.BasePrice = l.Price + 10_5555
	case l.Price < 1_0000 || l.Quantity < orderhub.Piece: // a total below zero is refused by some
	case kind == 1:
		l.Discount = 1_234
	case kind == 2:
		l.BasePrice, l.Discount = l.Price+1, 77
	}
	return l
}

func someDocuments(t *rapid.T, o *orderhub.Order) {
	for i := range rapid.IntRange(0, 2).Draw(t, "payments") {
		o.Payments = append(o.Payments, orderhub.Payment{
			Number: fmt.Sprintf("PH-%s-%d", o.Number, i), Status: orderhub.PaymentStatus(rapid.IntRange(1, 8).Draw(t, "payment status")),
			Sum: somePrice.Draw(t, "sum"), Method: someText.Draw(t, "method"), MethodName: someText.Draw(t, "method name"),
			Reference: someText.Draw(t, "reference"), Note: someText.Draw(t, "payment note"), CreatedAt: someMoment.Draw(t, "created at"),
			PaidAt: someMoment.Draw(t, "paid at"),
			Extras: orderhub.Extras{"usam": someKept(t, map[string]string{"payment_type": "card"}), "virtpos": someAttributes(t, "p")},
		})
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "shipments") {
		o.Shipments = append(o.Shipments, orderhub.Shipment{
			Number: fmt.Sprintf("D-%d", i), Status: rapid.SampledFrom([]string{"", "pending", "shipped", "lost"}).Draw(t, "shipment status"),
			Method: someText.Draw(t, "delivery"), MethodName: someText.Draw(t, "delivery name"), Price: somePrice.Draw(t, "delivery price"),
			Included: rapid.Bool().Draw(t, "included"), Track: someText.Draw(t, "track"), Pickup: rapid.SampledFrom([]string{"", "7", "p-7"}).Draw(t, "pickup"),
			PickupName: someText.Draw(t, "pickup name"), Address: someText.Draw(t, "delivery address"), Note: someText.Draw(t, "delivery note"),
			CreatedAt: someMoment.Draw(t, "shipment created at"), DeliveredAt: someMoment.Draw(t, "delivered at"),
			Extras: orderhub.Extras{"usam": someKept(t, map[string]string{"courier": "3"})},
		})
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "taxes") {
		o.Taxes = append(o.Taxes, orderhub.Tax{
			Name: fmt.Sprintf("НДС %d", i/2), Rate: somePrice.Draw(t, "rate"), Amount: somePrice.Draw(t, "tax"), InPrice: rapid.Bool().Draw(t, "in price"),
			Extras: orderhub.Extras{"usam": someKept(t, map[string]string{"product_id": "3"})},
		})
	}
}

// DrawCustomer draws a customer who has an e-mail address of its own.
func DrawCustomer(t *rapid.T, n int) *orderhub.Customer {
	return &orderhub.Customer{
		Email: fmt.Sprintf("C-%d@Example.com", n), ExternalID: rapid.SampledFrom([]string{"", fmt.Sprint("K-", n)}).Draw(t, "external id"),
		Phone: rapid.SampledFrom([]string{"", fmt.Sprintf("+7 (912) 000-%02d-%02d", n/100%100, n%100)}).Draw(t, "phone"),
		Name:  rapid.SampledFrom([]string{"", "Анна", "Анна Ким", " Анна  Ким"}).Draw(t, "name"), FirstName: rapid.SampledFrom([]string{"", "Анна", "Мария"}).Draw(t, "first name"),
		MiddleName: rapid.SampledFrom([]string{"", "И."}).Draw(t, "middle name"), LastName: rapid.SampledFrom([]string{"", "Ким"}).Draw(t, "last name"),
		Gender:       orderhub.Gender(rapid.IntRange(0, 2).Draw(t, "gender")),
		Birthday:     rapid.SampledFrom([]orderhub.Birthday{{}, {Month: 2, Day: 29}, {Year: 1990, Month: 9, Day: 4}}).Draw(t, "birthday"),
		Unsubscribed: rapid.Bool().Draw(t, "unsubscribed"), Complained: rapid.Bool().Draw(t, "complained"), Bounced: rapid.Bool().Draw(t, "bounced"),
		RegisteredAt: someMoment.Draw(t, "registered at"), Attributes: someAttributes(t, "a", "Ж"),
		Consents: rapid.SampledFrom([][]orderhub.Consent{nil, {{ID: "3", State: orderhub.Given}, {ID: "1", State: orderhub.AwaitingConfirmation}}}).Draw(t, "consents"),
		Extras: orderhub.Extras{
			"aplaut":  someKept(t, map[string]string{"avatar_url": "https://shop.example/a.png"}),
			"ecdp":    someKept(t, map[string]string{"visitorId": "v-1"}),
			"virtpos": someKept(t, map[string]string{"custom_information": "likes tea & cake"}),
		},
	}
}
