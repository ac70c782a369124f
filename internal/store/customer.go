package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"orderhub"
)

const customerColumns = `customer_id, shop_id, external_id, email, phone,
	name, first_name, middle_name, last_name, gender, birth_year, birth_month, birth_day, group_id,
	unsubscribed, complained, bounced, consents, attributes, extras,
	registered_at, created_at, updated_at, version`

// customerInsert are the columns of a new customer; customerValues follows
// their order after the shop.
var customerInsert = []string{
	"shop_id", "external_id", "email", "phone", "name", "first_name", "middle_name", "last_name",
	"gender", "birth_year", "birth_month", "birth_day", "group_id",
	"unsubscribed", "complained", "bounced", "consents", "attributes", "extras",
	"registered_at", "created_at", "updated_at", "version", "deleted_at",
}

// CreateCustomer stores a new customer and sets its ID and times. Its
// identities are claimed apart, with ClaimIdentities.
func (tx *Tx) CreateCustomer(ctx context.Context, c *orderhub.Customer) error {
	return tx.CreateCustomers(ctx, []*orderhub.Customer{c})
}

// SaveCustomer stores the changed fields of a customer and sets UpdatedAt.
func (tx *Tx) SaveCustomer(ctx context.Context, c *orderhub.Customer) error {
	c.UpdatedAt = tx.now
	_, err := tx.Exec(ctx, `/* SaveCustomer */
		update customers set external_id = $2, email = $3, phone = $4,
			name = $5, first_name = $6, middle_name = $7, last_name = $8,
			gender = $9, birth_year = $10, birth_month = $11, birth_day = $12, group_id = $13,
			unsubscribed = $14, complained = $15, bounced = $16, consents = $17, attributes = $18, extras = $19,
			registered_at = $20, created_at = $21, updated_at = $22, version = $23
		where customer_id = $1`,
		append([]any{c.ID}, customerValues(c)...)...)
	if err != nil {
		return fmt.Errorf("store: save customer %d: %w", c.ID, err)
	}
	return nil
}

// SaveCustomers is SaveCustomer for many customers, in few statements.
func (tx *Tx) SaveCustomers(ctx context.Context, all []*orderhub.Customer) error {
	for _, c := range all {
		c.UpdatedAt = tx.now
	}
	return tx.RestoreCustomers(ctx, all)
}

// RestoreCustomers stores all fields of customers, their times too.
func (tx *Tx) RestoreCustomers(ctx context.Context, all []*orderhub.Customer) error {
	rows := make([][]any, len(all))
	for i, c := range all {
		rows[i] = append([]any{int64(c.ID)}, customerValues(c)...)
	}
	return savedCustomers.update(ctx, tx, rows)
}

var savedCustomers = newUpdater("SaveCustomers", "customers", customerSaved(), columnTypes(customerValues(new(orderhub.Customer))))

// customerSaved are the columns of savedCustomers: all but those that never
// change.
func customerSaved() []string {
	of := customerInsert[1 : len(customerInsert)-1] // neither the shop nor deleted_at
	return append([]string{"customer_id"}, of...)
}

// columnTypes are the types in which a key and the values behind it travel;
// the database fits numbers to the width of their columns.
func columnTypes(values []any) []string {
	types := []string{"bigint"}
	for _, v := range values {
		switch v.(type) {
		case string:
			types = append(types, "text")
		case bool:
			types = append(types, "boolean")
		default:
			types = append(types, "bigint")
		}
	}
	return types
}

// customerValues are the values of a customer's columns after its ids.
func customerValues(c *orderhub.Customer) []any {
	return []any{
		c.ExternalID, c.Email, c.Phone,
		c.Name, c.FirstName, c.MiddleName, c.LastName,
		int(c.Gender), c.Birthday.Year, c.Birthday.Month, c.Birthday.Day, orNull(c.Group),
		c.Unsubscribed, c.Complained, c.Bounced, consentsJSON(c.Consents), string(c.Attributes.JSON()), string(c.Extras.JSON()),
		micros(c.RegisteredAt), micros(c.CreatedAt), micros(c.UpdatedAt), c.Version,
	}
}

// Customer finds a customer of a shop and, in an Update, holds it until the
// transaction ends. It is a NotFound error when the shop has no such customer.
func (tx *Tx) Customer(ctx context.Context, shop orderhub.ShopID, id orderhub.CustomerID) (*orderhub.Customer, error) {
	all, err := tx.customers(ctx, `where customer_id = $1 and shop_id = $2 and deleted_at = 0`+tx.hold, id, shop)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, orderhub.Errorf(orderhub.NotFound, "no customer with id %d", id)
	}
	return all[0], nil
}

