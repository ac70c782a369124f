package ordering

import (
	"context"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

// Number has nothing to do: the batch gives orders their IDs.
func (s *set) Number(context.Context, *store.ShopTx) error { return nil }

// Save stores what became of the orders, and the last numbers that were made.
func (s *set) Save(ctx context.Context, tx *store.ShopTx) error {
	shop := s.b.Shop()
	var made []*orderhub.Order
	var contacts []orderdb.Keys
	var passed []orderhub.OrderID // made and gone: their events keep an ID, which no other order may get
	for _, r := range s.made {
		o := r.now
		if o == nil {
			o = r.last
			passed = append(passed, o.ID)
		}
		made, contacts = append(made, o), append(contacts, keys(shop, o))
	}
	var changed []orderdb.OrderSave
	var gone []orderhub.OrderID
	for id, r := range s.records {
		switch {
		case r.old == nil || r.now == r.old:
		case r.now == nil:
			gone = append(gone, id)
		default:
			changed = append(changed, orderdb.OrderSave{Old: r.old, New: r.now, Keys: keys(shop, r.now)})
		}
	}
	if err := tx.PurgeOrders(ctx, gone); err != nil {
		return err
	}
	if err := tx.ChangeOrders(ctx, changed); err != nil {
		return err
	}
	if err := tx.InsertOrders(ctx, made, contacts); err != nil {
		return err
	}
	if err := tx.PurgeOrders(ctx, passed); err != nil {
		return err
	}
	if err := s.exchange.save(ctx, tx, s.records); err != nil {
		return err
	}
	for name, c := range s.counters {
		if c.last == c.stored {
			continue
		}
		if err := tx.SaveCounter(ctx, name, c.last); err != nil {
			return err
		}
	}
	return nil
}

// keys are the order's contact in the form in which contacts are compared.
func keys(shop *orderhub.Shop, o *orderhub.Order) orderdb.Keys {
	email, _ := orderhub.ParseEmail(o.Contact.Email)
	return orderdb.Keys{Email: email, Phone: shop.Phone(o.Contact.Phone).Digits()}
}
