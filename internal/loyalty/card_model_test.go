package loyalty_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
)

// A deck is a shop in which cards are changed, each by itself or merged.
type deck struct {
	*till
	merge int
	queue []*batch.Unit
	errs  []string
}

func (d *deck) request(act func(*loyalty.Cards) error) {
	u := batch.New(d.Context(), d.shop)
	u.Decide = func(b *batch.Batch) error { return act(loyalty.CardsIn(b)) }
	if d.queue = append(d.queue, u); len(d.queue) >= d.merge {
		d.flush()
	}
}

func (d *deck) flush() {
	d.Helper()
	if len(d.queue) == 0 {
		return
	}
	for _, err := range d.merged(d.queue...) {
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
			if n++; n > 15 && strings.HasSuffix(l.Name(), "/postgres") {
				return
			}
			var decks []*deck
			for i, merge := range []int{1, 6} {
				decks = append(decks, &deck{till: newTill(l.T, l.db, l.clock, fmt.Sprint("shop-", n, "-", i)), merge: merge})
			}
			for range rapid.IntRange(6, 25).Draw(r, "steps") {
				ref := orderhub.CardRef{Number: rapid.SampledFrom([]string{"1", "2", "3", ""}).Draw(r, "number"),
					ExternalID: rapid.SampledFrom([]string{"a", "b", ""}).Draw(r, "external id"), Barcode: rapid.SampledFrom([]string{"x", "y", ""}).Draw(r, "barcode")}
				change := orderhub.CardChange{Number: some(r, "new number", "1", "2", "3"), ExternalID: some(r, "new external id", "a", "b", ""),
					Barcode: some(r, "new barcode", "x", "y", "")}
				if name := some(r, "type", "Gold", " gold", "Silver", ""); name != nil {
					change.Type = &orderhub.CardTypeRef{Name: *name}
				}
				gone := rapid.IntRange(0, 4).Draw(r, "delete") == 0
				for _, d := range decks {
					d.request(func(s *loyalty.Cards) error {
						if gone {
							return s.Delete(ref)
						}
						return s.Amend(ref, change, either)
					})
				}
			}
			for _, d := range decks {
				d.flush()
			}
			if diff := cmp.Diff(decks[0].errs, decks[1].errs); diff != "" {
				r.Fatalf("one by one and merged, commands end otherwise:\n%s", diff)
			}
			if diff := cmp.Diff(decks[0].picture(r), decks[1].picture(r)); diff != "" {
				r.Fatalf("one by one and merged, the stores differ:\n%s", diff)
			}
		})
		l.wantSound()
	})
}
