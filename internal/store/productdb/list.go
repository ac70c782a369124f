package productdb

import (
	"context"
	"fmt"
	"time"

	"orderhub"
	"orderhub/internal/store/query"
)

var productSorts = map[orderhub.SortField]string{orderhub.SortUpdated: "p.updated_at", orderhub.SortID: "p.product_id"}

// ListProducts returns one page of a shop's products; its errors are those of
// ListOrders.
func (tx ShopProducts) ListProducts(ctx context.Context, f orderhub.ProductFilter) (*orderhub.ProductPage, error) {
	if len(f.Sort) == 0 {
		f.Sort = []orderhub.Sort{{Field: orderhub.SortID, Descending: true}}
	}
	l := query.Listing{Table: "products p", ID: "p.product_id", Columns: productSorts, Sort: f.Sort, After: f.After, Skip: f.Skip, Limit: f.Limit, Exact: f.Exact}
	w := productWhere(tx.ShopID, f)
	total, err := l.Begin(ctx, tx, w, f.Total)
	if err != nil {
		return nil, err
	}
	products, err := query.ReadPage(&l, w, func(clause string, args []any) ([]*orderhub.Product, error) {
		return readProducts(ctx, tx, "ListProducts", clause, args...)
	})
	if err != nil {
		return nil, err
	}
	page := &orderhub.ProductPage{Total: total}
	page.Products, page.More, page.Next = query.Cut(&l, products, func(x *orderhub.Product) (created, updated time.Time, id int64) {
		return x.CreatedAt, x.UpdatedAt, int64(x.ID)
	})
	return page, nil
}

func productWhere(shop orderhub.ShopID, f orderhub.ProductFilter) *query.Where {
	w := new(query.Where)
	w.And("p.shop_id = " + w.Arg(int64(shop)))
	if f.Available != nil && *f.Available {
		w.And("p.available") // not as an argument, as are the next: the indexes are of these only
	} else if f.Available != nil {
		w.And("not p.available")
	}
	if f.Group != "" {
		w.And("p.group_key <> ''")
		w.And("p.group_key = " + w.Arg(f.Group))
	}
	if f.VendorCode != "" {
		w.And("p.vendor_code <> ''")
		w.And("p.vendor_code = " + w.Arg(f.VendorCode))
	}
	if !orderhub.Storable(f.Group) || !orderhub.Storable(f.VendorCode) {
		return nothing(shop)
	}
	w.Times("p.updated_at", f.Updated)
	return w
}

// nothing is the condition of a list for what cannot be stored.
func nothing(shop orderhub.ShopID) *query.Where {
	w := new(query.Where)
	w.And("p.shop_id = " + w.Arg(int64(shop)))
	w.And("false")
	return w
}

// FedProducts lists products of a shop that a feed brought and that are
// available, with IDs above after, the lowest first, at most limit.
func (tx ShopProducts) FedProducts(ctx context.Context, after orderhub.ProductID, limit int) ([]orderhub.ProductID, error) {
	rows, err := tx.Query(ctx, `/* FedProducts */
		select product_id from products
		where shop_id = $1 and product_id > $2 and available and fed
		order by product_id limit $3`, int64(tx.ShopID), int64(after), limit)
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
