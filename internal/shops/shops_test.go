package shops_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/shops"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

// settings are those that a shop can choose in these tests.
var settings = []orderhub.Setting{
	{Name: "a.days", Values: []string{"never"}, Pattern: "DAYS", Check: func(value string) error {
		if strings.Trim(value, "0123456789") != "" {
			return errors.New("must be a number of days")
		}
		return nil
	}},
	{Name: "b.style", Values: []string{"plain", "vendor"}},
}

// A fixture is a store with the service on it, whose acts are by one actor.
type fixture struct {
	*testing.T
	*shops.Service
	ctx  context.Context
	seen int // events that were looked at
}

var actor = orderhub.Actor{Door: "command", Key: "k"}

func each(t *testing.T, test func(t *fixture)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		test(&fixture{t, &shops.Service{DB: db, Settings: settings}, orderhub.WithActor(t.Context(), actor), 0})
	})
}

func (t *fixture) shop(name string) *orderhub.Shop {
	t.Helper()
	shop, err := t.Create(t.ctx, name, shops.Change{})
	if err != nil {
		t.Fatalf("create the shop %s: %v", name, err)
	}
	t.seen++
	return shop
}

func (t *fixture) key(shop *orderhub.Shop, name string) {
	t.Helper()
	if _, err := t.CreateKey(t.ctx, shop, &orderhub.Key{Name: name}); err != nil {
		t.Fatalf("create the key %s: %v", name, err)
	}
	t.seen++
}

// wantEvent checks the only event since the last look; a kind of "" is none.
func (t *fixture) wantEvent(shop *orderhub.Shop, kind orderhub.EventKind, changes ...orderhub.Change) {
	t.Helper()
	all := storetest.Events(t, t.DB)
	fresh := all[t.seen:]
	t.seen = len(all)
	if kind == "" {
		if len(fresh) > 0 {
			t.Errorf("there are the events %+v, want none", fresh)
		}
		return
	}
	if len(fresh) != 1 {
		t.Fatalf("there are the events %+v, want one: %s", fresh, kind)
	}
	want := orderhub.Event{ID: fresh[0].ID, Shop: shop.ID, At: fresh[0].At, Kind: kind, Actor: actor, Changes: changes}
	if d := cmp.Diff(want, fresh[0]); d != "" {
		t.Errorf("the event (-want +got):\n%s", d)
	}
}

func (t *fixture) wantError(err error, kind orderhub.Kind, text string) {
	t.Helper()
	if err == nil || orderhub.KindOf(err) != kind || err.Error() != text {
		t.Errorf("the error is %v, want %q of kind %d", err, text, kind)
	}
}

