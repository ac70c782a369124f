package orderhub

import (
	"fmt"
	"strings"
	"time"

	"orderhub/money"
)

// A CardID is ours and never changes.
type CardID int64

// A Card is a discount card of a customer. Its words are VirtPOS's.
type Card struct {
	ID          CardID
	Shop        ShopID
	Number      string // unique among the shop's cards that are not deleted; text, leading zeros count
	ExternalID  string // in the shop's own system; unique as the number is, "" when there is none
	EAN13       string // of the number, with its check digit, unless another one was given; "" when there is none
	Barcode     string // as printed on the card: the EAN-13, else the number, unless another one was given
	Medium      Medium
	Status      CardStatus
	Type        CardTypeID // 0 when of none
	Customer    CustomerID // 0 while nobody owns it
	ActivatedAt time.Time  // when it was handed out or began to work; zero before
	BlockedAt   time.Time  // zero unless it is blocked or somebody said when it was
	CreatedAt   time.Time
	UpdatedAt   time.Time
	DeletedAt   time.Time // zero unless deleted
	Version     int64     // raised by one by each event of the card; 1 when new, 0 unknown
}

// What happened to a card; the event's first change names it: card_id.
const (
	CardIssued  EventKind = "card.issued"
	CardChanged EventKind = "card.changed"
	CardDeleted EventKind = "card.deleted"
)

// MaxCardText is how long a card's number, external id and barcode and the
// name of its type may be, in characters.
const MaxCardText = 255

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

// A CardTypeRef names a type of cards: by its ID, or by a name when there is
// no ID. A name that nobody knows makes a type. The zero one is no type.
type CardTypeRef struct {
	ID   CardTypeID
	Name string
}

// A CardRef says which card is meant. What is given is tried in the order of
// the fields, the next only when the former finds nothing.
type CardRef struct {
	ID         CardID
	Number     string
	ExternalID string
	Barcode    string
}

// String names the card as its sender did, as text that can be shown.
func (r CardRef) String() string {
	switch {
	case r.ID != 0:
		return fmt.Sprint(r.ID)
	case r.Number != "":
		return strings.ToValidUTF8(r.Number, "\uFFFD")
	case r.ExternalID != "":
		return strings.ToValidUTF8(r.ExternalID, "\uFFFD")
	}
	return strings.ToValidUTF8(r.Barcode, "\uFFFD")
}

// A CardChange holds what a partial update was given: nil leaves a field as
// it is, a pointer to an empty value clears it.
type CardChange struct {
	Number      *string
	ExternalID  *string
	EAN13       *string // "" goes back to that of the number
	Barcode     *string // "" goes back to the EAN-13 or the number
	Medium      *Medium
	Status      *CardStatus
	ActivatedAt *time.Time
	BlockedAt   *time.Time
	Type        *CardTypeRef
	Owner       *CustomerRef // by ID, or by external id when there is no ID; the zero one is nobody
}

// Apply changes the card's own fields; the type and the owner are the
// service's to find. Codes that were made of the number follow the number, and
// a status that is set to another one sets its date unless that is given too.
func (c *CardChange) Apply(to *Card, now time.Time) {
	ownEAN := to.EAN13 != EAN13(to.Number)
	ownBarcode := to.Barcode != to.printed()
	set(&to.Number, c.Number)
	set(&to.ExternalID, c.ExternalID)
	set(&to.EAN13, c.EAN13)
	if c.EAN13 == nil && !ownEAN || c.EAN13 != nil && *c.EAN13 == "" {
		to.EAN13 = EAN13(to.Number)
	}
	set(&to.Barcode, c.Barcode)
	if c.Barcode == nil && !ownBarcode || c.Barcode != nil && *c.Barcode == "" {
		to.Barcode = to.printed()
	}
	set(&to.Medium, c.Medium)
	if c.Status != nil {
		to.SetStatus(*c.Status, now)
	}
	set(&to.ActivatedAt, c.ActivatedAt)
	set(&to.BlockedAt, c.BlockedAt)
}

