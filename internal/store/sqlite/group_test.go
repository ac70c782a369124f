package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/sqlite"
	"orderhub/internal/store/storetest"
)

// A group is many writes that waited for the same commit. It is made by
// holding the writer until all of them wait.
type group struct {
	mu     sync.Mutex
	ran    []int // in the order in which the functions ran
	told   []int // in the order in which their callers were answered
	errs   []error
	before bool // somebody was answered before all had run
}

// runGroup runs n writes in one group; each does what act does.
func runGroup(t *testing.T, db *store.DB, n int, act func(tx *store.Tx, i int) error) *group {
	t.Helper()
	holds, release := make(chan bool), make(chan bool)
	go db.Update(t.Context(), func(*store.Tx) error {
		holds <- true
		<-release
		return nil
	})
	<-holds
	g := &group{errs: make([]error, n)}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			g.errs[i] = db.Update(t.Context(), func(tx *store.Tx) error {
				g.mu.Lock()
				g.ran = append(g.ran, i)
				g.mu.Unlock()
				return act(tx, i)
			})
			g.mu.Lock()
			defer g.mu.Unlock()
			g.told = append(g.told, i)
			g.before = g.before || len(g.ran) < n
		})
		time.Sleep(time.Millisecond) // so that they wait in this sequence
	}
	time.Sleep(50 * time.Millisecond)
	close(release)
	wg.Wait()
	return g
}

func TestGroupIsAnsweredAfterItsCommit(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	refused := errors.New("no")
	g := runGroup(t, db, 30, func(tx *store.Tx, i int) error {
		if err := place(t.Context(), tx, shop, fmt.Sprint(i)); err != nil {
			return err
		}
		switch i % 5 {
		case 3:
			return refused
		case 4:
			panic("a bug")
		}
		return nil
	})
	if g.before {
		t.Errorf("somebody was answered before the last of the group had run; ran %v, told %v", g.ran, g.told)
	}
	for i, err := range g.errs {
		if i%5 < 3 && err != nil || i%5 == 3 && !errors.Is(err, refused) || i%5 == 4 && (err == nil || orderhub.KindOf(err) != orderhub.Internal) {
			t.Errorf("write %d: %v", i, err)
		}
	}
	if got := orders(t, db); got != [2]string{"18", "18"} {
		t.Errorf("%v orders and lines, want 18: the others were undone", got)
	}
}

// Members of a group see what those before them stored, and nothing of those
// that failed. Each runs once, also when one fails after it has written.
func TestGroupRunsInTurn(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	var seen []string
	g := runGroup(t, db, 4, func(tx *store.Tx, i int) error {
		n, err := ask(t.Context(), tx, `select count(*) from orders`)
		if err != nil {
			return err
		}
		seen = append(seen, n)
		if err := place(t.Context(), tx, shop, fmt.Sprint(i)); err != nil {
			return err
		}
		if i == 1 {
			return errors.New("undone")
		}
		return nil
	})
	var want []string
	stored := 0
	for _, i := range g.ran {
		want = append(want, fmt.Sprint(stored))
		if i != 1 {
			stored++
		}
	}
	if len(g.ran) != 4 || !slices.Equal(seen, want) {
		t.Errorf("they saw %v orders, want %v; ran %v", seen, want, g.ran)
	}
}

// A commit that fails is told to all, also to those whose own part was fine:
// nothing of theirs was stored.
func TestGroupWhoseCommitFailsStoresNothing(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	g := runGroup(t, db, 6, func(tx *store.Tx, i int) error {
		if err := place(t.Context(), tx, shop, fmt.Sprint(i)); err != nil {
			return err
		}
		if i != 3 {
			return nil
		}
		// A row that refers to nothing, looked at by the commit only.
		if _, err := ask(t.Context(), tx, `pragma defer_foreign_keys = on`); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `insert into customer_groups (shop_id, name) values (999, 'of no shop')`)
		return err
	})
	for i, err := range g.errs {
		if orderhub.KindOf(err) != orderhub.Unavailable {
			t.Errorf("write %d: %v, want unavailable", i, err)
		}
	}
	if got := orders(t, db); got != [2]string{"0", "0"} {
		t.Errorf("%v orders and lines, want none", got)
	}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return place(t.Context(), tx, shop, "next") }); err != nil {
		t.Errorf("the next write: %v", err)
	}
}

func TestGroupOfOneTurnsGroupCommitOff(t *testing.T) {
	file := t.TempDir() + "/hub.db"
	storetest.OpenFile(t, file, new(storetest.Clock).Now).Close()
	db := open(t, file, sqlite.Options{MaxGroup: 1})
	shop := newShop(t, db, "main")
	g := runGroup(t, db, 10, func(tx *store.Tx, i int) error {
		time.Sleep(5 * time.Millisecond)
		return place(t.Context(), tx, shop, fmt.Sprint(i))
	})
	if err := errors.Join(g.errs...); err != nil || !g.before {
		t.Errorf("all waited for one commit: %v; %v", g.before, err)
	}
	if got := orders(t, db); got != [2]string{"10", "10"} {
		t.Errorf("%v orders and lines, want 10", got)
	}
}

// A refusal before any write is what repeated requests look like: it must not
// make its siblings run again.
func TestRefusalBeforeAWriteCostsItsSiblingsNothing(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	g := runGroup(t, db, 6, func(tx *store.Tx, i int) error {
		if i%2 == 1 {
			known, err := taken(t.Context(), tx, shop, "0")
			if err == nil && known {
				err = orderhub.Taken("number")
			}
			return err
		}
		return place(t.Context(), tx, shop, fmt.Sprint(i))
	})
	if len(g.ran) != 6 || orders(t, db) != [2]string{"3", "3"} {
		t.Errorf("ran %v and stored %v, want each once and 3 orders", g.ran, orders(t, db))
	}
}

// The log does not grow for ever under commits without a pause.
func TestLogBeginsAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hub.db")
	db := storetest.OpenFile(t, file, time.Now)
	id := newShop(t, db, "main")
	var longest int64
	for begin, i := time.Now(), 0; time.Since(begin) < 4*time.Second; i++ {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.Shop(id).SaveAnswers(t.Context(), []store.KeyedAnswer{{
				Key: fmt.Sprint(i), Fingerprint: []byte("print"), Answer: store.Answer{Body: []byte(strings.Repeat("x", 400_000))},
			}})
		})
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(file + "-wal"); err == nil {
			longest = max(longest, info.Size())
		}
	}
	if longest > 150<<20 {
		t.Errorf("the log grew to %d MB", longest>>20)
	}
	t.Logf("the log grew to %d MB", longest>>20)
}
