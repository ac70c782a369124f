package ecdp

import (
	"cmp"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/customers"
	"orderhub/internal/definitions"
	"orderhub/internal/dialect"
	"orderhub/internal/ordering"
)

// Name is the dialect's name, in keys and events.
const Name = "ecdp"

type api struct {
	dialect.Door
	gate        *access.Gate
	orders      *ordering.Service
	customers   *customers.Service
	definitions *definitions.Keeper
}

// Services are what the dialect asks.
type Services struct {
	Gate        *access.Gate
	Orders      *ordering.Service
	Customers   *customers.Service
	Definitions *definitions.Keeper
}

// New returns the dialect's routes by the prefix under which they are to be
// mounted, and the way in which it says errors.
func New(s Services, log *slog.Logger) (map[string]http.Handler, dialect.Door) {
	a := &api{Door: dialect.Door{Say: sayByKind, Log: log}, gate: s.Gate, orders: s.Orders, customers: s.Customers, definitions: s.Definitions}
	routes := make(map[string]http.Handler)
	mount := func(prefix string, add func(chi.Router)) {
		r := chi.NewRouter()
		add(r)
		r.NotFound(a.Show(func(http.ResponseWriter, *http.Request) error {
			return orderhub.Errorf(orderhub.NotFound, "There is nothing at this address.")
		}))
		r.MethodNotAllowed(a.Show(notAllowed))
		routes[prefix] = r
	}
	mount("/orders", func(r chi.Router) {
		r.Post("/", a.write(a.postOrders))
		r.Put("/status", a.write(a.putStatus))
		r.Get("/{id}", a.read(a.showOrder))
		r.Delete("/{id}", a.write(a.deleteOrder))
	})
	mount("/customers", func(r chi.Router) {
		r.Post("/", a.write(a.postCustomers))
		r.Get("/{id}", a.read(a.showCustomer))
		r.Get("/{by}/{value}", a.read(a.findCustomer))
	})
	for prefix, kind := range map[string]orderhub.DefinitionKind{
		"/customerconsents": orderhub.ConsentDefinition, "/customerattributes": orderhub.CustomerDefinition,
		"/productattributes": orderhub.ProductDefinition, "/orderattributes": orderhub.OrderDefinition,
	} {
		mount(prefix, func(r chi.Router) { r.Get("/", a.read(a.listDefinitions(kind))) })
	}
	mount("/scenariocustomevents", func(r chi.Router) { r.Post("/", a.write(a.postEvent)) })
	return routes, a.Door
}

// An act is a handler that knows for which shop it acts.
type act func(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error

func (a *api) read(do act) http.HandlerFunc  { return a.admit(do, false) }
func (a *api) write(do act) http.HandlerFunc { return a.admit(do, true) }

// admit lets in who has a key, and shows errors in the style that the shop
// chose.
func (a *api) admit(do act, write bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		door := a.Door
		ctx, caller, err := a.gate.Admit(r.Context(), strings.TrimSpace(r.Header.Get("x-api-key")), Name, write)
		if err == nil {
			if substatusSetting.Of(caller.Shop) == publishedSubstatus {
				door.Say = sayPublished
			}
			err = do(w, r.WithContext(ctx), caller.Shop)
		}
		if err != nil {
			door.Fail(w, r, err)
		}
	}
}

func (a *api) postOrders(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	entries, mode, err := decodeOrders(body, shop)
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.Order.Number
	}
	undefined := a.defined(r.Context(), shop, entries)
	if err != nil && len(orderhub.All(undefined)) > 0 { // both, unless one is ours
		var f orderhub.Faults
		f.Add(err)
		f.AddNew(undefined)
		err = f.Err()
	}
	if err := cmp.Or(err, undefined); err != nil {
		return aboutOrders(err, ids)
	}
	if err := a.orders.PutAll(r.Context(), shop, entries, mode); err != nil {
		return aboutOrders(err, ids)
	}
	return encodeIDs(w, ids)
}

func (a *api) showOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	o, c, err := a.orders.FindWithCustomer(r.Context(), shop, orderRef(r))
	if err != nil {
		return aboutOrder(err, orderRef(r).Number)
	}
	return encode(w, http.StatusOK, orderData(o, c))
}

func (a *api) putStatus(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	s, err := decodeStatus(body)
	if err != nil {
		return err
	}
	ref := orderhub.OrderRef{Number: s.order}
	if _, err := a.orders.Advance(r.Context(), shop, ref, s.stage, s.sameWebsite); err != nil {
		return aboutStatus(err, s.order)
	}
	o, c, err := a.orders.FindWithCustomer(r.Context(), shop, ref)
	if err != nil {
		return aboutStatus(err, s.order)
	}
	return encode(w, http.StatusOK, orderData(o, c))
}

func (a *api) deleteOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	_, c, err := a.orders.FindWithCustomer(r.Context(), shop, orderRef(r))
	if err != nil {
		return aboutOrder(err, orderRef(r).Number)
	}
	o, err := a.orders.Delete(r.Context(), shop, orderRef(r))
	if err != nil {
		return aboutOrder(err, orderRef(r).Number)
	}
	if c != nil && c.ID != o.Customer {
		c = nil // linked to another meanwhile
	}
	return encode(w, http.StatusOK, orderData(o, c))
}

func (a *api) postCustomers(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	changes, mode, err := decodeCustomers(body, shop)
	if err != nil {
		return err
	}
	all, err := a.customers.PutAll(r.Context(), shop, changes, mode)
	if err != nil {
		return aboutCustomers(err, shop, changes)
	}
	ids := make([]int64, len(all))
	for i, c := range all {
		ids[i] = int64(c.ID)
	}
	return encodeIDs(w, ids)
}

func (a *api) showCustomer(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	id, err := strconv.ParseInt(dialect.Param(r, "id"), 10, 64)
	if err != nil {
		id = 0
	}
	return a.encodeCustomer(w, r, shop, orderhub.CustomerRef{ID: orderhub.CustomerID(id)})
}

// findCustomer shows a customer by what it is known by.
func (a *api) findCustomer(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	var ref orderhub.CustomerRef
	value := dialect.Param(r, "value")
	switch strings.ToLower(dialect.Param(r, "by")) {
	case "email":
		ref.Email = value
	case "phone":
		ref.Phone = value
	case "crmid":
		ref.ExternalID = value
	default:
		return orderhub.Errorf(orderhub.NotFound, "There is nothing at this address.")
	}
	return a.encodeCustomer(w, r, shop, ref)
}

func (a *api) encodeCustomer(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, ref orderhub.CustomerRef) error {
	known, err := a.customers.Find(r.Context(), shop, ref, 0)
	if orderhub.KindOf(err) == orderhub.NotFound {
		return orderhub.Errorf(orderhub.NotFound, "The customer does not exist.")
	}
	if err != nil {
		return err
	}
	return encode(w, http.StatusOK, customerData(known.Customer))
}

func (a *api) listDefinitions(kind orderhub.DefinitionKind) act {
	return func(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
		all, err := a.definitions.List(r.Context(), shop, kind)
		if err != nil {
			return err
		}
		return encode(w, http.StatusOK, definitionData(all))
	}
}

func (a *api) postEvent(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	e, err := decodeEvent(body)
	if err != nil {
		return err
	}
	if _, err := a.customers.Acted(r.Context(), shop, e.customer, "ecdp.custom_event."+e.id, body); err != nil {
		return err
	}
	return encodeIDs(w, []int64{e.number})
}
