package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"orderhub"
	"orderhub/internal/importing"
	"orderhub/internal/store"
)

// importCommands are what can be done with files.
type importCommands struct {
	Customers importFile    `cmd:"" help:"Bring customers over."`
	Orders    importFile    `cmd:"" help:"Bring orders over, one row a line of an order."`
	Statuses  importFile    `cmd:"" help:"Set the statuses of orders."`
	Cards     importFile    `cmd:"" help:"Bring discount cards over."`
	Bonuses   importFile    `cmd:"" help:"Book bonus points."`
	Products  importFile    `cmd:"" help:"Bring products over; YML is read, too."`
	Example   importExample `cmd:"" help:"Print a file to begin with."`
	Fields    importFields  `cmd:"" help:"List what the columns of a file can be."`
	List      importList    `cmd:"" help:"List the imports of a shop."`
	Show      importShow    `cmd:"" help:"Tell what became of an import."`
	Run       importRun     `cmd:"" help:"Run an import that was rehearsed, cancelled or cut off."`
	Cancel    importCancel  `cmd:"" help:"End an import that runs."`
	Undo      importUndo    `cmd:"" help:"Take back what an import has stored."`
	Rejects   importRejects `cmd:"" help:"Write the rows that an import refused to a file, with the reasons."`
	Plan      struct {
		List   planList   `cmd:"" help:"List the plans that a shop keeps."`
		Remove planRemove `cmd:"" help:"Forget a plan."`
	} `cmd:"" help:"Look after the plans by which a shop's files are read."`
}

// planFlags say how a file is read.
type planFlags struct {
	Plan      string   `placeholder:"NAME" help:"Read the file by a plan that the shop keeps; other flags go before it."`
	SavePlan  string   `placeholder:"NAME" help:"Keep what these flags say as a plan of the shop."`
	Map       []string `placeholder:"COLUMN=FIELD" sep:"none" help:"What a column is: a field, attribute.NAME, or - for nothing. Can be repeated."`
	Word      []string `placeholder:"COLUMN:WORD=MEANING" sep:"none" help:"What a word in a column means, such as Статус:Оплачен=paid. Can be repeated."`
	Sheet     string   `placeholder:"NAME" help:"The worksheet; the first one when nothing is said."`
	Encoding  string   `placeholder:"NAME" help:"The encoding of CSV, such as windows-1251; it is recognised when nothing is said."`
	Separator string   `placeholder:"SIGN" help:"What separates the cells of CSV; it is recognised when nothing is said."`
	Header    int      `placeholder:"LINE" help:"The line of the column names; the first when nothing is said."`
	Decimal   string   `placeholder:"SIGN" help:"The decimal sign, . or , ; it is recognised when nothing is said."`
	Dates     string   `placeholder:"ORDER" help:"The order of a date's parts, ymd, dmy or mdy; it is recognised when nothing is said."`
	Zone      string   `placeholder:"ZONE" help:"The time zone of times without one, such as Europe/Warsaw; the shop's when nothing is said."`
	Empty     string   `enum:"keep,clear" default:"keep" help:"What an empty cell does to a field of something that is there: keep or clear it."`
	Only      string   `enum:"all,new,known" default:"all" help:"Take only what is new, or only what is known; the other rows are conflicts."`
	Live      bool     `help:"Act as if it came by an API. Else it is history: it is stored, and no points, messages or exports follow from it."`
}

// plan is what the flags say, over the plan that they name.
func (f *planFlags) plan(ctx context.Context, imports *importing.Service, shop *orderhub.Shop, kind orderhub.ImportKind) (p orderhub.ImportPlan, err error) {
	if f.Plan != "" {
		if p, err = imports.Plan(ctx, shop, kind, f.Plan); err != nil {
			return p, err
		}
	}
	p.Sheet, p.Encoding, p.Separator = cmp.Or(f.Sheet, p.Sheet), cmp.Or(f.Encoding, p.Encoding), cmp.Or(separator(f.Separator), p.Separator)
	p.Header, p.Decimal, p.Dates, p.Zone = cmp.Or(f.Header, p.Header), cmp.Or(f.Decimal, p.Decimal), cmp.Or(f.Dates, p.Dates), cmp.Or(f.Zone, p.Zone)
	p.Clear, p.Live = p.Clear || f.Empty == "clear", p.Live || f.Live
	p.OnlyNew, p.OnlyOld = p.OnlyNew || f.Only == "new", p.OnlyOld || f.Only == "known"
	for _, m := range f.Map {
		column, field, ok := cutLast(m)
		if !ok {
			return p, fmt.Errorf("--map wants COLUMN=FIELD, not %q", m)
		}
		columnOf(&p, column).Field = field
	}
	for _, w := range f.Word {
		column, rest, ok := strings.Cut(w, ":")
		word, meaning, has := cutLast(rest)
		if !ok || !has {
			return p, fmt.Errorf("--word wants COLUMN:WORD=MEANING, not %q", w)
		}
		c := columnOf(&p, column)
		if c.Words == nil {
			c.Words = make(map[string]string)
		}
		c.Words[word] = meaning
	}
	return p, nil
}

