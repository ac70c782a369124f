package aplaut

import (
	"net/http"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/once"
)

// maxLinked is how many of a consumer's orders its relationship names, the
// newest first. What lies before is found by following links.related.
const maxLinked = 25

func (a *api) registerConsumer(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	view, err := decodeView(r, writing)
	if err != nil {
		return err
	}
	body, err := readBody(w, r, shop)
	if err != nil {
		return err
	}
	c, err := decodeConsumer(body, shop)
	if err != nil {
		return err
	}
	return a.create(w, r, shop, body,
		func(once *once.Once) error { return a.customers.Register(r.Context(), shop, c, once) },
		func() (string, document) {
			return consumerAddress(r, c.ID), singleConsumer(r, shop, &customers.Known{Customer: c}, view)
		})
}

func (a *api) listConsumers(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	l, err := decodeList(r, shop, consumerCollection)
	if err != nil {
		return err
	}
	page, err := a.customers.List(r.Context(), shop, orderhub.CustomerFilter{
		Unsubscribed: l.unsubscribed, Registered: l.created, Updated: l.updated,
		Sort: l.sort, After: l.after, Skip: l.skip(), Limit: l.perPage, Total: true,
	}, maxLinked)
	if err != nil {
		return err
	}
	objects := make([]object, len(page.Known))
	for i, k := range page.Known {
		objects[i] = knownObject(r, shop, k, l.view)
	}
	return encode(w, http.StatusOK, document{
		Data:     objects,
		Included: includedOrders(r, shop, page.Known, l.view),
		Links:    pageLinks(r, l, page.More, page.Next, page.Total),
		Meta:     countOf(page.Total),
	})
}

func (a *api) showConsumer(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	view, err := decodeView(r, consumerCollection)
	if err != nil {
		return err
	}
	known, err := a.customers.Find(r.Context(), shop, consumerRef(r), maxLinked)
	if err != nil {
		return err
	}
	return encode(w, http.StatusOK, singleConsumer(r, shop, known, view))
}

// listConsumerOrders shows the orders linked to a consumer.
func (a *api) listConsumerOrders(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	l, err := decodeList(r, shop, orderCollection)
	if err != nil {
		return err
	}
	known, err := a.customers.Find(r.Context(), shop, consumerRef(r), 1)
	if err != nil {
		return err
	}
	page, linked, err := a.orders.ListWithCustomers(r.Context(), shop, orderhub.OrderFilter{
		Customer: known.ID, Placed: l.created, Updated: l.updated,
		Sort: l.sort, After: l.after, Skip: l.skip(), Limit: l.perPage, Total: true,
	})
	if err != nil {
		return err
	}
	return encodeOrders(w, r, shop, l, page, linked)
}

func (a *api) putConsumer(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	return a.amendConsumer(w, r, shop, orderhub.Mode{New: true, Existing: true})
}

func (a *api) patchConsumer(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	return a.amendConsumer(w, r, shop, orderhub.Mode{Existing: true})
}

func (a *api) amendConsumer(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, mode orderhub.Mode) error {
	view, err := decodeView(r, writing)
	if err != nil {
		return err
	}
	change, id, err := decodeConsumerChange(w, r, shop)
	if err != nil {
		return err
	}
	ref := consumerRef(r)
	err = id.check(ref.ExternalID, func() (int64, error) {
		known, err := a.customers.Find(r.Context(), shop, ref, 1)
		if err != nil {
			return 0, err
		}
		return int64(known.ID), nil
	})
	if err != nil {
		return err
	}
	c, made, err := a.customers.Amend(r.Context(), shop, ref, change, mode)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if made {
		status = http.StatusCreated
		w.Header().Set("Location", consumerAddress(r, c.ID))
	}
	known, err := a.customers.Find(r.Context(), shop, orderhub.CustomerRef{ID: c.ID}, maxLinked)
	if err != nil {
		return err
	}
	return encode(w, status, singleConsumer(r, shop, known, view))
}

func (a *api) deleteConsumer(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	if err := a.orders.DeleteCustomer(r.Context(), shop, consumerRef(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
