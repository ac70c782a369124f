package importing_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store/storetest"
)

// sales are rows of orders as somebody's file has them, some of them wrong.
func sales(r *rand.Rand, n int) string {
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	var b strings.Builder
	b.WriteString("number;consumer_email;consumer_phone;consumer_name;created_at;product_id;price;quantity;status;city;order.customer;order.note\n")
	for range n {
		who := r.IntN(12)
		head := []string{
			fmt.Sprint(r.IntN(2 * n)), pick("", fmt.Sprintf("buyer%d@example.com", who), "Buyer1@Example.com"), pick("", fmt.Sprintf("+7 912 000-11-%02d", who), "none"),
			pick("", fmt.Sprint("Покупатель ", who)), pick("2024-01-02 10:00:00", "2025-12-31", "2025-12-31T10:00:00Z", ""),
		}
		tail := []string{pick("", "", "received", "Closed", "Closed", "canceled", "canceled", "sending", "sending", "sending", "closed", "lost"), pick("Тверь", "", "Łódź"), pick("", "", fmt.Sprint("c-", who)), pick("", "call")}
		for range 1 + r.IntN(3) {
			line := []string{pick("45", "46", ""), pick("6800", "90,50", "1e3", "12 300,00"), pick("1", "2,5", "", "0")}
			if r.IntN(9) > 0 {
				line[1], line[2] = "100", "1"
			}
			b.WriteString(strings.Join(slices.Concat(head, line, tail), ";") + "\n")
		}
	}
	return b.String()
}

// orders are all orders of the shop as text, without what is ours when ids
// are no matter.
func (b *bench) orders(ids bool) string {
	b.Helper()
	page, err := (&ordering.Service{DB: b.db}).List(b.Context(), b.shop, orderhub.OrderFilter{Sort: []orderhub.Sort{{Field: orderhub.SortID}}, Limit: 1000})
	if err != nil || page.More {
		b.Fatalf("more than one page of orders, or %v", err)
	}
	var all []string
	for _, o := range page.Orders {
		o.UpdatedAt, o.Version, o.LastPart, o.ExchangeAt = time.Time{}, 0, 0, time.Time{} // an undo is a change of its own
		if !ids {
			o.ID, o.Customer, o.CreatedAt = 0, 0, time.Time{}
		}
		text, err := json.Marshal(o)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, string(text))
	}
	if !ids {
		slices.Sort(all)
	}
	return strings.Join(all, "\n")
}

func (b *bench) everything(ids bool) string { return b.orders(ids) + "\n" + b.content(ids) }

// takeOrders rehearses a file and runs it, which must come to the same.
func (b *bench) takeOrders(file string, plan orderhub.ImportPlan) *orderhub.Import {
	b.Helper()
	i, _, err := b.imports.Create(b.Context(), b.shop, orderhub.ImportOrders, "orders.csv", strings.NewReader(file), plan)
	if err != nil {
		b.Fatal(err)
	}
	before := b.everything(true)
	i = b.do(i, orderhub.ImportRehearsing)
	if d := cmp.Diff(before, b.everything(true)); d != "" {
		b.Fatalf("the rehearsal has stored something:\n%s", d)
	}
	foretold := b.faults(i)
	i = b.do(i, orderhub.ImportRunning)
	if i.Result != i.Rehearsal {
		b.Errorf("rehearsed %+v, run %+v", i.Rehearsal, i.Result)
	}
	if d := cmp.Diff(foretold, b.faults(i)); d != "" {
		b.Errorf("faults (-rehearsed +run):\n%s", d)
	}
	return i
}

// Files of orders come to what was foretold, whatever the size of the steps,
// and are undone, the last first.
func TestFilesOfOrders(t *testing.T) {
	each(t, func(b *bench) {
		r := rand.New(rand.NewPCG(7, 1))
		other := newBench(b.T, storetest.Open(b.T))
		other.imports.Batch = 1000
		plans := []orderhub.ImportPlan{{Decimal: ",", Dates: "ymd"}, {Decimal: ",", Dates: "ymd", Clear: true}, {Decimal: ",", Dates: "ymd", OnlyOld: true}}
		states := []string{b.everything(true)}
		var done []*orderhub.Import
		for n, plan := range plans {
			file := sales(r, 60)
			i := b.takeOrders(file, plan)
			if n == 0 && (i.Result.Created == 0 || i.Result.Invalid == 0) || n > 0 && i.Result.Updated == 0 {
				b.Errorf("file %d came to %+v, which tells little", n, i.Result)
			}
			done, states = append(done, i), append(states, b.everything(true))
			if other.takeOrders(file, plan); other.everything(false) != b.everything(false) {
				b.Errorf("file %d stores something else in steps of 10 (-) than at once (+):\n%s", n, cmp.Diff(b.everything(false), other.everything(false)))
			}
			again := b.takeOrders(file, plan)
			if want := i.Result; again.Result.Unchanged != want.Created+want.Updated+want.Unchanged || again.Result.Rejected() != want.Rejected() {
				b.Errorf("file %d came to %+v, and the second time to %+v", n, want, again.Result)
			}
			if d := cmp.Diff(states[n+1], b.everything(true)); d != "" {
				b.Errorf("the second time changed something:\n%s", d)
			}
		}
		for n, i := range slices.Backward(done) {
			if i = b.do(i, orderhub.ImportUndoing); i.Undone.Kept > 0 {
				b.Errorf("undo of file %d: %+v", n, i.Undone)
			}
			if d := cmp.Diff(states[n], b.everything(true)); d != "" {
				b.Errorf("after the undo of file %d (-before +after):\n%s", n, d)
			}
		}
	})
}
