package orderdb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// A Claim is an identity by which a customer is found.
type Claim struct {
	Kind     orderhub.Identity
	Value    string
	Customer orderhub.CustomerID
}

// ClaimIdentities lets customers be found by identities from now on. None of
// them may be another's: under the shop's lock the caller has looked.
func (tx ShopOrders) ClaimIdentities(ctx context.Context, claims []Claim) error {
	rows := make([][]any, len(claims))
	for i, c := range inSequence(claims) {
		rows[i] = []any{int64(tx.ShopID), string(c.Kind), c.Value, int64(c.Customer)}
	}
	return newIdentities.Send(ctx, tx, rows)
}

var newIdentities = query.NewInserter("ClaimIdentities", "identities", []string{"shop_id", "kind", "value", "customer_id"}, "")

// FreeIdentities lets identities find none any more, as far as they find the
// customers of the claims.
func (tx ShopOrders) FreeIdentities(ctx context.Context, claims []Claim) error {
	for _, c := range inSequence(claims) {
		err := tx.Send(ctx, nil, `/* FreeIdentities */
			delete from identities where shop_id = $1 and kind = $2 and value = $3 and customer_id = $4`,
			int64(tx.ShopID), string(c.Kind), c.Value, int64(c.Customer))
		if err != nil {
			return fmt.Errorf("store: free %s: %w", c.Kind, err)
		}
	}
	return nil
}

// inSequence sorts claims by what they claim: neighbours in the index are
// written together.
func inSequence(claims []Claim) []Claim {
	return slices.SortedFunc(slices.Values(claims), func(a, b Claim) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
}

// NoteDuplicates lists pairs of customers as possibly one person. Pairs that
// are listed already stay as they are.
func (tx ShopOrders) NoteDuplicates(ctx context.Context, at time.Time, pairs ...[2]orderhub.CustomerID) error {
	rows := make([][]any, len(pairs))
	for i, p := range pairs {
		rows[i] = []any{int64(min(p[0], p[1])), int64(max(p[0], p[1])), int64(tx.ShopID), form.Micros(at)}
	}
	return newDuplicates.Send(ctx, tx, rows)
}

var newDuplicates = query.NewInserter("NoteDuplicates", "possible_duplicates", []string{"customer_id", "other_id", "shop_id", "found_at"},
	"on conflict (customer_id, other_id) do nothing")

// PossibleDuplicates lists the pairs of a shop's customers that may be one
// person, the newest first, at most limit after the first ones that are
// skipped.
func (tx ShopOrders) PossibleDuplicates(ctx context.Context, skip, limit int) ([][2]orderhub.CustomerID, error) {
	rows, err := tx.Query(ctx, `/* PossibleDuplicates */
		select customer_id, other_id from possible_duplicates
		where shop_id = $1 order by found_at desc, customer_id desc, other_id desc limit $2 offset $3`, tx.ShopID, limit, skip)
	if err != nil {
		return nil, fmt.Errorf("store: possible duplicates: %w", err)
	}
	defer rows.Close()
	var pairs [][2]orderhub.CustomerID
	for rows.Next() {
		var p [2]orderhub.CustomerID
		if err := rows.Scan((*int64)(&p[0]), (*int64)(&p[1])); err != nil {
			return nil, fmt.Errorf("store: possible duplicates: %w", err)
		}
		pairs = append(pairs, p)
	}
	return pairs, rows.Err()
}
