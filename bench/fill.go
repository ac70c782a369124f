package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/definitions"
	"orderhub/internal/events"
	"orderhub/internal/ordering"
	"orderhub/internal/sample"
	"orderhub/internal/search"
	"orderhub/internal/shops"
	"orderhub/internal/store"
	"orderhub/internal/store/sqlite"
)

// few is how many orders the small one of the filled stores holds.
const few = 10_000

// A filled store holds as many orders as a shop has after some years. It is
// open for reading.
type filled struct {
	dir  string
	n    int
	key  string
	db   *store.DB
	shop *orderhub.Shop
	raw  *sql.DB // the same file without the store, for what the store would never ask
}

// openLarge opens the small and the large store, or says that it does not.
func (p *plan) openLarge(ctx context.Context) (end func(), err error) {
	if !p.large && p.stores == "" {
		p.progress.say("lists and search in large stores are left out; -large or -stores DIR measures them")
		return func() {}, nil
	}
	p.large = true
	folder := cmp.Or(p.stores, filepath.Join(p.dir, "stores"))
	if p.smallStore, err = p.openFilled(ctx, folder, few); err != nil {
		return nil, err
	}
	if p.largeStore, err = p.openFilled(ctx, folder, p.many); err != nil {
		p.smallStore.close()
		return nil, err
	}
	return func() { p.smallStore.close(); p.largeStore.close() }, nil
}

// openFilled opens the store of n orders below a folder, after filling it
// when it is not there yet.
func (p *plan) openFilled(ctx context.Context, folder string, n int) (*filled, error) {
	f := &filled{dir: filepath.Join(folder, strconv.Itoa(n)), n: n}
	if err := os.MkdirAll(f.dir, 0o777); err != nil {
		return nil, err
	}
	if err := p.fill(ctx, f); err != nil {
		return nil, fmt.Errorf("fill %s: %w", f.dir, err)
	}
	var err error
	if f.db, err = sqlite.Open(ctx, f.file(), sqlite.Options{}); err != nil {
		return nil, err
	}
	f.raw, err = sql.Open("sqlite", "file:"+(&url.URL{Path: f.file()}).EscapedPath()+
		"?_pragma=query_only(1)&_pragma=busy_timeout(10000)&_pragma=cache_size(-32000)")
	return f, err
}

func (f *filled) file() string { return filepath.Join(f.dir, "orderhub.db") }

func (f *filled) close() {
	f.raw.Close()
	f.db.Close()
}

// fill makes sure that a store holds its orders, all of them findable, and
// has a key. It uses a group size of its own, so it closes the store again.
func (p *plan) fill(ctx context.Context, f *filled) error {
	db, err := sqlite.Open(ctx, f.file(), sqlite.Options{MaxGroup: 4_096})
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Migrate(ctx); err != nil {
		return err
	}
	if f.shop, err = shopOf(ctx, db); err != nil {
		return err
	}
	orders := &ordering.Service{DB: db}
	held, err := db.Count(ctx)
	if err != nil {
		return err
	}
	switch held.Orders {
	case f.n:
	case 0:
		if _, err := place(ctx, orders, f.shop, p.spread(f), 1_024); err != nil {
			return err
		}
	default:
		return fmt.Errorf("holds %d orders instead of %d; remove the folder", held.Orders, f.n)
	}
	if err := p.catchUp(ctx, f, db); err != nil {
		return err
	}
	if f.key, err = keyOf(ctx, f, db); err != nil {
		return err
	}
	if err := f.take(ctx); err != nil {
		return err
	}
	return db.Tidy(ctx)
}

// spread gives the orders of the store. A third of them are taken out of
// their fate and get each status of the shop's list in turn, so that every
// status has its share.
func (p *plan) spread(f *filled) iter.Seq[*orderhub.Order] {
	return func(yield func(*orderhub.Order) bool) {
		i := 0
		for o := range sample.Orders(1, f.n, time.Now()) {
			if i%3 == 0 {
				o.Status = f.shop.Statuses[i/3%len(f.shop.Statuses)].Code
			}
			if i++; i%50_000 == 0 {
				p.progress.say("fill the store of %d orders: %d", f.n, i)
			}
			if !yield(o) {
				return
			}
		}
	}
}

// catchUp lets all consumers handle what there is, so that the store is at rest.
func (p *plan) catchUp(ctx context.Context, f *filled, db *store.DB) error {
	p.progress.say("index the store of %d orders", f.n)
	if err := search.CatchUp(ctx, db); err != nil {
		return err
	}
	return events.CatchUp(ctx, db, definitions.Consumer(), 0)
}

// shopOf finds the shop of a store, or makes it.
func shopOf(ctx context.Context, db *store.DB) (*orderhub.Shop, error) {
	shop := sample.Shop()
	err := db.Update(ctx, func(tx *store.Tx) error {
		found, err := tx.ShopByName(ctx, shop.Name)
		if orderhub.KindOf(err) == orderhub.NotFound {
			return tx.CreateShop(ctx, shop)
		}
		shop = found
		return err
	})
	if err == nil {
		shop.Location() // looked up once, before many ask at the same time
	}
	return shop, err
}

// keyOf reads the key that was kept beside the store, or makes one.
func keyOf(ctx context.Context, f *filled, db *store.DB) (string, error) {
	beside := filepath.Join(f.dir, "key")
	key, err := os.ReadFile(beside)
	if !errors.Is(err, fs.ErrNotExist) {
		return strings.TrimSpace(string(key)), err
	}
	secret, err := (&shops.Service{DB: db}).CreateKey(ctx, f.shop, &orderhub.Key{Name: "bench"})
	if err != nil {
		return "", err
	}
	return secret, os.WriteFile(beside, []byte(secret+"\n"), 0o600)
}

// bytesAnOrder is how much of the large store's file is in use for each order:
// lines, customers, events, indexes and the search index are in it.
func bytesAnOrder(ctx context.Context, p *plan) (float64, error) {
	var bytes int64
	err := p.largeStore.raw.QueryRowContext(ctx, `
		select (page_count - freelist_count) * page_size
		from pragma_page_count, pragma_freelist_count, pragma_page_size`).Scan(&bytes)
	return float64(bytes) / float64(p.largeStore.n), err
}
