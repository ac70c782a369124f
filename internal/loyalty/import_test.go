package loyalty_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
)

// history is a context in which nothing follows from what is done.
func history(ctx context.Context) context.Context {
	return orderhub.WithActor(ctx, orderhub.Actor{Door: "import", History: true})
}

func (t *till) importCards(ctx context.Context, mode orderhub.Mode, all ...loyalty.CardRecord) []orderhub.Verdict[orderhub.Card] {
	t.Helper()
	var dry, wet []orderhub.Verdict[orderhub.Card]
	t.view(func(_ context.Context, tx *store.Tx) (err error) {
		dry, err = loyalty.ImportCards(ctx, tx, t.shop, all, mode, true)
		return err
	})
	t.update(func(_ context.Context, tx *store.Tx) (err error) {
		wet, err = loyalty.ImportCards(ctx, tx, t.shop, all, mode, false)
		return err
	})
	for i := range all {
		if dry[i].Outcome != wet[i].Outcome || fmt.Sprint(dry[i].Err) != fmt.Sprint(wet[i].Err) {
			t.Errorf("card %d: rehearsed %v %v, run %v %v", i, dry[i].Outcome, dry[i].Err, wet[i].Outcome, wet[i].Err)
		}
	}
	return wet
}

func (t *till) importBonuses(mode orderhub.Mode, all ...loyalty.BonusRecord) []loyalty.BonusVerdict {
	t.Helper()
	var dry, wet []loyalty.BonusVerdict
	t.view(func(ctx context.Context, tx *store.Tx) (err error) {
		dry, err = loyalty.ImportBonuses(history(ctx), tx, t.shop, all, mode, new(loyalty.BonusRehearsal))
		return err
	})
	t.update(func(ctx context.Context, tx *store.Tx) (err error) {
		wet, err = loyalty.ImportBonuses(history(ctx), tx, t.shop, all, mode, nil)
		return err
	})
	for i := range all {
		if dry[i].Outcome != wet[i].Outcome || fmt.Sprint(dry[i].Err) != fmt.Sprint(wet[i].Err) {
			t.Errorf("booking %d: rehearsed %v %v, run %v %v", i, dry[i].Outcome, dry[i].Err, wet[i].Outcome, wet[i].Err)
		}
	}
	return wet
}

// undo takes back what an import did to the ledger, and counts what stayed.
func (t *till) undo(all ...loyalty.BonusVerdict) (kept int) {
	t.Helper()
	var back []orderhub.Reversal[orderhub.BonusEntry]
	for _, v := range all {
		if v.Outcome != orderhub.OutcomeCreated {
			continue
		}
		for _, m := range append(slices.Clone(v.Moved), v.Verdict) {
			back = append(back, orderhub.Reversal[orderhub.BonusEntry]{ID: int64(m.Now.ID), Stamp: m.Now.StateAt, Old: m.Old})
		}
	}
	for range 2 { // the second time there is nothing to do
		t.update(func(ctx context.Context, tx *store.Tx) error {
			done, err := loyalty.RevertBonuses(history(ctx), tx, t.shop, back)
			kept = 0
			for _, ok := range done {
				if !ok {
					kept++
				}
			}
			return err
		})
	}
	return kept
}

// told are outcomes and the fields at fault, as text.
func told(outcome orderhub.Outcome, err error) string {
	text := outcome.String()
	for _, e := range orderhub.All(err) {
		text += " " + e.Field
	}
	return text
}

func toldAll[V any](all []V, of func(V) (orderhub.Outcome, error)) string {
	var texts []string
	for _, v := range all {
		texts = append(texts, told(of(v)))
	}
	return strings.Join(texts, ", ")
}

func ofCard(v orderhub.Verdict[orderhub.Card]) (orderhub.Outcome, error) { return v.Outcome, v.Err }

func ofBonus(v loyalty.BonusVerdict) (orderhub.Outcome, error) { return v.Outcome, v.Err }

func known(externalID string) orderhub.CustomerRef {
	return orderhub.CustomerRef{ExternalID: externalID}
}

