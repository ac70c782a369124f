package importing

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// How often somebody looks whether there is work, and whether that of another
// is done.
const (
	poll = 200 * time.Millisecond
	look = 500 * time.Millisecond
)

// Run works on imports whose files are here, as they are asked for, until ctx
// ends. What it leaves is taken up by the next one.
func (s *Service) Run(ctx context.Context) {
	const most = 4
	working := make(map[orderhub.ImportID]bool)
	ended := make(chan orderhub.ImportID, most)
	timer := time.NewTicker(look)
	defer timer.Stop()
	defer s.files().unserved()
	for ctx.Err() == nil {
		s.files().served()
		todo, err := s.todo(ctx)
		if err != nil && ctx.Err() == nil {
			s.log().Error("imports cannot be looked up", "error", err)
		}
		for _, i := range todo {
			if len(working) >= most || working[i.ID] || i.State != orderhub.ImportUndoing && !s.files().has(i.File.Place) {
				continue
			}
			working[i.ID] = true
			go func() {
				if _, err := s.work(ctx, i, nil); err != nil && ctx.Err() == nil {
					s.log().Error("import", "import", i.ID, "error", err)
				}
				ended <- i.ID
			}()
		}
		select {
		case id := <-ended:
			delete(working, id)
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	for range working {
		<-ended
	}
}

func (s *Service) todo(ctx context.Context) (all []*orderhub.Import, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err = tx.ImportsToDo(ctx, 100)
		return err
	})
	return all, err
}

// Work does what an import was asked for, or watches who does it, and returns
// the import as it is when nothing is left to do. Progress, when it is not nil,
// is told from time to time.
//
// A program that runs on the same folder is left the work: its orders and the
// records of the import share commits, where two programs would wait for each
// other.
func (s *Service) Work(ctx context.Context, shop *orderhub.Shop, id orderhub.ImportID, progress func(*orderhub.Import)) (*orderhub.Import, error) {
	for begun := time.Now(); ; {
		i, err := s.Find(ctx, shop, id)
		if err != nil {
			return nil, err
		}
		if progress != nil {
			progress(i)
		}
		if !i.State.Busy() {
			return i, nil
		}
		if !s.files().isServed() || time.Since(begun) > patience {
			worked, err := s.work(ctx, i, progress)
			if err != nil {
				return nil, err
			}
			if worked {
				continue
			}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(poll):
		}
	}
}

// patience is how long another program is waited for that could do the work.
const patience = 6 * look

// work claims an import and does what it was asked for. It reports false when
// another program works on it, or has its file.
func (s *Service) work(ctx context.Context, i *orderhub.Import, progress func(*orderhub.Import)) (bool, error) {
	if i.State != orderhub.ImportUndoing && !s.files().has(i.File.Place) {
		return false, nil
	}
	w := &worker{s: s, id: i.ID, i: i, holder: rand.Text(), progress: progress}
	claimed := false
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		claimed, err = tx.ClaimImport(ctx, i.ID, w.holder, w.until(tx))
		if err != nil || !claimed {
			return err
		}
		if w.shop, err = tx.ShopByID(ctx, i.Shop); err != nil {
			return err
		}
		w.i, err = tx.Shop(i.Shop).Import(ctx, i.ID)
		return err
	})
	if err != nil || !claimed {
		return false, err
	}
	defer w.release(context.WithoutCancel(ctx))
	err = w.whileKept(ctx, func(ctx context.Context) error {
		if w.i.State == orderhub.ImportUndoing {
			return w.undo(ctx)
		}
		return w.run(ctx)
	})
	if errors.Is(err, errOver) {
		err = nil
	}
	return true, err
}

// whileKept does something while the claim is renewed beside it: reading a
// large file to the place where it goes on takes longer than a claim lasts.
func (w *worker) whileKept(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	renewals := make(chan struct{})
	go func() {
		defer close(renewals)
		timer := time.NewTicker(w.lease() / 3)
		defer timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
			err := w.s.DB.Update(ctx, func(tx *store.Tx) error {
				mine, err := tx.KeepImport(ctx, w.id, w.holder, w.until(tx))
				if err == nil && !mine {
					err = errOver
				}
				return err
			})
			if errors.Is(err, errOver) {
				cancel(errOver)
			}
		}
	}()
	err := do(ctx)
	if errors.Is(context.Cause(ctx), errOver) {
		err = errOver
	}
	cancel(nil)
	<-renewals
	return err
}

// errOver ends the work on an import that somebody has cancelled, or that
// another program has taken up because this one stood still.
var errOver = errors.New("importing: this import is not ours any more")

// A worker works on one import that it has claimed.
type worker struct {
	s        *Service
	shop     *orderhub.Shop
	id       orderhub.ImportID
	i        *orderhub.Import // as it was stored last
	holder   string
	progress func(*orderhub.Import)
}

func (w *worker) lease() time.Duration { return orElse(w.s.Lease, 5*time.Second) }

func (w *worker) until(tx *store.Tx) time.Time { return tx.Now().Add(w.lease()) }

// save changes the import in the transaction of a step, unless it is not ours
// any more, and returns it as it is once the transaction is stored.
func (w *worker) save(ctx context.Context, tx *store.Tx, change func(*orderhub.Import)) (*orderhub.Import, error) {
	i, err := tx.Shop(w.shop.ID).Import(ctx, w.id)
	if err != nil {
		return nil, err
	}
	mine, err := tx.KeepImport(ctx, i.ID, w.holder, w.until(tx))
	if err != nil {
		return nil, err
	}
	if !mine || i.State != w.i.State {
		return nil, errOver
	}
	change(i)
	return i, tx.Shop(i.Shop).SaveImport(ctx, i)
}

// tell shows how far the work is.
func (w *worker) tell() {
	if w.progress != nil {
		w.progress(w.i)
	}
}

// release lets others claim the import.
func (w *worker) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := w.s.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.KeepImport(ctx, w.id, w.holder, time.Time{})
		return err
	})
	if err != nil {
		w.s.log().Warn("an import was not given back; it is taken up when its time is over", "import", w.i.ID, "error", err)
	}
}
