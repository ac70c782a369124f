package customers

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
)

// snapshot is form 1 of a customer as an undo keeps it. Its names are on disks:
// they stay, and a member that is not known is refused.
type snapshot struct {
	Form         int       `json:"form"`
	ID           int64     `json:"id,omitempty"`
	Shop         int64     `json:"shop,omitempty"`
	ExternalID   string    `json:"external_id,omitempty"`
	Email        string    `json:"email,omitempty"`
	Phone        string    `json:"phone,omitempty"`
	Name         string    `json:"name,omitempty"`
	FirstName    string    `json:"first,omitempty"`
	MiddleName   string    `json:"middle,omitempty"`
	LastName     string    `json:"last,omitempty"`
	Gender       uint8     `json:"gender,omitempty"` // 1 female, 2 male
	Birthday     *[3]int   `json:"birthday,omitempty"`
	Group        int64     `json:"group,omitempty"`
	Unsubscribed bool      `json:"unsubscribed,omitempty"`
	Complained   bool      `json:"complained,omitempty"`
	Bounced      bool      `json:"bounced,omitempty"`
	Consents     []consent `json:"consents,omitempty"`
	Attributes   string    `json:"attributes,omitempty"` // a JSON object as text, which JSON around it leaves as it is
	Extras       string    `json:"extras,omitempty"`     // likewise: dialect -> object
	RegisteredAt int64     `json:"registered,omitempty"` // microseconds since 1970, 0 for never
	CreatedAt    int64     `json:"created,omitempty"`
	UpdatedAt    int64     `json:"updated,omitempty"`
	Version      int64     `json:"version,omitempty"`
}

type consent struct {
	ID    string `json:"id"`
	State uint8  `json:"state"` // 0 refused, 1 given, 2 awaits confirmation
}

// Snapshot prints a customer for an undo.
func Snapshot(c *orderhub.Customer) []byte {
	s := snapshot{
		Form: 1, ID: int64(c.ID), Shop: int64(c.Shop), ExternalID: c.ExternalID, Email: c.Email, Phone: c.Phone,
		Name: c.Name, FirstName: c.FirstName, MiddleName: c.MiddleName, LastName: c.LastName,
		Gender: uint8(c.Gender), Group: int64(c.Group),
		Unsubscribed: c.Unsubscribed, Complained: c.Complained, Bounced: c.Bounced,
		RegisteredAt: form.Micros(c.RegisteredAt), CreatedAt: form.Micros(c.CreatedAt), UpdatedAt: form.Micros(c.UpdatedAt), Version: c.Version,
	}
	if b := c.Birthday; b != (orderhub.Birthday{}) {
		s.Birthday = &[3]int{b.Year, b.Month, b.Day}
	}
	for _, x := range c.Consents {
		s.Consents = append(s.Consents, consent{x.ID, uint8(x.State)})
	}
	if len(c.Attributes) > 0 {
		s.Attributes = string(c.Attributes.JSON())
	}
	if len(c.Extras) > 0 {
		s.Extras = string(c.Extras.JSON())
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("customers: snapshot of %d: %v", c.ID, err)) // texts and numbers always print
	}
	return b
}

// ParseSnapshot reads what Snapshot printed, and what older programs did.
func ParseSnapshot(text []byte) (*orderhub.Customer, error) {
	c, err := form.Snapshot(text, parseSnapshot0, parseSnapshot1)
	if err != nil {
		return nil, fmt.Errorf("customers: snapshot: %w", err)
	}
	return c, nil
}

func parseSnapshot1(text []byte) (*orderhub.Customer, error) {
	var s snapshot
	if err := form.Strict(text, &s); err != nil {
		return nil, err
	}
	c := &orderhub.Customer{
		ID: orderhub.CustomerID(s.ID), Shop: orderhub.ShopID(s.Shop), ExternalID: s.ExternalID, Email: s.Email, Phone: s.Phone,
		Name: s.Name, FirstName: s.FirstName, MiddleName: s.MiddleName, LastName: s.LastName,
		Gender: orderhub.Gender(s.Gender), Group: orderhub.GroupID(s.Group),
		Unsubscribed: s.Unsubscribed, Complained: s.Complained, Bounced: s.Bounced,
		RegisteredAt: form.Instant(s.RegisteredAt), CreatedAt: form.Instant(s.CreatedAt), UpdatedAt: form.Instant(s.UpdatedAt), Version: s.Version,
	}
	if b := s.Birthday; b != nil {
		c.Birthday = orderhub.Birthday{Year: b[0], Month: b[1], Day: b[2]}
	}
	for _, x := range s.Consents {
		c.Consents = append(c.Consents, orderhub.Consent{ID: x.ID, State: orderhub.ConsentState(x.State)})
	}
	return c, parseFree(c, s.Attributes, s.Extras)
}

// parseFree reads attributes and extras as they were printed, "" for none.
func parseFree(c *orderhub.Customer, attributes, extras string) (err error) {
	if attributes != "" {
		if c.Attributes, err = orderhub.ParseAttributes([]byte(attributes)); err != nil {
			return err
		}
	}
	if extras != "" {
		if c.Extras, err = orderhub.ParseExtras([]byte(extras)); err != nil {
			return err
		}
	}
	return nil
}

// Content tells the content of a customer from any other, versions and times of
// the record apart. It is kept with what an import wrote, to find out whether
// the customer was changed since.
func Content(c *orderhub.Customer) string {
	bare := *c
	bare.Version, bare.CreatedAt, bare.UpdatedAt = 0, time.Time{}, time.Time{}
	sum := sha256.Sum256(Snapshot(&bare))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
