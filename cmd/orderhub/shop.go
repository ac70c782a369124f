package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/doors"
	"orderhub/internal/shops"
	"orderhub/internal/store"
	"orderhub/money"
)

// shopsOf acts on the shops of a store.
func shopsOf(db *store.DB) *shops.Service {
	return &shops.Service{DB: db, Settings: doors.Settings()}
}

// byCommand says who acts, for the events of a command.
func byCommand(ctx context.Context) context.Context {
	return orderhub.WithActor(ctx, orderhub.Actor{Door: "command"})
}

// shopFlags are the settings that create and set share; nil is not given.
type shopFlags struct {
	Identify *string `placeholder:"FIELD" help:"What tells customers apart: email, phone or crm-id."`
	Timezone *string `placeholder:"ZONE" help:"Times without a zone are read in it, such as Europe/Moscow."`
	Currency *string `placeholder:"CODE" help:"What orders are paid in unless they say, such as RUB."`
	Prefix   *string `placeholder:"TEXT" help:"What order numbers that orderhub makes begin with."`
}

// change is what the flags ask for.
func (f shopFlags) change() shops.Change {
	c := shops.Change{Identify: (*orderhub.Identity)(f.Identify), Zone: f.Timezone, Prefix: f.Prefix}
	if f.Currency != nil {
		c.Currency = new(money.Currency(strings.ToUpper(*f.Currency)))
	}
	return c
}

type shopCreate struct {
	Name  string    `arg:"" help:"Name of the shop: lower-case letters, digits and dashes."`
	Flags shopFlags `embed:""`
	Place place     `embed:""`
}

// Help is shown below the summary of the command.
func (shopCreate) Help() string {
	return `A shop is a wall: its orders, customers and keys are seen by nobody else. A new
shop tells customers apart by their e-mail address, lives in Europe/Moscow and
is paid in RUB, unless the flags say otherwise.

    orderhub shop create north --timezone Asia/Yekaterinburg --identify phone`
}

// Run makes the shop.
func (c *shopCreate) Run(ctx context.Context, s streams) error {
	if err := shopsOf(nil).Check(c.Name, c.Flags.change()); err != nil {
		return err // also where there is no store yet
	}
	return c.Place.use(ctx, func(db *store.DB) error {
		_, err := shopsOf(db).Create(byCommand(ctx), c.Name, c.Flags.change())
		if orderhub.KindOf(err) == orderhub.Duplicate {
			return orderhub.Errorf(orderhub.Duplicate, "there is a shop %s already; orderhub shop set changes it", c.Name)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "made the shop %s; orderhub key create --shop %s --name NAME%s makes a key to it\n", c.Name, c.Name, c.Place.flags())
		return nil
	})
}

type shopSet struct {
	Name           string    `arg:"" help:"Name of the shop."`
	Flags          shopFlags `embed:""`
	PaymentWord    []string  `sep:"none" placeholder:"WORD=STATE" help:"What the shop's own word for a payment means: unpaid, partly_paid, paid or refunded. Without a state the word is forgotten."`
	FulfilmentWord []string  `sep:"none" placeholder:"WORD=STATE" help:"What the shop's own word for a delivery means: none, packed, partly_shipped, shipped, delivered or returned. Without a state the word is forgotten."`
	Define         []string  `sep:"none" placeholder:"KIND:NAME=LABEL" help:"A name of the shop's own: of an attribute (order, product or customer), or the id of a consent with what people call it, such as consent:3=Newsletter."`
	Undefine       []string  `sep:"none" placeholder:"KIND:NAME" help:"Such a name that is no longer used."`
	Setting        []string  `sep:"none" placeholder:"NAME=VALUE" help:"What a dialect lets the shop choose. Without a value the choice is taken back."`
	Place          place     `embed:""`
}

// Help is shown below the summary of the command.
func (shopSet) Help() string {
	var known strings.Builder
	for _, setting := range doors.Settings() {
		fmt.Fprintf(&known, "    %s\n", setting)
	}
	return `Only what is given changes; a running server follows within a second. Words and
settings may be given several times.

    orderhub shop set main --currency PLN --payment-word Оплачен=paid

The settings are, the first value being the one without a choice:

` + known.String()
}

// Run changes the shop.
func (c *shopSet) Run(ctx context.Context, s streams) error {
	return c.Place.use(ctx, func(db *store.DB) error {
		all := shopsOf(db)
		if _, err := all.Change(byCommand(ctx), c.Name, c.change(all)); err != nil {
			return asFlags(err)
		}
		fmt.Fprintf(s.out, "changed the shop %s\n", c.Name)
		return nil
	})
}

