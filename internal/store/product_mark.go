package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"time"

	"orderhub"
)

// A ProductMark is what tells whether a product is still the same, without
// reading all of it.
type ProductMark struct {
	ID        orderhub.ProductID
	Fed       bool
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64

	print string
}

// Of says whether it is the mark of a product: whether what is stored is the
// same in all that a sender fills. One that a feed left out has no mark.
func (m ProductMark) Of(p *orderhub.Product) bool {
	return m.print == string(printOf(productValues(p)))
}

// SameProducts says whether two products are the same in all that a sender
// fills.
func SameProducts(a, b *orderhub.Product) bool {
	return slices.Equal(productValues(a), productValues(b))
}

// printOf tells products of one ExternalID apart by their values: comparing it
// spares reading what a sender brings again unchanged.
func printOf(values []any) []byte {
	b := make([]byte, 0, 1024)
	for _, v := range values {
		switch v := v.(type) {
		case string:
			b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
		case int64:
			b = binary.AppendVarint(b, v)
		case bool:
			b = strconv.AppendBool(b, v)
		}
	}
	sum := sha256.Sum256(b)
	return sum[:16]
}

// ProductMarks are the marks of products by their external ids. Those that the
// shop does not have are left out. In an Update it holds the products until
// the transaction ends.
func (tx *ShopTx) ProductMarks(ctx context.Context, externalIDs []string) (map[string]ProductMark, error) {
	found := make(map[string]ProductMark, len(externalIDs))
	// Everybody holds them in the same sequence, so that nobody waits for ever.
	externalIDs = slices.Compact(slices.Sorted(slices.Values(externalIDs)))
	externalIDs = slices.DeleteFunc(externalIDs, func(id string) bool { return !given(id) })
	err := eachChunk(tx, externalIDs, []any{int64(tx.shop)}, func(in string, args []any) error {
		return eachRow(ctx, tx, func(rows Rows) error {
			var m ProductMark
			var external string
			var created, updated int64
			var print []byte
			if err := rows.Scan(&external, (*int64)(&m.ID), &m.Fed, &created, &updated, &m.Version, &print); err != nil {
				return err
			}
			m.CreatedAt, m.UpdatedAt, m.print = instant(created), instant(updated), string(print)
			found[external] = m
			return nil
		}, `/* ProductMarks */
			select external_id, product_id, fed, created_at, updated_at, version, print from products
			where shop_id = $1 and external_id `+in+` order by external_id`+tx.hold,
			args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: product marks: %w", err)
	}
	return found, nil
}

// ProductIDs are the IDs of products by their external ids. Those that the
// shop does not have are left out.
func (tx *ShopTx) ProductIDs(ctx context.Context, externalIDs []string) (map[string]orderhub.ProductID, error) {
	marks, err := tx.ProductMarks(ctx, externalIDs)
	ids := make(map[string]orderhub.ProductID, len(marks))
	for external, m := range marks {
		ids[external] = m.ID
	}
	return ids, err
}

// CreateProducts stores new products of one shop and sets their IDs and times.
// Their ExternalIDs must differ. It is ErrOvertaken when one of them is taken,
// which the caller has looked for.
func (tx *ShopTx) CreateProducts(ctx context.Context, all []*orderhub.Product) error {
	for _, p := range all {
		p.ID, p.UpdatedAt = 0, tx.now
	}
	if err := tx.saveProducts(ctx, newProducts, all); err != nil {
		return err
	}
	for _, p := range all {
		if p.ID == 0 {
			return ErrOvertaken
		}
	}
	return nil
}

// RestoreProducts gives products of one shop all that a sender fills, and the
// time at which they changed, as they are given. The caller holds them.
func (tx *ShopTx) RestoreProducts(ctx context.Context, all []*orderhub.Product) error {
	return tx.saveProducts(ctx, savedProducts, all)
}

// RemoveProducts removes products of a shop for good.
func (tx *ShopTx) RemoveProducts(ctx context.Context, ids []orderhub.ProductID) error {
	err := eachChunk(tx, int64s(ids), []any{int64(tx.shop)}, func(in string, args []any) error {
		_, err := tx.Exec(ctx, `/* RemoveProducts */
			delete from products where +shop_id = $1 and product_id `+in, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: remove products: %w", err)
	}
	return nil
}

// ExternalIDs are the external ids of products of a shop. Those that it does
// not have are left out. Nothing is held.
func (tx *ShopTx) ExternalIDs(ctx context.Context, ids []orderhub.ProductID) (map[orderhub.ProductID]string, error) {
	found := make(map[orderhub.ProductID]string, len(ids))
	err := eachChunk(tx, int64s(ids), nil, func(in string, args []any) error {
		return eachRow(ctx, tx, func(rows Rows) error {
			var id, of int64
			var external string
			if err := rows.Scan(&id, &of, &external); err != nil {
				return err
			}
			if of == int64(tx.shop) { // as a condition it would lead SQLite through all products of the shop
				found[orderhub.ProductID(id)] = external
			}
			return nil
		}, `/* ExternalIDs */
			select product_id, shop_id, external_id from products where product_id `+in, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: external ids: %w", err)
	}
	return found, nil
}
