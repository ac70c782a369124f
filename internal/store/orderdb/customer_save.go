package orderdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// customerInsert are the columns of a new customer.
var customerInsert = []string{
	"customer_id", "shop_id", "external_id", "email", "phone", "name", "first_name", "middle_name", "last_name",
	"gender", "birth_year", "birth_month", "birth_day", "group_id",
	"unsubscribed", "complained", "bounced", "consents", "attributes", "extras",
	"registered_at", "created_at", "updated_at", "version", "deleted_at",
}

var (
	newCustomers   = query.NewInserter("CreateCustomers", "customers", customerInsert, "")
	savedCustomers = query.NewUpdater("SaveCustomers", "customers", customerSaved(), query.ColumnTypes(customerValues(new(orderhub.Customer))))
)

// customerSaved are the columns of savedCustomers: all but those that never
// change.
func customerSaved() []string {
	of := customerInsert[2 : len(customerInsert)-1] // neither the shop nor deleted_at
	return append([]string{"customer_id"}, of...)
}

// customerValues are the values of a customer's columns after its ids.
func customerValues(c *orderhub.Customer) []any {
	return []any{
		c.ExternalID, c.Email, c.Phone,
		c.Name, c.FirstName, c.MiddleName, c.LastName,
		int(c.Gender), c.Birthday.Year, c.Birthday.Month, c.Birthday.Day, query.OrNull(c.Group),
		c.Unsubscribed, c.Complained, c.Bounced, consentsJSON(c.Consents), string(c.Attributes.JSON()), string(c.Extras.JSON()),
		form.Micros(c.RegisteredAt), form.Micros(c.CreatedAt), form.Micros(c.UpdatedAt), c.Version,
	}
}

// consentsJSON prints consents as an array of objects, in their order.
func consentsJSON(all []orderhub.Consent) string {
	if len(all) == 0 {
		return "[]"
	}
	b, err := json.Marshal(all)
	if err != nil {
		panic(err) // two plain fields always print
	}
	return string(b)
}

// CreateCustomers stores new customers. Those without an ID get one, and those
// without times that of the transaction. Their identities are claimed apart,
// with ClaimIdentities.
func (tx ShopOrders) CreateCustomers(ctx context.Context, all []*orderhub.Customer) error {
	var unnumbered []*orderhub.Customer
	for _, c := range all {
		if c.ID == 0 {
			unnumbered = append(unnumbered, c)
		}
	}
	ids, err := tx.NextIDs(ctx, CustomerTable, len(unnumbered))
	if err != nil {
		return err
	}
	for i, id := range ids {
		unnumbered[i].ID = orderhub.CustomerID(id)
	}
	rows := make([][]any, len(all))
	for i, c := range all {
		if err := tx.Owns(c.Shop); err != nil {
			return err
		}
		for _, at := range []*time.Time{&c.RegisteredAt, &c.CreatedAt, &c.UpdatedAt} {
			if at.IsZero() {
				*at = tx.Now()
			}
		}
		row := append(make([]any, 0, len(customerInsert)), int64(c.ID), int64(tx.ShopID))
		rows[i] = append(append(row, customerValues(c)...), 0)
	}
	return newCustomers.Insert(ctx, tx, rows, nil)
}

// SaveCustomers stores all fields of customers, their times and versions too.
func (tx ShopOrders) SaveCustomers(ctx context.Context, all []*orderhub.Customer) error {
	rows := make([][]any, len(all))
	for i, c := range all {
		rows[i] = append([]any{int64(c.ID)}, customerValues(c)...)
	}
	return savedCustomers.Update(ctx, tx.ShopTx, rows)
}

// SaveCustomerVersions stores the versions of customers and nothing else.
func (tx ShopOrders) SaveCustomerVersions(ctx context.Context, all []*orderhub.Customer) error {
	rows := make([][]any, len(all))
	for i, c := range all {
		rows[i] = []any{int64(c.ID), c.Version}
	}
	return customerVersions.Update(ctx, tx.ShopTx, rows)
}

