package usam

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect/wire"
	"orderhub/internal/ordering"
)

// decodeItems reads what a bulk update sends: each item names its order by
// code or by id.
func decodeItems(p params, shop *orderhub.Shop) ([]ordering.Amendment, error) {
	v, ok := p["items"]
	if !ok || wire.IsNull(v) {
		return nil, orderhub.Absent("items")
	}
	items, ok := elements(v)
	if !ok {
		return nil, orderhub.Wrong("items", "is not of type array")
	}
	if len(items) == 0 {
		return nil, orderhub.Wrong("items", "must hold at least one item")
	}
	if len(items) > ordering.MaxAmendments {
		return nil, orderhub.Wrong("items", fmt.Sprintf("holds %d items; send at most %d", len(items), ordering.MaxAmendments))
	}
	var f orderhub.Faults
	all := make([]ordering.Amendment, len(items))
	for i, item := range items {
		a, err := decodeItem(item, shop)
		f.AddIn(fmt.Sprintf("orders[%d]", i), err)
		all[i] = a
	}
	return all, f.Err()
}

func decodeItem(item jsontext.Value, shop *orderhub.Shop) (a ordering.Amendment, err error) {
	if item.Kind() != '{' {
		return a, orderhub.Wrong("", "is not of type object")
	}
	p := paramsOf(item)
	d := &decoder{shop: shop}
	id, code := p["id"], p["code"]
	switch hasID, hasCode := len(id) > 0 && !wire.IsNull(id), len(code) > 0 && !wire.IsNull(code); {
	case hasID && hasCode:
		d.faults.Wrong("id", "and code must not be sent together: an item names its order by one of them")
	case hasID:
		n, ok := wire.Int(id)
		if !ok || n < 1 {
			d.faults.Wrong("id", "is not of type integer")
		}
		a.Ref.ID = orderhub.OrderID(n)
	case hasCode:
		name, ok := wire.Text(code)
		if !ok || name == "" {
			d.faults.Wrong("code", "is not of type string")
		}
		a.Ref.Code = name
	default:
		d.faults.Wrong("id", "or code is required")
	}
	delete(p, "code")
	a.Change = d.change(p)
	a.Ref.Deleted = a.Change.Export != nil && a.Change.Status == nil // a reader marks deleted orders, too, and restores none
	return a, d.changeErr(a.Change)
}
