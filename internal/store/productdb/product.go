package productdb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// productContent are the columns that a sender fills.
var productContent = []string{
	"group_key", "name", "brand", "vendor_code", "url", "price", "old_price", "currency",
	"pictures", "categories", "description", "attributes", "available", "fed",
}

var (
	productSelect  = "select product_id, shop_id, external_id, " + strings.Join(productContent, ", ") + ", created_at, updated_at, version from products p "
	productChanged = slices.Concat(productContent, []string{"print", "updated_at", "version"})
	newProducts    = query.NewInserter("AddProducts", "products", slices.Concat([]string{"product_id", "shop_id", "external_id", "created_at"}, productChanged), "")
	savedProducts  = query.NewUpdater("SaveProducts", "products", append([]string{"product_id"}, productChanged...), productTypes())
)

// productTypes are those of the columns that SaveProducts writes.
func productTypes() []string {
	types := query.ColumnTypes(productValues(new(orderhub.Product)))
	return append(types, "blob", "bigint", "bigint")
}

// AddProducts stores new products as they are, with their IDs, which NextIDs has
// given, and their times. No other product of the shop may have one of their
// external ids.
func (tx ShopProducts) AddProducts(ctx context.Context, all []*orderhub.Product) error {
	rows := make([][]any, len(all))
	for i, p := range all {
		if err := tx.Owns(p.Shop); err != nil {
			return err
		}
		rows[i] = append([]any{int64(p.ID), int64(tx.ShopID), p.ExternalID, form.Micros(p.CreatedAt)}, changedValues(p)...)
	}
	return newProducts.Send(ctx, tx, rows)
}

// SaveProducts stores products as they are: all that a sender fills, the time
// of their last change and their version.
func (tx ShopProducts) SaveProducts(ctx context.Context, all []*orderhub.Product) error {
	rows := make([][]any, len(all))
	for i, p := range all {
		rows[i] = append([]any{int64(p.ID)}, changedValues(p)...)
	}
	return savedProducts.Update(ctx, tx.ShopTx, rows)
}

// changedValues are those of the columns that a change writes.
func changedValues(p *orderhub.Product) []any {
	values := productValues(p)
	return append(values, printOf(values), form.Micros(p.UpdatedAt), p.Version)
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
func (tx ShopProducts) ProductsByExternalID(ctx context.Context, ids []string) ([]*orderhub.Product, error) {
	var all []*orderhub.Product
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !query.Given(id) })
	err := query.EachChunk(tx, ids, []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readProducts(ctx, tx, "ProductsByExternalID", `where shop_id = $1 and external_id `+in, args...)
		all = append(all, some...)
		return err
	})
	return all, err
}

// ProductsByIDs finds products of a shop by their IDs. Those that it does not
// have are left out.
func (tx ShopProducts) ProductsByIDs(ctx context.Context, ids []orderhub.ProductID) (map[orderhub.ProductID]*orderhub.Product, error) {
	found := make(map[orderhub.ProductID]*orderhub.Product, len(ids))
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		some, err := readProducts(ctx, tx, "ProductsByIDs", `where +shop_id = $1 and product_id `+in, args...)
		for _, p := range some {
			found[p.ID] = p
		}
		return err
	})
	return found, err
}

func readProducts(ctx context.Context, tx query.Runner, name, where string, args ...any) ([]*orderhub.Product, error) {
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

func scanProduct(rows query.Rows) (*orderhub.Product, error) {
	p := new(orderhub.Product)
	var pictures, categories, attributes []byte
	var created, updated int64
	err := rows.Scan((*int64)(&p.ID), (*int64)(&p.Shop), &p.ExternalID, &p.Group, &p.Name, &p.Brand, &p.VendorCode, &p.URL,
		(*int64)(&p.Price), (*int64)(&p.OldPrice), (*string)(&p.Currency), &pictures, &categories, &p.Description, &attributes,
		&p.Available, &p.Fed, &created, &updated, &p.Version)
	if err != nil {
		return nil, err
	}
	p.CreatedAt, p.UpdatedAt = form.Instant(created), form.Instant(updated)
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
