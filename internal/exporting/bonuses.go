package exporting

import (
	"context"
	"io"

	"orderhub"
	"orderhub/internal/sheet"
)

// A booked is a row of a ledger with its owner and the number of its card.
type booked struct {
	*orderhub.BonusEntry
	owner *orderhub.Customer
	card  string // "" when the points belong to no card of the owner
}

// WriteBonuses writes rows of all customers' ledgers of bonus points: the
// customers in the sequence in which they were registered, each one's oldest
// row first. Unless all are wanted, these are the rows that can be imported
// into another store and make the same balance there: those that count, but
// for what expired, which expires there as well.
func (s *Service) WriteBonuses(ctx context.Context, shop *orderhub.Shop, w io.Writer, o Options, all bool, progress Progress) error {
	out, err := newOutput(w, o, "bonuses", bonusTable(shop), progress)
	if err != nil {
		return err
	}
	f := orderhub.CustomerFilter{Sort: []orderhub.Sort{{Field: orderhub.SortCreated}}, Limit: page}
	for {
		p, err := s.Customers.List(ctx, shop, f, 0)
		if err != nil {
			return err
		}
		rows, err := s.writeLedgers(ctx, shop, out, p.Customers, all)
		if err != nil {
			return err
		}
		out.wrote(rows)
		if f.After = p.Next; !p.More {
			return out.close()
		}
	}
}

// writeLedgers writes the rows of some customers.
func (s *Service) writeLedgers(ctx context.Context, shop *orderhub.Shop, out *output[booked], owners []*orderhub.Customer, all bool) (rows int, err error) {
	ids := make([]orderhub.CustomerID, len(owners))
	for i, c := range owners {
		ids[i] = c.ID
	}
	ledgers, err := s.Loyalty.Ledgers(ctx, shop, ids...)
	if err != nil || len(ledgers) == 0 {
		return 0, err
	}
	cards, err := s.Loyalty.CardsOf(ctx, shop, ids...)
	if err != nil {
		return 0, err
	}
	for _, owner := range owners {
		numbers := make(map[orderhub.CardID]string)
		for _, c := range cards[owner.ID] {
			numbers[c.ID] = c.Number
		}
		for _, e := range ledgers[owner.ID] {
			if !all && (!e.State.Counts() || e.Cause == orderhub.BonusLapsed) {
				continue
			}
			if err := out.write(booked{e, owner, numbers[e.Card]}); err != nil {
				return rows, err
			}
			rows++
		}
	}
	return rows, nil
}

func bonusTable(shop *orderhub.Shop) table[booked] {
	at := clock{shop.Location()}
	return table[booked]{columns(
		text("customer", func(e booked) string { return e.owner.ExternalID }),
		text("customer_email", func(e booked) string { return e.owner.Email }),
		text("customer_phone", func(e booked) string { return e.owner.Phone }),
		column[booked]{"points", func(e booked) sheet.Cell { return wholeCell(e.Points) }},
		text("reason", func(e booked) string { return e.Reason }),
		text("key", func(e booked) string { return e.Key }),
		text("card", func(e booked) string { return e.card }),
		column[booked]{"created_at", func(e booked) sheet.Cell { return at.cell(e.CreatedAt) }},
		column[booked]{"expires_at", func(e booked) sheet.Cell { return at.cell(e.ExpiresAt) }},
		text("bonus.state", func(e booked) string { return e.State.String() }),
		text("bonus.cause", func(e booked) string { return causes[e.Cause] }),
	)}
}

// causes are what a row's cause is called in files.
var causes = [...]string{
	orderhub.BonusEarned: "earned", orderhub.BonusUsed: "used", orderhub.BonusAdjusted: "booked", orderhub.BonusLapsed: "overdue",
}
