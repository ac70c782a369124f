package importing

import (
	"encoding/json"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/money"
)

// An orderSnapshot is an order as an undo keeps it, form 1. Amounts and
// quantities are scaled integers, times microseconds since 1970 in UTC, 0 is
// never. The names are written down for as long as an undo lasts: a field that
// is renamed here needs a form of its own.
type orderSnapshot struct {
	Form       int                `json:"form"`
	ID         int64              `json:"id"`
	Number     string             `json:"number"`
	Code       string             `json:"code,omitempty"`
	PlacedAt   int64              `json:"placed_at,omitempty"`
	CreatedAt  int64              `json:"created_at,omitempty"`
	UpdatedAt  int64              `json:"updated_at,omitempty"`
	DeletedAt  int64              `json:"deleted_at,omitempty"`
	Version    int64              `json:"version,omitempty"`
	Status     string             `json:"status"`
	Stage      uint8              `json:"stage,omitempty"`
	StatusAt   int64              `json:"status_at,omitempty"`
	Moves      int                `json:"status_moves,omitempty"`
	ExchangeAt int64              `json:"exchange_at,omitempty"`
	Payment    uint8              `json:"payment,omitempty"`
	PaidAt     int64              `json:"paid_at,omitempty"`
	PaidWord   uint8              `json:"paid_word,omitempty"`
	PaidSum    int64              `json:"paid_sum,omitempty"`
	Fulfilment uint8              `json:"fulfilment,omitempty"`
	Customer   int64              `json:"customer,omitempty"`
	Contact    contactSnapshot    `json:"contact"`
	Currency   string             `json:"currency"`
	Total      int64              `json:"total,omitempty"`
	TotalGiven bool               `json:"total_given,omitempty"`
	Lines      []lineSnapshot     `json:"lines,omitempty"`
	Payments   []paymentSnapshot  `json:"payments,omitempty"`
	Shipments  []shipmentSnapshot `json:"shipments,omitempty"`
	Taxes      []taxSnapshot      `json:"taxes,omitempty"`
	LastPart   int                `json:"last_part,omitempty"`
	Note       string             `json:"note,omitempty"`
	Source     string             `json:"source,omitempty"`
	Coupon     string             `json:"coupon,omitempty"`
	Account    string             `json:"account,omitempty"`
	Reason     string             `json:"cancel_reason,omitempty"`
	Attributes string             `json:"attributes,omitempty"`
	Extras     string             `json:"extras,omitempty"`
}

type contactSnapshot struct {
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Address string `json:"address,omitempty"`
}

type lineSnapshot struct {
	No         int    `json:"no"`
	Product    string `json:"product,omitempty"`
	SKU        string `json:"sku,omitempty"`
	Name       string `json:"name,omitempty"`
	Unit       string `json:"unit,omitempty"`
	Quantity   int64  `json:"quantity"`
	Returned   int64  `json:"returned,omitempty"`
	BasePrice  int64  `json:"base_price,omitempty"`
	Price      int64  `json:"price,omitempty"`
	Discount   int64  `json:"discount,omitempty"`
	Amount     int64  `json:"amount,omitempty"`
	Bonus      int64  `json:"bonus,omitempty"`
	Image      string `json:"image,omitempty"`
	Attributes string `json:"attributes,omitempty"`
	Extras     string `json:"extras,omitempty"`
}

type paymentSnapshot struct {
	No         int    `json:"no"`
	Number     string `json:"number,omitempty"`
	Status     uint8  `json:"status"`
	Sum        int64  `json:"sum,omitempty"`
	Method     string `json:"method,omitempty"`
	MethodName string `json:"method_name,omitempty"`
	Reference  string `json:"reference,omitempty"`
	Note       string `json:"note,omitempty"`
	CreatedAt  int64  `json:"created_at,omitempty"`
	PaidAt     int64  `json:"paid_at,omitempty"`
	Extras     string `json:"extras,omitempty"`
}

