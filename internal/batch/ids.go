package batch

import (
	"context"
	"slices"

	"orderhub/internal/store"
	"orderhub/internal/store/query"
)

// IDs are those of the new records of a set. While units are decided a new
// record has a negative id; Number replaces it wherever it was kept. So exactly
// as many ids are used as records are stored, unless more were expected.
type IDs[ID ~int64] struct {
	made ID        // how many were made
	live []ID      // those of units that did not fail, in the sequence of making
	kept []*ID     // where ids are that may be new
	real map[ID]ID // what they became

	expected int     // how many will be wanted
	reserved []int64 // for new records
}

// fewReserved are not worth the gap that ids leave which are not needed after
// all.
const fewReserved = 8

// Expect says that the present unit will make n records, unless it is refused.
// When the units of a batch expect many, their ids come with the first look-up,
// which saves a round trip; on a database with several writers those that turn
// out not to be needed stay unused.
func (i *IDs[ID]) Expect(b *Batch, n int) {
	if !b.Dry {
		i.expected += n
	}
}

// Reserve takes the ids that are expected. It is part of a look-up.
func (i *IDs[ID]) Reserve(ctx context.Context, tx *store.ShopTx, t query.Table) (err error) {
	n := i.expected
	if i.expected = 0; n > fewReserved {
		i.reserved, err = tx.NextIDs(ctx, t, n)
	}
	return err
}

// New is the id of a new record.
func (i *IDs[ID]) New(b *Batch) ID {
	i.made++
	id := -i.made
	Assign(b, &i.live, append(i.live, id))
	return id
}

// Keep replaces an id, should it be that of a new record, when that gets its
// own. The place must stay what it is.
func (i *IDs[ID]) Keep(place *ID) {
	if *place < 0 {
		i.kept = append(i.kept, place)
	}
}

// Real is what an id became: itself, unless it was that of a new record.
func (i *IDs[ID]) Real(id ID) ID {
	if id < 0 {
		return i.real[id]
	}
	return id
}

// Number takes ids of the table for the new records, in the sequence in which
// they were made.
func (i *IDs[ID]) Number(ctx context.Context, tx *store.ShopTx, t query.Table) error {
	if len(i.live) == 0 {
		return nil
	}
	ids := i.reserved
	if len(ids) < len(i.live) {
		var err error
		if ids, err = tx.NextIDs(ctx, t, len(i.live)); err != nil {
			return err
		}
	}
	i.real = make(map[ID]ID, len(i.live))
	for n, id := range i.live {
		i.real[id] = ID(ids[n])
	}
	for _, place := range i.kept {
		if real, ok := i.real[*place]; ok { // else its unit has failed
			*place = real
		}
	}
	i.kept = slices.Delete(i.kept, 0, len(i.kept))
	return nil
}
