package orderhub_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
)

func TestProductChange(t *testing.T) {
	old := orderhub.Product{
		ID: 1, Shop: 2, ExternalID: "7", Group: "g", Name: "Ковш", Brand: "Медник", VendorCode: "MD-1", URL: "https://a.example/7",
		Price: 1, OldPrice: 2, Currency: "RUB", Pictures: []string{"https://a.example/7.jpg"}, Categories: []string{"Дом"}, Description: "медный",
		Attributes: orderhub.Attributes{{Name: "Цвет", Value: []byte(`"медный"`)}}, Available: true, Fed: true,
		CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(2, 0), Version: 3,
	}
	want := orderhub.Product{
		ID: 1, Shop: 2, ExternalID: "7", Group: "h", Name: "Миска", Brand: "Гончар", VendorCode: "GN-1", URL: "https://a.example/8",
		Price: 3, OldPrice: 4, Currency: "PLN", Pictures: []string{"https://a.example/8.jpg"}, Categories: []string{"Сад"}, Description: "глиняная",
		Attributes: orderhub.Attributes{{Name: "Вес", Value: []byte(`1`)}}, Fed: true,
		CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(2, 0), Version: 3,
	}
	change := orderhub.ProductChange{
		ExternalID: "7", Group: &want.Group, Name: &want.Name, Brand: &want.Brand, VendorCode: &want.VendorCode, URL: &want.URL,
		Price: &want.Price, OldPrice: &want.OldPrice, Currency: &want.Currency, Pictures: &want.Pictures, Categories: &want.Categories,
		Description: &want.Description, Available: new(bool),
		Attributes: orderhub.Attributes{{Name: "Цвет", Value: []byte(`null`)}, {Name: "Вес", Value: []byte(`1`)}},
	}
	stranger := want
	stranger.ID, stranger.Shop, stranger.ExternalID, stranger.Fed, stranger.CreatedAt, stranger.UpdatedAt = 9, 9, "9", false, time.Time{}, time.Time{}
	stranger.Version = 8
	for name, tt := range map[string]struct {
		change orderhub.ProductChange
		want   orderhub.Product
	}{
		"nothing": {orderhub.ProductChange{ExternalID: "7"}, old},
		"all":     {change, want},
		"whole":   {orderhub.ProductChange{ExternalID: "7", Name: new("ignored"), Whole: &stranger}, want},
	} {
		got := old
		tt.change.Apply(&got)
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for i := range reflect.ValueOf(change).NumField() { // so that none is forgotten above
		if f := reflect.TypeOf(change).Field(i); f.Name != "Whole" && reflect.ValueOf(change).Field(i).IsZero() {
			t.Errorf("the test does not give %s", f.Name)
		}
	}
	unfed := want
	unfed.Fed = false
	var told []string
	for _, c := range orderhub.ProductChanges(&old, &unfed) {
		if told = append(told, c.Field); c.From == "" || c.To == "" || c.From == c.To {
			t.Errorf("%s: from %q to %q", c.Field, c.From, c.To)
		}
	}
	all := "group name brand vendor_code url price old_price currency pictures categories description attributes available fed"
	if got := strings.Join(told, " "); got != all {
		t.Errorf("told of %s, want %s", got, all)
	}
	if same := orderhub.ProductChanges(&old, &old); len(same) > 0 {
		t.Errorf("no change is told as %v", same)
	}
	long := old
	long.Description = strings.Repeat("ж", 70_000)
	if changes := orderhub.ProductChanges(&old, &long); len(changes) != 1 || len(changes[0].To) > 250 {
		t.Errorf("a long description is told in %d changes", len(changes))
	}
}

func TestProductChangesOfAProductThatIsMadeOrRemoved(t *testing.T) {
	p := &orderhub.Product{ExternalID: "7", Name: "Ковш", Description: "медный"}
	if d := cmp.Diff([]orderhub.Change{{Field: "external_id", To: "7"}, {Field: "name", To: "Ковш"}}, orderhub.ProductChanges(nil, p)); d != "" {
		t.Errorf("made (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]orderhub.Change{{Field: "external_id", From: "7"}, {Field: "name", From: "Ковш"}}, orderhub.ProductChanges(p, nil)); d != "" {
		t.Errorf("removed (-want +got):\n%s", d)
	}
}
