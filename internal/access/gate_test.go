package access_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// open makes a shop with a clock that the test moves.
func open(t *testing.T, db *store.DB, o access.Options) (*access.Gate, *orderhub.Shop, *storetest.Clock) {
	t.Helper()
	clock := new(storetest.Clock)
	o.Now = clock.Now
	shop := &orderhub.Shop{Name: "main", Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), shop) }); err != nil {
		t.Fatalf("create the shop: %v", err)
	}
	return access.New(db, o), shop, clock
}

func issue(t *testing.T, db *store.DB, shop *orderhub.Shop, k orderhub.Key) string {
	t.Helper()
	secret := access.NewSecret()
	k.Shop, k.Hint = shop.ID, secret.Hint()
	err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateKey(t.Context(), &k, secret.Hash()) })
	if err != nil {
		t.Fatalf("create the key %s: %v", k.Name, err)
	}
	return string(secret)
}

func revoke(t *testing.T, db *store.DB, shop *orderhub.Shop, name string) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Shop(shop.ID).RevokeKey(t.Context(), name) }); err != nil {
		t.Fatalf("revoke the key %s: %v", name, err)
	}
}

// none is the kind of no error.
const none = orderhub.Kind(255)

func TestAdmit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g, shop, _ := open(t, db, access.Options{})
		all := issue(t, db, shop, orderhub.Key{Name: "all"})
		some := issue(t, db, shop, orderhub.Key{Name: "some", Dialects: []string{"usam", "ecdp"}})
		reader := issue(t, db, shop, orderhub.Key{Name: "reader", ReadOnly: true})
		lasting := issue(t, db, shop, orderhub.Key{Name: "lasting", ExpiresAt: storetest.Noon.Add(time.Second)})
		expired := issue(t, db, shop, orderhub.Key{Name: "expired", ExpiresAt: storetest.Noon})
		revoked := issue(t, db, shop, orderhub.Key{Name: "revoked"})
		revoke(t, db, shop, "revoked")

		tests := []struct {
			name, secret, dialect string
			write                 bool
			want                  orderhub.Kind
			key                   string
		}{
			{"any dialect", all, "aplaut", true, none, "all"},
			{"pasted in groups", " " + all[:4] + " " + all[4:9] + "\u00a0" + all[9:] + "\r\n", "aplaut", true, none, "all"},
			{"one of its dialects", some, "ecdp", true, none, "some"},
			{"another dialect", some, "aplaut", false, orderhub.Denied, "some"},
			{"reading", reader, "virtpos", false, none, "reader"},
			{"writing with a reader", reader, "virtpos", true, orderhub.Denied, "reader"},
			{"still in force", lasting, "usam", true, none, "lasting"},
			{"expired", expired, "usam", true, orderhub.Stranger, ""},
			{"revoked", revoked, "usam", true, orderhub.Stranger, ""},
			{"unknown", "oh_" + strings.Repeat("0", 43), "usam", true, orderhub.Stranger, ""},
			{"cut short", all[:45], "usam", true, orderhub.Stranger, ""},
			{"in another case", strings.ToUpper(all), "usam", true, orderhub.Stranger, ""},
			{"empty", "", "usam", true, orderhub.Stranger, ""},
			{"spaces", " \t ", "usam", true, orderhub.Stranger, ""},
			{"too long for a secret", all + strings.Repeat(" ", 300), "usam", true, orderhub.Stranger, ""},
			{"not text", "\xff\x00'--", "usam", true, orderhub.Stranger, ""},
		}
		texts := make(map[string]bool)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				kind := admitted(t, g, shop, tt.secret, tt.dialect, tt.key, tt.write, texts)
				if kind != tt.want {
					t.Errorf("Admit gives kind %d, want %d", kind, tt.want)
				}
			})
		}
		if len(texts) != 1 {
			t.Errorf("strangers can tell reasons apart: %v", texts)
		}
	})
}

