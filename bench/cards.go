package main

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
	"orderhub/internal/store/sqlite"
)

const (
	fewCards  = 1_000 // in the small store of cards
	manyCards = 1_000_000
	shown     = 500 // different cards that are asked for
	turns     = 4   // how often each is
)

// keysOfCards are the four keys by which a card is looked up.
var keysOfCards = map[string]func(c *orderhub.Card) orderhub.CardRef{
	"card_id":       func(c *orderhub.Card) orderhub.CardRef { return orderhub.CardRef{ID: c.ID} },
	"card_number":   func(c *orderhub.Card) orderhub.CardRef { return orderhub.CardRef{Number: c.Number} },
	"card_external": func(c *orderhub.Card) orderhub.CardRef { return orderhub.CardRef{ExternalID: c.ExternalID} },
	"card_barcode":  func(c *orderhub.Card) orderhub.CardRef { return orderhub.CardRef{Barcode: c.Barcode} },
}

// A till is a store of cards that is open for look-ups.
type till struct {
	s     *loyalty.Service
	shop  *orderhub.Shop
	cards []*orderhub.Card // some of them, which are looked up
}

// cards looks the same number of cards up by each key in a small and in a large
// store, in turns, after a turn that warms the cache.
func cards(ctx context.Context, p *plan) (float64, error) {
	var tills [2]*till
	for i, n := range []int{fewCards, min(manyCards, p.many)} {
		t, err := p.openTill(ctx, n)
		if err != nil {
			return 0, err
		}
		defer t.s.DB.Close()
		tills[i] = t
	}
	for name := range keysOfCards {
		p.took[name+"_small"], p.took[name+"_large"] = nil, nil
	}
	for turn := range turns + 1 {
		for i := range shown {
			for name, key := range keysOfCards {
				for at, size := range []string{"_small", "_large"} {
					t := tills[at]
					begin := time.Now()
					found, err := t.s.FindCard(ctx, t.shop, key(t.cards[i]))
					took := time.Since(begin)
					if err != nil || found.ID != t.cards[i].ID {
						return 0, fmt.Errorf("%s of card %d: %v", name, t.cards[i].ID, err)
					}
					if turn > 0 {
						p.took[name+size] = append(p.took[name+size], took)
					}
				}
			}
		}
	}
	return microseconds("card_id_small", 50)(ctx, p)
}

