package batch_test

import (
	"errors"
	"fmt"
	"testing"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// However many commands of a unit need a record that was not asked for, the unit
// is decided a few times and not once for each of them.
func TestManyCommandsReadTogether(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, shop *orderhub.Shop) {
		const many = 300
		decided := 0
		u := &batch.Unit{Shop: shop, Decide: func(b *batch.Batch) error {
			set := tallyOf(b)
			decided++
			return batch.Each(many, func(i int) error {
				name := fmt.Sprint("n", i)
				old, err := set.get(name)
				if err != nil {
					return err
				}
				batch.Put(b, set.now, name, old+1)
				return nil
			})
		}}
		if err := batch.Do(t.Context(), db, u); err != nil || decided > 3 {
			t.Errorf("Do = %v, decided %d times", err, decided)
		}
		wantCounters(t, db, map[string]int64{"n0": 1, "n299": 1})
	})
}

func TestEachEndsWithAnyOtherError(t *testing.T) {
	no := errors.New("no")
	for _, tt := range []struct {
		errs []error
		want error
		done int
	}{
		{nil, nil, 0},
		{[]error{nil, nil}, nil, 2},
		{[]error{batch.ErrMore, nil, batch.ErrMore}, batch.ErrMore, 3},
		{[]error{batch.ErrMore, no, nil}, no, 2},
	} {
		done := 0
		err := batch.Each(len(tt.errs), func(i int) error { done++; return tt.errs[i] })
		if !errors.Is(err, tt.want) || done != tt.done {
			t.Errorf("%v: %v after %d, want %v after %d", tt.errs, err, done, tt.want, tt.done)
		}
	}
}
