package jobs_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/riverqueue/river"

	"orderhub/internal/jobs"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A letter is a kind of job with a queue of its own.
type letter struct{}

func (letter) Kind() string                 { return "test.letter" }
func (letter) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: "letters"} }

// A parcel waits in the queue of the letters.
type parcel struct{ letter }

func (parcel) Kind() string { return "test.parcel" }

// carry is the kind of the jobs that a function works on.
func carry[T river.JobArgs](workers int, do func()) jobs.Kind {
	return jobs.Of(river.WorkFunc(func(context.Context, *river.Job[T]) error {
		do()
		return nil
	}), workers)
}

// Jobs that hang in one queue hold up those of the same queue and no others.
func TestFullQueueDelaysNoOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		begun, release := make(chan string, 10), make(chan bool)
		hang := func(kind string) func() {
			return func() { begun <- kind; <-release }
		}
		rung := make(chan bool)
		w := &tower{T: t, db: db}
		w.start(&jobs.Runner{Kinds: []jobs.Kind{
			carry[letter](2, hang("letter")),
			carry[parcel](2, hang("parcel")),
			carry[ring](0, func() { rung <- true }),
		}})
		w.enqueue(nil, letter{}, parcel{}, letter{}, parcel{})
		first := []string{<-begun, <-begun}
		for range 3 {
			w.enqueue(nil, ring{"north"})
			<-rung
		}
		if len(begun) > 0 {
			t.Errorf("after %v began %s, but two jobs fill the queue", first, <-begun)
		}
		close(release)
		w.stop()
		if err := <-w.ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestKindsThatContradictEachOther(t *testing.T) {
	nothing := func() {}
	for _, tt := range []struct {
		name  string
		kinds []jobs.Kind
		want  string // part of the error
	}{
		{"twice", []jobs.Kind{carry[ring](0, nothing), carry[ring](0, nothing)}, "two kinds are called test.ring"},
		{"two sizes", []jobs.Kind{carry[letter](2, nothing), carry[parcel](3, nothing)}, "test.parcel gives the queue letters 3 workers, which has 2"},
		{"no queue of its own", []jobs.Kind{carry[ring](2, nothing)}, "test.ring gives the queue default 2 workers"},
		{"a queue without workers", []jobs.Kind{carry[letter](0, nothing)}, "letters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			runner := &jobs.Runner{DB: storetest.Open(t), Log: slog.New(slog.DiscardHandler), Kinds: tt.kinds}
			if err := runner.Run(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Run = %v, want an error with %q", err, tt.want)
			}
		})
	}
}
