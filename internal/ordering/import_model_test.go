package ordering_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

var (
	someMoment = rapid.SampledFrom([]time.Time{storetest.Noon.Add(-time.Hour), storetest.Noon.Add(time.Nanosecond), time.Unix(0, 0), storetest.Noon.AddDate(-3, 0, 0)})
	somePhone  = rapid.SampledFrom([]string{"", "+7 912 000-11-22", "8 (912) 000-33-44", "none"})
	someWord   = rapid.SampledFrom([]string{"paid", "not-paid", "refunded", "who knows"})
	someAmount = rapid.SampledFrom([]money.Amount{0, 68_000_000, 1, 15_000, 15_000, 20_000, 30_000, 9e18})
	someExtras = rapid.SampledFrom([]orderhub.Extras{nil, {}, {"usam": {}}, {"usam": details(`{"x": 1}`)}, {"ecdp": {{Name: "y", Value: []byte(`[1, 2]`)}}},
		{"usam": details(`{"x":1}`)}, {"usam": details(`{"x":2}`)}, {"usam": {{Name: "x", Value: []byte("1")}, {Name: "x", Value: []byte("2")}}}})
	someExternal = rapid.SampledFrom([]string{"c-1", "c-2", "c-3"})
)

func maybe[T any](t *rapid.T, what string, g *rapid.Generator[T], in int) *T {
	if rapid.IntRange(1, in).Draw(t, what+" told") > 1 {
		return nil
	}
	return new(g.Draw(t, what))
}

var someLine = rapid.Custom(func(t *rapid.T) orderhub.Line {
	return orderhub.Line{
		No:       rapid.IntRange(0, 2).Draw(t, "number of a line"),
		Name:     rapid.SampledFrom([]string{"Boots", "Laces"}).Draw(t, "good"),
		Quantity: rapid.SampledFrom([]orderhub.Quantity{1000, 1000, 1000, 3450, 3450, 0}).Draw(t, "quantity"),
		Price:    someAmount.Draw(t, "price"), Discount: rapid.SampledFrom([]money.Amount{0, 0, 5000}).Draw(t, "discount"),
		Bonus:      rapid.SampledFrom([]int64{0, 0, 7}).Draw(t, "bonus"),
		Attributes: rapid.SampledFrom([]orderhub.Attributes{nil, details(`{"a":1,"b":2}`), details(`{"b":2,"a":1}`)}).Draw(t, "attributes of a line"),
		Extras:     someExtras.Draw(t, "extras of a line"),
	}
})

var somePayment = rapid.Custom(func(t *rapid.T) orderhub.Payment {
	return orderhub.Payment{
		No: rapid.IntRange(0, 2).Draw(t, "number of a payment"), Status: orderhub.PaymentStatus(rapid.SampledFrom([]int{1, 2, 3, 3, 3, 4, 4, 5, 6, 8, 9}).Draw(t, "status of a payment")),
		Sum: someAmount.Draw(t, "sum"), PaidAt: someMoment.Draw(t, "paid at"), Extras: someExtras.Draw(t, "extras of a payment"),
	}
})

var someShipment = rapid.Custom(func(t *rapid.T) orderhub.Shipment {
	return orderhub.Shipment{Price: someAmount.Draw(t, "price of a shipment"), Included: rapid.Bool().Draw(t, "included"), CreatedAt: someMoment.Draw(t, "sent at")}
})

var someTax = rapid.Custom(func(t *rapid.T) orderhub.Tax {
	return orderhub.Tax{Name: rapid.SampledFrom([]string{"VAT", "VAT", "GST", "GST", "x\x00"}).Draw(t, "tax"), Amount: someAmount.Draw(t, "amount of a tax")}
})

// someEntry draws what a file tells of an order.
func someEntry(t *rapid.T, ref orderhub.OrderRef) ordering.ImportEntry {
	e := ordering.ImportEntry{
		Ref: ref, Change: someChange(t),
		FileChange: ordering.FileChange{
			StatusAt: maybe(t, "status at", someMoment, 4), PaidAt: maybe(t, "paid at", someMoment, 4),
			Payment:    maybe(t, "payment state", rapid.Map(rapid.IntRange(0, 3), func(n int) orderhub.PaymentState { return orderhub.PaymentState(n) }), 4),
			Fulfilment: maybe(t, "fulfilment state", rapid.Map(rapid.IntRange(0, 4), func(n int) orderhub.FulfilmentState { return orderhub.FulfilmentState(n) }), 4),
			Currency:   maybe(t, "currency", rapid.SampledFrom([]money.Currency{"RUB", "JPY", "JPY", "?"}), 9),
			Total:      maybe(t, "total", someAmount, 5), OpenTotal: rapid.IntRange(0, 8).Draw(t, "open total") == 0,
			Payments:  maybe(t, "payments", rapid.SliceOfN(somePayment, 0, 2), 5),
			Shipments: maybe(t, "shipments", rapid.SliceOfN(someShipment, 0, 2), 5),
			Taxes:     maybe(t, "taxes", rapid.SliceOfN(someTax, 0, 2), 7),
		},
	}
	if !valid(e.Change) && rapid.IntRange(0, 3).Draw(t, "mended") > 0 {
		e.Change.Status, e.Change.Note = new("closed"), new("mended")
	}
	e.Change.ClearAttributes = false // no file says so
	e.Change.Phone = maybe(t, "phone", somePhone, 3)
	e.Change.PlacedAt, e.Change.UpdatedAt = maybe(t, "placed at", someMoment, 3), maybe(t, "updated at", someMoment, 3)
	if rapid.IntRange(0, 2).Draw(t, "lines in full") == 0 {
		e.Change.Lines = orderhub.WholeLines(rapid.SliceOfN(someLine, 0, 3).Draw(t, "lines in full"))
	}
	e.Change.Extras = someExtras.Draw(t, "extras")
	if id := maybe(t, "external id", someExternal, 4); id != nil {
		e.Change.Buyer = &orderhub.CustomerRef{ExternalID: *id}
	}
	if rapid.IntRange(0, 3).Draw(t, "payment word") == 0 {
		e.Change.Attributes.SetText("payment_status", someWord.Draw(t, "word"))
	}
	return e
}

