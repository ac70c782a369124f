package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"orderhub"
)

var productSorts = map[orderhub.SortField]string{orderhub.SortUpdated: "p.updated_at", orderhub.SortID: "p.product_id"}

// ListProducts returns one page of a shop's products; its errors are those of
// ListOrders.
func (tx *ShopTx) ListProducts(ctx context.Context, f orderhub.ProductFilter) (*orderhub.ProductPage, error) {
	if len(f.Sort) == 0 {
		f.Sort = []orderhub.Sort{{Field: orderhub.SortID, Descending: true}}
	}
	l := listing{table: "products p", id: "p.product_id", columns: productSorts, sort: f.Sort, after: f.After, skip: f.Skip, limit: f.Limit, exact: f.Exact}
	w := productWhere(tx.shop, f)
	total, err := l.begin(ctx, tx, w, f.Total)
	if err != nil {
		return nil, err
	}
	products, err := readPage(&l, w, func(clause string, args []any) ([]*orderhub.Product, error) {
		return tx.products(ctx, "ListProducts", clause, args...)
	})
	if err != nil {
		return nil, err
	}
	page := &orderhub.ProductPage{Products: products, Total: total}
	if page.More = len(products) > f.Limit; page.More {
		page.Products = products[:f.Limit]
		last := page.Products[f.Limit-1]
		page.Next = l.next(last.CreatedAt, last.UpdatedAt, int64(last.ID))
	}
	return page, nil
}

func productWhere(shop orderhub.ShopID, f orderhub.ProductFilter) *where {
	w := new(where)
	w.and("p.shop_id = " + w.arg(int64(shop)))
	if f.Available != nil && *f.Available {
		w.and("p.available") // not as an argument, as are the next: the indexes are of these only
	} else if f.Available != nil {
		w.and("not p.available")
	}
	if f.Group != "" {
		w.and("p.group_key <> ''")
		w.and("p.group_key = " + w.arg(f.Group))
	}
	if f.VendorCode != "" {
		w.and("p.vendor_code <> ''")
		w.and("p.vendor_code = " + w.arg(f.VendorCode))
	}
	if !orderhub.Storable(f.Group) || !orderhub.Storable(f.VendorCode) {
		return nothing(shop)
	}
	w.times("p.updated_at", f.Updated)
	return w
}

// nothing is the condition of a list for what cannot be stored.
func nothing(shop orderhub.ShopID) *where {
	w := new(where)
	w.and("p.shop_id = " + w.arg(int64(shop)))
	w.and("false")
	return w
}

// FedProducts lists products of a shop that a feed brought and that are
// available, with IDs above after, the lowest first, at most limit.
func (tx *ShopTx) FedProducts(ctx context.Context, after orderhub.ProductID, limit int) ([]orderhub.ProductID, error) {
	rows, err := tx.Query(ctx, `/* FedProducts */
		select product_id from products
		where shop_id = $1 and product_id > $2 and available and fed
		order by product_id limit $3`, int64(tx.shop), int64(after), limit)
	if err != nil {
		return nil, fmt.Errorf("store: fed products: %w", err)
	}
	defer rows.Close()
	var all []orderhub.ProductID
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("store: fed products: %w", err)
		}
		all = append(all, orderhub.ProductID(id))
	}
	return all, rows.Err()
}

// TakeTurn lets the caller alone change the catalogue of a shop by a feed,
// until a time. It gives the number of the turn, 0 when another has it.
func (tx *ShopTx) TakeTurn(ctx context.Context, until time.Time) (turn int64, err error) {
	_, err = queryRow(ctx, tx, `/* TakeTurn */
		insert into catalogue_turns (shop_id, turn, held_until) values ($1, 1, $2)
		on conflict (shop_id) do update set turn = catalogue_turns.turn + 1, held_until = excluded.held_until
		where catalogue_turns.held_until <= $3
		returning turn`, []any{int64(tx.shop), micros(until), micros(tx.now)}, &turn)
	if err != nil {
		return 0, fmt.Errorf("store: take turn: %w", err)
	}
	return turn, nil
}

// KeepTurn goes on with a turn until another time, and says whether the caller
// has it still. What is written in the same transaction is written in turn.
func (tx *ShopTx) KeepTurn(ctx context.Context, turn int64, until time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `/* KeepTurn */
		update catalogue_turns set held_until = $3 where shop_id = $1 and turn = $2`, int64(tx.shop), turn, micros(until))
	if err != nil {
		return false, fmt.Errorf("store: keep turn: %w", err)
	}
	return n == 1, nil
}

// LastTurn is the number of the last turn that somebody took; 0 when nobody
// did.
func (tx *ShopTx) LastTurn(ctx context.Context) (turn int64, err error) {
	_, err = queryRow(ctx, tx, `/* LastTurn */ select turn from catalogue_turns where shop_id = $1`, []any{int64(tx.shop)}, &turn)
	if err != nil {
		return 0, fmt.Errorf("store: last turn: %w", err)
	}
	return turn, nil
}

