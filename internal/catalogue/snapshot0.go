package catalogue

import (
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/money"
)

// snapshot0 is form 0, in which products were kept before they had events: the
// names of the Go fields of that time. It is frozen.
type snapshot0 struct {
	ID          int64
	Shop        int64
	ExternalID  string
	Group       string
	Name        string
	Brand       string
	VendorCode  string
	URL         string
	Price       int64
	OldPrice    int64
	Currency    string
	Pictures    []string
	Categories  []string
	Description string
	Attributes  string // a JSON object as text
	Available   bool
	Fed         bool
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Version     int64
}

func parseSnapshot0(text []byte) (*orderhub.Product, error) {
	var s snapshot0
	if err := form.Strict(text, &s); err != nil {
		return nil, err
	}
	p := &orderhub.Product{
		ID: orderhub.ProductID(s.ID), Shop: orderhub.ShopID(s.Shop), ExternalID: s.ExternalID, Group: s.Group, Name: s.Name, Brand: s.Brand,
		VendorCode: s.VendorCode, URL: s.URL, Price: money.Amount(s.Price), OldPrice: money.Amount(s.OldPrice), Currency: money.Currency(s.Currency),
		Pictures: s.Pictures, Categories: s.Categories, Description: s.Description, Available: s.Available, Fed: s.Fed,
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, Version: s.Version,
	}
	return p, parseAttributes(p, s.Attributes)
}
