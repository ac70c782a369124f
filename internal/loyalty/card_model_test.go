package loyalty_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/batch/batchtest"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
)

// A deck is a shop in which cards are changed in one way.
type deck struct {
	*till
	way   batchtest.Way
	queue []*batch.Unit
	errs  []string
}

func (d *deck) request(act func(*loyalty.Cards) error) {
	u := batch.New(d.Context(), d.shop)
	u.Decide = func(b *batch.Batch) error { return act(loyalty.CardsIn(b)) }
	d.queue = append(d.queue, u)
}

func (d *deck) flush() {
	d.Helper()
	for _, err := range d.way.Run(d, d.db, d.queue...) {
		if err != nil && len(orderhub.All(err)) == 0 {
			d.Fatalf("a command failed: %v", err)
		}
		d.errs = append(d.errs, fmt.Sprint(err))
	}
	d.queue = nil
}

// picture is all that the store holds of cards, the oldest first, with places
// in place of ids.
func (d *deck) picture(t *rapid.T) (all []string) {
	d.Helper()
	d.view(func(ctx context.Context, tx *store.Tx) error {
		all = nil
		types, err := tx.Shop(d.shop.ID).CardTypes(ctx)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select c.card_id, c.number, c.external_id, c.barcode, c.status, coalesce(c.type_id, 0), c.created_at, c.updated_at, c.deleted_at, c.version,
			(select count(*) from card_keys k where k.card_id = c.card_id),
			(select count(*) from card_keys k where k.card_id = c.card_id and k.value in (c.number, c.external_id))
			from cards c where c.shop_id = $1 order by c.card_id`, int64(d.shop.ID))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, kind, created, updated, deleted, version, keys, own int64
			var number, external, barcode, status string
			if err := rows.Scan(&id, &number, &external, &barcode, &status, &kind, &created, &updated, &deleted, &version, &keys, &own); err != nil {
				return err
			}
			name := ""
			if i := slices.IndexFunc(types, func(t *orderhub.CardType) bool { return int64(t.ID) == kind }); i >= 0 {
				name = types[i].Name
			}
			if keys != own || (deleted != 0) != (keys == 0) {
				t.Fatalf("card %s has %d keys, of which %d are its own, and was deleted at %d", number, keys, own, deleted)
			}
			all = append(all, fmt.Sprint(number, "|", external, "|", barcode, "|", status, "|", name, "|", keys, " ", created, " ", updated, " ", deleted, " ", version))
		}
		return rows.Err()
	})
	return all
}

// wantVersions checks that each card has an event of each version up to its own.
func (d *deck) wantVersions(t *rapid.T) {
	d.Helper()
	count := func(query string) (versions map[int64]int) {
		d.view(func(ctx context.Context, tx *store.Tx) error {
			versions = make(map[int64]int)
			rows, err := tx.Query(ctx, query, int64(d.shop.ID))
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var version int64
				if err := rows.Scan(&version); err != nil {
					return err
				}
				versions[version]++
			}
			return rows.Err()
		})
		return versions
	}
	want := make(map[int64]int)
	for last, cards := range count(`select version from cards where shop_id = $1`) {
		for version := range last {
			want[version+1] += cards
		}
	}
	if diff := cmp.Diff(want, count(`select version from events where shop_id = $1 and kind like 'card.%'`)); diff != "" {
		t.Fatalf("%s: events by their version (-as the versions of cards tell):\n%s", d.way.Name, diff)
	}
}

func some(t *rapid.T, name string, all ...string) *string {
	if v := rapid.SampledFrom(append(all, "-")).Draw(t, name); v != "-" {
		return &v
	}
	return nil
}

// Requests for cards that are merged end as those that come one by one, whatever
// keys, barcodes and types they give up and take.
func TestMergedCardsEndAsOneByOne(t *testing.T) {
	each(t, func(l *till) {
		n := 0
		rapid.Check(l.T, func(r *rapid.T) {
			if n++; l.enough(n) {
				return
			}
			var decks []*deck
			for i, way := range batchtest.Ways {
				decks = append(decks, &deck{till: newTill(l.T, l.db, l.clock, fmt.Sprint("shop-", n, "-", i)), way: way})
			}
			for range rapid.IntRange(6, 25).Draw(r, "steps") {
				ref := orderhub.CardRef{Number: rapid.SampledFrom([]string{"1", "2", "3", ""}).Draw(r, "number"),
					ExternalID: rapid.SampledFrom([]string{"a", "b", ""}).Draw(r, "external id"), Barcode: rapid.SampledFrom([]string{"x", "y", ""}).Draw(r, "barcode")}
				change := orderhub.CardChange{Number: some(r, "new number", "1", "2", "3"), ExternalID: some(r, "new external id", "a", "b", ""),
					Barcode: some(r, "new barcode", "x", "y", "")}
				if name := some(r, "type", "Gold", " gold", "Silver", ""); name != nil {
					change.Type = &orderhub.CardTypeRef{Name: *name}
				}
				gone, flush := rapid.IntRange(0, 4).Draw(r, "delete") == 0, rapid.IntRange(0, 5).Draw(r, "flush") == 0
				for _, d := range decks {
					d.request(func(s *loyalty.Cards) error {
						if gone {
							return s.Delete(ref)
						}
						return s.Amend(ref, change, either)
					})
					if flush {
						d.flush()
					}
				}
			}
			first := decks[0]
			for _, d := range decks {
				d.flush()
				if diff := cmp.Diff(first.errs, d.errs); diff != "" {
					r.Fatalf("commands end otherwise (-%s +%s):\n%s", first.way.Name, d.way.Name, diff)
				}
				if diff := cmp.Diff(first.picture(r), d.picture(r)); diff != "" {
					r.Fatalf("the stores differ (-%s +%s):\n%s", first.way.Name, d.way.Name, diff)
				}
				d.wantVersions(r)
			}
		})
		l.wantSound()
	})
}
