package loyalty

import (
	"errors"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/customers"
)

// owners find the customers that the rows of a file name. A row names its
// customer by the first that it gives of external id, e-mail address and phone
// number; the rest of it decides nothing.
type owners struct {
	shop      *orderhub.Shop
	customers *customers.Set
}

// named is what a reference names its customer by, and the field of it; the
// zero reference names none. The error says that no customer can be named so.
func (o owners) named(ref orderhub.CustomerRef) (by orderhub.CustomerRef, field string, err error) {
	switch {
	case ref.ExternalID != "":
		if !orderhub.Storable(ref.ExternalID) {
			err = orderhub.Wrong("customer", "is not text that can be stored")
		}
		return orderhub.CustomerRef{ExternalID: ref.ExternalID}, "customer", err
	case ref.Email != "":
		email, ok := orderhub.ParseEmail(ref.Email)
		if !ok || !orderhub.Storable(email) {
			err = orderhub.Wrong("customer_email", "is not an e-mail address")
		}
		return orderhub.CustomerRef{Email: email}, "customer_email", err
	case ref.Phone != "":
		if o.shop.Phone(ref.Phone).Digits() == "" {
			err = orderhub.Wrong("customer_phone", "is not a phone number")
		}
		return orderhub.CustomerRef{Phone: ref.Phone}, "customer_phone", err
	}
	return orderhub.CustomerRef{}, "", nil
}

// ask has the customer read that a reference names.
func (o owners) ask(ref orderhub.CustomerRef) {
	if by, _, err := o.named(ref); err == nil {
		o.customers.AskRef(by)
	}
}

// find returns the customer that a reference names. What cannot name one is
// noted as wrong, a name that the shop does not know as a conflict.
func (o owners) find(ref orderhub.CustomerRef, wrong, conflict *orderhub.Faults) (orderhub.CustomerID, error) {
	by, field, err := o.named(ref)
	if err != nil || field == "" {
		wrong.Add(err)
		return 0, nil
	}
	c, err := o.customers.Find(by)
	switch {
	case errors.Is(err, batch.ErrMore):
		return 0, err
	case orderhub.KindOf(err) == orderhub.NotFound:
		conflict.Wrong(field, "is not a customer of this shop")
		return 0, nil
	case err != nil:
		return 0, err
	}
	return c.ID, nil
}
