package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/ordering"
)

// What is looked for in another letter case than the orders have it.
const (
	cyrillic = "МОЖЖЕВЕЛОВА"
	polish   = "ŁĄKOWSKA"
)

// A rare text is part of what few orders carry.
type rare struct {
	text  string
	order orderhub.OrderID // one that carries it
}

// searches looks for rare texts, parts of e-mail addresses, phones and
// numbers, through the index, and for three of them by a scan of the columns.
func searches(ctx context.Context, p *plan) (float64, error) {
	texts, err := p.largeStore.rareTexts(ctx, 60)
	if err != nil {
		return 0, err
	}
	p.took["search_rare"], p.took["like_rare"] = nil, nil
	for i, r := range texts {
		begin := time.Now()
		found, err := p.largeStore.search(ctx, r.text)
		p.took["search_rare"] = append(p.took["search_rare"], time.Since(begin))
		if err != nil {
			return 0, err
		}
		if !slices.Contains(found, r.order) {
			return 0, fmt.Errorf("%q is not found in order %d", r.text, r.order)
		}
		if i%(len(texts)/3) != i/(len(texts)/3) {
			continue // a scan takes seconds: one of each kind is enough
		}
		begin = time.Now()
		if _, err := p.largeStore.like(ctx, r.text); err != nil {
			return 0, err
		}
		p.took["like_rare"] = append(p.took["like_rare"], time.Since(begin))
	}
	return percentile("search_rare", 50)(ctx, p)
}

// rareTexts takes n texts from orders all over the store.
func (f *filled) rareTexts(ctx context.Context, n int) ([]rare, error) {
	var all []rare
	for i := range n {
		var r rare
		var number, email, phone string
		err := f.raw.QueryRowContext(ctx, `
			select order_id, number, contact_email, contact_phone from orders
			where order_id > ? and contact_email <> '' and contact_phone <> '' limit 1`,
			f.n/(n+1)*(i+1)).Scan(&r.order, &number, &email, &phone)
		if err != nil {
			return nil, err
		}
		name, _, _ := strings.Cut(email, "@")
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, phone)
		r.text = [...]string{name, digits[len(digits)-7:], strings.TrimPrefix(number, "S-")}[i%3]
		all = append(all, r)
	}
	return all, nil
}

// search finds orders as the hub does.
func (f *filled) search(ctx context.Context, text string) ([]orderhub.OrderID, error) {
	page, err := (&ordering.Service{DB: f.db}).Search(ctx, f.shop, text, orderhub.OrderFilter{}, 0, pageSize)
	if err != nil {
		return nil, err
	}
	var ids []orderhub.OrderID
	for _, o := range page.Orders {
		ids = append(ids, o.ID)
	}
	return ids, nil
}

// like finds orders by looking at every one of them, as a hub without an
// index would: in the same columns, in the quickest way that SQL has.
func (f *filled) like(ctx context.Context, text string) (ids []orderhub.OrderID, err error) {
	rows, err := f.raw.QueryContext(ctx, `
		select order_id from orders
		where shop_id = $1 and deleted_at = 0 and (
			number like $2 or code like $2 or email_key like $2 or body like $2)
		order by order_id desc limit $3`, f.shop.ID, "%"+text+"%", pageSize)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id orderhub.OrderID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// searched counts what the hub finds of a name in another letter case, and
// makes sure that it is right.
func searched(name string) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		page, err := (&ordering.Service{DB: p.largeStore.db}).Search(ctx, p.largeStore.shop, name, orderhub.OrderFilter{}, 0, pageSize)
		if err != nil {
			return 0, err
		}
		for _, o := range page.Orders {
			if !strings.Contains(strings.ToUpper(o.Contact.Name), name) {
				return 0, fmt.Errorf("%s is found in order %d of %s", name, o.ID, o.Contact.Name)
			}
		}
		return float64(len(page.Orders)), nil
	}
}

// liked counts what a scan finds of the same name.
func liked(name string) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		found, err := p.largeStore.like(ctx, name)
		return float64(len(found)), err
	}
}
