package server

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what the server counts. No label has values that a client
// chooses: they would fill the memory.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	running  prometheus.Gauge
	page     http.HandlerFunc
}

func newMetrics(registry *prometheus.Registry) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "orderhub_http_requests_total",
			Help: "Requests that were answered.",
		}, []string{"dialect", "route", "method", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "orderhub_http_request_seconds",
			Help:    "Time from the headers of a request to the end of its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"dialect", "route"}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "orderhub_http_requests_in_flight",
			Help: "Requests that are being answered.",
		}),
		page: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP,
	}
	registry.MustRegister(m.requests, m.seconds, m.running,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// methods are those that become labels.
var methods = strings.Fields("GET HEAD POST PUT PATCH DELETE OPTIONS")

func (s *Server) measure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		s.metrics.running.Inc()
		defer func() { // after a panic, too
			s.metrics.running.Dec()
			v := visitOf(r.Context())
			// Known only now: each router on the way adds its part.
			route := chi.RouteContext(r.Context()).RoutePattern()
			if route == "" {
				route = "none"
			}
			method := r.Method
			if !slices.Contains(methods, method) {
				method = "other"
			}
			s.metrics.requests.WithLabelValues(v.door, route, method, strconv.Itoa(v.status())).Inc()
			s.metrics.seconds.WithLabelValues(v.door, route).Observe(time.Since(start).Seconds())
		}()
		next.ServeHTTP(w, r)
	})
}
