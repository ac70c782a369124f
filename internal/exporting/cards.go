package exporting

import (
	"context"
	"io"

	"orderhub"
	"orderhub/internal/sheet"
)

// A held is a card with the name of its type and its owner.
type held struct {
	*orderhub.Card
	kind  string
	owner *orderhub.Customer // the zero one when nobody owns it
}

// WriteCards writes the cards of a shop in the sequence of their barcodes.
func (s *Service) WriteCards(ctx context.Context, shop *orderhub.Shop, w io.Writer, o Options, progress Progress) error {
	types, err := s.Loyalty.CardTypes(ctx, shop)
	if err != nil {
		return err
	}
	kinds := make(map[orderhub.CardTypeID]string, len(types))
	for _, t := range types {
		kinds[t.ID] = t.Name
	}
	out, err := newOutput(w, o, "cards", cardTable(shop), progress)
	if err != nil {
		return err
	}
	for after := (*orderhub.Card)(nil); ; {
		p, err := s.Loyalty.Cards(ctx, shop, after, page)
		if err != nil {
			return err
		}
		for _, c := range p.Cards {
			owner := p.Owners[c.Customer]
			if owner == nil {
				owner = new(orderhub.Customer)
			}
			if err := out.write(held{c, kinds[c.Type], owner}); err != nil {
				return err
			}
		}
		out.wrote(len(p.Cards))
		if after = p.Next; after == nil {
			return out.close()
		}
	}
}

func cardTable(shop *orderhub.Shop) table[held] {
	at := clock{shop.Location()}
	return table[held]{columns(
		text("number", func(c held) string { return c.Number }),
		text("external_id", func(c held) string { return c.ExternalID }),
		text("type", func(c held) string { return c.kind }),
		text("status", func(c held) string { return string(c.Status) }),
		text("customer", func(c held) string { return c.owner.ExternalID }),
		text("customer_email", func(c held) string { return c.owner.Email }),
		text("customer_phone", func(c held) string { return c.owner.Phone }),
		text("medium", func(c held) string { return string(c.Medium) }),
		text("ean13", func(c held) string { return c.EAN13 }),
		text("barcode", func(c held) string { return c.Barcode }),
		column[held]{"activated_at", func(c held) sheet.Cell { return at.cell(c.ActivatedAt) }},
		column[held]{"blocked_at", func(c held) sheet.Cell { return at.cell(c.BlockedAt) }},
		column[held]{"created_at", func(c held) sheet.Cell { return at.cell(c.CreatedAt) }},
	)}
}
