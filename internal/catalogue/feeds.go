package catalogue

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"orderhub"
	"orderhub/internal/fetch"
	"orderhub/internal/jobs"
	"orderhub/internal/store"
)

// SetFeed tells where the catalogue of a shop is found and how often to look
// there; the first look is due at once. Plain allows http.
func (s *Service) SetFeed(ctx context.Context, shop *orderhub.Shop, address string, every time.Duration, plain bool) (*orderhub.Feed, error) {
	d := &orderhub.Feed{Shop: shop.ID, Address: address, Every: every, Plain: plain}
	if err := d.Validate(); err != nil {
		return nil, err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		before, err := tx.Shop(shop.ID).FeedOf(ctx)
		if err != nil && orderhub.KindOf(err) != orderhub.NotFound {
			return err
		}
		if err == nil && before.Address == address {
			*d = *before // what was learnt there stays
			d.Every, d.Plain = every, plain
		}
		d.DueAt = tx.Now()
		return tx.Shop(d.Shop).SaveFeed(ctx, d)
	})
	return d, err
}

// Feed tells where the catalogue of a shop is found, and how the last look
// went. It is a NotFound error when the shop has not told.
func (s *Service) Feed(ctx context.Context, shop *orderhub.Shop) (d *orderhub.Feed, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		d, err = tx.Shop(shop.ID).FeedOf(ctx)
		return err
	})
	return d, err
}

// RemoveFeed ends the looks at a feed. The products stay as they are.
func (s *Service) RemoveFeed(ctx context.Context, shop *orderhub.Shop) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.Shop(shop.ID).RemoveFeed(ctx) })
}

// RefreshFeed looks at the feed of a shop now and takes what has changed there.
// What went wrong is kept with the feed, too; a feed that fails is looked at
// again, later each time.
func (s *Service) RefreshFeed(ctx context.Context, shop *orderhub.Shop) (*orderhub.Feed, error) {
	d, err := s.Feed(ctx, shop)
	if err != nil {
		return nil, err
	}
	l, failure := s.look(ctx, shop, d)
	if failure != nil && ctx.Err() != nil {
		return nil, failure // the shop's server is not to blame
	}
	err = s.DB.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		now, err := tx.Shop(shop.ID).FeedOf(ctx)
		if err != nil {
			return err
		}
		if now.Address != d.Address { // changed while this one looked
			d = now
			return nil
		}
		d.Every, d.Plain = now.Every, now.Plain
		if err := l.note(ctx, tx, d, failure); err != nil {
			return err
		}
		return tx.Shop(d.Shop).SaveFeed(ctx, d)
	})
	if failure != nil {
		return d, failure
	}
	return d, err
}

// A look is what one look at a feed brought.
type look struct {
	unchanged          bool
	etag, lastModified string
	report             orderhub.FeedReport
	turn               int64 // of the refresh
}

func (s *Service) look(ctx context.Context, shop *orderhub.Shop, d *orderhub.Feed) (l look, err error) {
	file, err := orElse(s.Fetcher, &usual).Get(ctx, fetch.Request{
		Address: d.Address, Plain: d.Plain, ETag: d.ETag, LastModified: d.LastModified,
	})
	if err != nil {
		return l, err
	}
	if file.Unchanged {
		l.unchanged = true
		return l, nil
	}
	defer file.Body.Close()
	l.etag, l.lastModified = file.ETag, file.LastModified
	l.report, l.turn, err = s.refresh(ctx, shop, file.Body)
	return l, err
}

var usual fetch.Fetcher

// A feed that fails is looked at again after firstPause, then after twice
// that, and so on, but not less often than once a day.
const (
	firstPause = 5 * time.Minute
	longest    = 24 * time.Hour
)

