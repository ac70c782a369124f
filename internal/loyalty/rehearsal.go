package loyalty

import (
	"time"

	"orderhub"
)

// A BonusRehearsal remembers what the bookings of a file would leave in each
// wallet, for as long as the file is rehearsed. The zero value is ready.
type BonusRehearsal struct {
	wallets map[orderhub.CustomerID]*rehearsedWallet
	before  map[orderhub.CustomerID]*rehearsedWallet // those that the last call has changed; nil for one that was not known
}

// A rehearsedWallet is a wallet without its rows, of which a rehearsal would
// keep those of a whole file.
type rehearsedWallet struct {
	lots, debts []rehearsedRow
}

type rehearsedRow struct {
	expires time.Time
	points  int64
	order   orderhub.OrderID
}

// keep remembers what a call leaves.
func (r *BonusRehearsal) keep(wallets map[orderhub.CustomerID]*wallet) {
	if r.wallets == nil {
		r.wallets = make(map[orderhub.CustomerID]*rehearsedWallet)
	}
	r.before = make(map[orderhub.CustomerID]*rehearsedWallet, len(wallets))
	for id, w := range wallets {
		kept := new(rehearsedWallet)
		for _, lot := range w.lots {
			kept.lots = append(kept.lots, rehearsedRow{lot.ExpiresAt, lot.left, lot.Order})
		}
		for _, debt := range w.debts {
			kept.debts = append(kept.debts, rehearsedRow{points: debt.Points, order: debt.Order})
		}
		r.before[id], r.wallets[id] = r.wallets[id], kept
	}
}

// open makes a wallet of what the calls before have left; nil when they had
// nothing to do with the customer, or there were none.
func (r *BonusRehearsal) open(l *Ledger, id orderhub.CustomerID) *wallet {
	if r == nil || r.wallets[id] == nil {
		return nil
	}
	w := new(wallet)
	l.customers.AskID(id)
	row := func(x rehearsedRow, state orderhub.BonusState) *row {
		return &row{made: true, left: x.points, BonusEntry: orderhub.BonusEntry{ID: l.ids.New(l.b), Customer: id, Order: x.order,
			Points: x.points, State: state, ExpiresAt: x.expires}}
	}
	for _, x := range r.wallets[id].lots {
		w.lots = append(w.lots, row(x, orderhub.BonusActive))
	}
	for _, x := range r.wallets[id].debts {
		w.debts = append(w.debts, row(x, orderhub.BonusPending))
	}
	l.wallets[id] = w
	return w
}

// Again forgets what the last call of ImportBonuses has left, whose bookings
// are to come again.
func (r *BonusRehearsal) Again() {
	for id, w := range r.before {
		if w == nil {
			delete(r.wallets, id)
		} else {
			r.wallets[id] = w
		}
	}
	r.before = nil
}
