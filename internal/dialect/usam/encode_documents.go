package usam

import (
	"orderhub"
	"time"
)

func productArray(shop *orderhub.Shop, o *orderhub.Order) []byte {
	return array(o.Lines, func(l orderhub.Line) []byte {
		w := &writer{make([]byte, 0, 512)}
		w.number("id", partID(o, l.No))
		w.text("product_id", l.Product)
		w.text("name", l.Name)
		w.number("order_id", int64(o.ID))
		w.amount("old_price", l.BasePrice)
		w.kept("product_day", l.Extras, "0")
		w.amount("price", l.Price)
		w.kept("purchase_price", l.Extras, "0.00")
		w.text("quantity", l.Quantity.Fixed())
		w.text("unit_measure", unitOf(l))
		w.number("bonus", l.Bonus)
		w.kept("used_bonuses", l.Extras, "0")
		w.kept("subscribed", l.Extras, "0")
		w.kept("date_insert", l.Extras, o.PlacedAt.In(shop.Location()).Format(time.DateTime))
		if l.SKU != "" {
			w.text("code", l.SKU)
		}
		return w.done()
	})
}

func paymentArray(shop *orderhub.Shop, o *orderhub.Order) []byte {
	return array(o.Payments, func(p orderhub.Payment) []byte {
		w := new(writer)
		w.number("id", partID(o, p.No))
		w.kept("document_type", p.Extras, "order")
		w.number("document_id", int64(o.ID))
		w.kept("bank_account_id", p.Extras, orZero(o.Account))
		w.text("document_number", p.Number)
		w.kept("external_document", p.Extras, "")
		w.date("date_payed", shop, p.PaidAt)
		w.date("date_insert", shop, p.CreatedAt)
		w.text("note", p.Note)
		w.amount("sum", p.Sum)
		w.kept("order_id", p.Extras, "0")
		w.text("name", p.MethodName)
		w.number("status", int64(p.Status))
		w.kept("payment_type", p.Extras, "")
		w.text("gateway_id", orZero(p.Method))
		w.kept("gateway", p.Extras, "")
		w.text("transactid", p.Reference)
		return w.done()
	})
}

func shipmentArray(shop *orderhub.Shop, o *orderhub.Order) []byte {
	return array(o.Shipments, func(s orderhub.Shipment) []byte {
		w := new(writer)
		w.number("id", partID(o, s.No))
		w.number("order_id", int64(o.ID))
		w.kept("courier", s.Extras, "0")
		w.text("name", s.MethodName)
		w.kept("customer_id", s.Extras, "0")
		w.kept("customer_type", s.Extras, "contact")
		w.text("status", orDefault(s.Status, "pending"))
		w.text("track_id", s.Track)
		w.text("doc_number", s.Number)
		w.kept("doc_data", s.Extras, "null")
		w.text("method", orZero(s.Method))
		w.text("storage_pickup", orZero(s.Pickup))
		w.kept("storage", s.Extras, "0")
		w.text("notes", s.Note)
		w.amount("totalprice", o.Total)
		w.amount("price", s.Price)
		w.flag("include_in_cost", !s.Included)
		w.date("date_insert", shop, s.CreatedAt)
		w.date("date_delivery", shop, s.DeliveredAt)
		w.kept("readiness_date", s.Extras, "null")
		w.kept("readiness", s.Extras, "0")
		w.kept("export", s.Extras, "0")
		w.kept("tax_id", s.Extras, "0")
		w.kept("tax_name", s.Extras, "")
		w.kept("tax_value", s.Extras, "0.00000")
		w.kept("tax_is_in_price", s.Extras, "1")
		w.kept("tax_rate", s.Extras, "0")
		return w.done()
	})
}

func taxArray(o *orderhub.Order) []byte {
	return array(o.Taxes, func(t orderhub.Tax) []byte {
		w := new(writer)
		w.number("id", partID(o, t.No))
		w.number("order_id", int64(o.ID))
		w.kept("tax_id", t.Extras, "0")
		w.kept("product_id", t.Extras, "0")
		w.kept("unit_measure", t.Extras, "")
		w.text("name", t.Name)
		w.amount("tax", t.Amount)
		w.text("rate", t.Rate.String())
		w.flag("is_in_price", t.InPrice)
		return w.done()
	})
}
