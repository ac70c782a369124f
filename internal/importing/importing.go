package importing

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/importdb"
)

// A Service looks after the imports of all shops in a store.
type Service struct {
	DB  *store.DB
	Log *slog.Logger // nil for none

	// Dir is where files are kept until they are imported. Programs that share
	// it share the work on its files.
	Dir string

	Batch    int           // records a transaction; 0 is 500, few enough not to be felt by other writers
	Lease    time.Duration // after which the import of a program that died is taken up by another; 0 is 5 s
	UndoTime time.Duration // how long an import can be undone; 0 is 30 days
}

func (s *Service) files() files { return files{s.Dir} }

func (s *Service) log() *slog.Logger { return orElse(s.Log, slog.New(slog.DiscardHandler)) }

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// maxFileName is how long the name of a file may be, in characters; what is
// more is cut.
const maxFileName = 255

// Create takes a file in, reads its beginning, and tells what was recognised,
// which is part of the import's plan from then on. Nothing else is done until
// somebody asks for it. A file that cannot be read, and a plan that does not
// fit it, is an Invalid error that says what to mend.
func (s *Service) Create(ctx context.Context, shop *orderhub.Shop, kind orderhub.ImportKind, name string, src io.Reader, plan orderhub.ImportPlan) (*orderhub.Import, *Inspection, error) {
	if !slices.Contains(orderhub.ImportKinds, kind) {
		return nil, nil, orderhub.Wrong("kind", fmt.Sprintf("is %q; a file holds %v", kind, orderhub.ImportKinds))
	}
	file, err := s.files().keep(ctx, src)
	if err != nil {
		return nil, nil, err
	}
	file.Name = shorten(name)
	i := &orderhub.Import{Shop: shop.ID, Kind: kind, State: orderhub.ImportReady, File: file, Plan: plan, Actor: orderhub.ActorOf(ctx)}
	seen, err := s.inspect(shop, i)
	if err == nil {
		err = s.DB.Update(ctx, func(tx *store.Tx) error { return tx.Shop(i.Shop).CreateImport(ctx, i) })
	}
	if err != nil {
		s.files().remove(file.Place)
		return nil, nil, err
	}
	return i, seen, nil
}

func shorten(name string) string {
	runes := []rune(strings.ReplaceAll(strings.ToValidUTF8(name, "\uFFFD"), "\x00", "\uFFFD"))
	return string(runes[:min(len(runes), maxFileName)])
}

// Find returns an import, or a NotFound error.
func (s *Service) Find(ctx context.Context, shop *orderhub.Shop, id orderhub.ImportID) (i *orderhub.Import, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		i, err = tx.Shop(shop.ID).Import(ctx, id)
		return err
	})
	return i, err
}

// List returns a shop's imports, the newest first, below an ID (0 for the
// first page), at most limit.
func (s *Service) List(ctx context.Context, shop *orderhub.Shop, below orderhub.ImportID, limit int) (all []*orderhub.Import, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err = tx.Shop(shop.ID).Imports(ctx, below, limit)
		return err
	})
	return all, err
}

// Ask says what is to be done with an import: ImportRehearsing, ImportRunning
// or ImportUndoing. It is done by Run, in this program or another; Work does it
// at once. What cannot be asked for in the state that the import has is a
// Conflict error.
func (s *Service) Ask(ctx context.Context, shop *orderhub.Shop, id orderhub.ImportID, to orderhub.ImportState) (i *orderhub.Import, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if i, err = tx.Shop(shop.ID).Import(ctx, id); err != nil {
			return err
		}
		if i.State == to {
			return nil
		}
		if err := askable(i, to, tx.Now()); err != nil {
			return err
		}
		if to == orderhub.ImportRunning && i.StartedAt.IsZero() {
			i.StartedAt = tx.Now()
		}
		i.State, i.Part, i.Rows, i.Failure = to, 0, 0, ""
		return tx.Shop(i.Shop).SaveImport(ctx, i)
	})
	return i, err
}

// from are the states in which something can be asked for.
var from = map[orderhub.ImportState][]orderhub.ImportState{
	orderhub.ImportRehearsing: {orderhub.ImportReady, orderhub.ImportRehearsed},
	orderhub.ImportRunning:    {orderhub.ImportReady, orderhub.ImportRehearsed, orderhub.ImportCancelled},
	orderhub.ImportUndoing:    {orderhub.ImportDone, orderhub.ImportCancelled, orderhub.ImportFailed},
}

