package orderhub

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"orderhub/money"
)

// A ProductID is ours and never changes.
type ProductID int64

// A Product is one thing that a shop sells: an offer of its catalogue. Lines
// of orders name it by its ExternalID, which is why orders placed before the
// catalogue came find their products as well as those placed after.
type Product struct {
	ID          ProductID
	Shop        ShopID
	ExternalID  string // the offer id; unique in the shop, and what Line.Product holds
	Group       string // variants of one thing share it; "" when it has none
	Name        string
	Brand       string
	VendorCode  string // the maker's article number
	URL         string // page in the shop
	Price       money.Amount
	OldPrice    money.Amount   // before a reduction; 0 when there is none
	Currency    money.Currency // of both prices
	Pictures    []string       // addresses
	Categories  []string       // names, from the widest to the narrowest
	Description string         // as sent, it may hold HTML
	Attributes  Attributes
	Available   bool

	// Fed says that a feed brought it: when a later feed leaves it out, it is
	// not available any more. Others stay as they were put.
	Fed bool

	CreatedAt time.Time // when the hub first stored it
	UpdatedAt time.Time // when it last changed
	Version   int64     // raised by one by each event of the product; 1 when new, 0 unknown
}

// What happened to a product, which Event.Product names.
const (
	ProductCreated EventKind = "product.created"
	ProductChanged EventKind = "product.changed" // also one that a feed left out: it is not available any more
	ProductRemoved EventKind = "product.removed" // for good, with the import that made it
)

// Limits of a product.
const (
	MaxPictures    = 100
	MaxCategories  = 32     // one above the other
	MaxDescription = 65_536 // characters
	maxAddress     = 2_048  // characters
)

// Validate reports all that is wrong with a product.
func (p *Product) Validate() error {
	var f Faults
	if p.ExternalID == "" {
		f.Add(Absent("external_id"))
	}
	if p.Name == "" {
		f.Add(Absent("name"))
	}
	checkText("external_id", p.ExternalID, 255, &f) // as Line.Product
	checkText("group", p.Group, 255, &f)
	checkText("name", p.Name, 2_048, &f) // as Line.Name
	checkText("brand", p.Brand, 255, &f)
	checkText("vendor_code", p.VendorCode, 255, &f)
	checkText("description", p.Description, MaxDescription, &f)
	if p.Price < 0 {
		f.Wrong("price", "must not be negative")
	}
	if p.OldPrice < 0 {
		f.Wrong("old_price", "must not be negative")
	}
	if p.Currency != "" {
		if c, err := money.ParseCurrency(string(p.Currency)); err != nil || c != p.Currency {
			f.Wrong("currency", "is not a currency; send three letters such as RUB")
		}
	}
	if p.URL != "" {
		f.Add(CheckWebAddress("url", p.URL))
	}
	if len(p.Pictures) > MaxPictures {
		f.Wrong("pictures", fmt.Sprintf("are %d; send at most %d", len(p.Pictures), MaxPictures))
	}
	for _, picture := range p.Pictures[:min(len(p.Pictures), MaxPictures)] {
		f.Add(CheckWebAddress("pictures", picture))
	}
	if len(p.Categories) > MaxCategories {
		f.Wrong("categories", fmt.Sprintf("are %d; send at most %d", len(p.Categories), MaxCategories))
	}
	for _, category := range p.Categories {
		checkText("categories", category, 255, &f)
	}
	p.Attributes.check("attributes", &f)
	return f.Err()
}

// CheckWebAddress says what is wrong with the address of a page or a picture:
// it begins with http:// or https://, names a host, and has at most 2,048
// characters.
func CheckWebAddress(field, address string) error {
	var f Faults
	checkText(field, address, maxAddress, &f)
	if err := f.Err(); err != nil {
		return err
	}
	if plainAddress(address) {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return Wrong(field, "is not a web address; send one that begins with https://")
	}
	return nil
}

// plainAddress knows most addresses for good without taking them apart.
func plainAddress(address string) bool {
	rest, ok := strings.CutPrefix(address, "https://")
	host, _, _ := strings.Cut(rest, "/")
	if !ok || host == "" {
		return false
	}
	for i := range len(host) {
		if c := host[i]; c != '.' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c >= 0x7F || c == '%' {
			return false
		}
	}
	return true
}

// A ProductFilter says which products a list shows and in which order. The
// zero filter shows all, the newest first.
type ProductFilter struct {
	Available  *bool       // nil means any
	Group      string      // variants of this group; "" means any
	VendorCode string      // with this article number; "" means any
	Updated    []TimeBound // all of these hold for UpdatedAt

	Sort  []Sort  // by SortID or SortUpdated; by ID, the newest first, when empty
	After *Cursor // as in OrderFilter, as are the next
	Skip  int
	Limit int
	Total bool
	Exact bool
}

// A ProductPage is one page of a list of products.
type ProductPage struct {
	Products []*Product
	Next     *Cursor // as in OrderPage, as are the next
	More     bool
	Total    int
}
