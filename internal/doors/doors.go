// Package doors is the list of the dialects: what each one asks, where it is
// mounted, and what it lets a shop choose. The program and the tests take their
// doors from here, so that there is one list.
package doors

import (
	"log/slog"
	"maps"
	"slices"
	"strings"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/customers"
	"orderhub/internal/definitions"
	"orderhub/internal/dialect/aplaut"
	"orderhub/internal/dialect/ecdp"
	"orderhub/internal/dialect/usam"
	"orderhub/internal/dialect/virtpos"
	"orderhub/internal/loyalty"
	"orderhub/internal/once"
	"orderhub/internal/ordering"
	"orderhub/internal/server"
)

// Services are what the dialects ask.
type Services struct {
	Gate        *access.Gate
	Orders      *ordering.Service
	Customers   *customers.Service
	Answers     *once.Keeper
	Definitions *definitions.Keeper
	Loyalty     *loyalty.Service
}

// Settings are all that a shop can choose, sorted by name. Each is declared by
// the package that reads it.
func Settings() []orderhub.Setting {
	all := slices.Concat(aplaut.Settings, ecdp.Settings, usam.Settings, loyalty.Settings)
	slices.SortFunc(all, func(a, b orderhub.Setting) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// All are the doors of all dialects.
func All(s Services, log *slog.Logger) []server.Door {
	v4, says := aplaut.New(aplaut.Services{Gate: s.Gate, Orders: s.Orders, Customers: s.Customers, Answers: s.Answers}, log)
	all := []server.Door{{Name: aplaut.Name, Prefix: aplaut.Prefix, Handler: v4, Fail: says.Fail}}

	wordpress, says := usam.New(usam.Services{Gate: s.Gate, Orders: s.Orders}, log)
	all = append(all, server.Door{Name: usam.Name, Prefix: usam.Prefix, Query: usam.Query, Handler: wordpress, Fail: says.Fail})

	cdp, says := ecdp.New(ecdp.Services{Gate: s.Gate, Orders: s.Orders, Customers: s.Customers, Definitions: s.Definitions}, log)
	for _, prefix := range slices.Sorted(maps.Keys(cdp)) {
		all = append(all, server.Door{Name: ecdp.Name, Prefix: prefix, Handler: cdp[prefix], Fail: says.Fail})
	}

	tills, says := virtpos.New(virtpos.Services{Gate: s.Gate, Orders: s.Orders, Customers: s.Customers, Loyalty: s.Loyalty}, log)
	return append(all, server.Door{Name: virtpos.Name, Prefix: virtpos.Prefix, Handler: tills, Fail: says.Fail})
}
