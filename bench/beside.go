package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

// changesAtOnce is how many orders one call of USAM may change.
const changesAtOnce = 10_000

// besideMeasurements are how long requests wait beside other work on the same
// hub: that of another shop, bodies of many orders, an import.
func besideMeasurements(database string, o hubOptions) []measurement {
	name := func(s string) string { return database + "_" + s }
	csv, alone := "csv_import", "sqlite_http"
	if o.postgres {
		csv, alone = "csv_import_postgres", "postgres_http"
	}
	return []measurement{
		{name: name("group_and_heavy"), unit: "ms", measure: groupAndHeavy(o)},
		{name: name("shop_beside_singles"), unit: "ms", measure: otherShop(name("shop_beside_singles"), o, (*plan).singles)},
		of(name("shop_beside_singles"), 50, goal{}),
		{name: name("shop_beside_bulks"), unit: "ms", measure: otherShop(name("shop_beside_bulks"), o, (*plan).bulks)},
		of(name("shop_beside_bulks"), 50, goal{}),
		{name: name("beside_bulks"), unit: "orders/s", measure: besideBulks(name("beside_bulks"), o)},
		of(name("beside_bulks"), 50, goal{}),
		of(name("beside_bulks"), 99, goal{most: 250}),
		{name: name("beside_changes_longest"), unit: "ms", measure: besideChanges(name("changes"), o), goal: goal{most: 1_500}},
		{name: name("changes"), unit: "ms", measure: noted(name("changes")), after: []string{name("beside_changes_longest")}},
		{name: name("beside_import"), unit: "orders/s", measure: besideImport(name("beside_import"), o)},
		of(name("beside_import"), 50, goal{}),
		of(name("beside_import"), 99, goal{}),
		{name: name("p99_and_step"), unit: "ms", measure: aloneAndStep(alone+"_p99", csv), after: []string{alone + "_p99", csv}},
	}
}

// groupAndHeavy gives the limit, in milliseconds, of what a request of one shop
// may wait for others: a group of 256 orders and a heavy request of 1,000, each
// the median of bodies that were sent one at a time.
func groupAndHeavy(o hubOptions) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, o)
		if err != nil {
			return 0, err
		}
		defer h.stop()
		limit := 0.0
		for _, size := range []int{256, bulkSize} {
			l := newLoad(h.ecdpRequests(size, size), 1)
			if size == bulkSize {
				l.sent.Store(100_000) // behind the numbers of the first load
			}
			took, err := l.span(h, p.span/2)
			if err != nil {
				return 0, err
			}
			slices.Sort(took)
			limit += milliseconds(took[len(took)/2])
		}
		return limit, nil
	}
}

// otherShop sends the orders of one shop, one at a time, beside the load of
// another, and gives the p99 in milliseconds.
func otherShop(name string, o hubOptions, loaded func(*plan, *hub) *load) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, o)
		if err != nil {
			return 0, err
		}
		defer h.stop()
		key, err := h.createShop(ctx, "other")
		if err != nil {
			return 0, err
		}
		other := h.as(key)
		single := newLoad(other.requests(min(p.orders, 2_000)), 1)
		_, err = loaded(p, h).during(h, func() (err error) {
			p.took[name], err = single.span(other, p.span)
			return err
		})
		if err != nil {
			return 0, err
		}
		return percentile(name, 99)(ctx, p)
	}
}

// besideBulks sends single orders over all connections while the same shop
// sends one body of 1,000 after the other, and gives singles a second.
func besideBulks(name string, o hubOptions) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, o)
		if err != nil {
			return 0, err
		}
		defer h.stop()
		bulks, singles := p.bulks(h), p.singles(h)
		bulks.sent.Store(250_000) // behind the numbers of the singles
		_, err = bulks.during(h, func() (err error) {
			p.took[name], err = singles.span(h, p.span)
			return err
		})
		return float64(len(p.took[name])) / p.span.Seconds(), err
	}
}

// besideChanges changes the status of 10,000 orders in one call of USAM while
// the same shop sends single orders, and gives what the longest of these took
// in milliseconds. What the call took is noted.
func besideChanges(name string, o hubOptions) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, o)
		if err != nil {
			return 0, err
		}
		defer h.stop()
		n := p.scaled(changesAtOnce)
		if err := h.fillShop(n); err != nil {
			return 0, err
		}
		c, err := dial(h.address())
		if err != nil {
			return 0, err
		}
		defer c.conn.Close()
		request := h.changeRequest(n)
		took, err := p.singles(h).during(h, func() error {
			begin := time.Now()
			answer, err := c.do(request)
			p.noted[name] = milliseconds(time.Since(begin))
			if err == nil && string(bytes.TrimSpace(answer)) != strconv.Itoa(n) {
				err = fmt.Errorf("%s orders were found instead of %d", answer, n)
			}
			return err
		})
		if err != nil {
			return 0, err
		}
		return milliseconds(slices.Max(took)), nil
	}
}

// changeRequest sets the status of the orders 1 to n.
func (h *hub) changeRequest(n int) []byte {
	type item struct {
		ID     int    `json:"id"`
		Status string `json:"status"`
	}
	items := make([]item, n)
	for i := range items {
		items[i] = item{i + 1, "preparing_delivery"}
	}
	body, _ := json.Marshal(map[string]any{"items": items})
	return fmt.Appendf(nil, "PUT /wp-json/usam/v1/orders HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", h.address(), h.key, len(body), body)
}

// besideImport sends single orders over all connections while a file of
// customers is imported into the same shop, and gives orders a second.
func besideImport(name string, o hubOptions) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, o)
		if err != nil {
			return 0, err
		}
		defer h.stop()
		path, err := forms[0].file(p, forms[0].rows[0])
		if err != nil {
			return 0, err
		}
		importing := exec.CommandContext(ctx, h.program, append([]string{"import", "customers", path, "--shop", "main", "--json"}, h.store...)...)
		if err := importing.Start(); err != nil {
			return 0, err
		}
		done := make(chan struct{}) // when the import has ended, however it ended
		go func() {
			defer close(done)
			importing.Wait()
		}()
		defer func() {
			importing.Process.Kill()
			<-done
		}()
		if err := h.importing(ctx); err != nil {
			return 0, err
		}
		ctx, cancel := context.WithTimeout(ctx, p.span)
		defer cancel()
		go func() {
			<-done
			cancel()
		}()
		begin := time.Now()
		p.took[name], err = send(h.address(), p.singles(h).until(ctx.Done()), p.connections)
		return float64(len(p.took[name])) / time.Since(begin).Seconds(), err
	}
}

// importing waits until the hub's first import has stored something.
func (h *hub) importing(ctx context.Context) error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		out, err := h.command(ctx, "import", "show", "1", "--shop", "main", "--json")
		if err != nil {
			continue // it is not recorded yet
		}
		var report struct {
			State   string
			Created int
		}
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			return err
		}
		switch {
		case report.State == "done":
			return errors.New("the import was done before orders could be sent beside it")
		case report.State == "running" && report.Created > 0:
			return nil
		}
	}
	return errors.New("the import did not begin")
}

// aloneAndStep gives the limit, in milliseconds, of the p99 beside an import:
// the p99 alone and one step of the import, which is 256 rows.
func aloneAndStep(alone, csv string) run {
	return func(_ context.Context, p *plan) (float64, error) {
		return p.noted[alone] + 256/p.noted[csv]*1_000, nil
	}
}
