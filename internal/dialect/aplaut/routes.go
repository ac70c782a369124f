package aplaut

import (
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/customers"
	"orderhub/internal/dialect"
	"orderhub/internal/once"
	"orderhub/internal/ordering"
)

// Name is the dialect's name, in keys and events.
const Name = "aplaut"

// Prefix is where the dialect is mounted.
const Prefix = "/v4"

type api struct {
	dialect.Door
	gate      *access.Gate
	orders    *ordering.Service
	customers *customers.Service
	answers   *once.Keeper
}

// Services are what the dialect asks.
type Services struct {
	Gate      *access.Gate
	Orders    *ordering.Service
	Customers *customers.Service
	Answers   *once.Keeper
}

// New returns the dialect's routes, to be mounted under Prefix, and the way
// in which it says errors.
func New(s Services, log *slog.Logger) (http.Handler, dialect.Door) {
	a := &api{Door: dialect.Door{Say: sayJSONAPI, Log: log}, gate: s.Gate, orders: s.Orders, customers: s.Customers, answers: s.Answers}
	r := chi.NewRouter()
	r.Get("/orders", a.read(a.listOrders))
	r.Post("/orders", a.write(a.placeOrder))
	r.Get("/orders/{id}", a.read(a.showOrder))
	r.Put("/orders/{id}", a.write(a.putOrder))
	r.Patch("/orders/{id}", a.write(a.patchOrder))
	r.Delete("/orders/{id}", a.write(a.deleteOrder))
	r.Get("/consumers", a.read(a.listConsumers))
	r.Post("/consumers", a.write(a.registerConsumer))
	r.Get("/consumers/{id}", a.read(a.showConsumer))
	r.Put("/consumers/{id}", a.write(a.putConsumer))
	r.Patch("/consumers/{id}", a.write(a.patchConsumer))
	r.Delete("/consumers/{id}", a.write(a.deleteConsumer))
	r.Get("/consumers/{id}/orders", a.read(a.listConsumerOrders))
	r.NotFound(a.Show(func(http.ResponseWriter, *http.Request) error {
		return orderhub.Errorf(orderhub.NotFound, "there is nothing at this address")
	}))
	r.MethodNotAllowed(a.Show(notAllowed))
	return r, a.Door
}

// An act is a handler that knows for which shop it acts.
type act func(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error

func (a *api) read(do act) http.HandlerFunc  { return a.admit(do, false) }
func (a *api) write(do act) http.HandlerFunc { return a.admit(do, true) }

// admit lets in who has a key, checks the media types and shows errors in the
// style that the shop chose.
func (a *api) admit(do act, write bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		door := a.Door
		r = withDocument(r)
		err := func() error {
			ctx, caller, err := a.gate.Admit(r.Context(), secret(r), Name, write)
			if err != nil {
				return err
			}
			if errorStyle.Of(caller.Shop) == vendorStyle {
				door.Say = sayVendor
			}
			if err := acceptable(r); err != nil {
				return err
			}
			return do(w, r.WithContext(ctx), caller.Shop)
		}()
		if err != nil {
			door.Fail(w, r, err)
		}
	}
}

func (a *api) placeOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	view, err := decodeView(r, writing)
	if err != nil {
		return err
	}
	body, err := readBody(w, r, shop)
	if err != nil {
		return err
	}
	o, err := decodeOrder(body, shop)
	if err != nil {
		return err
	}
	return a.create(w, r, shop, body,
		func(once *once.Once) error { return a.orders.PlaceOnce(r.Context(), shop, o, once) },
		func() (string, document) { return orderAddress(r, o.ID), singleOrder(r, shop, o, nil, view) })
}

func (a *api) listOrders(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	l, err := decodeList(r, shop, orderCollection)
	if err != nil {
		return err
	}
	page, linked, err := a.orders.ListWithCustomers(r.Context(), shop, orderhub.OrderFilter{
		Placed: l.created, Updated: l.updated,
		Sort: l.sort, After: l.after, Skip: l.skip(), Limit: l.perPage, Total: true,
	})
	if err != nil {
		return err
	}
	return encodeOrders(w, r, shop, l, page, linked)
}

func (a *api) showOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	view, err := decodeView(r, orderCollection)
	if err != nil {
		return err
	}
	o, c, err := a.orders.FindWithCustomer(r.Context(), shop, orderRef(r))
	if err != nil {
		return err
	}
	return encode(w, http.StatusOK, singleOrder(r, shop, o, c, view))
}

func (a *api) putOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	return a.amendOrder(w, r, shop, orderhub.Mode{New: true, Existing: true})
}

func (a *api) patchOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	return a.amendOrder(w, r, shop, orderhub.Mode{Existing: true})
}

func (a *api) amendOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, mode orderhub.Mode) error {
	view, err := decodeView(r, writing)
	if err != nil {
		return err
	}
	change, id, err := decodeChange(w, r, shop)
	if err != nil {
		return err
	}
	ref := orderRef(r)
	err = id.check(ref.Number, func() (int64, error) {
		o, err := a.orders.Find(r.Context(), shop, ref)
		if err != nil {
			return 0, err
		}
		return int64(o.ID), nil
	})
	if err != nil {
		return err
	}
	o, made, err := a.orders.Amend(r.Context(), shop, ref, change, mode)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if made {
		status = http.StatusCreated
		w.Header().Set("Location", orderAddress(r, o.ID))
	}
	return encode(w, status, singleOrder(r, shop, o, nil, view))
}

func (a *api) deleteOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	if _, err := a.orders.Delete(r.Context(), shop, orderRef(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
