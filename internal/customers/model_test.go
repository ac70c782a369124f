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
	"orderhub/internal/batch/batchtest"
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

// A world is a store with one shop, in which stories happen in one way.
type world struct {
	db   *store.DB
	shop *orderhub.Shop
	way  batchtest.Way
}

func newWorld(t *testing.T, open func(testing.TB) *store.DB, way batchtest.Way) *world {
	t.Helper()
	w := &world{db: open(t), way: way, shop: &orderhub.Shop{Name: "main", Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail}}
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

// together does all steps at once and returns what became of each, and the
// sequence in which they were decided. They are merged as they come, or when
// held, all in one batch.
func (w *world) together(t *testing.T, steps []step, held bool) (outcomes []string, sequence []int) {
	var mu sync.Mutex
	units := make([]*batch.Unit, len(steps))
	for i, s := range steps {
		units[i] = w.unit(t.Context(), s, func() {
			mu.Lock()
			defer mu.Unlock()
			sequence = append(slices.DeleteFunc(sequence, func(j int) bool { return j == i }), i)
		})
	}
	if held {
		return outcomesOf(t, w.way.Run(t, w.db, units...)), sequence
	}
	var wg sync.WaitGroup
	errs := make([]error, len(units))
	for i, u := range units {
		wg.Go(func() { errs[i] = batch.Do(t.Context(), w.db, u) })
	}
	wg.Wait()
	return outcomesOf(t, errs), sequence
}

// inSequence does steps in a sequence and returns what became of each.
func (w *world) inSequence(t *testing.T, steps []step, sequence []int) []string {
	units := make([]*batch.Unit, len(sequence))
	for n, i := range sequence {
		units[n] = w.unit(t.Context(), steps[i], func() {})
	}
	outcomes := make([]string, len(steps))
	for n, outcome := range outcomesOf(t, w.way.Run(t, w.db, units...)) {
		outcomes[sequence[n]] = outcome
	}
	return outcomes
}

// outcomesOf tells what became of steps, of which none may fail.
func outcomesOf(t *testing.T, errs []error) []string {
	outcomes := make([]string, len(errs))
	for i, err := range errs {
		if err != nil && err != errRefused && orderhub.KindOf(err) == orderhub.Internal {
			t.Errorf("a step failed: %v", err)
		}
		outcomes[i] = fmt.Sprint(err)
	}
	return outcomes
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
// in one batch: the store is as if each had come alone, one after the other, or
// all in one transaction, and as if those that are refused had never come.
func TestMergedCommandsComeToTheSameAsOneByOne(t *testing.T) {
	stories := map[string]int{"sqlite": 45, "postgres": 8}
	for database, open := range storetest.Databases() {
		t.Run(database, func(t *testing.T) {
			for n := range stories[database] {
				tellStory(t, n, open)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// tellStory plays a random story, which its number is the seed of, in all ways.
func tellStory(t *testing.T, n int, open func(testing.TB) *store.DB) {
	r := rand.New(rand.NewPCG(uint64(n), 12))
	var worlds []*world
	for _, way := range append(slices.Clip(batchtest.Ways), batchtest.Way{Name: "only what was accepted", Run: batchtest.OneByOne}) {
		worlds = append(worlds, newWorld(t, open, way))
	}
	alone, merged, whole, accepted := worlds[0], worlds[1], worlds[2], worlds[3]
	for range 4 {
		stored, err := alone.db.Count(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		some := make([]step, 12)
		for i := range some {
			some[i] = someStep(r, stored.Customers)
		}
		want, sequence := merged.together(t, some, n%2 == 0)
		for _, w := range []*world{alone, whole} {
			if diff := cmp.Diff(want, w.inSequence(t, some, sequence)); diff != "" {
				t.Errorf("story %d: the steps come to (-merged +%s):\n%s", n, w.way.Name, diff)
			}
		}
		accepted.inSequence(t, some, slices.DeleteFunc(sequence, func(i int) bool { return want[i] != "<nil>" }))
	}
	want := strings.Split(merged.dump(t), "\n")
	for _, w := range []*world{alone, whole, accepted} {
		if diff := cmp.Diff(want, strings.Split(w.dump(t), "\n")); diff != "" {
			t.Errorf("story %d: the store (-merged +%s):\n%s", n, w.way.Name, diff)
		}
	}
	merged.wantVersions(t)
}