func askable(i *orderhub.Import, to orderhub.ImportState, now time.Time) error {
	switch states, known := from[to]; {
	case !known:
		return orderhub.Errorf(orderhub.Invalid, "an import cannot be brought to be %s", to)
	case !slices.Contains(states, i.State):
		return orderhub.Errorf(orderhub.Conflict, "import %d is %s; it can be %s only when it is one of %v", i.ID, i.State, to, states)
	case to == orderhub.ImportUndoing && !i.UndoUntil.After(now):
		return orderhub.Errorf(orderhub.Conflict, "import %d has nothing to undo, or the time for that is over", i.ID)
	case to != orderhub.ImportUndoing && i.File.Place == "":
		return orderhub.Errorf(orderhub.Conflict, "the file of import %d is not kept any more; import it anew", i.ID)
	}
	return nil
}

// Cancel ends a rehearsal or a run, at the latest after the transaction that
// is under way. What was stored stays until it is undone; a cancelled run can
// be asked for again and goes on where it ended. An import that nobody has run
// is not wanted any more.
func (s *Service) Cancel(ctx context.Context, shop *orderhub.Shop, id orderhub.ImportID) (i *orderhub.Import, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if i, err = tx.Shop(shop.ID).Import(ctx, id); err != nil {
			return err
		}
		switch i.State {
		case orderhub.ImportReady, orderhub.ImportRehearsing, orderhub.ImportRehearsed:
		case orderhub.ImportRunning:
			i.EndedAt = tx.Now()
			s.keepUndo(tx, i)
		default:
			return orderhub.Errorf(orderhub.Conflict, "import %d is %s; there is nothing to cancel", id, i.State)
		}
		i.State = orderhub.ImportCancelled
		return tx.Shop(i.Shop).SaveImport(ctx, i)
	})
	return i, err
}

// keepUndo lets an import that has stored something be undone for a while.
func (s *Service) keepUndo(tx *store.Tx, i *orderhub.Import) {
	if i.Result.Created+i.Result.Updated > 0 {
		i.UndoUntil = tx.Now().Add(orElse(s.UndoTime, 30*24*time.Hour))
	}
}

// SavePlan keeps a plan by a name, for files of one kind.
func (s *Service) SavePlan(ctx context.Context, shop *orderhub.Shop, kind orderhub.ImportKind, name string, plan orderhub.ImportPlan) error {
	if name = strings.TrimSpace(name); name == "" || len(name) > maxFileName || !orderhub.Storable(name) {
		return orderhub.Wrong("name", fmt.Sprintf("must be text of 1 to %d bytes", maxFileName))
	}
	k, err := newKind(kind, shop, orderhub.ImportFile{})
	if err != nil {
		return err
	}
	if err := CheckPlan(kind, k.fields(), &plan); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.Shop(shop.ID).SaveImportPlan(ctx, kind, name, plan) })
}

// Plans lists the plans that a shop keeps.
func (s *Service) Plans(ctx context.Context, shop *orderhub.Shop) (all []importdb.NamedPlan, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err = tx.Shop(shop.ID).ImportPlans(ctx)
		return err
	})
	return all, err
}

// Plan returns a plan by its name, or a NotFound error.
func (s *Service) Plan(ctx context.Context, shop *orderhub.Shop, kind orderhub.ImportKind, name string) (orderhub.ImportPlan, error) {
	all, err := s.Plans(ctx, shop)
	if err != nil {
		return orderhub.ImportPlan{}, err
	}
	var names []string
	for _, p := range all {
		if p.Kind == kind && p.Name == name {
			return p.Plan, nil
		}
		if p.Kind == kind {
			names = append(names, p.Name)
		}
	}
	return orderhub.ImportPlan{}, orderhub.Errorf(orderhub.NotFound, "the shop %s keeps no plan %q for %s; it keeps %q", shop.Name, name, kind, names)
}

// RemovePlan forgets a plan, or is a NotFound error.
func (s *Service) RemovePlan(ctx context.Context, shop *orderhub.Shop, kind orderhub.ImportKind, name string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		found, err := tx.Shop(shop.ID).RemoveImportPlan(ctx, kind, name)
		if err == nil && !found {
			err = orderhub.Errorf(orderhub.NotFound, "the shop %s keeps no plan %q for %s", shop.Name, name, kind)
		}
		return err
	})
}
