package usam

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/dialect"
	"orderhub/internal/ordering"
)

// Name is the dialect's name, in keys and events.
const Name = "usam"

// Prefix is where the dialect is mounted.
const Prefix = "/wp-json"

// Query is the parameter by which a request to / means a route of the
// dialect, as on a WordPress site without permalinks.
const Query = "rest_route"

const namespace = "usam/v1"

type api struct {
	dialect.Door
	gate   *access.Gate
	orders *ordering.Service
	routes []route
}

// Services are what the dialect asks.
type Services struct {
	Gate   *access.Gate
	Orders *ordering.Service
}

// A route is one address of the dialect with what it does for each method.
type route struct {
	path  string // below the namespace, as chi has it
	shown string // as WordPress shows it, "" when the same
	acts  map[string]act
}

// An act is a handler that knows for which shop it acts, and what the request
// says.
type act func(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error

// New returns the dialect's routes, to be mounted under Prefix, and the way
// in which it says errors.
func New(s Services, log *slog.Logger) (http.Handler, dialect.Door) {
	a := &api{Door: dialect.Door{Say: say, Log: log}, gate: s.Gate, orders: s.Orders}
	a.routes = []route{
		{"/orders", "", map[string]act{"GET": a.listOrders, "POST": a.placeOrList, "PUT": a.amendOrders}},
		{"/order", "", map[string]act{"POST": a.placeOrder}},
		{"/order/{id:[0-9]+}", `/order/(?P<id>\d+)`, map[string]act{"GET": a.showOrder, "POST": a.amendOrder, "DELETE": a.deleteOrder}},
		{"/order/status/{id:[0-9]+}", `/order/status/(?P<id>\d+)`, map[string]act{"GET": a.showStatus}},
		{"/order/copy/{id:[0-9]+}", `/order/copy/(?P<id>\d+)`, map[string]act{"GET": a.copyOrder}},
		{"/order/payment_number/{number}", `/order/payment_number/(?P<number>\S+)`, map[string]act{"GET": a.showByPayment}},
		{"/statuses", "", map[string]act{"GET": a.listStatuses, "POST": a.listStatuses}},
		{"/units", "", map[string]act{"GET": a.listUnits}},
		{"/properties", "", map[string]act{"GET": a.listProperties}},
		{"/property_groups", "", map[string]act{"GET": a.listPropertyGroups}},
		{"/types_payers", "", map[string]act{"GET": a.listPayers}},
		{"/type_prices", "", map[string]act{"GET": a.listPriceTypes}},
	}
	r := chi.NewRouter()
	r.Get("/", a.Show(a.showSite))
	r.Get("/"+namespace, a.Show(a.showNamespace))
	for _, x := range a.routes {
		for method, do := range x.acts {
			r.Method(method, "/"+namespace+x.path, a.admit(do, writes(method, x.path)))
		}
	}
	r.NotFound(a.Show(noRoute))
	r.MethodNotAllowed(a.Show(noRoute))
	return redirected(r), a.Door
}

// writes says whether an act needs a key that may write. POST on a list may
// turn out to be a list, and GET on a copy makes an order.
func writes(method, path string) bool {
	if method == http.MethodGet {
		return strings.HasPrefix(path, "/order/copy/")
	}
	return path != "/statuses" && !(path == "/orders" && method == http.MethodPost)
}

// redirected takes a request to the route and the method that it really
// means, before it is routed.
func redirected(routes http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := chi.RouteContext(r.Context())
		query := r.URL.Query()
		if query.Has(Query) && !strings.HasPrefix(r.URL.Path, Prefix) {
			at.RoutePath = "/" + strings.TrimPrefix(query.Get(Query), "/")
		}
		if len(at.RoutePath) > 1 {
			at.RoutePath = strings.TrimSuffix(at.RoutePath, "/")
		}
		if r.Method == http.MethodPost {
			method := strings.ToUpper(r.Header.Get("X-HTTP-Method-Override"))
			if query.Has("_method") {
				method = strings.ToUpper(query.Get("_method"))
			}
			if slices.Contains([]string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete}, method) {
				r = r.Clone(r.Context())
				r.Method, at.RouteMethod = method, method
			}
		}
		routes.ServeHTTP(w, r)
	})
}

// admit lets in who has a key and reads what the request says.
func (a *api) admit(do act, write bool) http.HandlerFunc {
	return a.Show(func(w http.ResponseWriter, r *http.Request) error {
		ctx, caller, err := a.gate.Admit(r.Context(), secret(r), Name, write)
		if err != nil {
			return err
		}
		r = r.WithContext(asReader(ctx, caller.Key))
		p, err := readParams(w, r)
		if err != nil {
			return err
		}
		return do(w, r, caller.Shop, p)
	})
}

