package orderdb

import (
	"context"
	"fmt"
	"slices"

	"orderhub"
	"orderhub/internal/store/query"
)

// The table order_payments finds orders by the numbers of their payment
// documents. Orders without such numbers have no row in it.

var newPaymentNumbers = query.NewInserter("addPaymentNumbers", "order_payments", []string{"shop_id", "number", "order_id"}, "")

// paymentNumbers are those of the payment documents of an order, each once.
func paymentNumbers(o *orderhub.Order) []string {
	var all []string
	for i := range o.Payments {
		if n := o.Payments[i].Number; query.Given(n) && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// paymentsMoved says whether the numbers of payment documents are others than
// before.
func (s *OrderSave) paymentsMoved() bool {
	return !slices.Equal(paymentNumbers(s.Old), paymentNumbers(s.New))
}

// AddPaymentNumbers stores the numbers of the payment documents of orders that
// have none stored.
func AddPaymentNumbers(ctx context.Context, tx query.Runner, orders []*orderhub.Order) error {
	var rows [][]any
	for _, o := range orders {
		for _, n := range paymentNumbers(o) {
			rows = append(rows, []any{int64(o.Shop), n, int64(o.ID)})
		}
	}
	return newPaymentNumbers.Send(ctx, tx, rows)
}

func (tx ShopOrders) replacePaymentNumbers(ctx context.Context, orders []*orderhub.Order) error {
	err := query.EachChunk(tx, idsOf(orders), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		return tx.Send(ctx, nil, `/* replacePaymentNumbers */ delete from order_payments where order_id `+in+` and +shop_id = $1`, args...)
	})
	if err != nil {
		return fmt.Errorf("store: payment numbers: %w", err)
	}
	return AddPaymentNumbers(ctx, tx, orders)
}

func idsOf(orders []*orderhub.Order) []int64 {
	ids := make([]int64, len(orders))
	for i, o := range orders {
		ids[i] = int64(o.ID)
	}
	return ids
}
