package catalogue

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/fetch"
	"orderhub/internal/jobs"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A stall is a shop's server with a feed.
type stall struct {
	*httptest.Server
	mu      sync.Mutex
	feed    string // "" is a server that fails
	etag    string
	asked   int
	written int // whole feeds
}

func newStall(t *testing.T) *stall {
	s := new(stall)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked++
		switch {
		case s.feed == "":
			w.WriteHeader(http.StatusBadGateway)
		case s.etag != "" && r.Header.Get("If-None-Match") == s.etag:
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", s.etag)
			s.written++
			io.WriteString(w, s.feed)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *stall) show(feed, etag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feed, s.etag = feed, etag
}

func TestFeedByAddress(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		s := &Service{DB: db, Fetcher: &fetch.Fetcher{Inner: true}}
		shop, stall := newShop(t, db, "main"), newStall(t)
		if _, err := s.Feed(t.Context(), shop); orderhub.KindOf(err) != orderhub.NotFound {
			t.Errorf("no feed yet: %v", err)
		}
		if _, err := s.SetFeed(t.Context(), shop, stall.URL, time.Hour, true); err != nil {
			t.Fatal(err)
		}
		look := func(feed, etag string, kind orderhub.Kind) *orderhub.Feed {
			t.Helper()
			stall.show(feed, etag)
			d, err := s.RefreshFeed(t.Context(), shop)
			if kind == orderhub.Internal && err != nil || err != nil && orderhub.KindOf(err) != kind {
				t.Fatalf("look: %v", err)
			}
			kept, err := s.Feed(t.Context(), shop)
			if err != nil || kept.DueAt != d.DueAt || kept.Failure != d.Failure || counts(kept.Report) != counts(d.Report) {
				t.Errorf("kept %+v, %v, told %+v", kept, err, d)
			}
			return d
		}
		d := look(bowls(1, 5, "1"), `"a"`, orderhub.Internal)
		if d.Report.Created != 5 || d.ETag != `"a"` || !d.TakenAt.Equal(db.Now()) || !d.DueAt.Equal(db.Now().Add(time.Hour)) {
			t.Errorf("first look: %+v", d)
		}
		clock.Offset = time.Hour
		if d = look(bowls(1, 5, "1"), `"a"`, orderhub.Internal); stall.written != 1 || !d.LookedAt.Equal(db.Now()) || d.TakenAt.Equal(db.Now()) {
			t.Errorf("unchanged: written %d times, %+v", stall.written, d)
		}
		// A file that was taken by hand makes the one at the address new again.
		refreshed(t, s, shop, bowls(1, 2, "9"))
		if look(bowls(1, 5, "1"), `"a"`, orderhub.Internal); stall.written != 2 || contents(t, s, shop)["5"] != "1" {
			t.Errorf("after a file by hand the feed was written %d times, want 2", stall.written)
		}
		for failures, pause := range []time.Duration{5 * time.Minute, 10 * time.Minute, 20 * time.Minute} {
			d = look("", "", orderhub.Invalid)
			if d.Failures != failures+1 || !strings.Contains(d.Failure, "502") || !d.DueAt.Equal(db.Now().Add(pause)) || d.Report.Created+d.Report.Changed == 0 {
				t.Errorf("failure %d: %+v", failures+1, d)
			}
		}
		if d = look("<html/>", `"b"`, orderhub.Malformed); !strings.Contains(d.Failure, "not a YML file") || d.ETag != "" {
			t.Errorf("another file: %+v", d)
		}
		wantContents(t, s, shop, map[string]string{"1": "1", "2": "1", "3": "1", "4": "1", "5": "1"})
		if d = look(bowls(1, 1, "1"), `"c"`, orderhub.Internal); d.Failures != 0 || d.Failure != "" || d.Report.Unavailable != 4 {
			t.Errorf("well again: %+v", d)
		}
		if err := s.RemoveFeed(t.Context(), shop); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RefreshFeed(t.Context(), shop); orderhub.KindOf(err) != orderhub.NotFound {
			t.Errorf("a removed feed: %v", err)
		}
	})
}

func TestSetFeedRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &Service{DB: db}
		shop := newShop(t, db, "main")
		for _, tt := range []struct {
			address string
			every   time.Duration
			plain   bool
			field   string
		}{
			{"", time.Hour, false, "address"}, {"shop.example/yml", time.Hour, false, "address"}, {"http://shop.example/yml", time.Hour, false, "address"},
			{"ftp://shop.example/yml", time.Hour, true, "address"}, {"https://shop.example/yml", time.Second, false, "every"}, {"https://shop.example/yml", 1000 * time.Hour, false, "every"},
		} {
			_, err := s.SetFeed(t.Context(), shop, tt.address, tt.every, tt.plain)
			if all := orderhub.All(err); len(all) != 1 || all[0].Field != tt.field {
				t.Errorf("%+v: %v, want a fault of %s", tt, err, tt.field)
			}
		}
		// An inner address is refused when it is looked at.
		if _, err := s.SetFeed(t.Context(), shop, newStall(t).URL, time.Hour, true); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RefreshFeed(t.Context(), shop); err == nil || !strings.Contains(err.Error(), "inner address") {
			t.Errorf("an inner address: %v", err)
		}
	})
}

// Feeds that are due come to the workers once each, and again when their time
// has come.
func TestRefreshDue(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		var log bytes.Buffer
		s := &Service{DB: db, Fetcher: &fetch.Fetcher{Inner: true}, Log: slog.New(slog.NewTextHandler(&log, nil))}
		fine, failing := newShop(t, db, "fine"), newShop(t, db, "failing")
		stalls := []*stall{newStall(t), newStall(t)}
		stalls[0].show(bowls(1, 3, "1"), "")
		for i, shop := range []*orderhub.Shop{fine, failing} {
			if _, err := s.SetFeed(t.Context(), shop, stalls[i].URL, time.Hour, true); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 { // only the first finds them due
			if err := s.RefreshDue(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		stop := work(t, db, s)
		for _, shop := range []*orderhub.Shop{fine, failing} {
			waitFor(t, func() bool {
				d, err := s.Feed(t.Context(), shop)
				return err == nil && !d.LookedAt.IsZero()
			})
		}
		stop()
		if stalls[0].asked != 1 || stalls[1].asked != 1 {
			t.Errorf("the servers were asked %d and %d times, want once", stalls[0].asked, stalls[1].asked)
		}
		if len(contents(t, s, fine)) != 3 || !strings.Contains(log.String(), "shop=fine offers=3 created=3") || !strings.Contains(log.String(), "shop=failing error=") {
			t.Errorf("logged %s", &log)
		}
		clock.Offset = 10 * time.Minute // the failing one is due, the other is not
		var due []*orderhub.Feed
		err := db.View(t.Context(), func(tx *store.Tx) (err error) {
			due, err = tx.DueFeeds(t.Context(), 10)
			return err
		})
		if err != nil || len(due) != 1 || due[0].Shop != failing.ID {
			t.Errorf("due %v, %v, want the failing one", due, err)
		}
	})
}

// A feed that is due again while its look still waits for its turn is not put
// into the queue once more: it would only grow.
func TestRefreshDueWhileTheLookWaits(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		s := &Service{DB: db}
		if _, err := s.SetFeed(t.Context(), newShop(t, db, "main"), "https://shop.example/yml", time.Hour, false); err != nil {
			t.Fatal(err)
		}
		for hours := range 3 {
			clock.Offset = time.Duration(hours) * time.Hour
			if err := s.RefreshDue(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := looksInQueue(t, db); n != 1 {
			t.Errorf("%d looks wait, want 1", n)
		}
	})
}

func looksInQueue(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select count(*) from river_job where kind = 'feeds.look'`)
		if err != nil {
			return err
		}
		defer rows.Close()
		rows.Next()
		return rows.Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Feeds on servers that do not answer hold up no chore.
func TestFeedThatHangsHoldsUpNoChore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		asked, release := make(chan bool, 10), make(chan bool)
		silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			asked <- true
			<-release
		}))
		defer silent.Close()
		s := &Service{DB: db, Fetcher: &fetch.Fetcher{Inner: true}}
		for _, name := range []string{"one", "two"} {
			if _, err := s.SetFeed(t.Context(), newShop(t, db, name), silent.URL, time.Hour, true); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.RefreshDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		done := make(chan bool, 1000)
		stop := work(t, db, s, jobs.Chore("sweep", 50*time.Millisecond, func(context.Context) error { done <- true; return nil }))
		<-asked
		<-asked
		for len(done) > 0 {
			<-done
		}
		<-done
		<-done
		close(release)
		stop()
	})
}

// work runs the jobs of a service, one in the default queue at a time, until
// the function is called.
func work(t *testing.T, db *store.DB, s *Service, more ...jobs.Kind) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	runner := &jobs.Runner{DB: db, Log: slog.New(slog.DiscardHandler), Workers: 1, Kinds: append(more, s.FeedJobs())}
	go func() { ended <- runner.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
	}
}
