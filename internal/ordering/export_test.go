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