// note keeps what a look brought.
func (l look) note(ctx context.Context, tx *store.Tx, d *orderhub.Feed, failure error) error {
	d.LookedAt = tx.Now()
	if failure != nil {
		d.Failures++
		d.Failure = "something went wrong in the hub; its log says more"
		if orderhub.KindOf(failure) != orderhub.Internal {
			d.Failure = failure.Error()
		}
		d.ETag, d.LastModified = "", "" // whatever comes next is taken
		d.DueAt = tx.Now().Add(min(firstPause<<min(d.Failures-1, 10), longest))
		return nil
	}
	d.Failures, d.Failure, d.DueAt = 0, "", tx.Now().Add(d.Every)
	if l.unchanged {
		return nil
	}
	d.TakenAt, d.Report = tx.Now(), l.report
	if cut := len(d.Report.Faults) - orderhub.MaxKeptFaults; cut > 0 {
		d.Report.Faults = d.Report.Faults[:orderhub.MaxKeptFaults]
		d.Report.More += cut
	}
	// When another file was taken since, this one has to be taken again.
	last, err := tx.Shop(d.Shop).LastTurn(ctx)
	if d.ETag, d.LastModified = l.etag, l.lastModified; last != l.turn {
		d.ETag, d.LastModified = "", ""
	}
	return err
}

// A feedJob is one look in the queue.
type feedJob struct {
	Shop orderhub.ShopID `json:"shop"`
}

// Kind is its name there.
func (feedJob) Kind() string { return "feeds.look" }

// InsertOpts puts looks into a queue of their own, since a server that does not
// answer holds its worker up for minutes. A shop has one look there at a time,
// however long it waits for its turn. A look is not tried again: the next one
// is due by its own time.
func (feedJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: "feeds", MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

// unfinished are the states of a look that has not ended.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// Limits of looks in the queue.
const (
	lookTime  = 30 * time.Minute
	lookAgain = lookTime + 5*time.Minute // after one that never ended, when the queue has given it up
	lookMost  = 500                      // that are put into the queue at once
	lookers   = 8                        // that look at the same time
)

// RefreshDue puts a job into the queue for every feed that is due. It is a
// chore, to be done every minute; the jobs are those of FeedJobs.
func (s *Service) RefreshDue(ctx context.Context) error {
	var due []*orderhub.Feed
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.DueFeeds(ctx, lookMost)
		return err
	})
	for _, d := range due {
		if err == nil {
			err = s.DB.Update(ctx, func(tx *store.Tx) error {
				mine, err := tx.Shop(d.Shop).PostponeFeed(ctx, d, tx.Now().Add(lookAgain))
				if err != nil || !mine {
					return err
				}
				return tx.Enqueue(ctx, feedJob{d.Shop})
			})
		}
	}
	return err
}

// FeedJobs is the kind of the jobs of RefreshDue.
func (s *Service) FeedJobs() jobs.Kind { return jobs.Of(&looker{service: s}, lookers) }

// A looker works on feedJobs.
type looker struct {
	river.WorkerDefaults[feedJob]
	service *Service
}

// Timeout is how long a look may take.
func (*looker) Timeout(*river.Job[feedJob]) time.Duration { return lookTime }

// Work looks at one feed. What is wrong with the feed is the shop's to mend,
// and kept there; only what is ours is an error of the job.
func (w *looker) Work(ctx context.Context, job *river.Job[feedJob]) error {
	s := w.service
	var shop *orderhub.Shop
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		shop, err = tx.ShopByID(ctx, job.Args.Shop)
		return err
	})
	var d *orderhub.Feed
	if err == nil {
		d, err = s.RefreshFeed(ctx, shop)
	}
	switch {
	case err == nil:
		s.log().Info("feed", "shop", shop.Name, "offers", d.Report.Offers, "created", d.Report.Created, "changed", d.Report.Changed,
			"unavailable", d.Report.Unavailable, "bad", d.Report.Bad)
	case orderhub.KindOf(err) == orderhub.NotFound: // taken away meanwhile
	case orderhub.KindOf(err) == orderhub.Internal || orderhub.KindOf(err) == orderhub.Unavailable || errors.Is(err, context.Canceled):
		return err
	default:
		s.log().Warn("feed", "shop", shop.Name, "error", err)
	}
	return nil
}

func (s *Service) log() *slog.Logger { return orElse(s.Log, slog.New(slog.DiscardHandler)) }
