package dialecttest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/dialect/aplaut"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A Hub is a whole hub on a fresh store, served over real HTTP. Its clock
// stands at storetest.Noon and moves on by a second with each transaction.
type Hub struct {
	Base   string
	DB     *store.DB
	Gate   *access.Gate
	Orders *ordering.Service
	// Vars are the secrets of its keys: key of the shop main; reader, revoked,
	// expired and usam (a key for that dialect only) of main, too; foreign of
	// another shop; vendor of a shop that wants errors in the vendor's style.
	Vars map[string]string
	Main *orderhub.Shop
}

// NewHub makes a hub on a store, which must be empty.
func NewHub(t testing.TB, db *store.DB) *Hub {
	t.Helper()
	h := &Hub{DB: db, Gate: access.New(db, access.Options{Now: db.Now, Keep: -1}), Orders: &ordering.Service{DB: db}, Vars: make(map[string]string)}
	h.Main = h.shop(t, &orderhub.Shop{Name: "main", Zone: "Europe/Moscow", Currency: "RUB"})
	other := h.shop(t, &orderhub.Shop{Name: "other", Zone: "Europe/Warsaw", Currency: "PLN"})
	vendor := h.shop(t, &orderhub.Shop{Name: "vendor", Zone: "Europe/Moscow", Currency: "RUB",
		Settings: map[string]string{"aplaut.error_style": "vendor", "jsonapi.strict": "true"}})
	h.key(t, h.Main, "key", orderhub.Key{})
	h.key(t, h.Main, "reader", orderhub.Key{ReadOnly: true})
	h.key(t, h.Main, "usam", orderhub.Key{Dialects: []string{"usam"}})
	h.key(t, h.Main, "expired", orderhub.Key{ExpiresAt: db.Now().Add(-time.Hour)})
	h.key(t, h.Main, "revoked", orderhub.Key{})
	h.key(t, other, "foreign", orderhub.Key{})
	h.key(t, vendor, "vendor", orderhub.Key{})
	err := db.Update(context.Background(), func(tx *store.Tx) error {
		return tx.RevokeKey(context.Background(), h.Main.ID, "revoked")
	})
	if err != nil {
		t.Fatalf("revoke a key: %v", err)
	}
	h.serve(t)
	return h
}

// Start makes a hub on SQLite and returns what PlayDir asks for.
func Start(t *testing.T) (base string, vars map[string]string) {
	t.Helper()
	h := NewHub(t, storetest.Open(t))
	return h.Base, h.Vars
}

func (h *Hub) shop(t testing.TB, s *orderhub.Shop) *orderhub.Shop {
	t.Helper()
	s.Identify, s.Statuses = orderhub.ByEmail, orderhub.DefaultStatuses()
	err := h.DB.Update(context.Background(), func(tx *store.Tx) error { return tx.CreateShop(context.Background(), s) })
	if err != nil {
		t.Fatalf("create shop %s: %v", s.Name, err)
	}
	return s
}

func (h *Hub) key(t testing.TB, s *orderhub.Shop, name string, k orderhub.Key) {
	t.Helper()
	k.Name = name
	secret, err := h.Gate.Issue(context.Background(), s, &k)
	if err != nil {
		t.Fatalf("create key %s: %v", name, err)
	}
	h.Vars[name] = secret
}

func (h *Hub) serve(t testing.TB) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	handler, _ := aplaut.New(h.Gate, h.Orders, log)
	r := chi.NewRouter()
	r.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Request-Id", "r-1")
			next.ServeHTTP(w, r)
		})
	})
	r.Mount(aplaut.Prefix, handler)
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	h.Base = s.URL
}
