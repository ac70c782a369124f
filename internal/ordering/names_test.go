package ordering_test

import (
	"testing"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/productdb"
)

// T36: a line that comes without a name gets the one that its product has in
// the catalogue then, and keeps it.
func TestLinesWithoutANameGetTheCatalogues(t *testing.T) {
	each(t, func(t *desk) {
		p := &orderhub.Product{Shop: t.shop.ID, ExternalID: "7"}
		call := func(name string) {
			t.Helper()
			p.Name = name
			if err := t.db.Update(t.Context(), func(tx *store.Tx) error {
				if p.ID != 0 {
					return tx.Shop(t.shop.ID).SaveProducts(t.Context(), []*orderhub.Product{p})
				}
				ids, err := tx.Shop(t.shop.ID).NextIDs(t.Context(), productdb.ProductTable, 1)
				if err != nil {
					return err
				}
				p.ID = orderhub.ProductID(ids[0])
				return tx.Shop(t.shop.ID).AddProducts(t.Context(), []*orderhub.Product{p})
			}); err != nil {
				t.Fatal(err)
			}
		}
		line := func(product, name string) orderhub.Line {
			return orderhub.Line{Product: product, Name: name, Quantity: 1000}
		}
		lines := func(all ...orderhub.Line) func(*orderhub.Order) {
			return func(o *orderhub.Order) { o.Lines = all }
		}
		names := func(number string, want ...string) {
			t.Helper()
			for i, l := range t.find(number).Lines {
				if l.Name != want[i] {
					t.Errorf("line %d of %s is called %q, want %q", i+1, number, l.Name, want[i])
				}
			}
		}
		t.place(boots("before", lines(line("7", ""))))
		call("Kettle")
		t.place(boots("A", lines(line("7", ""), line("7", "My own"), line("8", ""))))
		names("A", "Kettle", "My own", "")
		call("Tea kettle")
		t.amend("A", orderhub.OrderChange{Note: new("x")})
		names("A", "Kettle", "My own", "")
		t.amend("before", orderhub.OrderChange{Note: new("x")})
		names("before", "")
		t.place(boots("B", lines(line("7", ""))))
		names("B", "Tea kettle")
		t.amend("B", orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{line("7", ""), line("9", ""), line("7", "")})})
		names("B", "Tea kettle", "", "Tea kettle")
	})
}
