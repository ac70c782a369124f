package orderdb

import (
	"context"
	"fmt"
	"slices"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// CheckBodies reads every order of all shops and compares its body with what else
// is stored of it. Each of the first findings is a sentence.
func (tx AllOrders) CheckBodies(ctx context.Context) (findings []string, err error) {
	const mostShown = 20
	find := func(id orderhub.OrderID, what string) {
		if len(findings) < mostShown {
			findings = append(findings, fmt.Sprintf("order %d %s", id, what))
		}
	}
	for last := int64(0); ; {
		var read []int64
		numbers := make(map[int64][]string)
		err := query.EachRow(ctx, tx, func(r query.Rows) error {
			o, parts, err := scanForCheck(r)
			if err != nil {
				find(o.ID, "cannot be read: "+err.Error())
			} else if parts != partsOf(o) {
				find(o.ID, fmt.Sprintf("has the lists %d and says that they are %d", partsOf(o), parts))
			}
			last = int64(o.ID)
			read, numbers[last] = append(read, last), slices.Sorted(slices.Values(paymentNumbers(o)))
			return nil
		}, `/* Check */ select order_id, placed_at, parts, email_key, body from orders where order_id > $1 order by order_id limit $2`, last, query.InChunk)
		if err != nil || len(read) == 0 {
			return findings, err
		}
		stored, err := tx.storedPaymentNumbers(ctx, read)
		if err != nil {
			return findings, err
		}
		for _, id := range read {
			if !slices.Equal(numbers[id], stored[id]) {
				find(orderhub.OrderID(id), "is not found by the numbers of its payment documents")
			}
		}
	}
}

func scanForCheck(r query.Rows) (*orderhub.Order, int64, error) {
	o := new(orderhub.Order)
	var parts int64
	var key, body string
	var placed int64
	if err := r.Scan((*int64)(&o.ID), &placed, &parts, &key, &body); err != nil {
		return o, 0, err
	}
	o.PlacedAt = form.Instant(placed)
	return o, parts, form.ReadOrder(body, o, key)
}

func (tx AllOrders) storedPaymentNumbers(ctx context.Context, ids []int64) (map[int64][]string, error) {
	stored := make(map[int64][]string)
	err := query.EachChunk(tx, ids, nil, func(in string, args []any) error {
		return query.EachRow(ctx, tx, func(r query.Rows) error {
			var id int64
			var number string
			err := r.Scan(&id, &number)
			stored[id] = append(stored[id], number)
			return err
		}, `/* Check */ select order_id, number from order_payments where order_id `+in, args...)
	})
	for _, numbers := range stored {
		slices.Sort(numbers)
	}
	return stored, err
}