func TestImportedCards(t *testing.T) {
	each(t, func(t *till) {
		owner := t.customer("x-1")
		old := t.issue("1", func(c *orderhub.CardChange) { c.ExternalID = new("e-1") })
		t.issue("2", func(c *orderhub.CardChange) { c.ExternalID = new("e-2") })
		t.clock.Offset += time.Hour
		noon := time.Date(2019, 3, 4, 12, 0, 0, 0, time.FixedZone("", 3*3600))
		all := []loyalty.CardRecord{
			{CardChange: orderhub.CardChange{Number: new("1"), ExternalID: new("e-9"), Status: new(orderhub.CardActive), ActivatedAt: &noon,
				Type: &orderhub.CardTypeRef{Name: "Gold"}, Owner: &orderhub.CustomerRef{ExternalID: "x-1"}}, CreatedAt: noon},
			{CardChange: orderhub.CardChange{Number: new("2"), Medium: new(orderhub.Plastic), ExternalID: new("e-2")}},
			{CardChange: orderhub.CardChange{Number: new("3"), Status: new(orderhub.CardBlocked), Type: &orderhub.CardTypeRef{Name: "Gold"}}, CreatedAt: noon},
			{CardChange: orderhub.CardChange{Number: new("4"), ExternalID: new("e-1")}}, // e-1 is another's as the batch begins
			{CardChange: orderhub.CardChange{Number: new("5"), Owner: &orderhub.CustomerRef{ExternalID: "nobody", Email: "a@b.example"}}},
			{CardChange: orderhub.CardChange{Number: new("6"), Owner: &orderhub.CustomerRef{Email: "a@b.example"}, Type: &orderhub.CardTypeRef{Name: "Never"}}},
			{CardChange: orderhub.CardChange{Number: new("7"), Owner: &orderhub.CustomerRef{Phone: "+7 921 000-40-17"}}},
			{CardChange: orderhub.CardChange{Number: new("8"), Owner: &orderhub.CustomerRef{Phone: "no"}, ExternalID: new("e-2"), EAN13: new("12")}},
			{CardChange: orderhub.CardChange{Number: new(""), Type: &orderhub.CardTypeRef{Name: strings.Repeat("x", 256)}}, CreatedAt: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)},
			{CardChange: orderhub.CardChange{Number: new("9\xff")}},
		}
		got := t.importCards(history(t.Context()), either, all...)
		want := "updated, unchanged, created, conflict external_id, conflict customer, conflict customer_email, conflict customer_phone, " +
			"invalid ean13 customer_phone external_id, invalid number created_at type, invalid number barcode"
		if text := toldAll(got, ofCard); text != want {
			t.Errorf("told\n%s\nwant\n%s", text, want)
		}
		types, _ := t.s.CardTypes(t.Context(), t.shop)
		if len(types) != 1 || types[0].Name != "Gold" {
			t.Fatalf("types %v, want Gold alone", types)
		}
		first := *old
		first.ExternalID, first.Status, first.ActivatedAt, first.Type, first.Customer, first.UpdatedAt =
			"e-9", orderhub.CardActive, noon.UTC(), types[0].ID, owner, t.clock.Now()
		first.Version = 2
		if diff := cmp.Diff(&first, t.find(orderhub.CardRef{ExternalID: "e-9"})); diff != "" {
			t.Errorf("the known card (-want +got):\n%s", diff)
		}
		if c := t.find(orderhub.CardRef{Number: "3"}); !c.BlockedAt.IsZero() || !c.CreatedAt.Equal(noon) || c.Type != types[0].ID {
			t.Errorf("the card of the past is %+v, want it made at %v and no other date made up", c, noon)
		}
		if c := t.find(orderhub.CardRef{ExternalID: "e-1"}); c != nil {
			t.Errorf("found by what was given up: %+v", c)
		}
		if text := toldAll(t.importCards(history(t.Context()), either, all[:3]...), ofCard); text != "unchanged, unchanged, unchanged" {
			t.Errorf("again: %s", text)
		}
		if text := toldAll(t.importCards(t.Context(), onlyNew, all[0], loyalty.CardRecord{CardChange: orderhub.CardChange{
			Number: new("10"), Status: new(orderhub.CardActive)}}), ofCard); text != "conflict number, created" {
			t.Errorf("only new ones: %s", text)
		}
		if c := t.find(orderhub.CardRef{Number: "10"}); !c.ActivatedAt.Equal(t.clock.Now()) {
			t.Errorf("a card that begins to work is %+v, want it activated by then", c)
		}
		if text := toldAll(t.importCards(t.Context(), onlyKnown, loyalty.CardRecord{CardChange: orderhub.CardChange{Number: new("11")}}), ofCard); text != "conflict number" {
			t.Errorf("only known ones: %s", text)
		}
		t.wantSound()
	})
}

