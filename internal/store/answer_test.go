package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// answerTo reads what was answered under a key.
func answerTo(t testing.TB, db *store.DB, shop orderhub.ShopID, key string) (a *store.Answer, print []byte) {
	t.Helper()
	view(t, db, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.Shop(shop).Answers(ctx, []string{key})
		if k, known := found[key]; known {
			a, print = &k.Answer, k.Fingerprint
		}
		return err
	})
	return a, print
}

func TestAnswerComesBackByteForByte(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		full := store.Answer{Status: 201, ContentType: "application/vnd.api+json", Location: "/v4/orders/ё", Body: []byte("{\"a\":\"\x00\xff\"}\n")}
		bare := store.Answer{Status: 204}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.Shop(shop.ID).SaveAnswers(ctx, []store.KeyedAnswer{{"k %_'", []byte{0, 0xff}, full}, {"K %_'", []byte{0, 0xff}, bare}})
		})
		for key, want := range map[string]store.Answer{"k %_'": full, "K %_'": bare} {
			got, print := answerTo(t, db, shop.ID, key)
			if d := cmp.Diff(&want, got, cmpopts.EquateEmpty()); d != "" || string(print) != "\x00\xff" {
				t.Errorf("answer to %s, print %x (-saved +read):\n%s", key, print, d)
			}
		}
		if got, _ := answerTo(t, db, shop.ID, "k"); got != nil {
			t.Errorf("an unknown key was answered with %+v", got)
		}
		if got, _ := answerTo(t, db, other.ID, "k %_'"); got != nil {
			t.Errorf("the other shop's key was answered with %+v", got)
		}
	})
}

// Who holds the shop's lock and finds a key without an answer gives the only
// one. The first round finds the connections cold, which keeps the writers apart.
func TestFirstOfParallelAnswersStands(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		for round := range 4 {
			key := fmt.Sprint("k", round)
			var saved atomic.Int32
			var wg sync.WaitGroup
			for i := range 30 {
				wg.Go(func() {
					first := false
					update(t, db, func(ctx context.Context, tx *store.Tx) error {
						if err := tx.Shop(shop.ID).Lock(ctx); err != nil {
							return err
						}
						found, err := tx.Shop(shop.ID).Answers(ctx, []string{key})
						if first = len(found) == 0; err != nil || !first {
							return err
						}
						a := store.Answer{Status: 200 + i, Body: []byte{byte(i)}}
						return tx.Shop(shop.ID).SaveAnswers(ctx, []store.KeyedAnswer{{key, []byte{byte(i)}, a}})
					})
					if first {
						saved.Add(1)
					}
				})
			}
			wg.Wait()
			got, print := answerTo(t, db, shop.ID, key)
			if saved.Load() != 1 || got == nil || got.Status != 200+int(print[0]) || got.Body[0] != print[0] {
				t.Errorf("%d answers were saved, the key has %+v of request %x; want one whole answer", saved.Load(), got, print)
			}
		}
	})
}

func TestOldAnswersAreForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.Shop(shop.ID).SaveAnswers(ctx, []store.KeyedAnswer{{"k", []byte{1}, store.Answer{Status: 200, Body: []byte{}}}})
		})
		for _, tt := range []struct {
			before time.Time
			kept   bool
		}{{storetest.Noon, true}, {storetest.Noon.Add(time.Microsecond), false}} { // it was given at noon
			update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.ForgetAnswers(ctx, tt.before) })
			if got, _ := answerTo(t, db, shop.ID, "k"); (got != nil) != tt.kept {
				t.Errorf("after forgetting what was given before %v: %+v, want it kept: %v", tt.before, got, tt.kept)
			}
		}
	})
}
