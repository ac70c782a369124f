package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"orderhub"
)

// productContent are the columns that a sender fills.
var productContent = []string{
	"group_key", "name", "brand", "vendor_code", "url", "price", "old_price", "currency",
	"pictures", "categories", "description", "attributes", "available", "fed",
}

var (
	productSelect = "select product_id, shop_id, external_id, " + strings.Join(productContent, ", ") + ", created_at, updated_at, version from products p "
	productInsert = slices.Concat([]string{"shop_id", "external_id", "created_at"}, productContent, []string{"print", "updated_at", "version"})
	savedProducts = newInserter("SaveProducts", "products", productInsert, productUpsert())
	newProducts   = newInserter("CreateProducts", "products", productInsert, "on conflict (shop_id, external_id) do nothing returning product_id, external_id, created_at, version")
)

func productUpsert() string {
	var sets []string
	for _, c := range append(slices.Clone(productContent), "print", "updated_at") {
		sets = append(sets, c+" = excluded."+c)
	}
	return "on conflict (shop_id, external_id) do update set " + strings.Join(sets, ", ") + ", version = products.version + 1 returning product_id, external_id, created_at, version"
}

// A ProductState is how a product compares with what is stored.
type ProductState uint8

const (
	ProductNew ProductState = iota
	ProductDiffers
	ProductSame
)

// CompareProducts says of each product how it compares with the one of that
// ExternalID in the shop, and sets the IDs of those that are known. In an
// Update it holds them until the transaction ends.
func (tx *ShopTx) CompareProducts(ctx context.Context, all []*orderhub.Product) ([]ProductState, error) {
	marks, err := tx.ProductMarks(ctx, productIDs(all))
	if err != nil {
		return nil, err
	}
	states := make([]ProductState, len(all))
	for i, p := range all {
		known, ok := marks[p.ExternalID]
		if !ok {
			continue
		}
		p.ID = known.ID
		if states[i] = ProductDiffers; known.Of(p) {
			states[i] = ProductSame
		}
	}
	return states, nil
}

func productIDs(all []*orderhub.Product) []string {
	ids := make([]string, len(all))
	for i, p := range all {
		ids[i] = p.ExternalID
	}
	return ids
}

// SaveProducts stores products of one shop, over those of the same ExternalID,
// and sets their IDs and times. No two of them may have the same.
func (tx *ShopTx) SaveProducts(ctx context.Context, all []*orderhub.Product) error {
	for _, p := range all {
		p.UpdatedAt = tx.now
	}
	return tx.saveProducts(ctx, savedProducts, all)
}

// saveProducts stores products as they are, and sets the IDs and the times of
// creation of those that the statement returns.
func (tx *ShopTx) saveProducts(ctx context.Context, by inserter, all []*orderhub.Product) error {
	// Everybody writes them in the same sequence, so that nobody waits for ever.
	all = slices.SortedFunc(slices.Values(all), func(a, b *orderhub.Product) int { return cmp.Compare(a.ExternalID, b.ExternalID) })
	byID := make(map[string]*orderhub.Product, len(all))
	rows := make([][]any, len(all))
	for i, p := range all {
		if err := tx.owns(p.Shop); err != nil {
			return err
		}
		byID[p.ExternalID] = p
		values := productValues(p)
		row := make([]any, 0, len(values)+6)
		row = append(append(row, int64(tx.shop), p.ExternalID, micros(tx.now)), values...)
		rows[i] = append(row, printOf(values), micros(p.UpdatedAt), 1) // the version of a new product
	}
	return by.insert(ctx, tx, rows, func(r Rows) error {
		var id, created, version int64
		var external string
		if err := r.Scan(&id, &external, &created, &version); err != nil {
			return err
		}
		p := byID[external]
		p.ID, p.CreatedAt, p.Version = orderhub.ProductID(id), instant(created), version
		return nil
	})
}