// admitted asks a gate and holds everything but the kind of its error, which
// it returns, against the name of the key that a secret belongs to ("": none).
// It adds what strangers are told to texts.
func admitted(t *testing.T, g *access.Gate, shop *orderhub.Shop, secret, dialect, key string, write bool, texts map[string]bool) orderhub.Kind {
	t.Helper()
	ctx, seen := access.Remember(orderhub.WithActor(t.Context(), orderhub.Actor{Request: "r-1"}))
	ctx, caller, err := g.Admit(ctx, secret, dialect, write)
	kind := none
	if err != nil {
		kind = orderhub.KindOf(err)
	}
	if kind == orderhub.Stranger {
		texts[err.Error()] = true
	}
	if seen.Key != key || (seen.Shop == "main") != (key != "") || seen.Stranger != (kind == orderhub.Stranger) {
		t.Errorf("the log sees %+v, want key %q", *seen, key)
	}
	if err != nil {
		if caller != nil {
			t.Errorf("Admit gives a caller and the error %v", err)
		}
		return kind
	}
	if caller.Key.Name != key || caller.Shop.ID != shop.ID || caller.Key.Shop != shop.ID {
		t.Errorf("caller = key %s of shop %d, want %s of %d", caller.Key.Name, caller.Shop.ID, key, shop.ID)
	}
	if got, want := orderhub.ActorOf(ctx), (orderhub.Actor{Door: dialect, Key: key, Request: "r-1"}); got != want {
		t.Errorf("actor = %v, want %v", got, want)
	}
	return kind
}

// Two shops' keys lead to two shops, with all that belongs to them.
func TestAdmitToTheKeysShop(t *testing.T) {
	db := storetest.Open(t)
	g, main, _ := open(t, db, access.Options{})
	north := &orderhub.Shop{Name: "north", Zone: "UTC", Currency: "PLN", Identify: orderhub.ByPhone, Settings: map[string]string{"aplaut.error_style": "object"}}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), north) }); err != nil {
		t.Fatal(err)
	}
	for shop, secret := range map[*orderhub.Shop]string{
		main:  issue(t, db, main, orderhub.Key{Name: "erp"}),
		north: issue(t, db, north, orderhub.Key{Name: "erp"}), // the same name in another shop
	} {
		_, caller, err := g.Admit(t.Context(), secret, "usam", true)
		if err != nil || caller.Shop.Name != shop.Name || caller.Shop.Settings["aplaut.error_style"] != shop.Settings["aplaut.error_style"] {
			t.Errorf("the key of %s leads to %+v, %v", shop.Name, caller, err)
		}
	}
}

func TestRememberedKeyIsNotReadAgain(t *testing.T) {
	db := storetest.Open(t)
	_, shop, _ := open(t, db, access.Options{})
	tests := []struct {
		name   string
		keep   time.Duration
		after  time.Duration
		forget bool
		want   bool // the revoked key is admitted
	}{
		{name: "within a second", after: 999 * time.Millisecond, want: true},
		{name: "after a second", after: time.Second},
		{name: "forgotten", forget: true},
		{name: "kept longer", keep: time.Minute, after: 59 * time.Second, want: true},
		{name: "kept never", keep: -1},
		{name: "clock set back", after: -time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock := new(storetest.Clock)
			g := access.New(db, access.Options{Keep: tt.keep, Now: clock.Now})
			secret := issue(t, db, shop, orderhub.Key{Name: tt.name})
			if _, _, err := g.Admit(t.Context(), secret, "virtpos", true); err != nil {
				t.Fatalf("Admit = %v", err)
			}
			revoke(t, db, shop, tt.name) // as another process would
			clock.Offset = tt.after
			if tt.forget {
				g.Forget()
			}
			if _, _, err := g.Admit(t.Context(), secret, "virtpos", true); (err == nil) != tt.want {
				t.Errorf("after it was revoked Admit = %v, want admitted %v", err, tt.want)
			}
		})
	}
}

// A key that is remembered still expires on the dot.
func TestRememberedKeyExpires(t *testing.T) {
	db := storetest.Open(t)
	g, shop, clock := open(t, db, access.Options{Keep: time.Hour})
	secret := issue(t, db, shop, orderhub.Key{Name: "guest", ExpiresAt: storetest.Noon.Add(time.Minute)})
	for _, offset := range []time.Duration{0, time.Minute - 1, time.Minute} {
		clock.Offset = offset
		if _, _, err := g.Admit(t.Context(), secret, "usam", false); (err == nil) != (offset < time.Minute) {
			t.Errorf("Admit after %v = %v", offset, err)
		}
	}
}

func TestUnknownKeyIsAskedForAgain(t *testing.T) {
	db := storetest.Open(t)
	g, shop, _ := open(t, db, access.Options{Keep: time.Hour})
	if _, _, err := g.Admit(t.Context(), "oh_soon", "usam", false); orderhub.KindOf(err) != orderhub.Stranger {
		t.Fatalf("Admit = %v, want a Stranger", err)
	}
	hash := sha256.Sum256([]byte("oh_soon"))
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.CreateKey(t.Context(), &orderhub.Key{Shop: shop.ID, Name: "soon"}, hash[:])
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.Admit(t.Context(), "oh_soon", "usam", false); err != nil {
		t.Errorf("Admit of the new key = %v", err)
	}
}