var customerVersions = query.NewUpdater("SaveCustomerVersions", "customers", []string{"customer_id", "version"}, []string{"bigint", "bigint"})

// A Deletion is a customer that is deleted, or merged into another.
type Deletion struct {
	Customer orderhub.CustomerID
	At       time.Time
	Version  int64
	Into     orderhub.CustomerID // 0 when it is not merged
}

// DeleteCustomers marks customers deleted and frees their identities. The
// deleted cards of one that is merged become those of the other customer; those
// of others stay and are linked to none. Orders and cards that are not deleted
// are linked otherwise before: with ChangeOrders and MoveCards.
func (tx ShopOrders) DeleteCustomers(ctx context.Context, all []Deletion) error {
	for _, d := range all {
		id, into, shop := int64(d.Customer), query.OrNull(d.Into), int64(tx.ShopID)
		statements := []struct {
			text string
			args []any
		}{
			{`update cards set customer_id = $3 where customer_id = $1 and +shop_id = $2`, []any{id, shop, into}},
			{`delete from identities where customer_id = $1 and +shop_id = $2`, []any{id, shop}},
			{`delete from possible_duplicates where (customer_id = $1 or other_id = $1) and +shop_id = $2`, []any{id, shop}},
			{`update customers set deleted_at = $3, updated_at = $3, version = $4, merged_into = $5 where customer_id = $1 and +shop_id = $2`,
				[]any{id, shop, form.Micros(d.At), d.Version, int64(d.Into)}},
		}
		for _, s := range statements {
			if err := tx.Send(ctx, nil, "/* DeleteCustomers */ "+s.text, s.args...); err != nil {
				return fmt.Errorf("store: delete customer %d: %w", d.Customer, err)
			}
		}
	}
	return nil
}

// A CardMove gives a card another owner, 0 for none.
type CardMove struct {
	Card      orderhub.CardID
	Owner     orderhub.CustomerID
	UpdatedAt time.Time
	Version   int64
}

// MoveCards gives cards other owners.
func (tx ShopOrders) MoveCards(ctx context.Context, all []CardMove) error {
	rows := make([][]any, len(all))
	for i, m := range all {
		rows[i] = []any{int64(m.Card), query.OrNull(m.Owner), form.Micros(m.UpdatedAt), m.Version}
	}
	return movedCards.Update(ctx, tx.ShopTx, rows)
}

var movedCards = query.NewUpdater("MoveCards", "cards", []string{"card_id", "customer_id", "updated_at", "version"},
	[]string{"bigint", "bigint", "bigint", "bigint"})

// MoveBonuses makes the bonus points of a customer those of another one.
func (tx ShopOrders) MoveBonuses(ctx context.Context, from, to orderhub.CustomerID) error {
	err := tx.Send(ctx, nil, `/* MoveBonuses */ 
		update bonus_entries set customer_id = $2 where customer_id = $1 and +shop_id = $3`, int64(from), int64(to), int64(tx.ShopID))
	if err != nil {
		return fmt.Errorf("store: bonus points of customer %d: %w", from, err)
	}
	return nil
}

// RemoveCustomers removes customers for good, with their identities. Nothing
// else may refer to them; their events stay.
func (tx ShopOrders) RemoveCustomers(ctx context.Context, ids []orderhub.CustomerID) error {
	err := query.EachChunk(tx, query.IDs(ids), []any{int64(tx.ShopID)}, func(in string, args []any) error {
		for _, from := range []string{
			`identities where customer_id`, `possible_duplicates where customer_id`, `possible_duplicates where other_id`, `customers where customer_id`,
		} {
			if _, err := tx.Exec(ctx, `/* RemoveCustomers */ delete from `+from+` `+in+` and +shop_id = $1`, args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: remove customers: %w", err)
	}
	return nil
}
