package shops

import (
	"context"
	"maps"
	"slices"
	"strings"

	"orderhub"
	"orderhub/internal/definitions"
	"orderhub/internal/store"
	"orderhub/money"
)

// A Change is what is asked of a shop. What is nil or empty stays as it is.
type Change struct {
	Identify *orderhub.Identity
	Zone     *string
	Currency *money.Currency
	Prefix   *string // of order numbers that we make

	// PaymentWords and FulfilmentWords are what words of the shop's own mean;
	// nil removes the word. Case does not count.
	PaymentWords    map[string]*orderhub.PaymentState
	FulfilmentWords map[string]*orderhub.FulfilmentState

	// Settings are choices by the names of the settings; "" returns to the default.
	Settings map[string]string

	// Define adds names, or gives them another label. Undefine removes names
	// from the list. Of a definition only kind, name and label count.
	Define, Undefine []orderhub.Definition

	// Unread is what the caller could not read of the change. It is reported
	// together with all else that is wrong, and nothing is changed.
	Unread error
}

// check applies a change to a shop, but for its definitions, and reports
// everything that is wrong with the change.
func (s *Service) check(shop *orderhub.Shop, c Change) error {
	var f orderhub.Faults
	f.Add(c.Unread)
	set(&shop.Identify, c.Identify)
	set(&shop.Zone, c.Zone)
	set(&shop.Currency, c.Currency)
	set(&shop.NumberPrefix, c.Prefix)
	f.Add(shop.Validate())
	setWords("payment_words", shop.PaymentWords, c.PaymentWords, &f)
	setWords("fulfilment_words", shop.FulfilmentWords, c.FulfilmentWords, &f)
	for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
		s.choose(shop, name, c.Settings[name], &f)
	}
	for _, d := range slices.Concat(c.Define, c.Undefine) {
		if !d.Kind.Known() {
			f.Wrong("kind", "must be consent, order, product or customer")
		}
	}
	for _, d := range c.Define {
		f.Add(d.Validate())
	}
	return f.Err()
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func setWords[State any](field string, words map[string]State, meanings map[string]*State, f *orderhub.Faults) {
	for word, meaning := range meanings {
		switch word = orderhub.Fold(word); {
		case word == "":
			f.Wrong(field, "must not hold an empty word")
		case meaning == nil:
			delete(words, word)
		default:
			words[word] = *meaning
		}
	}
}

// choose sets a setting of a shop.
func (s *Service) choose(shop *orderhub.Shop, name, value string, f *orderhub.Faults) {
	i := slices.IndexFunc(s.Settings, func(known orderhub.Setting) bool { return known.Name == name })
	switch {
	case i < 0:
		f.Add(s.UnknownSetting(name))
	case value == "":
		delete(shop.Settings, name)
	default:
		shop.Settings[name] = value
		f.AddIn("settings", s.Settings[i].Validate(value))
	}
}

// UnknownSetting refuses a setting that does not exist and lists those that do:
// an Invalid error of the field settings.NAME, as Change returns it.
func (s *Service) UnknownSetting(name string) error {
	all := make([]string, len(s.Settings))
	for i, known := range s.Settings {
		all[i] = known.String()
	}
	return orderhub.Wrong("settings."+name, "is not known; there are "+strings.Join(all, " and "))
}

// define adds and removes definitions and lists what that has changed.
func define(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, c Change) ([]orderhub.Change, error) {
	kinds := make(map[orderhub.DefinitionKind]bool)
	for _, d := range slices.Concat(c.Define, c.Undefine) {
		kinds[d.Kind] = true
	}
	old, err := labels(ctx, tx.Shop(shop.ID), kinds)
	if err != nil {
		return nil, err
	}
	var f orderhub.Faults
	for _, d := range c.Define {
		err := definitions.Define(ctx, tx, shop, d.Kind, d.Name, d.Label)
		if err != nil && orderhub.KindOf(err) != orderhub.Invalid {
			return nil, err // the database's: nothing more can be checked
		}
		f.Add(err)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	for _, d := range c.Undefine {
		if err := tx.Shop(shop.ID).Undefine(ctx, d.Kind, d.Name); err != nil {
			return nil, err
		}
	}
	now, err := labels(ctx, tx.Shop(shop.ID), kinds)
	return orderhub.TextChanges("definition.", old, now), err
}

// labels are the labels of definitions by KIND:NAME, as an event shows them.
func labels(ctx context.Context, tx *store.ShopTx, kinds map[orderhub.DefinitionKind]bool) (map[string]string, error) {
	all := make(map[string]string)
	for kind := range kinds {
		some, err := tx.Definitions(ctx, kind)
		if err != nil {
			return nil, err
		}
		for _, d := range some {
			all[string(kind)+":"+d.Name] = label(d)
		}
	}
	return all, nil
}

// label is a definition's, its name when it has none, and in brackets when the
// shop has not defined it: it is only seen in orders or customers.
func label(d orderhub.Definition) string {
	text := d.Label
	if text == "" {
		text = d.Name
	}
	if !d.Given {
		return "(" + text + ")"
	}
	return text
}
