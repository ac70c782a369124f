package orderhub

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxExternalID is how long a customer's id in the shop's own system may be,
// in characters. ExpertSender stops at 128, others do not say.
const MaxExternalID = 255

// A CustomerRef says which customer is meant. What is given is tried in the
// order of the fields; the first that finds a customer wins.
type CustomerRef struct {
	ExternalID string
	ID         CustomerID
	Email      string // in any spelling
	Phone      string // in any spelling
}

// String names the customer as its sender did, as text that can be shown.
func (r CustomerRef) String() string {
	for _, name := range []string{r.ExternalID, r.Email, r.Phone} {
		if name != "" {
			return strings.ToValidUTF8(name, "\uFFFD")
		}
	}
	return fmt.Sprint(r.ID)
}

// A CustomerChange holds what a partial update was given: nil leaves a field
// as it is, a pointer to an empty value clears it.
type CustomerChange struct {
	ExternalID   *string
	Email        *string
	Phone        *string
	Name         *string
	FirstName    *string
	MiddleName   *string
	LastName     *string
	Gender       *Gender
	Birthday     *Birthday
	BirthYear    *int // parts of the birthday, for senders who may tell only some
	BirthMonth   *int
	BirthDay     *int
	Unsubscribed *bool
	Complained   *bool
	Bounced      *bool
	RegisteredAt *time.Time
	Group        *GroupRef // for the service to find; not for many customers at once

	// IfVersion refuses the change, as a Conflict, unless the customer has this
	// version; 0 is any.
	IfVersion int64

	// KeepContact lets an e-mail address and a phone number be given where
	// there is none, and leaves those that are there, as Aplaut does.
	KeepContact bool

	// ShareContact lets an e-mail address and a phone number that mean somebody
	// else be kept with the customer, too, as VirtPOS does, to whom they are no
	// keys: they go on to mean the other, and the two are noted as possible
	// duplicates.
	ShareContact bool

	// KeepFirstName leaves the first name alone when only the whole name is
	// sent, for senders that know both and have no first name.
	KeepFirstName bool

	// NameFromParts makes the full name of first and last name, for senders
	// who know only these, unless somebody has given a name of another form.
	NameFromParts bool

	Consents        []Consent  // merged by id
	ClearAttributes bool       // before merging
	Attributes      Attributes // merged by name; null removes a name
	Extras          Extras     // merged by name within each dialect

	// Shown returns values of a customer as the sender's dialect shows them,
	// where these are not the stored ones. Nil says that there are none.
	Shown func(c *Customer) CustomerChange
}

// Against returns the change without what it sends as the customer is or as
// the sender's dialect shows it: what is written back as shown changes
// nothing. The names count as sent as soon as one of them is another. It must
// be called before Apply, with the stored customer.
func (c CustomerChange) Against(old *Customer) CustomerChange {
	var shown CustomerChange
	if c.Shown != nil {
		shown = c.Shown(old)
	}
	names := []bool{
		asIs(c.Name, &old.Name, shown.Name), asIs(c.FirstName, &old.FirstName, shown.FirstName),
		asIs(c.MiddleName, &old.MiddleName, shown.MiddleName), asIs(c.LastName, &old.LastName, shown.LastName),
	}
	if !slices.Contains(names, false) {
		c.Name, c.FirstName, c.MiddleName, c.LastName = nil, nil, nil, nil
	}
	if asIs(c.Email, &old.Email, shown.Email) {
		c.Email = nil
	}
	if asIs(c.Phone, &old.Phone, shown.Phone) {
		c.Phone = nil
	}
	if at := shown.RegisteredAt; c.RegisteredAt != nil && at != nil && c.RegisteredAt.Equal(*at) {
		c.RegisteredAt = nil
	}
	if !c.ClearAttributes {
		c.Attributes = c.Attributes.Without(old.Attributes).Without(shown.Attributes)
	}
	c.Extras = c.Extras.Without(old.Extras).Without(shown.Extras)
	return c
}

// asIs says whether a field was not sent, or as it is stored or shown.
func asIs[T comparable](sent, stored, shown *T) bool {
	return sent == nil || *sent == *stored || shown != nil && *sent == *shown
}