type shipmentSnapshot struct {
	No          int    `json:"no"`
	Number      string `json:"number,omitempty"`
	Status      string `json:"status,omitempty"`
	Method      string `json:"method,omitempty"`
	MethodName  string `json:"method_name,omitempty"`
	Price       int64  `json:"price,omitempty"`
	Included    bool   `json:"included,omitempty"`
	Track       string `json:"track,omitempty"`
	Pickup      string `json:"pickup,omitempty"`
	PickupName  string `json:"pickup_name,omitempty"`
	Address     string `json:"address,omitempty"`
	Note        string `json:"note,omitempty"`
	CreatedAt   int64  `json:"created_at,omitempty"`
	DeliveredAt int64  `json:"delivered_at,omitempty"`
	Extras      string `json:"extras,omitempty"`
}

type taxSnapshot struct {
	No      int    `json:"no"`
	Name    string `json:"name,omitempty"`
	Rate    int64  `json:"rate,omitempty"`
	Amount  int64  `json:"amount,omitempty"`
	InPrice bool   `json:"in_price,omitempty"`
	Extras  string `json:"extras,omitempty"`
}

// encodeOrder writes an order down for an undo.
func encodeOrder(o *orderhub.Order) (json.RawMessage, error) {
	s := orderSnapshot{
		Form: 1, ID: int64(o.ID), Number: o.Number, Code: o.Code,
		PlacedAt: form.Micros(o.PlacedAt), CreatedAt: form.Micros(o.CreatedAt), UpdatedAt: form.Micros(o.UpdatedAt), DeletedAt: form.Micros(o.DeletedAt), Version: o.Version,
		Status: o.Status, Stage: uint8(o.Stage), StatusAt: form.Micros(o.StatusAt), Moves: o.Moves, ExchangeAt: form.Micros(o.ExchangeAt),
		Payment: uint8(o.Payment), PaidAt: form.Micros(o.PaidAt), PaidWord: uint8(o.PaidWord), PaidSum: int64(o.PaidSum), Fulfilment: uint8(o.Fulfilment), Customer: int64(o.Customer),
		Contact:  contactSnapshot(o.Contact),
		Currency: string(o.Currency), Total: int64(o.Total), TotalGiven: o.TotalGiven, LastPart: o.LastPart,
		Note: o.Note, Source: o.Source, Coupon: o.Coupon, Account: o.Account, Reason: o.CancelReason,
		Attributes: attributesText(o.Attributes), Extras: extrasText(o.Extras),
	}
	for _, l := range o.Lines {
		s.Lines = append(s.Lines, lineSnapshot{
			l.No, l.Product, l.SKU, l.Name, l.Unit, int64(l.Quantity), int64(l.Returned), int64(l.BasePrice), int64(l.Price),
			int64(l.Discount), int64(l.Amount), l.Bonus, l.Image, attributesText(l.Attributes), extrasText(l.Extras),
		})
	}
	for _, p := range o.Payments {
		s.Payments = append(s.Payments, paymentSnapshot{
			p.No, p.Number, uint8(p.Status), int64(p.Sum), p.Method, p.MethodName, p.Reference, p.Note, form.Micros(p.CreatedAt), form.Micros(p.PaidAt), extrasText(p.Extras),
		})
	}
	for _, d := range o.Shipments {
		s.Shipments = append(s.Shipments, shipmentSnapshot{
			d.No, d.Number, d.Status, d.Method, d.MethodName, int64(d.Price), d.Included, d.Track, d.Pickup, d.PickupName, d.Address, d.Note,
			form.Micros(d.CreatedAt), form.Micros(d.DeliveredAt), extrasText(d.Extras),
		})
	}
	for _, t := range o.Taxes {
		s.Taxes = append(s.Taxes, taxSnapshot{t.No, t.Name, int64(t.Rate), int64(t.Amount), t.InPrice, extrasText(t.Extras)})
	}
	return json.Marshal(s)
}

// decodeOrder reads an order that an undo has kept, in any form.
func decodeOrder(text []byte) (*orderhub.Order, error) {
	return form.Snapshot(text, decodeOrderForm0, decodeOrderForm1)
}

