package importing

import (
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
)

var rewriteForms = flag.Bool("update", false, "write the golden files of forms")

// wantForm checks that a text is what a golden file holds: a store keeps such
// texts, so the form must not change.
func wantForm(t *testing.T, file string, got []byte) {
	t.Helper()
	file = "testdata/undo/" + file
	if *rewriteForms {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-file +written now):\n%s", file, diff)
	}
}

// fullOrder is an order of which every field that is stored is filled in.
func fullOrder(t *testing.T) *orderhub.Order {
	t.Helper()
	text, err := os.ReadFile("testdata/undo/order_form0.json")
	if err != nil {
		t.Fatal(err)
	}
	o, err := decodeOrder(text)
	if err != nil {
		t.Fatalf("form 0: %v", err)
	}
	return o
}

// Form 0 was written by the first programs, and is read for as long as an undo
// lasts.
func TestOrderOfForm0IsReadWhole(t *testing.T) {
	o := fullOrder(t)
	for field, value := range reflect.ValueOf(*o).Fields() {
		later := []string{"Buyer", "Spend", "Version", "ExchangeAt", "Exported", "PaidWord", "PaidSum"} // not in form 0
		if value.IsZero() && !slices.Contains(later, field.Name) {
			t.Errorf("the order has no %s", field.Name)
		}
	}
	if o.Number != "A & <B>" || o.Lines[0].No != 5 || o.Lines[0].Quantity != 1500 || o.LastPart != 9 ||
		o.Payments[0].PaidAt != time.Date(2026, 5, 3, 9, 0, 0, 123456000, time.UTC) || string(o.Extras["usam"].JSON()) != `{"x":[1.50,"<b>& ",null],"y":"\u2028"}` {
		t.Errorf("form 0 is read as %+v", o)
	}
}

func TestOrderComesBackFromItsForm(t *testing.T) {
	o := fullOrder(t)
	o.Version, o.ExchangeAt, o.PaidWord, o.PaidSum = 4, o.PlacedAt, orderhub.WordPaid, 7
	text, err := encodeOrder(o)
	if err != nil {
		t.Fatal(err)
	}
	wantForm(t, "order_form1.json", text)
	back, err := decodeOrder(text)
	if err != nil {
		t.Fatal(err)
	}
	o.Shop = 0 // the undo's own
	if diff := cmp.Diff(o, back); diff != "" {
		t.Errorf("the order came back changed (-written +read):\n%s", diff)
	}
	if _, err := decodeOrder([]byte(strings.Replace(string(text), `"number"`, `"nummer"`, 1))); err == nil {
		t.Error("a member that is not known is ignored")
	}
}

// What a newer program has kept of an order is refused, not restored in part.
func TestOrderOfANewerFormIsRefused(t *testing.T) {
	for _, text := range []string{`{"form":2,"number":"A-1"}`, `{"form":1,"number":"A-1"}{}`, `{"form":1,"colour":"red"}`, ``} {
		if o, err := decodeOrder([]byte(text)); err == nil {
			t.Errorf("%s is read as %+v", text, o)
		}
	}
}
