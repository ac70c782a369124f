package orderhub

import (
	"net/url"
	"time"
)

// A Feed is where the catalogue of a shop is found: a YML file at an address,
// which the hub looks at by itself. A shop has one at most.
type Feed struct {
	Shop    ShopID
	Address string
	Every   time.Duration // between two looks; MinFeedEvery to MaxFeedEvery
	Plain   bool          // the shop accepts http, which anybody on the way can read and change

	ETag         string // of the file that was taken last
	LastModified string // the same, in the words of its server

	DueAt    time.Time // when it is looked at next
	LookedAt time.Time // when it was looked at last; zero for never
	TakenAt  time.Time // when a file was last taken; zero for never
	Failures int       // looks in a row that failed
	Failure  string    // why the last look failed; "" when it did not
	Report   FeedReport
}

// Limits of a feed.
const (
	MinFeedEvery = 5 * time.Minute
	MaxFeedEvery = 31 * 24 * time.Hour
)

// Validate reports all that is wrong with a feed.
func (d *Feed) Validate() error {
	var f Faults
	if d.Address == "" {
		f.Add(Absent("address"))
	} else if err := CheckWebAddress("address", d.Address); err != nil {
		f.Add(err)
	} else if u, err := url.Parse(d.Address); err == nil && u.Scheme == "http" && !d.Plain {
		f.Wrong("address", "must begin with https://, unless the shop allows http")
	}
	if d.Every < MinFeedEvery || d.Every > MaxFeedEvery {
		f.Wrong("every", "must be 5 minutes to 31 days")
	}
	return f.Err()
}

// A FeedReport says what one feed did to the catalogue of a shop.
type FeedReport struct {
	Offers      int // in the feed
	Created     int // products that the shop did not have
	Changed     int // products in which something is different
	Unchanged   int
	Unavailable int // products that the feed left out and that were available until then
	Bad         int // offers that were passed over; their products are as they were before

	Faults []OfferFault // what was wrong, in the order of the file; MaxFaults at most
	More   int          // faults that are not listed
}

// MaxFaults is how many faults a report lists. One that is kept with a feed
// has MaxKeptFaults.
const (
	MaxFaults     = 1_000
	MaxKeptFaults = 100
)

// An OfferFault is something wrong with one offer of a feed.
type OfferFault struct {
	Line   int    // of the file, where the offer begins; the first is 1
	Offer  string // its id; "" when it has none
	Reason string
	Kept   bool // the product was taken without what is wrong
}
