package importing

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	requests "orderhub/internal/batch"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// A counter is where a shop's cards and points are brought in, and the test
// that watches.
type counter struct {
	*testing.T
	db    *store.DB
	shop  *orderhub.Shop
	clock *storetest.Clock
	s     *loyalty.Service
}

// eachCounter runs a test on every database, with a fresh shop.
func eachCounter(t *testing.T, test func(c *counter)) {
	t.Helper()
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) { test(newCounter(t, db, clock, "main")) })
}

func newCounter(t *testing.T, db *store.DB, clock *storetest.Clock, name string) *counter {
	t.Helper()
	shop := &orderhub.Shop{Name: name, Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail,
		Statuses: orderhub.DefaultStatuses(), Settings: map[string]string{}}
	c := &counter{t, db, shop, clock, &loyalty.Service{DB: db}}
	c.update(func(ctx context.Context, tx *store.Tx) error { return tx.CreateShop(ctx, shop) })
	return c
}

func (c *counter) update(fn func(ctx context.Context, tx *store.Tx) error) {
	c.Helper()
	c.clock.Offset += time.Second
	ctx := orderhub.WithActor(c.Context(), orderhub.Actor{Door: "import", History: true})
	if err := c.db.Update(ctx, func(tx *store.Tx) error { return fn(ctx, tx) }); err != nil {
		c.Fatalf("update: %v", err)
	}
}

// customer makes a customer who is known by all that customers are known by.
func (c *counter) customer(n int) orderhub.CustomerID {
	c.Helper()
	who := &orderhub.Customer{Shop: c.shop.ID, ExternalID: fmt.Sprint("x-", n), Email: fmt.Sprintf("x%d@nordwind.example", n), Phone: fmt.Sprint("+7921000401", n)}
	c.update(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Shop(c.shop.ID).CreateCustomers(ctx, []*orderhub.Customer{who}); err != nil {
			return err
		}
		return tx.Shop(c.shop.ID).ClaimIdentities(ctx, []orderdb.Claim{{Kind: orderhub.ByExternal, Value: who.ExternalID, Customer: who.ID},
			{Kind: orderhub.ByEmail, Value: who.Email, Customer: who.ID}, {Kind: orderhub.ByPhone, Value: who.Phone[1:], Customer: who.ID}})
	})
	return who.ID
}

// records reads rows of a file as a pass does: a key that was there before
// refuses a record.
func (c *counter) records(k kind, name orderhub.ImportKind, plan orderhub.ImportPlan, rows ...string) []*record {
	c.Helper()
	in, err := newReading(c.shop, plan, name, k.fields(), strings.Split(rows[0], ";"))
	if err != nil {
		c.Fatal(err)
	}
	seen := make(map[key]bool)
	var all []*record
	for i, cells := range rows[1:] {
		r := &record{rows: []*row{in.row(i+2, strings.Split(cells, ";"))}}
		k.read(r)
		for _, x := range r.keys {
			if seen[x] {
				r.rows[0].note(orderhub.OutcomeConflict, x.field, "is the same as before")
			}
			seen[x] = true
		}
		all = append(all, r)
	}
	return all
}

// outcomes are what became of records, as text: outcome and fields at fault.
func outcomes(records []*record, all map[*record]taken) []string {
	var texts []string
	for _, r := range records {
		text := all[r].outcome.String()
		if r.refused() {
			text = "refused"
			for _, f := range r.rows[0].faults {
				text += " " + f.Field
			}
		}
		for _, e := range orderhub.All(all[r].err) {
			text += " " + e.Field
		}
		texts = append(texts, text)
	}
	return texts
}

// rehearse judges records in batches, each twice as a transaction may.
func (c *counter) rehearse(k kind, records []*record, size int) map[*record]taken {
	c.Helper()
	all := make(map[*record]taken)
	for batch := range slices.Chunk(readable(records), size) {
		for range 2 {
			err := c.db.View(c.Context(), func(tx *store.Tx) error {
				done, err := k.take(c.Context(), tx, batch, true)
				for i, d := range done {
					all[batch[i]] = d
				}
				return err
			})
			if err != nil {
				c.Fatalf("rehearse: %v", err)
			}
		}
	}
	return all
}

// run stores records in batches, with a kind made anew for each as after a
// crash, and returns the changes of each batch too.
func (c *counter) run(make_ func() kind, records []*record, size int) (map[*record]taken, [][]change) {
	c.Helper()
	all := make(map[*record]taken)
	var changes [][]change
	for batch := range slices.Chunk(readable(records), size) {
		var some []change
		c.update(func(ctx context.Context, tx *store.Tx) error {
			some = nil
			done, err := make_().take(ctx, tx, batch, false)
			for i, d := range done {
				all[batch[i]], some = d, append(some, d.changes...)
			}
			return err
		})
		changes = append(changes, some)
	}
	return all, changes
}

