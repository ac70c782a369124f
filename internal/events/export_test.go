package events

import "time"

// FirstRetry sets how long a consumer waits after its first failure.
func (o *Outbox) FirstRetry(d time.Duration) { o.firstRetry = d }
