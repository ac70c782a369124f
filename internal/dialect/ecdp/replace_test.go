package ecdp_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

// An order that is replaced by one of another person loses the former person's
// name; the address to which it goes stays (T7).
func TestReplacedByAnotherPersonsOrder(t *testing.T) {
	for _, tt := range []struct {
		name     string
		customer map[string]any // that is sent now
		want     string         // the name of the contact
	}{
		{"the same", map[string]any{"email": "ola@example.com"}, "Ola Maj"},
		{"with a phone number", map[string]any{"email": "ola@example.com", "phone": "+48600111222"}, "Ola Maj"},
		{"in another spelling", map[string]any{"email": "OLA@example.com"}, "Ola Maj"},
		{"another", map[string]any{"email": "jan@example.com"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
				ask(h, "key", "POST", "/orders", batchOf("Add", plainOrder("A-1")))
				_, _, err := h.Orders.Amend(t.Context(), h.Main, orderhub.OrderRef{Number: "A-1"}, orderhub.OrderChange{Name: new("Ola Maj"), Address: new("Polna 1")}, orderhub.Mode{Existing: true})
				if err != nil {
					t.Fatal(err)
				}
				if w := ask(h, "key", "POST", "/orders", batchOf("Replace", with(plainOrder("A-1"), "customer", tt.customer))); w.Code != 201 {
					t.Fatalf("replace: %d %s", w.Code, w.Body)
				}
				o, err := h.Orders.Find(t.Context(), h.Main, orderhub.OrderRef{Number: "A-1"})
				if err != nil || o.Contact.Name != tt.want || o.Contact.Address != "Polna 1" {
					t.Errorf("the contact is %+v, %v, want the name %q", o.Contact, err, tt.want)
				}
			})
		})
	}
}

// Fields that are changed leave alone what the dialect shows in its own way:
// the lines' fractions, types of values, and lines that are in another
// sequence, with their extras in another sequence, too.
func TestReplaceChangesWhatIsSent(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		values := orderhub.Attributes{{Name: "n", Value: []byte("7")}, {Name: "list", Value: []byte("[1]")}, {Name: "none", Value: []byte("null")}}
		o := &orderhub.Order{
			Number: "A-1", Contact: orderhub.Contact{Email: "ola@example.com"}, Attributes: values,
			Lines: []orderhub.Line{
				{Product: "1", Name: "Sugar", Quantity: 1_500, Price: 10_0000, Discount: 1_0000, Bonus: 3, Attributes: values,
					Extras: orderhub.Extras{"ecdp": {{Name: "category", Value: []byte(`"Dom"`)}, {Name: "url", Value: []byte(`"u"`)}}, "usam": {{Name: "x", Value: []byte("1")}}}},
				{Product: "1", Name: "Sugar", Quantity: 500, Price: 10_0000, Image: "b.png"},
			},
		}
		if err := h.Orders.Place(t.Context(), h.Main, o); err != nil {
			t.Fatal(err)
		}
		var shown struct{ Data map[string]any }
		if err := json.Unmarshal(ask(h, "key", "GET", "/orders/A-1", "").Body.Bytes(), &shown); err != nil {
			t.Fatal(err)
		}
		slices.Reverse(shown.Data["products"].([]any))
		shown.Data["products"].([]any)[1].(map[string]any)["name"] = "Brown sugar"
		shown.Data["orderAttributes"].([]any)[1].(map[string]any)["value"] = "[2]"
		if w := ask(h, "key", "POST", "/orders", batchOf("Replace", shown.Data)); w.Code != 201 {
			t.Fatalf("replace: %d %s", w.Code, w.Body)
		}
		now, err := h.Orders.Find(t.Context(), h.Main, orderhub.OrderRef{Number: "A-1"})
		if err != nil {
			t.Fatal(err)
		}
		want := []orderhub.Line{o.Lines[0], o.Lines[1]}
		want[0].Name = "Brown sugar"
		if diff := cmp.Diff(want, now.Lines); diff != "" {
			t.Errorf("the lines (-want +got):\n%s", diff)
		}
		if got := string(now.Attributes.JSON()); got != `{"n":7,"list":"[2]","none":null}` {
			t.Errorf("the attributes are %s", got)
		}
	})
}

// What could not be read is reported together with numbers that are sent twice
// and with attributes that the shop has not defined.
func TestFaultsOfReadingAndOfRulesTogether(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	order := func() map[string]any {
		return with(plainOrder("A-1"), "customer", map[string]any{"crmId": "K-1"})
	}
	third := with(with(order(), "products.0.price", "ten"), "orderAttributes.0.name", "Prezent")
	w := ask(h, "crm", "POST", "/orders", batchOf("Add", order(), order(), third))
	want := []string{
		"data[1].id: Order with id 'A-1' is sent twice.", "data[2].id: Order with id 'A-1' is sent twice.",
		"data[2].orderAttributes[0].name: The field is not defined in this shop.",
		"data[2].products[0].price: The field is not an amount; send a number such as 149.99.",
	}
	got := errorsOf(t, w)
	slices.Sort(got)
	if w.Code != 400 || !slices.Equal(got, want) {
		t.Errorf("%d %q, want %q", w.Code, got, want)
	}
}
