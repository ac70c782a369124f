package access_test

import (
	"context"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func usedAt(t *testing.T, db *store.DB, shop *orderhub.Shop) (used time.Time) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		keys, err := tx.Shop(shop.ID).Keys(t.Context())
		if err == nil {
			used = keys[0].UsedAt
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func TestFlushWritesLastUse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g, shop, clock := open(t, db, access.Options{})
		secret := issue(t, db, shop, orderhub.Key{Name: "till"})
		steps := []struct {
			at   time.Duration
			want time.Duration // after noon, once flushed
		}{
			{59 * time.Second, 0}, // to the minute
			{5*time.Minute + 30*time.Second, 5 * time.Minute},
			{2 * time.Minute, 5 * time.Minute}, // another process was later
		}
		for _, s := range steps {
			clock.Offset = s.at
			before := usedAt(t, db, shop)
			if _, _, err := g.Admit(t.Context(), secret, "usam", true); err != nil {
				t.Fatal(err)
			}
			if got := usedAt(t, db, shop); !got.Equal(before) {
				t.Errorf("after Admit the last use is %v, want %v still", got, before)
			}
			if err := g.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got, want := usedAt(t, db, shop), storetest.Noon.Add(s.want); !got.Equal(want) {
				t.Errorf("last use after %v = %v, want %v", s.at, got, want)
			}
		}
	})
}

func TestStrangersUseNothing(t *testing.T) {
	db := storetest.Open(t)
	g, shop, _ := open(t, db, access.Options{})
	secret := issue(t, db, shop, orderhub.Key{Name: "till"})
	revoke(t, db, shop, "till")
	if _, _, err := g.Admit(t.Context(), secret, "usam", true); err == nil {
		t.Fatal("a revoked key was admitted")
	}
	if err := g.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := usedAt(t, db, shop); !got.IsZero() {
		t.Errorf("last use = %v, want never", got)
	}
}

func TestFlushKeepsWhatItCannotWrite(t *testing.T) {
	db := storetest.Open(t)
	g, shop, _ := open(t, db, access.Options{})
	secret := issue(t, db, shop, orderhub.Key{Name: "till"})
	if _, _, err := g.Admit(t.Context(), secret, "usam", true); err != nil {
		t.Fatal(err)
	}
	access.WithoutStore(g, func() {
		if err := g.Flush(t.Context()); orderhub.KindOf(err) != orderhub.Unavailable {
			t.Errorf("Flush = %v, want Unavailable", err)
		}
	})
	if err := g.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := usedAt(t, db, shop); !got.Equal(storetest.Noon) {
		t.Errorf("last use = %v, want %v", got, storetest.Noon)
	}
}

func TestRunFlushes(t *testing.T) {
	tests := []struct {
		name  string
		every time.Duration
		early bool // the last use is written before the end
	}{
		{"now and then", time.Millisecond, true},
		{"at the end", time.Hour, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := storetest.Open(t)
			g, shop, _ := open(t, db, access.Options{Flush: tt.every})
			secret := issue(t, db, shop, orderhub.Key{Name: "till"})
			if _, _, err := g.Admit(t.Context(), secret, "usam", true); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() { g.Run(ctx); close(ended) }()
			for tt.early && usedAt(t, db, shop).IsZero() {
				time.Sleep(time.Millisecond) // the test's own deadline ends this
			}
			cancel()
			<-ended
			if got := usedAt(t, db, shop); !got.Equal(storetest.Noon) {
				t.Errorf("last use = %v, want %v", got, storetest.Noon)
			}
		})
	}
}
