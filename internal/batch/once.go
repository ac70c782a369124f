package batch

import (
	"context"

	"orderhub"
	"orderhub/internal/store"
)

// A Once makes a unit idempotent: a request whose key was used before is not
// done again, but gets the first answer.
type Once struct {
	Key         string // the caller's
	Fingerprint []byte // of the request; the same key with another one is ErrOther

	// Answer is what the request is answered with. It is called after Decide,
	// when new records have their ids, and before anything is written; a unit
	// whose answer cannot be made is refused.
	Answer func() (store.Answer, error)

	// First is the answer of the first request, set when there was one: then
	// Decide was not called, or what it did does not stand.
	First *store.Answer

	made store.Answer
}

// ErrOther refuses a key that came with another request before.
var ErrOther = orderhub.Errorf(orderhub.Conflict, "this Idempotency-Key came with another request before; use a new one")

// readAnswers finds the units that were done before. They need not be decided.
func (b *Batch) readAnswers(ctx context.Context, tx *store.ShopTx, units []*Unit) error {
	var keys []string
	for _, u := range units {
		if u.Once != nil {
			u.Once.First = nil
			keys = append(keys, u.Once.Key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	known, err := tx.Answers(ctx, keys)
	if err != nil {
		return err
	}
	for _, u := range units {
		if u.Once == nil {
			continue
		}
		first, done := known[u.Once.Key]
		switch {
		case !done:
		case string(first.Fingerprint) != string(u.Once.Fingerprint):
			u.err = ErrOther
		default:
			u.Once.First = &first.Answer
		}
	}
	return nil
}

// done reports whether nothing is left to decide for a unit.
func (u *Unit) done() bool { return u.err != nil || u.Once != nil && u.Once.First != nil }

// answer makes the answers of idempotent units. It reports false when one
// cannot be made: that unit is refused, and the others must be decided again.
func (b *Batch) answer(units []*Unit) bool {
	good := true
	for _, u := range units {
		if u.Once == nil || u.done() {
			continue
		}
		u.err = safely(func() (err error) {
			u.Once.made, err = u.Once.Answer()
			return err
		})
		good = good && u.err == nil
	}
	return good
}

// saveAnswers stores the answers of those units that were done now.
func (b *Batch) saveAnswers(ctx context.Context, tx *store.ShopTx, units []*Unit) error {
	var all []store.KeyedAnswer
	for _, u := range units {
		if u.Once != nil && !u.done() {
			all = append(all, store.KeyedAnswer{Key: u.Once.Key, Fingerprint: u.Once.Fingerprint, Answer: u.Once.made})
		}
	}
	if len(all) == 0 {
		return nil
	}
	return tx.SaveAnswers(ctx, all)
}
