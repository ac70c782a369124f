package orderhub

import (
	"time"

	"orderhub/money"
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

// A GroupID is ours and never changes.
type GroupID int64

// A Group gathers customers of a shop under a name that is unique there.
type Group struct {
	ID   GroupID
	Shop ShopID
	Name string
}

// A CardID is ours and never changes.
type CardID int64

// A Card is a discount card of a customer. Its words are VirtPOS's.
type Card struct {
	ID          CardID
	Shop        ShopID
	Number      string // unique in the shop; digits as text, leading zeros count
	ExternalID  string // in the shop's own system
	EAN13       string // of the number, with its check digit; "" when the number has letters or over 12 digits
	Barcode     string // as printed on the card
	Medium      Medium
	Status      CardStatus
	Type        CardTypeID
	Customer    CustomerID // 0 while nobody owns it
	ActivatedAt time.Time
	BlockedAt   time.Time
}

// A Medium is what a card is made of.
type Medium string

const (
	Plastic  Medium = "PLASTIC"
	Magnetic Medium = "MAGNET"
	App      Medium = "APP"
)

// A CardStatus is where a card stands.
type CardStatus string

const (
	CardNew     CardStatus = "NEW"
	CardActive  CardStatus = "ACTIVE"
	CardBlocked CardStatus = "BLOCKED"
)

// A CardTypeID is ours and never changes.
type CardTypeID int64

// A CardType is a kind of card of a shop, by a name that is unique there.
type CardType struct {
	ID       CardTypeID
	Shop     ShopID
	Name     string
	Discount money.Amount // per cent
}

// A BonusEntry is one row of a customer's ledger of bonus points. The balance
// is the sum of the active and spent rows; it is never stored and never
// falls below zero.
type BonusEntry struct {
	ID        int64
	Shop      ShopID
	Customer  CustomerID
	Card      CardID  // 0 when the points belong to no card
	Order     OrderID // 0 when no order caused it
	Key       string  // the sender's, so that a repeated request books once
	Points    int64   // negative when spent
	State     BonusState
	Reason    string
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
}

// A BonusState is where a ledger row stands.
type BonusState uint8

const (
	BonusPending  BonusState = iota // earned, active when the order closes
	BonusActive                     // can be spent
	BonusSpent                      // written off
	BonusExpired                    // too old
	BonusReversed                   // its order was cancelled or returned
)
