package ordering

import (
	"context"
	"time"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// An ImportEntry is what a file says of one order. What is nil is not said: an
// order that is there keeps it, and one that is made has what it would have if
// it came by an API without it.
type ImportEntry struct {
	// Ref names the order by its Number or, when that is "", by its Code. Only
	// an order with a number can be made.
	Ref orderhub.OrderRef

	// Change is what the file says by field. Its lines are kept with their
	// numbers when they are the same as before. UpdatedAt is kept only when the
	// order is made, and Buyer counts, by its external id, only for an order that
	// has no customer yet. Export, Delete, Spend and Edit are not looked at.
	Change orderhub.OrderChange
	FileChange
}

// An Imported is what became of one order of a file.
type Imported struct {
	orderhub.Verdict[orderhub.Order]
	Done time.Time // when the last change that followed from the order was made

	// Customer is the one that the order's buyer registered or completed; nil when the
	// customer was there, came with an order before, or there is none.
	Customer *orderhub.Verdict[orderhub.Customer]
}

// ImportAll judges orders of a file, each by itself and on the result of those
// before it, and stores those that it does not refuse; when dry it only reads,
// and comes to the same outcomes. It returns one verdict for each, in their
// sequence. No two may have the same number; several that mean one order by its
// code change it one after the other. ImportAll is a batch in the caller's
// transaction.
//
// An order that is there is changed, as by Amend; one that is not is made, as
// by Place. Its customer is found by the contact and the buyer, or registered;
// an order that is linked already stays so, whatever the contact says.
//
// When the act is a backfill (see orderhub.Actor) an order that is made has
// happened when the file says, and no reader has still to take it; one that is
// there is as much to be taken as before. A customer who is registered has been
// one since the order was placed.
func ImportAll(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []ImportEntry, mode orderhub.Mode, dry bool) ([]Imported, error) {
	i := &imports{verdicts: make([]Imported, len(all))}
	units := make([]*batch.Unit, len(all))
	for n := range all {
		units[n] = i.unit(ctx, shop, n, all[n].command(mode))
	}
	if err := batch.Step(ctx, tx, dry, units...); err != nil {
		return nil, err
	}
	for n, u := range units {
		if err := u.Err(); err != nil {
			if len(orderhub.All(err)) == 0 {
				return nil, err
			}
			i.verdicts[n] = Imported{Verdict: orderhub.Verdict[orderhub.Order]{Outcome: refused(err), Err: err}}
		}
	}
	i.findCustomers()
	return i.verdicts, nil
}

func (e *ImportEntry) command(mode orderhub.Mode) *Command {
	c := e.Change
	c.Export, c.Delete, c.Spend, c.Edit = nil, false, nil, nil
	return &Command{Ref: e.Ref, Mode: mode, Change: c, File: &e.FileChange}
}

// refused is what became of an order that is refused: one that contradicts what
// is stored is a conflict, one that is wrong by itself is invalid.
func refused(err error) orderhub.Outcome {
	for _, e := range orderhub.All(err) {
		if e.Kind != orderhub.Duplicate && e.Kind != orderhub.NotFound && e.Kind != orderhub.Conflict {
			return orderhub.OutcomeInvalid
		}
	}
	return orderhub.OutcomeConflict
}

// imports are the orders of one step of a file.
type imports struct {
	verdicts []Imported
	orders   *set
}

// unit is one order of a file.
func (i *imports) unit(ctx context.Context, shop *orderhub.Shop, n int, c *Command) *batch.Unit {
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) { in(b).askFor(c) }
	u.Decide = func(b *batch.Batch) error {
		i.orders = in(b)
		out, err := i.orders.do(c)
		if err != nil {
			return err
		}
		v := orderhub.Verdict[orderhub.Order]{Old: out.old, Now: out.now, Outcome: orderhub.OutcomeUpdated}
		switch {
		case out.made():
			v.Outcome = orderhub.OutcomeCreated
		case out.now == out.old:
			v.Outcome = orderhub.OutcomeUnchanged
		}
		i.verdicts[n] = Imported{Verdict: v, Done: b.Last()}
		return nil
	}
	return u
}

// findCustomers finds which customers the orders have registered or completed,
// each at the first of its orders.
func (i *imports) findCustomers() {
	if i.orders == nil {
		return
	}
	touched := i.orders.customers.Verdicts()
	for n := range i.verdicts {
		v := &i.verdicts[n]
		if v.Outcome != orderhub.OutcomeCreated && v.Outcome != orderhub.OutcomeUpdated {
			continue
		}
		v.Customer = touched[v.Now.Customer]
		delete(touched, v.Now.Customer)
	}
}

// Check says what is wrong with an entry by itself, whatever is stored: for
// files of which a part could not be read, so that all is reported at once.
func (e *ImportEntry) Check(shop *orderhub.Shop) error {
	c := e.command(orderhub.Mode{New: true})
	_, err := changed(nil, c, facts{shop: shop, at: checkTime})
	return err
}
