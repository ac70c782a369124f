// Package catalogue knows what the shops sell: it keeps products, takes in
// feeds of them, and finds the products that lines of orders name.
//
// A feed is the whole catalogue of a shop. What it brings is created or
// changed, what it left out is not available any more, and stays, because
// orders and reviews hang on it. A file that is broken changes nothing, since
// it is read to its end before anything is written. Writing goes in batches,
// each a transaction of its own: a refresh that is cut off has done a part, and
// the next one finds that part done and does the rest. Readers see the
// catalogue change product by product, never an empty one.
//
// Lists of products, feeds, files and undo only make commands. A Set does them
// in a batch of the shop (package batch), and one function, change, decides what
// a product becomes. Each change has an event with the product's next version;
// an unchanged product has none. So a feed makes as many events as changes, and
// readers of events that need orders only skip them in large steps.
package catalogue

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/feed"
	"orderhub/internal/fetch"
	"orderhub/internal/store"
)

// MaxPut is how many products Put and Find take at once.
const MaxPut = 1_000

// large is from how many products on Put runs in a batch of its own.
const large = 64

// A Service keeps the catalogues of all shops of a store.
type Service struct {
	DB      *store.DB
	Log     *slog.Logger   // of feeds by address; nil for none
	Fetcher *fetch.Fetcher // nil is one with its limits
	Limits  feed.Limits    // of feeds; the zero value is feed.Default
	Dir     string         // for feeds while they are read; "" is the system's for temporary files
	Batch   int            // products a transaction; 0 is 250, few enough not to be felt by other writers

	turnTime time.Duration // for tests; see turns
}

// Put stores products over those of the same ExternalID in the shop, all or
// none, and sets their IDs, times and versions; those that are the same stay
// untouched. A product of a feed stays one. Nothing is stored when one of
// them is wrong: the error names it as products[3].price.
func (s *Service) Put(ctx context.Context, shop *orderhub.Shop, products []*orderhub.Product) error {
	if len(products) > MaxPut {
		return orderhub.Errorf(orderhub.TooLarge, "there are %d products; send at most %d at once", len(products), MaxPut)
	}
	var f orderhub.Faults
	seen := make(map[string]bool, len(products))
	for i, p := range products {
		complete(shop, p)
		name := fmt.Sprintf("products[%d]", i)
		f.AddIn(name, p.Validate())
		if seen[p.ExternalID] && p.ExternalID != "" {
			f.AddIn(name, orderhub.Taken("external_id"))
		}
		seen[p.ExternalID] = true
	}
	if err := f.Err(); err != nil {
		return err
	}
	commands := make([]command, len(products))
	for i, p := range products {
		commands[i] = command{ProductChange: orderhub.ProductChange{ExternalID: p.ExternalID, Whole: p}, lenient: true}
	}
	var verdicts []verdict
	u := batch.New(ctx, shop)
	u.Large = len(products) > large
	u.Ask = func(b *batch.Batch) { In(b).ask(commands) }
	u.Decide = func(b *batch.Batch) (err error) {
		verdicts, err = In(b).doAll(commands, both)
		return err
	}
	if err := batch.Do(ctx, s.DB, u); err != nil {
		return err
	}
	for i, v := range verdicts {
		*products[i] = *v.Now
	}
	return nil
}

// Find returns the products of a shop that have these external ids. Those that
// it does not have are left out.
func (s *Service) Find(ctx context.Context, shop *orderhub.Shop, externalIDs ...string) (map[string]*orderhub.Product, error) {
	if len(externalIDs) > MaxPut {
		return nil, orderhub.Errorf(orderhub.TooLarge, "there are %d ids; send at most %d at once", len(externalIDs), MaxPut)
	}
	found := make(map[string]*orderhub.Product, len(externalIDs))
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Shop(shop.ID).ProductsByExternalID(ctx, externalIDs)
		for _, p := range all {
			found[p.ExternalID] = p
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// List returns one page of a shop's products. A filter that no list can follow
// is an Invalid error.
func (s *Service) List(ctx context.Context, shop *orderhub.Shop, f orderhub.ProductFilter) (page *orderhub.ProductPage, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		page, err = tx.Shop(shop.ID).ListProducts(ctx, f)
		return err
	})
	return page, err
}

// Goods are the products of orders.
type Goods map[orderhub.ShopID]map[string]*orderhub.Product

// For is the product that a line of a shop's order names; nil when the
// catalogue does not have it.
func (g Goods) For(shop orderhub.ShopID, l *orderhub.Line) *orderhub.Product {
	return g[shop][l.Product]
}

// Of finds the products that the lines of orders name, of many orders and
// several shops at once. It does not matter which came first, the order or the
// product: they meet in the id that the shop gave.
func Of(ctx context.Context, tx *store.Tx, orders ...*orderhub.Order) (Goods, error) {
	wanted := make(map[orderhub.ShopID][]string)
	goods := make(Goods)
	for _, o := range orders {
		for i := range o.Lines {
			id := o.Lines[i].Product
			if id == "" {
				continue
			}
			if goods[o.Shop] == nil {
				goods[o.Shop] = make(map[string]*orderhub.Product)
			}
			if _, asked := goods[o.Shop][id]; !asked {
				goods[o.Shop][id] = nil
				wanted[o.Shop] = append(wanted[o.Shop], id)
			}
		}
	}
	for shop, ids := range wanted {
		all, err := tx.Shop(shop).ProductsByExternalID(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			goods[shop][p.ExternalID] = p
		}
	}
	return goods, nil
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
