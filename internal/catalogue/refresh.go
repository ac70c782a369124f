package catalogue

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/feed"
	"orderhub/internal/store"
	"orderhub/internal/store/productdb"
)

// Refresh makes the catalogue of a shop what a feed says. A file that is
// broken, over a limit or without a single usable offer is an error, and
// changes nothing.
//
// Refreshes of one shop take turns, also those of several programs. When ctx
// ends in the middle, what was done by then is in the report and stays; the
// next refresh does the rest.
func (s *Service) Refresh(ctx context.Context, shop *orderhub.Shop, source io.Reader) (orderhub.FeedReport, error) {
	report, _, err := s.refresh(ctx, shop, source)
	return report, err
}

// refresh is Refresh that tells the number of its turn.
func (s *Service) refresh(ctx context.Context, shop *orderhub.Shop, source io.Reader) (orderhub.FeedReport, int64, error) {
	file, err := s.spool(ctx, source)
	if err != nil {
		return orderhub.FeedReport{}, 0, err
	}
	defer func() {
		file.Close()
		os.Remove(file.Name())
	}()
	ctx = orderhub.WithActor(ctx, orderhub.Actor{Door: "feed", Key: orderhub.ActorOf(ctx).Key})
	t, err := s.takeTurn(ctx, shop.ID)
	if err != nil {
		return orderhub.FeedReport{}, 0, err
	}
	defer t.end(context.WithoutCancel(ctx))
	r := refresh{s: s, shop: shop, turn: t, size: orElse(s.Batch, 250)}
	err = r.run(ctx, file)
	slices.SortStableFunc(r.report.Faults, func(a, b orderhub.OfferFault) int { return a.Line - b.Line })
	return r.report, t.number, err
}

// spool keeps a feed in a file of its own, and reads it to its end: whoever
// goes on with it knows that it is whole.
func (s *Service) spool(ctx context.Context, source io.Reader) (_ *os.File, err error) {
	file, err := os.CreateTemp(s.Dir, "feed-*.yml")
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(file.Name())
		}
	}()
	n, err := feed.Check(io.TeeReader(until{ctx, source}, file), s.Limits)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, errNothing
	}
	_, err = file.Seek(0, io.SeekStart)
	return file, err
}

// errNothing keeps a catalogue from being emptied by a shop's program that has
// failed and written a file all the same.
var errNothing = orderhub.Errorf(orderhub.Invalid, "the feed has no offer that can be used; the catalogue stays as it was")

// A reader until the context ends.
type until struct {
	ctx context.Context
	in  io.Reader
}

func (u until) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.in.Read(p)
}

// A refresh is one run over a feed.
type refresh struct {
	s      *Service
	shop   *orderhub.Shop
	turn   *turn
	size   int
	report orderhub.FeedReport
	batch  []*orderhub.Product
	lines  map[string]int // of the offers of this batch, by their ids
	bad    []feed.Offer   // that have an id
	seen   ids
	good   int
}

func (r *refresh) run(ctx context.Context, file io.Reader) error {
	r.lines = make(map[string]int)
	for o, err := range feed.Read(until{ctx, file}, r.s.Limits) {
		if err != nil {
			return err
		}
		r.take(o)
		if len(r.batch)+len(r.bad) >= r.size {
			if err := r.write(ctx); err != nil {
				return err
			}
		}
	}
	if err := r.write(ctx); err != nil {
		return err
	}
	if r.good == 0 {
		return errNothing
	}
	return r.withdraw(ctx)
}

// take puts an offer into the batch, unless it is of no use.
func (r *refresh) take(o feed.Offer) {
	r.report.Offers++
	r.note(o.Faults...)
	if o.Product == nil {
		r.report.Bad++
		r.bad = append(r.bad, o)
		return
	}
	if before, twice := r.lines[o.ID]; twice {
		r.twice(o.ID, o.Line, fmt.Sprintf("the same id is in line %d; the first was taken", before))
		return
	}
	complete(r.shop, o.Product)
	o.Product.Fed = true
	r.lines[o.ID] = o.Line
	r.batch = append(r.batch, o.Product)
}

func (r *refresh) twice(id string, line int, reason string) {
	r.report.Bad++
	r.note(orderhub.OfferFault{Line: line, Offer: id, Reason: reason})
}

func (r *refresh) note(faults ...orderhub.OfferFault) {
	room := min(len(faults), orderhub.MaxFaults-len(r.report.Faults))
	r.report.Faults = append(r.report.Faults, faults[:room]...)
	r.report.More += len(faults) - room
}

