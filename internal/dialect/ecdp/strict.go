package ecdp

import (
	"context"
	"fmt"

	"orderhub"
	"orderhub/internal/ordering"
)

// defined refuses attributes that the shop has not defined, if it wants so.
func (a *api) defined(ctx context.Context, shop *orderhub.Shop, entries []ordering.Entry) error {
	if attributesSetting.Of(shop) != onlyDefined {
		return nil
	}
	known := make(map[orderhub.DefinitionKind]map[string]bool)
	for _, kind := range []orderhub.DefinitionKind{orderhub.OrderDefinition, orderhub.ProductDefinition} {
		all, err := a.definitions.List(ctx, shop, kind)
		if err != nil {
			return err
		}
		known[kind] = make(map[string]bool)
		for _, d := range all {
			known[kind][d.Name] = d.Given
		}
	}
	var f orderhub.Faults
	check := func(field string, kind orderhub.DefinitionKind, some orderhub.Attributes) {
		for j, x := range some {
			if !known[kind][x.Name] {
				f.Wrong(fmt.Sprintf("%s.attributes[%d].name", field, j), "is not defined in this shop")
			}
		}
	}
	for i, e := range entries {
		field := fmt.Sprintf("orders[%d]", i)
		check(field, orderhub.OrderDefinition, e.Order.Attributes)
		for j, l := range e.Order.Lines {
			check(fmt.Sprintf("%s.lines[%d]", field, j), orderhub.ProductDefinition, l.Attributes)
		}
	}
	return f.Err()
}