func decodeOrderForm1(text []byte) (*orderhub.Order, error) {
	var s orderSnapshot
	if err := form.Strict(text, &s); err != nil {
		return nil, err
	}
	o := &orderhub.Order{
		ID: orderhub.OrderID(s.ID), Number: s.Number, Code: s.Code,
		PlacedAt: form.Instant(s.PlacedAt), CreatedAt: form.Instant(s.CreatedAt), UpdatedAt: form.Instant(s.UpdatedAt), DeletedAt: form.Instant(s.DeletedAt), Version: s.Version,
		Status: s.Status, Stage: orderhub.Stage(s.Stage), StatusAt: form.Instant(s.StatusAt), Moves: s.Moves, ExchangeAt: form.Instant(s.ExchangeAt),
		Payment: orderhub.PaymentState(s.Payment), PaidAt: form.Instant(s.PaidAt), PaidWord: orderhub.PaidWord(s.PaidWord), PaidSum: money.Amount(s.PaidSum), Fulfilment: orderhub.FulfilmentState(s.Fulfilment), Customer: orderhub.CustomerID(s.Customer),
		Contact:  orderhub.Contact(s.Contact),
		Currency: money.Currency(s.Currency), Total: money.Amount(s.Total), TotalGiven: s.TotalGiven, LastPart: s.LastPart,
		Note: s.Note, Source: s.Source, Coupon: s.Coupon, Account: s.Account, CancelReason: s.Reason,
	}
	var err error
	if o.Attributes, o.Extras, err = freeText(s.Attributes, s.Extras); err != nil {
		return nil, err
	}
	if err := s.decodeLines(o); err != nil {
		return nil, err
	}
	return o, s.decodeDocuments(o)
}

func (s *orderSnapshot) decodeLines(o *orderhub.Order) error {
	for _, l := range s.Lines {
		line := orderhub.Line{
			No: l.No, Product: l.Product, SKU: l.SKU, Name: l.Name, Unit: l.Unit, Quantity: orderhub.Quantity(l.Quantity), Returned: orderhub.Quantity(l.Returned),
			BasePrice: money.Amount(l.BasePrice), Price: money.Amount(l.Price), Discount: money.Amount(l.Discount), Amount: money.Amount(l.Amount),
			Bonus: l.Bonus, Image: l.Image,
		}
		var err error
		if line.Attributes, line.Extras, err = freeText(l.Attributes, l.Extras); err != nil {
			return err
		}
		o.Lines = append(o.Lines, line)
	}
	return nil
}

func (s *orderSnapshot) decodeDocuments(o *orderhub.Order) error {
	for _, p := range s.Payments {
		_, extras, err := freeText("", p.Extras)
		if err != nil {
			return err
		}
		o.Payments = append(o.Payments, orderhub.Payment{
			No: p.No, Number: p.Number, Status: orderhub.PaymentStatus(p.Status), Sum: money.Amount(p.Sum), Method: p.Method, MethodName: p.MethodName,
			Reference: p.Reference, Note: p.Note, CreatedAt: form.Instant(p.CreatedAt), PaidAt: form.Instant(p.PaidAt), Extras: extras,
		})
	}
	for _, d := range s.Shipments {
		_, extras, err := freeText("", d.Extras)
		if err != nil {
			return err
		}
		o.Shipments = append(o.Shipments, orderhub.Shipment{
			No: d.No, Number: d.Number, Status: d.Status, Method: d.Method, MethodName: d.MethodName, Price: money.Amount(d.Price), Included: d.Included,
			Track: d.Track, Pickup: d.Pickup, PickupName: d.PickupName, Address: d.Address, Note: d.Note,
			CreatedAt: form.Instant(d.CreatedAt), DeliveredAt: form.Instant(d.DeliveredAt), Extras: extras,
		})
	}
	for _, t := range s.Taxes {
		_, extras, err := freeText("", t.Extras)
		if err != nil {
			return err
		}
		o.Taxes = append(o.Taxes, orderhub.Tax{No: t.No, Name: t.Name, Rate: money.Amount(t.Rate), Amount: money.Amount(t.Amount), InPrice: t.InPrice, Extras: extras})
	}
	return nil
}
