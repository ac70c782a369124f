package orderhub

import (
	"slices"
	"time"
)

// A KeyID is ours and never changes.
type KeyID int64

// A Key opens one shop to one program. Its secret is shown once and kept only
// as a hash.
type Key struct {
	ID        KeyID
	Shop      ShopID
	Name      string   // unique among the shop's keys that are in force
	Hint      string   // the first characters of the secret
	Dialects  []string // the dialects that it opens; none means all
	ReadOnly  bool
	Reader    string // the reader of the exchange as which its holder acts; DefaultReader unless chosen
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	RevokedAt time.Time // zero: in force
	UsedAt    time.Time // to the minute
}

// InForce says whether the key opens anything at a time.
func (k *Key) InForce(at time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || at.Before(k.ExpiresAt))
}

// Opens says whether the key is for a dialect.
func (k *Key) Opens(dialect string) bool {
	return len(k.Dialects) == 0 || slices.Contains(k.Dialects, dialect)
}
