package access

import (
	"time"

	"orderhub"
)

// Busy is an error of kind TooMany that also says how long to wait.
type Busy struct {
	Retry time.Duration // from now; more than 0
	Text  string        // for the caller
}

func (b *Busy) Error() string { return b.Text }

// Unwrap makes it an error that a dialect may show.
func (b *Busy) Unwrap() error { return &orderhub.Error{Kind: orderhub.TooMany, Text: b.Text} }

// Seconds is Retry in whole seconds, rounded up, as the header Retry-After
// wants it.
func (b *Busy) Seconds() int { return int((b.Retry + time.Second - 1) / time.Second) }