// asReader lets the holder of a key act as its reader of the exchange: what it
// changes itself it is not offered again.
func asReader(ctx context.Context, k *orderhub.Key) context.Context {
	actor := orderhub.ActorOf(ctx)
	actor.Reader = k.Reader
	return orderhub.WithActor(ctx, actor)
}

// reader is the reader of the exchange as which a request is made.
func reader(r *http.Request) string { return orderhub.ActorOf(r.Context()).Reader }

// secret takes the key out of the Authorization header: the password of HTTP
// Basic, in which WordPress ignores spaces, or Bearer KEY.
func secret(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return strings.ReplaceAll(password, " ", "")
	}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(rest)
	}
	return ""
}

// orderRef is the order that the address means. An id that is too large for
// any order is one that nobody has.
func orderRef(r *http.Request) orderhub.OrderRef {
	return orderhub.OrderRef{ID: parseOrderID(dialect.Param(r, "id"))}
}

func parseOrderID(digits string) orderhub.OrderID {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 {
		return -1
	}
	return orderhub.OrderID(n)
}

func (a *api) placeOrList(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	if _, ok := p["products"]; !ok {
		return a.listOrders(w, r, shop, p)
	}
	// Only now is it clear that the request writes.
	if _, _, err := a.gate.Admit(r.Context(), secret(r), Name, true); err != nil {
		return err
	}
	return a.placeOrder(w, r, shop, p)
}

func (a *api) placeOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	o, err := decodeOrder(p, shop)
	if err != nil {
		return err
	}
	if err := a.orders.PlaceNumbered(r.Context(), shop, o); err != nil {
		return err
	}
	return give(w, r, p, placed(o))
}

func (a *api) listOrders(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	l, err := decodeList(p, shop)
	if err != nil {
		return err
	}
	l.filter.Reader = reader(r)
	total, orders, err := a.orders.WalkWithCustomers(r.Context(), shop, l.search, l.filter, l.count)
	if err != nil {
		return err
	}
	return giveList(w, r, shop, p, l, total, orders)
}

func (a *api) amendOrders(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	all, err := decodeItems(p, shop)
	if err != nil {
		return err
	}
	found, err := a.orders.AmendAll(r.Context(), shop, all)
	if err != nil {
		return err
	}
	return give(w, r, p, []byte(strconv.Itoa(found)))
}

func (a *api) showOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	ref := orderRef(r)
	ref.Deleted = true
	return a.giveOrder(w, r, shop, p, ref)
}

func (a *api) amendOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	change, err := decodeChange(p, shop)
	if err != nil {
		return err
	}
	ref := orderRef(r)
	ref.Deleted = change.Status != nil || change.Delete || change.Export != nil // a status restores it, a reader may have taken it
	if _, _, err := a.orders.Amend(r.Context(), shop, ref, change, orderhub.Mode{Existing: true}); err != nil {
		return err
	}
	return give(w, r, p, []byte("true"))
}

func (a *api) deleteOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	_, err := a.orders.Delete(r.Context(), shop, orderRef(r))
	if orderhub.KindOf(err) == orderhub.NotFound {
		err = a.orders.Purge(r.Context(), shop, orderRef(r))
	}
	if err != nil {
		return err
	}
	return give(w, r, p, []byte("true"))
}

func (a *api) showStatus(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	o, err := a.orders.Find(r.Context(), shop, orderRef(r))
	if err != nil {
		return err
	}
	return give(w, r, p, shortStatus(shop, o))
}

// giveOrder answers with a whole order.
func (a *api) giveOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params, ref orderhub.OrderRef) error {
	o, buyer, err := a.orders.FindWithCustomer(r.Context(), shop, ref)
	if err != nil {
		return err
	}
	marks, err := a.orders.Marks(r.Context(), shop, o.ID)
	if err != nil {
		return err
	}
	var mark orderhub.ExchangeMark
	for _, m := range marks {
		if m.Reader == reader(r) {
			mark = m
		}
	}
	return give(w, r, p, wholeOrder(shop, o, buyer, mark))
}

func (a *api) copyOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	o, err := a.orders.Repeat(r.Context(), shop, orderRef(r), orderhub.StatusReceived, "repeat")
	if err != nil {
		return err
	}
	return a.giveOrder(w, r, shop, p, orderhub.OrderRef{ID: o.ID})
}

func (a *api) showByPayment(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	return a.giveOrder(w, r, shop, p, orderhub.OrderRef{Payment: dialect.Param(r, "number")})
}
