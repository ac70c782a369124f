package once_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/once"
	"orderhub/internal/store"
)

// Two programs on one database do not know of each other what runs. The one
// that comes second finds the customer there; its caller gets the answer of
// the first all the same, not that the customer exists already.
func TestTwoProcessesDoTheWorkOnce(t *testing.T) {
	each(t, func(t *desk) {
		keepers := []*once.Keeper{{DB: t.db}, {DB: t.db}}
		for round := range 10 {
			r := t.ask("k", "a")
			r.Key += string(rune('a' + round))
			var mu sync.Mutex
			var done []once.Answer
			answers := make([]*once.Answer, 20)
			errs := make([]error, 20)
			together(20, func(i int) {
				answers[i], errs[i] = keepers[i%2].Do(t.Context(), r, func(save once.Saver) error {
					given, err := t.claim(r.Key, save)
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						done = append(done, given)
					}
					return err
				})
			})
			if len(done) != 1 {
				t.Fatalf("the work was done %d times, want once", len(done))
			}
			for i, err := range errs {
				if err != nil && !errors.Is(err, once.ErrRunning) {
					t.Errorf("request %d: %v, want the first answer or %v", i, err, once.ErrRunning)
				}
				if diff := cmp.Diff(&done[0], answers[i]); answers[i] != nil && diff != "" {
					t.Errorf("request %d is answered otherwise (-want +got):\n%s", i, diff)
				}
			}
			t.wantStored(round + 1)
		}
	})
}

// claim registers a customer whose id nobody may have yet.
func (t *desk) claim(external string, save once.Saver) (given once.Answer, err error) {
	err = t.db.Update(t.Context(), func(tx *store.Tx) error {
		c := &orderhub.Customer{Shop: t.shop.ID, ExternalID: external}
		if err := tx.CreateCustomer(t.Context(), c); err != nil {
			return err
		}
		err := tx.ClaimIdentities(t.Context(), t.shop.ID, []store.Claim{{Kind: orderhub.ByExternal, Value: external, Customer: c.ID}})
		if errors.Is(err, store.ErrOvertaken) {
			err = orderhub.Taken("external_id")
		}
		if err != nil {
			return err
		}
		return save(func() once.Answer {
			given = answer(c.ID)
			return given
		})(t.Context(), tx)
	})
	return given, err
}

// The same without luck: the second looks, the first does it all, and then
// the second gets to work.
func TestWorkThatAnotherProcessDidMeanwhileIsUndone(t *testing.T) {
	first := func(t *desk, r once.Request) {
		other := &desk{T: t.T, db: t.db, keep: &once.Keeper{DB: t.db}, shop: t.shop}
		other.wantDone(r)
	}
	each(t, func(t *desk) {
		r := t.ask("k", "a")
		for name, work := range map[string]func(once.Saver) error{
			"done":    t.work(well),
			"refused": func(once.Saver) error { return orderhub.Taken("number") },
		} {
			r.Key = name
			got, err := t.keep.Do(t.Context(), r, func(save once.Saver) error {
				first(t, r)
				return work(save)
			})
			if err != nil || got == nil || got.Status != 201 {
				t.Errorf("%s: Do = %+v, %v, want the answer of the first", name, got, err)
			}
		}
		t.wantStored(2)
		r.Key = "other"
		_, err := t.keep.Do(t.Context(), r, func(save once.Saver) error {
			first(t, t.ask("other", "another request"))
			return t.work(well)(save)
		})
		if !errors.Is(err, once.ErrOther) {
			t.Errorf("Do = %v, want %v", err, once.ErrOther)
		}
		t.wantStored(3)
	})
}

// together runs n acts at the same time.
func together(n int, act func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			act(i)
		})
	}
	close(start)
	all.Wait()
}