func readable(records []*record) (all []*record) {
	for _, r := range records {
		if !r.refused() {
			all = append(all, r)
		}
	}
	return all
}

// undo takes changes back, the last batch first, and counts what stays.
func (c *counter) undo(revert reverter, changes [][]change) (kept int) {
	c.Helper()
	for _, some := range slices.Backward(changes) {
		some = slices.Clone(some)
		slices.Reverse(some)
		var done []bool
		c.update(func(ctx context.Context, tx *store.Tx) (err error) {
			done, err = revert(ctx, tx, c.shop, some)
			return err
		})
		for _, ok := range done {
			if !ok {
				kept++
			}
		}
	}
	return kept
}

// picture is all that the store holds of cards and points, but for the versions
// of cards and when they changed last: an undo counts on.
func (c *counter) picture() []string {
	c.Helper()
	var all []string
	for _, query := range []string{
		`select 'card', card_id, number || '|' || external_id || '|' || ean13 || '|' || barcode || '|' || medium || '|' || status,
			coalesce(type_id, 0), coalesce(customer_id, 0), activated_at, blocked_at, created_at, deleted_at, 0 from cards order by card_id`,
		`select 'key', card_id, kind || '|' || value, 0, 0, 0, 0, 0, 0, 0 from card_keys order by card_id, kind`,
		`select 'entry', entry_id, entry_key || '|' || reason, customer_id, coalesce(card_id, 0), points, state, created_at, state_at, expires_at
			from bonus_entries order by entry_id`,
		`select 'draw', lot_id, '', entry_id, points, 0, 0, 0, 0, 0 from bonus_draws order by lot_id, entry_id`,
	} {
		err := c.db.View(c.Context(), func(tx *store.Tx) error {
			rows, err := tx.Query(c.Context(), query)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var what, text string
				var n [8]int64
				if err := rows.Scan(&what, &n[0], &text, &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7]); err != nil {
					return err
				}
				all = append(all, fmt.Sprint(what, text, n))
			}
			return rows.Err()
		})
		if err != nil {
			c.Fatal(err)
		}
	}
	return all
}

// wantSound lets the store look for damage, and at customers who owe though
// they have points.
func (c *counter) wantSound(ids ...orderhub.CustomerID) {
	c.Helper()
	if findings, err := c.db.Check(c.Context()); err != nil || len(findings) > 0 {
		c.Fatalf("the store is not sound: %q, %v", findings, err)
	}
	all, err := c.s.Balance(c.Context(), c.shop, ids...)
	if err != nil {
		c.Fatal(err)
	}
	for id, b := range all {
		if b.Active > 0 && b.Owed > 0 || b.Active < 0 || b.Owed < 0 {
			c.Fatalf("customer %d has %+v", id, b)
		}
	}
}

// anyOf picks one of some.
func anyOf[T any](r *rand.Rand, some ...T) T { return some[r.IntN(len(some))] }

// furnish fills a shop with customers who have cards, points and debts.
func (c *counter) furnish(r *rand.Rand) (ids []orderhub.CustomerID) {
	c.Helper()
	for n := range 4 {
		id := c.customer(n)
		ids = append(ids, id)
		for range r.IntN(3) {
			c.book(id, 1+r.Int64N(30))
		}
		if r.IntN(2) == 0 {
			c.owe(id, fmt.Sprint("K-", n), 1+r.Int64N(30))
		}
	}
	for n := range 5 {
		change := orderhub.CardChange{Number: new(fmt.Sprint(n)), Owner: &orderhub.CustomerRef{ID: anyOf(r, ids...)}}
		if r.IntN(2) == 0 {
			change.ExternalID, change.Type = new(fmt.Sprint("e-", n)), &orderhub.CardTypeRef{Name: "Gold"}
		}
		if _, err := c.s.Issue(c.Context(), c.shop, change); err != nil {
			c.Fatal(err)
		}
	}
	return ids
}

func (c *counter) book(id orderhub.CustomerID, points int64) {
	c.Helper()
	c.clock.Offset += time.Second
	b := loyalty.Booking{Customer: orderhub.CustomerRef{ID: id}, Points: points, Reason: "by hand"}
	if _, err := c.s.Book(c.Context(), c.shop, b); err != nil && orderhub.KindOf(err) != orderhub.Invalid {
		c.Fatal(err)
	}
}

