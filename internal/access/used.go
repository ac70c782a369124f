package access

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// note keeps in memory that a key is used: a write for every request would
// cost more than the request.
func (g *Gate) note(id orderhub.KeyID, now time.Time) {
	minute := now.Truncate(time.Minute)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.used[id].Before(minute) {
		g.used[id] = minute
	}
}

// Flush writes down when keys were last used. What cannot be written stays
// for the next time.
func (g *Gate) Flush(ctx context.Context) error {
	g.mu.Lock()
	used := g.used
	g.used = make(map[orderhub.KeyID]time.Time)
	g.mu.Unlock()
	if len(used) == 0 {
		return nil
	}
	err := g.db.Update(ctx, func(tx *store.Tx) error {
		// In one order everywhere: two processes that hold a row each and
		// wait for the other's would wait forever.
		for _, id := range slices.Sorted(maps.Keys(used)) {
			if err := tx.KeyUsed(ctx, id, used[id]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		for id, at := range used {
			g.note(id, at)
		}
		return fmt.Errorf("access: write last uses of keys: %w", err)
	}
	return nil
}

// Run flushes now and then until the context ends, and once more then, for
// which it takes five seconds at most. The store must stay open until Run
// returns.
func (g *Gate) Run(ctx context.Context) {
	tick := time.NewTicker(g.o.Flush)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			g.tidy()
			g.flush(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			g.flush(last)
			return
		}
	}
}

func (g *Gate) flush(ctx context.Context) {
	if err := g.Flush(ctx); err != nil {
		g.o.Log.WarnContext(ctx, "last uses of keys not written", "error", err)
	}
}

// tidy drops passes that are too old: their shops are worth kilobytes.
func (g *Gate) tidy() {
	now := g.o.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.DeleteFunc(g.passes, func(_ hash, p *pass) bool { return !p.fresh(now, g.o.Keep) })
}
