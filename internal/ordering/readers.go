package ordering

import (
	"context"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

// CreateReader stores a reader of the exchange and completes it. It is offered
// what changes from now on, or all orders from the beginning. What is wrong with
// it are Invalid errors; a name that the shop has already is a Duplicate error.
func (s *Service) CreateReader(ctx context.Context, shop *orderhub.Shop, r *orderhub.ExchangeReader, fromBeginning bool) error {
	if err := r.Validate(shop); err != nil {
		return err
	}
	r.Shop = shop.ID
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Shop(shop.ID).Lock(ctx); err != nil {
			return err
		}
		last, err := tx.Shop(shop.ID).Clock(ctx)
		if err != nil {
			return err
		}
		return tx.Shop(shop.ID).CreateExchangeReader(ctx, r, last, fromBeginning)
	})
}

// Readers lists the readers of the exchange of a shop by name.
func (s *Service) Readers(ctx context.Context, shop *orderhub.Shop) ([]*orderhub.ExchangeReader, error) {
	var readers []*orderhub.ExchangeReader
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Shop(shop.ID).ExchangeReaders(ctx)
		readers = nil
		for _, r := range all {
			readers = append(readers, &r.ExchangeReader)
		}
		return err
	})
	return readers, err
}

// DeleteReader deletes a reader of the exchange and its marks. One that keys in
// force act as is a Conflict error, and so is the default reader.
func (s *Service) DeleteReader(ctx context.Context, shop *orderhub.Shop, name string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Shop(shop.ID).Lock(ctx); err != nil {
			return err
		}
		return tx.Shop(shop.ID).DeleteExchangeReader(ctx, name)
	})
}

// Marks lists what each reader of the exchange has taken of an order, deleted or
// not: who marked it last, and when, as far as its events are kept.
func (s *Service) Marks(ctx context.Context, shop *orderhub.Shop, id orderhub.OrderID) ([]orderhub.ExchangeMark, error) {
	var marks []orderhub.ExchangeMark
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		o, err := tx.Shop(shop.ID).OrderByRef(ctx, orderhub.OrderRef{ID: id, Deleted: true})
		if err != nil {
			return err
		}
		readers, err := tx.Shop(shop.ID).ExchangeReaders(ctx)
		if err != nil {
			return err
		}
		marks, err = marksOf(ctx, tx.Shop(shop.ID), o, readers)
		return err
	})
	return marks, err
}

// marksOf are the marks that readers have of an order.
func marksOf(ctx context.Context, tx *store.ShopTx, o *orderhub.Order, readers []*orderdb.ExchangeReader) ([]orderhub.ExchangeMark, error) {
	ids := make([]orderhub.ReaderID, len(readers))
	for i, r := range readers {
		ids[i] = r.ID
	}
	stored, err := tx.ExchangeMarks(ctx, ids, []orderhub.OrderID{o.ID})
	if err != nil {
		return nil, err
	}
	events, err := tx.OrderEvents(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	last := make(map[string]orderhub.ExchangeMark)
	for i := range events {
		if m, ok := orderhub.MarkOf(&events[i]); ok {
			last[m.Reader] = m
		}
	}
	marks := make([]orderhub.ExchangeMark, len(readers))
	for i, r := range readers {
		marks[i] = last[r.Name]
		marks[i].Reader = r.Name
		var own *orderdb.ExchangeMark
		for k := range stored {
			if stored[k].Reader == r.ID {
				own = &stored[k]
			}
		}
		marks[i].Taken = r.Taken(own, o)
	}
	return marks, nil
}
