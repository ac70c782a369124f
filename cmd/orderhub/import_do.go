package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"orderhub"
	"orderhub/internal/importing"
)

type importExample struct {
	Kind string `arg:"" enum:"customers,orders,statuses,cards,bonuses,products" help:"One of customers, orders, statuses, cards, bonuses and products."`
}

// Run prints the file.
func (c *importExample) Run(s streams) error {
	_, err := s.out.Write(importing.Example(orderhub.ImportKind(c.Kind)))
	return err
}

type importFields struct {
	Kind string `arg:"" enum:"customers,orders,statuses,cards,bonuses,products" help:"One of customers, orders, statuses, cards, bonuses and products."`
}

// Run lists the fields.
func (c *importFields) Run(s streams) error {
	fields, err := importing.Fields(&orderhub.Shop{Statuses: orderhub.DefaultStatuses()}, orderhub.ImportKind(c.Kind))
	if err != nil {
		return err
	}
	t := table{{"FIELD", "REQUIRED", "WHAT IT IS"}}
	for _, f := range fields {
		required := ""
		if f.Required {
			required = "yes"
		}
		t = append(t, []string{f.Name, required, f.About})
	}
	return t.print(s.out)
}

type importList struct {
	Shop  string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Place place  `embed:""`
}

// Run lists the newest imports.
func (c *importList) Run(ctx context.Context, s streams) error {
	return withImports(ctx, c.Place, c.Shop, func(ctx context.Context, imports *importing.Service, shop *orderhub.Shop) error {
		all, err := imports.List(ctx, shop, 0, 100)
		if err != nil {
			return err
		}
		t := table{{"IMPORT", "KIND", "STATE", "FILE", "CREATED", "UPDATED", "UNCHANGED", "CONFLICT", "INVALID", "AT"}}
		for _, i := range all {
			n := tallyOf(i)
			t = append(t, []string{fmt.Sprint(i.ID), string(i.Kind), string(i.State), i.File.Name, fmt.Sprint(n.Created), fmt.Sprint(n.Updated),
				fmt.Sprint(n.Unchanged), fmt.Sprint(n.Conflicts), fmt.Sprint(n.Invalid), minute(i.CreatedAt)})
		}
		return t.print(s.out)
	})
}

// An importRef names one import.
type importRef struct {
	ID    orderhub.ImportID `arg:"" help:"Number of the import, as orderhub import list shows it."`
	Shop  string            `required:"" placeholder:"SHOP" help:"Name of the shop."`
	JSON  bool              `name:"json" help:"Print the report for programs."`
	Place place             `embed:""`
}

func (c *importRef) use(ctx context.Context, s streams, do func(context.Context, task) error) error {
	return withImports(ctx, c.Place, c.Shop, func(ctx context.Context, imports *importing.Service, shop *orderhub.Shop) error {
		return do(ctx, task{imports: imports, shop: shop, place: c.Place, streams: s, json: c.JSON})
	})
}

type importShow struct {
	importRef `embed:""`
}

// Run reports.
func (c *importShow) Run(ctx context.Context, s streams) error {
	return c.use(ctx, s, func(ctx context.Context, t task) error {
		i, err := t.imports.Find(ctx, t.shop, c.ID)
		if err != nil {
			return err
		}
		return t.report(ctx, i)
	})
}

type importRun struct {
	importRef `embed:""`
	Rejects   string `placeholder:"FILE" help:"Write the rows that are refused to this file, with the reasons."`
}

// Run goes on with whatever is to be done with the import.
func (c *importRun) Run(ctx context.Context, s streams) error {
	return c.use(ctx, s, func(ctx context.Context, t task) error {
		i, err := t.imports.Find(ctx, t.shop, c.ID)
		if err != nil {
			return err
		}
		t.rejects = c.Rejects
		to := orderhub.ImportRunning
		if i.State.Busy() {
			to = i.State
		}
		return t.do(ctx, c.ID, to)
	})
}

type importCancel struct {
	importRef `embed:""`
}

// Run ends the import.
func (c *importCancel) Run(ctx context.Context, s streams) error {
	return c.use(ctx, s, func(ctx context.Context, t task) error {
		i, err := t.imports.Cancel(ctx, t.shop, c.ID)
		if err != nil {
			return err
		}
		return t.report(ctx, i)
	})
}

