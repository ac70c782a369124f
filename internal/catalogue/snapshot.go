package catalogue

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/money"
)

// snapshot is form 1 of a product as an undo keeps it. Its names are on disks:
// they stay, and a member that is not known is refused.
type snapshot struct {
	Form        int      `json:"form"`
	ID          int64    `json:"id,omitempty"`
	Shop        int64    `json:"shop,omitempty"`
	ExternalID  string   `json:"external_id,omitempty"`
	Group       string   `json:"group,omitempty"`
	Name        string   `json:"name,omitempty"`
	Brand       string   `json:"brand,omitempty"`
	VendorCode  string   `json:"vendor_code,omitempty"`
	URL         string   `json:"url,omitempty"`
	Price       int64    `json:"price,omitempty"` // as money.Amount counts, as is the next
	OldPrice    int64    `json:"old_price,omitempty"`
	Currency    string   `json:"currency,omitempty"`
	Pictures    []string `json:"pictures,omitempty"`
	Categories  []string `json:"categories,omitempty"`
	Description string   `json:"description,omitempty"`
	Attributes  string   `json:"attributes,omitempty"` // a JSON object as text, which JSON around it leaves as it is
	Available   bool     `json:"available,omitempty"`
	Fed         bool     `json:"fed,omitempty"`
	CreatedAt   int64    `json:"created,omitempty"` // microseconds since 1970, 0 for never
	UpdatedAt   int64    `json:"updated,omitempty"`
	Version     int64    `json:"version,omitempty"`
}

// Snapshot prints a product for an undo.
func Snapshot(p *orderhub.Product) []byte {
	s := snapshot{
		Form: 1, ID: int64(p.ID), Shop: int64(p.Shop), ExternalID: p.ExternalID, Group: p.Group, Name: p.Name, Brand: p.Brand,
		VendorCode: p.VendorCode, URL: p.URL, Price: int64(p.Price), OldPrice: int64(p.OldPrice), Currency: string(p.Currency),
		Pictures: p.Pictures, Categories: p.Categories, Description: p.Description, Available: p.Available, Fed: p.Fed,
		CreatedAt: form.Micros(p.CreatedAt), UpdatedAt: form.Micros(p.UpdatedAt), Version: p.Version,
	}
	if len(p.Attributes) > 0 {
		s.Attributes = string(p.Attributes.JSON())
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("catalogue: snapshot of %d: %v", p.ID, err)) // texts and numbers always print
	}
	return b
}

// ParseSnapshot reads what Snapshot printed, and what older programs did.
func ParseSnapshot(text []byte) (*orderhub.Product, error) {
	p, err := form.Snapshot(text, parseSnapshot0, parseSnapshot1)
	if err != nil {
		return nil, fmt.Errorf("catalogue: snapshot: %w", err)
	}
	return p, nil
}

func parseSnapshot1(text []byte) (*orderhub.Product, error) {
	var s snapshot
	if err := form.Strict(text, &s); err != nil {
		return nil, err
	}
	p := &orderhub.Product{
		ID: orderhub.ProductID(s.ID), Shop: orderhub.ShopID(s.Shop), ExternalID: s.ExternalID, Group: s.Group, Name: s.Name, Brand: s.Brand,
		VendorCode: s.VendorCode, URL: s.URL, Price: money.Amount(s.Price), OldPrice: money.Amount(s.OldPrice), Currency: money.Currency(s.Currency),
		Pictures: s.Pictures, Categories: s.Categories, Description: s.Description, Available: s.Available, Fed: s.Fed,
		CreatedAt: form.Instant(s.CreatedAt), UpdatedAt: form.Instant(s.UpdatedAt), Version: s.Version,
	}
	return p, parseAttributes(p, s.Attributes)
}

// parseAttributes reads attributes as they were printed, "" for none.
func parseAttributes(p *orderhub.Product, attributes string) (err error) {
	if attributes != "" {
		p.Attributes, err = orderhub.ParseAttributes([]byte(attributes))
	}
	return err
}

// Content tells the content of a product from any other, versions and times of
// the record apart. It is kept with what an import wrote, to find out whether
// the product was changed since.
func Content(p *orderhub.Product) string {
	bare := *p
	bare.Version, bare.CreatedAt, bare.UpdatedAt = 0, time.Time{}, time.Time{}
	sum := sha256.Sum256(Snapshot(&bare))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
