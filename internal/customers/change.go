package customers

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"orderhub"
)

// A command says what is to become of one customer.
type command struct {
	change orderhub.CustomerChange
	group  *orderhub.GroupID // the group that the change names; nil leaves it

	// whole is the state of a customer that is registered, or restored, in
	// place of a change.
	whole *orderhub.Customer

	// suppressed is what is known of the e-mail address that the customer will
	// have; see addressAfter.
	suppressed orderhub.Suppression

	// lenient skips Customer.Validate: of what an order says, only what is
	// sound is used, and the rest of the customer is not its matter.
	lenient bool
}

// change is what a command makes of a customer at a time, or what is wrong with
// it, all at once. The old state is nil for a customer that is registered. It
// decides what all doors have in common: dialects, orders, files, undo. The id,
// the version and the times of the record itself are the caller's.
func change(old *orderhub.Customer, c command, shop *orderhub.Shop, at time.Time) (*orderhub.Customer, error) {
	now := &orderhub.Customer{Shop: shop.ID, RegisteredAt: at}
	switch {
	case c.whole != nil:
		now = clone(c.whole)
		now.Shop = shop.ID
		if now.RegisteredAt.IsZero() {
			now.RegisteredAt = at
		}
	case old != nil:
		now = clone(old)
	}
	if c.whole == nil && old != nil {
		c.change = c.change.Against(old)
	}
	if c.whole == nil {
		c.change.Apply(now)
		if c.change.NameFromParts {
			nameFromParts(old, now, &c.change)
		}
	}
	if now.RegisteredAt.IsZero() {
		now.RegisteredAt = at
	}
	if c.group != nil {
		now.Group = *c.group
	}
	keepSuppressed(old, now, c)
	if c.lenient {
		return now, nil
	}
	return now, now.Validate(shop)
}

// keepSuppressed lets a customer get no mail when its address gets none, or
// when it got none before: changes only ever add to that. A new address does
// not bounce because the former one did.
func keepSuppressed(old, now *orderhub.Customer, c command) {
	was := orderhub.Suppression{}
	if old != nil {
		was = old.Suppression()
		if emailKey(old) != emailKey(now) {
			was.Bounced = false
			if c.whole == nil && (c.change.Bounced == nil || !*c.change.Bounced) {
				now.Bounced = false
			}
		}
	}
	all := now.Suppression().Or(was).Or(c.suppressed)
	now.Unsubscribed, now.Complained, now.Bounced = all.Unsubscribed, all.Complained, all.Bounced
}

// addressAfter is the e-mail address that a customer has after a change.
func addressAfter(old *orderhub.Customer, c *orderhub.CustomerChange) string {
	before := ""
	if old != nil {
		before = old.Email
	}
	if c.Email == nil || c.KeepContact && before != "" {
		return before
	}
	return *c.Email
}

// emailKey is the customer's e-mail address in the form in which addresses are
// compared, "" for none.
func emailKey(c *orderhub.Customer) string {
	if c.Email == "" {
		return ""
	}
	key, _ := orderhub.ParseEmail(c.Email)
	return key
}

// same reports whether two states of a customer would be stored alike, versions
// and times of the record apart.
func same(a, b *orderhub.Customer) bool {
	if !bytes.Equal(a.Attributes.JSON(), b.Attributes.JSON()) || !bytes.Equal(a.Extras.JSON(), b.Extras.JSON()) {
		return false
	}
	x, y := *a, *b
	for _, c := range []*orderhub.Customer{&x, &y} {
		c.Attributes, c.Extras, c.Version, c.CreatedAt, c.UpdatedAt = nil, nil, 0, time.Time{}, time.Time{}
		if len(c.Consents) == 0 {
			c.Consents = nil
		}
	}
	return reflect.DeepEqual(x, y)
}

// clone copies a customer so far that a change of the copy leaves it alone.
func clone(c *orderhub.Customer) *orderhub.Customer {
	now := *c
	now.Extras = maps.Clone(c.Extras)
	for dialect, attributes := range now.Extras {
		now.Extras[dialect] = slices.Clone(attributes)
	}
	now.Consents, now.Attributes = slices.Clone(c.Consents), slices.Clone(c.Attributes)
	return &now
}

// nameFromParts makes the full name of its parts for senders who know parts
// only, unless a name of another form was given. The old state is nil for a new
// customer.
func nameFromParts(old, c *orderhub.Customer, change *orderhub.CustomerChange) {
	if change.Name != nil || change.FirstName == nil && change.LastName == nil {
		return
	}
	whole := func(c *orderhub.Customer) string { return strings.TrimSpace(c.FirstName + " " + c.LastName) }
	if old == nil || old.Name == "" || old.Name == whole(old) {
		c.Name = whole(c)
	}
}

// moved are the identities that one state of a customer has and the other has
// not.
func moved(shop *orderhub.Shop, old, now *orderhub.Customer) (gained, lost []identity) {
	if old.ExternalID == now.ExternalID && old.Email == now.Email && old.Phone == now.Phone {
		return nil, nil
	}
	before, after := identitiesOf(shop, old), identitiesOf(shop, now)
	gained = slices.DeleteFunc(slices.Clone(after), func(i identity) bool { return slices.Contains(before, i) })
	lost = slices.DeleteFunc(before, func(i identity) bool { return slices.Contains(after, i) })
	return gained, lost
}

// identitiesOf are those that a customer's own fields hold, the shop's
// identifying field first.
func identitiesOf(shop *orderhub.Shop, c *orderhub.Customer) []identity {
	all := ContactDetails{ExternalID: c.ExternalID, Email: c.Email, Phone: c.Phone}.identities(shop)
	if i := slices.IndexFunc(all, func(i identity) bool { return i.kind == shop.Identify }); i == 1 {
		all[0], all[1] = all[1], all[0]
	}
	return all
}
