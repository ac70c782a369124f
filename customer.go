package orderhub

import (
	"slices"
	"time"
)

// A CustomerID is ours and never changes.
type CustomerID int64

// A Customer is one person or firm that buys in one shop: Aplaut's consumer,
// ExpertSender's and VirtPOS's customer, the buyer of USAM.
type Customer struct {
	ID         CustomerID
	Shop       ShopID
	ExternalID string // in the shop's own system (Aplaut external_id, VirtPOS external_id, ExpertSender crmId)
	Email      string // as sent
	Phone      string // as sent

	Name       string // full name as sent; never re-cased
	FirstName  string
	MiddleName string
	LastName   string
	Gender     Gender
	Birthday   Birthday
	Group      GroupID // 0 when in none

	Unsubscribed bool // wants no mail from campaigns
	Complained   bool // called a mail spam
	Bounced      bool // the address refuses mail for good
	Consents     []Consent

	Attributes Attributes // Aplaut's custom_attributes, ExpertSender's customAttributes
	Extras     Extras

	RegisteredAt time.Time
	CreatedAt    time.Time // when the hub first stored it
	UpdatedAt    time.Time
	Version      int64 // raised by one by each event of the customer; 1 when new, 0 unknown
}

// A Gender is what a dialect tells of it.
type Gender uint8

const (
	GenderUnknown Gender = iota
	Female
	Male
)

// A Birthday is kept in parts, as VirtPOS sends it: any part may be 0. The
// age is computed, never set.
type Birthday struct {
	Year, Month, Day int
}

// Age is the number of full years on a day, or -1 when the birthday is not
// known in full.
func (b Birthday) Age(on time.Time) int {
	if b.Year == 0 || b.Month == 0 || b.Day == 0 {
		return -1
	}
	age := on.Year() - b.Year
	if int(on.Month()) < b.Month || int(on.Month()) == b.Month && on.Day() < b.Day {
		age--
	}
	return age
}

// valid says whether there is such a day, as far as it is known: with the year
// unknown there is a 29 February, as the year 0 has one.
func (b Birthday) valid() bool {
	if b.Year < 0 || b.Year > 9999 || b.Month < 0 || b.Month > 12 || b.Day < 0 || b.Day > 31 {
		return false
	}
	if b.Month == 0 || b.Day == 0 {
		return true
	}
	return time.Date(b.Year, time.Month(b.Month), b.Day, 0, 0, 0, 0, time.UTC).Day() == b.Day
}

// A Consent is what a customer agreed to, by the shop's own id.
type Consent struct {
	ID    string
	State ConsentState
}

// A ConsentState is where a consent stands.
type ConsentState uint8

const (
	Refused ConsentState = iota
	Given
	AwaitingConfirmation
)

// Agree keeps what the customer has agreed to, or refused, just now: each
// consent in its old place or at the end.
func (c *Customer) Agree(some []Consent) {
	if len(some) == 0 {
		return
	}
	c.Consents = slices.Clone(c.Consents)
	for _, x := range some {
		same := func(y Consent) bool { return y.ID == x.ID }
		if i := slices.IndexFunc(c.Consents, same); i >= 0 {
			c.Consents[i] = x
		} else {
			c.Consents = append(c.Consents, x)
		}
	}
}

// A GroupID is ours and never changes.
type GroupID int64

// A Group gathers customers of a shop under a name that is unique there.
type Group struct {
	ID   GroupID
	Shop ShopID
	Name string
}
