package ordering_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"orderhub"
	"orderhub/internal/store/storetest"
	"orderhub/money"
)

// A card is what the model remembers of an order: as little as says what a
// reader must see.
type card struct {
	Note, Email, Status string
	Word                orderhub.PaidWord
	Covered             money.Amount // by the word paid
	Paid                bool
	Lines               []string
	Attributes          map[string]string
	UpdatedAt           time.Time
	Events              int
}

// A model is a shop in a map, and the real shop beside it.
type model struct {
	*desk
	clock *storetest.Clock
	cards map[string]*card // by number
	ids   map[string]orderhub.OrderID
	ever  map[orderhub.OrderID]int // events of all orders that ever were
}

var (
	someNumber = rapid.SampledFrom([]string{"1", "2", "a", "ё", "A"})
	someNote   = rapid.SampledFrom([]string{"", "note", "другая", "x\x00"})
	someEmail  = rapid.SampledFrom([]string{"", "anna@example.com", "boris@example.com"})
	someStatus = rapid.SampledFrom([]string{"received", "sending", "closed", "on the moon"})
	someLines  = rapid.SliceOfN(rapid.SampledFrom([]string{"Boots", "Laces", "Socks"}), 0, 3)
	someMode   = rapid.SampledFrom([]orderhub.Mode{onlyNew, onlyKnown, either})
	someValue  = rapid.SampledFrom([]string{"null", `"one"`, "2", "[3]"})
)

func lines(names []string) []orderhub.Line {
	all := []orderhub.Line{}
	for _, name := range names {
		all = append(all, piece(name))
	}
	return all
}

// someChange draws a change of some fields.
func someChange(t *rapid.T) orderhub.OrderChange {
	var c orderhub.OrderChange
	sent := func(field string) bool { return rapid.Bool().Draw(t, field+" sent") }
	if sent("note") {
		c.Note = new(someNote.Draw(t, "note"))
	}
	if sent("email") {
		c.Email = new(someEmail.Draw(t, "email"))
	}
	if sent("status") {
		c.Status = new(someStatus.Draw(t, "status"))
	}
	if sent("lines") {
		c.Lines = orderhub.WholeLines(lines(someLines.Draw(t, "lines")))
	}
	c.ClearAttributes = rapid.IntRange(0, 4).Draw(t, "clear attributes") == 0
	for _, name := range []string{"x", "y"} {
		if sent(name) {
			c.Attributes.Set(name, []byte(someValue.Draw(t, name)))
		}
	}
	if sent("payment") {
		c.Attributes.SetText("payment_status", rapid.SampledFrom([]string{"paid", "not-paid", "who knows"}).Draw(t, "payment"))
	}
	return c
}

// valid says whether a change may be stored.
func valid(c orderhub.OrderChange) bool {
	return (c.Status == nil || *c.Status != "on the moon") && (c.Note == nil || *c.Note != "x\x00")
}

// changed is a card after a change.
func (k card) changed(c orderhub.OrderChange) *card {
	if c.Note != nil {
		k.Note = *c.Note
	}
	if c.Email != nil {
		k.Email = *c.Email
	}
	closes := c.Status != nil && *c.Status == "closed" && k.Status != "closed"
	if c.Status != nil {
		k.Status = *c.Status
	}
	if c.Lines != nil {
		k.Lines = replaced(k.Lines, c.Lines)
	}
	before := k.Attributes["payment_status"]
	k.Attributes = maps.Clone(k.Attributes)
	if c.ClearAttributes {
		k.Attributes = map[string]string{}
	}
	for _, x := range c.Attributes {
		k.Attributes[x.Name] = string(x.Value)
		if string(x.Value) == "null" {
			delete(k.Attributes, x.Name)
		}
	}
	total := money.Amount(len(k.Lines)) * amount("10")
	if value, _ := c.Attributes.Get("payment_status"); string(value) != before { // as it was it says nothing
		switch c.Attributes.Text("payment_status") {
		case "paid":
			k.Word, k.Covered = orderhub.WordPaid, total
		case "not-paid":
			k.Word, k.Covered = orderhub.WordUnpaid, 0
		}
	}
	if closes {
		k.Word, k.Covered = orderhub.WordPaid, total
	}
	k.Paid = k.Word == orderhub.WordPaid && k.Covered >= total
	return &k
}

// replaced are the names of lines after others were sent: those that stay keep
// their place, new ones follow.
func replaced(names []string, by *orderhub.SentLines) []string {
	var sent []string
	for _, l := range by.Lines {
		sent = append(sent, l.Line.Name)
	}
	var next []string
	for _, name := range names {
		if i := slices.Index(sent, name); i >= 0 {
			next, sent = append(next, name), slices.Delete(sent, i, i+1)
		}
	}
	return append(next, sent...)
}

// blank is a card of an order about which nothing was said.
func blank() card { return card{Status: "received", Attributes: map[string]string{}} }

// want checks the kind of an error; 0 is none.
func (m *model) want(t *rapid.T, act string, err error, want orderhub.Kind) {
	t.Helper()
	if err == nil && want != 0 || err != nil && (want == 0 || orderhub.KindOf(err) != want) {
		t.Fatalf("%s: error %v, want one of kind %d", act, err, want)
	}
}