// change is what the flags ask for, and what of them cannot be read.
func (c *shopSet) change(all *shops.Service) shops.Change {
	var f orderhub.Faults
	change := c.Flags.change()
	change.PaymentWords = make(map[string]*orderhub.PaymentState)
	for _, text := range c.PaymentWord {
		f.Add(readWord(change.PaymentWords, "--payment-word", text, orderhub.ParsePaymentState, "unpaid, partly_paid, paid or refunded"))
	}
	change.FulfilmentWords = make(map[string]*orderhub.FulfilmentState)
	for _, text := range c.FulfilmentWord {
		f.Add(readWord(change.FulfilmentWords, "--fulfilment-word", text, orderhub.ParseFulfilmentState, "none, packed, partly_shipped, shipped, delivered or returned"))
	}
	change.Settings = make(map[string]string)
	for _, text := range c.Setting {
		if name, value, ok := cutLast(text); ok {
			change.Settings[name] = value
		} else {
			f.Add(all.UnknownSetting(text))
		}
	}
	change.Define = readDefinitions("--define", c.Define, &f)
	change.Undefine = readDefinitions("--undefine", c.Undefine, &f)
	change.Unread = f.Err()
	return change
}

// readWord reads what one of the shop's own words means, nil when it is to be
// forgotten.
func readWord[State any](words map[string]*State, flag, text string, parse func(string) (State, bool), known string) error {
	word, meaning, ok := cutLast(text)
	word = orderhub.Fold(word)
	if !ok || word == "" {
		return orderhub.Wrong(flag, "must be a word, an equals sign and what it means, such as ready=STATE")
	}
	if meaning == "" {
		words[word] = nil
		return nil
	}
	state, ok := parse(meaning)
	if !ok {
		return orderhub.Wrong(flag, fmt.Sprintf("%s means nothing that we know; it can be %s", word, known))
	}
	words[word] = &state
	return nil
}

// readDefinitions reads names of the shop's own: KIND:NAME or KIND:NAME=LABEL.
func readDefinitions(flag string, texts []string, f *orderhub.Faults) []orderhub.Definition {
	var all []orderhub.Definition
	for _, text := range texts {
		kind, rest, _ := strings.Cut(text, ":")
		d := orderhub.Definition{Kind: orderhub.DefinitionKind(kind), Name: rest}
		if rest == "" || !d.Kind.Known() {
			f.Wrong(flag, "must begin with consent:, order:, product: or customer:, such as consent:3=Newsletter")
			continue
		}
		if flag == "--define" {
			d.Name, d.Label, _ = strings.Cut(rest, "=")
		}
		all = append(all, d)
	}
	return all
}

// asFlags names the flag where a fault names a setting.
func asFlags(err error) error {
	if orderhub.KindOf(err) != orderhub.Invalid {
		return err
	}
	var f orderhub.Faults
	for _, fault := range orderhub.All(err) {
		named := *fault
		if name, ok := strings.CutPrefix(fault.Field, "settings."); ok {
			named.Field, named.Text = "--setting", name+" "+fault.Text
		}
		f.Add(&named)
	}
	return f.Err()
}

// cutLast cuts at the last equals sign: a word may have some of its own.
func cutLast(text string) (before, after string, found bool) {
	i := strings.LastIndexByte(text, '=')
	if i < 0 {
		return text, "", false
	}
	return strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+1:]), true
}

type shopList struct {
	JSON  bool  `name:"json" help:"Print JSON, with words and settings."`
	Place place `embed:""`
}

// Help is shown below the summary of the command.
func (shopList) Help() string {
	return `Shops are listed in the order in which they were made.

    orderhub shop list --json`
}

// Run lists the shops.
func (c *shopList) Run(ctx context.Context, s streams) error {
	return c.Place.use(ctx, func(db *store.DB) error {
		all, err := shopsOf(db).List(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, shopsAsJSON(all))
		}
		t := table{{"NAME", "IDENTIFY", "TIME ZONE", "CURRENCY", "PREFIX", "MADE"}}
		for _, shop := range all {
			t = append(t, []string{shop.Name, string(shop.Identify), shop.Zone, string(shop.Currency), shop.NumberPrefix, minute(shop.CreatedAt)})
		}
		return t.print(s.out)
	})
}

// listedShop is a shop as JSON shows it.
type listedShop struct {
	Name            string            `json:"name"`
	Identify        string            `json:"identify"`
	Timezone        string            `json:"timezone"`
	Currency        string            `json:"currency"`
	Prefix          string            `json:"prefix"`
	PaymentWords    map[string]string `json:"payment_words"`
	FulfilmentWords map[string]string `json:"fulfilment_words"`
	Settings        map[string]string `json:"settings"`
	CreatedAt       time.Time         `json:"created_at"`
}

func shopsAsJSON(listed []*orderhub.Shop) []listedShop {
	all := make([]listedShop, len(listed))
	for i, s := range listed {
		all[i] = listedShop{
			Name: s.Name, Identify: string(s.Identify), Timezone: s.Zone, Currency: string(s.Currency), Prefix: s.NumberPrefix,
			PaymentWords: texts(s.PaymentWords), FulfilmentWords: texts(s.FulfilmentWords),
			Settings: s.Settings, CreatedAt: s.CreatedAt,
		}
	}
	return all
}

// texts spells the meanings of words.
func texts[State fmt.Stringer](words map[string]State) map[string]string {
	all := make(map[string]string, len(words))
	for word, state := range words {
		all[word] = state.String()
	}
	return all
}