// printed is the barcode of a card for which none was given.
func (c *Card) printed() string {
	if c.EAN13 != "" {
		return c.EAN13
	}
	return c.Number
}

// SetStatus moves the card to a status. A card that becomes active is
// activated then, unless it was before; one that is blocked is blocked then;
// one that is not blocked has no such date. Setting the status that it has
// changes nothing.
func (c *Card) SetStatus(s CardStatus, at time.Time) {
	if c.Status == s {
		return
	}
	c.Status, c.BlockedAt = s, time.Time{}
	switch s {
	case CardActive:
		if c.ActivatedAt.IsZero() {
			c.ActivatedAt = at
		}
	case CardBlocked:
		c.BlockedAt = at
	}
}

// Validate reports all that a stored card may not hold.
func (c *Card) Validate() error {
	var f Faults
	if c.Number == "" {
		f.Add(Absent("number"))
	}
	checkText("number", c.Number, MaxCardText, &f)
	checkText("external_id", c.ExternalID, MaxCardText, &f)
	checkText("barcode", c.Barcode, MaxCardText, &f)
	if c.EAN13 != "" && (len(c.EAN13) != 13 || EAN13(c.EAN13[:12]) != c.EAN13) {
		f.Wrong("ean13", "must be 13 digits of which the last is the check digit")
	}
	switch c.Medium {
	case Plastic, Magnetic, App:
	default:
		f.Wrong("medium", "must be PLASTIC, MAGNET or APP")
	}
	switch c.Status {
	case CardNew, CardActive, CardBlocked:
	default:
		f.Wrong("status", "must be NEW, ACTIVE or BLOCKED")
	}
	for field, at := range map[string]time.Time{"activated_at": c.ActivatedAt, "blocked_at": c.BlockedAt} {
		if at.Year() < 1 || at.Year() > 9999 {
			f.Wrong(field, "is not a date of our calendar")
		}
	}
	return f.Err()
}

// EAN13 is a number of 1 to 12 digits as a bar code: filled up with zeros on
// the left to 12 digits and followed by the check digit. It is "" for a number
// that has anything but digits or more of them: half a number on a till would
// be the card of somebody else.
func EAN13(number string) string {
	if number == "" || len(number) > 12 {
		return ""
	}
	code := strings.Repeat("0", 12-len(number)) + number
	sum := 0
	for i, digit := range []byte(code) {
		if digit < '0' || digit > '9' {
			return ""
		}
		sum += int(digit-'0') * (1 + 2*(i%2)) // weights 1, 3, 1, 3, … from the left
	}
	return code + fmt.Sprint((10-sum%10)%10)
}

// CardChanges lists the fields in which two states of a card differ, after
// the change that names the card. The old state may be nil.
func CardChanges(old, now *Card) []Change {
	changes := []Change{{"card_id", "", fmt.Sprint(now.ID)}}
	if old == nil {
		old = &Card{}
	}
	add := func(field, from, to string) {
		if from != to {
			changes = append(changes, Change{field, brief(from), brief(to)})
		}
	}
	add("number", old.Number, now.Number)
	add("external_id", old.ExternalID, now.ExternalID)
	add("ean13", old.EAN13, now.EAN13)
	add("barcode", old.Barcode, now.Barcode)
	add("medium", string(old.Medium), string(now.Medium))
	add("status", string(old.Status), string(now.Status))
	add("activated_at", instantText(old.ActivatedAt), instantText(now.ActivatedAt))
	add("blocked_at", instantText(old.BlockedAt), instantText(now.BlockedAt))
	add("type", idText(old.Type), idText(now.Type))
	add("customer", idText(old.Customer), idText(now.Customer))
	return changes
}

// instantText is "" for never.
func instantText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// idText is "" for none.
func idText[ID ~int64](id ID) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprint(int64(id))
}
