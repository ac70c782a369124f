package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
)

// commands are all that the program can be told to do.
type commands struct {
	Serve serveCommand `cmd:"" help:"Take orders: run the server."`
	Shop  struct {
		Create shopCreate `cmd:"" help:"Make a shop."`
		Set    shopSet    `cmd:"" help:"Change the settings of a shop."`
		List   shopList   `cmd:"" help:"List all shops."`
	} `cmd:"" help:"Make, change and list shops."`
	Key struct {
		Create keyCreate `cmd:"" help:"Make a key to a shop and print its secret."`
		Revoke keyRevoke `cmd:"" help:"End a key."`
		List   keyList   `cmd:"" help:"List the keys of a shop."`
	} `cmd:"" help:"Make, end and list the keys by which programs reach a shop."`
	Reader struct {
		Create readerCreate `cmd:"" help:"Create a reader of the exchange."`
		List   readerList   `cmd:"" help:"List the readers of a shop."`
		Delete readerDelete `cmd:"" help:"Delete a reader and its marks."`
	} `cmd:"" help:"Create, list and delete the systems that pull orders by the exchange, each with marks of its own."`
	Customer struct {
		Duplicates customerDuplicates `cmd:"" help:"List customers that may be one person."`
		Merge      customerMerge      `cmd:"" help:"Make one customer of two."`
	} `cmd:"" help:"List customers that may be one person, and make one of two."`
	Bonus struct {
		Add bonusAdd `cmd:"" help:"Add bonus points to a customer, or write them off."`
	} `cmd:"" help:"Write into the ledger of bonus points."`
	Feed struct {
		Set    feedSet    `cmd:"" help:"Tell where the catalogue of a shop is found, to be looked at again and again."`
		Take   feedTake   `cmd:"" help:"Take a catalogue from a file."`
		Show   feedShow   `cmd:"" help:"Tell how the last look at a feed went."`
		Remove feedRemove `cmd:"" help:"Look at a feed no more."`
	} `cmd:"" help:"Keep the catalogue of a shop as its YML feed says."`
	Export  exportCommands `cmd:"" help:"Write customers, orders, cards, bonus points and products into files."`
	Import  importCommands `cmd:"" help:"Bring customers, orders, cards, bonus points and products over from files."`
	Migrate migrateCommand `cmd:"" help:"Bring the schema of the store up to date."`
	Check   checkCommand   `cmd:"" help:"Look for damage in the store."`
	Demo    struct {
		Remove demoRemove `cmd:"" help:"Remove the sample data of serve --demo."`
	} `cmd:"" help:"Look after the sample data of serve --demo."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

const about = `Orderhub keeps a shop's orders and customers in one store of record, and speaks the order APIs that shops already use.`

// environment names the variables that stand in for flags.
var environment = map[string]string{
	"addr":     "ORDERHUB_ADDR",
	"data":     "ORDERHUB_DATA",
	"database": "ORDERHUB_DATABASE",
}

// streams are where a command writes: results to out, the log to err.
type streams struct{ out, err io.Writer }

// run does what the arguments say. Flags that are not given are taken from
// the environment.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		args = []string{"--help"}
	}
	helped := false
	parser, err := kong.New(new(commands),
		kong.Name("orderhub"),
		kong.Description(about),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped = true }), // it wants to exit after help only
		kong.Resolvers(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
			if value := getenv(environment[flag.Name]); value != "" {
				return value, nil
			}
			return nil, nil
		})),
		kong.PostBuild(func(k *kong.Kong) error {
			k.Model.HelpFlag.Help = "Explain the command."
			return nil
		}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams{stdout, stderr}),
	)
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(args)
	switch {
	case helped:
		return nil
	case err != nil:
		return fmt.Errorf("%w (%s --help explains)", err, asked(err))
	}
	err = chosen.Run()
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return errors.New("stopped by a signal before it was done")
	}
	return err
}

// asked is the command that a line which cannot be understood began with.
func asked(err error) string {
	if p, ok := errors.AsType[*kong.ParseError](err); ok && p.Context != nil && p.Context.Selected() != nil {
		return p.Context.Selected().FullPath()
	}
	return "orderhub"
}
