package customers

import (
	"time"

	"orderhub"
	"orderhub/internal/store/form"
)

// snapshot0 is form 0, in which programs up to schema 6 kept customers: the
// names of the Go fields of that time. It is frozen.
type snapshot0 struct {
	ID         int64
	Shop       int64
	ExternalID string
	Email      string
	Phone      string
	Name       string
	FirstName  string
	MiddleName string
	LastName   string
	Gender     uint8
	Birthday   struct{ Year, Month, Day int }
	Group      int64

	Unsubscribed bool
	Complained   bool
	Bounced      bool
	Consents     []struct {
		ID    string
		State uint8
	}

	Attributes string            // a JSON object as text
	Extras     map[string]string // JSON objects as texts, by dialect

	RegisteredAt time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

func parseSnapshot0(text []byte) (*orderhub.Customer, error) {
	var s snapshot0
	if err := form.Strict(text, &s); err != nil {
		return nil, err
	}
	c := &orderhub.Customer{
		ID: orderhub.CustomerID(s.ID), Shop: orderhub.ShopID(s.Shop), ExternalID: s.ExternalID, Email: s.Email, Phone: s.Phone,
		Name: s.Name, FirstName: s.FirstName, MiddleName: s.MiddleName, LastName: s.LastName,
		Gender: orderhub.Gender(s.Gender), Birthday: orderhub.Birthday(s.Birthday), Group: orderhub.GroupID(s.Group),
		Unsubscribed: s.Unsubscribed, Complained: s.Complained, Bounced: s.Bounced,
		RegisteredAt: s.RegisteredAt, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
	for _, x := range s.Consents {
		c.Consents = append(c.Consents, orderhub.Consent{ID: x.ID, State: orderhub.ConsentState(x.State)})
	}
	if len(s.Extras) > 0 {
		c.Extras = make(orderhub.Extras, len(s.Extras))
	}
	for dialect, object := range s.Extras {
		attributes, err := orderhub.ParseAttributes([]byte(object))
		if err != nil {
			return nil, err
		}
		c.Extras[dialect] = attributes
	}
	return c, parseFree(c, s.Attributes, "")
}
