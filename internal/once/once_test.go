package once_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/once"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A desk does one thing, register a customer, and keeps its answers.
type desk struct {
	*testing.T
	db      *store.DB
	keep    *once.Keeper
	shop    *orderhub.Shop
	answers int // made so far
}

func each(t *testing.T, test func(t *desk)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(newDesk(t, db)) })
}

func newDesk(t *testing.T, db *store.DB) *desk {
	t.Helper()
	d := &desk{T: t, db: db, keep: &once.Keeper{DB: db}}
	d.shop = d.newShop("main")
	return d
}

func (t *desk) newShop(name string) *orderhub.Shop {
	t.Helper()
	s := &orderhub.Shop{Name: name, Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail, Statuses: orderhub.DefaultStatuses()}
	err := t.db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), s) })
	if err != nil {
		t.Fatalf("create shop %s: %v", name, err)
	}
	return s
}

// ask is a request under a key.
func (t *desk) ask(key string, text ...string) once.Request {
	return once.Request{Shop: t.shop.ID, Key: key, Text: append([]string{"POST", "/consumers"}, text...)}
}

// work is a request that is stored as an event, and fails with the error that
// then returns.
func (t *desk) work(then func() error) func(*once.Once) error {
	return func(o *once.Once) error {
		u := batch.New(t.Context(), t.shop)
		u.Once = o
		u.Decide = func(b *batch.Batch) error {
			b.Record(&batch.Event{Event: orderhub.Event{Kind: orderhub.CustomerActed}})
			return then()
		}
		return batch.Do(t.Context(), t.db, u)
	}
}

// do does a request whose answer names how many answers were made before it.
func (t *desk) do(r once.Request, work func(*once.Once) error) (first, made *once.Answer, err error) {
	return t.keep.Do(t.Context(), r, func() once.Answer { t.answers++; return answer(t.answers) }, work)
}

func answer(id int) once.Answer {
	return once.Answer{Status: 201, ContentType: "application/vnd.api+json", Location: fmt.Sprint("/c/", id), Body: fmt.Appendf(nil, "{\"id\": %d}\n\x00\xFF", id)}
}

func well() error { return nil }

// wantDone lets the request do its work for the first time.
func (t *desk) wantDone(r once.Request) {
	t.Helper()
	got, made, err := t.do(r, t.work(well))
	if got != nil || made == nil || err != nil {
		t.Fatalf("Do = %+v, %+v, %v, want the work done and no answer of before", got, made, err)
	}
}

// wantAnswer wants a request to get an answer of before, and no work done.
func (t *desk) wantAnswer(r once.Request, want once.Answer) {
	t.Helper()
	got, _, err := t.do(r, t.noWork())
	if diff := cmp.Diff(&want, got); err != nil || diff != "" {
		t.Errorf("Do: %v, answer (-want +got):\n%s", err, diff)
	}
}

// noWork is work that must not be done.
func (t *desk) noWork() func(*once.Once) error {
	return t.work(func() error {
		t.Error("the work is done, want it not to be")
		return nil
	})
}

func (t *desk) wantError(r once.Request, want error) {
	t.Helper()
	if got, _, err := t.do(r, t.noWork()); got != nil || !errors.Is(err, want) {
		t.Errorf("Do(%q) = %+v, %v, want %v", r.Key, got, err, want)
	}
}

// wantStored checks how many requests and answers are stored: as many of the
// one as of the other, or something fell that should have stood.
func (t *desk) wantStored(want int) {
	t.Helper()
	answers := 0
	err := t.db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), "select count(*) from answers")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&answers); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	n, countErr := t.db.Count(t.Context())
	if err != nil || countErr != nil || n.Events != want || answers != want {
		t.Errorf("%d requests and %d answers are stored, %v, %v; want %d of each", n.Events, answers, err, countErr, want)
	}
}

func TestFirstAnswerComesAgain(t *testing.T) {
	each(t, func(t *desk) {
		t.wantDone(t.ask("k", "a"))
		t.wantAnswer(t.ask("k", "a"), answer(1))
		t.keep = &once.Keeper{DB: t.db} // the program was started anew
		t.wantAnswer(t.ask("k", "a"), answer(1))
		t.wantDone(t.ask("K", "a")) // another key, to the letter
		t.wantStored(2)
	})
}

func TestKeyOfAnotherRequestIsRefused(t *testing.T) {
	each(t, func(t *desk) {
		t.wantDone(t.ask("k", "ab", "c"))
		for _, text := range [][]string{{"ab", "d"}, {"a", "bc"}, {"abc"}, {"ab", "c", ""}, {"ab"}, nil} {
			t.wantError(t.ask("k", text...), once.ErrOther)
		}
		t.wantStored(1)
	})
}

