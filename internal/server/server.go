package server

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// A Door is one dialect or site that the server mounts.
type Door struct {
	// Name is what logs and metrics call it. Doors may share one: a dialect
	// with two prefixes is two doors.
	Name string
	// Prefix is the path below which all belongs to the door, such as /v4,
	// without a slash at the end. No prefix may lie below another.
	Prefix string
	// Handler serves the prefix itself and all below it. It sees the whole
	// path; a chi router matches what follows the prefix, and its patterns
	// become the routes of the metrics.
	Handler http.Handler
	// Query is a parameter of the query by which a request to / itself is for
	// the door; "" when there is none.
	Query string
	// Fail answers with an error in the door's own words: Internal after a
	// panic, Unavailable when the time was over, TooMany (an *access.Busy)
	// for too many strangers. Nothing was written before. Nil is plain text.
	Fail func(w http.ResponseWriter, r *http.Request, err error)
}

// A Server is the doors and what is around them. It is an http.Handler, but
// only Serve keeps the limits of connections and headers.
type Server struct {
	o         Options
	router    chi.Router
	doors     []Door
	strangers *strangers
	metrics   *metrics
}

// New makes a server. It panics when a door has no handler or a prefix twice.
func New(o Options, doors ...Door) *Server {
	o = o.withDefaults()
	s := &Server{
		o:         o,
		router:    chi.NewRouter(),
		strangers: newStrangers(o.Strangers, o.Now),
		metrics:   newMetrics(o.Metrics),
	}
	// The order matters: what stands outside sees how the inside ended.
	s.router.Use(s.open, s.log, s.measure, headers, s.recoverPlainly, s.limitTime, s.paceBody)
	s.router.NotFound(s.notFound)
	s.router.MethodNotAllowed(s.oddMethod)
	for pattern, handler := range map[string]http.HandlerFunc{
		"/healthz": healthy,
		"/readyz":  s.ready,
		"/metrics": s.metrics.page,
	} {
		s.router.Get(pattern, handler)
		s.router.Head(pattern, handler)
	}
	for _, d := range doors {
		d.Handler = s.behind(d)
		s.doors = append(s.doors, d)
		s.router.Mount(d.Prefix, d.Handler)
	}
	s.router.Handle("/", http.HandlerFunc(s.root))
	s.router.Handle("/index.php", http.HandlerFunc(s.root)) // WordPress's own name for it
	return s
}

// root hands a request to / to the door whose query it has.
func (s *Server) root(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	for _, d := range s.doors {
		if d.Query != "" && query.Has(d.Query) {
			d.Handler.ServeHTTP(w, r)
			return
		}
	}
	s.notFound(w, r)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.router.ServeHTTP(w, r) }

// behind puts around a door's handler what is said in the door's words.
func (s *Server) behind(d Door) http.Handler {
	if d.Handler == nil {
		panic("server: the door " + d.Name + " has no handler")
	}
	if d.Fail == nil {
		d.Fail = failPlainly
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := visitOf(r.Context())
		v.door = d.Name
		defer s.rescue(w, r, d.Fail)
		if err := s.strangers.refuse(v.address); err != nil {
			d.Fail(w, r, err)
			return
		}
		d.Handler.ServeHTTP(w, r)
		s.answerForTheSilent(w, r, d.Fail)
	})
}

// notFound answers for paths that belong to no door.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	var prefixes []string
	for _, d := range s.doors {
		prefixes = append(prefixes, d.Prefix)
	}
	served := "nothing but its own health"
	if len(prefixes) > 0 {
		served = strings.Join(prefixes, ", ")
	}
	http.Error(w, "nothing is served at this path; this server serves "+served, http.StatusNotFound)
}

// oddMethod answers for methods that the router has no name for, and for
// those that our own pages have no use for. The former are the door's matter,
// which says it in its own words.
func (s *Server) oddMethod(w http.ResponseWriter, r *http.Request) {
	for _, d := range s.doors {
		if rest, ok := strings.CutPrefix(r.URL.Path, d.Prefix); ok && (rest == "" || rest[0] == '/') {
			chi.RouteContext(r.Context()).RoutePath = "/" + strings.TrimPrefix(rest, "/")
			d.Handler.ServeHTTP(w, r)
			return
		}
	}
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics":
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this page can only be read", http.StatusMethodNotAllowed)
	default:
		s.notFound(w, r)
	}
}
