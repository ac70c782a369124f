package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func TestKeyComesBackEqual(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		full := &orderhub.Key{Shop: shop.ID, Name: "1С: склад", Hint: "oh_7f", Dialects: []string{"usam", "ecdp"}, ReadOnly: true, ExpiresAt: storetest.Noon.Add(time.Hour)}
		bare := &orderhub.Key{Shop: shop.ID, Name: "b"}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			for i, k := range []*orderhub.Key{full, bare} {
				if err := tx.CreateKey(ctx, k, []byte{0, 0xff, byte(i)}); err != nil {
					return err
				}
			}
			return nil
		})
		wantKeys(t, db, shop.ID, full, bare)
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.KeyByHash(ctx, []byte{0, 0xff, 0})
			if d := cmp.Diff(full, got); d != "" {
				t.Errorf("by hash (-stored +read):\n%s", d)
			}
			if _, err := tx.KeyByHash(ctx, []byte{0, 0xff}); orderhub.KindOf(err) != orderhub.NotFound {
				t.Errorf("part of a hash = %v, want not found", err)
			}
			return err
		})
	})
}

func wantKeys(t *testing.T, db *store.DB, shop orderhub.ShopID, want ...*orderhub.Key) {
	t.Helper()
	view(t, db, func(ctx context.Context, tx *store.Tx) error {
		got, err := tx.Shop(shop).Keys(ctx)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("keys of the shop (-want +got):\n%s", d)
		}
		return err
	})
}

func TestKeyNameIsFreeAfterRevoking(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		n := 0
		issue := func(shop orderhub.ShopID) (*orderhub.Key, error) {
			n++
			k := &orderhub.Key{Shop: shop, Name: "1c"}
			return k, db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateKey(t.Context(), k, fmt.Append(nil, n)) })
		}
		revoke := func(shop orderhub.ShopID) error {
			return db.Update(t.Context(), func(tx *store.Tx) error { return tx.Shop(shop).RevokeKey(t.Context(), "1c") })
		}
		if err := revoke(shop.ID); orderhub.KindOf(err) != orderhub.NotFound {
			t.Errorf("revoking what is not there = %v, want not found", err)
		}
		first, err := issue(shop.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := issue(shop.ID); orderhub.KindOf(err) != orderhub.Duplicate {
			t.Errorf("the same name again = %v, want a duplicate", err)
		}
		if err := revoke(other.ID); orderhub.KindOf(err) != orderhub.NotFound {
			t.Errorf("another shop revokes it: %v, want not found", err)
		}
		if _, err := issue(other.ID); err != nil {
			t.Errorf("another shop's key of that name: %v", err)
		}
		if err := revoke(shop.ID); err != nil {
			t.Fatal(err)
		}
		if err := revoke(shop.ID); orderhub.KindOf(err) != orderhub.NotFound {
			t.Errorf("revoking twice = %v, want not found", err)
		}
		second, err := issue(shop.ID)
		if err != nil {
			t.Fatal(err)
		}
		first.RevokedAt = storetest.Noon
		wantKeys(t, db, shop.ID, first, second)
		if first.InForce(storetest.Noon) || !second.InForce(storetest.Noon) {
			t.Errorf("in force: %v and %v, want the second one", first.InForce(storetest.Noon), second.InForce(storetest.Noon))
		}
	})
}

func TestKeyUsedOnlyMovesForward(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		k := &orderhub.Key{Shop: shop.ID, Name: "1c"}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.CreateKey(ctx, k, []byte("h")); err != nil {
				return err
			}
			for _, minutes := range []time.Duration{1, 3, 2} {
				if err := tx.KeyUsed(ctx, k.ID, storetest.Noon.Add(minutes*time.Minute)); err != nil {
					return err
				}
			}
			return nil
		})
		k.UsedAt = storetest.Noon.Add(3 * time.Minute)
		wantKeys(t, db, shop.ID, k)
	})
}
