package query

import (
	"context"
	"fmt"

	"orderhub"
)

// Row runs a query and scans its first row, if there is one.
func Row(ctx context.Context, c Conn, query string, args []any, dest ...any) (found bool, err error) {
	rows, err := c.Query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	if err := rows.Scan(dest...); err != nil {
		return false, err
	}
	rows.Close()
	return true, rows.Err()
}

// EachRow runs a query and scans the rows that it returns.
func EachRow(ctx context.Context, c Conn, scan func(Rows) error, query string, args ...any) error {
	rows, err := c.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return scanAll(rows, scan)
}

func scanAll(rows Rows, scan func(Rows) error) error {
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ByValue scans rows of a text and an ID into a map.
func ByValue[ID ~int64](found map[string]ID) func(Rows) error {
	return func(rows Rows) error {
		var value string
		var id int64
		err := rows.Scan(&value, &id)
		found[value] = ID(id)
		return err
	}
}

// Among scans rows of an ID into a set.
func Among[ID ~int64](found map[ID]bool) func(Rows) error {
	return func(rows Rows) error {
		var id int64
		err := rows.Scan(&id)
		found[ID(id)] = true
		return err
	}
}

// NamesByID reads what a query, which ends with the column of IDs, finds.
func NamesByID[ID ~int64](ctx context.Context, tx Runner, query string, shop orderhub.ShopID, ids []ID) (map[ID]string, error) {
	found := make(map[ID]string)
	err := EachChunk(tx, IDs(ids), []any{int64(shop)}, func(in string, args []any) error {
		return readNames(ctx, tx, query+in, args, found)
	})
	if err != nil {
		return nil, fmt.Errorf("store: names: %w", err)
	}
	return found, nil
}

func readNames[ID ~int64](ctx context.Context, tx Runner, query string, args []any, into map[ID]string) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		into[ID(id)] = name
	}
	return rows.Err()
}
