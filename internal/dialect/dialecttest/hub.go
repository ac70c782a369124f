package dialecttest

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/customers"
	"orderhub/internal/definitions"
	"orderhub/internal/doors"
	"orderhub/internal/loyalty"
	"orderhub/internal/once"
	"orderhub/internal/ordering"
	"orderhub/internal/server"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A Hub is a whole hub on a fresh store, served over real HTTP.
type Hub struct {
	Base    string
	Handler http.Handler // the same without a network in between
	DB      *store.DB
	Gate    *access.Gate
	Orders  *ordering.Service

	Customers *customers.Service
	// Vars are the secrets of its keys: key of the shop main; reader, revoked,
	// expired, warehouse (which acts as a reader of the exchange of its own) and
	// usam (a key for that dialect only) of main, too; foreign of another shop; vendor of a shop that wants errors in the vendor's style;
	// phones and crm of shops that tell customers apart by these. Each is there
	// once more with _basic at its name's end, as HTTP Basic has it.
	Vars map[string]string
	Main *orderhub.Shop
}

// NewHub makes a hub on a store, which must be empty.
func NewHub(t testing.TB, db *store.DB) *Hub {
	t.Helper()
	h := &Hub{DB: db, Gate: access.New(db, access.Options{Now: db.Now, Keep: -1}), Orders: &ordering.Service{DB: db},
		Customers: &customers.Service{DB: db}, Vars: make(map[string]string)}
	h.Main = h.shop(t, &orderhub.Shop{Name: "main", Zone: "Europe/Moscow", Currency: "RUB"})
	other := h.shop(t, &orderhub.Shop{Name: "other", Zone: "Europe/Warsaw", Currency: "PLN"})
	vendor := h.shop(t, &orderhub.Shop{Name: "vendor", Zone: "Europe/Moscow", Currency: "RUB",
		Settings: map[string]string{"aplaut.error_style": "vendor", "jsonapi.strict": "true"}})
	h.key(t, h.Main, "key", orderhub.Key{})
	h.key(t, h.Main, "reader", orderhub.Key{ReadOnly: true})
	warehouse := &orderhub.ExchangeReader{Name: "warehouse", Statuses: []string{"sending", "courier", "closed"}}
	if err := h.Orders.CreateReader(context.Background(), h.Main, warehouse, false); err != nil {
		t.Fatalf("create a reader: %v", err)
	}
	h.key(t, h.Main, "warehouse", orderhub.Key{Reader: warehouse.Name})
	h.key(t, h.Main, "usam", orderhub.Key{Dialects: []string{"usam"}})
	h.key(t, h.Main, "expired", orderhub.Key{ExpiresAt: db.Now().Add(-time.Hour)})
	h.key(t, h.Main, "revoked", orderhub.Key{})
	h.key(t, other, "foreign", orderhub.Key{})
	h.key(t, vendor, "vendor", orderhub.Key{})
	phones := h.shop(t, &orderhub.Shop{Name: "phones", Zone: "Europe/Warsaw", Currency: "PLN", Identify: orderhub.ByPhone,
		Settings: map[string]string{"ecdp.substatus": "published"}})
	h.key(t, phones, "phones", orderhub.Key{})
	crm := h.shop(t, &orderhub.Shop{Name: "crm", Zone: "Europe/Warsaw", Currency: "PLN", Identify: orderhub.ByExternal,
		Settings: map[string]string{"ecdp.attributes": "defined"}})
	h.key(t, crm, "crm", orderhub.Key{})
	err := db.Update(context.Background(), func(tx *store.Tx) error {
		return tx.Shop(h.Main.ID).RevokeKey(context.Background(), "revoked")
	})
	if err != nil {
		t.Fatalf("revoke a key: %v", err)
	}
	h.serve(t)
	return h
}

// Each runs a test against a fresh hub on every database that we run on.
func Each(t *testing.T, test func(t *testing.T, h *Hub)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, NewHub(t, db)) })
}

// PlayAll plays every transcript that glob finds, each against a hub of its
// own, on every database that we run on.
func PlayAll(t *testing.T, glob string) {
	t.Helper()
	for database, open := range storetest.Databases() {
		t.Run(database, func(t *testing.T) {
			PlayDir(t, func(t *testing.T) (string, map[string]string) {
				h := NewHub(t, open(t))
				return h.Base, h.Vars
			}, glob)
		})
	}
}

func (h *Hub) shop(t testing.TB, s *orderhub.Shop) *orderhub.Shop {
	t.Helper()
	s.Identify, s.Statuses = cmp.Or(s.Identify, orderhub.ByEmail), orderhub.DefaultStatuses()
	err := h.DB.Update(context.Background(), func(tx *store.Tx) error { return tx.CreateShop(context.Background(), s) })
	if err != nil {
		t.Fatalf("create shop %s: %v", s.Name, err)
	}
	return s
}

func (h *Hub) key(t testing.TB, s *orderhub.Shop, name string, k orderhub.Key) {
	t.Helper()
	secret := access.NewSecret()
	k.Shop, k.Name, k.Hint = s.ID, name, secret.Hint()
	err := h.DB.Update(context.Background(), func(tx *store.Tx) error { return tx.CreateKey(context.Background(), &k, secret.Hash()) })
	if err != nil {
		t.Fatalf("create key %s: %v", name, err)
	}
	h.Vars[name] = string(secret)
	h.Vars[name+"_basic"] = base64.StdEncoding.EncodeToString([]byte("exchange:" + string(secret)))
}

func (h *Hub) serve(t testing.TB) {
	t.Helper()
	log := slog.New(noFailures{slog.DiscardHandler, t})
	h.Handler = server.New(server.Options{Log: log, Strangers: -1, Ready: h.DB.Ready}, doors.All(doors.Services{
		Gate: h.Gate, Orders: h.Orders, Customers: h.Customers, Answers: &once.Keeper{DB: h.DB},
		Definitions: &definitions.Keeper{DB: h.DB}, Loyalty: &loyalty.Service{DB: h.DB},
	}, log)...)
	s := httptest.NewServer(h.indexed(t, h.Handler))
	t.Cleanup(s.Close)
	h.Base = s.URL
}

// noFailures fails a test when the hub logs an error: what a client sends is
// never a fault of ours.
type noFailures struct {
	slog.Handler
	t testing.TB
}

func (n noFailures) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

func (n noFailures) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	r.Attrs(func(a slog.Attr) bool { fmt.Fprintf(&b, " %s", a); return true })
	n.t.Errorf("the hub logged: %s%s", r.Message, &b)
	return nil
}
