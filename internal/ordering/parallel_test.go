package ordering_test

import (
	"fmt"
	"sync"
	"testing"

	"orderhub"
)

// together runs an act n times at once and returns what each came to.
func together(n int, act func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = act(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

func TestOfManyOrdersWithOneNumberOneIsPlaced(t *testing.T) {
	each(t, func(t *desk) {
		for round := range 5 {
			text, placed := fmt.Sprint("A-", round), 0
			for _, err := range together(50, func(i int) error {
				return t.s.Place(t.Context(), t.shop, boots(text, func(o *orderhub.Order) {
					o.Contact = orderhub.Contact{Email: fmt.Sprintf("person-%d-%d@example.com", round, i)}
				}))
			}) {
				if err == nil {
					placed++
					continue
				}
				t.wantKind(err, orderhub.Duplicate, "number")
			}
			if placed != 1 {
				t.Errorf("%d orders %s were placed, want 1", placed, text)
			}
		}
		// Those who were refused left nothing.
		if c := t.count(); c.Orders != 5 || c.Customers != 5 || c.Events != 5 {
			t.Errorf("the store holds %+v, want five orders, each with a customer, and an event for both", c)
		}
		t.wantSound()
	})
}

func TestOrdersOfManyNumbersAreAllPlaced(t *testing.T) {
	each(t, func(t *desk) {
		contacts := []orderhub.Contact{
			{Email: "new@example.com", Phone: "+7 912 000-11-22"},
			{Email: "NEW@Example.Com", Phone: "8 (912) 000 11 22", Name: "Anna"},
			{Phone: "89120001122"},
		}
		for i, err := range together(30, func(i int) error {
			return t.s.Place(t.Context(), t.shop, boots(fmt.Sprint("A-", i), func(o *orderhub.Order) { o.Contact = contacts[i%3] }))
		}) {
			if err != nil {
				t.Errorf("Place A-%d: %v", i, err)
			}
		}
		customers := map[orderhub.CustomerID]bool{}
		for i := range 30 {
			o := t.find(fmt.Sprint("A-", i))
			customers[o.Customer] = true
			t.wantEvents(o.ID, orderhub.OrderPlaced)
		}
		if c := t.count(); len(customers) != 1 || c.Orders != 30 || c.Customers != 1 || c.Events > 32 { // it may have been given a name later
			t.Errorf("the store holds %+v and the orders are of %d customers, want 30 orders of one, who was registered once", c, len(customers))
		}
		t.wantSound()
	})
}

// name is an attribute that only the i-th change sets.
func name(i int) string { return fmt.Sprint("name-", i) }

// naming is a change that sets one attribute.
func naming(i int) orderhub.OrderChange {
	var c orderhub.OrderChange
	c.Attributes.SetText(name(i), fmt.Sprint(i))
	return c
}

func (t *desk) wantNames(o *orderhub.Order, n int) {
	t.Helper()
	for i := range n {
		if got := o.Attributes.Text(name(i)); got != fmt.Sprint(i) {
			t.Errorf("attribute %s is %q, want %d: a change is lost", name(i), got, i)
		}
	}
	if len(o.Attributes) != n {
		t.Errorf("%d attributes, want %d", len(o.Attributes), n)
	}
}

func TestNoChangeIsLost(t *testing.T) {
	each(t, func(t *desk) {
		t.place(boots("A-1"))
		for i, err := range together(50, func(i int) error {
			_, _, err := t.s.Amend(t.Context(), t.shop, number("A-1"), naming(i), onlyKnown)
			return err
		}) {
			if err != nil {
				t.Errorf("change %d: %v", i, err)
			}
		}
		o := t.find("A-1")
		t.wantNames(o, 50)
		if got := len(t.events(o.ID)); got != 51 {
			t.Errorf("%d events, want one for each change and the order", got)
		}
		t.wantSound()
	})
}

func TestManyWhoMakeOneOrderMakeOne(t *testing.T) {
	each(t, func(t *desk) {
		for round := range 5 {
			text, makers := fmt.Sprint("A-", round), 0
			made := make([]bool, 30)
			for i, err := range together(30, func(i int) (err error) {
				_, made[i], err = t.s.Amend(t.Context(), t.shop, number(text), naming(i), either)
				return err
			}) {
				if err != nil {
					t.Errorf("change %d: %v", i, err)
				}
				if made[i] {
					makers++
				}
			}
			o := t.find(text)
			t.wantNames(o, 30)
			if events := len(t.events(o.ID)); makers != 1 || events != 30 {
				t.Errorf("%d made order %s, with %d events, want one and an event for each change", makers, text, events)
			}
		}
		if c := t.count(); c.Orders != 5 {
			t.Errorf("the store holds %+v, want five orders", c)
		}
	})
}

// Whoever comes second changes the order, and a new contact on a known order
// registers nobody.
func TestWhoeverComesSecondRegistersNobody(t *testing.T) {
	each(t, func(t *desk) {
		for round := range 5 {
			text := fmt.Sprint("A-", round)
			for i, err := range together(20, func(i int) error {
				c := naming(i)
				c.Email = new(fmt.Sprintf("person-%d-%d@example.com", round, i))
				c.Lines = orderhub.WholeLines([]orderhub.Line{piece("Socks"), piece("Boots")})
				_, _, err := t.s.Amend(t.Context(), t.shop, number(text), c, either)
				return err
			}) {
				if err != nil {
					t.Errorf("change %d: %v", i, err)
				}
			}
			t.wantLines(t.find(text), map[string]int{"Socks": 1, "Boots": 2})
		}
		if c := t.count(); c.Customers != 5 || c.Events != 5*20 {
			t.Errorf("the store holds %+v, want one customer for each order and an event for each change", c)
		}
	})
}

func TestOrderIsDeletedOnce(t *testing.T) {
	each(t, func(t *desk) {
		o := t.place(boots("A-1"))
		deleted := 0
		for _, err := range together(20, func(int) error {
			_, err := t.s.Delete(t.Context(), t.shop, number("A-1"))
			return err
		}) {
			if err == nil {
				deleted++
				continue
			}
			t.wantKind(err, orderhub.NotFound, "")
		}
		if deleted != 1 {
			t.Errorf("%d deleted the order, want 1", deleted)
		}
		t.wantEvents(o.ID, orderhub.OrderPlaced, orderhub.OrderDeleted)
	})
}

// Placing, changing and deleting one number at the same time leaves at most
// one order, and each act that succeeded is an event.
func TestRaceForOneNumber(t *testing.T) {
	each(t, func(t *desk) {
		acts := 0
		for _, err := range together(60, func(i int) (err error) {
			switch i % 3 {
			case 0:
				err = t.s.Place(t.Context(), t.shop, boots("A-1"))
			case 1:
				_, _, err = t.s.Amend(t.Context(), t.shop, number("A-1"), naming(i), either)
			default:
				_, err = t.s.Delete(t.Context(), t.shop, number("A-1"))
			}
			return err
		}) {
			switch orderhub.KindOf(err) {
			case orderhub.Duplicate, orderhub.NotFound:
			default:
				if err != nil {
					t.Errorf("unexpected error %v", err)
				}
				acts++
			}
		}
		if c := t.count(); c.Orders > 1 || c.Events != acts {
			t.Errorf("the store holds %+v after %d acts, want at most one order and an event for each act", c, acts)
		}
		t.wantSound()
	})
}
