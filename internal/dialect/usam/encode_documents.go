package usam

import "orderhub"

func productArray(shop *orderhub.Shop, o *orderhub.Order) []byte {
	return array(o.Lines, func(stored orderhub.Line) []byte {
		l, extras := shownLine(o, &stored), stored.Extras
		w := &writer{make([]byte, 0, 512)}
		w.number("id", partID(o, stored.No))
		w.text("product_id", l.Product)
		w.text("name", l.Name)
		w.number("order_id", int64(o.ID))
		w.text("old_price", stored.BasePrice.AtLeast(places(o.Currency)))
		w.kept("product_day", extras, lineNone)
		w.text("price", stored.UnitPrice(stored.Quantity, o.Currency, 2))
		w.kept("purchase_price", extras, lineNone)
		w.text("quantity", l.Quantity.Fixed())
		w.text("unit_measure", l.Unit)
		w.number("bonus", l.Bonus)
		w.kept("used_bonuses", extras, lineNone)
		w.kept("subscribed", extras, lineNone)
		w.keptOr("date_insert", extras, dateText(shop, o.PlacedAt))
		if l.SKU != "" {
			w.text("code", l.SKU)
		}
		return w.done()
	})
}

func paymentArray(shop *orderhub.Shop, o *orderhub.Order) []byte {
	return array(o.Payments, func(stored orderhub.Payment) []byte {
		p := showPayment(shop, o, &stored)
		w := new(writer)
		w.number("id", partID(o, p.No))
		w.kept("document_type", p.Extras, paymentNone)
		w.number("document_id", int64(o.ID))
		w.keptOr("bank_account_id", p.Extras, shownID(o.Account))
		w.text("document_number", p.Number)
		w.kept("external_document", p.Extras, paymentNone)
		w.date("date_payed", shop, p.PaidAt)
		w.date("date_insert", shop, p.CreatedAt)
		w.text("note", p.Note)
		w.amount("sum", p.Sum, o.Currency)
		w.kept("order_id", p.Extras, paymentNone)
		w.text("name", p.MethodName)
		w.number("status", int64(p.Status))
		w.kept("payment_type", p.Extras, paymentNone)
		w.text("gateway_id", p.Method)
		w.kept("gateway", p.Extras, paymentNone)
		w.text("transactid", p.Reference)
		return w.done()
	})
}

func shipmentArray(shop *orderhub.Shop, o *orderhub.Order) []byte {
	return array(o.Shipments, func(stored orderhub.Shipment) []byte {
		s := showShipment(shop, o, &stored)
		w := new(writer)
		w.number("id", partID(o, s.No))
		w.number("order_id", int64(o.ID))
		w.kept("courier", s.Extras, shipmentNone)
		w.text("name", s.MethodName)
		w.kept("customer_id", s.Extras, shipmentNone)
		w.kept("customer_type", s.Extras, shipmentNone)
		w.text("status", s.Status)
		w.text("track_id", s.Track)
		w.text("doc_number", s.Number)
		w.kept("doc_data", s.Extras, shipmentNone)
		w.text("method", s.Method)
		w.text("storage_pickup", orZero(s.Pickup))
		w.kept("storage", s.Extras, shipmentNone)
		w.text("notes", s.Note)
		w.amount("totalprice", o.Total, o.Currency)
		w.amount("price", s.Price, o.Currency)
		w.flag("include_in_cost", !s.Included)
		w.date("date_insert", shop, s.CreatedAt)
		w.date("date_delivery", shop, s.DeliveredAt)
		for _, name := range []string{"readiness_date", "readiness", "export", "tax_id", "tax_name", "tax_value", "tax_is_in_price", "tax_rate"} {
			w.kept(name, s.Extras, shipmentNone)
		}
		return w.done()
	})
}

func taxArray(o *orderhub.Order) []byte {
	return array(o.Taxes, func(stored orderhub.Tax) []byte {
		t := showTax(o, &stored)
		w := new(writer)
		w.number("id", partID(o, t.No))
		w.number("order_id", int64(o.ID))
		w.kept("tax_id", t.Extras, taxNone)
		w.kept("product_id", t.Extras, taxNone)
		w.kept("unit_measure", t.Extras, taxNone)
		w.text("name", t.Name)
		w.amount("tax", t.Amount, o.Currency)
		w.text("rate", t.Rate.String())
		w.flag("is_in_price", t.InPrice)
		return w.done()
	})
}
