package server

import "net/http"

// headers are for browsers that are led to an answer of ours: they shall not
// guess its type, nor tell the next site the address, which may hold a key.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}
