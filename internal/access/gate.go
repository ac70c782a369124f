package access

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// maxSecret is how many bytes of a secret are looked at. Ours have 46; what
// is longer is nobody's.
const maxSecret = 256

// errStranger is the same for every reason: who guesses learns nothing.
var errStranger = orderhub.Errorf(orderhub.Stranger, "send a valid key; it is missing, unknown, expired or revoked")

// Options tune a gate. The zero value is right for a server.
type Options struct {
	// Rate is how many requests a second each key may make, as many of them
	// at once; 0 is no limit. Every process counts for itself.
	Rate float64
	// Keep is how long an answer of the store is trusted; 0 is one second,
	// less than 0 trusts none.
	Keep time.Duration
	// Keys is how many keys are remembered at most; 0 is 10,000.
	Keys int
	// Flush is how often Run writes down when keys were last used; 0 is one
	// minute.
	Flush time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log hears of last uses that could not be written; nil is slog.Default.
	Log *slog.Logger
}

// A Gate admits callers. It is safe for use by many goroutines.
type Gate struct {
	db *store.DB
	o  Options

	mu     sync.Mutex
	passes map[hash]*pass
	forgot int                          // how often; a look-up begun before does not count
	used   map[orderhub.KeyID]time.Time // to the minute, not yet in the store
}

// New makes a gate to the shops of a store.
func New(db *store.DB, o Options) *Gate {
	if o.Keep == 0 {
		o.Keep = time.Second
	}
	if o.Keys == 0 {
		o.Keys = 10_000
	}
	if o.Flush == 0 {
		o.Flush = time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Gate{db: db, o: o, passes: make(map[hash]*pass), used: make(map[orderhub.KeyID]time.Time)}
}

// A Caller is a known program and the shop that its key opens. Both are
// shared with other requests and must not be changed.
type Caller struct {
	Shop *orderhub.Shop
	Key  *orderhub.Key
}

// Admit finds out who calls and whether the key opens the dialect, for a
// write or only for reading. White space within the secret does not count:
// people paste it in groups, as WordPress shows its passwords. The context
// that it returns tells events who acts; see [orderhub.WithActor].
//
// The error is of kind Stranger, with one text for all reasons, when the
// secret opens nothing (any more), Denied when the key is not for this, and a
// [*Busy] of kind TooMany when the key asks faster than it may. When the
// store cannot be read, it is the store's.
func (g *Gate) Admit(ctx context.Context, secret, dialect string, write bool) (context.Context, *Caller, error) {
	seen := seenIn(ctx)
	now := g.o.Now()
	p, err := g.find(ctx, secret, now)
	if err != nil {
		seen.Stranger = orderhub.KindOf(err) == orderhub.Stranger
		return ctx, nil, err
	}
	seen.Shop, seen.Key = p.Shop.Name, p.Key.Name
	if wait := p.wait(now); wait > 0 {
		return ctx, nil, &Busy{Retry: wait, Text: fmt.Sprintf("the key %s may make %g requests a second; wait a little", p.Key.Name, g.o.Rate)}
	}
	if !p.Key.Opens(dialect) {
		return ctx, nil, orderhub.Errorf(orderhub.Denied, "the key %s does not open %s; use one that does", p.Key.Name, dialect)
	}
	if write && p.Key.ReadOnly {
		return ctx, nil, orderhub.Errorf(orderhub.Denied, "the key %s may only read; use one that may write", p.Key.Name)
	}
	actor := orderhub.Actor{Door: dialect, Key: p.Key.Name, Request: orderhub.ActorOf(ctx).Request}
	return orderhub.WithActor(ctx, actor), &p.Caller, nil
}

// find looks a secret up, in memory first, and notes that it was used.
func (g *Gate) find(ctx context.Context, secret string, now time.Time) (*pass, error) {
	h, ok := hashOf(secret)
	if !ok {
		return nil, errStranger
	}
	p, forgot := g.recall(h, now)
	if p == nil {
		c, err := g.read(ctx, h)
		if err != nil {
			return nil, err
		}
		p = g.remember(h, c, now, forgot)
	}
	// Asked each time: a key may expire while it is remembered.
	if !p.Key.InForce(now) {
		return nil, errStranger
	}
	g.note(p.Key.ID, now)
	return p, nil
}

// read looks a key and its shop up in the store, a revoked key too.
func (g *Gate) read(ctx context.Context, h hash) (c Caller, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		if c.Key, err = tx.KeyByHash(ctx, h[:]); err != nil {
			return err
		}
		c.Shop, err = tx.ShopByID(ctx, c.Key.Shop)
		return err
	})
	if orderhub.KindOf(err) == orderhub.NotFound {
		return Caller{}, errStranger
	}
	if err != nil {
		return Caller{}, fmt.Errorf("access: look a key up: %w", err)
	}
	c.Shop.Location() // it looks its zone up lazily; do so before the shop is shared
	return c, nil
}

// A hash is the SHA-256 of a secret.
type hash [sha256.Size]byte

// hashOf says under what a secret would be stored, if it could be ours.
func hashOf(secret string) (hash, bool) {
	if len(secret) > maxSecret {
		return hash{}, false
	}
	secret = strings.Join(strings.Fields(secret), "")
	return sha256.Sum256([]byte(secret)), secret != ""
}
