package loyalty

import (
	"fmt"
	"reflect"
	"slices"
	"time"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/store/carddb"
)

// A cardCommand changes a card or makes one. What it refers to was looked up.
type cardCommand struct {
	orderhub.CardChange // but for Type and Owner

	kind      *orderhub.CardTypeID
	owner     *orderhub.CustomerID
	createdAt time.Time // of a card that is made; zero is now

	// undated leaves the dates of a status that changes empty unless the
	// command has them: in records of the past no date is made up.
	undated bool
}

// changeCard is what a card becomes; a nil one is made. It reports all that the
// card may not hold. Nothing else decides what a card becomes.
func changeCard(old *orderhub.Card, c cardCommand, shop *orderhub.Shop, at time.Time) (*orderhub.Card, error) {
	now := &orderhub.Card{Shop: shop.ID, Medium: orderhub.Plastic, Status: orderhub.CardNew, CreatedAt: storable(c.createdAt)}
	if old != nil {
		now = new(*old)
	}
	if c.undated {
		at = time.Time{}
	}
	c.Apply(now, at)
	now.ActivatedAt, now.BlockedAt = storable(now.ActivatedAt), storable(now.BlockedAt)
	if c.kind != nil {
		now.Type = *c.kind
	}
	if c.owner != nil {
		now.Customer = *c.owner
	}
	return now, now.Validate()
}

// storable is a time as the store returns it, so that the same again is no
// change.
func storable(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Microsecond)
	if t.UnixMicro() == 0 {
		t = t.Add(time.Microsecond)
	}
	return t
}

// amend changes a card, or makes one when there is no old one, as a service is
// asked to: types are named by id or name, owners by our id or their own.
func (s *Cards) amend(old *orderhub.Card, change orderhub.CardChange) (*orderhub.Card, error) {
	command := cardCommand{CardChange: change}
	var referred, f orderhub.Faults
	newType, err := s.resolveType(change.Type, &command, &referred)
	if err != nil {
		return nil, err
	}
	if err := s.resolveOwner(change.Owner, &command, &referred); err != nil {
		return nil, err
	}
	now, err := changeCard(old, command, s.b.Shop(), s.b.At)
	f.Add(err)
	f.Add(referred.Err())
	if err := s.checkKeys(old, now, &f); err != nil {
		return nil, err
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if newType != "" {
		now.Type = s.makeType(newType)
	}
	return s.keep(old, now), nil
}

// keep makes a changed card, or a new one, the present one, unless it differs in
// nothing.
func (s *Cards) keep(old, now *orderhub.Card) *orderhub.Card {
	switch {
	case old == nil:
		now.ID = s.IDs.New(s.b)
		s.record(orderhub.CardIssued, nil, now)
	case reflect.DeepEqual(old, now):
		return old
	default:
		s.record(orderhub.CardChanged, old, now)
	}
	return now
}

// resolveType looks the type up that a change names. It returns the name of one
// that is to be made.
func (s *Cards) resolveType(ref *orderhub.CardTypeRef, c *cardCommand, f *orderhub.Faults) (name string, err error) {
	switch {
	case ref == nil:
	case ref.ID != 0:
		known, err := s.hasType(ref.ID)
		if err != nil {
			return "", err
		}
		if !known {
			f.Wrong("type.id", "is not a card type of this shop")
		}
		c.kind = &ref.ID
	case foldName(ref.Name) == "":
		c.kind = new(orderhub.CardTypeID(0))
	case !goodTypeName(ref.Name):
		f.Wrong("type.name", badTypeName)
	default:
		id, known, err := s.typeNamed(ref.Name)
		if err != nil || !known {
			return ref.Name, err
		}
		c.kind = &id
	}
	return "", nil
}

func goodTypeName(name string) bool {
	return utf8.RuneCountInString(name) <= orderhub.MaxCardText && orderhub.Storable(name)
}

var badTypeName = fmt.Sprintf("must be text of at most %d characters", orderhub.MaxCardText)

// resolveOwner looks the owner up that a change names: by id, by external id
// only when there is no id.
func (s *Cards) resolveOwner(ref *orderhub.CustomerRef, c *cardCommand, f *orderhub.Faults) error {
	if ref == nil {
		return nil
	}
	field, by := "customer.id", orderhub.CustomerRef{ID: ref.ID}
	switch {
	case ref.ID == 0 && ref.ExternalID == "":
		c.owner = new(orderhub.CustomerID(0))
		return nil
	case ref.ID == 0:
		field, by = "customer.external_id", orderhub.CustomerRef{ExternalID: ref.ExternalID}
	}
	owner, err := s.customers.Find(by)
	if orderhub.KindOf(err) == orderhub.NotFound {
		f.Wrong(field, "is not a customer of this shop")
		return nil
	}
	if err == nil {
		c.owner = &owner.ID
	}
	return err
}

// checkKeys notes the keys of a card that another one has.
func (s *Cards) checkKeys(old, now *orderhub.Card, f *orderhub.Faults) error {
	before := liveKeys(old)
	for _, k := range carddb.CardKeys(now) {
		if !orderhub.Storable(k.Value) || slices.Contains(before, k) {
			continue
		}
		other, err := s.by(k)
		if err != nil {
			return err
		}
		if other != nil {
			f.Add(orderhub.Taken(k.Kind))
		}
	}
	return nil
}
