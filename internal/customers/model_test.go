package customers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A step is one request of a random story: a few commands, done together or not
// at all.
type step []func(*Set) error

var errRefused = errors.New("refused on purpose")

// someStep draws a request over few ids, addresses, numbers and groups, so that
// requests meet often. Ids of ours are those of the customers that are stored
// already: of others no caller knows them.
func someStep(r *rand.Rand, stored int) step {
	var s step
	for range 1 + r.IntN(2) {
		s = append(s, someCommand(r, stored))
	}
	if r.IntN(6) == 0 {
		s = append(s, func(*Set) error { return errRefused })
	}
	return s
}

func someCommand(r *rand.Rand, stored int) func(*Set) error {
	maybe := func(values ...string) *string {
		if r.IntN(2) == 0 {
			return nil
		}
		return &values[r.IntN(len(values))]
	}
	text := func(p *string) string {
		if p == nil {
			return ""
		}
		return *p
	}
	external, email := maybe("c-1", "c-2", "c-3"), maybe("a@shop.example", "B@shop.example", "c@shop.example", "none", "")
	phone, name := maybe("+79120000001", "8 912 000 00 02", ""), maybe("Анна", "Борис", "")
	ref := orderhub.CustomerRef{ExternalID: text(external), ID: orderhub.CustomerID(r.IntN(stored + 1)), Email: text(email), Phone: text(phone)}
	change := orderhub.CustomerChange{ExternalID: maybe("c-1", "c-2", "c-4"), Email: email, Phone: phone, Name: name, ShareContact: r.IntN(3) == 0}
	if r.IntN(3) == 0 {
		change.Group = &orderhub.GroupRef{Name: []string{"VIP", " vip ", "Новые", ""}[r.IntN(4)]}
	}
	if r.IntN(3) == 0 {
		change.Unsubscribed, change.Bounced = new(r.IntN(2) == 0), new(r.IntN(2) == 0)
	}
	mode := orderhub.Mode{New: r.IntN(3) > 0, Existing: r.IntN(4) > 0}
	consents := []orderhub.Consent{{ID: fmt.Sprint(r.IntN(2)), State: orderhub.ConsentState(r.IntN(3))}}
	contact := ContactDetails{ExternalID: text(external), Email: text(email), Phone: text(phone), Name: text(name)}
	other := orderhub.CustomerID(r.IntN(stored + 1))
	named := func(do func(*Set, *orderhub.Customer) error) func(*Set) error {
		return func(s *Set) error {
			c, err := s.Find(ref)
			if err != nil {
				return err
			}
			return do(s, c)
		}
	}
	return []func(*Set) error{
		func(s *Set) error { _, _, err := s.amendOrMake(ref, change, mode); return err },
		func(s *Set) error { _, _, err := s.amendOrMake(ref, change, mode); return err },
		func(s *Set) error { return matched(s, contact) },
		func(s *Set) error { return matched(s, contact) },
		named(func(s *Set, c *orderhub.Customer) error { return s.Delete(c) }),
		named(func(s *Set, c *orderhub.Customer) error { return s.Agree(c.ID, consents) }),
		named(acted),
		named(func(s *Set, c *orderhub.Customer) error { return merged(s, c.ID, other) }),
		func(s *Set) error { return s.lift("a@shop.example", "anna", "she asked for it") },
	}[r.IntN(9)]
}

func matched(s *Set, p ContactDetails) error {
	c, made, err := s.Match(p)
	if err != nil || !made {
		return err
	}
	e := &batch.Event{Event: orderhub.Event{Kind: orderhub.CustomerRegistered, Customer: c.ID, Version: 1}}
	s.IDs.Keep(&e.Customer)
	return s.Registered(c.ID, s.b.Record(e))
}

func merged(s *Set, keep, gone orderhub.CustomerID) error {
	to, from, err := s.ToMerge(keep, gone)
	if err != nil {
		return err
	}
	_, err = s.Merge(to, from)
	return err
}

func acted(s *Set, c *orderhub.Customer) error {
	version, err := s.Touch(c.ID)
	if err != nil {
		return err
	}
	e := &batch.Event{Event: orderhub.Event{Kind: orderhub.CustomerActed, Customer: c.ID, Version: version}}
	s.IDs.Keep(&e.Customer)
	s.b.Record(e)
	return nil
}

// A world is a store with one shop, in which stories happen.
type world struct {
	db   *store.DB
	shop *orderhub.Shop
}

func newWorld(t *testing.T, open func(testing.TB) *store.DB) *world {
	t.Helper()
	w := &world{db: open(t), shop: &orderhub.Shop{Name: "main", Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail}}
	if err := w.db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), w.shop) }); err != nil {
		t.Fatal(err)
	}
	return w
}

// unit is a step as a request.
func (w *world) unit(ctx context.Context, s step, decided func()) *batch.Unit {
	u := batch.New(ctx, w.shop)
	u.Decide = func(b *batch.Batch) error {
		decided()
		for _, do := range s {
			if err := do(In(b)); err != nil {
				return err
			}
		}
		return nil
	}
	return u
}