type importUndo struct {
	importRef `embed:""`
}

// Help is shown below the summary of the command.
func (importUndo) Help() string {
	return `What the import has made goes, and what it has changed is again as it was before,
unless somebody has touched or used it since: that stays, and is counted.`
}

// Run takes the import back.
func (c *importUndo) Run(ctx context.Context, s streams) error {
	return c.use(ctx, s, func(ctx context.Context, t task) error { return t.do(ctx, c.ID, orderhub.ImportUndoing) })
}

type importRejects struct {
	importRef `embed:""`
	Output    string `placeholder:"FILE" help:"The file to write; the standard output when nothing is said."`
}

// Run writes the rows.
func (c *importRejects) Run(ctx context.Context, s streams) error {
	return c.use(ctx, s, func(ctx context.Context, t task) error {
		i, err := t.imports.Find(ctx, t.shop, c.ID)
		if err != nil {
			return err
		}
		if c.Output != "" {
			return writeRejects(ctx, t.imports, i, c.Output)
		}
		_, err = t.imports.Rejects(ctx, i, s.out)
		return err
	})
}

type planList struct {
	Shop  string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Place place  `embed:""`
}

// Run lists the plans.
func (c *planList) Run(ctx context.Context, s streams) error {
	return withImports(ctx, c.Place, c.Shop, func(ctx context.Context, imports *importing.Service, shop *orderhub.Shop) error {
		all, err := imports.Plans(ctx, shop)
		if err != nil {
			return err
		}
		t := table{{"KIND", "NAME", "CHANGED", "PLAN"}}
		for _, p := range all {
			t = append(t, []string{string(p.Kind), p.Name, minute(p.UpdatedAt), string(p.Plan.JSON())})
		}
		return t.print(s.out)
	})
}

type planRemove struct {
	Kind  string `arg:"" enum:"customers,orders,statuses,cards,bonuses,products" help:"What the plan's files hold."`
	Name  string `arg:"" help:"Name of the plan."`
	Shop  string `required:"" placeholder:"SHOP" help:"Name of the shop."`
	Place place  `embed:""`
}

// Run forgets the plan.
func (c *planRemove) Run(ctx context.Context, s streams) error {
	return withImports(ctx, c.Place, c.Shop, func(ctx context.Context, imports *importing.Service, shop *orderhub.Shop) error {
		return imports.RemovePlan(ctx, shop, orderhub.ImportKind(c.Kind), c.Name)
	})
}

// printInspection tells what was recognised of a file.
func printInspection(w io.Writer, seen *importing.Inspection) {
	fmt.Fprintln(w, seen.Format)
	var known, attributes, ignored []string
	for _, c := range seen.Columns {
		switch {
		case c.Field == "":
			if c.Column != "" {
				ignored = append(ignored, c.Column)
			}
		case strings.Contains(c.Field, "attribute."):
			attributes = append(attributes, c.Column)
		case c.Field == c.Column:
			known = append(known, c.Column)
		default:
			known = append(known, c.Column+" is "+c.Field)
		}
	}
	for _, line := range []struct {
		what string
		all  []string
	}{{"columns: ", known}, {"attributes: ", attributes}, {"ignored: ", ignored}} {
		if len(line.all) > 0 {
			fmt.Fprintln(w, line.what+strings.Join(line.all, ", "))
		}
	}
	for _, note := range seen.Notes {
		fmt.Fprintln(w, note)
	}
}

// tallyOf is what a person wants to know of an import: of its run, or of its
// rehearsal while it was not run.
func tallyOf(i *orderhub.Import) orderhub.ImportTally {
	if i.StartedAt.IsZero() {
		return i.Rehearsal
	}
	return i.Result
}

// shownFaults is how many faults a report lists; the rejects have all.
const shownFaults = 20

