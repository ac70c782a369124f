package exporting

import (
	"context"

	"orderhub"
	"orderhub/internal/sheet"
)

// orderTable are the columns of a form, and what makes its rows of an order.
func (s *Service) orderTable(ctx context.Context, shop *orderhub.Shop, form OrderForm) (table[sold], func(sold, func(sold) error) error, error) {
	if form == ByPayment {
		return paymentTable(shop), paymentRows, nil
	}
	names, err := s.known(ctx, shop, orderhub.OrderDefinition)
	if err != nil {
		return nil, nil, err
	}
	switch form {
	case ByOrder:
		return headTable(shop, names), orderRows, nil
	case ByLine, "":
	default:
		return nil, nil, orderhub.Wrong("form", "must be line, order or payment")
	}
	onLines, err := s.known(ctx, shop, orderhub.ProductDefinition)
	return lineTable(shop, names, onLines), lineRows, err
}

// headTable is a row an order.
func headTable(shop *orderhub.Shop, names []string) table[sold] {
	return table[sold]{buyerColumns(shop), headColumns(shop, false), attributes("attribute.", "order.attributes", names, attributesOf)}
}

// lineTable is a row a line. What belongs to the order as a whole, and is not
// needed to know it, stands in its first row only: a sum that stood in each
// would be summed up wrongly, and documents would be written over and over.
func lineTable(shop *orderhub.Shop, names, onLines []string) table[sold] {
	once := func(r sold) (sold, bool) { return r, r.first }
	line := func(r sold) (*orderhub.Line, bool) { return r.line, r.line != nil }
	return table[sold]{
		buyerColumns(shop),
		of(lineColumns(), line),
		of(headColumns(shop, true), once),
		of(attributes("attribute.", "order.attributes", names, attributesOf), once),
		of(attributes("line.attribute.", "line.attributes", onLines, func(l *orderhub.Line) orderhub.Attributes { return l.Attributes }), line),
	}
}

func attributesOf(r sold) orderhub.Attributes { return r.Order.Attributes }

// buyerColumns say which order it is and who has placed it.
func buyerColumns(shop *orderhub.Shop) block[sold] {
	at := clock{shop.Location()}
	return columns(
		text("number", func(r sold) string { return r.Number }),
		text("consumer_email", func(r sold) string { return r.Contact.Email }),
		text("consumer_name", func(r sold) string { return r.Contact.Name }),
		text("consumer_phone", func(r sold) string { return r.Contact.Phone }),
		column[sold]{"created_at", func(r sold) sheet.Cell { return at.cell(r.PlacedAt) }},
		text("status", func(r sold) string { return r.Status }),
	)
}

// headColumns are the rest of an order but its attributes. Beside lines, of
// which it was computed, a total is left out unless somebody has given it: it
// would become a given one when the file is imported, and no longer follow the
// lines.
func headColumns(shop *orderhub.Shop, besideLines bool) block[sold] {
	at := clock{shop.Location()}
	total := func(r sold) sheet.Cell {
		if besideLines && !r.TotalGiven {
			return sheet.Cell{}
		}
		return amountCell(r.Total)
	}
	return columns(
		text("order.code", func(r sold) string { return r.Code }),
		text("order.customer", func(r sold) string { return r.buyer }),
		text("order.address", func(r sold) string { return r.Contact.Address }),
		column[sold]{"order.total", total},
		text("order.currency", func(r sold) string { return string(r.Currency) }),
		text("order.payment", func(r sold) string { return r.Payment.String() }),
		column[sold]{"order.paid_at", func(r sold) sheet.Cell { return at.cell(r.PaidAt) }},
		text("order.fulfilment", func(r sold) string { return r.Fulfilment.String() }),
		column[sold]{"order.status_at", func(r sold) sheet.Cell { return at.cell(r.StatusAt) }},
		column[sold]{"order.updated_at", func(r sold) sheet.Cell { return at.cell(r.UpdatedAt) }},
		text("order.note", func(r sold) string { return r.Note }),
		text("order.source", func(r sold) string { return r.Source }),
		text("order.coupon", func(r sold) string { return r.Coupon }),
		text("order.account", func(r sold) string { return r.Account }),
		text("order.cancel_reason", func(r sold) string { return r.CancelReason }),
		column[sold]{"order.payments", func(r sold) sheet.Cell {
			return listCell(r.Payments, func(p *orderhub.Payment) {
				p.No, p.CreatedAt, p.PaidAt = 0, printable(p.CreatedAt), printable(p.PaidAt)
			})
		}},
		column[sold]{"order.shipments", func(r sold) sheet.Cell {
			return listCell(r.Shipments, func(s *orderhub.Shipment) {
				s.No, s.CreatedAt, s.DeliveredAt = 0, printable(s.CreatedAt), printable(s.DeliveredAt)
			})
		}},
		column[sold]{"order.taxes", func(r sold) sheet.Cell {
			return listCell(r.Taxes, func(t *orderhub.Tax) { t.No = 0 })
		}},
		column[sold]{"order.extras", func(r sold) sheet.Cell { return extrasCell(r.Extras) }},
	)
}

