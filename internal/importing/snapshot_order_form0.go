package importing

import (
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/money"
)

// The types of form 0 are frozen: they read what the first programs wrote down
// for an undo, the glossary of that time by the names in its source.
type orderForm0 struct {
	ID, Shop                                    int64
	Number, Code                                string
	PlacedAt, CreatedAt, UpdatedAt, DeletedAt   time.Time
	Status                                      string
	Stage                                       uint8
	StatusAt                                    time.Time
	Moves                                       int
	Exported                                    bool // of the reader accounting, whose marks are no part of an order any more
	Payment                                     uint8
	PaidAt                                      time.Time
	Fulfilment                                  uint8
	Customer                                    int64
	Contact                                     struct{ Name, Email, Phone, Address string }
	Buyer                                       any // never stored
	Spend                                       int64
	Currency                                    string
	Total                                       int64
	TotalGiven                                  bool
	Lines                                       []lineForm0
	Payments                                    []paymentForm0
	Shipments                                   []shipmentForm0
	Taxes                                       []taxForm0
	Note, Source, Coupon, Account, CancelReason string
	Attributes                                  orderhub.Attributes // as text
	Extras                                      orderhub.Extras     // as texts by dialect
}

type lineForm0 struct {
	No                                        int
	Product, SKU, Name, Unit                  string
	Quantity, Returned                        int64
	BasePrice, Price, Discount, Amount, Bonus int64
	Image                                     string
	Attributes                                orderhub.Attributes
	Extras                                    orderhub.Extras
}

type paymentForm0 struct {
	No                                  int
	Number                              string
	Status                              uint8
	Sum                                 int64
	Method, MethodName, Reference, Note string
	CreatedAt, PaidAt                   time.Time
	Extras                              orderhub.Extras
}

type shipmentForm0 struct {
	No                                       int
	Number, Status, Method, MethodName       string
	Price                                    int64
	Included                                 bool
	Track, Pickup, PickupName, Address, Note string
	CreatedAt, DeliveredAt                   time.Time
	Extras                                   orderhub.Extras
}

type taxForm0 struct {
	No           int
	Name         string
	Rate, Amount int64
	InPrice      bool
	Extras       orderhub.Extras
}

// decodeOrderForm0 reads an order of form 0.
func decodeOrderForm0(text []byte) (*orderhub.Order, error) {
	var s orderForm0
	if err := form.Strict(text, &s); err != nil {
		return nil, err
	}
	o := &orderhub.Order{
		ID: orderhub.OrderID(s.ID), Shop: orderhub.ShopID(s.Shop), Number: s.Number, Code: s.Code,
		PlacedAt: s.PlacedAt, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, DeletedAt: s.DeletedAt,
		Status: s.Status, Stage: orderhub.Stage(s.Stage), StatusAt: s.StatusAt, Moves: s.Moves,
		Payment: orderhub.PaymentState(s.Payment), PaidAt: s.PaidAt, Fulfilment: orderhub.FulfilmentState(s.Fulfilment), Customer: orderhub.CustomerID(s.Customer),
		Contact:  orderhub.Contact(s.Contact),
		Currency: money.Currency(s.Currency), Total: money.Amount(s.Total), TotalGiven: s.TotalGiven,
		Note: s.Note, Source: s.Source, Coupon: s.Coupon, Account: s.Account, CancelReason: s.CancelReason,
		Attributes: s.Attributes, Extras: s.Extras,
	}
	for _, l := range s.Lines {
		o.Lines = append(o.Lines, orderhub.Line{
			No: l.No, Product: l.Product, SKU: l.SKU, Name: l.Name, Unit: l.Unit, Quantity: orderhub.Quantity(l.Quantity), Returned: orderhub.Quantity(l.Returned),
			BasePrice: money.Amount(l.BasePrice), Price: money.Amount(l.Price), Discount: money.Amount(l.Discount), Amount: money.Amount(l.Amount),
			Bonus: l.Bonus, Image: l.Image, Attributes: l.Attributes, Extras: l.Extras,
		})
	}
	s.addDocuments(o)
	o.LastPart = o.NumberParts(0)
	o.PaidSum = -1 // words were not kept
	o.ResolvePaymentWord()
	return o, nil
}

func (s *orderForm0) addDocuments(o *orderhub.Order) {
	for _, p := range s.Payments {
		o.Payments = append(o.Payments, orderhub.Payment{
			No: p.No, Number: p.Number, Status: orderhub.PaymentStatus(p.Status), Sum: money.Amount(p.Sum), Method: p.Method, MethodName: p.MethodName,
			Reference: p.Reference, Note: p.Note, CreatedAt: p.CreatedAt, PaidAt: p.PaidAt, Extras: p.Extras,
		})
	}
	for _, d := range s.Shipments {
		o.Shipments = append(o.Shipments, orderhub.Shipment{
			No: d.No, Number: d.Number, Status: d.Status, Method: d.Method, MethodName: d.MethodName, Price: money.Amount(d.Price), Included: d.Included,
			Track: d.Track, Pickup: d.Pickup, PickupName: d.PickupName, Address: d.Address, Note: d.Note, CreatedAt: d.CreatedAt, DeliveredAt: d.DeliveredAt, Extras: d.Extras,
		})
	}
	for _, t := range s.Taxes {
		o.Taxes = append(o.Taxes, orderhub.Tax{No: t.No, Name: t.Name, Rate: money.Amount(t.Rate), Amount: money.Amount(t.Amount), InPrice: t.InPrice, Extras: t.Extras})
	}
}
