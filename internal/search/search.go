// Package search finds orders by what people remember of them: number, code,
// name, e-mail, phone, address, product, article.
//
// Whole numbers, codes, e-mail addresses and phones are found in the orders
// themselves, from the commit on. Products and articles are found through an
// index of their own, and parts of words through one of three-letter pieces.
// A consumer of the events keeps both up, outside the transactions that are
// answered for: an order is in them a moment after its commit.
//
// Words are compared folded (orderhub.Fold), so case and ё do not matter in
// any language, and no sign is a wildcard.
package search

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

// MaxText is how many characters of a search text are looked at.
const MaxText = 200

// A Page is one page of what was found, the newest orders first.
type Page struct {
	Orders []*orderhub.Order
	Next   orderhub.OrderID // where the next page begins below; 0 on the last page
}

// Orders finds a shop's orders below an ID (0 for all) that carry every word
// of the text, or carry the text as a whole number, code, address, phone or
// article, and for which the filter holds. The filter's own sort and page are
// not looked at; at most limit orders are returned.
func Orders(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, text string, f orderhub.OrderFilter, below orderhub.OrderID, limit int) (*Page, error) {
	q := newQuery(shop, text)
	if below == 0 {
		below = math.MaxInt64
	}
	page := new(Page)
	for batch := 2*limit + 20; below > 0; batch = min(2*batch, 2_000) {
		candidates, floor, err := q.candidates(ctx, tx, below, batch)
		if err != nil {
			return nil, err
		}
		orders, err := tx.Shop(shop.ID).OrdersAmong(ctx, ids(candidates), f)
		if err != nil {
			return nil, err
		}
		for _, o := range orders {
			if by := candidates[o.ID]; by&exactly == 0 && !(by&byProduct != 0 && q.sells(o)) && !(by&byParts != 0 && q.holds(o)) {
				continue
			}
			if len(page.Orders) == limit {
				page.Next = page.Orders[limit-1].ID
				return page, nil
			}
			page.Orders = append(page.Orders, o)
		}
		below = floor
	}
	return page, nil
}

// A query is a search text, taken apart.
type query struct {
	shop  orderhub.ShopID
	exact orderdb.Exact
	words []string // folded; an order must carry them all
	parts []string // those of three letters or more, which the index knows
}

func newQuery(shop *orderhub.Shop, text string) *query {
	text = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(cut(text, MaxText), ""), "\x00", ""))
	q := &query{shop: shop.ID, words: strings.Fields(orderhub.Fold(text))}
	q.exact.Text = text
	q.exact.Email, _ = orderhub.ParseEmail(text)
	q.exact.Phone = shop.Phone(text).Digits()
	for _, w := range q.words {
		if utf8.RuneCountInString(w) >= 3 {
			q.parts = append(q.parts, w)
		}
	}
	return q
}

// By what an order was found. The indexes may know what an order was before,
// so what they found is looked at again.
type by uint8

const (
	exactly by = 1 << iota
	byProduct
	byParts
)

// candidates returns orders below an ID that may be meant, and the ID below
// which to ask next: 0 when there are no more.
func (q *query) candidates(ctx context.Context, tx *store.Tx, below orderhub.OrderID, batch int) (map[orderhub.OrderID]by, orderhub.OrderID, error) {
	exact, err := tx.Shop(q.shop).SearchExact(ctx, q.exact, below, batch)
	if err != nil {
		return nil, 0, err
	}
	products, err := tx.Shop(q.shop).SearchProducts(ctx, q.exact.Text, below, batch)
	if err != nil {
		return nil, 0, err
	}
	var parts []orderhub.OrderID
	if len(q.parts) > 0 {
		if parts, err = tx.Shop(q.shop).SearchIndex(ctx, q.parts, below, batch); err != nil {
			return nil, 0, err
		}
	}
	// A full list may go on below its last ID, so only what lies at or above
	// it is known to be complete.
	lists := map[by][]orderhub.OrderID{exactly: exact, byProduct: products, byParts: parts}
	var floor orderhub.OrderID
	for _, list := range lists {
		if len(list) == batch {
			floor = max(floor, list[batch-1])
		}
	}
	found := make(map[orderhub.OrderID]by)
	for by, list := range lists {
		for _, id := range list {
			if id >= floor {
				found[id] |= by
			}
		}
	}
	return found, floor, nil
}

func ids(candidates map[orderhub.OrderID]by) []orderhub.OrderID {
	all := make([]orderhub.OrderID, 0, len(candidates))
	for id := range candidates {
		all = append(all, id)
	}
	slices.SortFunc(all, func(a, b orderhub.OrderID) int { return cmp.Compare(b, a) })
	return all
}

// holds says whether an order carries every word.
func (q *query) holds(o *orderhub.Order) bool {
	text := Text(o)
	for _, w := range q.words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// sells says whether the text is the id or the article number of one of an
// order's products.
func (q *query) sells(o *orderhub.Order) bool {
	_, found := slices.BinarySearch(orderdb.ProductKeys(o), q.exact.Text)
	return found
}

// Text is what an order can be found by, folded: one line for each field.
func Text(o *orderhub.Order) string {
	var b strings.Builder
	add := func(field string) {
		if field != "" {
			b.WriteString(orderhub.Fold(field))
			b.WriteByte('\n')
		}
	}
	add(o.Number)
	add(o.Code)
	add(o.Contact.Name)
	add(o.Contact.Email)
	add(o.Contact.Phone)
	add(digits(o.Contact.Phone))
	add(o.Contact.Address)
	for _, l := range o.Lines {
		add(l.Product)
		add(l.SKU)
		add(l.Name)
	}
	return b.String()
}

// digits lets a phone be found by part of its digits, however it was spaced.
func digits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
}

// cut shortens text to at most n characters.
func cut(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
