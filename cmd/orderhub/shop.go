package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/definitions"
	"orderhub/internal/doors"
	"orderhub/internal/store"
	"orderhub/money"
)

// shopFlags are the settings that create and set share; nil is not given.
type shopFlags struct {
	Identify *string `placeholder:"FIELD" help:"What tells customers apart: email, phone or crm-id."`
	Timezone *string `placeholder:"ZONE" help:"Times without a zone are read in it, such as Europe/Moscow."`
	Currency *string `placeholder:"CODE" help:"What orders are paid in unless they say, such as RUB."`
	Prefix   *string `placeholder:"TEXT" help:"What order numbers that orderhub makes begin with."`
}

// apply puts what was given into a shop and checks the result.
func (f shopFlags) apply(s *orderhub.Shop) error {
	if f.Identify != nil {
		s.Identify = orderhub.Identity(*f.Identify)
	}
	if f.Timezone != nil {
		s.Zone = *f.Timezone
	}
	if f.Currency != nil {
		s.Currency = money.Currency(strings.ToUpper(*f.Currency))
	}
	if f.Prefix != nil {
		s.NumberPrefix = *f.Prefix
	}
	return s.Validate()
}

// newShop is a shop with the settings that shops begin with.
func newShop(name string) *orderhub.Shop {
	return &orderhub.Shop{
		Name:     name,
		Zone:     "Europe/Moscow",
		Currency: "RUB",
		Identify: orderhub.ByEmail,
		Statuses: orderhub.DefaultStatuses(),
	}
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
	shop := newShop(c.Name)
	if err := c.Flags.apply(shop); err != nil {
		return err
	}
	return c.Place.use(ctx, func(db *store.DB) error {
		err := db.Update(ctx, func(tx *store.Tx) error { return tx.CreateShop(ctx, shop) })
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
		err := db.Update(ctx, func(tx *store.Tx) error {
			shop, err := tx.ShopByName(ctx, c.Name)
			if err != nil {
				return err
			}
			if err := c.change(shop); err != nil {
				return err
			}
			if err := c.define(ctx, tx, shop); err != nil {
				return err
			}
			return tx.SaveShop(ctx, shop)
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "changed the shop %s\n", c.Name)
		return nil
	})
}

// define adds names of the shop's own, and takes away those that are no longer
// used.
func (c *shopSet) define(ctx context.Context, tx *store.Tx, shop *orderhub.Shop) error {
	var f orderhub.Faults
	for _, text := range c.Define {
		kind, rest, ok := cutKind(text)
		name, label, _ := strings.Cut(rest, "=")
		if !ok {
			f.Wrong("--define", wrongKind)
			continue
		}
		f.Add(definitions.Define(ctx, tx, shop, kind, name, label))
	}
	for _, text := range c.Undefine {
		kind, name, ok := cutKind(text)
		if !ok {
			f.Wrong("--undefine", wrongKind)
			continue
		}
		f.Add(tx.Shop(shop.ID).Undefine(ctx, kind, name))
	}
	return f.Err()
}

const wrongKind = "must begin with consent:, order:, product: or customer:, such as consent:3=Newsletter"

// cutKind splits what a definition is for from its name.
func cutKind(text string) (kind orderhub.DefinitionKind, rest string, ok bool) {
	word, rest, _ := strings.Cut(text, ":")
	kind = orderhub.DefinitionKind(word)
	all := []orderhub.DefinitionKind{orderhub.ConsentDefinition, orderhub.OrderDefinition, orderhub.ProductDefinition, orderhub.CustomerDefinition}
	return kind, rest, rest != "" && slices.Contains(all, kind)
}

// change puts all that was given into the shop, or says all that is wrong.
func (c *shopSet) change(shop *orderhub.Shop) error {
	var f orderhub.Faults
	f.Add(c.Flags.apply(shop))
	for _, text := range c.PaymentWord {
		f.Add(setWord(shop.PaymentWords, "--payment-word", text, orderhub.ParsePaymentState, "unpaid, partly_paid, paid or refunded"))
	}
	for _, text := range c.FulfilmentWord {
		f.Add(setWord(shop.FulfilmentWords, "--fulfilment-word", text, orderhub.ParseFulfilmentState, "none, packed, partly_shipped, shipped, delivered or returned"))
	}
	for _, text := range c.Setting {
		f.Add(setSetting(shop.Settings, text))
	}
	return f.Err()
}

// setWord gives one of the shop's own words a meaning, or forgets it.
func setWord[State any](words map[string]State, flag, text string, parse func(string) (State, bool), known string) error {
	word, meaning, ok := cutLast(text)
	word = orderhub.Fold(word)
	if !ok || word == "" {
		return orderhub.Wrong(flag, "must be a word, an equals sign and what it means, such as ready=STATE")
	}
	if meaning == "" {
		delete(words, word)
		return nil
	}
	state, ok := parse(meaning)
	if !ok {
		return orderhub.Wrong(flag, fmt.Sprintf("%s means nothing that we know; it can be %s", word, known))
	}
	words[word] = state
	return nil
}

// setSetting makes a choice for the shop, or takes it back.
func setSetting(chosen map[string]string, text string) error {
	name, value, ok := cutLast(text)
	all := doors.Settings()
	i := slices.IndexFunc(all, func(s orderhub.Setting) bool { return s.Name == name })
	if !ok || i < 0 {
		known := make([]string, len(all))
		for i, s := range all {
			known[i] = s.String()
		}
		return orderhub.Wrong("--setting", fmt.Sprintf("%s is not known; there are %s", name, strings.Join(known, " and ")))
	}
	if value == "" {
		delete(chosen, name)
		return nil
	}
	if err := all[i].Validate(value); err != nil {
		return orderhub.Wrong("--setting", err.Error())
	}
	chosen[name] = value
	return nil
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
		var shops []*orderhub.Shop
		err := db.View(ctx, func(tx *store.Tx) (err error) {
			shops, err = tx.Shops(ctx)
			return err
		})
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, shopsAsJSON(shops))
		}
		t := table{{"NAME", "IDENTIFY", "TIME ZONE", "CURRENCY", "PREFIX", "MADE"}}
		for _, shop := range shops {
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

func shopsAsJSON(shops []*orderhub.Shop) []listedShop {
	all := make([]listedShop, len(shops))
	for i, s := range shops {
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