// CustomerByRef finds a customer of a shop and, in an Update, holds it until
// the transaction ends. The reference's e-mail address and phone number must be
// in the form in which they are compared. It is a NotFound error when the shop
// has no such customer; a foreign one is exactly as unknown as one that never
// was.
func (tx *Tx) CustomerByRef(ctx context.Context, shop orderhub.ShopID, ref orderhub.CustomerRef) (*orderhub.Customer, error) {
	for _, by := range []struct {
		kind  orderhub.Identity // "" is our own id
		value string
	}{{orderhub.ByExternal, ref.ExternalID}, {"", ""}, {orderhub.ByEmail, ref.Email}, {orderhub.ByPhone, ref.Phone}} {
		id := ref.ID
		if by.kind != "" {
			if by.value == "" || !orderhub.Storable(by.value) {
				continue
			}
			var err error
			if id, err = tx.CustomerBy(ctx, shop, by.kind, by.value); err != nil {
				return nil, err
			}
		}
		if id == 0 {
			continue
		}
		c, err := tx.Customer(ctx, shop, id)
		if orderhub.KindOf(err) != orderhub.NotFound {
			return c, err
		}
	}
	return nil, orderhub.Errorf(orderhub.NotFound, "no customer %s", ref)
}

// DeleteCustomer marks a customer deleted, frees its identities and unlinks
// its orders, which keep what they say of their buyer, and its cards.
func (tx *Tx) DeleteCustomer(ctx context.Context, id orderhub.CustomerID) error {
	for _, act := range []struct {
		statement string
		args      []any
	}{
		{`update orders set customer_id = null where customer_id = $1`, []any{id}},
		{`update cards set customer_id = null, updated_at = $2 where customer_id = $1 and deleted_at = 0`, []any{id, micros(tx.now)}},
		{`update cards set customer_id = null where customer_id = $1`, []any{id}}, // deleted ones stay as old as they are
		{`delete from identities where customer_id = $1`, []any{id}},
		{`delete from possible_duplicates where customer_id = $1 or other_id = $1`, []any{id}},
		{`update customers set deleted_at = $2, updated_at = $2 where customer_id = $1`, []any{id, micros(tx.now)}},
	} {
		if _, err := tx.Exec(ctx, "/* DeleteCustomer */ "+act.statement, act.args...); err != nil {
			return fmt.Errorf("store: delete customer %d: %w", id, err)
		}
	}
	return nil
}

// FreeIdentity lets an identity mean nobody again, if it means this customer.
func (tx *Tx) FreeIdentity(ctx context.Context, shop orderhub.ShopID, kind orderhub.Identity, value string, id orderhub.CustomerID) error {
	_, err := tx.Exec(ctx, freeIdentity, shop, string(kind), value, id)
	if err != nil {
		return fmt.Errorf("store: free %s: %w", kind, err)
	}
	return nil
}

const freeIdentity = `/* FreeIdentity */
	delete from identities where shop_id = $1 and kind = $2 and value = $3 and customer_id = $4`

// FreeIdentities is FreeIdentity for many, which nobody waits for.
func (tx *Tx) FreeIdentities(ctx context.Context, shop orderhub.ShopID, claims []Claim) error {
	for _, c := range inSequence(claims) {
		if err := tx.Send(ctx, nil, freeIdentity, int64(shop), string(c.Kind), c.Value, int64(c.Customer)); err != nil {
			return fmt.Errorf("store: free %s: %w", c.Kind, err)
		}
	}
	return nil
}