func (m *model) keep(number string, o *orderhub.Order, k *card) {
	k.UpdatedAt = m.clock.Now()
	k.Events++
	m.cards[number], m.ids[number], m.ever[o.ID] = k, o.ID, k.Events
}

func (m *model) Place(t *rapid.T) {
	number, c := someNumber.Draw(t, "number"), someChange(t)
	o := &orderhub.Order{Number: number}
	c.Apply(o)
	if c.Status != nil {
		o.Status = *c.Status
	}
	err := m.s.Place(m.Context(), m.shop, o)
	switch {
	case !valid(c):
		m.want(t, "Place", err, orderhub.Invalid)
	case m.cards[number] != nil:
		m.want(t, "Place", err, orderhub.Duplicate)
	default:
		m.want(t, "Place", err, 0)
		m.keep(number, o, blank().changed(c))
	}
}

func (m *model) Amend(t *rapid.T) {
	number, c, mode := someNumber.Draw(t, "number"), someChange(t), someMode.Draw(t, "mode")
	known := m.cards[number]
	for range rapid.IntRange(1, 2).Draw(t, "times") { // the second time nothing happens
		o, made, err := m.s.Amend(m.Context(), m.shop, orderhub.OrderRef{Number: number}, c, mode)
		switch {
		case known == nil && !mode.New:
			m.want(t, "Amend", err, orderhub.NotFound)
		case known != nil && !mode.Existing:
			m.want(t, "Amend", err, orderhub.Duplicate)
		case !valid(c):
			m.want(t, "Amend", err, orderhub.Invalid)
		default:
			m.want(t, "Amend", err, 0)
			if made != (known == nil) {
				t.Fatalf("Amend made an order: %v, want %v", made, known == nil)
			}
			if known == nil {
				m.keep(number, o, blank().changed(c))
			} else if now := known.changed(c); !cmp.Equal(now, known, alike...) {
				m.keep(number, o, now)
			}
			known = m.cards[number]
		}
	}
}

func (m *model) Delete(t *rapid.T) {
	number := someNumber.Draw(t, "number")
	o, err := m.s.Delete(m.Context(), m.shop, orderhub.OrderRef{Number: number})
	if m.cards[number] == nil {
		m.want(t, "Delete", err, orderhub.NotFound)
		return
	}
	m.want(t, "Delete", err, 0)
	m.ever[o.ID]++
	delete(m.cards, number)
	delete(m.ids, number)
}

// Find looks for one order by either name.
func (m *model) Find(t *rapid.T) {
	number := someNumber.Draw(t, "number")
	for _, ref := range []orderhub.OrderRef{{Number: number}, {ID: m.ids[number]}} {
		o, err := m.s.Find(m.Context(), m.shop, ref)
		if m.cards[number] == nil {
			m.want(t, "Find", err, orderhub.NotFound)
			continue
		}
		m.want(t, "Find", err, 0)
		if o.ID != m.ids[number] || o.Number != number {
			t.Fatalf("Find(%+v) found order %d, %s, want %d, %s", ref, o.ID, o.Number, m.ids[number], number)
		}
	}
}

// Check compares everything that a reader can see. Time goes on.
func (m *model) Check(t *rapid.T) {
	m.clock.Offset += time.Second
	page, err := m.s.List(m.Context(), m.shop, orderhub.OrderFilter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]*card{}
	for _, o := range page.Orders {
		k := &card{Note: o.Note, Email: o.Contact.Email, Status: o.Status, Word: o.PaidWord, Covered: o.PaidSum, Paid: o.Payment == orderhub.Paid,
			Attributes: map[string]string{}, UpdatedAt: o.UpdatedAt, Events: m.ever[m.ids[o.Number]]}
		for _, l := range o.Lines {
			k.Lines = append(k.Lines, l.Name)
		}
		for _, x := range o.Attributes {
			k.Attributes[x.Name] = string(x.Value)
		}
		got[o.Number] = k
	}
	if diff := cmp.Diff(m.cards, got, alike...); diff != "" || len(page.Orders) != len(got) {
		t.Fatalf("%d orders, not as remembered (-want +got):\n%s", len(page.Orders), diff)
	}
}

// Whatever is done in whatever sequence, the shop is as a map remembers it.
func TestShopIsAsRemembered(t *testing.T) {
	clock := new(storetest.Clock)
	db := storetest.OpenFile(t, t.TempDir()+"/hub.db", clock.Now)
	shops := 0
	rapid.Check(t, func(r *rapid.T) {
		shops++
		m := &model{
			desk: newDesk(t, db, fmt.Sprint("shop-", shops)), clock: clock,
			cards: map[string]*card{}, ids: map[string]orderhub.OrderID{}, ever: map[orderhub.OrderID]int{},
		}
		r.Repeat(map[string]func(*rapid.T){"Place": m.Place, "Amend": m.Amend, "Delete": m.Delete, "Find": m.Find, "": m.Check})
		for id, n := range m.ever {
			if got := len(m.events(id)); got != n {
				r.Fatalf("%d events of order %d, want %d", got, id, n)
			}
		}
	})
	newDesk(t, db, "last").wantSound()
}
