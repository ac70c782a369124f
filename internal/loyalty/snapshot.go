package loyalty

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
)

// Snapshots are what an undo of an import keeps of cards and rows of the ledger,
// as JSON. Form 1 is written; form 0, which has no number, was the JSON of Go
// structs, and is read for as long as imports of that time can be undone.

// cardSnapshot is form 1 of a card. Times are microseconds since 1970.
type cardSnapshot struct {
	Form        int    `json:"form"`
	ID          int64  `json:"id"`
	Shop        int64  `json:"shop"`
	Number      string `json:"number"`
	ExternalID  string `json:"external_id,omitempty"`
	EAN13       string `json:"ean13,omitempty"`
	Barcode     string `json:"barcode,omitempty"`
	Medium      string `json:"medium"`
	Status      string `json:"status"`
	Type        int64  `json:"type,omitempty"`
	Customer    int64  `json:"customer,omitempty"`
	ActivatedAt *int64 `json:"activated_at,omitempty"`
	BlockedAt   *int64 `json:"blocked_at,omitempty"`
	CreatedAt   *int64 `json:"created_at,omitempty"`
	UpdatedAt   *int64 `json:"updated_at,omitempty"`
	Version     int64  `json:"version,omitempty"`
}

// entrySnapshot is form 1 of a row of the ledger.
type entrySnapshot struct {
	Form      int    `json:"form"`
	ID        int64  `json:"id"`
	Shop      int64  `json:"shop"`
	Customer  int64  `json:"customer"`
	Card      int64  `json:"card,omitempty"`
	Order     int64  `json:"order,omitempty"`
	Key       string `json:"key,omitempty"`
	Cause     string `json:"cause"`
	Points    int64  `json:"points"`
	State     string `json:"state"`
	Reason    string `json:"reason,omitempty"`
	CreatedAt *int64 `json:"created_at,omitempty"`
	StateAt   *int64 `json:"state_at,omitempty"`
	ExpiresAt *int64 `json:"expires_at,omitempty"`
}

// causes are the names of causes in snapshots.
var causes = [...]string{
	orderhub.BonusEarned: "earned", orderhub.BonusUsed: "used", orderhub.BonusAdjusted: "adjusted", orderhub.BonusLapsed: "lapsed",
}

func snapshotOfCard(c *orderhub.Card) cardSnapshot {
	return cardSnapshot{
		Form: 1, ID: int64(c.ID), Shop: int64(c.Shop), Number: c.Number, ExternalID: c.ExternalID, EAN13: c.EAN13, Barcode: c.Barcode,
		Medium: string(c.Medium), Status: string(c.Status), Type: int64(c.Type), Customer: int64(c.Customer),
		ActivatedAt: micros(c.ActivatedAt), BlockedAt: micros(c.BlockedAt), CreatedAt: micros(c.CreatedAt), UpdatedAt: micros(c.UpdatedAt),
		Version: c.Version,
	}
}

// EncodeCard makes the snapshot of a card.
func EncodeCard(c *orderhub.Card) []byte { return encode(snapshotOfCard(c)) }

// CardContent tells the content of a card from any other, whatever its version
// and the time of its last change.
func CardContent(c *orderhub.Card) string {
	s := snapshotOfCard(c)
	s.UpdatedAt, s.Version = nil, 0
	sum := sha256.Sum256(encode(s))
	return hex.EncodeToString(sum[:12])
}

// DecodeCard reads a snapshot of a card.
func DecodeCard(text []byte) (*orderhub.Card, error) {
	c, err := form.Snapshot(text, decodeCard0, decodeCard1)
	if err != nil {
		return nil, fmt.Errorf("loyalty: snapshot of a card: %w", err)
	}
	return c, nil
}

func decodeCard0(text []byte) (*orderhub.Card, error) {
	var old cardForm0
	err := form.Strict(text, &old)
	return new(orderhub.Card(old)), err
}

func decodeCard1(text []byte) (*orderhub.Card, error) {
	var s cardSnapshot
	err := form.Strict(text, &s)
	return &orderhub.Card{
		ID: orderhub.CardID(s.ID), Shop: orderhub.ShopID(s.Shop), Number: s.Number, ExternalID: s.ExternalID, EAN13: s.EAN13,
		Barcode: s.Barcode, Medium: orderhub.Medium(s.Medium), Status: orderhub.CardStatus(s.Status),
		Type: orderhub.CardTypeID(s.Type), Customer: orderhub.CustomerID(s.Customer),
		ActivatedAt: instant(s.ActivatedAt), BlockedAt: instant(s.BlockedAt), CreatedAt: instant(s.CreatedAt), UpdatedAt: instant(s.UpdatedAt),
		Version: s.Version,
	}, err
}

