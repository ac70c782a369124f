package loyalty

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
)

func TestChangeOfACard(t *testing.T) {
	noon := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	long := time.Date(2019, 3, 4, 12, 0, 0, 1_999, time.FixedZone("", 3*3600))
	old := orderhub.Card{ID: 5, Shop: 2, Number: "700123", EAN13: "0000007001239", Barcode: "0000007001239", Medium: orderhub.Plastic,
		Status: orderhub.CardNew, Type: 3, Customer: 4, CreatedAt: noon, UpdatedAt: noon, Version: 6}
	active, blocked := orderhub.CardActive, orderhub.CardBlocked
	tests := []struct {
		name    string
		made    bool
		command cardCommand
		do      func(*orderhub.Card)
		fields  string // at fault
	}{
		{name: "nothing", do: func(*orderhub.Card) {}},
		{name: "a new card", made: true, command: cardCommand{CardChange: orderhub.CardChange{Number: new("17")}}, do: func(c *orderhub.Card) {
			*c = orderhub.Card{Shop: 2, Number: "17", EAN13: "0000000000178", Barcode: "0000000000178", Medium: orderhub.Plastic, Status: orderhub.CardNew}
		}},
		{name: "a new card of the past", made: true, command: cardCommand{CardChange: orderhub.CardChange{Number: new("X")}, createdAt: long}, do: func(c *orderhub.Card) {
			*c = orderhub.Card{Shop: 2, Number: "X", Barcode: "X", Medium: orderhub.Plastic, Status: orderhub.CardNew, CreatedAt: long.UTC().Truncate(time.Microsecond)}
		}},
		{name: "active", command: cardCommand{CardChange: orderhub.CardChange{Status: &active}}, do: func(c *orderhub.Card) {
			c.Status, c.ActivatedAt = active, noon
		}},
		{name: "active in the past, at an unknown time", command: cardCommand{CardChange: orderhub.CardChange{Status: &active}, undated: true}, do: func(c *orderhub.Card) {
			c.Status = active
		}},
		{name: "blocked in the past", command: cardCommand{CardChange: orderhub.CardChange{Status: &blocked, BlockedAt: &long}, undated: true}, do: func(c *orderhub.Card) {
			c.Status, c.BlockedAt = blocked, long.UTC().Truncate(time.Microsecond)
		}},
		{name: "another type and owner", command: cardCommand{kind: new(orderhub.CardTypeID(8)), owner: new(orderhub.CustomerID(9))}, do: func(c *orderhub.Card) {
			c.Type, c.Customer = 8, 9
		}},
		{name: "no type and no owner", command: cardCommand{kind: new(orderhub.CardTypeID(0)), owner: new(orderhub.CustomerID(0))}, do: func(c *orderhub.Card) {
			c.Type, c.Customer = 0, 0
		}},
		{name: "another number", command: cardCommand{CardChange: orderhub.CardChange{Number: new("400638133393")}}, do: func(c *orderhub.Card) {
			c.Number, c.EAN13, c.Barcode = "400638133393", "4006381333931", "4006381333931"
		}},
		{name: "no number", command: cardCommand{CardChange: orderhub.CardChange{Number: new("")}}, fields: "number"},
		{name: "all that is wrong", command: cardCommand{CardChange: orderhub.CardChange{ExternalID: new(strings.Repeat("x", 256)), Barcode: new("\x00"),
			EAN13: new("12"), Medium: new(orderhub.Medium("GOLD"))}}, fields: "external_id barcode ean13 medium"},
	}
	for _, tt := range tests {
		before, want := old, old
		from := &before
		if tt.made {
			from = nil
		}
		got, err := changeCard(from, tt.command, &orderhub.Shop{ID: 2}, noon)
		var fields []string
		for _, e := range orderhub.All(err) {
			fields = append(fields, e.Field)
		}
		if text := strings.Join(fields, " "); text != tt.fields {
			t.Errorf("%s: faults of %q, want %q", tt.name, text, tt.fields)
		}
		if tt.do == nil {
			continue
		}
		tt.do(&want)
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if before != old {
			t.Errorf("%s: the old card was changed", tt.name)
		}
	}
}
