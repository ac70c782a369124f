package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"

	"orderhub"
	"orderhub/internal/jobs"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A ring is a kind of job that only tests know.
type ring struct {
	Bell string
}

func (ring) Kind() string { return "test.ring" }

// A ringer works on rings, one after the other.
type ringer struct {
	river.WorkerDefaults[ring]
	work func(ctx context.Context, bell string, attempt int) error
}

func (r *ringer) Work(ctx context.Context, job *river.Job[ring]) error {
	return r.work(ctx, job.Args.Bell, job.Attempt)
}

// NextRetry spares a test the second that people are given to mend things.
func (r *ringer) NextRetry(*river.Job[ring]) time.Time { return time.Now() }

// A tower is a store with a runner at work.
type tower struct {
	*testing.T
	db    *store.DB
	ended chan error // receives what Run returned
	stop  context.CancelFunc
	asked <-chan struct{} // closed when stop was called
	lines lines
}

// each runs a test on every database, with a runner that rings.
func each(t *testing.T, work func(t *tower, ctx context.Context, bell string, attempt int) error, test func(t *tower)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &tower{T: t, db: db}
		w.start(&jobs.Runner{Workers: 1, Kinds: []jobs.Kind{
			jobs.Of(&ringer{work: func(ctx context.Context, bell string, attempt int) error {
				return work(w, ctx, bell, attempt)
			}}, 0),
		}})
		test(w)
		w.stop()
		if err := <-w.ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func (t *tower) start(r *jobs.Runner) {
	ctx, stop := context.WithCancel(t.Context())
	t.ended, t.stop, t.asked = make(chan error, 1), stop, ctx.Done()
	r.DB, r.Log = t.db, slog.New(&t.lines)
	go func() { t.ended <- r.Run(ctx) }()
}

// enqueue stores jobs in one transaction, which ends with err.
func (t *tower) enqueue(err error, all ...river.JobArgs) {
	t.Helper()
	got := t.db.Update(t.Context(), func(tx *store.Tx) error {
		for _, job := range all {
			if err := tx.Enqueue(t.Context(), job); err != nil {
				return err
			}
		}
		return err
	})
	if !errors.Is(got, err) {
		t.Fatalf("Update = %v, want %v", got, err)
	}
}

// Lines are what was logged.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *lines) WithGroup(string) slog.Handler            { return l }
func (l *lines) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, r.Level.String()+" "+r.Message)
	return nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%q", l.all)
}

func TestJobRunsWhenItsCauseIsThere(t *testing.T) {
	rung := make(chan error, 1)
	each(t, func(t *tower, ctx context.Context, bell string, _ int) error {
		rung <- t.db.View(ctx, func(tx *store.Tx) error {
			_, err := tx.ShopByName(ctx, bell)
			return err
		})
		return nil
	}, func(t *tower) {
		err := t.db.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.Enqueue(t.Context(), ring{"north"}); err != nil {
				return err
			}
			return tx.CreateShop(t.Context(), &orderhub.Shop{Name: "north", Zone: "UTC", Currency: "RUB", Identify: orderhub.ByEmail})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-rung; err != nil {
			t.Errorf("when the job ran: %v", err)
		}
	})
}

func TestJobOfAnUndoneTransactionNeverRuns(t *testing.T) {
	rung := make(chan string, 10)
	each(t, func(_ *tower, _ context.Context, bell string, _ int) error {
		rung <- bell
		return nil
	}, func(t *tower) {
		t.enqueue(errors.New("no"), ring{"undone"})
		t.enqueue(nil, ring{"first"}, ring{"second"})
		got := []string{<-rung, <-rung}
		t.enqueue(errors.New("no"), ring{"undone"})
		t.enqueue(nil, ring{"third"})
		got = append(got, <-rung)
		if diff := cmp.Diff([]string{"first", "second", "third"}, got); diff != "" {
			t.Errorf("rung (-want +got):\n%s", diff)
		}
	})
}

func TestFailedJobIsTriedAgain(t *testing.T) {
	rung := make(chan int, 10)
	each(t, func(_ *tower, _ context.Context, _ string, attempt int) error {
		rung <- attempt
		switch attempt {
		case 1:
			return errors.New("the rope broke")
		case 2:
			panic("the bell fell")
		}
		return nil
	}, func(t *tower) {
		t.enqueue(nil, ring{"north"})
		if got := []int{<-rung, <-rung, <-rung}; !cmp.Equal(got, []int{1, 2, 3}) {
			t.Errorf("attempts %v, want 1, 2, 3", got)
		}
	})
}

func TestFailuresAreLoggedAndTheDailyRoundIsNot(t *testing.T) {
	rung := make(chan int, 10)
	each(t, func(_ *tower, _ context.Context, bell string, attempt int) error {
		rung <- attempt
		if bell == "broken" && attempt == 1 {
			return errors.New("the rope broke")
		}
		if bell == "broken" && attempt == 2 {
			panic("the bell fell")
		}
		return nil
	}, func(t *tower) {
		t.enqueue(nil, ring{"north"})
		<-rung
		if got := t.lines.String(); got != "[]" {
			t.Errorf("logged %s, want nothing", got)
		}
		t.enqueue(nil, ring{"broken"})
		for range 3 {
			<-rung
		}
		if got := t.lines.String(); !strings.HasPrefix(got, `["ERROR job failed" "ERROR `) || !strings.Contains(got, "panic") {
			t.Errorf("logged %s, want the failure and the panic", got)
		}
	})
}

func TestRunWaitsForTheJobThatRuns(t *testing.T) {
	begun, done := make(chan bool, 1), make(chan error, 1)
	each(t, func(t *tower, ctx context.Context, _ string, _ int) error {
		begun <- true
		<-t.asked
		for range 100 { // something to wait for
			if _, err := t.db.Count(ctx); err != nil {
				done <- err
				return err
			}
		}
		done <- ctx.Err()
		return nil
	}, func(t *tower) {
		t.enqueue(nil, ring{"north"})
		<-begun
		t.stop()
		err := <-t.ended
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("the job was disturbed: %v", err)
			}
		default:
			t.Error("Run ended before the job")
		}
		t.ended <- err
	})
}

func TestRunGivesUpOnAJobThatOutlastsItsGrace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		begun, release := make(chan bool), make(chan bool)
		w := &tower{T: t, db: db}
		w.start(&jobs.Runner{Grace: time.Millisecond, Kinds: []jobs.Kind{
			jobs.Of(&ringer{work: func(context.Context, string, int) error {
				begun <- true
				<-release
				return nil
			}}, 0),
		}})
		w.enqueue(nil, ring{"north"})
		<-begun
		w.stop()
		if err := <-w.ended; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run = %v, want %v", err, context.DeadlineExceeded)
		}
		close(release)
	})
}

// A chore is done once at the start, and then comes back by itself.
func TestChoreComesBackByItself(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		done := make(chan bool)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		runner := &jobs.Runner{DB: db, Log: slog.New(slog.DiscardHandler), Kinds: []jobs.Kind{
			jobs.Tidy(db),
			jobs.Chore("bell.oil", 50*time.Millisecond, func(context.Context) error { done <- true; return nil }),
		}}
		go func() { ended <- runner.Run(ctx) }()
		for range 3 {
			<-done
		}
		stop()
		for {
			select {
			case <-done: // one that was on its way
			case err := <-ended:
				if err != nil {
					t.Errorf("Run = %v", err)
				}
				return
			}
		}
	})
}
