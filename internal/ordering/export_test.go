package ordering

import (
	"context"

	"orderhub"
	"orderhub/internal/batch"
)

// Request is the unit of some commands, for tests that merge requests themselves.
func Request(ctx context.Context, shop *orderhub.Shop, commands ...*Command) *batch.Unit {
	u, _ := request(ctx, shop, commands)
	return u
}

// SetMaxRelinked links so many orders of a customer otherwise in each
// transaction, until the function that it returns is called.
func SetMaxRelinked(n int) func() {
	before := maxRelinked
	maxRelinked = n
	return func() { maxRelinked = before }
}