func TestKeysOfShopsDoNotMeet(t *testing.T) {
	each(t, func(t *desk) {
		t.wantDone(t.ask("k"))
		t.shop = t.newShop("other")
		t.wantDone(t.ask("k"))
		t.wantAnswer(t.ask("k"), answer(2))
	})
}

func TestRequestThatStillRunsIsRefused(t *testing.T) {
	each(t, func(t *desk) {
		other := &desk{T: t.T, db: t.db, keep: t.keep, shop: t.newShop("other")}
		ran := false
		_, _, err := t.do(t.ask("k", "a"), func(o *once.Once) error {
			t.wantError(t.ask("k", "a"), once.ErrRunning)
			t.wantError(t.ask("k", "b"), once.ErrRunning)
			other.wantDone(other.ask("k", "a")) // the same key of another shop runs at the same time
			ran = true
			return t.work(well)(o)
		})
		if err != nil || !ran {
			t.Fatalf("Do = %v, ran %v", err, ran)
		}
		t.wantAnswer(t.ask("k", "a"), answer(1))
	})
}

// However the work ends, its key is free then.
func TestRefusedWorkLeavesNothing(t *testing.T) {
	each(t, func(t *desk) {
		refused := orderhub.Wrong("email", "is not an e-mail address")
		for name, work := range map[string]func(*once.Once) error{
			"before anything": func(*once.Once) error { return refused },
			"after saving":    t.work(func() error { return refused }),
		} {
			if got, _, err := t.do(t.ask("k", name), work); got != nil || !errors.Is(err, refused) {
				t.Errorf("%s: Do = %+v, %v, want %v", name, got, err, refused)
			}
			t.wantStored(0)
		}
		func() {
			defer func() { recover() }()
			t.do(t.ask("k", "panic"), func(*once.Once) error { panic("broken") })
		}()
		t.wantDone(t.ask("k", "corrected"))
		t.wantStored(1)
	})
}

// When nobody can say whether the work was stored, the answer that is there
// says it.
func TestWorkWhoseCommitWasNotAnsweredIsLookedUp(t *testing.T) {
	each(t, func(t *desk) {
		got, _, err := t.do(t.ask("k"), func(o *once.Once) error {
			if err := t.work(well)(o); err != nil {
				return err
			}
			return fmt.Errorf("%w (connection lost)", store.ErrUnknown)
		})
		if diff := cmp.Diff(new(answer(1)), got); err != nil || diff != "" {
			t.Errorf("Do: %v, answer (-want +got):\n%s", err, diff)
		}
		_, _, err = t.do(t.ask("l"), func(*once.Once) error { return store.ErrUnknown })
		if !errors.Is(err, store.ErrUnknown) {
			t.Errorf("Do = %v, want %v", err, store.ErrUnknown)
		}
	})
}

func TestKeysThatAreNoneAreRefused(t *testing.T) {
	each(t, func(t *desk) {
		for _, key := range []string{"", strings.Repeat("k", 256), strings.Repeat("ж", 256), "a\x00b", "\xFF", "a\xED\xA0\x80"} {
			t.wantError(t.ask(key), once.ErrKey)
		}
		for i, key := range []string{" ", "\r\n\t\x01\x7F", strings.Repeat("ж", 255), `'; drop table answers; --`, "{{.}}", "../k", "%00", "\u202e", "k\u0301", "\U0001F6D2"} {
			t.wantDone(t.ask(key))
			t.wantAnswer(t.ask(key), answer(i+1))
		}
	})
}

func TestAnswersAreForgottenAfterADay(t *testing.T) {
	each(t, func(t *desk) {
		t.wantDone(t.ask("k"))
		for _, ago := range []time.Duration{0, 24 * time.Hour} {
			t.sweep(ago)
			t.wantAnswer(t.ask("k"), answer(1))
		}
		t.sweep(24*time.Hour + time.Microsecond)
		t.wantDone(t.ask("k"))
		t.wantAnswer(t.ask("k"), answer(2))
	})
}

// sweep sweeps when the answers are of an age, by the clock of the store.
func (t *desk) sweep(age time.Duration) {
	t.Helper()
	err := t.db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), "update answers set given_at = $1", storetest.Noon.Add(-age).UnixMicro())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := t.keep.Sweep(t.Context()); err != nil {
		t.Errorf("Sweep: %v", err)
	}
}
