package query

import (
	"context"
	"fmt"
)

// A Table is one whose rows get their ids from NextIDs.
type Table struct{ Name, Key string }

// NextIDs are the ids of the next n rows of a table, ascending. On a database
// with several writers ids of a transaction that is undone are not used again.
func (tx *ShopTx) NextIDs(ctx context.Context, t Table, n int) ([]int64, error) {
	ids := make([]int64, 0, n)
	if n == 0 {
		return ids, nil
	}
	err := EachRow(ctx, tx, func(r Rows) error {
		var id int64
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, tx.Words.NextIDs(t.Name, t.Key), n)
	if err == nil && len(ids) != n {
		err = fmt.Errorf("%d came instead of %d", len(ids), n)
	}
	if err != nil {
		return nil, fmt.Errorf("store: next ids of %s: %w", t.Name, err)
	}
	return ids, nil
}
