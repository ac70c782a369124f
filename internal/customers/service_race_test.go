package customers_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"orderhub"
)

// atOnce runs n acts at the same time and returns their errors.
func atOnce(n int, act func(i int) error) []error {
	var all sync.WaitGroup
	errs := make([]error, n)
	start := make(chan struct{})
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

func TestThirtyParallelRegistrationsOfOneIDRegisterOne(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		errs := atOnce(30, func(i int) error {
			c := &orderhub.Customer{ExternalID: "o-1", Email: fmt.Sprintf("o%d@example.com", i), Phone: fmt.Sprintf("+790500011%02d", i)}
			return t.service().Register(t.Context(), t.shop, c, nil)
		})
		registered := 0
		for _, err := range errs {
			if err == nil {
				registered++
				continue
			}
			t.wantFaults(err, orderhub.Duplicate, "external_id")
		}
		if registered != 1 {
			t.Errorf("%d registrations succeeded, want 1", registered)
		}
		t.wantCustomers(1)
		t.wantEvents(orderhub.CustomerRegistered)
	})
}

// Whoever claims the same in another sequence waits, but not for ever.
func TestRegistrationsAndOrdersOfOnePersonMeet(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		for round := range 3 {
			t := t.shopBy([]orderhub.Identity{orderhub.ByEmail, orderhub.ByPhone, orderhub.ByExternal}[round])
			errs := atOnce(20, func(i int) error {
				if i%2 == 0 {
					return t.service().Register(t.Context(), t.shop, olga(), nil)
				}
				_, err := resolve(t.Context(), t.db, t.shop, personOf(olga()))
				return err
			})
			for i, err := range errs {
				if err != nil && (i%2 == 1 || orderhub.KindOf(err) != orderhub.Duplicate) {
					t.Errorf("act %d: %v", i, err)
				}
			}
			t.wantCustomers(round + 1)
		}
	})
}

func TestFiftyParallelAmendsLoseNoAttribute(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		t.register(olga())
		errs := atOnce(50, func(i int) error {
			change := orderhub.CustomerChange{Attributes: facts(fmt.Sprintf(`{"key%d":%d}`, i, i))}
			_, made, err := t.service().Amend(t.Context(), t.shop, by("o-1"), change, both)
			if made {
				t.Errorf("Amend %d made a customer", i)
			}
			return err
		})
		t.wantAttributes(errs, 50)
	})
}

func TestThirtyParallelCreatingAmendsMakeOneCustomer(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		var mu sync.Mutex
		mades := 0
		errs := atOnce(30, func(i int) error {
			change := orderhub.CustomerChange{KeepContact: true, Email: new("olga@example.com"), Attributes: facts(fmt.Sprintf(`{"key%d":%d}`, i, i))}
			_, made, err := t.service().Amend(t.Context(), t.shop, by("o-1"), change, both)
			mu.Lock()
			defer mu.Unlock()
			if made {
				mades++
			}
			return err
		})
		if mades != 1 {
			t.Errorf("%d of 30 say that they made it, want 1", mades)
		}
		t.wantCustomers(1)
		t.wantAttributes(errs, 30)
	})
}

func TestTwentyParallelAmendsMakeOneGroup(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		errs := atOnce(20, func(i int) error {
			change := orderhub.CustomerChange{Group: &orderhub.GroupRef{Name: "VIP"}}
			_, _, err := t.service().Amend(t.Context(), t.shop, by(fmt.Sprint("o-", i)), change, both)
			return err
		})
		groups, err := t.service().Groups(t.Context(), t.shop)
		if err := errors.Join(append(errs, err)...); err != nil || len(groups) != 1 {
			t.Errorf("groups %v, %v, want one", groups, err)
		}
		t.wantCustomers(20)
	})
}

// wantAttributes checks that o-1 has all of key0, key1, … and that nothing
// failed.
func (t *town) wantAttributes(errs []error, n int) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	c := t.find(by("o-1"))
	for i := range n {
		if got, _ := c.Attributes.Get(fmt.Sprint("key", i)); string(got) != fmt.Sprint(i) {
			t.Errorf("key%d = %q, want %d", i, got, i)
		}
	}
}

// Two that swap their addresses at the same time do not wait for ever: both
// are refused or one follows the other.
func TestCrossedMovesDoNotBlockEachOther(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		for i := range 4 {
			t.register(&orderhub.Customer{ExternalID: fmt.Sprint("c-", i), Email: fmt.Sprintf("c%d@example.com", i)})
		}
		errs := atOnce(40, func(i int) error {
			change := orderhub.CustomerChange{Email: new(fmt.Sprintf("c%d@example.com", (i/4)%6)), Phone: new(fmt.Sprintf("+7905000110%d", i%3))}
			_, _, err := t.service().Amend(t.Context(), t.shop, by(fmt.Sprint("c-", i%4)), change, both)
			return err
		})
		for i, err := range errs {
			if err != nil && orderhub.KindOf(err) != orderhub.Duplicate {
				t.Errorf("Amend %d: %v", i, err)
			}
		}
		seen := make(map[string]string)
		for i := range 4 {
			c := t.find(by(fmt.Sprint("c-", i)))
			for _, own := range []string{c.Email, c.Phone} {
				if seen[own] != "" && own != "" {
					t.Errorf("%s belongs to %s and to %s", own, seen[own], c.ExternalID)
				}
				seen[own] = c.ExternalID
			}
			if got := t.resolve(personOf(c.Customer)); got != c.ID {
				t.Errorf("what %s has means customer %d, want %d", c.ExternalID, got, c.ID)
			}
		}
	})
}
