package search_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/search"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func TestWholeWordsAreFoundBeforeTheIndexKnows(t *testing.T) {
	each(t, func(t *shelf) {
		t.put(alena())
		for _, text := range []string{"order-number-1386", "УТ-00042", "alena.luczak@EXAMPLE.com", "8 912 345-67-89"} {
			t.want(text, "order-number-1386")
		}
		for _, text := range []string{"SKU-BOOT-45", "ART/777.1", "9"} {
			t.want(text)
		}
		t.want("алена")
		t.want("1386")
		t.catchUp()
		t.want("алена", "order-number-1386")
		t.want("1386", "order-number-1386")
		for _, text := range []string{"SKU-BOOT-45", "ART/777.1", "9"} {
			t.want(text, "order-number-1386")
		}
	})
}

func TestIndexFollowsChanges(t *testing.T) {
	each(t, func(t *shelf) {
		o := t.put(alena())
		t.catchUp()
		o.Contact.Name, o.Contact.Phone, o.Lines[0].Name, o.Code = "Борис", "+7 999 000-11-22", "Валенки", "УТ-99"
		t.change(o, orderhub.OrderChanged)
		// What the index still says is looked at again.
		for _, text := range []string{"алена", "сапоги", "3456789", "8 912 345 67 89", "00042"} {
			t.want(text)
		}
		t.want("79990001122", "order-number-1386")
		t.catchUp()
		for _, text := range []string{"борис", "валенки", "9990001", "ут-9", "борис тверь boot"} {
			t.want(text, "order-number-1386")
		}
		for _, text := range []string{"алена", "сапоги", "3456789"} {
			t.want(text)
		}
		o.Lines[1].Product = "7" // of the former product the index still knows
		t.change(o, orderhub.OrderChanged)
		t.catchUp()
		t.want("7", "order-number-1386")
		t.want("9")
		t.wantIndexed("борис", o.ID)
		t.wantIndexed("алена")
	})
}

func TestIndexForgetsDeletedOrders(t *testing.T) {
	each(t, func(t *shelf) {
		gone := t.put(alena())
		t.catchUp()
		t.delete(gone)
		for _, text := range []string{"алена", "order-number-1386", "SKU-BOOT-45", "8 912 345 67 89"} {
			t.want(text)
		}
		again := t.put(alena()) // its number is free
		t.catchUp()
		t.wantIndexed("алена", again.ID)
		if got := t.page("алена", orderhub.OrderFilter{}, 0, 10).Orders; len(got) != 1 || got[0].ID != again.ID {
			t.Errorf("found %v, want order %d", got, again.ID)
		}
		t.delete(again)
		brief := t.put(&orderhub.Order{Number: "B-1"})
		t.delete(brief) // before the index ever knew it
		t.catchUp()
		t.wantIndexed("алена")
		t.wantIndexed("b-1")
	})
}

// wantIndexed looks at the index itself.
func (t *shelf) wantIndexed(word string, want ...orderhub.OrderID) {
	t.Helper()
	err := t.db.View(t.Context(), func(tx *store.Tx) error {
		got, err := tx.Shop(t.shop.ID).SearchIndex(t.Context(), []string{word}, 1<<62, 100)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the index knows %q in the orders %v, want %v", word, got, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A program that ends between two batches leaves the rest to the next one.
func TestNothingIsLostBetweenBatches(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hub.db")
	s := newShelf(t, storetest.OpenFile(t, file, new(storetest.Clock).Now), "main")
	var want []string
	for i := range 60 {
		o := s.put(&orderhub.Order{Number: fmt.Sprintf("N-%02d", i), Contact: orderhub.Contact{Name: "Anna"}})
		if i%10 == 9 {
			s.delete(o)
			continue
		}
		want = append([]string{o.Number}, want...)
	}
	for range 4 {
		x := &search.Indexer{DB: s.db, Batch: 7}
		for range 2 {
			if n, err := x.Step(t.Context()); n != 7 || err != nil {
				t.Fatalf("Step = %d, %v, want 7", n, err)
			}
		}
		if err := s.db.Close(); err != nil {
			t.Fatal(err)
		}
		s.db = storetest.OpenFile(t, file, new(storetest.Clock).Now)
	}
	x := &search.Indexer{DB: s.db, Batch: 7}
	if n, err := x.Step(t.Context()); n != 7 || err != nil {
		t.Fatalf("Step = %d, %v, want 7: it goes on where the others were", n, err)
	}
	s.want("anna", want[len(want)-len(s.hits("anna")):]...) // the oldest so far
	s.catchUp()
	s.want("anna", want...)
	if n, err := x.Step(t.Context()); n != 0 || err != nil {
		t.Errorf("Step = %d, %v, want nothing left", n, err)
	}
}

func TestTwoIndexersTakeEachEventOnce(t *testing.T) {
	each(t, func(t *shelf) {
		for i := range 100 {
			t.put(&orderhub.Order{Number: fmt.Sprintf("N-%03d", i), Contact: orderhub.Contact{Name: "Anna"}})
		}
		t.settle()
		var taken atomic.Int64
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				x := &search.Indexer{DB: t.db, Batch: 3}
				for taken.Load() < 100 {
					n, err := x.Step(t.Context())
					if err != nil {
						t.Errorf("Step: %v", err)
						return
					}
					taken.Add(int64(n))
				}
			})
		}
		all.Wait()
		if n := taken.Load(); n != 100 {
			t.Errorf("two indexers took %d events, want 100", n)
		}
		if got := len(t.hits("anna")); got != 100 {
			t.Errorf("%d orders found, want 100", got)
		}
	})
}