func TestCreate(t *testing.T) {
	each(t, func(t *fixture) {
		shop, err := t.Create(t.ctx, "north", shops.Change{})
		if err != nil {
			t.Fatal(err)
		}
		t.wantEvent(shop, orderhub.ShopCreated, orderhub.Change{Field: "name", To: "north"}, orderhub.Change{Field: "identify", To: "email"},
			orderhub.Change{Field: "timezone", To: "Europe/Moscow"}, orderhub.Change{Field: "currency", To: "RUB"}, orderhub.Change{Field: "statuses"})
		stored, err := t.Find(t.ctx, "north")
		if err != nil || stored.ID != shop.ID || !slices.Equal(stored.Statuses, orderhub.DefaultStatuses()) || !stored.CreatedAt.Equal(storetest.Noon) {
			t.Errorf("the shop is stored as %+v, %v", stored, err)
		}

		south, err := t.Create(t.ctx, "south", shops.Change{
			Identify: new(orderhub.ByPhone), Zone: new("UTC"), Currency: new(money.Currency("PLN")), Prefix: new("S-"),
			PaymentWords: map[string]*orderhub.PaymentState{"Opłacone": new(orderhub.Paid)},
			Settings:     map[string]string{"b.style": "vendor"},
			Define:       []orderhub.Definition{{Kind: orderhub.ConsentDefinition, Name: "3", Label: "Newsletter"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.wantEvent(south, orderhub.ShopCreated, orderhub.Change{Field: "name", To: "south"}, orderhub.Change{Field: "identify", To: "phone"},
			orderhub.Change{Field: "timezone", To: "UTC"}, orderhub.Change{Field: "currency", To: "PLN"},
			orderhub.Change{Field: "number_prefix", To: "S-"}, orderhub.Change{Field: "statuses"},
			orderhub.Change{Field: "payment_word.opłacone", To: "paid"}, orderhub.Change{Field: "b.style", To: "vendor"},
			orderhub.Change{Field: "definition.consent:3", To: "Newsletter"})

		_, err = t.Create(t.ctx, "north", shops.Change{Zone: new("UTC")})
		t.wantError(err, orderhub.Duplicate, "name is already taken")
		bad := shops.Change{Zone: new("Moon"), Settings: map[string]string{"b.style": "odd"}}
		_, err = t.Create(t.ctx, "Our Shop", bad)
		for _, err := range []error{err, (&shops.Service{Settings: settings}).Check("Our Shop", bad)} {
			t.wantError(err, orderhub.Invalid, "name must be 1 to 64 lower-case letters, digits and dashes, such as main or north-shop\n"+
				"timezone is not a time zone; send a name such as Europe/Moscow\nsettings.b.style can be plain or vendor")
		}
		t.wantEvent(nil, "")
		all, err := t.List(t.ctx)
		if err != nil || len(all) != 2 || all[0].Zone != "Europe/Moscow" || all[1].Name != "south" {
			t.Errorf("List = %d shops, %v, want north as it was, and south", len(all), err)
		}
	})
}

func TestChange(t *testing.T) {
	each(t, func(t *fixture) {
		shop, other := t.shop("main"), t.shop("other")
		consent := orderhub.Definition{Kind: orderhub.ConsentDefinition, Name: "3", Label: "News"}
		tests := []struct {
			name    string
			change  shops.Change
			changes []orderhub.Change // nil when nothing is to change
		}{
			{"nothing", shops.Change{}, nil},
			{"what is so already", shops.Change{Zone: new("Europe/Moscow"), Settings: map[string]string{"b.style": ""}}, nil},
			{"fields", shops.Change{Currency: new(money.Currency("PLN")), Prefix: new("N-")},
				[]orderhub.Change{{Field: "currency", From: "RUB", To: "PLN"}, {Field: "number_prefix", To: "N-"}}},
			{"words", shops.Change{
				PaymentWords:    map[string]*orderhub.PaymentState{"ОПЛАЧЕН": new(orderhub.Paid), "unknown": nil},
				FulfilmentWords: map[string]*orderhub.FulfilmentState{"ready": new(orderhub.Packed)},
			}, []orderhub.Change{{Field: "payment_word.оплачен", To: "paid"}, {Field: "fulfilment_word.ready", To: "packed"}}},
			{"the same words", shops.Change{PaymentWords: map[string]*orderhub.PaymentState{"оплачен": new(orderhub.Paid)}}, nil},
			{"words again", shops.Change{PaymentWords: map[string]*orderhub.PaymentState{"Оплачен": nil}},
				[]orderhub.Change{{Field: "payment_word.оплачен", From: "paid"}}},
			{"settings", shops.Change{Settings: map[string]string{"b.style": "vendor", "a.days": "30"}},
				[]orderhub.Change{{Field: "a.days", To: "30"}, {Field: "b.style", To: "vendor"}}},
			{"the same settings", shops.Change{Settings: map[string]string{"b.style": "vendor", "a.days": "30"}}, nil},
			{"settings again", shops.Change{Settings: map[string]string{"b.style": "", "a.days": "never"}},
				[]orderhub.Change{{Field: "a.days", From: "30", To: "never"}, {Field: "b.style", From: "vendor"}}},
			{"a definition", shops.Change{Define: []orderhub.Definition{consent}},
				[]orderhub.Change{{Field: "definition.consent:3", To: "News"}}},
			{"the same definition", shops.Change{Define: []orderhub.Definition{consent}}, nil},
			{"defined for a moment", shops.Change{
				Define:   []orderhub.Definition{{Kind: orderhub.OrderDefinition, Name: "x"}},
				Undefine: []orderhub.Definition{{Kind: orderhub.OrderDefinition, Name: "x"}},
			}, nil},
			{"a definition and a field", shops.Change{Zone: new("UTC"), Undefine: []orderhub.Definition{consent}},
				[]orderhub.Change{{Field: "timezone", From: "Europe/Moscow", To: "UTC"}, {Field: "definition.consent:3", From: "News"}}},
		}
		for _, tt := range tests {
			t.Log(tt.name)
			if _, err := t.Change(t.ctx, "main", tt.change); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			kind := orderhub.ShopChanged
			if tt.changes == nil {
				kind = ""
			}
			t.wantEvent(shop, kind, tt.changes...)
		}
		after, err := t.Find(t.ctx, "main")
		if err != nil || after.Zone != "UTC" || after.Settings["a.days"] != "never" || after.FulfilmentWords["ready"] != orderhub.Packed {
			t.Errorf("the shop is %+v, %v", after, err)
		}
		if theirs, err := t.Find(t.ctx, "other"); err != nil || cmp.Diff(other.Settings, theirs.Settings) != "" || theirs.Zone != other.Zone {
			t.Errorf("the other shop is %+v, %v", theirs, err)
		}
	})
}

// A name that was only seen has brackets in events until the shop defines it.
func TestChangeOfWhatWasSeen(t *testing.T) {
	each(t, func(t *fixture) {
		shop := t.shop("main")
		seen := orderhub.Definition{Shop: shop.ID, Kind: orderhub.OrderDefinition, Name: "colour"}
		err := t.DB.Update(t.ctx, func(tx *store.Tx) error { return tx.AddDefinitions(t.ctx, []orderhub.Definition{seen}) })
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			change   shops.Change
			from, to string
		}{
			{shops.Change{Define: []orderhub.Definition{seen}}, "(colour)", "colour"},
			{shops.Change{Undefine: []orderhub.Definition{seen}}, "colour", ""},
		} {
			if _, err := t.Change(t.ctx, "main", c.change); err != nil {
				t.Fatal(err)
			}
			t.wantEvent(shop, orderhub.ShopChanged, orderhub.Change{Field: "definition.order:colour", From: c.from, To: c.to})
		}
	})
}

func TestChangeRefuses(t *testing.T) {
	each(t, func(t *fixture) {
		t.shop("main")
		good := shops.Change{Prefix: new("X-"), Settings: map[string]string{"b.style": "vendor"}}
		tests := []struct {
			shop   string
			change shops.Change
			kind   orderhub.Kind
			want   string
		}{
			{"nowhere", good, orderhub.NotFound, "no shop nowhere; orderhub shop list shows those there are"},
			{"main", shops.Change{Unread: orderhub.Wrong("--setting", "is odd"), Prefix: new(strings.Repeat("x", 21)), Identify: new(orderhub.Identity("shoe"))},
				orderhub.Invalid, "--setting is odd\nidentify must be email, phone or crm-id\nnumber_prefix is too long; send at most 20 characters"},
			{"main", shops.Change{Prefix: new("X-"), Settings: map[string]string{"b.style": "odd", "a.days": "soon", "c": ""}},
				orderhub.Invalid, "settings.a.days must be a number of days, or never\nsettings.b.style can be plain or vendor\n" +
					"settings.c is not known; there are a.days=never|DAYS and b.style=plain|vendor"},
			{"main", shops.Change{Prefix: new("X-"), PaymentWords: map[string]*orderhub.PaymentState{" ": new(orderhub.Paid)}},
				orderhub.Invalid, "payment_words must not hold an empty word"},
			{"main", shops.Change{Prefix: new("X-"), Define: []orderhub.Definition{{Kind: orderhub.OrderDefinition}}},
				orderhub.Missing, "name can't be blank"},
			{"main", shops.Change{Prefix: new("X-"), Undefine: []orderhub.Definition{{Kind: "card", Name: "7"}}},
				orderhub.Invalid, "kind must be consent, order, product or customer"},
			{"main", shops.Change{Prefix: new("X-"), Settings: map[string]string{"orderhub.sample": "true"}},
				orderhub.Invalid, "settings.orderhub.sample is not known; there are a.days=never|DAYS and b.style=plain|vendor"},
		}
		for _, tt := range tests {
			_, err := t.Change(t.ctx, tt.shop, tt.change)
			t.wantError(err, tt.kind, tt.want)
		}
		t.wantEvent(nil, "")
		if shop, err := t.Find(t.ctx, "main"); err != nil || shop.NumberPrefix != "" || len(shop.Settings) > 0 {
			t.Errorf("the shop is %+v, %v, want it as it was", shop, err)
		}
	})
}

// A shop can have so many definitions of a kind; of a change with one too many
// nothing is stored.
func TestTooManyDefinitions(t *testing.T) {
	each(t, func(t *fixture) {
		shop := t.shop("main")
		full := make([]orderhub.Definition, orderhub.MaxDefinitions)
		for i := range full {
			full[i] = orderhub.Definition{Shop: shop.ID, Kind: orderhub.OrderDefinition, Name: strings.Repeat("x", i%90+1) + string(rune('а'+i/90))}
		}
		if err := t.DB.Update(t.ctx, func(tx *store.Tx) error { return tx.AddDefinitions(t.ctx, full) }); err != nil {
			t.Fatal(err)
		}
		_, err := t.Change(t.ctx, "main", shops.Change{Prefix: new("X-"), Define: []orderhub.Definition{{Kind: orderhub.OrderDefinition, Name: "last"}}})
		t.wantError(err, orderhub.Invalid, "name is one too many; a shop can have 1000 of a kind")
		t.wantEvent(nil, "")
		if shop, err := t.Find(t.ctx, "main"); err != nil || shop.NumberPrefix != "" {
			t.Errorf("the shop is %+v, %v, want it as it was", shop, err)
		}
	})
}

func TestCreateKey(t *testing.T) {
	each(t, func(t *fixture) {
		shop := t.shop("main")
		expires := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
		k := &orderhub.Key{Name: "website", Dialects: []string{"usam", "ecdp"}, ReadOnly: true, ExpiresAt: expires}
		secret, err := t.CreateKey(t.ctx, shop, k)
		if err != nil {
			t.Fatal(err)
		}
		if len(secret) != 46 || k.ID == 0 || k.Shop != shop.ID || k.Hint != secret[:8] || !k.CreatedAt.Equal(storetest.Noon) {
			t.Errorf("the key is %+v with a secret of %d characters", k, len(secret))
		}
		t.wantEvent(shop, orderhub.KeyCreated, orderhub.Change{Field: "key", To: "website"}, orderhub.Change{Field: "dialects", To: "usam,ecdp"},
			orderhub.Change{Field: "read_only", To: "true"}, orderhub.Change{Field: "reader", To: "accounting"},
			orderhub.Change{Field: "expires_at", To: "2026-08-01T12:00:00Z"})
		if _, err := t.CreateKey(t.ctx, shop, &orderhub.Key{Name: "till"}); err != nil {
			t.Fatal(err)
		}
		t.wantEvent(shop, orderhub.KeyCreated, orderhub.Change{Field: "key", To: "till"}, orderhub.Change{Field: "dialects", To: "all"},
			orderhub.Change{Field: "read_only", To: "false"}, orderhub.Change{Field: "reader", To: "accounting"})
		keys, err := t.Keys(t.ctx, shop)
		if err != nil || len(keys) != 2 || !keys[0].ReadOnly || !keys[0].Opens("usam") || keys[0].Opens("aplaut") || !keys[1].Opens("aplaut") {
			t.Errorf("Keys = %+v, %v", keys, err)
		}
	})
}

func TestCreateKeyRefuses(t *testing.T) {
	each(t, func(t *fixture) {
		shop := t.shop("main")
		t.key(shop, "till")
		tests := []struct {
			key  orderhub.Key
			kind orderhub.Kind
			want string
		}{
			{orderhub.Key{Name: ""}, orderhub.Invalid, "name must have 1 to 100 characters"},
			{orderhub.Key{Name: " "}, orderhub.Invalid, "name must have 1 to 100 characters"},
			{orderhub.Key{Name: strings.Repeat("k", 101)}, orderhub.Invalid, "name must have 1 to 100 characters"},
			{orderhub.Key{Name: "a\nb"}, orderhub.Invalid, "name must be plain text on one line"},
			{orderhub.Key{Name: "a\xff"}, orderhub.Invalid, "name must be plain text on one line"},
			{orderhub.Key{Name: "till"}, orderhub.Duplicate, "name is already taken"},
			{orderhub.Key{Name: "x", Reader: "warehouse"}, orderhub.NotFound, "no reader warehouse of the exchange; orderhub reader list shows those there are"},
			{orderhub.Key{Name: "x", Dialects: []string{"usam", "soap", ""}}, orderhub.Invalid,
				"dialects[1] must be one of aplaut, usam, ecdp, virtpos\ndialects[2] must be one of aplaut, usam, ecdp, virtpos"},
		}
		for _, tt := range tests {
			secret, err := t.CreateKey(t.ctx, shop, &tt.key)
			t.wantError(err, tt.kind, tt.want)
			if secret != "" {
				t.Errorf("the refused key %q has a secret", tt.key.Name)
			}
		}
		t.wantEvent(nil, "")
		t.key(shop, strings.Repeat("ключ", 25))
		if _, err := t.CreateKey(t.ctx, shop, &orderhub.Key{Name: "all four", Dialects: []string{"aplaut", "usam", "ecdp", "virtpos"}}); err != nil {
			t.Error(err)
		}
	})
}

func TestRevokeKey(t *testing.T) {
	each(t, func(t *fixture) {
		shop, other := t.shop("main"), t.shop("other")
		t.key(shop, "till")
		t.key(other, "till")
		t.key(other, "theirs")

		t.wantError(t.RevokeKey(t.ctx, shop, "theirs"), orderhub.NotFound, "no key theirs that is in force; orderhub key list shows those there are")
		t.wantEvent(nil, "")
		if err := t.RevokeKey(t.ctx, shop, "till"); err != nil {
			t.Fatal(err)
		}
		t.wantEvent(shop, orderhub.KeyRevoked, orderhub.Change{Field: "key", From: "till"})
		t.wantError(t.RevokeKey(t.ctx, shop, "till"), orderhub.NotFound, "no key till that is in force; orderhub key list shows those there are")
		t.wantEvent(nil, "")

		mine, err := t.Keys(t.ctx, shop)
		if err != nil || len(mine) != 1 || mine[0].RevokedAt.IsZero() {
			t.Errorf("the keys of the shop are %+v, %v, want one, revoked", mine, err)
		}
		theirs, err := t.Keys(t.ctx, other)
		if err != nil || len(theirs) != 2 || !theirs[0].RevokedAt.IsZero() || !theirs[1].RevokedAt.IsZero() {
			t.Errorf("the keys of the other shop are %+v, %v, want two in force", theirs, err)
		}
		t.key(shop, "till") // the name is free
	})
}

// What cannot have its event is not done.
func TestNothingWithoutItsEvent(t *testing.T) {
	each(t, func(t *fixture) {
		shop := t.shop("main")
		t.key(shop, "till")
		rename := func(from, to string) {
			t.Helper()
			err := t.DB.Update(t.ctx, func(tx *store.Tx) error {
				_, err := tx.Exec(t.ctx, `alter table `+from+` rename to `+to)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		rename("events", "hidden")
		for name, act := range map[string]func() error{
			"Create":    func() error { _, err := t.Create(t.ctx, "new", shops.Change{}); return err },
			"Change":    func() error { _, err := t.Change(t.ctx, "main", shops.Change{Prefix: new("X-")}); return err },
			"CreateKey": func() error { _, err := t.CreateKey(t.ctx, shop, &orderhub.Key{Name: "new"}); return err },
			"RevokeKey": func() error { return t.RevokeKey(t.ctx, shop, "till") },
		} {
			if err := act(); err == nil {
				t.Errorf("%s has no error", name)
			}
		}
		rename("hidden", "events")
		t.wantEvent(nil, "")
		all, err := t.List(t.ctx)
		if err != nil || len(all) != 1 || all[0].NumberPrefix != "" {
			t.Errorf("List = %d shops, %v, want one as it was", len(all), err)
		}
		keys, err := t.Keys(t.ctx, shop)
		if err != nil || len(keys) != 1 || !keys[0].RevokedAt.IsZero() {
			t.Errorf("Keys = %+v, %v, want one in force", keys, err)
		}
	})
}

// Acts have times of their own, in the sequence in which they became visible.
func TestTimesRise(t *testing.T) {
	each(t, func(t *fixture) {
		shop := t.shop("main")
		t.key(shop, "till")
		if err := t.RevokeKey(t.ctx, shop, "till"); err != nil {
			t.Fatal(err)
		}
		for i, e := range storetest.Events(t, t.DB) {
			if want := storetest.Noon.Add(time.Duration(i) * time.Microsecond); !e.At.Equal(want) {
				t.Errorf("%s is at %v, want %v", e.Kind, e.At, want)
			}
		}
	})
}

// Whatever happens at the same time, each act has its event and no two of a
// shop have one time.
func TestActsAtTheSameTime(t *testing.T) {
	each(t, func(t *fixture) {
		shop := t.shop("main")
		const n = 16
		done := make(chan error)
		for i := range n {
			go func() {
				if i%2 == 0 {
					_, err := t.CreateKey(t.ctx, shop, &orderhub.Key{Name: strings.Repeat("k", i+1)})
					done <- err
					return
				}
				_, err := t.Change(t.ctx, "main", shops.Change{Prefix: new(strings.Repeat("p", i))})
				done <- err
			}()
		}
		for range n {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		times := make(map[time.Time]bool)
		prefix := ""
		for _, e := range storetest.Events(t, t.DB) {
			times[e.At] = true
			for _, c := range e.Changes {
				if c.Field == "number_prefix" {
					if c.From != prefix {
						t.Errorf("the prefix %q follows %q, want %q", c.To, c.From, prefix)
					}
					prefix = c.To
				}
			}
		}
		if len(times) != n+1 {
			t.Errorf("%d acts have %d times", n+1, len(times))
		}
	})
}

func TestSample(t *testing.T) {
	each(t, func(t *fixture) {
		real := t.shop("real")
		sample, err := t.CreateSample(t.ctx, "demo")
		if err != nil || !shops.IsSample(sample) || shops.IsSample(real) {
			t.Fatalf("CreateSample = %+v, %v", sample, err)
		}
		t.key(sample, "first")
		_, err = t.CreateSample(t.ctx, "real")
		t.wantError(err, orderhub.Duplicate, "name is already taken")
		t.wantError(t.RemoveSample(t.ctx, "real"), orderhub.Conflict, "the shop real holds no sample data; it stays")
		t.wantError(t.RemoveSample(t.ctx, "none"), orderhub.NotFound, "no shop none; orderhub shop list shows those there are")
		if err := t.RemoveSample(t.ctx, "demo"); err != nil {
			t.Fatal(err)
		}
		all, err := t.List(t.ctx)
		if err != nil || len(all) != 1 || all[0].ID != real.ID {
			t.Errorf("List = %d shops, %v, want the real one", len(all), err)
		}
		if len(storetest.Events(t, t.DB)) != 1 {
			t.Error("the events of the sample shop are left")
		}
		_, err = t.CreateKey(t.ctx, sample, &orderhub.Key{Name: "late"})
		if orderhub.KindOf(err) != orderhub.NotFound {
			t.Errorf("a key of a shop that is gone: %v, want NotFound", err)
		}
	})
}
