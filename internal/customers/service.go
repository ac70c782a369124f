package customers

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// A Service looks after the customers of all shops in a store, for callers
// who name a customer on purpose. What an order says of its buyer goes through
// Resolve instead.
type Service struct {
	DB *store.DB
}

// Then is done in the transaction of an act, after it: what must stand or
// fall with it.
type Then = func(ctx context.Context, tx *store.Tx) error

// Register records a new customer, who must be recognisable: by an id in the
// shop's system, an e-mail address or a phone number. One of these that
// somebody has is a Duplicate error of its field.
func (s *Service) Register(ctx context.Context, shop *orderhub.Shop, c *orderhub.Customer, then ...Then) error {
	if err := s.begin(shop, c); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.register(ctx, tx, shop, c, false); err != nil {
			return err
		}
		for _, do := range then {
			if err := do(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// begin completes and checks a new customer, outside the transaction.
func (s *Service) begin(shop *orderhub.Shop, c *orderhub.Customer) error {
	c.Shop = shop.ID
	if c.RegisteredAt.IsZero() {
		c.RegisteredAt = s.DB.Now()
	}
	var f orderhub.Faults
	f.Add(c.Validate(shop))
	if c.ExternalID == "" && c.Email == "" && c.Phone == "" {
		f.Add(orderhub.Absent("external_id"))
	}
	return f.Err()
}

func (s *Service) register(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, c *orderhub.Customer, share bool) error {
	mine, others, err := free(ctx, tx, shop, personOf(c).identities(shop), share)
	if err != nil {
		return err
	}
	if err := tx.CreateCustomer(ctx, c); err != nil {
		return err
	}
	if err := claim(ctx, tx, shop, c.ID, mine, others); err != nil {
		return err
	}
	return tx.Record(ctx, orderhub.Event{Shop: shop.ID, Kind: orderhub.CustomerRegistered, Customer: c.ID})
}

// free returns the identities that mean nobody, and refuses those that mean
// somebody, all at once. When contacts may be shared, it returns whom they mean
// instead.
func free(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, wanted []identity, share bool) (unclaimed []identity, others []orderhub.CustomerID, err error) {
	var f orderhub.Faults
	for _, i := range wanted {
		id, err := tx.CustomerBy(ctx, shop.ID, i.kind, i.value)
		switch {
		case err != nil:
			return nil, nil, err
		case id == 0:
			unclaimed = append(unclaimed, i)
		case share && i.kind != orderhub.ByExternal:
			others = append(others, id)
		default:
			f.Add(orderhub.Taken(fields[i.kind]))
		}
	}
	return unclaimed, others, f.Err()
}

// claim lets identities mean a customer from now on, and notes whom else its
// other ones mean.
func claim(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, id orderhub.CustomerID, mine []identity, others []orderhub.CustomerID) error {
	for _, other := range others {
		if other == id {
			continue
		}
		if err := tx.NoteDuplicates(ctx, shop.ID, id, other); err != nil {
			return err
		}
	}
	return tx.ClaimIdentities(ctx, shop.ID, claims(mine, id))
}

var fields = map[orderhub.Identity]string{
	orderhub.ByExternal: "external_id", orderhub.ByEmail: "email", orderhub.ByPhone: "phone",
}

func personOf(c *orderhub.Customer) Person {
	return Person{ExternalID: c.ExternalID, Email: c.Email, Phone: c.Phone}
}

// Amend changes what a partial update was given and returns the customer as
// it is then, and whether it was made. An unknown one is made when the mode
// allows it, under the reference's external id; else it is a NotFound error.
// A change that changes nothing is stored and told as nothing.
func (s *Service) Amend(ctx context.Context, shop *orderhub.Shop, ref orderhub.CustomerRef, change orderhub.CustomerChange, mode orderhub.Mode) (c *orderhub.Customer, made bool, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		c, err = tx.CustomerByRef(ctx, shop.ID, ref)
		switch {
		case err == nil && !mode.Existing:
			return orderhub.Taken("external_id")
		case err == nil:
			made = false
			return s.amend(ctx, tx, shop, c, change)
		case orderhub.KindOf(err) != orderhub.NotFound || !mode.New:
			return err
		}
		c, made = &orderhub.Customer{ExternalID: ref.ExternalID}, true
		change.Apply(c)
		if change.NameFromParts {
			nameFromParts(&orderhub.Customer{}, c, &change)
		}
		var f orderhub.Faults
		f.Add(s.begin(shop, c))
		if err := checkGroup(ctx, tx, shop, change.Group, &f); err != nil {
			return err
		}
		if err := f.Err(); err != nil {
			return err
		}
		if err := join(ctx, tx, shop, change.Group, c); err != nil {
			return err
		}
		err := s.register(ctx, tx, shop, c, change.ShareContact)
		if c.ExternalID == ref.ExternalID && taken(err, "external_id") {
			if _, missing := tx.CustomerByRef(ctx, shop.ID, ref); missing == nil {
				return store.ErrOvertaken // somebody else has made it since we looked
			}
		}
		return err
	})
	return c, made && err == nil, err
}

// taken says whether an error is that a field is taken, perhaps among others.
func taken(err error, field string) bool {
	return slices.ContainsFunc(orderhub.All(err), func(e *orderhub.Error) bool {
		return e.Kind == orderhub.Duplicate && e.Field == field
	})
}

func (s *Service) amend(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, c *orderhub.Customer, change orderhub.CustomerChange) error {
	old := *c
	old.Extras = make(orderhub.Extras, len(c.Extras))
	for dialect, attributes := range c.Extras {
		old.Extras[dialect] = slices.Clone(attributes)
	}
	change = change.Against(&old)
	change.Apply(c)
	if change.NameFromParts {
		nameFromParts(&old, c, &change)
	}
	var f orderhub.Faults
	f.Add(c.Validate(shop))
	if err := checkGroup(ctx, tx, shop, change.Group, &f); err != nil {
		return err
	}
	if err := f.Err(); err != nil {
		return err
	}
	if err := join(ctx, tx, shop, change.Group, c); err != nil {
		return err
	}
	if same(&old, c) {
		return nil
	}
	if err := move(ctx, tx, shop, &old, c, change.ShareContact); err != nil {
		return err
	}
	if err := tx.SaveCustomer(ctx, c); err != nil {
		return err
	}
	return tx.Record(ctx, orderhub.Event{Shop: shop.ID, Kind: orderhub.CustomerChanged, Customer: c.ID,
		Changes: orderhub.CustomerChanges(&old, c)})
}

// move frees the identities that a customer gave up and claims its new ones.
func move(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, old, now *orderhub.Customer, share bool) error {
	before, after := personOf(old).identities(shop), personOf(now).identities(shop)
	given := slices.DeleteFunc(slices.Clone(before), func(i identity) bool { return slices.Contains(after, i) })
	wanted := slices.DeleteFunc(after, func(i identity) bool { return slices.Contains(before, i) })
	wanted, others, err := free(ctx, tx, shop, wanted, share)
	if err != nil {
		return err
	}
	for _, i := range given {
		if err := tx.FreeIdentity(ctx, shop.ID, i.kind, i.value, now.ID); err != nil {
			return err
		}
	}
	return claim(ctx, tx, shop, now.ID, wanted, others)
}

// same says whether two states of a customer would be stored alike.
func same(a, b *orderhub.Customer) bool {
	if !bytes.Equal(a.Attributes.JSON(), b.Attributes.JSON()) || !bytes.Equal(a.Extras.JSON(), b.Extras.JSON()) {
		return false
	}
	x, y := *a, *b
	x.Attributes, y.Attributes, x.Extras, y.Extras = nil, nil, nil, nil
	return reflect.DeepEqual(x, y)
}

// A Known is a customer with the orders linked to it, the newest first.
type Known struct {
	*orderhub.Customer
	Orders []*orderhub.Order // at most as many as were asked for
	More   bool              // there are more
}

// Find returns a customer with its newest orders, at most so many, or a
// NotFound error.
func (s *Service) Find(ctx context.Context, shop *orderhub.Shop, ref orderhub.CustomerRef, orders int) (*Known, error) {
	k := new(Known)
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if k.Customer, err = tx.CustomerByRef(ctx, shop.ID, compared(shop, ref)); err != nil || orders == 0 {
			return err
		}
		return k.readOrders(ctx, tx, orders)
	})
	return k, err
}

