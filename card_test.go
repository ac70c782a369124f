package orderhub_test

import (
	"testing"

	"orderhub"
)

func TestEAN13(t *testing.T) {
	for number, want := range map[string]string{
		"700123":         "0000007001239",
		"400638133393":   "4006381333931",
		"1":              "0000000000017",
		"0":              "0000000000000",
		"007":            "0000000000079",
		"7":              "0000000000079",
		"999999999999":   "9999999999994",
		"":               "",
		"4006381333931":  "", // thirteen digits are no number of a card
		"12a4":           "",
		"-12":            "",
		" 12":            "",
		"12\n":           "",
		"١٢٣":            "", // digits of another script
		"12345678901é":   "",
		"1234567890123x": "",
	} {
		if got := orderhub.EAN13(number); got != want {
			t.Errorf("EAN13(%q) = %q, want %q", number, got, want)
		}
	}
}

func TestCardRefNamesTheCardAsItsSenderDid(t *testing.T) {
	for want, ref := range map[string]orderhub.CardRef{
		"7":  {ID: 7, Number: "8"},
		"8":  {Number: "8", ExternalID: "9"},
		"9":  {ExternalID: "9", Barcode: "10"},
		"�0": {Barcode: "\xff0"},
		"":   {},
	} {
		if got := ref.String(); got != want {
			t.Errorf("%+v is called %q, want %q", ref, got, want)
		}
	}
}

func TestStatusOfACardSetsItsDates(t *testing.T) {
	var c orderhub.Card
	later := noon.AddDate(0, 0, 1)
	c.SetStatus(orderhub.CardActive, noon)
	c.SetStatus(orderhub.CardActive, later)
	if c.ActivatedAt != noon || !c.BlockedAt.IsZero() {
		t.Errorf("activated at %v, blocked at %v, want noon and never", c.ActivatedAt, c.BlockedAt)
	}
	c.SetStatus(orderhub.CardBlocked, later)
	if c.ActivatedAt != noon || c.BlockedAt != later {
		t.Errorf("activated at %v, blocked at %v, want noon and a day later", c.ActivatedAt, c.BlockedAt)
	}
	c.SetStatus(orderhub.CardActive, later)
	if c.ActivatedAt != noon || !c.BlockedAt.IsZero() {
		t.Errorf("activated at %v, blocked at %v, want noon and never", c.ActivatedAt, c.BlockedAt)
	}
}

func TestWhichPointsCount(t *testing.T) {
	for state, want := range map[orderhub.BonusState]bool{
		orderhub.BonusPending: false, orderhub.BonusActive: true, orderhub.BonusSpent: true,
		orderhub.BonusExpired: true, orderhub.BonusReversed: false,
	} {
		if state.Counts() != want {
			t.Errorf("%s points count: %v, want %v", state, state.Counts(), want)
		}
	}
}
