package loyalty

import (
	"context"
	"maps"
	"slices"

	"orderhub"
	"orderhub/internal/store"
)

// owners find the customers that the rows of a file name, all of them in few
// statements. A row names its customer by the first that it gives of external
// id, e-mail address and phone number; the rest of it decides nothing.
type owners struct {
	shop   *orderhub.Shop
	wanted map[orderhub.Identity][]string
	found  map[orderhub.Identity]map[string]orderhub.CustomerID
}

// identity is what a reference names its customer by, in the form in which it
// is compared, and the field of it; "" is a reference that names nobody. The
// error says that nobody can be named so.
func (o *owners) identity(ref orderhub.CustomerRef) (kind orderhub.Identity, value, field string, err error) {
	switch {
	case ref.ExternalID != "":
		if !orderhub.Storable(ref.ExternalID) {
			err = orderhub.Wrong("customer", "is not text that can be stored")
		}
		return orderhub.ByExternal, ref.ExternalID, "customer", err
	case ref.Email != "":
		email, ok := orderhub.ParseEmail(ref.Email)
		if !ok || !orderhub.Storable(email) {
			err = orderhub.Wrong("customer_email", "is not an e-mail address")
		}
		return orderhub.ByEmail, email, "customer_email", err
	case ref.Phone != "":
		digits := o.shop.Phone(ref.Phone).Digits()
		if digits == "" {
			err = orderhub.Wrong("customer_phone", "is not a phone number")
		}
		return orderhub.ByPhone, digits, "customer_phone", err
	}
	return "", "", "", nil
}

// want notes whom to look up.
func (o *owners) want(ref orderhub.CustomerRef) {
	if kind, value, _, err := o.identity(ref); kind != "" && err == nil {
		if o.wanted == nil {
			o.wanted = make(map[orderhub.Identity][]string)
		}
		o.wanted[kind] = append(o.wanted[kind], value)
	}
}

// lookUp finds all who are wanted. When they are held, they stay customers
// until the transaction ends.
func (o *owners) lookUp(ctx context.Context, tx *store.Tx, held bool) (err error) {
	for _, all := range o.wanted {
		slices.Sort(all)
	}
	for kind, all := range o.wanted {
		o.wanted[kind] = slices.Compact(all)
	}
	if o.found, err = o.ask(ctx, tx); err != nil || !held || len(o.wanted) == 0 {
		return err
	}
	var ids []orderhub.CustomerID
	for _, some := range o.found {
		ids = slices.AppendSeq(ids, maps.Values(some))
	}
	if err := tx.HoldCustomers(ctx, ids); err != nil {
		return err
	}
	again, err := o.ask(ctx, tx)
	if err != nil {
		return err
	}
	for kind, some := range again {
		if !maps.Equal(some, o.found[kind]) {
			return store.ErrOvertaken // somebody was deleted, or renamed, before we held him
		}
	}
	return nil
}

func (o *owners) ask(ctx context.Context, tx *store.Tx) (map[orderhub.Identity]map[string]orderhub.CustomerID, error) {
	found := make(map[orderhub.Identity]map[string]orderhub.CustomerID, len(o.wanted))
	for kind, all := range o.wanted {
		some, err := tx.CustomersBy(ctx, o.shop.ID, kind, all)
		if err != nil {
			return nil, err
		}
		found[kind] = some
	}
	return found, nil
}

// whose is the customer that a reference names. The first error says that it
// can name nobody, the second that it names nobody whom the shop knows.
func (o *owners) whose(ref orderhub.CustomerRef) (id orderhub.CustomerID, wrong, unknown error) {
	kind, value, field, wrong := o.identity(ref)
	if kind == "" || wrong != nil {
		return 0, wrong, nil
	}
	id = o.found[kind][value]
	if id == 0 {
		unknown = orderhub.Wrong(field, "is not a customer of this shop")
	}
	return id, nil, unknown
}
