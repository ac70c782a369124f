package virtpos

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/customers"
	"orderhub/internal/dialect"
	"orderhub/internal/loyalty"
	"orderhub/internal/ordering"
)

// Name is the dialect's name, in keys and events.
const Name = "virtpos"

// Prefix is where the dialect is mounted.
const Prefix = "/api"

type api struct {
	dialect.Door
	gate      *access.Gate
	orders    *ordering.Service
	customers *customers.Service
	loyalty   *loyalty.Service
}

// Services are what the dialect asks.
type Services struct {
	Gate      *access.Gate
	Orders    *ordering.Service
	Customers *customers.Service
	Loyalty   *loyalty.Service
}

// An act is a handler that knows for which shop it acts, and what the request
// says.
type act func(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error

// New returns the dialect's routes, to be mounted under Prefix, and the way
// in which it says errors.
func New(s Services, log *slog.Logger) (http.Handler, dialect.Door) {
	a := &api{Door: dialect.Door{Say: say, Log: log}, gate: s.Gate, orders: s.Orders, customers: s.Customers, loyalty: s.Loyalty}
	r := chi.NewRouter()
	add := func(subject subject, write bool, do act, paths ...string) {
		for _, path := range paths {
			r.Handle(path, a.admit(subject, write, do))
		}
	}
	add(aCustomer, false, a.listOrders, "/orders")
	add(aCustomer, false, a.listCustomers, "/customer")
	add(aCustomer, true, a.updateCustomer, "/customer/update")
	add(aCustomer, true, a.deleteCustomer, "/customer/delete")
	add(aCard, true, a.updateCard, "/customer/updatecard", "/orders/updatecard", "/card/updatecard", "/card/update")
	add(aCard, true, a.insertCard, "/customer/insertcard", "/orders/insertcard", "/card/insertcard", "/card/insert")
	add(aCard, true, a.deleteCard, "/customer/deletecard", "/orders/deletecard", "/card/deletecard", "/card/delete")
	add(aCard, false, a.drawSVG, "/card/barcode.svg")
	add(aCard, false, a.drawPNG, "/card/barcode.png")
	r.NotFound(a.Show(noMethod))
	r.MethodNotAllowed(a.Show(noMethod))
	return anyCase(r), a.Door
}

// anyCase lets addresses be written in any letter case and end with a slash.
func anyCase(routes http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := chi.RouteContext(r.Context())
		at.RoutePath = "/" + strings.ToLower(strings.Trim(at.RoutePath, "/"))
		routes.ServeHTTP(w, r)
	})
}

// admit reads what the request says and lets in who has a key.
func (a *api) admit(of subject, write bool, do act) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, broken := readParams(w, r)
		r = r.WithContext(context.WithValue(r.Context(), askedKey{}, asked{format: p["format"], of: of}))
		if err := a.enter(w, r, write, do, p, broken); err != nil {
			a.Fail(w, r, err)
		}
	}
}

func (a *api) enter(w http.ResponseWriter, r *http.Request, write bool, do act, p params, broken error) error {
	if broken != nil && p["apikey"] == "" {
		return broken // the key may be in what cannot be read
	}
	ctx, caller, err := a.gate.Admit(r.Context(), p["apikey"], Name, write)
	switch {
	case err != nil:
		return err
	case broken != nil:
		return broken
	case !known(p["format"]):
		return orderhub.Wrong("format", "is unknown")
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return orderhub.Wrong("method", "is neither GET nor POST")
	}
	return do(w, r.WithContext(ctx), caller.Shop, p)
}

func (a *api) listOrders(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	filter, refs, err := decodeOrders(p, shop, a.customers.Now())
	if err != nil {
		return err
	}
	if len(refs) > 0 {
		of, err := a.findCustomer(r.Context(), shop, refs)
		if err != nil {
			return err
		}
		filter.Customer = of.ID
	}
	total, orders, err := a.orders.Walk(r.Context(), shop, "", filter, maxOrders)
	if err != nil {
		return err
	}
	if total > maxOrders {
		return orderhub.Wrong("orders", "are too many")
	}
	return giveOrders(w, r, shop, orders)
}

// findCustomer tries one reference after the other; the next only when the
// former finds nobody.
func (a *api) findCustomer(ctx context.Context, shop *orderhub.Shop, refs []orderhub.CustomerRef) (*orderhub.Customer, error) {
	var err error
	for _, ref := range refs {
		var found *customers.Known
		if found, err = a.customers.Find(ctx, shop, ref, 0); orderhub.KindOf(err) != orderhub.NotFound {
			return found.Customer, err
		}
	}
	return nil, err
}

func (a *api) listCustomers(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	l, err := decodeCustomers(p, shop)
	if err != nil {
		return err
	}
	page := &orderhub.CustomerPage{}
	if len(l.refs) > 0 {
		found, err := a.findCustomer(r.Context(), shop, l.refs)
		switch {
		case orderhub.KindOf(err) == orderhub.NotFound && !l.named:
		case err != nil:
			return err
		case !l.filter.WithPhone || found.Phone != "":
			page.Customers = append(page.Customers, found)
		}
	} else {
		listed, err := a.customers.List(r.Context(), shop, l.filter, 0)
		if err != nil {
			return err
		}
		page = &listed.CustomerPage
	}
	shown, err := a.describe(r.Context(), shop, l, page.Customers)
	if err != nil {
		return err
	}
	giveCustomers(w, r, shop, l, page.Total, shown)
	return nil
}

func (a *api) updateCustomer(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	change, refs, create, err := decodeCustomer(p, shop)
	if err != nil {
		return err
	}
	if len(refs) == 0 {
		refs = []orderhub.CustomerRef{{}} // nobody: a new one
	}
	for i, ref := range refs {
		last := i == len(refs)-1
		c, made, err := a.customers.Amend(r.Context(), shop, ref, change, orderhub.Mode{Existing: true, New: create && last})
		if orderhub.KindOf(err) == orderhub.NotFound && !last {
			continue
		}
		if err != nil {
			return err
		}
		giveID(w, r, int64(c.ID), made)
		return nil
	}
	return nil
}

func (a *api) deleteCustomer(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	refs, err := decodeCustomerKeys(p, shop)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err = a.orders.DeleteCustomer(r.Context(), shop, ref); orderhub.KindOf(err) != orderhub.NotFound {
			break
		}
	}
	if err != nil {
		return err
	}
	giveDone(w, r)
	return nil
}

func (a *api) updateCard(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	ref, change, create, err := decodeCard(p, shop)
	if err != nil {
		return err
	}
	if ref == (orderhub.CardRef{}) && !create {
		return orderhub.Absent("card")
	}
	c, made, err := a.loyalty.AmendCard(r.Context(), shop, ref, change, orderhub.Mode{Existing: true, New: create})
	if err != nil {
		return err
	}
	giveID(w, r, int64(c.ID), made)
	return nil
}

func (a *api) insertCard(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	_, change, _, err := decodeCard(p, shop)
	if err != nil {
		return err
	}
	c, err := a.loyalty.Issue(r.Context(), shop, change)
	if err != nil {
		return err
	}
	giveID(w, r, int64(c.ID), true)
	return nil
}

func (a *api) deleteCard(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	ref, err := decodeCardKeys(p, shop)
	if err != nil {
		return err
	}
	if _, err := a.loyalty.DeleteCard(r.Context(), shop, ref); err != nil {
		return err
	}
	giveDone(w, r)
	return nil
}
