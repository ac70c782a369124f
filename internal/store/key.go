package store

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

const keyColumns = `key_id, shop_id, name, hint, dialects, read_only, reader, created_at, expires_at, revoked_at, last_used_at`

// CreateKey stores a key under the hash of its secret. A name that a key of
// the shop has, unless that key was revoked, is a Duplicate error; a reader that
// the shop does not have is a NotFound error.
func (tx *Tx) CreateKey(ctx context.Context, k *orderhub.Key, hash []byte) error {
	k.CreatedAt, k.Reader = tx.Now(), cmp.Or(k.Reader, orderhub.DefaultReader)
	if _, err := tx.Shop(k.Shop).ExchangeReader(ctx, k.Reader); err != nil {
		return err
	}
	found, err := query.Row(ctx, tx, `/* CreateKey */
		insert into keys (shop_id, name, hash, hint, dialects, read_only, reader, created_at, expires_at, revoked_at, last_used_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0)
		on conflict (shop_id, name) where revoked_at = 0 do nothing
		returning key_id`,
		[]any{k.Shop, k.Name, hash, k.Hint, strings.Join(k.Dialects, ","), k.ReadOnly, k.Reader, form.Micros(k.CreatedAt), form.Micros(k.ExpiresAt)},
		(*int64)(&k.ID))
	if err != nil {
		return fmt.Errorf("store: create key %s: %w", k.Name, err)
	}
	if !found {
		return orderhub.Taken("name")
	}
	return nil
}

// KeyByHash finds a key, revoked and expired ones too, or is a NotFound error.
func (tx *Tx) KeyByHash(ctx context.Context, hash []byte) (*orderhub.Key, error) {
	keys, err := readKeys(ctx, tx, `where hash = $1`, hash)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, orderhub.Errorf(orderhub.NotFound, "no such key")
	}
	return keys[0], nil
}

// Keys lists a shop's keys, revoked ones too.
func (tx *ShopTx) Keys(ctx context.Context) ([]*orderhub.Key, error) {
	return readKeys(ctx, tx, `where shop_id = $1 order by key_id`, tx.ShopID)
}

// RevokeKey ends a shop's key by its name, or is a NotFound error.
func (tx *ShopTx) RevokeKey(ctx context.Context, name string) error {
	n, err := tx.Exec(ctx, `/* RevokeKey */
		update keys set revoked_at = $3 where shop_id = $1 and name = $2 and revoked_at = 0`,
		tx.ShopID, name, form.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("store: revoke key %s: %w", name, err)
	}
	if n == 0 {
		return orderhub.Errorf(orderhub.NotFound, "no key %s that is in force; orderhub key list shows those there are", name)
	}
	return nil
}

// KeyUsed remembers when a key was last used.
func (tx *Tx) KeyUsed(ctx context.Context, id orderhub.KeyID, at time.Time) error {
	_, err := tx.Exec(ctx, `/* KeyUsed */
		update keys set last_used_at = $2 where key_id = $1 and last_used_at < $2`, id, form.Micros(at))
	if err != nil {
		return fmt.Errorf("store: key used: %w", err)
	}
	return nil
}

func readKeys(ctx context.Context, tx query.Runner, where string, args ...any) ([]*orderhub.Key, error) {
	rows, err := tx.Query(ctx, `/* keys */ select `+keyColumns+` from keys `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: keys: %w", err)
	}
	defer rows.Close()
	var keys []*orderhub.Key
	for rows.Next() {
		k := new(orderhub.Key)
		var dialects string
		var created, expires, revoked, used int64
		err := rows.Scan((*int64)(&k.ID), (*int64)(&k.Shop), &k.Name, &k.Hint, &dialects, &k.ReadOnly, &k.Reader, &created, &expires, &revoked, &used)
		if err != nil {
			return nil, fmt.Errorf("store: keys: %w", err)
		}
		if dialects != "" {
			k.Dialects = strings.Split(dialects, ",")
		}
		k.CreatedAt, k.ExpiresAt, k.RevokedAt, k.UsedAt = form.Instant(created), form.Instant(expires), form.Instant(revoked), form.Instant(used)
		keys = append(keys, k)
	}
	return keys, rows.Err()
}
