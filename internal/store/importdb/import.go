package importdb

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// CreateImport stores a new import and sets its ID and when it was made.
func (tx ShopImports) CreateImport(ctx context.Context, i *orderhub.Import) error {
	if err := tx.Owns(i.Shop); err != nil {
		return err
	}
	i.CreatedAt = tx.Now()
	_, err := query.Row(ctx, tx, `/* CreateImport */
		insert into imports (shop_id, kind, file_name, file_size, file_print, file_form, file_place, header, plan, door, key_name, created_at,
			state, rows_seen, part_done, rehearsal, result, undone, failure, started_at, ended_at, undo_until, holder, held_until)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, '', 0)
		returning import_id`,
		append([]any{int64(tx.ShopID), string(i.Kind), i.File.Name, i.File.Size, i.File.Print, i.File.Format, i.File.Place,
			importJSON(i.File.Header), string(i.Plan.JSON()), i.Actor.Door, i.Actor.Key, form.Micros(i.CreatedAt)}, importProgress(i)...),
		(*int64)(&i.ID))
	if err != nil {
		return fmt.Errorf("store: create import: %w", err)
	}
	return nil
}

// importProgress are the values of the columns that change.
func importProgress(i *orderhub.Import) []any {
	return []any{string(i.State), i.Rows, int(math.Round(i.Part * 1000)), importJSON(i.Rehearsal), importJSON(i.Result), importJSON(i.Undone),
		i.Failure, form.Micros(i.StartedAt), form.Micros(i.EndedAt), form.Micros(i.UndoUntil)}
}

func importJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // tallies and lists of names always print
	}
	return string(b)
}

// SaveImport stores how far an import has come, where its file is and how it
// is read. The transaction must hold it.
func (tx ShopImports) SaveImport(ctx context.Context, i *orderhub.Import) error {
	_, err := tx.Exec(ctx, `/* SaveImport */
		update imports set state = $2, rows_seen = $3, part_done = $4, rehearsal = $5, result = $6, undone = $7,
			failure = $8, started_at = $9, ended_at = $10, undo_until = $11, plan = $12, file_place = $13
		where import_id = $1 and shop_id = $14`,
		append(append([]any{int64(i.ID)}, importProgress(i)...), string(i.Plan.JSON()), i.File.Place, int64(tx.ShopID))...)
	if err != nil {
		return fmt.Errorf("store: save import %d: %w", i.ID, err)
	}
	return nil
}

// Import finds an import of a shop and, in an Update, holds it until the
// transaction ends. It is a NotFound error when the shop has no such import.
func (tx ShopImports) Import(ctx context.Context, id orderhub.ImportID) (*orderhub.Import, error) {
	all, err := readImports(ctx, tx, `where import_id = $1 and shop_id = $2`+tx.Hold, int64(id), int64(tx.ShopID))
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, orderhub.Errorf(orderhub.NotFound, "no import with id %d", id)
	}
	return all[0], nil
}

// Imports lists a shop's imports, the newest first, below an ID (0 for the
// first page), at most limit.
func (tx ShopImports) Imports(ctx context.Context, below orderhub.ImportID, limit int) ([]*orderhub.Import, error) {
	if below == 0 {
		below = math.MaxInt64
	}
	return readImports(ctx, tx, `where shop_id = $1 and import_id < $2 order by import_id desc limit $3`, int64(tx.ShopID), int64(below), limit)
}

// ImportsToDo lists imports of all shops that wait for a worker, at most limit.
func (tx AllImports) ImportsToDo(ctx context.Context, limit int) ([]*orderhub.Import, error) {
	return readImports(ctx, tx, `where state in ('rehearsing', 'running', 'undoing') and held_until <= $1 order by held_until limit $2`,
		form.Micros(tx.Now()), limit)
}

// StaleImports lists imports whose undo is over, and those made before a time
// of which nothing came, at most limit.
func (tx AllImports) StaleImports(ctx context.Context, before time.Time, limit int) ([]*orderhub.Import, error) {
	over, err := readImports(ctx, tx, `where undo_until > 0 and undo_until <= $1 and state <> 'undoing' order by undo_until limit $2`, form.Micros(tx.Now()), limit)
	if err != nil {
		return nil, err
	}
	idle, err := readImports(ctx, tx, `where state in ('ready', 'rehearsed') and created_at <= $1 order by created_at limit $2`, form.Micros(before), limit)
	return append(over, idle...), err
}

