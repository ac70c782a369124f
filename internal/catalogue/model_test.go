package catalogue

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

// A request of a random story is a few commands, done together or not at all,
// with a text for how each ended.
type request []func(*Set, *[]string) error

// unit is the request as a unit, which notes the outcome of each command.
func (d request) unit(ctx context.Context, shop *orderhub.Shop, outcome *[]string) *batch.Unit {
	u := batch.New(ctx, shop)
	u.Decide = func(b *batch.Batch) error {
		*outcome = nil
		for _, do := range d {
			if err := do(In(b), outcome); err != nil {
				return err
			}
		}
		return nil
	}
	return u
}

// someRequest draws a request over few external ids, so that requests meet often.
func someRequest(t *rapid.T) (d request) {
	for range rapid.IntRange(1, 3).Draw(t, "commands") {
		d = append(d, someCommand(t))
	}
	if rapid.IntRange(0, 5).Draw(t, "refused") == 0 {
		d = append(d, func(*Set, *[]string) error { return orderhub.Wrong("name", "is refused on purpose") })
	}
	return d
}

func someCommand(t *rapid.T) func(*Set, *[]string) error {
	external := rapid.SampledFrom([]string{"1", "2", "3", "4", "", "\x00"}).Draw(t, "external id")
	some := func(label string, values ...string) *string {
		if v := rapid.SampledFrom(append(values, "-")).Draw(t, label); v != "-" {
			return &v
		}
		return nil
	}
	c := command{ProductChange: orderhub.ProductChange{ExternalID: external, Name: some("name", "Ковш", "Миска", ""), Brand: some("brand", "Медник", "")}}
	if rapid.Bool().Draw(t, "price") {
		c.Price = new(money.Amount(rapid.IntRange(-1, 2).Draw(t, "amount")))
	}
	if rapid.Bool().Draw(t, "whole") {
		p := orderhub.Product{Available: rapid.Bool().Draw(t, "available")}
		c.Apply(&p)
		c.ProductChange = orderhub.ProductChange{ExternalID: external, Whole: &p}
	}
	if rapid.Bool().Draw(t, "a feed's") {
		c.fed = new(true)
	}
	mode := rapid.SampledFrom([]orderhub.Mode{both, both, {New: true}, {Existing: true}}).Draw(t, "mode")
	named := func(do func(*Set, *orderhub.Product) error) func(*Set, *[]string) error {
		return func(s *Set, _ *[]string) error {
			p, err := s.by(external)
			if p == nil || err != nil {
				return err
			}
			return do(s, p)
		}
	}
	return rapid.SampledFrom([]func(*Set, *[]string) error{
		func(s *Set, outcome *[]string) error {
			v, err := s.do(c, mode)
			*outcome = append(*outcome, fmt.Sprint(v.Outcome, v.Err))
			return err
		},
		func(s *Set, outcome *[]string) error {
			all, err := s.doAll([]command{c, {ProductChange: orderhub.ProductChange{ExternalID: "5", Name: c.Name}}}, mode)
			*outcome = append(*outcome, outcomes(all))
			return err
		},
		named(func(s *Set, p *orderhub.Product) error { _, err := s.withdraw(p.ID); return err }),
		named(func(s *Set, p *orderhub.Product) error {
			_, err := s.undo().Back(orderhub.Reversal[orderhub.Product]{ID: int64(p.ID), Version: p.Version, Old: &orderhub.Product{Name: "Кружка", Fed: true}})
			return err
		}),
	}).Draw(t, "command")
}

// removal removes a product, if the shop has it. It is the first of its batch: what is removed
// was stored before.
func removal(external string) request {
	return request{func(s *Set, _ *[]string) error {
		p, err := s.by(external)
		if p == nil || err != nil {
			return err
		}
		s.remove(p)
		return nil
	}}
}

// picture prints all that a story can have stored, with the places of products
// in place of their ids.
func picture(t testing.TB, db *store.DB, shop *orderhub.Shop) (all []string) {
	t.Helper()
	places := make(map[orderhub.ProductID]int)
	for _, e := range eventsOf(t, db, shop) {
		if places[e.Product] == 0 {
			places[e.Product] = len(places) + 1
		}
		all = append(all, fmt.Sprint(e.Kind, places[e.Product], e.Version, e.At, e.Changes))
	}
	err := db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select p.product_id, p.external_id, p.name, p.brand, p.price, p.available, p.fed, p.created_at, p.updated_at, p.version, c.last_at
			from products p join shop_clocks c on c.shop_id = p.shop_id where p.shop_id = $1 order by p.product_id`, int64(shop.ID))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, price, created, updated, version, clock int64
			var external, name, brand string
			var available, fed bool
			if err := rows.Scan(&id, &external, &name, &brand, &price, &available, &fed, &created, &updated, &version, &clock); err != nil {
				return err
			}
			all = append(all, fmt.Sprint(places[orderhub.ProductID(id)], external, name, brand, price, available, fed, created, updated, version, clock))
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Requests for products end in one batch as they do one by one, whatever they
// make, change, withdraw, remove and restore.
func TestMergedProductsEndAsOneByOne(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		n := 0
		rapid.Check(t, func(r *rapid.T) {
			if n++; n > 15 && strings.HasSuffix(t.Name(), "/postgres") {
				return
			}
			alone, merged := newShop(t, db, fmt.Sprint("alone-", n)), newShop(t, db, fmt.Sprint("merged-", n))
			for range rapid.IntRange(1, 3).Draw(r, "batches") {
				clock.Offset += time.Minute
				gone := rapid.SampledFrom([]string{"1", "2", "3", "-"}).Draw(r, "removed")
				requests := append([]request{removal(gone)}, rapid.SliceOfN(rapid.Custom(someRequest), 1, 8).Draw(r, "requests")...)
				want, got := make([][]string, len(requests)), make([][]string, len(requests))
				units := make([]*batch.Unit, len(requests))
				for i, d := range requests {
					u := d.unit(t.Context(), alone, &want[i])
					err := batch.Do(t.Context(), db, u)
					if err != nil && orderhub.KindOf(err) == orderhub.Internal {
						r.Fatalf("a request failed: %v", err)
					}
					want[i] = append(want[i], fmt.Sprint(err))
					units[i] = d.unit(t.Context(), merged, &got[i])
				}
				if err := db.Update(t.Context(), func(tx *store.Tx) error { return batch.In(t.Context(), tx, units...) }); err != nil {
					r.Fatal(err)
				}
				for i, u := range units {
					got[i] = append(got[i], fmt.Sprint(u.Err()))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					r.Fatalf("one by one and merged, requests end otherwise:\n%s", diff)
				}
			}
			if diff := cmp.Diff(picture(t, db, alone), picture(t, db, merged)); diff != "" {
				r.Fatalf("one by one and merged, the stores differ:\n%s", diff)
			}
			wantEvents(t, db, merged)
		})
		if findings, err := db.Check(t.Context()); err != nil || len(findings) > 0 {
			t.Errorf("check: %v, %v", findings, err)
		}
	})
}
