package server

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"regexp"
	"strings"

	"github.com/go-chi/chi/v5/middleware"

	"orderhub"
	"orderhub/internal/access"
)

// A visit is what the server knows of one request while it runs.
type visit struct {
	id      string
	address netip.Addr // from where it came
	door    string     // its name; "" when none was asked
	seen    *access.Seen
	answer  middleware.WrapResponseWriter
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// RequestID is the id of the request that a context belongs to, "" outside
// of one. The answer carries it as X-Request-Id.
func RequestID(ctx context.Context) string {
	if v := visitOf(ctx); v != nil {
		return v.id
	}
	return ""
}

// saneID is an id that somebody else may choose: it comes into our logs.
var saneID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// addressOf is from where a request came. A proxy on this machine or in its
// network says for whom it asks, last in X-Forwarded-For; of anybody else
// nobody knows whether that is true.
func addressOf(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := from.Addr().Unmap()
	if !address.IsLoopback() && !address.IsPrivate() {
		return address
	}
	all := r.Header.Values("X-Forwarded-For")
	if len(all) == 0 {
		return address
	}
	last := all[len(all)-1]
	behind, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]))
	if err != nil {
		return address
	}
	return behind.Unmap()
}

// open begins a visit and names it.
func (s *Server) open(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{id: r.Header.Get("X-Request-Id"), answer: middleware.NewWrapResponseWriter(w, r.ProtoMajor)}
		if !saneID.MatchString(v.id) {
			v.id = rand.Text()
		}
		v.address = addressOf(r)
		w.Header().Set("X-Request-Id", v.id)
		var ctx context.Context
		ctx, v.seen = access.Remember(r.Context())
		ctx = orderhub.WithActor(ctx, orderhub.Actor{Request: v.id})
		next.ServeHTTP(v.answer, r.WithContext(context.WithValue(ctx, visitKey{}, v)))
	})
}
