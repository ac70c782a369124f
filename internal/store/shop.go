package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// Settings of a shop that are words of the glossary are stored under these
// prefixes; all others belong to dialects.
const (
	paymentWordPrefix    = "payment_word."
	fulfilmentWordPrefix = "fulfilment_word."
)

// CreateShop stores a new shop with its statuses, words and settings. A name
// that is in use is a Duplicate error.
func (tx *Tx) CreateShop(ctx context.Context, s *orderhub.Shop) error {
	s.CreatedAt = tx.Now()
	found, err := query.Row(ctx, tx, `/* CreateShop */
		insert into shops (name, zone, currency, identify, number_prefix, created_at)
		values ($1, $2, $3, $4, $5, $6)
		on conflict (name) do nothing
		returning shop_id`,
		[]any{s.Name, s.Zone, string(s.Currency), string(s.Identify), s.NumberPrefix, form.Micros(s.CreatedAt)},
		(*int64)(&s.ID))
	if err != nil {
		return fmt.Errorf("store: create shop %s: %w", s.Name, err)
	}
	if !found {
		return orderhub.Taken("name")
	}
	if err := tx.Shop(s.ID).startClock(ctx); err != nil {
		return err
	}
	reader := &orderhub.ExchangeReader{Shop: s.ID, Name: orderhub.DefaultReader}
	if err := tx.Shop(s.ID).CreateExchangeReader(ctx, reader, time.Time{}, false); err != nil {
		return err
	}
	for i, st := range s.Statuses {
		_, err := tx.Exec(ctx, `/* CreateShop */
			insert into statuses (shop_id, position, code, name, stage, closed)
			values ($1, $2, $3, $4, $5, $6)`,
			s.ID, i, st.Code, st.Name, int(st.Stage), st.Closed)
		if err != nil {
			return fmt.Errorf("store: create status %s: %w", st.Code, err)
		}
	}
	return tx.saveSettings(ctx, s)
}

// SaveShop changes a shop's own settings, not its name and statuses.
func (tx *Tx) SaveShop(ctx context.Context, s *orderhub.Shop) error {
	_, err := tx.Exec(ctx, `/* SaveShop */
		update shops set zone = $2, currency = $3, identify = $4, number_prefix = $5
		where shop_id = $1`,
		s.ID, s.Zone, string(s.Currency), string(s.Identify), s.NumberPrefix)
	if err != nil {
		return fmt.Errorf("store: save shop %s: %w", s.Name, err)
	}
	if _, err := tx.Exec(ctx, `/* SaveShop */ delete from shop_settings where shop_id = $1`, s.ID); err != nil {
		return fmt.Errorf("store: save shop %s: %w", s.Name, err)
	}
	return tx.saveSettings(ctx, s)
}

func (tx *Tx) saveSettings(ctx context.Context, s *orderhub.Shop) error {
	all := make(map[string]string)
	for name, value := range s.Settings {
		all[name] = value
	}
	for word, state := range s.PaymentWords {
		all[paymentWordPrefix+word] = state.String()
	}
	for word, state := range s.FulfilmentWords {
		all[fulfilmentWordPrefix+word] = state.String()
	}
	for name, value := range all {
		_, err := tx.Exec(ctx, `/* saveSettings */
			insert into shop_settings (shop_id, name, value) values ($1, $2, $3)`,
			s.ID, name, value)
		if err != nil {
			return fmt.Errorf("store: setting %s of shop %s: %w", name, s.Name, err)
		}
	}
	return nil
}

// ShopByName finds a shop with all that belongs to it, or is a NotFound error.
func (tx *Tx) ShopByName(ctx context.Context, name string) (*orderhub.Shop, error) {
	shops, err := tx.shops(ctx, `where name = $1`, name)
	if err != nil {
		return nil, err
	}
	if len(shops) == 0 {
		return nil, orderhub.Errorf(orderhub.NotFound, "no shop %s; orderhub shop list shows those there are", name)
	}
	return shops[0], nil
}

// ShopByID finds a shop with all that belongs to it, or is a NotFound error.
func (tx *Tx) ShopByID(ctx context.Context, id orderhub.ShopID) (*orderhub.Shop, error) {
	shops, err := tx.shops(ctx, `where shop_id = $1`, id)
	if err != nil {
		return nil, err
	}
	if len(shops) == 0 {
		return nil, orderhub.Errorf(orderhub.NotFound, "no shop with id %d", id)
	}
	return shops[0], nil
}

// Shops lists all shops in the order in which they were made.
func (tx *Tx) Shops(ctx context.Context) ([]*orderhub.Shop, error) { return tx.shops(ctx, ``) }

