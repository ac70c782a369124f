// Package once answers a request that is sent again with the first answer,
// byte for byte, for those callers who mark it with a key of their own
// (Idempotency-Key).
//
// The answer is stored in the transaction that does the work, so the one
// exists exactly when the other does, whatever dies in between. A request
// that was refused leaves nothing behind and may be corrected under its key.
package once

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// Keep is how long first answers are kept at least.
const Keep = 24 * time.Hour

// MaxKey is how long a key may be, in characters.
const MaxKey = 255

// What a key can be refused for. Each dialect has its own status for them.
var (
	ErrRunning = orderhub.Errorf(orderhub.Conflict, "the first request with this Idempotency-Key is still running; send it again soon")
	ErrOther   = batch.ErrOther
	ErrKey     = orderhub.Errorf(orderhub.Invalid, "the Idempotency-Key must have 1 to 255 characters")
)

// A Request is what may be sent again.
type Request struct {
	Shop orderhub.ShopID
	Key  string   // the caller's
	Text []string // what makes the request this one: method, path, body
}

// A Keeper keeps first answers. One must serve all requests of a process.
type Keeper struct {
	DB *store.DB

	mu      sync.Mutex
	running map[running]bool
}

type running struct {
	shop orderhub.ShopID
	key  string
}

// An Answer is what a request was answered with.
type Answer = store.Answer

// A Once is how the work of a request knows that it must be done once.
type Once = batch.Once

// Do does the work of a request, unless it was done before: then it returns the
// stored answer. Otherwise it returns none, and made is what the request is
// answered with. Work must run its batch.Unit with the Once that it gets, which
// makes the answer when the work knows its ids. ErrRunning, ErrOther and ErrKey
// are refusals of Do itself.
func (k *Keeper) Do(ctx context.Context, r Request, answer func() Answer, work func(*batch.Once) error) (first, made *Answer, err error) {
	if r.Key == "" || utf8.RuneCountInString(r.Key) > MaxKey || !orderhub.Storable(r.Key) {
		return nil, nil, ErrKey
	}
	if !k.enter(running{r.Shop, r.Key}) {
		return nil, nil, ErrRunning
	}
	defer k.leave(running{r.Shop, r.Key})
	once := &batch.Once{Key: r.Key, Fingerprint: r.print(), Answer: func() (Answer, error) {
		made = new(answer())
		return *made, nil
	}}
	err = work(once)
	switch {
	case once.First != nil:
		return once.First, nil, nil
	case errors.Is(err, store.ErrUnknown):
		// The answer is there exactly when the work is.
		if first, failed := k.first(ctx, once, r.Shop); failed == nil && first != nil {
			return first, nil, nil
		}
	}
	return nil, made, err
}

// first looks for the answer that was stored under a key.
func (k *Keeper) first(ctx context.Context, once *batch.Once, shop orderhub.ShopID) (first *Answer, err error) {
	err = k.DB.View(ctx, func(tx *store.Tx) error {
		known, err := tx.Shop(shop).Answers(ctx, []string{once.Key})
		if a, stored := known[once.Key]; stored && string(a.Fingerprint) == string(once.Fingerprint) {
			first = &a.Answer
		}
		return err
	})
	return first, err
}

// Sweep forgets answers that were kept long enough.
func (k *Keeper) Sweep(ctx context.Context) error {
	return k.DB.Update(ctx, func(tx *store.Tx) error { return tx.ForgetAnswers(ctx, tx.Now().Add(-Keep)) })
}

// print tells requests apart.
func (r Request) print() []byte {
	h := sha256.New()
	for _, text := range r.Text {
		sum := sha256.Sum256([]byte(text))
		h.Write(sum[:])
	}
	return h.Sum(nil)
}

func (k *Keeper) enter(r running) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.running[r] {
		return false
	}
	if k.running == nil {
		k.running = make(map[running]bool)
	}
	k.running[r] = true
	return true
}

func (k *Keeper) leave(r running) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.running, r)
}