// owe lets a customer spend what an order earned that is then canceled.
func (c *counter) owe(id orderhub.CustomerID, number string, points int64) {
	c.Helper()
	closed, _ := c.shop.Status("closed")
	canceled, _ := c.shop.Status("canceled")
	c.clock.Offset += time.Second
	o := &orderhub.Order{Shop: c.shop.ID, Number: number, PlacedAt: storetest.Noon, Currency: "RUB", Customer: id,
		Lines: []orderhub.Line{{Name: "Kettle", Quantity: orderhub.Piece, Bonus: points}}}
	o.SetStatus(closed, storetest.Noon)
	c.update(func(ctx context.Context, tx *store.Tx) error {
		if err := storetest.CreateOrders(ctx, tx, nil, o); err != nil {
			return err
		}
		return storetest.Record(ctx, tx, orderhub.Event{Shop: o.Shop, Kind: orderhub.OrderPlaced, Order: o.ID})
	})
	c.follow(nil, o)
	balances, err := c.s.Balance(c.Context(), c.shop, id)
	if err != nil {
		c.Fatal(err)
	}
	if n := balances[id].Active; n > 0 {
		c.book(id, -n)
	}
	now := *o
	now.SetStatus(canceled, storetest.Noon)
	c.follow(o, &now)
}

// follow lets the ledger follow an order.
func (c *counter) follow(before, now *orderhub.Order) {
	c.Helper()
	u := requests.New(c.Context(), c.shop)
	u.Decide = func(b *requests.Batch) error { return loyalty.In(b).Follow(before, now) }
	if err := requests.Do(c.Context(), c.db, u); err != nil {
		c.Fatal(err)
	}
}

// A story is a file of one kind, and how what it did is taken back.
type story struct {
	make   func() kind
	name   orderhub.ImportKind
	plan   orderhub.ImportPlan
	rows   []string
	revert reverter
}

// tell rehearses and runs the file, runs what was good again, meddles, and
// takes all back.
func (s *story) tell(c *counter, r *rand.Rand, meddle func()) {
	before := c.picture()
	records := c.records(s.make(), s.name, s.plan, s.rows...)
	rehearsed := outcomes(records, c.rehearse(s.make(), records, 1+r.IntN(9)))
	if now := c.picture(); !slices.Equal(before, now) {
		c.Fatalf("a rehearsal has changed the store:\n%s", cmp.Diff(before, now))
	}
	all, changes := c.run(s.make, records, 1+r.IntN(9))
	run := outcomes(records, all)
	if diff := cmp.Diff(rehearsed, run); diff != "" {
		c.Fatalf("rehearsed and run differ (-rehearsed +run):\n%s\nthe file:\n%s", diff, strings.Join(s.rows, "\n"))
	}
	c.wantSound()
	stored := c.picture()
	var fine []*record
	for _, x := range records {
		if !x.refused() && !all[x].outcome.Refused() {
			fine = append(fine, x)
		}
	}
	again, more := c.run(s.make, fine, 1+r.IntN(9))
	for i, text := range outcomes(fine, again) {
		if text != "unchanged" {
			c.Fatalf("row %d again: %s, was %s\nthe file:\n%s", fine[i].rows[0].line, text, all[fine[i]].outcome, strings.Join(s.rows, "\n"))
		}
	}
	if now := c.picture(); !slices.Equal(stored, now) || len(slices.Concat(more...)) > 0 {
		c.Fatalf("running it again has changed the store:\n%s", cmp.Diff(stored, now))
	}
	if meddle != nil {
		meddle()
	}
	kept := c.undo(s.revert, changes)
	if meddle != nil {
		return
	}
	if now := c.picture(); !slices.Equal(before, now) || kept > 0 {
		c.Fatalf("%d kept; after the undo (-before +after):\n%s\nthe file:\n%s", kept, cmp.Diff(before, now), strings.Join(s.rows, "\n"))
	}
}

// shops is how many shops a random test goes through on a database.
func shops(t *testing.T) int {
	if strings.HasSuffix(t.Name(), "/postgres") || testing.Short() {
		return 6
	}
	return 20
}

// namedOwner is how a row names a customer, known or not: external id, e-mail
// address, phone number.
func namedOwner(r *rand.Rand) string {
	n := r.IntN(4)
	return anyOf(r, fmt.Sprintf("x-%d;;", n), fmt.Sprintf("x-%d;;", n), fmt.Sprintf("x-%d;nobody@nordwind.example;", n), fmt.Sprintf(";X%d@Nordwind.example;", n),
		fmt.Sprintf(";;8 921 000-401-%d", n), ";;", "x-9;;", ";x9@nordwind.example;", ";no;")
}
