package customers

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"orderhub"
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
		RegisteredAt: micros(c.RegisteredAt), CreatedAt: micros(c.CreatedAt), UpdatedAt: micros(c.UpdatedAt), Version: c.Version,
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
	var form struct {
		Form int `json:"form"`
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return nil, fmt.Errorf("customers: snapshot: %w", err)
	}
	switch form.Form {
	case 0:
		return parseSnapshot0(text)
	case 1:
		return parseSnapshot1(text)
	}
	return nil, fmt.Errorf("customers: snapshot of form %d, which a newer program has made", form.Form)
}

func parseSnapshot1(text []byte) (*orderhub.Customer, error) {
	var s snapshot
	if err := strict(text, &s); err != nil {
		return nil, err
	}
	c := &orderhub.Customer{
		ID: orderhub.CustomerID(s.ID), Shop: orderhub.ShopID(s.Shop), ExternalID: s.ExternalID, Email: s.Email, Phone: s.Phone,
		Name: s.Name, FirstName: s.FirstName, MiddleName: s.MiddleName, LastName: s.LastName,
		Gender: orderhub.Gender(s.Gender), Group: orderhub.GroupID(s.Group),
		Unsubscribed: s.Unsubscribed, Complained: s.Complained, Bounced: s.Bounced,
		RegisteredAt: instant(s.RegisteredAt), CreatedAt: instant(s.CreatedAt), UpdatedAt: instant(s.UpdatedAt), Version: s.Version,
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
			return fmt.Errorf("customers: snapshot: %w", err)
		}
	}
	if extras != "" {
		if c.Extras, err = orderhub.ParseExtras([]byte(extras)); err != nil {
			return fmt.Errorf("customers: snapshot: %w", err)
		}
	}
	return nil
}

// strict reads one JSON value and refuses members that are not known.
func strict(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(to)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = fmt.Errorf("more than one value")
		}
	}
	if err != nil {
		return fmt.Errorf("customers: snapshot: %w", err)
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

// micros is how snapshots hold times: microseconds since 1970, 0 for never.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
