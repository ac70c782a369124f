package productdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// TakeTurn lets the caller alone change the catalogue of a shop by a feed,
// until a time. It gives the number of the turn, 0 when another has it.
func (tx ShopProducts) TakeTurn(ctx context.Context, until time.Time) (turn int64, err error) {
	_, err = query.Row(ctx, tx, `/* TakeTurn */
		insert into catalogue_turns (shop_id, turn, held_until) values ($1, 1, $2)
		on conflict (shop_id) do update set turn = catalogue_turns.turn + 1, held_until = excluded.held_until
		where catalogue_turns.held_until <= $3
		returning turn`, []any{int64(tx.ShopID), form.Micros(until), form.Micros(tx.Now())}, &turn)
	if err != nil {
		return 0, fmt.Errorf("store: take turn: %w", err)
	}
	return turn, nil
}

// KeepTurn goes on with a turn until another time, and says whether the caller
// has it still. What is written in the same transaction is written in turn.
func (tx ShopProducts) KeepTurn(ctx context.Context, turn int64, until time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `/* KeepTurn */
		update catalogue_turns set held_until = $3 where shop_id = $1 and turn = $2`, int64(tx.ShopID), turn, form.Micros(until))
	if err != nil {
		return false, fmt.Errorf("store: keep turn: %w", err)
	}
	return n == 1, nil
}

// LastTurn is the number of the last turn that was taken, 0 for none.
func (tx ShopProducts) LastTurn(ctx context.Context) (turn int64, err error) {
	_, err = query.Row(ctx, tx, `/* LastTurn */ select turn from catalogue_turns where shop_id = $1`, []any{int64(tx.ShopID)}, &turn)
	if err != nil {
		return 0, fmt.Errorf("store: last turn: %w", err)
	}
	return turn, nil
}

// ForgetFile lets the next look at a feed take its file even when it is the
// one that was taken last.
func (tx ShopProducts) ForgetFile(ctx context.Context) error {
	_, err := tx.Exec(ctx, `/* ForgetFile */ update feeds set etag = '', last_modified = '' where shop_id = $1`, int64(tx.ShopID))
	if err != nil {
		return fmt.Errorf("store: forget file: %w", err)
	}
	return nil
}

const feedColumns = `shop_id, address, every, plain, etag, last_modified, due_at, looked_at, taken_at, failures, failure, report`

// SaveFeed stores where the catalogue of a shop is found, over what was known.
func (tx ShopProducts) SaveFeed(ctx context.Context, d *orderhub.Feed) error {
	if err := tx.Owns(d.Shop); err != nil {
		return err
	}
	report, err := json.Marshal(d.Report)
	if err == nil {
		_, err = tx.Exec(ctx, `/* SaveFeed */
			insert into feeds (`+feedColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
			on conflict (shop_id) do update set address = excluded.address, every = excluded.every, plain = excluded.plain,
				etag = excluded.etag, last_modified = excluded.last_modified, due_at = excluded.due_at,
				looked_at = excluded.looked_at, taken_at = excluded.taken_at,
				failures = excluded.failures, failure = excluded.failure, report = excluded.report`,
			int64(tx.ShopID), d.Address, d.Every.Microseconds(), d.Plain, d.ETag, d.LastModified,
			form.Micros(d.DueAt), form.Micros(d.LookedAt), form.Micros(d.TakenAt), d.Failures, d.Failure, string(report))
	}
	if err != nil {
		return fmt.Errorf("store: save feed: %w", err)
	}
	return nil
}

// RemoveFeed forgets where the catalogue of a shop is found.
func (tx ShopProducts) RemoveFeed(ctx context.Context) error {
	if _, err := tx.Exec(ctx, `/* RemoveFeed */ delete from feeds where shop_id = $1`, int64(tx.ShopID)); err != nil {
		return fmt.Errorf("store: remove feed: %w", err)
	}
	return nil
}

// FeedOf finds where the catalogue of a shop is found, and holds it in an
// Update. It is a NotFound error when the shop has not told.
func (tx ShopProducts) FeedOf(ctx context.Context) (*orderhub.Feed, error) {
	all, err := readFeeds(ctx, tx, "FeedOf", `where shop_id = $1`+tx.Hold, int64(tx.ShopID))
	if err != nil || len(all) > 0 {
		return firstFeed(all), err
	}
	return nil, orderhub.Errorf(orderhub.NotFound, "the shop has no feed")
}

func firstFeed(all []*orderhub.Feed) *orderhub.Feed {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// DueFeeds lists feeds of all shops that are to be looked at by now, the
// longest overdue first, at most limit.
func (tx AllProducts) DueFeeds(ctx context.Context, limit int) ([]*orderhub.Feed, error) {
	return readFeeds(ctx, tx, "DueFeeds", `where due_at <= $1 order by due_at, shop_id limit $2`, form.Micros(tx.Now()), limit)
}

func readFeeds(ctx context.Context, tx query.Runner, name, where string, args ...any) ([]*orderhub.Feed, error) {
	rows, err := tx.Query(ctx, `/* `+name+` */ select `+feedColumns+` from feeds `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: feeds: %w", err)
	}
	defer rows.Close()
	var all []*orderhub.Feed
	for rows.Next() {
		d := new(orderhub.Feed)
		var every, due, looked, taken int64
		var report []byte
		err := rows.Scan((*int64)(&d.Shop), &d.Address, &every, &d.Plain, &d.ETag, &d.LastModified,
			&due, &looked, &taken, &d.Failures, &d.Failure, &report)
		if err == nil {
			err = json.Unmarshal(report, &d.Report)
		}
		if err != nil {
			return nil, fmt.Errorf("store: feeds: %w", err)
		}
		d.Every = time.Duration(every) * time.Microsecond
		d.DueAt, d.LookedAt, d.TakenAt = form.Instant(due), form.Instant(looked), form.Instant(taken)
		all = append(all, d)
	}
	return all, rows.Err()
}

// PostponeFeed moves the next look at a feed, unless it was moved before, and
// says whether it did.
func (tx ShopProducts) PostponeFeed(ctx context.Context, d *orderhub.Feed, due time.Time) (bool, error) {
	if err := tx.Owns(d.Shop); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `/* PostponeFeed */ update feeds set due_at = $3 where shop_id = $1 and due_at = $2`,
		int64(tx.ShopID), form.Micros(d.DueAt), form.Micros(due))
	if err != nil {
		return false, fmt.Errorf("store: postpone feed: %w", err)
	}
	return n == 1, nil
}
