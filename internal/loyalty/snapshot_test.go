package loyalty

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
)

var update = flag.Bool("update", false, "write the golden files anew")

var snapshotAt = time.Date(2026, 5, 3, 12, 0, 0, 123_456_000, time.UTC)

func snapshotCards() []*orderhub.Card {
	return []*orderhub.Card{
		{ID: 1, Shop: 2, Number: "17", Barcode: "17", Medium: orderhub.Plastic, Status: orderhub.CardNew},
		{ID: 1, Shop: 2, Number: "00<17>", ExternalID: "e \u2028", EAN13: "0000000000178", Barcode: "17", Medium: orderhub.App,
			Status: orderhub.CardBlocked, Type: 3, Customer: 1 << 60, ActivatedAt: snapshotAt, BlockedAt: snapshotAt.AddDate(-900, 0, 0),
			CreatedAt: time.Unix(0, 0).UTC(), UpdatedAt: snapshotAt, Version: 7},
	}
}

func snapshotEntries() []*orderhub.BonusEntry {
	return []*orderhub.BonusEntry{
		{ID: 1, Shop: 2, Customer: 3, Cause: orderhub.BonusEarned, Points: 5, State: orderhub.BonusPending},
		{ID: 1, Shop: 2, Customer: 3, Cause: orderhub.BonusUsed, Points: -5, State: orderhub.BonusSpent},
		{ID: 1, Shop: 2, Customer: 3, Cause: orderhub.BonusAdjusted, Points: 5, State: orderhub.BonusActive},
		{ID: 1, Shop: 2, Customer: 3, Card: 4, Order: 5, Key: "k", Cause: orderhub.BonusLapsed, Points: -1 << 62,
			State: orderhub.BonusReversed, Reason: "«за отзыв»", CreatedAt: snapshotAt, StateAt: snapshotAt, ExpiresAt: snapshotAt},
		{ID: 1, Shop: 2, Customer: 3, Cause: orderhub.BonusLapsed, Points: -1, State: orderhub.BonusExpired},
	}
}

// The golden file is what stores hold: form 1 must never come out otherwise.
func TestSnapshotsAreAsTheyWere(t *testing.T) {
	var text []byte
	for _, c := range snapshotCards() {
		text = append(append(text, EncodeCard(c)...), '\n')
		got, err := DecodeCard(EncodeCard(c))
		if diff := cmp.Diff(c, got); diff != "" || err != nil {
			t.Errorf("%v (-before +after):\n%s", err, diff)
		}
	}
	for _, e := range snapshotEntries() {
		text = append(append(text, EncodeEntry(e)...), '\n')
		got, err := DecodeEntry(EncodeEntry(e))
		if diff := cmp.Diff(e, got); diff != "" || err != nil {
			t.Errorf("%v (-before +after):\n%s", err, diff)
		}
	}
	const file = "testdata/snapshots.jsonl"
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(golden, text) {
		t.Errorf("%v; the snapshots are\n%s\nwant\n%s", err, text, golden)
	}
}

// Form 0 is what commit 0c8e508 wrote.
func TestSnapshotsWithoutAFormAreRead(t *testing.T) {
	card := `{"ID":1,"Shop":2,"Number":"00\u003c17\u003e","ExternalID":"e \u2028","EAN13":"0000000000178","Barcode":"17","Medium":"APP",` +
		`"Status":"BLOCKED","Type":3,"Customer":1152921504606846976,"ActivatedAt":"2026-05-03T12:00:00.123456Z","BlockedAt":"1126-05-03T12:00:00.123456Z",` +
		`"CreatedAt":"1970-01-01T00:00:00Z","UpdatedAt":"2026-05-03T12:00:00.123456Z","DeletedAt":"0001-01-01T00:00:00Z"}`
	want := snapshotCards()[1]
	want.Version = 0
	got, err := DecodeCard([]byte(card))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("the card, %v (-want +got):\n%s", err, diff)
	}
	entry := `{"ID":1,"Shop":2,"Customer":3,"Card":4,"Order":5,"Key":"k","Cause":3,"Points":-4611686018427387904,"State":4,"Reason":"«за отзыв»",` +
		`"CreatedAt":"2026-05-03T12:00:00.123456Z","StateAt":"2026-05-03T12:00:00.123456Z","ExpiresAt":"2026-05-03T12:00:00.123456Z"}`
	row, err := DecodeEntry([]byte(entry))
	if diff := cmp.Diff(snapshotEntries()[3], row); diff != "" || err != nil {
		t.Errorf("the entry, %v (-want +got):\n%s", err, diff)
	}
}

func TestSnapshotsThatAreNotOursAreRefused(t *testing.T) {
	card, entry := string(EncodeCard(snapshotCards()[0])), string(EncodeEntry(snapshotEntries()[0]))
	for _, text := range []string{"", "[]", strings.Replace(card, `"form":1`, `"form":2`, 1), strings.Replace(card, `"number"`, `"numero"`, 1),
		`{"ID":1,"Colour":"red"}`} {
		if c, err := DecodeCard([]byte(text)); err == nil {
			t.Errorf("the card %s is read as %+v", text, c)
		}
	}
	for _, text := range []string{"", "7", strings.Replace(entry, `"form":1`, `"form":2`, 1), strings.Replace(entry, `"earned"`, `"stolen"`, 1),
		strings.Replace(entry, `"pending"`, `"lost"`, 1), strings.Replace(entry, `"points"`, `"punkty"`, 1), `{"ID":1,"Colour":"red"}`} {
		if e, err := DecodeEntry([]byte(text)); err == nil {
			t.Errorf("the entry %s is read as %+v", text, e)
		}
	}
}

// The content of a card is the same whenever it was written, and no other's.
func TestContentOfACard(t *testing.T) {
	a := snapshotCards()[1]
	b := *a
	b.UpdatedAt, b.Version = b.UpdatedAt.AddDate(1, 0, 0), 9
	if CardContent(a) != CardContent(&b) {
		t.Error("another version of a card has another content")
	}
	if b.Number = "18"; CardContent(a) == CardContent(&b) {
		t.Error("another number is the same content")
	}
}
