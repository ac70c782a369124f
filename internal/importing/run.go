package importing

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/importdb"
)

// Phases of the steps of an import.
const (
	rehearsal = 0
	running   = 1
)

// A pass is one reading of the whole file: a rehearsal or a run.
type pass struct {
	*worker
	kind   kind
	source source
	dry    bool
	phase  int
	last   importdb.ImportStep // done so far
	freed  map[key]int         // keys that things had before earlier records of the file, and the line of these
	shown  int                 // examples of changes that were kept
	saved  time.Time
}

// maxExamples is how many updates a rehearsal explains field by field.
const maxExamples = 20

// run rehearses or runs an import from where it stands.
func (w *worker) run(ctx context.Context) error {
	p := &pass{worker: w, dry: w.i.State == orderhub.ImportRehearsing, freed: make(map[key]int)}
	if !p.dry {
		p.phase = running
	}
	err := p.begin(ctx)
	if err == nil {
		defer p.source.Close()
		err = p.whole(ctx)
	}
	switch kind := orderhub.KindOf(err); {
	case err == nil:
		return p.end(ctx, "")
	case kind == orderhub.Invalid, kind == orderhub.Missing, kind == orderhub.TooLarge, kind == orderhub.NotFound:
		return p.end(ctx, err.Error())
	}
	return err
}

// begin opens the file and finds the place to go on.
func (p *pass) begin(ctx context.Context) (err error) {
	if p.dry {
		err = p.forget(ctx) // what an earlier rehearsal found
	} else {
		err = p.recall(ctx)
	}
	if err != nil {
		return err
	}
	p.kind, p.source, err = p.s.open(p.shop, p.i)
	if err != nil {
		return err
	}
	p.saved = p.s.DB.Now()
	return nil
}

// forget drops the steps of the phase.
func (p *pass) forget(ctx context.Context) error {
	for {
		var n int64
		err := p.s.DB.Update(ctx, func(tx *store.Tx) (err error) {
			if n, err = tx.DropImportSteps(ctx, p.i.ID, p.phase, 100); err != nil || n > 0 {
				return err
			}
			i, err := p.save(ctx, tx, func(i *orderhub.Import) { i.Rehearsal = orderhub.ImportTally{} })
			p.i = orElse(i, p.i)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// recall finds out how far the phase has come, and what its steps freed.
func (p *pass) recall(ctx context.Context) error {
	return p.s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if p.last, err = tx.LastImportStep(ctx, p.i.ID, p.phase); err != nil {
			return err
		}
		for after := 0; after < p.last.Step; {
			steps, err := tx.ImportStepsAfter(ctx, p.i.ID, p.phase, after, 100)
			if err != nil || len(steps) == 0 {
				return err
			}
			for _, s := range steps {
				d, err := parseDeeds(s.Changes)
				if err != nil {
					return err
				}
				for _, f := range d.Freed {
					p.freed[key{f.Field, f.Value}] = f.Line
				}
				after = s.Step
			}
		}
		return nil
	})
}

// whole goes through the file: one goroutine reads and checks, the other asks
// the store.
func (p *pass) whole(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	batches := make(chan *batch, 2)
	done := p.last // the steps move it
	g.Go(func() error {
		defer close(batches)
		return p.read(ctx, done, batches)
	})
	g.Go(func() error {
		for b := range batches {
			if err := p.step(ctx, b); err != nil {
				return err
			}
			p.tell()
		}
		return nil
	})
	return g.Wait()
}

// step does one batch in one transaction.
func (p *pass) step(ctx context.Context, b *batch) error {
	ctx = orderhub.WithActor(ctx, orderhub.Actor{Door: "import", Key: p.i.Actor.Key, Import: p.i.ID, History: !p.i.Plan.Live})
	if p.dry {
		return p.rehearse(ctx, b)
	}
	var done *deeds
	var stored *orderhub.Import
	next := p.next(b)
	asked := time.Now()
	var began time.Time
	err := p.s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		began = time.Now()
		if done, err = p.take(ctx, tx, b); err != nil {
			return err
		}
		next.Findings, next.Changes = done.findings(), done.changes()
		if err := tx.AddImportStep(ctx, &next); err != nil {
			return err
		}
		stored, err = p.save(ctx, tx, func(i *orderhub.Import) {
			i.Rows, i.Part = b.rows, b.part
			i.Result.Add(done.tally)
		})
		return err
	})
	if err != nil {
		return err
	}
	p.last, p.i = next, stored
	p.remember(done)
	return p.giveWay(ctx, began.Sub(asked), time.Since(began))
}

// giveWay lets others write for as long as a step took, when the step had to
// wait for them: orders that arrive go before what is in no hurry.
func (p *pass) giveWay(ctx context.Context, waited, took time.Duration) error {
	if waited < busy {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(min(took, time.Second)):
		return nil
	}
}

// busy is how long a step waits for its turn when others write, too.
const busy = time.Millisecond

func (p *pass) next(b *batch) importdb.ImportStep {
	return importdb.ImportStep{Import: p.i.ID, Phase: p.phase, Step: p.last.Step + 1,
		Records: p.last.Records + int64(len(b.records)), Rows: b.rows}
}

// remember keeps which keys a step freed for the records behind it.
func (p *pass) remember(done *deeds) {
	for _, f := range done.Freed {
		p.freed[key{f.Field, f.Value}] = f.Line
	}
	p.shown += done.examples
}

// rehearse judges one batch and stores what was found. Progress without a
// finding is stored about once a second.
func (p *pass) rehearse(ctx context.Context, b *batch) error {
	var done *deeds
	err := p.s.DB.View(ctx, func(tx *store.Tx) (err error) {
		done, err = p.take(ctx, tx, b)
		return err
	})
	if err != nil {
		return err
	}
	next := p.next(b)
	p.i.Rehearsal.Add(done.tally)
	p.i.Rows, p.i.Part = b.rows, b.part
	if len(done.Findings) == 0 && p.s.DB.Now().Sub(p.saved) < time.Second {
		p.last.Records, p.last.Rows = next.Records, next.Rows
		p.remember(done)
		return nil
	}
	tally := p.i.Rehearsal
	var stored *orderhub.Import
	err = p.s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		if len(done.Findings) > 0 {
			next.Findings = done.findings()
			if err := tx.AddImportStep(ctx, &next); err != nil {
				return err
			}
		}
		stored, err = p.save(ctx, tx, func(i *orderhub.Import) { i.Rehearsal, i.Rows, i.Part = tally, b.rows, b.part })
		return err
	})
	if err != nil {
		return err
	}
	p.last, p.i, p.saved = next, stored, p.s.DB.Now()
	p.remember(done)
	return nil
}

// end stores that the pass is over, and why it failed if it did.
func (p *pass) end(ctx context.Context, failure string) error {
	tally := p.i.Rehearsal
	var stored *orderhub.Import
	err := p.s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		stored, err = p.save(ctx, tx, func(i *orderhub.Import) {
			i.Failure, i.Rehearsal = failure, tally
			switch {
			case failure != "":
				i.State = orderhub.ImportFailed
			case p.dry:
				i.State, i.Part = orderhub.ImportRehearsed, 1
			default:
				i.State, i.Part = orderhub.ImportDone, 1
			}
			if i.State != orderhub.ImportRehearsed {
				i.EndedAt, i.File.Place = tx.Now(), ""
				p.s.keepUndo(tx, i)
			}
		})
		return err
	})
	if err != nil {
		return err
	}
	if stored.File.Place == "" {
		p.s.files().remove(p.i.File.Place)
	}
	p.i = stored
	p.tell()
	return nil
}
