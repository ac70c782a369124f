package access

import (
	"errors"
	"strconv"
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

// RetryAfter is how many seconds the sender of a request that was refused had
// better wait, as the header of this name wants it; "" when waiting is of no
// use.
func RetryAfter(err error) string {
	if busy, ok := errors.AsType[*Busy](err); ok {
		return strconv.Itoa(busy.Seconds())
	}
	switch orderhub.KindOf(err) {
	case orderhub.TooMany, orderhub.Unavailable:
		return "1"
	}
	return ""
}