// lineColumns are a line but its attributes.
func lineColumns() block[*orderhub.Line] {
	type line = *orderhub.Line
	return columns(
		text("product_id", func(l line) string { return l.Product }),
		text("product_name", func(l line) string { return l.Name }),
		column[line]{"price", func(l line) sheet.Cell { return amountCell(l.Price) }},
		column[line]{"quantity", func(l line) sheet.Cell { return sheet.Number(l.Quantity.String()) }},
		column[line]{"discount", func(l line) sheet.Cell { return amountCell(l.Discount) }},
		column[line]{"line.base_price", func(l line) sheet.Cell { return amountCell(l.BasePrice) }},
		text("line.sku", func(l line) string { return l.SKU }),
		text("line.unit", func(l line) string { return l.Unit }),
		column[line]{"line.returned", func(l line) sheet.Cell { return sheet.Number(l.Returned.String()) }},
		column[line]{"line.bonus", func(l line) sheet.Cell { return wholeCell(l.Bonus) }},
		text("line.image", func(l line) string { return l.Image }),
		column[line]{"line.extras", func(l line) sheet.Cell { return extrasCell(l.Extras) }},
	)
}

// paymentTable is a row a payment document.
func paymentTable(shop *orderhub.Shop) table[sold] {
	at := clock{shop.Location()}
	return table[sold]{buyerColumns(shop), columns(
		text("order.code", func(r sold) string { return r.Code }),
		column[sold]{"order.total", func(r sold) sheet.Cell { return amountCell(r.Total) }},
		text("order.currency", func(r sold) string { return string(r.Currency) }),
		text("payment.number", func(r sold) string { return r.payment.Number }),
		text("payment.status", func(r sold) string { return paymentWords[r.payment.Status] }),
		column[sold]{"payment.sum", func(r sold) sheet.Cell { return amountCell(r.payment.Sum) }},
		text("payment.method", func(r sold) string { return r.payment.Method }),
		text("payment.method_name", func(r sold) string { return r.payment.MethodName }),
		text("payment.reference", func(r sold) string { return r.payment.Reference }),
		text("payment.note", func(r sold) string { return r.payment.Note }),
		column[sold]{"payment.created_at", func(r sold) sheet.Cell { return at.cell(r.payment.CreatedAt) }},
		column[sold]{"payment.paid_at", func(r sold) sheet.Cell { return at.cell(r.payment.PaidAt) }},
	)}
}

// paymentWords are what a payment document's status is called in files.
var paymentWords = map[orderhub.PaymentStatus]string{
	orderhub.PaymentOpen: "open", orderhub.PaymentDeclined: "declined", orderhub.PaymentPaid: "paid",
	orderhub.PaymentRefunded: "refunded", orderhub.PaymentFailed: "failed", orderhub.PaymentPending: "pending",
	orderhub.PaymentProcessing: "processing", orderhub.PaymentReserved: "reserved",
}