// separator lets people write what cannot be typed.
func separator(text string) string {
	if text == `\t` || text == "tab" {
		return "\t"
	}
	return text
}

// columnOf is what a plan says of a column, made when it says nothing.
func columnOf(p *orderhub.ImportPlan, name string) *orderhub.ImportColumn {
	for i := range p.Columns {
		if p.Columns[i].Column == name {
			return &p.Columns[i]
		}
	}
	p.Columns = append(p.Columns, orderhub.ImportColumn{Column: name})
	return &p.Columns[len(p.Columns)-1]
}

type importFile struct {
	File    string    `arg:"" help:"The file: CSV or XLSX, whatever its name; for products YML as well."`
	Shop    string    `required:"" placeholder:"SHOP" help:"Name of the shop."`
	DryRun  bool      `help:"Check the whole file and store nothing; orderhub import run does it afterwards."`
	JSON    bool      `name:"json" help:"Print the report for programs."`
	Rejects string    `placeholder:"FILE" help:"Write the rows that are refused to this file, with the reasons."`
	Reading planFlags `embed:""`
	Place   place     `embed:""`
}

// Help is shown below the summary of the command.
func (importFile) Help() string {
	return `What the columns are is recognised by their names and can be told with --map;
encoding, separator, decimal sign and the order of dates are recognised, too, and
what was recognised is printed. Rows that cannot be taken do not hold up the
others: they are listed with the reason, and --rejects writes them to a file
that can be mended and imported again. What is cut off goes on with orderhub
import run, or by itself while a server runs on the same folder.

    orderhub import customers customers.csv --shop main --dry-run
    orderhub import orders orders.xlsx --shop main --map "Заказ=number" --word "Статус:Оплачен=paid"`
}

// Run takes the file in and tells what came of it.
func (c *importFile) Run(ctx context.Context, s streams, k *kong.Context) error {
	kind := orderhub.ImportKind(k.Selected().Name)
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	return withImports(ctx, c.Place, c.Shop, func(ctx context.Context, imports *importing.Service, shop *orderhub.Shop) error {
		plan, err := c.Reading.plan(ctx, imports, shop, kind)
		if err != nil {
			return err
		}
		if c.Reading.SavePlan != "" {
			if err := imports.SavePlan(ctx, shop, kind, c.Reading.SavePlan, plan); err != nil {
				return err
			}
		}
		i, seen, err := imports.Create(ctx, shop, kind, filepath.Base(c.File), file, plan)
		if err != nil {
			return err
		}
		if !c.JSON {
			printInspection(s.err, seen)
		}
		to := orderhub.ImportRunning
		if c.DryRun {
			to = orderhub.ImportRehearsing
		}
		t := task{imports, shop, c.Place, s, c.JSON, c.Rejects}
		return t.do(ctx, i.ID, to)
	})
}

// withImports opens the store and finds the shop.
func withImports(ctx context.Context, p place, name string, do func(context.Context, *importing.Service, *orderhub.Shop) error) error {
	ctx = byCommand(ctx)
	return p.use(ctx, func(db *store.DB) error {
		shop, err := findShop(ctx, db, name)
		if err != nil {
			return err
		}
		return do(ctx, importsOf(db, p), shop)
	})
}

// importsOf keeps files beside the store, where the server looks for them too.
func importsOf(db *store.DB, p place) *importing.Service {
	return &importing.Service{DB: db, Dir: filepath.Join(p.Data, "imports"), Lease: p.Lease}
}

// A task is something that is done with an import while somebody watches.
type task struct {
	imports *importing.Service
	shop    *orderhub.Shop
	place   place
	streams
	json    bool
	rejects string // a file for the rows that are refused; "" for none
}

// verbs are what a person reads while it is done.
var verbs = map[orderhub.ImportState]string{
	orderhub.ImportRehearsing: "checking", orderhub.ImportRunning: "importing", orderhub.ImportUndoing: "taking back",
}

// do brings an import to a state, works until it is there, and reports.
func (t task) do(ctx context.Context, id orderhub.ImportID, to orderhub.ImportState) error {
	if _, err := t.imports.Ask(ctx, t.shop, id, to); err != nil {
		return err
	}
	shown := newBar(t.err, verbs[to])
	i, err := t.imports.Work(ctx, t.shop, id, func(i *orderhub.Import) {
		shown.show(verbs[to], i.Part, i.Rows, "rows")
	})
	shown.Clear()
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("import %d was cut off; orderhub import run %d --shop %s%s goes on, orderhub import cancel %d ends it",
			id, id, t.shop.Name, t.place.flags(), id)
	}
	if err != nil {
		return err
	}
	if t.rejects != "" {
		if err := writeRejects(ctx, t.imports, i, t.rejects); err != nil {
			return err
		}
	}
	if err := t.report(ctx, i); err != nil {
		return err
	}
	if i.State == orderhub.ImportFailed {
		return orderhub.Errorf(orderhub.Invalid, "%s", i.Failure)
	}
	return nil
}

// onDay is a date for people, in UTC.
func onDay(t time.Time) string { return t.UTC().Format(time.DateOnly) }
