package once_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub/internal/once"
)

// Two programs on one database do not know of each other what runs. The work is
// done once, and every caller gets the answer of that, byte for byte, or has to
// come again.
func TestTwoProcessesDoTheWorkOnce(t *testing.T) {
	each(t, func(t *desk) {
		keepers := []*once.Keeper{{DB: t.db}, {DB: t.db}}
		for round := range 10 {
			r := t.ask(string(rune('a'+round)), "a")
			made, first := make([]*once.Answer, 20), make([]*once.Answer, 20)
			errs := make([]error, 20)
			together(20, func(i int) {
				first[i], made[i], errs[i] = keepers[i%2].Do(t.Context(), r, func() once.Answer { return answer(100*round + i) }, t.work(well))
			})
			var done *once.Answer
			for i, err := range errs {
				switch {
				case err != nil && !errors.Is(err, once.ErrRunning):
					t.Errorf("request %d: %v, want the first answer or %v", i, err, once.ErrRunning)
				case err == nil && first[i] == nil && done != nil:
					t.Errorf("request %d has done the work again", i)
				case err == nil && first[i] == nil:
					done = made[i]
				}
			}
			for i := range first {
				if first[i] != nil && cmp.Diff(done, first[i]) != "" {
					t.Errorf("request %d is answered otherwise (-want +got):\n%s", i, cmp.Diff(done, first[i]))
				}
			}
			t.wantStored(round + 1)
		}
	})
}

// The same without luck: one program has let the request in, the other does it
// all, and then the first one gets to work.
func TestWorkThatAnotherProcessDidMeanwhileIsNotDoneAgain(t *testing.T) {
	meanwhile := func(t *desk, r once.Request) {
		other := &desk{T: t.T, db: t.db, keep: &once.Keeper{DB: t.db}, shop: t.shop}
		other.wantDone(r)
	}
	each(t, func(t *desk) {
		r := t.ask("k", "a")
		got, _, err := t.do(r, func(o *once.Once) error {
			meanwhile(t, r)
			return t.noWork()(o)
		})
		if err != nil || got == nil || got.Status != 201 {
			t.Errorf("Do = %+v, %v, want the answer of the first", got, err)
		}
		t.wantStored(1)
		r.Key = "other"
		_, _, err = t.do(r, func(o *once.Once) error {
			meanwhile(t, t.ask("other", "another request"))
			return t.noWork()(o)
		})
		if !errors.Is(err, once.ErrOther) {
			t.Errorf("Do = %v, want %v", err, once.ErrOther)
		}
		t.wantStored(2)
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
