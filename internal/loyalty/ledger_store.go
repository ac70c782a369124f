package loyalty

import (
	"context"
	"maps"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
	"orderhub/internal/store/carddb"
)

// wantedRows are what a ledger is to read next.
type wantedRows struct {
	orders  map[orderhub.OrderID]bool
	wallets map[orderhub.CustomerID]bool
	keys    map[string]bool
	rows    map[orderhub.BonusID]bool
}

func newWantedRows() wantedRows {
	return wantedRows{make(map[orderhub.OrderID]bool), make(map[orderhub.CustomerID]bool), make(map[string]bool), make(map[orderhub.BonusID]bool)}
}

// AskOrder has the rows of an order read, and the wallets that they concern.
func (l *Ledger) AskOrder(id orderhub.OrderID) {
	if _, read := l.ofOrder[id]; !read && id > 0 {
		l.wanted.orders[id] = true
	}
}

// AskCustomer has what a customer needs to spend read: the wallet, and the
// cards.
func (l *Ledger) AskCustomer(id orderhub.CustomerID) {
	l.askWallet(id)
	l.cards.askOwner(id)
}

func (l *Ledger) askWallet(id orderhub.CustomerID) {
	if l.wallets[id] == nil && id > 0 {
		l.wanted.wallets[id] = true
		l.customers.AskID(id)
	}
}

// askKey has the row of a sender's key read.
func (l *Ledger) askKey(key string) {
	if _, read := l.byKey[key]; !read && key != "" && orderhub.Storable(key) {
		l.wanted.keys[key] = true
	}
}

// Read reads what was asked for.
func (l *Ledger) Read(ctx context.Context, tx *store.ShopTx) (bool, error) {
	w := &l.wanted
	if len(w.orders)+len(w.wallets)+len(w.keys)+len(w.rows) == 0 {
		return false, nil
	}
	for _, step := range []func(context.Context, *store.ShopTx) error{l.readKeys, l.readRows, l.readOrders, l.readWallets} {
		if err := step(ctx, tx); err != nil {
			return false, err
		}
	}
	return true, nil
}

// intern returns the row of an entry, as the batch has it.
func (l *Ledger) intern(e *orderhub.BonusEntry) *row {
	r := l.rows[e.ID]
	if r == nil {
		r = &row{BonusEntry: *e}
		l.rows[e.ID] = r
	}
	return r
}

func (l *Ledger) readKeys(ctx context.Context, tx *store.ShopTx) error {
	keys := batch.Take(l.wanted.keys)
	found, err := tx.BonusesByKeys(ctx, keys)
	for _, key := range keys {
		l.byKey[key] = nil
		if e := found[key]; e != nil {
			l.byKey[key] = l.intern(e)
		}
	}
	return err
}

// readRows reads rows by their ids, with what is allocated to them and by them,
// and the wallets that they concern.
func (l *Ledger) readRows(ctx context.Context, tx *store.ShopTx) error {
	ids := batch.Take(l.wanted.rows)
	found, err := tx.BonusesByIDs(ctx, ids)
	if err != nil {
		return err
	}
	for _, e := range found {
		l.askWallet(l.intern(e).Customer)
	}
	return l.readAllocations(ctx, tx, ids)
}

func (l *Ledger) readOrders(ctx context.Context, tx *store.ShopTx) error {
	ids := batch.Take(l.wanted.orders)
	found, err := tx.BonusesOfOrders(ctx, ids)
	if err != nil {
		return err
	}
	var out []orderhub.BonusID
	for _, id := range ids {
		l.ofOrder[id] = nil
		for _, e := range found[id] {
			r := l.intern(e)
			l.ofOrder[id] = append(l.ofOrder[id], r)
			l.askWallet(r.Customer)
			if r.Points < 0 && r.State.Counts() {
				out = append(out, r.ID)
			}
		}
	}
	return l.readAllocations(ctx, tx, out)
}

// readAllocations reads where points of rows went or were taken from, and the
// rows at the other ends.
func (l *Ledger) readAllocations(ctx context.Context, tx *store.ShopTx, ids []orderhub.BonusID) error {
	all, err := tx.Allocations(ctx, ids)
	if err != nil {
		return err
	}
	missing := make(map[orderhub.BonusID]bool)
	for _, a := range all {
		for _, id := range []orderhub.BonusID{a.Lot, a.Entry} {
			if l.rows[id] == nil {
				missing[id] = true
			}
		}
	}
	found, err := tx.BonusesByIDs(ctx, slices.Sorted(maps.Keys(missing)))
	if err != nil {
		return err
	}
	for _, e := range found {
		l.intern(e)
	}
	for _, a := range all {
		r, lot := l.rows[a.Entry], l.rows[a.Lot]
		known := slices.ContainsFunc(r.stored, func(b allocation) bool { return b.lot == lot })
		if !known && !r.changed {
			r.stored = append(r.stored, allocation{lot, a.Points})
			r.allocations = r.stored
		}
	}
	return nil
}

func (l *Ledger) readWallets(ctx context.Context, tx *store.ShopTx) error {
	ids := batch.Take(l.wanted.wallets)
	lots, err := tx.Lots(ctx, ids)
	if err != nil {
		return err
	}
	debts, err := tx.Debts(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		w := new(wallet)
		for _, lot := range lots[id] {
			r := l.intern(lot.BonusEntry)
			r.left = lot.Left
			w.lots = append(w.lots, r)
		}
		for _, e := range debts[id] {
			w.debts = append(w.debts, l.intern(e))
		}
		l.wallets[id] = w
	}
	return nil
}

// Number gives new rows their ids.
func (l *Ledger) Number(ctx context.Context, tx *store.ShopTx) error {
	return l.ids.Number(ctx, tx, carddb.BonusTable)
}

// Save stores the rows that were made and changed, and their allocations.
func (l *Ledger) Save(ctx context.Context, tx *store.ShopTx) error {
	var made, saved []*orderhub.BonusEntry
	var allocated []carddb.Allocation
	var dropped, removed []orderhub.BonusID
	for _, r := range l.removed {
		removed = append(removed, r.ID)
	}
	for _, r := range l.made {
		made = append(made, &r.BonusEntry)
		allocated = append(allocated, r.toStore()...)
	}
	for _, r := range l.changed {
		if !slices.Contains(l.removed, r) {
			saved = append(saved, &r.BonusEntry)
		}
		if slices.Equal(r.allocations, r.stored) {
			continue
		}
		allocated = append(allocated, r.toStore()...)
		if len(r.stored) > 0 {
			dropped = append(dropped, r.ID)
		}
	}
	for _, step := range []func() error{
		func() error { return tx.DropAllocations(ctx, dropped) },
		func() error { return tx.RemoveBonuses(ctx, removed) },
		func() error { return tx.AddBonuses(ctx, made) },
		func() error { return tx.SaveBonuses(ctx, saved) },
		func() error { return tx.AddAllocations(ctx, allocated) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// toStore are the allocations of a row in the form of the store.
func (r *row) toStore() []carddb.Allocation {
	all := make([]carddb.Allocation, len(r.allocations))
	for i, a := range r.allocations {
		all[i] = carddb.Allocation{Shop: r.Shop, Lot: a.lot.ID, Entry: r.ID, Points: a.points}
	}
	return all
}