func (tx *Tx) shops(ctx context.Context, where string, args ...any) ([]*orderhub.Shop, error) {
	rows, err := tx.Query(ctx, `/* shops */
		select shop_id, name, zone, currency, identify, number_prefix, created_at
		from shops `+where+` order by shop_id`, args...)
	if err != nil {
		return nil, fmt.Errorf("store: shops: %w", err)
	}
	defer rows.Close()
	var shops []*orderhub.Shop
	for rows.Next() {
		s := new(orderhub.Shop)
		var created int64
		err := rows.Scan((*int64)(&s.ID), &s.Name, &s.Zone, (*string)(&s.Currency), (*string)(&s.Identify), &s.NumberPrefix, &created)
		if err != nil {
			return nil, fmt.Errorf("store: shops: %w", err)
		}
		s.CreatedAt = form.Instant(created)
		shops = append(shops, s)
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: shops: %w", err)
	}
	for _, s := range shops {
		if err := tx.statuses(ctx, s); err != nil {
			return nil, err
		}
		if err := tx.settings(ctx, s); err != nil {
			return nil, err
		}
	}
	return shops, nil
}

func (tx *Tx) statuses(ctx context.Context, s *orderhub.Shop) error {
	rows, err := tx.Query(ctx, `/* statuses */
		select code, name, stage, closed from statuses where shop_id = $1 order by position`, s.ID)
	if err != nil {
		return fmt.Errorf("store: statuses: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var st orderhub.Status
		var stage int
		if err := rows.Scan(&st.Code, &st.Name, &stage, &st.Closed); err != nil {
			return fmt.Errorf("store: statuses: %w", err)
		}
		st.Stage = orderhub.Stage(stage)
		s.Statuses = append(s.Statuses, st)
	}
	return rows.Err()
}

func (tx *Tx) settings(ctx context.Context, s *orderhub.Shop) error {
	rows, err := tx.Query(ctx, `/* settings */
		select name, value from shop_settings where shop_id = $1`, s.ID)
	if err != nil {
		return fmt.Errorf("store: settings: %w", err)
	}
	defer rows.Close()
	s.Settings = make(map[string]string)
	s.PaymentWords = make(map[string]orderhub.PaymentState)
	s.FulfilmentWords = make(map[string]orderhub.FulfilmentState)
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return fmt.Errorf("store: settings: %w", err)
		}
		if word, ok := strings.CutPrefix(name, paymentWordPrefix); ok {
			s.PaymentWords[word], _ = orderhub.ParsePaymentState(value)
		} else if word, ok := strings.CutPrefix(name, fulfilmentWordPrefix); ok {
			s.FulfilmentWords[word], _ = orderhub.ParseFulfilmentState(value)
		} else {
			s.Settings[name] = value
		}
	}
	return rows.Err()
}

// RemoveShop deletes a shop and all that belongs to it for good. It is for
// sample data: a real shop's history is never thrown away.
func (tx *Tx) RemoveShop(ctx context.Context, id orderhub.ShopID) error {
	orders := `(select order_id from orders where shop_id = $1)`
	for _, statement := range slices.Concat(
		[]string{`delete from order_search where ` + tx.Words.SearchShop},
		[]string{
			`delete from order_payments where shop_id = $1`,
			`delete from order_products where shop_id = $1`,
			`delete from exchange_marks where order_id in ` + orders,
			`delete from exchange_readers where shop_id = $1`,
			`delete from bonus_draws where lot_id in (select entry_id from bonus_entries where shop_id = $1)`,
			`delete from bonus_entries where shop_id = $1`,
			`delete from card_keys where shop_id = $1`,
			`delete from cards where shop_id = $1`,
			`delete from card_types where shop_id = $1`,
			`delete from orders where shop_id = $1`,
			`delete from possible_duplicates where shop_id = $1`,
			`delete from suppressions where shop_id = $1`,
			`delete from identities where shop_id = $1`,
			`delete from customers where shop_id = $1`,
			`delete from customer_groups where shop_id = $1`,
			`delete from events where shop_id = $1`,
			`delete from answers where shop_id = $1`,
			`delete from counters where shop_id = $1`,
			`delete from keys where shop_id = $1`,
			`delete from definitions where shop_id = $1`,
			`delete from products where shop_id = $1`,
			`delete from import_steps where import_id in (select import_id from imports where shop_id = $1)`,
			`delete from imports where shop_id = $1`,
			`delete from import_plans where shop_id = $1`,
			`delete from catalogue_turns where shop_id = $1`,
			`delete from feeds where shop_id = $1`,
			`delete from statuses where shop_id = $1`,
			`delete from shop_settings where shop_id = $1`,
			`delete from shop_clocks where shop_id = $1`,
			`delete from shops where shop_id = $1`,
		}) {
		if _, err := tx.Exec(ctx, "/* RemoveShop */ "+statement, id); err != nil {
			return fmt.Errorf("store: remove shop %d: %w", id, err)
		}
	}
	return nil
}