// write stores the batch. Of a batch in which nothing has changed it only
// reads.
func (r *refresh) write(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(r.batch)+len(r.bad) == 0 {
		return nil
	}
	marks, err := r.marks(ctx)
	if err != nil {
		return err
	}
	var differing []*orderhub.Product
	same := 0
	for _, p := range r.batch {
		m, known := marks[p.ExternalID]
		p.ID = m.ID
		switch {
		case known && r.seen.has(p.ID):
			r.twice(p.ExternalID, r.lines[p.ExternalID], "the same id is in a line before; the first was taken")
		case known && m.Of(p):
			r.seen.add(p.ID)
			same++
		default:
			differing = append(differing, p)
		}
	}
	r.good += same + len(differing)
	r.report.Unchanged += same
	if len(differing) > 0 || r.turn.ageing() {
		err = r.save(ctx, differing)
	}
	clear(r.lines)
	r.batch, r.bad = r.batch[:0], r.bad[:0]
	return err
}

// marks are those of the products of the batch, to find which are new or
// different without keeping other writers waiting. The products of offers that
// cannot be used are seen: they are in the feed, and stay.
func (r *refresh) marks(ctx context.Context) (marks map[string]productdb.ProductMark, err error) {
	all := make([]string, len(r.batch), len(r.batch)+len(r.bad))
	for i, p := range r.batch {
		all[i] = p.ExternalID
	}
	for _, o := range r.bad {
		if len(o.ID) <= 1_020 && r.lines[o.ID] == 0 { // 255 characters
			all = append(all, o.ID)
		}
	}
	err = r.s.DB.View(ctx, func(tx *store.Tx) (err error) {
		marks, err = tx.Shop(r.shop.ID).ProductMarks(ctx, all)
		return err
	})
	for _, o := range r.bad {
		if m, known := marks[o.ID]; known {
			r.seen.spare(m.ID)
		}
	}
	return marks, err
}

// save stores products that were new or different a moment ago.
func (r *refresh) save(ctx context.Context, products []*orderhub.Product) error {
	commands, fresh := make([]command, len(products)), 0
	for i, p := range products {
		commands[i] = command{ProductChange: orderhub.ProductChange{ExternalID: p.ExternalID, Whole: p}, fed: new(true), lenient: true}
		if p.ID == 0 {
			fresh++
		}
	}
	var verdicts []verdict
	err := batch.Do(ctx, r.s.DB, r.turn.unit(ctx, r.shop, func(s *Set) {
		s.ask(commands)
		s.IDs.Expect(s.b, fresh)
	}, func(s *Set) (err error) {
		verdicts, err = s.doAll(commands, both)
		return err
	}))
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		r.seen.add(v.Now.ID)
		switch v.Outcome {
		case orderhub.OutcomeCreated:
			r.report.Created++
		case orderhub.OutcomeUpdated:
			r.report.Changed++
		default:
			r.report.Unchanged++
		}
	}
	return nil
}

// withdrawn is how many products are looked at in one go.
const withdrawn = 2_000

// withdraw marks what the feed left out as not available.
func (r *refresh) withdraw(ctx context.Context) error {
	after := orderhub.ProductID(0)
	for {
		var all, gone []orderhub.ProductID
		err := r.s.DB.View(ctx, func(tx *store.Tx) (err error) {
			all, err = tx.Shop(r.shop.ID).FedProducts(ctx, after, withdrawn)
			return err
		})
		if err != nil || len(all) == 0 {
			return err
		}
		for _, id := range all {
			if !r.seen.named(id) {
				gone = append(gone, id)
			}
		}
		for some := range slices.Chunk(gone, r.size) {
			if err := r.end(ctx, some); err != nil {
				return err
			}
		}
		after = all[len(all)-1]
	}
}

// end marks products as not available that were there a moment ago.
func (r *refresh) end(ctx context.Context, products []orderhub.ProductID) error {
	n := 0
	err := batch.Do(ctx, r.s.DB, r.turn.unit(ctx, r.shop, func(s *Set) {
		s.askIDs(products)
	}, func(s *Set) error {
		n = 0
		for _, id := range products {
			gone, err := s.withdraw(id)
			if err != nil {
				return err
			}
			if gone {
				n++
			}
		}
		return nil
	}))
	if err == nil {
		r.report.Unavailable += n
	}
	return err
}