func TestRevertedCards(t *testing.T) {
	each(t, func(t *till) {
		owner, leaving := t.customer("x-1"), t.customer("x-2")
		owned := func(c *orderhub.CardChange) { c.Owner = &orderhub.CustomerRef{ID: leaving} }
		before := []*orderhub.Card{t.issue("1", func(c *orderhub.CardChange) { c.ExternalID = new("e-1") }), t.issue("2"),
			t.issue("3", func(c *orderhub.CardChange) { c.ExternalID = new("e-3") }), t.issue("4", owned), t.issue("5")}
		t.clock.Offset += time.Hour
		record := func(number string) loyalty.CardRecord {
			return loyalty.CardRecord{CardChange: orderhub.CardChange{Number: &number, ExternalID: new("n-" + number), Owner: &orderhub.CustomerRef{ExternalID: "x-1"}}}
		}
		var all []orderhub.Reversal[orderhub.Card]
		for _, v := range t.importCards(history(t.Context()), either, record("1"), record("2"), record("3"), record("4"), record("5"), record("6"), record("7"), record("8")) {
			all = append(all, orderhub.Reversal[orderhub.Card]{ID: int64(v.Now.ID), Stamp: v.Now.UpdatedAt, Old: v.Old,
				Version: v.Now.Version, Content: loyalty.CardContent(v.Now)})
		}
		t.clock.Offset += time.Hour
		t.amendCard("2", orderhub.CardChange{Barcode: new("17")})
		t.issue("9", func(c *orderhub.CardChange) { c.ExternalID = new("e-3") })
		t.update(func(ctx context.Context, tx *store.Tx) error {
			return tx.Shop(t.shop.ID).DeleteCustomers(ctx, []orderdb.Deletion{{Customer: leaving, At: tx.Now()}})
		})
		if _, err := t.s.DeleteCard(t.Context(), t.shop, orderhub.CardRef{Number: "5"}); err != nil {
			t.Fatal(err)
		}
		b := loyalty.Booking{Customer: orderhub.CustomerRef{ID: owner}, Card: orderhub.CardID(all[6].ID), Points: 5, Reason: "r"}
		if _, err := t.s.Book(t.Context(), t.shop, b); err != nil {
			t.Fatal(err)
		}
		want := []bool{true, false, false, false, false, true, false, true}
		why := []string{"untouched", "changed since", "its key is another's", "its owner is gone", "deleted since", "made", "points belong to it", "made"}
		for round := range 2 {
			var done []bool
			t.update(func(ctx context.Context, tx *store.Tx) (err error) {
				done, err = loyalty.RevertCards(history(ctx), tx, t.shop, all)
				return err
			})
			for i := range want {
				if done[i] != want[i] {
					t.Errorf("round %d, card %d, %s: %v", round, i+1, why[i], done[i])
				}
			}
		}
		back := t.find(orderhub.CardRef{ExternalID: "e-1"})
		before[0].UpdatedAt, before[0].Version = back.UpdatedAt, 3 // changed by the import and by the undo
		if diff := cmp.Diff(before[0], back); diff != "" {
			t.Errorf("the first card (-before +after):\n%s", diff)
		}
		for _, ref := range []orderhub.CardRef{{Number: "6"}, {ExternalID: "n-8"}, {ExternalID: "n-1"}, {ID: orderhub.CardID(all[5].ID)}} {
			if c := t.find(ref); c != nil {
				t.Errorf("%v is still there: %+v", ref, c)
			}
		}
		kinds, _ := t.cardEvents()
		if n := len(kinds); kinds[n-1] != orderhub.CardDeleted || kinds[n-3] != orderhub.CardChanged {
			t.Errorf("events end with %v, want that one was changed and two went", kinds[n-3:])
		}
		t.wantSound()
	})
}