func TestRememberedKeysAreBounded(t *testing.T) {
	db := storetest.Open(t)
	g, shop, _ := open(t, db, access.Options{Keys: 2})
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		secret := issue(t, db, shop, orderhub.Key{Name: name})
		if _, _, err := g.Admit(t.Context(), secret, "usam", false); err != nil {
			t.Fatalf("Admit %s = %v", name, err)
		}
		if n := access.Remembered(g); n > 2 {
			t.Fatalf("%d keys remembered, want 2 at most", n)
		}
	}
}

// A look-up that began before everything was forgotten may have seen what is
// no longer so.
func TestForgetReachesLookUpsUnderWay(t *testing.T) {
	db := storetest.Open(t)
	g, shop, _ := open(t, db, access.Options{})
	secret := issue(t, db, shop, orderhub.Key{Name: "till"})
	access.DuringLookUp(t, g, secret, g.Forget)
	if n := access.Remembered(g); n != 0 {
		t.Errorf("%d keys remembered from before, want none", n)
	}
}

func TestRate(t *testing.T) {
	db := storetest.Open(t)
	g, shop, clock := open(t, db, access.Options{Rate: 2})
	till := issue(t, db, shop, orderhub.Key{Name: "till"})
	other := issue(t, db, shop, orderhub.Key{Name: "other"})
	steps := []struct {
		at     time.Duration
		secret string
		want   time.Duration // to wait; 0 when admitted
	}{
		{0, till, 0},
		{0, till, 0},
		{0, till, 500 * time.Millisecond},
		{0, till, 500 * time.Millisecond}, // a refusal costs nothing
		{0, other, 0},                     // each key has its own
		{400 * time.Millisecond, till, 100 * time.Millisecond},
		{500 * time.Millisecond, till, 0},
		{1400 * time.Millisecond, till, 0},                      // read anew from the store,
		{1400 * time.Millisecond, till, 100 * time.Millisecond}, // which gives no new allowance
		{time.Hour, till, 0},
		{time.Hour, till, 0},
		{time.Hour, till, 500 * time.Millisecond}, // an hour of rest is no allowance for an hour
	}
	for i, s := range steps {
		clock.Offset = s.at
		ctx, seen := access.Remember(t.Context())
		_, _, err := g.Admit(ctx, s.secret, "usam", false)
		if s.want == 0 {
			if err != nil {
				t.Errorf("step %d: Admit = %v", i, err)
			}
			continue
		}
		busy, ok := errors.AsType[*access.Busy](err)
		if !ok || orderhub.KindOf(err) != orderhub.TooMany || busy.Retry.Round(time.Millisecond) != s.want {
			t.Errorf("step %d: Admit = %#v, want TooMany and %v", i, err, s.want)
		}
		if seen.Key != "till" {
			t.Errorf("step %d: the log sees %+v, want the key", i, *seen)
		}
	}
}

func TestBusySeconds(t *testing.T) {
	for retry, want := range map[time.Duration]int{1: 1, time.Second: 1, time.Second + 1: 2, time.Minute: 60} {
		if got := (&access.Busy{Retry: retry}).Seconds(); got != want {
			t.Errorf("Seconds of %v = %d, want %d", retry, got, want)
		}
	}
}

// When the store cannot be read, a caller is no stranger.
func TestAdmitWithoutStore(t *testing.T) {
	db := storetest.Open(t)
	g, shop, _ := open(t, db, access.Options{})
	secret := issue(t, db, shop, orderhub.Key{Name: "till"})
	access.WithoutStore(g, func() {
		_, _, err := g.Admit(t.Context(), secret, "usam", false)
		if orderhub.KindOf(err) != orderhub.Unavailable {
			t.Errorf("Admit = %v, want Unavailable", err)
		}
	})
}

// Run with the race detector, this is the proof that a shop may be shared.
func TestAdmitInParallel(t *testing.T) {
	db := storetest.Open(t)
	g, shop, _ := open(t, db, access.Options{Rate: 1e9, Keys: 1})
	a, b := issue(t, db, shop, orderhub.Key{Name: "a"}), issue(t, db, shop, orderhub.Key{Name: "b"})
	_, shared, err := g.Admit(t.Context(), a, "usam", true)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			shared.Shop.Location()
			for i := range 50 {
				if _, _, err := g.Admit(t.Context(), []string{a, b}[i%2], "usam", true); err != nil {
					t.Errorf("Admit = %v", err)
				}
			}
			if err := g.Flush(t.Context()); err != nil {
				t.Errorf("Flush = %v", err)
			}
		})
	}
	all.Wait()
}
