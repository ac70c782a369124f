package events

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A state is how a consumer gets on.
type state struct {
	mu      sync.Mutex
	oldest  time.Time // of the events that it has not handled or was the last to handle; zero when none are left
	handled int
	failed  int
	failure string // of the last step, "" when it went well
}

func (o *Outbox) stateOf(name string) *state {
	s, _ := o.state.LoadOrStore(name, new(state))
	return s.(*state)
}

func (s *state) note(n int, oldest time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handled += n
	s.failure, s.oldest = "", oldest
	switch {
	case err != nil:
		s.failed++
		s.failure = err.Error()
	case n == 0:
		s.oldest = time.Time{}
	}
}

// A Status is how a consumer gets on.
type Status struct {
	Consumer string
	Lag      time.Duration // age of the oldest event that it has still to handle, 0 when it has handled all
	Failure  string        // of its last step, "" when that went well
	Handled  int           // events since the program began, those that it does not want too
	Failed   int           // steps since the program began
}

// Statuses are those of all consumers, in their sequence.
func (o *Outbox) Statuses() []Status {
	all := make([]Status, len(o.Consumers))
	now := o.DB.Now()
	for i, c := range o.Consumers {
		s := o.stateOf(c.Name)
		s.mu.Lock()
		all[i] = Status{Consumer: c.Name, Failure: s.failure, Handled: s.handled, Failed: s.failed}
		if !s.oldest.IsZero() {
			all[i].Lag = max(0, now.Sub(s.oldest))
		}
		s.mu.Unlock()
	}
	return all
}

var (
	lagMetric     = prometheus.NewDesc("orderhub_consumer_lag_seconds", "Age of the oldest event that a consumer has still to handle.", []string{"consumer"}, nil)
	handledMetric = prometheus.NewDesc("orderhub_consumer_events_total", "Events that a consumer has passed.", []string{"consumer"}, nil)
	failedMetric  = prometheus.NewDesc("orderhub_consumer_failures_total", "Steps of a consumer that failed and are tried again.", []string{"consumer"}, nil)
)

// Describe is that of a prometheus.Collector.
func (o *Outbox) Describe(to chan<- *prometheus.Desc) {
	to <- lagMetric
	to <- handledMetric
	to <- failedMetric
}

// Collect is that of a prometheus.Collector.
func (o *Outbox) Collect(to chan<- prometheus.Metric) {
	for _, s := range o.Statuses() {
		to <- prometheus.MustNewConstMetric(lagMetric, prometheus.GaugeValue, s.Lag.Seconds(), s.Consumer)
		to <- prometheus.MustNewConstMetric(handledMetric, prometheus.CounterValue, float64(s.Handled), s.Consumer)
		to <- prometheus.MustNewConstMetric(failedMetric, prometheus.CounterValue, float64(s.Failed), s.Consumer)
	}
}