func productValues(p *orderhub.Product) []any {
	return []any{
		p.Group, p.Name, p.Brand, p.VendorCode, p.URL, int64(p.Price), int64(p.OldPrice), string(p.Currency),
		textsJSON(p.Pictures), textsJSON(p.Categories), p.Description, string(p.Attributes.JSON()), p.Available, p.Fed,
	}
}

// textsJSON prints texts as an array.
func textsJSON(all []string) string {
	size := len("[]")
	for _, text := range all {
		if !isPlain(text) {
			b, err := json.Marshal(all)
			if err != nil {
				panic(err) // texts always print
			}
			return string(b)
		}
		size += len(text) + len(`"",`)
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteByte('[')
	for i, text := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(text)
		b.WriteByte('"')
	}
	b.WriteByte(']')
	return b.String()
}

// isPlain says whether JSON has a text as it is. Products are many, and most
// of their texts are plain.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == 0xE2 {
			return false // 0xE2 begins the two line ends of Unicode
		}
	}
	return utf8.ValidString(text)
}

// ProductsByExternalID finds products of a shop, in no certain order. Those
// that it does not have are left out.
func (tx *ShopTx) ProductsByExternalID(ctx context.Context, ids []string) ([]*orderhub.Product, error) {
	var all []*orderhub.Product
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !given(id) })
	err := eachChunk(tx, ids, []any{int64(tx.shop)}, func(in string, args []any) error {
		some, err := tx.products(ctx, "ProductsByExternalID", `where shop_id = $1 and external_id `+in, args...)
		all = append(all, some...)
		return err
	})
	return all, err
}

// HeldProducts are ProductsByExternalID that are held until the transaction
// ends.
func (tx *ShopTx) HeldProducts(ctx context.Context, ids []string) ([]*orderhub.Product, error) {
	var all []*orderhub.Product
	// Everybody holds them in the same sequence, so that nobody waits for ever.
	ids = slices.DeleteFunc(slices.Sorted(slices.Values(ids)), func(id string) bool { return !given(id) })
	err := eachChunk(tx, ids, []any{int64(tx.shop)}, func(in string, args []any) error {
		some, err := tx.products(ctx, "HeldProducts",
			`where shop_id = $1 and external_id `+in+` order by external_id`+tx.hold,
			args...)
		all = append(all, some...)
		return err
	})
	return all, err
}

func (tx *transaction) products(ctx context.Context, name, where string, args ...any) ([]*orderhub.Product, error) {
	rows, err := tx.Query(ctx, `/* `+name+` */ `+productSelect+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: products: %w", err)
	}
	defer rows.Close()
	var all []*orderhub.Product
	for rows.Next() {
		p, err := scanProduct(rows)
		if err != nil {
			return nil, fmt.Errorf("store: products: %w", err)
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

func scanProduct(rows Rows) (*orderhub.Product, error) {
	p := new(orderhub.Product)
	var pictures, categories, attributes []byte
	var created, updated int64
	err := rows.Scan((*int64)(&p.ID), (*int64)(&p.Shop), &p.ExternalID, &p.Group, &p.Name, &p.Brand, &p.VendorCode, &p.URL,
		(*int64)(&p.Price), (*int64)(&p.OldPrice), (*string)(&p.Currency), &pictures, &categories, &p.Description, &attributes,
		&p.Available, &p.Fed, &created, &updated, &p.Version)
	if err != nil {
		return nil, err
	}
	p.CreatedAt, p.UpdatedAt = instant(created), instant(updated)
	if p.Pictures, err = parseTexts(pictures); err != nil {
		return nil, err
	}
	if p.Categories, err = parseTexts(categories); err != nil {
		return nil, err
	}
	p.Attributes, err = orderhub.ParseAttributes(attributes)
	return p, err
}

// parseTexts reads what textsJSON printed; none are nil.
func parseTexts(array []byte) (all []string, err error) {
	if string(array) == "[]" {
		return nil, nil
	}
	return all, json.Unmarshal(array, &all)
}