func TestImportedBonuses(t *testing.T) {
	each(t, func(t *till) {
		t.shop.Settings[loyalty.ExpireDays.Name] = "10"
		customer := t.customer("x-1")
		t.issue("700")
		past := t.clock.Now().Add(-30 * day)
		never, soon := time.Time{}, t.clock.Now().Add(day)
		all := []loyalty.BonusRecord{
			{Customer: known("x-1"), Points: 100, Key: "a", Reason: "gift", Card: "700", ExpiresAt: &never},
			{Customer: known("x-1"), Points: -30, Key: "b"},
			{Customer: known("x-1"), Points: -71, Key: "c"},
			{Customer: known("nobody"), Points: 5, Key: "d", Card: "701"},
			{Customer: known("x-1"), Points: 40, Key: "e", CreatedAt: past},               // expired twenty days ago
			{Customer: known("x-1"), Points: -40, Key: "f", CreatedAt: past.Add(2 * day)}, // it had not yet
			{Customer: known("x-1"), Points: -80, Key: "g"},
			{Customer: known("x-1"), Points: 7, Key: "h", ExpiresAt: &soon},
			{Customer: known("x-1"), Points: -77, Key: "i"},
			{Points: 0, Key: ""},
			{Customer: orderhub.CustomerRef{Email: "no"}, Points: -5, Key: "j", ExpiresAt: &soon, CreatedAt: time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)},
		}
		got := t.importBonuses(either, all...)
		want := "created, created, conflict points, conflict customer card, created, created, conflict points, created, created, " +
			"invalid points key customer, invalid customer_email created_at expires_at"
		if text := toldAll(got, ofBonus); text != want {
			t.Errorf("told\n%s\nwant\n%s", text, want)
		}
		t.want("the import", customer, 0, 0, 0)
		if text, want := t.print(customer), "+100 spent\n-30 spent\n+40 spent\n-40 spent\n+7 spent\n-77 spent\n"; text != want {
			t.Errorf("the ledger is\n%s\nwant\n%s", text, want)
		}
		first := t.entries(customer)[0]
		if first.Card == 0 || !first.ExpiresAt.IsZero() || first.Reason != "gift" {
			t.Errorf("the first entry is %+v", first)
		}
		if e := t.entries(customer)[2]; !e.CreatedAt.Equal(past) || !e.ExpiresAt.Equal(past.Add(10*day)) {
			t.Errorf("the entry of the past is %+v", e)
		}
		t.wantSound()
		other := t.customer("x-2")
		all[7].ExpiresAt = &never
		got = t.importBonuses(either, all[0], all[1], all[7],
			loyalty.BonusRecord{Customer: known("x-2"), Points: 40, Key: "e"}, loyalty.BonusRecord{Customer: known("x-1"), Points: 41, Key: "e"},
			loyalty.BonusRecord{Customer: known("x-1"), Points: 40, Key: "e", Card: "700"})
		if text, want := toldAll(got, ofBonus), "unchanged, unchanged, conflict key, conflict key, conflict key, conflict key"; text != want {
			t.Errorf("again: told\n%s\nwant\n%s", text, want)
		}
		if text := toldAll(t.importBonuses(onlyNew, all[0]), ofBonus); text != "conflict key" {
			t.Errorf("only new ones: %s", text)
		}
		if text := toldAll(t.importBonuses(onlyKnown, loyalty.BonusRecord{Customer: known("x-1"), Points: 1, Key: "z"}), ofBonus); text != "conflict key" {
			t.Errorf("only known ones: %s", text)
		}
		t.want("what was refused", other, 0, 0, 0)
	})
}