// openTill opens the store of n cards, after filling it when it is not there
// yet, and picks the cards that are looked up.
func (p *plan) openTill(ctx context.Context, n int) (*till, error) {
	file := filepath.Join(cmp.Or(p.stores, p.dir), "cards-"+strconv.Itoa(n)+".db")
	db, err := sqlite.Open(ctx, file, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	t := &till{s: &loyalty.Service{DB: db}}
	if _, err = db.Migrate(ctx); err == nil {
		if t.shop, err = shopOf(ctx, db); err == nil {
			err = fillCards(ctx, p, file, t.shop, n)
		}
	}
	if err == nil {
		err = db.Tidy(ctx)
	}
	if err == nil {
		err = t.pick(ctx, n)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return t, nil
}

// pick chooses cards all over the store.
func (t *till) pick(ctx context.Context, n int) error {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	return t.s.DB.View(ctx, func(tx *store.Tx) error {
		t.cards = nil
		for range shown {
			c, err := tx.Shop(t.shop.ID).CardByRef(ctx, orderhub.CardRef{ID: orderhub.CardID(1 + random.IntN(n))})
			if err != nil {
				return err
			}
			t.cards = append(t.cards, c)
		}
		return nil
	})
}

// fillCards writes n cards to the file in a few statements: issued one by one
// they would take as long as orders. Numbers do not follow each other, so that
// those of one moment lie all over the indexes, as those of a shop do.
func fillCards(ctx context.Context, p *plan, file string, shop *orderhub.Shop, n int) error {
	raw, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath())
	if err != nil {
		return err
	}
	defer raw.Close()
	held := 0
	if err := raw.QueryRowContext(ctx, "select count(*) from cards").Scan(&held); err != nil || held == n {
		return err
	}
	if held != 0 {
		return fmt.Errorf("%s holds %d cards instead of %d; remove it", file, held, n)
	}
	p.progress.say("fill the store of %d cards", n)
	for _, statement := range []string{
		`insert into cards (shop_id, number, external_id, ean13, barcode, medium, status, type_id, customer_id,
			activated_at, blocked_at, created_at, updated_at, deleted_at)
		with recursive n(i) as (select 1 union all select i + 1 from n where i < ?2)
		select ?1, printf('%010d', i * 48271 % 2147483647), 'E-' || (i * 16807 % 2147483647), '', printf('98%011d', i * 69621 % 2147483647),
			'PLASTIC', 'ACTIVE', null, null, 1, 0, 1, 1, 0 from n`,
		`insert into card_keys (shop_id, kind, value, card_id)
		select ?1, 'external_id', external_id, card_id from cards where ?2 > 0 union all
		select ?1, 'number', number, card_id from cards`,
	} {
		if _, err := raw.ExecContext(ctx, statement, shop.ID, n); err != nil {
			return err
		}
	}
	return nil
}

const (
	ordersOfOne = 1_000
	readings    = 30 // of all these orders
)

// tillOrders reads the thousand orders of one customer in the words of VirtPOS,
// again and again, and gives microseconds an order. How much more memory the
// server holds afterwards is noted beside.
func tillOrders(ctx context.Context, p *plan) (float64, error) {
	h, err := p.start(ctx, hubOptions{})
	if err != nil {
		return 0, err
	}
	defer h.stop()
	host := h.address()
	if _, err := send(host, each(h.ordersOfOne(host)), p.connections); err != nil {
		return 0, err
	}
	p.took["till_orders"] = nil
	var before float64
	for turn := range readings + 1 {
		if turn == 1 {
			if before, err = h.memory(); err != nil {
				return 0, err
			}
		}
		begin := time.Now()
		if err := h.readOrders(ctx); err != nil {
			return 0, err
		}
		if turn > 0 {
			p.took["till_orders"] = append(p.took["till_orders"], time.Since(begin)/ordersOfOne)
		}
	}
	after, err := h.memory()
	if err != nil {
		return 0, err
	}
	p.grown = after - before
	return microseconds("till_orders", 50)(ctx, p)
}

// grown is by how much the server's memory has grown in the measurement before.
func grown(_ context.Context, p *plan) (float64, error) { return p.grown, nil }

// ordersOfOne are orders with three lines that one customer places.
func (h *hub) ordersOfOne(host string) [][]byte {
	all := make([][]byte, ordersOfOne)
	for i := range all {
		type line struct {
			Product int    `json:"product_id"`
			Name    string `json:"name"`
			Price   string `json:"price"`
		}
		body, _ := json.Marshal(map[string]any{"data": map[string]any{"type": "orders", "attributes": map[string]any{
			"number": fmt.Sprint("T-", i), "consumer_email": "one@example.org",
			"order_lines": []line{{45, "Winter boots, 42", "6800"}, {46, "Шарф «Метель»", "990.50"}, {47, "Koc wełniany", "335.15"}},
		}}})
		all[i] = fmt.Appendf(nil, "POST /v4/orders HTTP/1.1\r\nHost: %s\r\nAuthorization: Token token=%s\r\n"+
			"Content-Type: application/vnd.api+json\r\nContent-Length: %d\r\n\r\n%s", host, h.key, len(body), body)
	}
	return all
}

// readOrders reads all orders of the first customer and sees that all are
// there. It does not keep them.
func (h *hub) readOrders(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.base+"/api/orders?id=1&apikey="+h.key, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if n := strings.Count(string(body), "<orders>"); n != ordersOfOne {
		return fmt.Errorf("%d orders instead of %d: %.200s", n, ordersOfOne, body)
	}
	return nil
}