// do does one step and reports what became of it.
func (w *world) do(t *testing.T, s step, decided func()) string {
	err := batch.Do(t.Context(), w.db, w.unit(t.Context(), s, decided))
	if err != nil && err != errRefused && orderhub.KindOf(err) == orderhub.Internal {
		t.Errorf("a step failed: %v", err)
	}
	return fmt.Sprint(err)
}

// together does all steps at once and returns what became of each, and the
// sequence in which they were decided. When held, the first one waits for all
// others, which then are one batch.
func (w *world) together(t *testing.T, steps []step, held bool) (outcomes []string, sequence []int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	outcomes = make([]string, len(steps))
	begun, gate := make(chan struct{}), make(chan struct{})
	var hold sync.Once
	for i, s := range steps {
		wg.Go(func() {
			out := w.do(t, s, func() {
				if held && i == 0 {
					hold.Do(func() { close(begun); <-gate })
				}
				mu.Lock()
				defer mu.Unlock()
				sequence = append(slices.DeleteFunc(sequence, func(j int) bool { return j == i }), i)
			})
			mu.Lock()
			outcomes[i] = out
			mu.Unlock()
		})
		if held && i == 0 {
			<-begun
		}
	}
	close(gate)
	wg.Wait()
	return outcomes, sequence
}

// dump prints all that a story can have stored.
func (w *world) dump(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := w.db.View(t.Context(), func(tx *store.Tx) error {
		for _, query := range []string{
			`select customer_id, external_id, email, phone, name, coalesce(group_id, 0), unsubscribed, bounced, consents, registered_at, created_at, updated_at, version, deleted_at, merged_into
				from customers order by customer_id`,
			`select kind, value, customer_id from identities order by kind, value`,
			`select customer_id, other_id from possible_duplicates order by customer_id, other_id`,
			`select value, reason, user_name, note from suppressions order by suppression_id`,
			`select group_id, name from customer_groups order by group_id`,
			`select at, kind, coalesce(customer_id, 0), version, changes from events order by event_id`,
			`select last_at from shop_clocks`,
		} {
			rows, err := tx.Query(t.Context(), query)
			if err != nil {
				return err
			}
			width := strings.Count(strings.ReplaceAll(query, ", 0)", ")"), ",") + 1 - strings.Count(query[strings.Index(query, "order by")+1:], ",")
			for rows.Next() {
				values := make([]any, width)
				to := make([]any, width)
				for i := range values {
					to[i] = &values[i]
				}
				if err := rows.Scan(to...); err != nil {
					return err
				}
				for i := range values {
					if b, ok := values[i].([]byte); ok {
						values[i] = string(b)
					}
				}
				fmt.Fprintln(&all, values...)
			}
			rows.Close()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// wantVersions checks that the events of each customer have the versions 1, 2,
// 3 and so on, and end at the one that is stored.
func (w *world) wantVersions(t *testing.T) {
	t.Helper()
	err := w.db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select e.customer_id, e.version, c.version from events e join customers c on c.customer_id = e.customer_id order by e.event_id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		last, stored := map[int64]int64{}, map[int64]int64{}
		for rows.Next() {
			var id, version, now int64
			if err := rows.Scan(&id, &version, &now); err != nil {
				return err
			}
			if version != last[id]+1 {
				t.Errorf("an event of customer %d has version %d after %d", id, version, last[id])
			}
			last[id], stored[id] = version, now
		}
		for id, now := range stored {
			if last[id] != now {
				t.Errorf("customer %d has version %d, its last event %d", id, now, last[id])
			}
		}
		return rows.Err()
	})
	if err != nil {
		t.Error(err)
	}
}

// Whatever callers do to customers at the same time, merged as it comes or all
// in one batch: the store is as if each had come alone, one after the other.
func TestMergedCommandsComeToTheSameAsOneByOne(t *testing.T) {
	stories := map[string]int{"sqlite": 60, "postgres": 8}
	for database, open := range storetest.Databases() {
		t.Run(database, func(t *testing.T) {
			for n := range stories[database] {
				r := rand.New(rand.NewPCG(uint64(n), 12))
				merged, alone := newWorld(t, open), newWorld(t, open)
				for range 4 {
					stored, err := alone.db.Count(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					some := make([]step, 12)
					for i := range some {
						some[i] = someStep(r, stored.Customers)
					}
					outcomes, sequence := merged.together(t, some, n%2 == 0)
					for _, i := range sequence {
						if got := alone.do(t, some[i], func() {}); got != outcomes[i] {
							t.Errorf("story %d: step %d alone: %s, merged: %s", n, i, got, outcomes[i])
						}
					}
				}
				if a, b := alone.dump(t), merged.dump(t); a != b {
					t.Errorf("story %d (-one by one +merged):\n%s", n, cmp.Diff(strings.Split(a, "\n"), strings.Split(b, "\n")))
				}
				merged.wantVersions(t)
				if t.Failed() {
					return
				}
			}
		})
	}
}
