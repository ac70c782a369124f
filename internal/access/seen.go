package access

import "context"

// Seen is what a log may say of a caller: names, never a secret. The one who
// made it reads it after the request.
type Seen struct {
	Shop     string // the shop's name; "" when no key was known
	Key      string // the key's name
	Stranger bool   // a secret was asked for and opened nothing
}

type seenKey struct{}

// Remember gives the context a place in which Admit leaves whom it saw.
func Remember(ctx context.Context) (context.Context, *Seen) {
	s := new(Seen)
	return context.WithValue(ctx, seenKey{}, s), s
}

// seenIn returns the place, or one that nobody reads.
func seenIn(ctx context.Context) *Seen {
	if s, ok := ctx.Value(seenKey{}).(*Seen); ok {
		return s
	}
	return new(Seen)
}
