package importing

import (
	"context"
	"fmt"
	"math"
	"slices"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/importdb"
)

// undo takes back what a run stored, the last step first, each in one
// transaction that also forgets it: an undo that was cut off goes on.
func (w *worker) undo(ctx context.Context) error {
	ctx = orderhub.WithActor(ctx, orderhub.Actor{Door: "import", Key: w.i.Actor.Key, Import: w.i.ID, History: true})
	all := int64(0)
	below := math.MaxInt32
	for {
		var step *importdb.ImportStep
		var stored *orderhub.Import
		err := w.s.DB.Update(ctx, func(tx *store.Tx) (err error) {
			if step, err = tx.LastImportChanges(ctx, w.i.ID, below); err != nil {
				return err
			}
			if step == nil {
				stored, err = w.save(ctx, tx, func(i *orderhub.Import) {
					i.State, i.Part, i.UndoUntil = orderhub.ImportUndone, 1, tx.Now()
				})
				return err
			}
			tally, err := w.revert(ctx, tx, step)
			if err != nil {
				return err
			}
			if err := tx.ForgetImportChanges(ctx, step); err != nil {
				return err
			}
			stored, err = w.save(ctx, tx, func(i *orderhub.Import) {
				i.Undone.Removed += tally.Removed
				i.Undone.Restored += tally.Restored
				i.Undone.Kept += tally.Kept
				if all = max(all, step.Records); all > 0 {
					i.Part = 1 - float64(step.Records)/float64(all)
				}
			})
			return err
		})
		if err != nil {
			return err
		}
		w.i = stored
		w.tell()
		if step == nil {
			w.s.files().remove(w.i.File.Place)
			return nil
		}
		below = step.Step
	}
}

// A thing is a sort of record in the store, and who takes back what an import
// did to it.
type thing struct {
	name   string
	revert reverter
}

// things are in the sequence in which they go: an order before the customer
// that was registered for it.
var things = []thing{
	{thingBonus, revertBonuses},
	{thingOrder, revertOrders},
	{thingCard, revertCards},
	{thingProduct, revertProducts},
	{thingCustomer, revertCustomers},
}

// revert takes back one step, the last change of each thing first.
func (w *worker) revert(ctx context.Context, tx *store.Tx, step *importdb.ImportStep) (orderhub.UndoTally, error) {
	var tally orderhub.UndoTally
	d, err := parseDeeds(step.Changes)
	if err != nil {
		return tally, err
	}
	slices.Reverse(d.Changes)
	for _, t := range things {
		var some, others []change
		for _, c := range d.Changes {
			if c.Thing == t.name {
				some = append(some, c)
			} else {
				others = append(others, c)
			}
		}
		d.Changes = others
		if len(some) == 0 {
			continue
		}
		done, err := t.revert(ctx, tx, w.shop, some)
		if err != nil {
			return tally, err
		}
		for i, ok := range done {
			switch {
			case !ok:
				tally.Kept++
			case some[i].Old == nil:
				tally.Removed++
			default:
				tally.Restored++
			}
		}
	}
	if len(d.Changes) > 0 {
		return tally, fmt.Errorf("importing: a step changed a %q, which nobody can take back", d.Changes[0].Thing)
	}
	return tally, nil
}
