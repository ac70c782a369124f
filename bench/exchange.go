package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/ordering"
)

const (
	untaken  = 5_000 // orders of a filled store that the accounting system has still to take
	pulled   = 500   // orders a pull
	amended  = 1_000 // orders that are marked at once
	pullBody = `{"fields":["products","shipping","payments","properties"],"exchange":1,"count":%d,"paged":%d}`
)

// take marks the orders of a filled store as taken, all but the youngest. It
// writes to the file: through the dialect it would take as long as the filling.
func (f *filled) take(ctx context.Context) error {
	raw, err := sql.Open("sqlite", "file:"+(&url.URL{Path: f.file()}).EscapedPath())
	if err != nil {
		return err
	}
	defer raw.Close()
	_, err = raw.ExecContext(ctx, `update exchange_readers set low =
		(select exchange_at from orders order by shop_id, exchange_at desc limit 1 offset ?)`, untaken)
	return err
}

// pulls asks two hubs in turns for all that is not taken, as an accounting
// system does, and the same of the store in process. It gives microseconds an
// order.
func pulls(ctx context.Context, p *plan) (float64, error) {
	asks, end, err := p.bothHubs(ctx, "exchange_pull")
	if err != nil {
		return 0, err
	}
	defer end()
	p.took["exchange_read"] = nil
	for turn := range 6 {
		for _, a := range asks {
			if turn == 1 {
				p.took[a.name] = nil // so far it was warming up
			}
			for page := range untaken / pulled {
				begin := time.Now()
				if err := a.hub.pull(page + 1); err != nil {
					return 0, err
				}
				p.took[a.name] = append(p.took[a.name], time.Since(begin)/pulled)
			}
		}
		if err := p.read(ctx); err != nil {
			return 0, err
		}
	}
	return microseconds("exchange_pull_large", 50)(ctx, p)
}

// read reads the rows of all pulls from the large store in process.
func (p *plan) read(ctx context.Context) error {
	f := p.largeStore
	filter := orderhub.OrderFilter{ToExport: true, Limit: pulled, Sort: []orderhub.Sort{{Field: orderhub.SortID, Descending: true}}}
	for range untaken / pulled {
		begin := time.Now()
		page, err := (&ordering.Service{DB: f.db}).List(ctx, f.shop, filter)
		if err != nil {
			return err
		}
		if len(page.Orders) != pulled {
			return fmt.Errorf("a page of %d orders instead of %d", len(page.Orders), pulled)
		}
		p.took["exchange_read"] = append(p.took["exchange_read"], time.Since(begin)/pulled)
		filter.After = page.Next
	}
	return nil
}

// microseconds is percentile in another unit.
func microseconds(acts string, of int) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		ms, err := percentile(acts, of)(ctx, p)
		return 1_000 * ms, err
	}
}

// pull asks for one page of what is not taken and sees that it is full.
func (h *hub) pull(page int) error {
	r, err := http.NewRequest(http.MethodGet, h.base+"/wp-json/usam/v1/orders", strings.NewReader(fmt.Sprintf(pullBody, pulled, page)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth("bench", h.key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if got := strings.Count(string(body), `"number_products"`); answer.StatusCode != http.StatusOK || got != pulled {
		return fmt.Errorf("%s with %d orders instead of %d", answer.Status, got, pulled)
	}
	return nil
}

// marks marks orders as taken, many in one call or one a call over all
// connections, and gives orders a second.
func marks(size int) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, hubOptions{})
		if err != nil {
			return 0, err
		}
		defer h.stop()
		host := h.address()
		if _, err := send(host, each(h.requests(amended)), p.connections); err != nil {
			return 0, err
		}
		ids := make([]int, amended)
		for i := range ids {
			ids[i] = i + 1
		}
		var requests [][]byte
		for some := range slices.Chunk(ids, size) {
			requests = append(requests, h.markRequest(host, some))
		}
		begin := time.Now()
		_, err = send(host, each(requests), p.connections)
		return amended / time.Since(begin).Seconds(), err
	}
}

func (h *hub) markRequest(host string, ids []int) []byte {
	path, body := fmt.Sprintf("POST /wp-json/usam/v1/order/%d", ids[0]), []byte(`{"exchange":1}`)
	if len(ids) > 1 {
		items := make([]map[string]int, len(ids))
		for i, id := range ids {
			items[i] = map[string]int{"id": id, "exchange": 1}
		}
		path = "PUT /wp-json/usam/v1/orders"
		body, _ = json.Marshal(map[string]any{"items": items})
	}
	return fmt.Appendf(nil, "%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, host, h.key, len(body), body)
}