// debtor makes a customer who owes what an order had earned.
func (t *till) debtor(externalID string, points int64) (orderhub.CustomerID, *orderhub.Order) {
	t.Helper()
	customer := t.customer(externalID)
	o := t.placed(customer, "closed", points)
	t.book(customer, -points)
	t.set(o, "canceled")
	t.want("canceling", customer, 0, 0, points)
	return customer, o
}

// Points that come in by a file pay what is owed, row by row, and an undo lets
// it be owed again.
func TestImportedBonusesPayDebts(t *testing.T) {
	each(t, func(t *till) {
		customer, o := t.debtor("x-1", 100)
		before := t.print(customer)
		t.clock.Offset += time.Hour
		record := func(points int64) loyalty.BonusRecord {
			return loyalty.BonusRecord{Customer: known("x-1"), Points: points, Key: fmt.Sprint(points)}
		}
		got := t.importBonuses(either, record(40), record(-1), record(20), record(90), record(-51), record(-50))
		if text, want := toldAll(got, ofBonus), "created, conflict points, created, created, conflict points, created"; text != want {
			t.Errorf("told\n%s\nwant\n%s", text, want)
		}
		t.want("the import", customer, 0, 0, 0)
		t.wantSound()
		t.clock.Offset += time.Hour
		if kept := t.undo(got...); kept > 0 {
			t.Errorf("%d changes could not be undone", kept)
		}
		t.want("the undo", customer, 0, 0, 100)
		if after := t.print(customer); after != before {
			t.Errorf("the ledger is\n%s\nwas\n%s", after, before)
		}
		t.wantSound()

		got = t.importBonuses(either, record(41), record(21))
		t.clock.Offset += time.Hour
		t.set(o, "closed") // the order earns again: what is owed is not owed any more
		if kept := t.undo(got...); kept == 0 {
			t.Error("rows that paid a debt which is none any more are gone")
		}
		t.want("an undo of what paid a debt that is none any more", customer, 62, 0, 0)
		t.wantSound()
	})
}

func TestRevertedBonuses(t *testing.T) {
	record := func(key string, points int64) loyalty.BonusRecord {
		return loyalty.BonusRecord{Customer: known("x-1"), Points: points, Key: key}
	}
	tests := []struct {
		name  string
		file  [][]loyalty.BonusRecord // batches
		since func(t *till, customer orderhub.CustomerID)
		kept  int
		left  string
	}{
		{"nothing", [][]loyalty.BonusRecord{{record("a", 100), record("b", -100)}, {record("c", 5)}}, nil, 0, "+10 active\n"},
		{"used up by a later batch", [][]loyalty.BonusRecord{{record("a", 100), record("b", -60)}, {record("c", -50)}}, nil, 0, "+10 active\n"},
		{"old points used up", [][]loyalty.BonusRecord{{record("a", -4)}, {record("b", -6), record("c", 1)}}, nil, 0, "+10 active\n"},
		{"spent since", [][]loyalty.BonusRecord{{record("a", 100), record("b", 7)}}, func(t *till, c orderhub.CustomerID) { t.book(c, -50) },
			1, "+10 spent\n+100 active\n-50 spent\n"},
		{"spent since, from the rest of what was there", [][]loyalty.BonusRecord{{record("a", -4)}}, func(t *till, c orderhub.CustomerID) { t.book(c, -5) },
			0, "+10 active\n-5 spent\n"},
		{"the rest was used up since", [][]loyalty.BonusRecord{{record("a", -4)}}, func(t *till, c orderhub.CustomerID) { t.book(c, -6) },
			1, "+10 spent\n-4 spent\n-6 spent\n"},
		{"booked since", [][]loyalty.BonusRecord{{record("a", -4), record("b", 2)}}, func(t *till, c orderhub.CustomerID) { t.book(c, 3) },
			0, "+10 active\n+3 active\n"},
	}
	each(t, func(t *till) {
		for i, tt := range tests {
			customer := t.customer(fmt.Sprint("c-", i))
			t.book(customer, 10)
			first := *t.entries(customer)[0]
			var batches [][]loyalty.BonusVerdict
			for _, batch := range tt.file {
				t.clock.Offset += time.Minute
				for n := range batch {
					batch[n].Customer, batch[n].Key = known(fmt.Sprint("c-", i)), fmt.Sprint(i, t.Name(), batch[n].Key)
				}
				batches = append(batches, t.importBonuses(either, batch...))
			}
			t.clock.Offset += time.Minute
			if tt.since != nil {
				tt.since(t, customer)
			}
			t.clock.Offset += time.Minute
			kept := 0
			for _, batch := range slices.Backward(batches) {
				kept += t.undo(batch...)
			}
			if got := t.print(customer); got != tt.left || kept != tt.kept {
				t.Errorf("%s: %d kept, want %d; the ledger is\n%s\nwant\n%s", tt.name, kept, tt.kept, got, tt.left)
			}
			if now := *t.entries(customer)[0]; tt.since == nil && now != first {
				t.Errorf("%s: the first entry is %+v, was %+v", tt.name, now, first)
			}
		}
		t.wantSound()
	})
}