// EncodeEntry makes the snapshot of a row of the ledger.
func EncodeEntry(e *orderhub.BonusEntry) []byte {
	return encode(entrySnapshot{
		Form: 1, ID: int64(e.ID), Shop: int64(e.Shop), Customer: int64(e.Customer), Card: int64(e.Card), Order: int64(e.Order), Key: e.Key,
		Cause: causes[e.Cause], Points: e.Points, State: e.State.String(), Reason: e.Reason,
		CreatedAt: micros(e.CreatedAt), StateAt: micros(e.StateAt), ExpiresAt: micros(e.ExpiresAt),
	})
}

// DecodeEntry reads a snapshot of a row of the ledger.
func DecodeEntry(text []byte) (*orderhub.BonusEntry, error) {
	e, err := form.Snapshot(text, decodeEntry0, decodeEntry1)
	if err != nil {
		return nil, fmt.Errorf("loyalty: snapshot of an entry: %w", err)
	}
	return e, nil
}

func decodeEntry0(text []byte) (*orderhub.BonusEntry, error) {
	var old entryForm0
	err := form.Strict(text, &old)
	return new(orderhub.BonusEntry(old)), err
}

func decodeEntry1(text []byte) (*orderhub.BonusEntry, error) {
	var s entrySnapshot
	if err := form.Strict(text, &s); err != nil {
		return nil, err
	}
	return s.entry()
}

func (s *entrySnapshot) entry() (*orderhub.BonusEntry, error) {
	e := &orderhub.BonusEntry{
		ID: orderhub.BonusID(s.ID), Shop: orderhub.ShopID(s.Shop), Customer: orderhub.CustomerID(s.Customer), Card: orderhub.CardID(s.Card),
		Order: orderhub.OrderID(s.Order), Key: s.Key, Points: s.Points, Reason: s.Reason,
		CreatedAt: instant(s.CreatedAt), StateAt: instant(s.StateAt), ExpiresAt: instant(s.ExpiresAt),
	}
	for e.Cause = 0; causes[e.Cause] != s.Cause; e.Cause++ {
		if int(e.Cause) == len(causes)-1 {
			return nil, fmt.Errorf("cause %q is unknown", s.Cause)
		}
	}
	for e.State = 0; e.State.String() != s.State; e.State++ {
		if e.State == orderhub.BonusReversed {
			return nil, fmt.Errorf("state %q is unknown", s.State)
		}
	}
	return e, nil
}

func encode(snapshot any) []byte {
	b, err := json.Marshal(snapshot)
	if err != nil {
		panic(err) // texts and numbers always print
	}
	return b
}

// micros is a time in a snapshot; the zero time is left out.
func micros(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return new(t.UnixMicro())
}

func instant(micros *int64) time.Time {
	if micros == nil {
		return time.Time{}
	}
	return time.UnixMicro(*micros).UTC()
}

// cardForm0 is how cards were kept before forms had numbers. It must not
// change.
type cardForm0 struct {
	ID          orderhub.CardID
	Shop        orderhub.ShopID
	Number      string
	ExternalID  string
	EAN13       string
	Barcode     string
	Medium      orderhub.Medium
	Status      orderhub.CardStatus
	Type        orderhub.CardTypeID
	Customer    orderhub.CustomerID
	ActivatedAt time.Time
	BlockedAt   time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
	DeletedAt   time.Time
	Version     int64
}

// entryForm0 is how rows of the ledger were kept before forms had numbers. It
// must not change.
type entryForm0 struct {
	ID        orderhub.BonusID
	Shop      orderhub.ShopID
	Customer  orderhub.CustomerID
	Card      orderhub.CardID
	Order     orderhub.OrderID
	Key       string
	Cause     orderhub.BonusCause
	Points    int64
	State     orderhub.BonusState
	Reason    string
	CreatedAt time.Time
	StateAt   time.Time
	ExpiresAt time.Time
}