// An importReport is what --json prints.
type importReport struct {
	Import int64                `json:"import"`
	Kind   orderhub.ImportKind  `json:"kind"`
	State  orderhub.ImportState `json:"state"`
	File   string               `json:"file"`
	Format string               `json:"format"`
	Plan   orderhub.ImportPlan  `json:"plan"`
	Rows   int64                `json:"rows"`
	orderhub.ImportTally
	Undone    *orderhub.UndoTally    `json:"undone,omitempty"`
	UndoUntil string                 `json:"undo_until,omitempty"` // a date
	Failure   string                 `json:"failure,omitempty"`
	Faults    []orderhub.ImportFault `json:"faults,omitempty"` // at most 1000
	Previews  []importing.Preview    `json:"previews,omitempty"`
}

// report tells what became of an import.
func (t task) report(ctx context.Context, i *orderhub.Import) error {
	limit := shownFaults
	if t.json {
		limit = orderhub.MaxFaults
	}
	faults, err := t.imports.Faults(ctx, i, limit)
	if err != nil {
		return err
	}
	previews, err := t.imports.Previews(ctx, i)
	if err != nil {
		return err
	}
	if t.json {
		r := importReport{Import: int64(i.ID), Kind: i.Kind, State: i.State, File: i.File.Name, Format: i.File.Format, Plan: i.Plan,
			Rows: i.Rows, ImportTally: tallyOf(i), Failure: i.Failure, Faults: faults, Previews: previews}
		if i.State == orderhub.ImportUndoing || i.State == orderhub.ImportUndone {
			r.Undone = &i.Undone
		}
		if !i.UndoUntil.IsZero() {
			r.UndoUntil = onDay(i.UndoUntil)
		}
		return printJSON(t.out, r)
	}
	t.tell(i)
	for _, e := range previews {
		fmt.Fprintf(t.out, "row %d would change %s\n", e.Line, changesText(e.Changes))
	}
	if err := faultTable(faults).print(t.out); err != nil {
		return err
	}
	t.suggest(i)
	return nil
}

// tell prints the report's first lines.
func (t task) tell(i *orderhub.Import) {
	n := tallyOf(i)
	fmt.Fprintf(t.out, "import %d of %s is %s\n", i.ID, i.Kind, i.State)
	fmt.Fprintf(t.out, "%d created, %d updated, %d unchanged, %d conflict, %d invalid\n", n.Created, n.Updated, n.Unchanged, n.Conflicts, n.Invalid)
	if i.State == orderhub.ImportUndoing || i.State == orderhub.ImportUndone {
		fmt.Fprintf(t.out, "taken back: %d removed, %d restored, %d kept because they were touched or used since\n", i.Undone.Removed, i.Undone.Restored, i.Undone.Kept)
	}
}

// suggest says what can be done next.
func (t task) suggest(i *orderhub.Import) {
	with := fmt.Sprintf(" %d --shop %s%s", i.ID, t.shop.Name, t.place.flags())
	if tallyOf(i).Rejected() > 0 && t.rejects == "" {
		fmt.Fprintf(t.out, "the refused rows as a file: orderhub import rejects%s --output rejected.csv\n", with)
	}
	switch i.State {
	case orderhub.ImportRehearsed:
		fmt.Fprintf(t.out, "nothing is stored yet; to do it: orderhub import run%s\n", with)
	case orderhub.ImportDone, orderhub.ImportCancelled, orderhub.ImportFailed:
		if !i.UndoUntil.IsZero() {
			fmt.Fprintf(t.out, "to take it back, until %s: orderhub import undo%s\n", onDay(i.UndoUntil), with)
		}
	}
}

func changesText(changes []orderhub.Change) string {
	all := make([]string, len(changes))
	for n, c := range changes {
		all[n] = fmt.Sprintf("%s from %q to %q", c.Field, c.From, c.To)
	}
	return strings.Join(all, ", ")
}

func faultTable(faults []orderhub.ImportFault) table {
	if len(faults) == 0 {
		return nil
	}
	t := table{{"ROW", "COLUMN", "REASON"}}
	for _, f := range faults {
		t = append(t, []string{fmt.Sprint(f.Line), f.Column, f.Text})
	}
	return t
}

// writeRejects writes the refused rows to a file, over one that is there.
func writeRejects(ctx context.Context, imports *importing.Service, i *orderhub.Import, path string) error {
	return writeWhole(path, true, func(w io.Writer) error {
		_, err := imports.Rejects(ctx, i, w)
		return err
	})
}