// Points that a row gives back are there again, also when the row that brought
// them in is not asked to go.
func TestRevertedWriteOffGivesPointsBack(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		got := t.importBonuses(either, loyalty.BonusRecord{Customer: known("x-1"), Points: 100, Key: "a"},
			loyalty.BonusRecord{Customer: known("x-1"), Points: -100, Key: "b"})
		t.clock.Offset += time.Hour
		if kept := t.undo(got[1]); kept > 0 {
			t.Error("the write-off stays")
		}
		t.want("the undo", customer, 100, 0, 0)
		t.wantSound()
	})
}

// A repeated call of a rehearsal does not count twice.
func TestRehearsalOfBonusesCanBegin(t *testing.T) {
	each(t, func(t *till) {
		t.customer("x-1")
		var r loyalty.BonusRehearsal
		ask := func(key string, points int64) string {
			var got []loyalty.BonusVerdict
			t.view(func(ctx context.Context, tx *store.Tx) (err error) {
				got, err = loyalty.ImportBonuses(ctx, tx, t.shop, []loyalty.BonusRecord{{Customer: known("x-1"), Points: points, Key: key}}, either, &r)
				return err
			})
			return toldAll(got, ofBonus)
		}
		ask("a", 10)
		r.Again()
		if got := ask("b", -1); got != "conflict points" {
			t.Errorf("after points that were forgotten: %s", got)
		}
		ask("a", 10)
		ask("b", -4)
		r.Again()
		if got := ask("b", -10) + ", " + ask("c", -1); got != "created, conflict points" {
			t.Errorf("after a write-off that was forgotten: %s", got)
		}
	})
}

// Points that an undo gives back pay what the customer has come to owe.
func TestUndoOfAFilePaysDebts(t *testing.T) {
	each(t, func(t *till) {
		customer := t.customer("x-1")
		o := t.placed(customer, "closed", 40)
		got := t.importBonuses(either, loyalty.BonusRecord{Customer: known("x-1"), Points: -40, Key: "a"})
		t.clock.Offset += time.Hour
		t.set(o, "canceled")
		t.want("canceling", customer, 0, 0, 40)
		t.undo(got...)
		t.want("the undo", customer, 0, 0, 0)

		other := t.customer("x-2")
		o = t.placed(other, "closed", 10)
		t.book(other, -10)
		got = t.importBonuses(either, loyalty.BonusRecord{Customer: known("x-2"), Points: 40, Key: "b"},
			loyalty.BonusRecord{Customer: known("x-2"), Points: -40, Key: "c"})
		t.set(o, "canceled")
		t.want("canceling", other, 0, 0, 10)
		t.undo(got[1])
		t.want("the undo of a write-off", other, 30, 0, 0)
		t.wantSound()
	})
}