// CustomersOf returns the customers linked to orders, each once.
func (tx *Tx) CustomersOf(ctx context.Context, orders []*orderhub.Order) ([]*orderhub.Customer, error) {
	seen := make(map[orderhub.CustomerID]bool)
	var ids []any
	for _, o := range orders {
		if o.Customer != 0 && !seen[o.Customer] {
			seen[o.Customer] = true
			ids = append(ids, int64(o.Customer))
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return tx.customers(ctx, `where customer_id in (`+list(1, len(ids))+`) order by customer_id`, ids...)
}

func (tx *Tx) customers(ctx context.Context, where string, args ...any) ([]*orderhub.Customer, error) {
	rows, err := tx.Query(ctx, `/* customers */ select `+customerColumns+` from customers c `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: customers: %w", err)
	}
	defer rows.Close()
	var all []*orderhub.Customer
	for rows.Next() {
		c, err := scanCustomer(rows)
		if err != nil {
			return nil, fmt.Errorf("store: customers: %w", err)
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

func scanCustomer(rows Rows) (*orderhub.Customer, error) {
	c := new(orderhub.Customer)
	var gender int
	var group *int64
	var consents, attributes, extras []byte
	var registered, created, updated int64
	err := rows.Scan((*int64)(&c.ID), (*int64)(&c.Shop), &c.ExternalID, &c.Email, &c.Phone,
		&c.Name, &c.FirstName, &c.MiddleName, &c.LastName, &gender,
		&c.Birthday.Year, &c.Birthday.Month, &c.Birthday.Day, &group,
		&c.Unsubscribed, &c.Complained, &c.Bounced, &consents, &attributes, &extras,
		&registered, &created, &updated, &c.Version)
	if err != nil {
		return nil, err
	}
	c.Gender = orderhub.Gender(gender)
	if group != nil {
		c.Group = orderhub.GroupID(*group)
	}
	c.RegisteredAt, c.CreatedAt, c.UpdatedAt = instant(registered), instant(created), instant(updated)
	if err := json.Unmarshal(consents, &c.Consents); err != nil {
		return nil, err
	}
	if len(c.Consents) == 0 {
		c.Consents = nil // none is nil, as it was when it was stored
	}
	if c.Attributes, err = orderhub.ParseAttributes(attributes); err != nil {
		return nil, err
	}
	c.Extras, err = orderhub.ParseExtras(extras)
	return c, err
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

// CustomerBy finds whom an identity means, 0 for nobody. The value must be in
// the form in which identities are compared.
func (tx *Tx) CustomerBy(ctx context.Context, shop orderhub.ShopID, kind orderhub.Identity, value string) (orderhub.CustomerID, error) {
	var id int64
	_, err := queryRow(ctx, tx, `/* CustomerBy */
		select customer_id from identities where shop_id = $1 and kind = $2 and value = $3`,
		[]any{shop, string(kind), value}, &id)
	if err != nil {
		return 0, fmt.Errorf("store: customer by %s: %w", kind, err)
	}
	return orderhub.CustomerID(id), nil
}

// A Known is whom an identity means.
type Known struct {
	Customer orderhub.CustomerID // 0 for nobody
	Named    bool                // the customer's name is known
}

// WhoIs finds whom identities mean, in their order, in one statement.
func (tx *Tx) WhoIs(ctx context.Context, shop orderhub.ShopID, identities []Claim) ([]Known, error) {
	known := make([]Known, len(identities))
	if len(identities) == 0 {
		return known, nil
	}
	args := []any{int64(shop)}
	for _, i := range identities {
		args = append(args, string(i.Kind), i.Value)
	}
	rows, err := tx.Query(ctx, whoIs(len(identities)), args...)
	if err != nil {
		return nil, fmt.Errorf("store: who is: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		var k Known
		if err := rows.Scan(&n, (*int64)(&k.Customer), &k.Named); err != nil {
			return nil, fmt.Errorf("store: who is: %w", err)
		}
		known[n] = k
	}
	return known, rows.Err()
}

// whoIs is the query for so many identities. A person has three at most, so
// that its text is rarely made.
func whoIs(identities int) string {
	if text, ok := whoIsTexts[identities]; ok {
		return text
	}
	return whoIsText(identities)
}

var whoIsTexts = map[int]string{1: whoIsText(1), 2: whoIsText(2), 3: whoIsText(3)}

func whoIsText(identities int) string {
	arms := make([]string, identities)
	for n := range arms {
		arms[n] = fmt.Sprintf(`select %d, c.customer_id, c.name <> ''
			from identities i join customers c on c.customer_id = i.customer_id
			where i.shop_id = $1 and i.kind = $%d and i.value = $%d`, n, 2*n+2, 2*n+3)
	}
	return "/* WhoIs */ " + strings.Join(arms, " union all ")
}

// NoteDuplicates lists two customers as possibly one person.
func (tx *Tx) NoteDuplicates(ctx context.Context, shop orderhub.ShopID, a, b orderhub.CustomerID) error {
	_, err := tx.Exec(ctx, `/* NoteDuplicates */
		insert into possible_duplicates (customer_id, other_id, shop_id, found_at) values ($1, $2, $3, $4)
		on conflict (customer_id, other_id) do nothing`,
		min(a, b), max(a, b), shop, micros(tx.now))
	if err != nil {
		return fmt.Errorf("store: possible duplicates: %w", err)
	}
	return nil
}

// PossibleDuplicates lists the pairs of a shop's customers that may be one
// person, the newest first, at most limit.
func (tx *Tx) PossibleDuplicates(ctx context.Context, shop orderhub.ShopID, limit int) ([][2]orderhub.CustomerID, error) {
	rows, err := tx.Query(ctx, `/* PossibleDuplicates */
		select customer_id, other_id from possible_duplicates
		where shop_id = $1 order by found_at desc, customer_id desc limit $2`, shop, limit)
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