// someFile draws entries for orders that are there and that are not.
func someFile(t *rapid.T, name string) []ordering.ImportEntry {
	refs := rapid.Permutation([]orderhub.OrderRef{number("1"), number("2"), number("a"), number("ё"), number("A"), number("new"), number("newer"),
		{Code: "1C-1"}, {Code: "1C-2"}, {Code: "1C-nobody"}}).Draw(t, name)
	refs = refs[:rapid.IntRange(0, len(refs)).Draw(t, "entries of "+name)]
	file := make([]ordering.ImportEntry, len(refs))
	for i, ref := range refs {
		file[i] = someEntry(t, ref)
	}
	return file
}

// Whatever stands in the store and in the files: a rehearsal foretells the
// run, what was run once is unchanged the second time, and undone, the last
// first, the store is again as it was before each.
func TestAnyImportIsForetoldAndUndone(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		shops := 0
		rapid.Check(t, func(rt *rapid.T) {
			shops++
			m := &importer{desk: newDesk(t, db, fmt.Sprint("shop-", shops)), clock: clock, history: rapid.Bool().Draw(rt, "history")}
			fill(m, rt)
			var runs [][]ordering.Imported
			before := []content{m.content()}
			for n := range rapid.IntRange(1, 3).Draw(rt, "files") {
				file, mode := someFile(rt, fmt.Sprint("file ", n)), someMode.Draw(rt, "mode")
				foretold := outcomes(m.rehearse(mode, file...))
				if diff := cmp.Diff(before[n], m.content(), alike...); diff != "" {
					rt.Fatalf("the rehearsal has stored something:\n%s", diff)
				}
				run := m.run(mode, file...)
				if diff := cmp.Diff(foretold, outcomes(run), alike...); diff != "" {
					rt.Fatalf("file %d (-foretold +run):\n%s", n, diff)
				}
				runs, before = append(runs, run), append(before, m.content())
				again := m.run(either, stored(file, run)...)
				if i := slices.IndexFunc(again, func(v ordering.Imported) bool { return v.Outcome != orderhub.OutcomeUnchanged }); i >= 0 {
					rt.Fatalf("entry %d of file %d is %s the second time:\n%s", i, n, outcomes(again)[i], cmp.Diff(again[i].Old, again[i].Now, alike...))
				}
				if diff := cmp.Diff(before[n+1], m.content(), alike...); diff != "" {
					rt.Fatalf("the second run has stored something:\n%s", diff)
				}
			}
			for n, run := range slices.Backward(runs) {
				if m.pointed() {
					return // points that were earned keep their orders
				}
				if _, kept := m.undo(run...); kept > 0 {
					rt.Fatalf("%d changes of file %d could not be taken back", kept, n)
				}
				if diff := cmp.Diff(before[n], m.content(), alike...); diff != "" {
					rt.Fatalf("after the undo of file %d (-before +after):\n%s", n, diff)
				}
			}
		})
	})
}

// stored are the entries of a file that were not refused, but for those of an
// order that the file means twice, by its number and its code.
func stored(file []ordering.ImportEntry, run []ordering.Imported) []ordering.ImportEntry {
	times := make(map[orderhub.OrderID]int)
	for _, v := range run {
		if v.Now != nil {
			times[v.Now.ID]++
		}
	}
	var some []ordering.ImportEntry
	for i, e := range file {
		if v := run[i]; v.Now != nil && times[v.Now.ID] == 1 {
			some = append(some, e)
		}
	}
	return some
}

// fill gives a shop some orders and customers to begin with.
func fill(m *importer, t *rapid.T) {
	for i, n := range []string{"1", "2", "a", "ё"} {
		if rapid.IntRange(0, 3).Draw(t, n+" is there") == 0 {
			continue
		}
		c := someChange(t)
		if !valid(c) {
			continue
		}
		c.Code = new(fmt.Sprint("1C-", i))
		if _, _, err := m.s.Amend(m.Context(), m.shop, number(n), c, either); err != nil {
			t.Fatal(err)
		}
		if rapid.IntRange(0, 5).Draw(t, n+" is deleted") == 0 {
			if _, err := m.s.Delete(m.Context(), m.shop, number(n)); err != nil {
				t.Fatal(err)
			}
		}
		if rapid.Bool().Draw(t, n+" is taken") {
			export := orderhub.OrderChange{Export: &orderhub.Export{Taken: true}}
			if _, _, err := m.s.Amend(m.Context(), m.shop, number(n), export, onlyKnown); err != nil && orderhub.KindOf(err) != orderhub.NotFound {
				t.Fatal(err)
			}
		}
	}
}

// pointed says whether orders of the shop have moved points.
func (t *importer) pointed() bool {
	t.Helper()
	some := false
	err := t.db.View(t.Context(), func(tx *store.Tx) error {
		var ids []orderhub.OrderID
		for id := range t.content().Orders {
			ids = append(ids, id)
		}
		found, err := tx.Shop(t.shop.ID).BonusesOfOrders(t.Context(), ids)
		some = len(found) > 0
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return some
}