func (k *Known) readOrders(ctx context.Context, tx *store.Tx, limit int) error {
	page, err := tx.ListOrders(ctx, k.Shop, orderhub.OrderFilter{Customer: k.ID, Limit: limit})
	if err != nil {
		return err
	}
	k.Orders, k.More = page.Orders, page.More
	return nil
}

// A Page is one page of a list of customers, each with its newest orders.
type Page struct {
	orderhub.CustomerPage
	Known []*Known
}

// List returns one page of a shop's customers, each with at most so many
// orders.
func (s *Service) List(ctx context.Context, shop *orderhub.Shop, f orderhub.CustomerFilter, orders int) (*Page, error) {
	p := new(Page)
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		page, err := tx.ListCustomers(ctx, shop.ID, f)
		if err != nil {
			return err
		}
		p.CustomerPage = *page
		for _, c := range page.Customers {
			k := &Known{Customer: c}
			if orders > 0 {
				if err := k.readOrders(ctx, tx, orders); err != nil {
					return err
				}
			}
			p.Known = append(p.Known, k)
		}
		return nil
	})
	return p, err
}

// Delete marks a customer deleted. Its identities are free again; its orders
// and its cards stay and are linked to nobody.
func (s *Service) Delete(ctx context.Context, shop *orderhub.Shop, ref orderhub.CustomerRef) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		c, err := tx.CustomerByRef(ctx, shop.ID, ref)
		if err != nil {
			return err
		}
		cards, err := tx.CardsOfCustomers(ctx, shop.ID, []orderhub.CustomerID{c.ID})
		if err != nil {
			return err
		}
		if err := tx.DeleteCustomer(ctx, c.ID); err != nil {
			return err
		}
		if err := tx.Record(ctx, orphaned(cards)...); err != nil {
			return err
		}
		return tx.Record(ctx, orderhub.Event{Shop: shop.ID, Kind: orderhub.CustomerDeleted, Customer: c.ID})
	})
}

// orphaned tells of cards that their owner has left.
func orphaned(cards []*orderhub.Card) []orderhub.Event {
	events := make([]orderhub.Event, len(cards))
	for i, c := range cards {
		now := *c
		now.Customer = 0
		events[i] = orderhub.Event{Shop: c.Shop, Kind: orderhub.CardChanged, Customer: c.Customer, Changes: orderhub.CardChanges(c, &now)}
	}
	return events
}

// Now is the time by which ages and days are counted.
func (s *Service) Now() time.Time { return s.DB.Now() }
