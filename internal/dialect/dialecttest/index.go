package dialecttest

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"orderhub/internal/search"
	"orderhub/internal/store"
)

// indexed lets a request that searches wait until the index holds all orders,
// as it does on a server that runs for a while.
func (h *Hub) indexed(t testing.TB, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.RawQuery, "search=") {
			h.catchUp(t, r.Context())
		}
		next.ServeHTTP(w, r)
	})
}

// catchUp waits for the index. On a database with several writers an event
// waits for all transactions that began before it, those of other tests too.
func (h *Hub) catchUp(t testing.TB, ctx context.Context) {
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if err := search.CatchUp(ctx, h.DB); err != nil {
			t.Errorf("index: %v", err)
			return
		}
		behind := 0
		err := h.DB.View(ctx, func(tx *store.Tx) error {
			rows, err := tx.Query(ctx, `select count(*) from events where event_id > coalesce((select event_id from readers where name = 'search'), 0)`)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				if err := rows.Scan(&behind); err != nil {
					return err
				}
			}
			return rows.Err()
		})
		if err != nil || time.Now().After(deadline) {
			t.Errorf("the index does not catch up: %d events behind, %v", behind, err)
			return
		}
		if behind == 0 {
			return
		}
	}
}