// What is indexed was read before; the order may be gone when it is stored, or
// another program may have stored the same.
func TestStepSeesWhatHappensMeanwhile(t *testing.T) {
	each(t, func(t *shelf) {
		o := t.put(alena())
		t.settle()
		x := &search.Indexer{DB: t.db}
		if n, err := x.StepWhile(t.Context(), func() { t.delete(o) }); n != 1 || err != nil {
			t.Fatalf("Step = %d, %v, want 1", n, err)
		}
		t.wantIndexed("алена")
		t.catchUp()

		again := t.put(alena())
		t.settle()
		if n, err := x.StepWhile(t.Context(), t.catchUp); n != 0 || err != nil {
			t.Fatalf("Step = %d, %v, want 0: another program was first", n, err)
		}
		t.wantIndexed("алена", again.ID)
	})
}

// run starts an indexer and stops it when the test ends.
func (t *shelf) run(x *search.Indexer) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		x.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// waitFor looks until a text finds an order.
func (t *shelf) waitFor(text, number string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); len(t.hits(text)) == 0; {
		if time.Now().After(end) {
			t.Fatalf("%q is not found", text)
		}
	}
	t.want(text, number)
}

func TestRunKeepsUp(t *testing.T) {
	each(t, func(t *shelf) {
		t.put(&orderhub.Order{Number: "before", Contact: orderhub.Contact{Name: "Anna"}})
		t.run(&search.Indexer{DB: t.db, Pause: 1, Poll: time.Millisecond, Log: slog.New(slog.DiscardHandler)})
		t.waitFor("anna", "before")
		t.put(&orderhub.Order{Number: "while it runs", Contact: orderhub.Contact{Name: "Boris"}})
		t.waitFor("boris", "while it runs")
	})
}

// On SQLite nothing holds events up, so the wake-up alone must do.
func TestRunWakesOnCommit(t *testing.T) {
	s := newShelf(t, storetest.Open(t), "main")
	s.run(&search.Indexer{DB: s.db, Pause: 1, Poll: 1000 * time.Hour, Log: slog.New(slog.DiscardHandler)})
	for i := range 20 {
		number := fmt.Sprintf("number-%d!", i)
		s.put(&orderhub.Order{Number: number})
		s.waitFor(number[3:], number)
	}
}

// A log that says when the first line came.
type heard struct {
	slog.Handler
	line chan string
}

func (h heard) Enabled(context.Context, slog.Level) bool { return true }

func (h heard) Handle(_ context.Context, r slog.Record) error {
	select {
	case h.line <- r.Message:
	default:
	}
	return nil
}

func TestRunOutlivesFailuresAndEndsWithItsContext(t *testing.T) {
	db := storetest.Open(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	line := make(chan string)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		(&search.Indexer{DB: db, Poll: time.Millisecond, Log: slog.New(heard{line: line})}).Run(ctx)
	}()
	for range 3 {
		if got := <-line; got != "search index" {
			t.Errorf("logged %q, want search index", got)
		}
	}
	cancel()
	<-ended
}

// Events of no order, such as those of a feed, are passed over in few steps, and
// the orders among them are found.
func TestEventsOfNoOrderArePassedOver(t *testing.T) {
	each(t, func(t *shelf) {
		products := func(n int) {
			t.update(func(tx *store.Tx) error {
				events := make([]orderhub.Event, n)
				for i := range events {
					events[i] = orderhub.Event{Shop: t.shop.ID, Kind: orderhub.ProductCreated, Product: orderhub.ProductID(i + 1), Version: 1, At: storetest.Noon}
				}
				return tx.Shop(t.shop.ID).SaveEvents(t.Context(), events)
			})
		}
		steps := func() (n int) {
			t.settle()
			x := &search.Indexer{DB: t.db, Log: slog.New(slog.DiscardHandler), Batch: 10}
			for {
				taken, err := x.Step(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if taken == 0 {
					return n
				}
				n++
			}
		}
		products(4_000)
		t.put(alena())
		products(500)
		if n := steps(); n > 6 {
			t.Errorf("4,500 events of products took %d steps, want at most 6", n)
		}
		t.want("алена", "order-number-1386")
		products(10) // behind which more orders come than a step takes
		for i := range 25 {
			o := alena()
			o.Number = fmt.Sprint("many-", i)
			t.put(o)
		}
		if n := steps(); n < 3 {
			t.Errorf("25 orders took %d steps of 10 events", n)
		}
		t.wantIndexed("many-24", t.page("many-24", orderhub.OrderFilter{}, 0, 1).Orders[0].ID)
	})
}
