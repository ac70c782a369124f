package productdb

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
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
// same in all that a sender fills. Products that a feed left out before they had
// events have an empty mark, which is that of none.
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
// shop does not have are left out.
func (tx ShopProducts) ProductMarks(ctx context.Context, externalIDs []string) (map[string]ProductMark, error) {
	found := make(map[string]ProductMark, len(externalIDs))
	externalIDs = slices.DeleteFunc(slices.Clone(externalIDs), func(id string) bool { return !query.Given(id) })
	err := query.EachChunk(tx, externalIDs, []any{int64(tx.ShopID)}, func(in string, args []any) error {
		return query.EachRow(ctx, tx, func(rows query.Rows) error {
			var m ProductMark
			var external string
			var created, updated int64
			var print []byte
			if err := rows.Scan(&external, (*int64)(&m.ID), &m.Fed, &created, &updated, &m.Version, &print); err != nil {
				return err
			}
			m.CreatedAt, m.UpdatedAt, m.print = form.Instant(created), form.Instant(updated), string(print)
			found[external] = m
			return nil
		}, `/* ProductMarks */
			select external_id, product_id, fed, created_at, updated_at, version, print from products
			where shop_id = $1 and external_id `+in, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: product marks: %w", err)
	}
	return found, nil
}

// RemoveProducts removes products of a shop for good.
func (tx ShopProducts) RemoveProducts(ctx context.Context, ids []orderhub.ProductID) error {
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		_, err := tx.Exec(ctx, `/* RemoveProducts */
			delete from products where +shop_id = $1 and product_id `+in, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: remove products: %w", err)
	}
	return nil
}
