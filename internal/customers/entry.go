package customers

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"orderhub"
)

// An Entry is what a file says of one customer among many, checked by itself:
// nothing of it has to be read again when it is compared with the store. It may
// be used more than once.
type Entry struct {
	change orderhub.CustomerChange
	fresh  orderhub.Customer // as it is registered when it is not known
	keys   []identity        // by which it is found, and which it claims
	faults orderhub.Faults
}

// NewEntry checks all that can be checked without the store: an entry needs an
// external id, an e-mail address or a phone number, and holds to what
// Customer.Validate says. An empty time of
// registration is none.
func NewEntry(shop *orderhub.Shop, change orderhub.CustomerChange) *Entry {
	if at := change.RegisteredAt; at != nil {
		change.RegisteredAt = registered(*at)
	}
	e := &Entry{change: change, fresh: orderhub.Customer{Shop: shop.ID}}
	e.change.Apply(&e.fresh)
	if e.change.NameFromParts {
		nameFromParts(nil, &e.fresh, &e.change)
	}
	email, digits, err := e.fresh.Check(shop)
	e.faults.Add(err)
	external := e.fresh.ExternalID
	switch {
	case external == "" && email == "" && digits == "" && err == nil:
		e.faults.Add(orderhub.Absent("external_id"))
	case !orderhub.Storable(external):
		external = ""
	}
	for _, k := range []identity{{orderhub.ByExternal, external}, {orderhub.ByEmail, email}, {orderhub.ByPhone, digits}} {
		if k.value != "" {
			e.keys = append(e.keys, k)
		}
	}
	if g := change.Group; g != nil && (utf8.RuneCountInString(g.Name) > maxGroup || !orderhub.Storable(g.Name)) {
		e.faults.Wrong("group", fmt.Sprintf("must be text of at most %d characters", maxGroup))
	}
	e.checkConsents()
	return e
}

// registered is a time as the store gives it back; nil for none.
func registered(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	if at = at.UTC().Truncate(time.Microsecond); at.UnixMicro() == 0 {
		at = at.Add(time.Microsecond) // the first instant means never there
	}
	return &at
}

func (e *Entry) checkConsents() {
	for _, c := range e.change.Consents {
		if c.State > orderhub.AwaitingConfirmation {
			e.faults.Wrong("consents", "has a state that is none: 0 is refused, 1 is given, 2 awaits confirmation")
			return
		}
		if c.ID == "" || utf8.RuneCountInString(c.ID) > orderhub.MaxAttributeName || !orderhub.Storable(c.ID) {
			e.faults.Wrong("consents", fmt.Sprintf("must have ids of 1 to %d characters", orderhub.MaxAttributeName))
			return
		}
	}
}

// Err is all that is wrong with the entry by itself.
func (e *Entry) Err() error { return e.faults.Err() }

// A Key is a field by which a customer is known, external_id, email or phone,
// and its value in the form in which it is compared.
type Key struct{ Field, Value string }

// Keys are what no other entry of the same whole may have.
func (e *Entry) Keys() []Key { return keys(e.keys) }

// Keys are a stored customer's external id, e-mail address and phone number;
// those that it lacks are left out.
func Keys(shop *orderhub.Shop, c *orderhub.Customer) []Key {
	return keys(identitiesOf(shop, c))
}

func keys(all []identity) []Key {
	keys := make([]Key, len(all))
	for i, k := range all {
		keys[i] = Key{fields[k.kind], k.value}
	}
	return keys
}

// key is the entry's identity of a kind; the zero identity when it has none.
func (e *Entry) key(kind orderhub.Identity) identity {
	i := slices.IndexFunc(e.keys, func(k identity) bool { return k.kind == kind })
	if i < 0 {
		return identity{}
	}
	return e.keys[i]
}
