package orderhub

import (
	"fmt"
	"time"
)

// A BonusID is ours; later entries have higher ids.
type BonusID int64

// A BonusEntry is one row of a customer's ledger of bonus points. Only its state
// and the dates that belong to the state ever change.
//
// The balance is the sum of the rows that count: active, spent and expired
// ones. It is never stored and never falls below zero.
type BonusEntry struct {
	ID        BonusID
	Shop      ShopID
	Customer  CustomerID
	Card      CardID  // 0 when the points belong to no card
	Order     OrderID // 0 when no order caused it
	Key       string  // the sender's, unique in the shop, so that a repeated request books once; "" when there is none
	Cause     BonusCause
	Points    int64 // above zero when they come in, below when they go out
	State     BonusState
	Reason    string
	CreatedAt time.Time
	StateAt   time.Time // when it took its state

	// ExpiresAt is when points that came in expire; zero is never. Of points
	// that were spent on an order and given back it is when they were given
	// back for good: zero, and they are spent again when the order is revived.
	ExpiresAt time.Time
}

// A BonusCause is why points come in or go out.
type BonusCause uint8

const (
	BonusEarned   BonusCause = iota // an order earns them, or takes back what it had earned
	BonusUsed                       // spent on an order
	BonusAdjusted                   // written by hand or by a file
	BonusLapsed                     // what was left when they expired
)

// A BonusState is where a ledger row stands.
type BonusState uint8

const (
	BonusPending  BonusState = iota // does not count yet: to come when the order closes or, below zero, owed
	BonusActive                     // came in, and some of it is left
	BonusSpent                      // went out, or came in and is used up
	BonusExpired                    // came in and became too old, or is what went out for that
	BonusReversed                   // does not count any more: undone
)

var bonusStates = [...]string{"pending", "active", "spent", "expired", "reversed"}

func (s BonusState) String() string { return bonusStates[s] }

// Counts says whether rows of the state are part of the balance.
func (s BonusState) Counts() bool {
	return s == BonusActive || s == BonusSpent || s == BonusExpired
}

// What happened to a row of the ledger: the state that it took.
const (
	PointsPending  EventKind = "bonus.pending"
	PointsActive   EventKind = "bonus.active"
	PointsSpent    EventKind = "bonus.spent"
	PointsExpired  EventKind = "bonus.expired"
	PointsReversed EventKind = "bonus.reversed"
)

// MaxPoints is how many points one line of an order may earn and one entry
// may book.
const MaxPoints = 1_000_000_000

// MaxReason is how long the reason of a ledger row may be, in characters.
const MaxReason = 512

// A BonusBalance is how many points a customer has.
type BonusBalance struct {
	Active  int64 // that can be spent
	Pending int64 // that will come when orders close
	Owed    int64 // that will be taken from the next ones: a returned order had earned them, and they were spent
}

// Changes tells of a row that took a state, for an event.
func (e *BonusEntry) Changes() []Change {
	changes := []Change{{"points", "", fmt.Sprint(e.Points)}}
	if e.Reason != "" {
		changes = append(changes, Change{"reason", "", brief(e.Reason)})
	}
	return changes
}

// Validate reports all that a new row of the ledger may not hold.
func (e *BonusEntry) Validate() error {
	var f Faults
	if e.Points == 0 || e.Points > MaxPoints || e.Points < -MaxPoints {
		f.Wrong("points", fmt.Sprintf("must be a whole number other than zero, at most %d", MaxPoints))
	}
	checkText("key", e.Key, 255, &f)
	checkText("reason", e.Reason, MaxReason, &f)
	return f.Err()
}
