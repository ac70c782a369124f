package importing

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/sheet"
	"orderhub/internal/store"
	"orderhub/internal/store/importdb"
)

// phaseOf is the phase whose findings an import shows: the run's, once there
// is one.
func phaseOf(i *orderhub.Import) int {
	if i.StartedAt.IsZero() {
		return rehearsal
	}
	return running
}

// findings gives what the steps of an import found, step by step.
func (s *Service) findings(ctx context.Context, i *orderhub.Import) iter.Seq2[*finding, error] {
	return func(yield func(*finding, error) bool) {
		for after := 0; ; {
			var steps []*importdb.ImportStep
			err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
				steps, err = tx.ImportStepsAfter(ctx, i.ID, phaseOf(i), after, 20)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			if len(steps) == 0 {
				return
			}
			for _, step := range steps {
				after = step.Step
				var some []finding
				if len(step.Findings) > 0 {
					if err := json.Unmarshal(step.Findings, &some); err != nil {
						yield(nil, fmt.Errorf("importing: what step %d found: %w", step.Step, err))
						return
					}
				}
				for n := range some {
					if !yield(&some[n], nil) {
						return
					}
				}
			}
		}
	}
}

// Faults lists what is wrong with the rows of an import's file, in their
// sequence, at most limit: as its run found them, or its rehearsal while it was
// not run.
func (s *Service) Faults(ctx context.Context, i *orderhub.Import, limit int) ([]orderhub.ImportFault, error) {
	var all []orderhub.ImportFault
	for f, err := range s.findings(ctx, i) {
		if err != nil {
			return nil, err
		}
		for _, r := range f.Rows {
			for _, fault := range r.Faults {
				if len(all) == limit {
					return all, nil
				}
				all = append(all, fault)
			}
		}
	}
	return all, nil
}

// A Preview is an update that a rehearsal explains.
type Preview struct {
	Line    int               `json:"line"`
	Changes []orderhub.Change `json:"changes"`
}

// Previews lists some of the updates that a rehearsal found, with what they
// would change. A run has none.
func (s *Service) Previews(ctx context.Context, i *orderhub.Import) ([]Preview, error) {
	var all []Preview
	for f, err := range s.findings(ctx, i) {
		if err != nil {
			return nil, err
		}
		if len(f.Changes) > 0 {
			all = append(all, Preview{f.Line, f.Changes})
		}
	}
	return all, nil
}

// Rejects writes the rows that were refused as a file like the one that came,
// with a column of reasons, which is ignored when the file comes again. It
// returns how many rows these are. A workbook comes back as a workbook, all
// else as CSV in UTF-8.
func (s *Service) Rejects(ctx context.Context, i *orderhub.Import, w io.Writer) (rows int, err error) {
	out := rejectWriter(i, w)
	width := len(i.File.Header)
	names := append(i.File.Header[:width:width], ReasonColumn)
	for n, name := range names {
		if name == "" {
			names[n] = fmt.Sprintf("orderhub.column %d", n+1) // ignored when it comes again
		}
	}
	if err := out.Header(names...); err != nil {
		return 0, err
	}
	cells := make([]sheet.Cell, width+1)
	for f, err := range s.findings(ctx, i) {
		if err != nil {
			return rows, err
		}
		for _, r := range f.Rows {
			for n := range width {
				cells[n] = sheet.Cell{}
				if n < len(r.Cells) {
					cells[n] = sheet.Text(r.Cells[n])
				}
			}
			cells[width] = sheet.Text(reason(f, &r))
			if err := out.Write(cells...); err != nil {
				return rows, err
			}
			rows++
		}
	}
	return rows, out.Close()
}

func rejectWriter(i *orderhub.Import, w io.Writer) *sheet.Writer {
	if strings.HasPrefix(i.File.Format, "XLSX") {
		return sheet.NewXLSX(w, "rejected")
	}
	o := sheet.CSVOptions{Mark: true}
	if len(i.Plan.Separator) == 1 {
		o.Separator = i.Plan.Separator[0]
	}
	return sheet.NewCSV(w, o)
}

// reason is why a row is refused, in one line.
func reason(f *finding, r *foundRow) string {
	var all []string
	for _, fault := range r.Faults {
		if fault.Column != "" {
			all = append(all, fault.Column+": "+fault.Text)
		} else {
			all = append(all, fault.Text)
		}
	}
	if len(all) > 0 {
		return fmt.Sprintf("row %d: %s", r.Line, strings.Join(all, "; "))
	}
	for _, other := range f.Rows {
		if len(other.Faults) > 0 {
			return fmt.Sprintf("row %d: goes with row %d, which is refused", r.Line, other.Line)
		}
	}
	return fmt.Sprintf("row %d", r.Line)
}

// idle is how long a file waits for somebody who wants it imported.
const idle = 7 * 24 * time.Hour

// Sweep forgets what is over: how imports are undone when the time for that
// has passed, with the rows that they refused, and files that nobody wanted
// imported for a week. It is a chore, to be done every hour.
func (s *Service) Sweep(ctx context.Context) error {
	for {
		var stale []*orderhub.Import
		err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			stale, err = tx.StaleImports(ctx, tx.Now().Add(-idle), 100)
			return err
		})
		if err != nil || len(stale) == 0 {
			return err
		}
		for _, i := range stale {
			if err := s.retire(ctx, i); err != nil {
				return err
			}
		}
	}
}

// retire forgets what an import kept. One that nobody wanted is cancelled, and
// forgotten when it is looked at next.
func (s *Service) retire(ctx context.Context, i *orderhub.Import) error {
	if i.State == orderhub.ImportReady || i.State == orderhub.ImportRehearsed {
		return s.settle(ctx, i, func(tx *store.Tx, now *orderhub.Import) {
			if now.State == i.State {
				now.State, now.UndoUntil, now.File.Place = orderhub.ImportCancelled, tx.Now(), ""
			}
		})
	}
	for _, phase := range []int{rehearsal, running} {
		for n := int64(1); n > 0; {
			err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
				n, err = tx.DropImportSteps(ctx, i.ID, phase, 100)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return s.settle(ctx, i, func(_ *store.Tx, now *orderhub.Import) { now.UndoUntil, now.File.Place = time.Time{}, "" })
}

// settle changes an import that nobody works on, and drops its file when it
// says so.
func (s *Service) settle(ctx context.Context, i *orderhub.Import, change func(*store.Tx, *orderhub.Import)) error {
	var now *orderhub.Import
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		if now, err = tx.Shop(i.Shop).Import(ctx, i.ID); err != nil {
			return err
		}
		change(tx, now)
		return tx.Shop(now.Shop).SaveImport(ctx, now)
	})
	if err == nil && now.File.Place == "" {
		s.files().remove(i.File.Place)
	}
	return err
}
