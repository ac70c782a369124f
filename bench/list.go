package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"orderhub"
	"orderhub/internal/ordering"
)

const (
	pageSize = 50
	depth    = 5_000    // pages before the deep one
	listed   = "closed" // the status that is listed: the one most orders have
)

// lists asks for pages of one status in turns: the newest of the small and of
// the large store, and one that lies deep in the large one.
func lists(ctx context.Context, p *plan) (float64, error) {
	first := orderhub.OrderFilter{Statuses: []string{listed}, Limit: pageSize}
	deep, err := p.largeStore.deepPage(ctx, first)
	if err != nil {
		return 0, err
	}
	asks := []struct {
		name   string
		in     *filled
		filter orderhub.OrderFilter
	}{
		{"list_small", p.smallStore, first},
		{"list_large", p.largeStore, first},
		{"list_deep", p.largeStore, deep},
	}
	for turn := range 520 {
		for _, a := range asks {
			if turn == 20 {
				p.took[a.name] = nil // so far it was warming up
			}
			begin := time.Now()
			page, err := (&ordering.Service{DB: a.in.db}).List(ctx, a.in.shop, a.filter)
			p.took[a.name] = append(p.took[a.name], time.Since(begin))
			if err != nil {
				return 0, err
			}
			if len(page.Orders) != pageSize {
				return 0, fmt.Errorf("%s: a page of %d orders", a.name, len(page.Orders))
			}
		}
	}
	return percentile("list_small", 50)(ctx, p)
}

// deepPage is the filter of a page far behind the first. Its cursor is read
// from the file: to walk there would take longer than all the rest.
func (f *filled) deepPage(ctx context.Context, first orderhub.OrderFilter) (orderhub.OrderFilter, error) {
	page, err := (&ordering.Service{DB: f.db}).List(ctx, f.shop, first)
	if err != nil {
		return first, err
	}
	if page.Next == nil {
		return first, fmt.Errorf("there is one page only of %s", listed)
	}
	deep, at := first, int64(0)
	deep.After = page.Next
	skip := min(depth*pageSize, f.n/5) // for stores smaller than the usual one
	err = f.raw.QueryRowContext(ctx, `
		select placed_at, order_id from orders
		where shop_id = ? and status = ? and deleted_at = 0
		order by placed_at desc, order_id desc limit 1 offset ?`,
		f.shop.ID, listed, skip-1).Scan(&at, &deep.After.ID)
	deep.After.At = time.UnixMicro(at)
	return deep, err
}

// httpLists asks two hubs in turns for the newest orders, as a client of
// Aplaut does: 25 a page, with their total.
func httpLists(ctx context.Context, p *plan) (float64, error) {
	asks, end, err := p.bothHubs(ctx, "http_list")
	if err != nil {
		return 0, err
	}
	defer end()
	for turn := range 220 {
		for _, a := range asks {
			if turn == 20 {
				p.took[a.name] = nil // so far it was warming up
			}
			begin := time.Now()
			if err := a.hub.get("/v4/orders?sort=created_at:desc&per_page=25"); err != nil {
				return 0, err
			}
			p.took[a.name] = append(p.took[a.name], time.Since(begin))
		}
	}
	return percentile("http_list_small", 50)(ctx, p)
}

// An ask is a hub on a filled store, and the name under which is noted how long
// it took to answer.
type ask struct {
	name string
	hub  *hub
}

// bothHubs starts a hub on the small and one on the large store.
func (p *plan) bothHubs(ctx context.Context, name string) (asks []ask, end func(), err error) {
	end = func() {
		for _, a := range asks {
			a.hub.stop()
		}
	}
	for _, x := range []struct {
		size string
		in   *filled
	}{{"small", p.smallStore}, {"large", p.largeStore}} {
		h, err := p.start(ctx, hubOptions{filled: func(*plan) *filled { return x.in }})
		if err != nil {
			end()
			return nil, nil, err
		}
		asks = append(asks, ask{name + "_" + x.size, h})
	}
	return asks, end, nil
}

// get asks a hub and reads the answer to its end.
func (h *hub) get(address string) error {
	r, err := http.NewRequest(http.MethodGet, h.base+address, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Token token="+h.key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s", answer.Status, body)
	}
	return err
}