func readImports(ctx context.Context, tx query.Runner, where string, args ...any) ([]*orderhub.Import, error) {
	rows, err := tx.Query(ctx, `/* imports */
		select import_id, shop_id, kind, state, file_name, file_size, file_print, file_form, file_place, header, plan, door, key_name,
			rows_seen, part_done, rehearsal, result, undone, failure, created_at, started_at, ended_at, undo_until
		from imports `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: imports: %w", err)
	}
	defer rows.Close()
	var all []*orderhub.Import
	for rows.Next() {
		i, err := scanImport(rows)
		if err != nil {
			return nil, fmt.Errorf("store: imports: %w", err)
		}
		all = append(all, i)
	}
	return all, rows.Err()
}

func scanImport(rows query.Rows) (*orderhub.Import, error) {
	i := new(orderhub.Import)
	var part, created, started, ended, until int64
	var header, plan, rehearsal, result, undone []byte
	err := rows.Scan((*int64)(&i.ID), (*int64)(&i.Shop), (*string)(&i.Kind), (*string)(&i.State),
		&i.File.Name, &i.File.Size, &i.File.Print, &i.File.Format, &i.File.Place, &header, &plan, &i.Actor.Door, &i.Actor.Key,
		&i.Rows, &part, &rehearsal, &result, &undone, &i.Failure, &created, &started, &ended, &until)
	if err != nil {
		return nil, err
	}
	for _, x := range []struct {
		text []byte
		into any
	}{{header, &i.File.Header}, {plan, &i.Plan}, {rehearsal, &i.Rehearsal}, {result, &i.Result}, {undone, &i.Undone}} {
		if err := json.Unmarshal(x.text, x.into); err != nil {
			return nil, err
		}
	}
	i.Part = float64(part) / 1000
	i.CreatedAt, i.StartedAt, i.EndedAt, i.UndoUntil = form.Instant(created), form.Instant(started), form.Instant(ended), form.Instant(until)
	return i, nil
}

// ClaimImport lets one holder alone work on an import until a time. It reports
// false while another one does.
func (tx AllImports) ClaimImport(ctx context.Context, id orderhub.ImportID, holder string, until time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `/* ClaimImport */
		update imports set holder = $2, held_until = $3
		where import_id = $1 and (held_until <= $4 or holder = $2)`, int64(id), holder, form.Micros(until), form.Micros(tx.Now()))
	if err != nil {
		return false, fmt.Errorf("store: claim import %d: %w", id, err)
	}
	return n == 1, nil
}

// KeepImport goes on with a claim until a time, the zero one to give it up. It
// reports false when another holder has the import.
func (tx AllImports) KeepImport(ctx context.Context, id orderhub.ImportID, holder string, until time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `/* KeepImport */
		update imports set held_until = $3 where import_id = $1 and holder = $2`, int64(id), holder, form.Micros(until))
	if err != nil {
		return false, fmt.Errorf("store: keep import %d: %w", id, err)
	}
	return n == 1, nil
}

// An ImportStep is what one transaction of an import did.
type ImportStep struct {
	Import   orderhub.ImportID
	Phase    int   // 0 the rehearsal, 1 the run
	Step     int   // 1, 2, 3 … in the sequence of the file
	Records  int64 // of the file, that were done with this step
	Rows     int64 // rows that these were
	Findings []byte
	Changes  []byte // nil when there is nothing to take back
}

// AddImportStep stores a step. The caller has claimed the import.
func (tx AllImports) AddImportStep(ctx context.Context, s *ImportStep) error {
	_, err := tx.Exec(ctx, `/* AddImportStep */
		insert into import_steps (import_id, phase, step, records, rows_done, findings, changes)
		values ($1, $2, $3, $4, $5, $6, $7)`,
		int64(s.Import), s.Phase, s.Step, s.Records, s.Rows, string(s.Findings), string(s.Changes))
	if err != nil {
		return fmt.Errorf("store: step %d of import %d: %w", s.Step, s.Import, err)
	}
	return nil
}

// LastImportStep is the last step of a phase, without what it did; its Step is
// 0 when there is none.
func (tx AllImports) LastImportStep(ctx context.Context, id orderhub.ImportID, phase int) (ImportStep, error) {
	s := ImportStep{Import: id, Phase: phase}
	_, err := query.Row(ctx, tx, `/* LastImportStep */
		select step, records, rows_done from import_steps where import_id = $1 and phase = $2 order by step desc limit 1`,
		[]any{int64(id), phase}, &s.Step, &s.Records, &s.Rows)
	if err != nil {
		return s, fmt.Errorf("store: steps of import %d: %w", id, err)
	}
	return s, nil
}

// ImportStepsAfter lists the steps of a phase behind one, at most limit.
func (tx AllImports) ImportStepsAfter(ctx context.Context, id orderhub.ImportID, phase, step, limit int) ([]*ImportStep, error) {
	return readSteps(ctx, tx, `where import_id = $1 and phase = $2 and step > $3 order by step limit $4`, int64(id), phase, step, limit)
}

