package orderdb

import (
	"context"
	"fmt"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// A SuppressionEntry is one row of what is known of an address: that it gets
// no mail for a reason, or that it gets mail again.
type SuppressionEntry struct {
	Shop   orderhub.ShopID
	Email  string // in the form in which addresses are compared
	Reason orderhub.SuppressionReason
	At     time.Time
	Actor  orderhub.Actor
	User   string // who has lifted it
	Note   string // why it was lifted
}

// Suppressions finds out which of the e-mail addresses get no mail, and why.
// The others are left out.
func (tx ShopOrders) Suppressions(ctx context.Context, emails []string) (map[string]orderhub.Suppression, error) {
	found := make(map[string]orderhub.Suppression)
	err := query.EachChunk(tx, emails, []any{int64(tx.ShopID)}, func(in string, args []any) error {
		return query.EachRow(ctx, tx, func(r query.Rows) error {
			var email string
			var reason int
			if err := r.Scan(&email, &reason); err != nil {
				return err
			}
			if found[email] = found[email].With(orderhub.SuppressionReason(reason)); found[email] == (orderhub.Suppression{}) {
				delete(found, email)
			}
			return nil
		}, `/* Suppressions */
			select value, reason from suppressions
			where shop_id = $1 and kind = 'email' and value `+in+` order by suppression_id`, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: suppressions: %w", err)
	}
	return found, nil
}

// AddSuppressions adds what became known of addresses, in this sequence.
func (tx ShopOrders) AddSuppressions(ctx context.Context, all []SuppressionEntry) error {
	rows := make([][]any, len(all))
	for i, s := range all {
		if err := tx.Owns(s.Shop); err != nil {
			return err
		}
		rows[i] = []any{int64(tx.ShopID), "email", s.Email, int(s.Reason), form.Micros(s.At), s.Actor.Door, s.Actor.Key, s.User, s.Note}
	}
	return newSuppressions.Send(ctx, tx, rows)
}

var newSuppressions = query.NewInserter("AddSuppressions", "suppressions",
	[]string{"shop_id", "kind", "value", "reason", "at", "door", "key_name", "user_name", "note"}, "")
