package importing

import (
	"context"

	"orderhub"
	"orderhub/internal/store"
)

// A statusesKind reads statuses of orders that are there, one a row.
type statusesKind struct {
	shop *orderhub.Shop
	all  []Field
}

func newStatuses(shop *orderhub.Shop) *statusesKind {
	return &statusesKind{shop, []Field{
		{Name: "number", Required: true, Own: true, Names: numberNames, About: "the order's number; where it is empty, its code"},
		{Name: "status", Required: true, Own: true, Names: statusNames, Words: statusWords(shop), About: "a status of the shop's list, by its code or name"},
		{Name: "code", Own: true, Names: []string{"код 1с", "код"}, About: "the order's number in the accounting system, for rows without a number"},
		{Name: "date", Own: true, Names: []string{"status_at", "status date", "дата", "дата статуса", "data", "data statusu"}, About: "when the status was set; now when nothing is said"},
		{Name: "cancel_reason", Own: true, Names: []string{"reason", "причина отмены", "powód anulowania"}, About: "why the order was cancelled"},
		{Name: "payment", Words: paymentWords(shop), About: "how much is paid: unpaid, partly_paid, paid or refunded"},
		{Name: "fulfilment", Words: fulfilmentWords(shop), About: "how far the goods are: none, packed, shipped, delivered or returned"},
	}}
}

func (k *statusesKind) fields() []Field { return k.all }

// joins is "": every row is the status of an order.
func (k *statusesKind) joins() string { return "" }

func (k *statusesKind) read(r *record) {
	e, x := new(orderRecord), r.rows[0]
	r.value = e
	number, code := told(x.text("number")), told(x.text("code"))
	switch {
	case number != nil:
		e.Ref.Number = *number
		r.keys = append(r.keys, key{"number", *number})
	case code != nil:
		e.Ref.Code = *code
		r.keys = append(r.keys, key{"code", *code})
	case len(x.faults) == 0:
		x.fault("number", "can't be blank")
	}
	r.states(&e.ImportEntry)
	if e.Change.Status == nil && !x.faulty("status") {
		x.fault("status", "can't be blank")
	}
	e.StatusAt, e.Change.CancelReason = told(x.instant("date")), x.text("cancel_reason")
	r.checkRest(k.shop)
}

// take changes orders that are there, and makes none.
func (k *statusesKind) take(ctx context.Context, tx *store.Tx, records []*record, dry bool) ([]taken, error) {
	if len(records) == 0 {
		return nil, nil
	}
	mode := records[0].rows[0].in.plan.Mode()
	mode.New = false
	all, err := takeOrders(ctx, tx, k.shop, records, mode, dry)
	for i := range all {
		all[i].err = dated(all[i].err)
	}
	return all, err
}

// dated calls the time of a status as the columns do.
func dated(err error) error {
	for _, e := range orderhub.All(err) {
		if e.Field == "status_at" {
			e.Field = "date"
		}
	}
	return err
}