// ForgetFile lets the next look at a feed take its file even when it is the
// one that was taken last.
func (tx *ShopTx) ForgetFile(ctx context.Context) error {
	_, err := tx.Exec(ctx, `/* ForgetFile */ update feeds set etag = '', last_modified = '' where shop_id = $1`, int64(tx.shop))
	if err != nil {
		return fmt.Errorf("store: forget file: %w", err)
	}
	return nil
}

const feedColumns = `shop_id, address, every, plain, etag, last_modified, due_at, looked_at, taken_at, failures, failure, report`

// SaveFeed stores where the catalogue of a shop is found, over what was known.
func (tx *ShopTx) SaveFeed(ctx context.Context, d *orderhub.Feed) error {
	if err := tx.owns(d.Shop); err != nil {
		return err
	}
	report, err := json.Marshal(d.Report)
	if err == nil {
		_, err = tx.Exec(ctx, `/* SaveFeed */
			insert into feeds (`+feedColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
			on conflict (shop_id) do update set address = excluded.address, every = excluded.every, plain = excluded.plain,
				etag = excluded.etag, last_modified = excluded.last_modified, due_at = excluded.due_at,
				looked_at = excluded.looked_at, taken_at = excluded.taken_at,
				failures = excluded.failures, failure = excluded.failure, report = excluded.report`,
			int64(tx.shop), d.Address, d.Every.Microseconds(), d.Plain, d.ETag, d.LastModified,
			micros(d.DueAt), micros(d.LookedAt), micros(d.TakenAt), d.Failures, d.Failure, string(report))
	}
	if err != nil {
		return fmt.Errorf("store: save feed: %w", err)
	}
	return nil
}

// RemoveFeed forgets where the catalogue of a shop is found.
func (tx *ShopTx) RemoveFeed(ctx context.Context) error {
	if _, err := tx.Exec(ctx, `/* RemoveFeed */ delete from feeds where shop_id = $1`, int64(tx.shop)); err != nil {
		return fmt.Errorf("store: remove feed: %w", err)
	}
	return nil
}

// FeedOf finds where the catalogue of a shop is found, and holds it in an
// Update. It is a NotFound error when the shop has not told.
func (tx *ShopTx) FeedOf(ctx context.Context) (*orderhub.Feed, error) {
	all, err := tx.feeds(ctx, "FeedOf", `where shop_id = $1`+tx.hold, int64(tx.shop))
	if err != nil || len(all) > 0 {
		return firstFeed(all), err
	}
	return nil, orderhub.Errorf(orderhub.NotFound, "the shop has no feed")
}

func firstFeed(all []*orderhub.Feed) *orderhub.Feed {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// DueFeeds lists feeds of all shops that are to be looked at by now, the
// longest overdue first, at most limit.
func (tx *Tx) DueFeeds(ctx context.Context, limit int) ([]*orderhub.Feed, error) {
	return tx.feeds(ctx, "DueFeeds", `where due_at <= $1 order by due_at, shop_id limit $2`, micros(tx.now), limit)
}

func (tx *transaction) feeds(ctx context.Context, name, where string, args ...any) ([]*orderhub.Feed, error) {
	rows, err := tx.Query(ctx, `/* `+name+` */ select `+feedColumns+` from feeds `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: feeds: %w", err)
	}
	defer rows.Close()
	var all []*orderhub.Feed
	for rows.Next() {
		d := new(orderhub.Feed)
		var every, due, looked, taken int64
		var report []byte
		err := rows.Scan((*int64)(&d.Shop), &d.Address, &every, &d.Plain, &d.ETag, &d.LastModified,
			&due, &looked, &taken, &d.Failures, &d.Failure, &report)
		if err == nil {
			err = json.Unmarshal(report, &d.Report)
		}
		if err != nil {
			return nil, fmt.Errorf("store: feeds: %w", err)
		}
		d.Every = time.Duration(every) * time.Microsecond
		d.DueAt, d.LookedAt, d.TakenAt = instant(due), instant(looked), instant(taken)
		all = append(all, d)
	}
	return all, rows.Err()
}

// PostponeFeed moves the next look at a feed, unless somebody has moved it
// before; it says whether it did.
func (tx *ShopTx) PostponeFeed(ctx context.Context, d *orderhub.Feed, due time.Time) (bool, error) {
	if err := tx.owns(d.Shop); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `/* PostponeFeed */ update feeds set due_at = $3 where shop_id = $1 and due_at = $2`,
		int64(tx.shop), micros(d.DueAt), micros(due))
	if err != nil {
		return false, fmt.Errorf("store: postpone feed: %w", err)
	}
	return n == 1, nil
}
