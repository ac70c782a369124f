package orderhub

import (
	"fmt"
	"strings"

	"orderhub/money"
)

// A ProductChange holds what a partial update of a product was given: nil
// leaves a field as it is, a pointer to an empty value clears it.
type ProductChange struct {
	ExternalID string // which product is meant

	Group       *string
	Name        *string
	Brand       *string
	VendorCode  *string
	URL         *string
	Price       *money.Amount
	OldPrice    *money.Amount
	Currency    *money.Currency // cleared it is the shop's
	Pictures    *[]string
	Categories  *[]string
	Description *string
	Available   *bool
	Attributes  Attributes // merged by name; null removes a name

	// Whole, when it is given, takes the place of the product, and the fields
	// above are left aside: what it does not name the product has no more. Its
	// IDs, times, version and Fed do not count.
	Whole *Product
}

// Apply changes the product's own fields.
func (c *ProductChange) Apply(to *Product) {
	to.ExternalID = c.ExternalID
	if w := c.Whole; w != nil {
		was := *to
		*to = *w
		to.ID, to.Shop, to.ExternalID, to.Fed = was.ID, was.Shop, was.ExternalID, was.Fed
		to.CreatedAt, to.UpdatedAt, to.Version = was.CreatedAt, was.UpdatedAt, was.Version
		return
	}
	set(&to.Group, c.Group)
	set(&to.Name, c.Name)
	set(&to.Brand, c.Brand)
	set(&to.VendorCode, c.VendorCode)
	set(&to.URL, c.URL)
	set(&to.Price, c.Price)
	set(&to.OldPrice, c.OldPrice)
	set(&to.Currency, c.Currency)
	set(&to.Pictures, c.Pictures)
	set(&to.Categories, c.Categories)
	set(&to.Description, c.Description)
	set(&to.Available, c.Available)
	if len(c.Attributes) > 0 {
		to.Attributes = to.Attributes.Merge(c.Attributes)
	}
}

// ProductChanges lists the fields in which two states of a product differ. A
// long value is cut, as in all events. The old state is nil for a product that
// was made, the new one for a product that was removed: then only its external
// id and name are listed, so that the first feed of a shop does not store each
// product twice.
func ProductChanges(old, now *Product) []Change {
	switch {
	case old == nil:
		return []Change{{"external_id", "", brief(now.ExternalID)}, {"name", "", brief(now.Name)}}
	case now == nil:
		return []Change{{"external_id", brief(old.ExternalID), ""}, {"name", brief(old.Name), ""}}
	}
	var changes []Change
	add := func(field, from, to string) {
		if from != to {
			changes = append(changes, Change{field, brief(from), brief(to)})
		}
	}
	add("group", old.Group, now.Group)
	add("name", old.Name, now.Name)
	add("brand", old.Brand, now.Brand)
	add("vendor_code", old.VendorCode, now.VendorCode)
	add("url", old.URL, now.URL)
	add("price", old.Price.String(), now.Price.String())
	add("old_price", old.OldPrice.String(), now.OldPrice.String())
	add("currency", string(old.Currency), string(now.Currency))
	add("pictures", strings.Join(old.Pictures, "\n"), strings.Join(now.Pictures, "\n"))
	add("categories", strings.Join(old.Categories, "\n"), strings.Join(now.Categories, "\n"))
	add("description", old.Description, now.Description)
	add("attributes", string(old.Attributes.JSON()), string(now.Attributes.JSON()))
	add("available", fmt.Sprint(old.Available), fmt.Sprint(now.Available))
	add("fed", fmt.Sprint(old.Fed), fmt.Sprint(now.Fed))
	return changes
}
