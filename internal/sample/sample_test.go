package sample_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/sample"
	"orderhub/phone"
)

var now = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

func ExampleOrder() {
	o := sample.Order(func(o *orderhub.Order) { o.Number = "A-2" })
	o.ComputeTotals(nil, nil)
	fmt.Println(o.Number, o.Contact.Name, o.Total)
	// Output: A-2 Вера Луговая 969.36
}

func ExampleOrders() {
	for o := range sample.Orders(2, 3, now) {
		o.ComputeTotals(nil, nil)
		fmt.Println(o.Number, o.PlacedAt.Format(time.DateTime), o.Contact.Name, o.Total, o.Currency)
		for _, l := range o.Lines {
			fmt.Println("  ", l.Quantity.Fixed(), l.Unit, l.Name)
		}
	}
	// Output:
	// S-100001 2026-03-18 03:08:49 Ольга Можжевелова 1044.6 RUB
	//    1.000  Полотенце льняное, 2 шт.
	// S-100002 2026-04-08 14:03:08 Ольга Можжевелова 1509.5 RUB
	//    0.950 кг Творог домашний
	//    1.000  Доска разделочная из ясеня
	// S-100003 2026-04-21 23:16:20 Юрий Жаворонков 25116.84 RUB
	//    4.000  Подарочная корзина «Осень»
	//    1.750 кг Груши сладкие
}

func TestSingleValuesAreValid(t *testing.T) {
	o := sample.Order()
	if err := o.ComputeTotals(nil, nil); err != nil {
		t.Errorf("ComputeTotals of the sample order: %v", err)
	}
	if err := o.Validate(); err != nil {
		t.Errorf("Validate of the sample order: %v", err)
	}
	s := sample.Shop(func(s *orderhub.Shop) { s.Name = "north" })
	if err := s.Validate(); err != nil || s.Name != "north" {
		t.Errorf("the sample shop is %q, %v, want north and no error", s.Name, err)
	}
	if c := sample.Customer(); c.Email != o.Contact.Email || c.Phone != o.Contact.Phone {
		t.Errorf("the sample customer is %s, %s, want the one of the sample order", c.Email, c.Phone)
	}
	a, b := sample.Order(), sample.Order()
	a.Lines[0].Name, a.Attributes[0].Name = "changed", "changed"
	if b.Lines[0].Name == "changed" || b.Attributes[0].Name == "changed" {
		t.Error("two sample orders share memory")
	}
}

func TestOrdersAreValidAndVaried(t *testing.T) {
	const n = 5_000
	shop := sample.Shop()
	numbers, customers := make(map[string]bool), make(map[string]bool)
	seen := make(map[string]int) // how often something worth seeing occurs
	last := now.Add(-sample.Span)
	for o := range sample.Orders(7, n, now) {
		if err := o.ComputeTotals(nil, nil); err != nil {
			t.Fatalf("ComputeTotals of %s: %v", o.Number, err)
		}
		if err := o.Validate(); err != nil {
			t.Fatalf("Validate of %s: %v", o.Number, err)
		}
		if o.PlacedAt.Before(last) || o.PlacedAt.After(now) || o.UpdatedAt.Before(o.PlacedAt) || o.UpdatedAt.After(now) {
			t.Fatalf("%s was placed %s, updated %s, want a time between %s and %s", o.Number, o.PlacedAt, o.UpdatedAt, last, now)
		}
		last = o.PlacedAt
		checkContact(t, shop, o)
		numbers[o.Number] = true
		who := o.Contact.Email + shop.Phone(o.Contact.Phone).Digits()
		if customers[who] {
			seen["customer comes back"]++
		}
		customers[who] = true
		seen["status "+o.Status]++
		if _, ok := shop.Status(o.Status); !ok {
			t.Errorf("%s has the status %s, which no shop begins with", o.Number, o.Status)
		}
		seen["paid in "+string(o.Currency)]++
		for i, l := range o.Lines {
			seen[fmt.Sprintf("line %d", i+1)]++
			if l.Quantity%orderhub.Piece != 0 {
				seen["part of a kilogram"]++
			}
			if l.Discount > 0 {
				seen["discount"]++
			}
			if slices.ContainsFunc(o.Lines[:i], func(other orderhub.Line) bool { return other.Product == l.Product }) {
				t.Errorf("%s has two lines of %s", o.Number, l.Product)
			}
		}
	}
	if len(numbers) != n {
		t.Errorf("%d orders have %d numbers", n, len(numbers))
	}
	for what, least := range map[string]int{
		"status received": n / 100, "status closed": n / 3, "status canceled": n / 50, "status not_picked": n / 100, "status sending": n / 100,
		"paid in RUB": n / 2, "paid in PLN": n / 20, "line 6": n / 100, "part of a kilogram": n / 4, "discount": n / 8,
		"customer comes back": n / 5,
	} {
		if seen[what] < least {
			t.Errorf("%s: %d times in %d orders, want %d at least", what, seen[what], n, least)
		}
	}
	if back := seen["customer comes back"]; back > n*3/10 {
		t.Errorf("%d of %d orders are of customers who come back, want about a quarter", back, n)
	}
}

// checkContact makes sure that an order belongs to somebody who can be found
// and who is nobody.
func checkContact(t *testing.T, shop *orderhub.Shop, o *orderhub.Order) {
	t.Helper()
	email, ok := orderhub.ParseEmail(o.Contact.Email)
	if o.Contact.Email != "" && (!ok || !strings.HasSuffix(email, "@example.com") && !strings.HasSuffix(email, "@example.org")) {
		t.Errorf("%s has the e-mail address %q, want one at an example host", o.Number, o.Contact.Email)
	}
	if n := shop.Phone(o.Contact.Phone); o.Contact.Phone != "" && n != phone.Number("+"+n.Digits()) {
		t.Errorf("%s has the phone %q, read as %q, want a number with a country", o.Number, o.Contact.Phone, n)
	}
	if o.Contact.Email == "" && o.Contact.Phone == "" {
		t.Errorf("%s has neither an e-mail address nor a phone", o.Number)
	}
}

func TestCustomersAreTheirOwn(t *testing.T) {
	owner := make(map[string]string)
	for o := range sample.Orders(3, 50_000, now) {
		for _, identity := range []string{o.Contact.Email, o.Contact.Phone} {
			if who, known := owner[identity]; known && identity != "" && who != o.Contact.Name+o.Contact.Address {
				t.Fatalf("%q belongs to %q and to %q", identity, who, o.Contact.Name)
			}
			owner[identity] = o.Contact.Name + o.Contact.Address
		}
	}
}

func TestOrdersAreDeterministic(t *testing.T) {
	orders := sample.Orders(1, 200, now)
	first, again := slices.Collect(orders), slices.Collect(orders)
	if !reflect.DeepEqual(first, again) {
		t.Error("the same orders walked over twice differ")
	}
	if other := slices.Collect(sample.Orders(2, 200, now)); reflect.DeepEqual(first, other) {
		t.Error("another seed gives the same orders")
	}
	for range orders {
		break // an early end is all right
	}
	if got := len(slices.Collect(sample.Orders(1, 0, now))); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
}

func BenchmarkOrders(b *testing.B) {
	for range sample.Orders(1, b.N, now) {
	}
}
