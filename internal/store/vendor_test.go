package store_test

import (
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// The four orders that docs/schema.md walks through the glossary, one of each
// vendor, as they stand in our words.

func aplautOrder(t testing.TB, shop orderhub.ShopID, customer orderhub.CustomerID) *orderhub.Order {
	arrived := storetest.Noon
	return &orderhub.Order{
		Shop: shop, Number: "NW-7315", Customer: customer, Currency: "RUB",
		PlacedAt: time.Date(2026, 4, 11, 6, 30, 0, 0, time.UTC), UpdatedAt: arrived,
		Status: orderhub.StatusReceived, StatusAt: arrived,
		Payment: orderhub.Paid, PaidAt: arrived, Fulfilment: orderhub.Delivered,
		Contact: orderhub.Contact{Name: "Марта Ольшанская", Email: "marta@nordwind.example", Phone: "+7 921 000-40-17"},
		Lines: []orderhub.Line{
			{Product: "2207", Name: "Плед шерстяной 140×200", Quantity: orderhub.Piece, Price: amount(t, "4590")},
			{Product: "0118", Name: "Свеча", Quantity: orderhub.Piece, Price: amount(t, "390.5"), Extras: orderhub.Extras{"aplaut": attributes(t, `{"size":"S"}`)}},
		},
		Attributes: attributes(t, `{"payment_status":"paid","fulfillment_status":"delivered","region":39,"gift":true}`),
	}
}

func usamOrder(t testing.TB, shop orderhub.ShopID, customer orderhub.CustomerID) *orderhub.Order {
	placed := time.Date(2026, 3, 2, 7, 5, 0, 0, time.UTC)
	usam := func(object string) orderhub.Extras { return orderhub.Extras{"usam": attributes(t, object)} }
	return &orderhub.Order{
		Shop: shop, Number: "ЛВ0000005871", Code: "1C-00412", Customer: customer, Currency: "RUB",
		PlacedAt: placed, UpdatedAt: placed, Status: "waiting_payment", StatusAt: placed.Add(90 * time.Second),
		Payment: orderhub.PartlyPaid,
		Contact: orderhub.Contact{Name: "Ольга Ветрова", Email: "o.vetrova@lavka.example", Phone: "79210004018", Address: "Невская ул., 5"},
		Lines: []orderhub.Line{
			{
				Product: "3107", Name: "Кастрюля 3 л", Unit: "thing", Quantity: orderhub.Piece, BasePrice: amount(t, "1800.00"), Price: amount(t, "1500.00"), Bonus: 15,
				Extras: usam(`{"product_day":"0","purchase_price":"0.00","subscribed":"0","date_insert":"2026-03-02 10:05:00"}`),
			},
			{
				Product: "3390", Name: "Лента киперная", Unit: "meter", Quantity: 2_500, BasePrice: amount(t, "60.00"), Price: amount(t, "56.00"),
				Extras: usam(`{"product_day":"1","purchase_price":"31.00","subscribed":"0","date_insert":"2026-03-02 10:05:00"}`),
			},
		},
		Payments: []orderhub.Payment{
			{
				Number: "PH0000000005902", Status: orderhub.PaymentPaid, Sum: amount(t, "500.00"), Method: "13", MethodName: "Картой на сайте",
				Reference: "70021", CreatedAt: placed, PaidAt: placed.Add(2 * time.Minute),
				Extras: usam(`{"document_type":"order","bank_account_id":"2","external_document":"","order_id":"0","payment_type":"card","gateway":""}`),
			},
			{
				Number: "PH0000000005903", Status: orderhub.PaymentOpen, Sum: amount(t, "1440.00"), Method: "4", MethodName: "Наличными курьеру", CreatedAt: placed,
				Extras: usam(`{"document_type":"","bank_account_id":"2","external_document":"","order_id":"0","payment_type":"cash","gateway":""}`),
			},
		},
		Shipments: []orderhub.Shipment{{
			Status: "pending", Method: "2", MethodName: "Курьером", Price: amount(t, "300.00"), Address: "Невская ул., 5", CreatedAt: placed,
			Extras: usam(`{"courier":"0","customer_id":"0","customer_type":"company","doc_data":null,"storage":"1","readiness":"0","readiness_date":null,"export":"0",
				"tax_id":"0","tax_name":"","tax_value":"0.00000","tax_is_in_price":"1","tax_rate":"0"}`),
		}},
		Note: "Позвонить за час", Source: "order", Coupon: "ВЕСНА",
		Extras: usam(`{"bank_account_id":"2","cost_price":"0.00","type_price":"tp_2","type_payer":"1","user_ID":"17","company_id":"0","manager_id":"3","order_type":"order",
			"exchange":"0","properties":{"billingfirstname":"Ольга","billinglastname":"Ветрова","billingmobilephone":"79210004018",
			"billingemail":"o.vetrova@lavka.example","shippinglocation":"77","shippingaddress":"Невская ул., 5"}}`),
	}
}

func ecdpOrder(t testing.TB, shop orderhub.ShopID, customer orderhub.CustomerID) *orderhub.Order {
	arrived := storetest.Noon
	return &orderhub.Order{
		Shop: shop, Number: "ZK-2041", Customer: customer, Currency: "PLN", Total: amount(t, "231.47"), TotalGiven: true,
		PlacedAt: time.Date(2026, 5, 2, 14, 20, 0, 55_000_000, time.UTC), UpdatedAt: arrived,
		Status: orderhub.StatusOf(orderhub.StagePaid), Stage: orderhub.StagePaid, StatusAt: arrived,
		Payment: orderhub.Paid, PaidAt: arrived,
		Contact: orderhub.Contact{Email: "zofia.maj@zakatek.example", Phone: "+48600111222"},
		Lines: []orderhub.Line{
			{
				Product: "0072", Name: "Lampka biurkowa", Quantity: 3_000, Returned: 1_000, Price: amount(t, "59.99"), Image: "https://zakatek.example/img/0072.jpg",
				Attributes: attributes(t, `{"Kolor":"miętowy"}`),
				Extras:     orderhub.Extras{"ecdp": attributes(t, `{"url":"https://zakatek.example/p/0072","category":"Dom > Lampy"}`)},
			},
			{Product: "0310", Name: "Żarówka E27", Quantity: 2_000, Price: amount(t, "19.99")},
		},
		Attributes: attributes(t, `{"Metoda dostawy":"Kurier","Prezent":"Tak"}`),
		Extras:     orderhub.Extras{"ecdp": attributes(t, `{"timeZone":"Central European Standard Time","websiteId":2,"returnsValue":59.99,"crmId":"K-318"}`)},
	}
}

func virtposOrder(t testing.TB, shop orderhub.ShopID, customer orderhub.CustomerID) *orderhub.Order {
	placed := time.Date(2026, 4, 11, 15, 45, 8, 0, time.UTC)
	return &orderhub.Order{
		Shop: shop, Number: "ТК-000091", Code: "7c1f2e90-5d1b-4a57-9f0e-0c6a1d2b3e44", Customer: customer, Currency: "RUB",
		PlacedAt: placed, UpdatedAt: placed, Status: orderhub.StatusReceived, StatusAt: placed,
		Contact: orderhub.Contact{Name: "Игорь Лосев", Phone: "89110000000", Address: "Садовая, 3, корпус 5"},
		Lines: []orderhub.Line{
			{Product: "789", Name: "Сыр фермерский", Unit: "кг", Quantity: 1_500, BasePrice: amount(t, "420.00"), Price: amount(t, "400.00"), Discount: amount(t, "30.00")},
			{Product: "787", Name: "Кофе в зёрнах", Unit: "кг", Quantity: 350, Price: amount(t, "899.90")},
		},
		Payments: []orderhub.Payment{{Status: orderhub.PaymentOpen, Sum: amount(t, "1044.97"), Method: "1", MethodName: "При получении", CreatedAt: placed}},
		Shipments: []orderhub.Shipment{{
			Method: "1", MethodName: "Самовывоз", Price: amount(t, "130.00"), Pickup: "2", PickupName: "На Просвещения", CreatedAt: placed,
			Extras: orderhub.Extras{"virtpos": attributes(t, `{"pickup_receipt_id":"5521"}`)},
		}},
		Note: "После шести",
	}
}

func TestOrderOfEachVendorComesBackEqual(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		for _, tt := range []struct {
			vendor    string
			order     func(testing.TB, orderhub.ShopID, orderhub.CustomerID) *orderhub.Order
			customer  orderhub.Customer
			total     string
			amounts   []string // of the lines
			discounts []string
		}{
			{"Aplaut", aplautOrder, orderhub.Customer{Name: "Марта Ольшанская"}, "4980.50", []string{"4590", "390.5"}, []string{"0", "0"}},
			{"USAM", usamOrder, orderhub.Customer{FirstName: "Ольга", LastName: "Ветрова"}, "1940.00", []string{"1500", "140"}, []string{"300", "10"}},
			{"ExpertSender", ecdpOrder, orderhub.Customer{ExternalID: "K-318"}, "231.47", []string{"179.97", "39.98"}, []string{"0", "0"}},
			{"VirtPOS", virtposOrder, orderhub.Customer{Name: "Игорь Лосев"}, "1044.97", []string{"600", "314.97"}, []string{"30", "0"}},
		} {
			t.Run(tt.vendor, func(t *testing.T) {
				tt.customer.Shop = shop.ID
				c := newCustomer(t, db, &tt.customer)
				o := reckoned(t, tt.order(t, shop.ID, c.ID))
				if o.Total != amount(t, tt.total) {
					t.Errorf("total is %v, want %s", o.Total, tt.total)
				}
				for i, l := range o.Lines {
					if l.Amount != amount(t, tt.amounts[i]) || l.Discount != amount(t, tt.discounts[i]) {
						t.Errorf("line %d is %v with a discount of %v, want %s and %s", i, l.Amount, l.Discount, tt.amounts[i], tt.discounts[i])
					}
				}
				create(t, db, o)
				wantStored(t, db, o)
				wantCustomer(t, db, c)
			})
		}
	})
}
