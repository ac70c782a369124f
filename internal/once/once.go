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
	"orderhub/internal/store"
)

// Keep is how long first answers are kept at least.
const Keep = 24 * time.Hour

// MaxKey is how long a key may be, in characters.
const MaxKey = 255

// What a key can be refused for. Each dialect has its own status for them.
var (
	ErrRunning = orderhub.Errorf(orderhub.Conflict, "the first request with this Idempotency-Key is still running; send it again soon")
	ErrOther   = orderhub.Errorf(orderhub.Conflict, "this Idempotency-Key came with another request before; use a new one")
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

// A Saver makes of an answer what a service does in the transaction that earns
// it. The answer is asked for then, when the work knows its ids.
type Saver func(answer func() Answer) func(context.Context, *store.Tx) error

// Do returns the stored answer of a request that was done before. Otherwise
// it lets work do it, which must call save in the transaction of its work,
// and returns no answer: then work has answered. ErrRunning, ErrOther and
// ErrKey are its own refusals.
func (k *Keeper) Do(ctx context.Context, r Request, work func(save Saver) error) (*Answer, error) {
	if r.Key == "" || utf8.RuneCountInString(r.Key) > MaxKey || !orderhub.Storable(r.Key) {
		return nil, ErrKey
	}
	if !k.enter(running{r.Shop, r.Key}) {
		return nil, ErrRunning
	}
	defer k.leave(running{r.Shop, r.Key})
	if first, err := k.first(ctx, r); first != nil || err != nil {
		return first, err
	}
	err := work(func(answer func() Answer) func(context.Context, *store.Tx) error {
		return func(ctx context.Context, tx *store.Tx) error {
			saved, err := tx.SaveAnswer(ctx, r.Shop, r.Key, r.print(), answer())
			if err == nil && !saved {
				return errElsewhere
			}
			return err
		}
	})
	if err == nil {
		return nil, nil
	}
	// Another process may have done it meanwhile: then the work was undone, or
	// it found the number taken. Or the store did not say whether it was done.
	if first, other := k.first(ctx, r); first != nil || errors.Is(other, ErrOther) {
		return first, other
	}
	return nil, err
}

// errElsewhere undoes work that another process has done meanwhile.
var errElsewhere = errors.New("once: done by another process")

// first looks for the answer that was given before.
func (k *Keeper) first(ctx context.Context, r Request) (answer *Answer, err error) {
	var print []byte
	err = k.DB.View(ctx, func(tx *store.Tx) error {
		answer, print, err = tx.AnswerTo(ctx, r.Shop, r.Key)
		return err
	})
	if err == nil && answer != nil && string(print) != string(r.print()) {
		return nil, ErrOther
	}
	return answer, err
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