// LastImportChanges is the last step of a run below one that has something to
// take back, nil when there is none.
func (tx AllImports) LastImportChanges(ctx context.Context, id orderhub.ImportID, below int) (*ImportStep, error) {
	all, err := readSteps(ctx, tx, `where import_id = $1 and phase = 1 and step < $2 and changes <> '' order by step desc limit 1`, int64(id), below)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

func readSteps(ctx context.Context, tx query.Runner, where string, args ...any) ([]*ImportStep, error) {
	rows, err := tx.Query(ctx, `/* importSteps */
		select import_id, phase, step, records, rows_done, findings, changes from import_steps `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: steps of an import: %w", err)
	}
	defer rows.Close()
	var all []*ImportStep
	for rows.Next() {
		s := new(ImportStep)
		if err := rows.Scan((*int64)(&s.Import), &s.Phase, &s.Step, &s.Records, &s.Rows, &s.Findings, &s.Changes); err != nil {
			return nil, fmt.Errorf("store: steps of an import: %w", err)
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// ForgetImportChanges drops what a step had kept to be taken back.
func (tx AllImports) ForgetImportChanges(ctx context.Context, s *ImportStep) error {
	_, err := tx.Exec(ctx, `/* ForgetImportChanges */
		update import_steps set changes = '' where import_id = $1 and phase = $2 and step = $3`, int64(s.Import), s.Phase, s.Step)
	if err != nil {
		return fmt.Errorf("store: step %d of import %d: %w", s.Step, s.Import, err)
	}
	return nil
}

// DropImportSteps drops up to limit steps of a phase, and says how many.
func (tx AllImports) DropImportSteps(ctx context.Context, id orderhub.ImportID, phase, limit int) (int64, error) {
	n, err := tx.Exec(ctx, `/* DropImportSteps */
		delete from import_steps where step_id in
			(select step_id from import_steps where import_id = $1 and phase = $2 order by step limit $3)`, int64(id), phase, limit)
	if err != nil {
		return 0, fmt.Errorf("store: drop steps of import %d: %w", id, err)
	}
	return n, nil
}

// SaveImportPlan keeps a plan by a name, over one of that name.
func (tx ShopImports) SaveImportPlan(ctx context.Context, kind orderhub.ImportKind, name string, p orderhub.ImportPlan) error {
	_, err := tx.Exec(ctx, `/* SaveImportPlan */
		insert into import_plans (shop_id, kind, name, plan, updated_at) values ($1, $2, $3, $4, $5)
		on conflict (shop_id, kind, name) do update set plan = excluded.plan, updated_at = excluded.updated_at`,
		int64(tx.ShopID), string(kind), name, string(p.JSON()), form.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("store: save plan: %w", err)
	}
	return nil
}

// A NamedPlan is a plan that a shop keeps.
type NamedPlan struct {
	Kind      orderhub.ImportKind
	Name      string
	Plan      orderhub.ImportPlan
	UpdatedAt time.Time
}

// ImportPlans lists a shop's plans by kind and name.
func (tx ShopImports) ImportPlans(ctx context.Context) ([]NamedPlan, error) {
	rows, err := tx.Query(ctx, `/* ImportPlans */
		select kind, name, plan, updated_at from import_plans where shop_id = $1 order by kind, name`, int64(tx.ShopID))
	if err != nil {
		return nil, fmt.Errorf("store: plans: %w", err)
	}
	defer rows.Close()
	var all []NamedPlan
	for rows.Next() {
		var n NamedPlan
		var plan []byte
		var at int64
		if err := rows.Scan((*string)(&n.Kind), &n.Name, &plan, &at); err != nil {
			return nil, fmt.Errorf("store: plans: %w", err)
		}
		if err := json.Unmarshal(plan, &n.Plan); err != nil {
			return nil, fmt.Errorf("store: plan %s: %w", n.Name, err)
		}
		n.UpdatedAt = form.Instant(at)
		all = append(all, n)
	}
	return all, rows.Err()
}

// RemoveImportPlan forgets a plan, and reports whether there was one.
func (tx ShopImports) RemoveImportPlan(ctx context.Context, kind orderhub.ImportKind, name string) (bool, error) {
	n, err := tx.Exec(ctx, `/* RemoveImportPlan */
		delete from import_plans where shop_id = $1 and kind = $2 and name = $3`, int64(tx.ShopID), string(kind), name)
	if err != nil {
		return false, fmt.Errorf("store: remove plan: %w", err)
	}
	return n == 1, nil
}