// Apply changes the customer's own fields.
func (c *CustomerChange) Apply(to *Customer) {
	set(&to.ExternalID, c.ExternalID)
	if !c.KeepContact || to.Email == "" {
		set(&to.Email, c.Email)
	}
	if !c.KeepContact || to.Phone == "" {
		set(&to.Phone, c.Phone)
	}
	c.applyNames(to)
	set(&to.Gender, c.Gender)
	set(&to.Birthday, c.Birthday)
	set(&to.Birthday.Year, c.BirthYear)
	set(&to.Birthday.Month, c.BirthMonth)
	set(&to.Birthday.Day, c.BirthDay)
	set(&to.Unsubscribed, c.Unsubscribed)
	set(&to.Complained, c.Complained)
	set(&to.Bounced, c.Bounced)
	set(&to.RegisteredAt, c.RegisteredAt)
	to.Agree(c.Consents)
	if c.ClearAttributes {
		to.Attributes = nil
	}
	to.Attributes = to.Attributes.Merge(c.Attributes)
	to.Extras = to.Extras.Merge(c.Extras)
}

// applyNames changes the names. A new whole name replaces the parts, and its
// first word is the first name; a new first or last name replaces the whole
// name. What is sent together stays as it is sent, and what is sent as it was
// replaces nothing.
func (c *CustomerChange) applyNames(to *Customer) {
	first, last, _ := strings.Cut(strings.TrimSpace(to.Name), " ")
	first, last = cmp.Or(to.FirstName, first), cmp.Or(to.LastName, strings.TrimSpace(last))
	switch {
	case differs(c.Name, to.Name):
		if !c.KeepFirstName {
			to.FirstName, _, _ = strings.Cut(strings.TrimSpace(*c.Name), " ")
		}
		to.Name, to.MiddleName, to.LastName = *c.Name, "", ""
	case c.Name == nil && (differs(c.FirstName, to.FirstName) && differs(c.FirstName, first) || differs(c.LastName, to.LastName) && differs(c.LastName, last)):
		set(&first, c.FirstName)
		set(&last, c.LastName)
		to.Name = strings.TrimSpace(first + " " + last)
	}
	set(&to.FirstName, c.FirstName)
	set(&to.MiddleName, c.MiddleName)
	set(&to.LastName, c.LastName)
}

// SplitName is the first and the last name, for readers that know no whole one.
// Of a customer whose name came whole the first word is the first name and the
// rest the last name.
func (c *Customer) SplitName() (first, last string) {
	if c.LastName != "" || c.Name == "" {
		return c.FirstName, c.LastName
	}
	first, last, _ = strings.Cut(strings.TrimSpace(c.Name), " ")
	if c.FirstName != "" && c.FirstName != first {
		return c.FirstName, ""
	}
	return first, strings.TrimSpace(last)
}

func differs(sent *string, was string) bool { return sent != nil && *sent != was }

// Validate reports all that a customer may not hold when somebody names it on
// purpose: an e-mail address must look like one, a phone number must have
// digits. What an order says of its customer is not held to that.
func (c *Customer) Validate(s *Shop) error {
	_, _, err := c.Check(s)
	return err
}

// Check is Validate that also tells the customer's e-mail address and the
// digits of its phone number in the form in which they are compared, "" for
// none: a number that needs a second thought takes long to read.
func (c *Customer) Check(s *Shop) (email, digits string, err error) {
	var f Faults
	checkText("external_id", c.ExternalID, MaxExternalID, &f)
	if c.Email != "" {
		var ok bool
		if email, ok = ParseEmail(c.Email); !ok {
			f.Wrong("email", "is not an e-mail address")
		}
	}
	if c.Phone != "" {
		if utf8.RuneCountInString(c.Phone) <= MaxPhone && Storable(c.Phone) {
			digits = s.Phone(c.Phone).Digits()
		}
		if digits == "" {
			f.Wrong("phone", "is not a phone number")
		}
	}
	checkText("name", c.Name, MaxName, &f)
	checkText("first_name", c.FirstName, MaxName, &f)
	checkText("middle_name", c.MiddleName, MaxName, &f)
	checkText("last_name", c.LastName, MaxName, &f)
	if !c.Birthday.valid() {
		f.Wrong("birthday", "is not a date of our calendar")
	}
	checkTime("registered_at", c.RegisteredAt, &f)
	c.Attributes.check("attributes", &f)
	return email, digits, f.Err()
}
