package ordering_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store/storetest"
)

// placeNumbered places an order that brings no number.
func (t *desk) placeNumbered(changes ...func(*orderhub.Order)) *orderhub.Order {
	t.Helper()
	o := boots("", changes...)
	if err := t.s.PlaceNumbered(t.Context(), t.shop, o); err != nil {
		t.Fatalf("PlaceNumbered: %v", err)
	}
	t.wantSame(t.find(o.Number), o)
	return o
}

func TestNumbersAreHandedOutWithoutAGap(t *testing.T) {
	each(t, func(t *desk) {
		t.shop.NumberPrefix = "ИН-"
		numbers, documents := make([]string, 50), make([]string, 50)
		for i, err := range together(50, func(i int) error {
			o := boots("", func(o *orderhub.Order) { o.Contact = orderhub.Contact{Email: fmt.Sprintf("p-%d@example.com", i)} })
			err := t.s.PlaceNumbered(t.Context(), t.shop, o)
			if err == nil {
				numbers[i], documents[i] = o.Number, o.Payments[0].Number
			}
			return err
		}) {
			if err != nil {
				t.Errorf("order %d: %v", i, err)
			}
		}
		slices.Sort(numbers)
		slices.Sort(documents)
		for i := range 50 {
			if want := fmt.Sprintf("ИН-%010d", i+1); numbers[i] != want {
				t.Errorf("number %d is %q, want %q", i, numbers[i], want)
			}
			if want := fmt.Sprintf("PH%013d", i+1); documents[i] != want {
				t.Errorf("document %d is %q, want %q", i, documents[i], want)
			}
		}
		t.wantSound()
	})
}

func TestTakenNumberIsPassedOver(t *testing.T) {
	each(t, func(t *desk) {
		t.shop.NumberPrefix = "W"
		t.place(boots("W0000000002"))
		t.place(boots("W0000000003"))
		t.place(boots("W0000000005"))
		t.delete("W0000000005") // free again
		for _, want := range []string{"W0000000001", "W0000000004", "W0000000005", "W0000000006"} {
			if o := t.placeNumbered(func(o *orderhub.Order) { o.Number = "mine" }); o.Number != want {
				t.Errorf("number %q, want %q", o.Number, want)
			}
		}
	})
}

// While numbers are handed out, clients take those that come next.
func TestNumbersWhileClientsTakeThem(t *testing.T) {
	each(t, func(t *desk) {
		theirs := 0
		errs := together(60, func(i int) error {
			contact := func(o *orderhub.Order) { o.Contact = orderhub.Contact{} }
			if i%2 == 0 {
				return t.s.PlaceNumbered(t.Context(), t.shop, boots("", contact))
			}
			return t.s.Place(t.Context(), t.shop, boots(fmt.Sprintf("%010d", i/2+1), contact))
		})
		for i, err := range errs {
			switch {
			case err == nil && i%2 == 1:
				theirs++
			case err != nil && i%2 == 0:
				t.Errorf("order %d: %v", i, err)
			case err != nil:
				t.wantKind(err, orderhub.Duplicate, "number")
			}
		}
		if c := t.count(); c.Orders != 30+theirs {
			t.Errorf("%d orders, want 30 of ours and %d of theirs", c.Orders, theirs)
		}
		t.wantSound()
	})
}

func TestRefusedOrderTakesNoNumber(t *testing.T) {
	each(t, func(t *desk) {
		for name, refused := range map[string]func(o *orderhub.Order){
			"status": func(o *orderhub.Order) { o.Status = "on the moon" },
			"note":   func(o *orderhub.Order) { o.Note = "\x00" },
			"payments[0].number": func(o *orderhub.Order) {
				o.Payments = []orderhub.Payment{{Number: "\x00", Status: orderhub.PaymentOpen}}
			},
			"payments[1].sum": func(o *orderhub.Order) {
				o.Payments = slices.Repeat([]orderhub.Payment{{Status: orderhub.PaymentPaid, Sum: 5e18}}, 2)
			},
			"bonuses":                  func(o *orderhub.Order) { o.Spend = 5 },
			"lines[0].quantity":        func(o *orderhub.Order) { o.Lines = []orderhub.Line{{Name: "Nothing"}} },
			"bonuses without customer": func(o *orderhub.Order) { o.Spend, o.Contact = 5, orderhub.Contact{} },
		} {
			t.storesNothing(func() {
				field, _, _ := strings.Cut(name, " ")
				t.wantKind(t.s.PlaceNumbered(t.Context(), t.shop, boots("", refused)), orderhub.Invalid, field)
			})
		}
		if o := t.placeNumbered(); o.Number != "0000000001" || o.Payments[0].Number != "PH0000000000001" {
			t.Errorf("number %q, document %q, want the first of each", o.Number, o.Payments[0].Number)
		}
	})
}

func TestNumberedOrderBringsItsDocuments(t *testing.T) {
	day := storetest.Noon.AddDate(0, 0, -3)
	for _, tt := range []struct {
		name   string
		change func(o *orderhub.Order)
		want   []orderhub.Payment
		state  orderhub.PaymentState
		paidAt time.Time
	}{
		{"none", func(*orderhub.Order) {},
			[]orderhub.Payment{{Number: "PH0000000000001", Status: orderhub.PaymentOpen, Sum: amount("6800"), CreatedAt: storetest.Noon}}, orderhub.Unpaid, time.Time{}},
		{"none, closed", func(o *orderhub.Order) { o.Status = "closed" },
			[]orderhub.Payment{{Number: "PH0000000000001", Status: orderhub.PaymentPaid, Sum: amount("6800"), CreatedAt: storetest.Noon, PaidAt: storetest.Noon}}, orderhub.Paid, storetest.Noon},
		{"none, closed, over nothing", func(o *orderhub.Order) { o.Status, o.Lines = "closed", nil },
			[]orderhub.Payment{{Number: "PH0000000000001", Status: orderhub.PaymentPaid, CreatedAt: storetest.Noon, PaidAt: storetest.Noon}}, orderhub.Paid, storetest.Noon},
		{"none, and a word says paid", func(o *orderhub.Order) { o.Attributes = details(`{"payment_status":"paid"}`) },
			[]orderhub.Payment{{Number: "PH0000000000001", Status: orderhub.PaymentOpen, Sum: amount("6800"), CreatedAt: storetest.Noon}}, orderhub.Paid, storetest.Noon},
		{"its own", func(o *orderhub.Order) {
			o.Payments = []orderhub.Payment{
				{Number: "P-1", Status: orderhub.PaymentPaid, Sum: amount("6000"), CreatedAt: day, PaidAt: day},
				{Status: orderhub.PaymentPaid, Sum: amount("800")}, {Status: orderhub.PaymentOpen}}
		}, []orderhub.Payment{
			{Number: "P-1", Status: orderhub.PaymentPaid, Sum: amount("6000"), CreatedAt: day, PaidAt: day},
			{Number: "PH0000000000001", Status: orderhub.PaymentPaid, Sum: amount("800"), CreatedAt: storetest.Noon, PaidAt: storetest.Noon},
			{Number: "PH0000000000002", Status: orderhub.PaymentOpen, CreatedAt: storetest.Noon},
		}, orderhub.Paid, storetest.Noon},
	} {
		each(t, func(t *desk) {
			o := t.placeNumbered(tt.change, func(o *orderhub.Order) { o.Shipments = []orderhub.Shipment{{Method: "post"}} })
			got := slices.Clone(o.Payments)
			for i := range got {
				got[i].No, got[i].Extras = 0, nil
			}
			if !slices.EqualFunc(got, tt.want, func(a, b orderhub.Payment) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
				t.Errorf("%s: documents\n%+v, want\n%+v", tt.name, got, tt.want)
			}
			if o.Payment != tt.state || !o.PaidAt.Equal(tt.paidAt) || !o.Shipments[0].CreatedAt.Equal(storetest.Noon) {
				t.Errorf("%s: %s at %v, shipment of %v", tt.name, o.Payment, o.PaidAt, o.Shipments[0].CreatedAt)
			}
		})
	}
}

func TestNumberedOrderMayBeTakenFromTheStart(t *testing.T) {
	each(t, func(t *desk) {
		o := t.placeNumbered(func(o *orderhub.Order) { o.Exported = true })
		if t.toExport() != "" || !t.taken(o.ID) {
			t.Errorf("to export is %q, taken %v, want it taken", t.toExport(), t.taken(o.ID))
		}
		t.amend(o.Number, setTo("sending"))
		if got := t.toExport(); got != o.Number {
			t.Errorf("to export is %q, want %s", got, o.Number)
		}
	})
}

// Documents that a change brings get numbers and times once, and the order the
// state that they make.
func TestChangedDocuments(t *testing.T) {
	day := storetest.Noon.AddDate(0, 0, -3)
	set := func(i int, status orderhub.PaymentStatus, sum string, paid time.Time) orderhub.OrderChange {
		return orderhub.OrderChange{Edit: func(_, o *orderhub.Order) error {
			p := &o.Payments[i]
			p.Status, p.Sum, p.PaidAt = status, amount(sum), paid
			return nil
		}}
	}
	add := func(status orderhub.PaymentStatus, sum string) orderhub.OrderChange {
		return orderhub.OrderChange{Edit: pay(status, sum)}
	}
	word := func(w string) orderhub.OrderChange {
		return orderhub.OrderChange{Attributes: details(`{"payment_status":"` + w + `"}`)}
	}
	price := func(p string) orderhub.OrderChange {
		return orderhub.OrderChange{Lines: orderhub.WholeLines([]orderhub.Line{{Name: "Boots", Quantity: orderhub.Piece, Price: amount(p)}})}
	}
	none := orderhub.OrderChange{Edit: func(_, o *orderhub.Order) error { o.Payments = nil; return nil }}
	const paid, refunded, isOpen = orderhub.PaymentPaid, orderhub.PaymentRefunded, orderhub.PaymentOpen
	var never time.Time
	type step struct {
		change orderhub.OrderChange
		state  orderhub.PaymentState
		at     time.Time
	}
	noon := storetest.Noon
	tests := map[string][]step{
		"one after the other": {
			{add(isOpen, "6800"), orderhub.Unpaid, never}, {add(paid, "800"), orderhub.PartlyPaid, never}, {set(0, paid, "6000", day), orderhub.Paid, noon},
			{set(0, paid, "9999", day), orderhub.Paid, noon}, {set(1, isOpen, "800", never), orderhub.Paid, day}, {set(0, refunded, "9999", day), orderhub.Refunded, never},
			{set(0, isOpen, "9999", never), orderhub.Unpaid, never},
		},
		"the date is corrected":   {{add(paid, "6800"), orderhub.Paid, noon}, {set(0, paid, "6800", day), orderhub.Paid, day}},
		"a word stays":            {{word("paid"), orderhub.Paid, noon}, {add(isOpen, "6800"), orderhub.Paid, noon}, {set(0, orderhub.PaymentDeclined, "1", never), orderhub.Paid, noon}, {none, orderhub.Paid, noon}},
		"a document outweighs it": {{word("paid"), orderhub.Paid, noon}, {add(paid, "1"), orderhub.PartlyPaid, never}, {set(0, isOpen, "1", never), orderhub.Paid, noon}},
		"the documents go":        {{add(paid, "6800"), orderhub.Paid, noon}, {none, orderhub.Unpaid, never}},
		"the total changes": {
			{add(paid, "6800"), orderhub.Paid, noon}, {price("7000"), orderhub.PartlyPaid, never}, {price("6000"), orderhub.Paid, noon}, {price("6800"), orderhub.Paid, noon},
		},
		"the total changes, and a word said paid": {{word("paid"), orderhub.Paid, noon}, {add(isOpen, "5"), orderhub.Paid, noon}, {price("9000"), orderhub.PartlyPaid, never}, {price("6800"), orderhub.Paid, noon}},
		"a later word": {{add(paid, "5"), orderhub.PartlyPaid, never}, {word("paid"), orderhub.PartlyPaid, never}, {orderhub.OrderChange{Note: new("a note")}, orderhub.PartlyPaid, never}, {none, orderhub.Paid, noon}},
	}
	each(t, func(t *desk) {
		for name, steps := range tests {
			t.place(boots(name))
			numbers := map[int]string{}
			for i, step := range steps {
				t.amend(name, step.change)
				o := t.find(name)
				if o.Payment != step.state || !o.PaidAt.Equal(step.at) {
					t.Errorf("%s, step %d: %s at %v, want %s at %v", name, i+1, o.Payment, o.PaidAt, step.state, step.at)
				}
				t.wantNumbered(o, numbers)
			}
		}
		t.wantSound()
	})
}

var document = regexp.MustCompile(`^PH\d{13}$`)

// wantNumbered checks that each document has a number and times, and the
// number that it had before.
func (t *desk) wantNumbered(o *orderhub.Order, before map[int]string) {
	t.Helper()
	for _, p := range o.Payments {
		if known := before[p.No]; known != "" && known != p.Number || !document.MatchString(p.Number) ||
			!p.CreatedAt.Equal(storetest.Noon) || p.Status == orderhub.PaymentPaid && p.PaidAt.IsZero() {
			t.Errorf("order %s: document %+v, before %q", o.Number, p, known)
		}
		before[p.No] = p.Number
	}
}

// A refused change takes no number of a document, and each fault comes once.
func TestRefusedDocumentTakesNoNumber(t *testing.T) {
	each(t, func(t *desk) {
		t.place(boots("A-1"))
		_, _, err := t.s.Amend(t.Context(), t.shop, number("A-1"), orderhub.OrderChange{Note: new("\x00"), Edit: pay(orderhub.PaymentOpen, "5")}, onlyKnown)
		t.wantKind(err, orderhub.Invalid, "note")
		t.amendAll(orderhub.OrderChange{Edit: pay(orderhub.PaymentOpen, "5")}, "A-1")
		if p := t.find("A-1").Payments[0]; p.Number != "PH0000000000001" {
			t.Errorf("document %q, want the first", p.Number)
		}
	})
}

func TestManyDocumentsAtOnceGetDifferentNumbers(t *testing.T) {
	each(t, func(t *desk) {
		var all []ordering.Amendment
		for i := range 10 {
			o := t.place(boots(fmt.Sprint("A-", i), func(o *orderhub.Order) { o.Contact = orderhub.Contact{} }))
			all = append(all, ordering.Amendment{Ref: orderhub.OrderRef{ID: o.ID}, Change: orderhub.OrderChange{Edit: pay(orderhub.PaymentOpen, "5")}})
		}
		for i, err := range together(6, func(i int) error {
			some := slices.Clone(all)
			if i%2 == 1 {
				slices.Reverse(some) // who comes the other way waits, and not for ever
			}
			_, err := t.s.AmendAll(t.Context(), t.shop, some)
			return err
		}) {
			if err != nil {
				t.Errorf("caller %d: %v", i, err)
			}
		}
		var numbers []string
		for i := range 10 {
			for _, p := range t.find(fmt.Sprint("A-", i)).Payments {
				numbers = append(numbers, p.Number)
			}
		}
		slices.Sort(numbers)
		if len(numbers) != 60 || len(slices.Compact(slices.Clone(numbers))) != 60 || numbers[59] != "PH0000000000060" {
			t.Errorf("%d documents, the last %s, want 60 without a gap", len(numbers), numbers[len(numbers)-1])
		}
	})
}

func TestRepeat(t *testing.T) {
	each(t, func(t *desk) {
		t.shop.NumberPrefix = "ИН"
		first := t.place(old("A-1"))
		t.amendAll(orderhub.OrderChange{Account: new("3"), Status: new("closed"), Export: take.Export, Edit: func(_, o *orderhub.Order) error {
			o.Payments = []orderhub.Payment{{Number: "P-1", Status: orderhub.PaymentPaid, Sum: o.Total}}
			o.Shipments = []orderhub.Shipment{{Number: "D-1", Status: "sent", Track: "RA1", Method: "post", Price: amount("100"), Address: "Tver"}}
			o.Taxes = []orderhub.Tax{{Name: "VAT", Rate: amount("20"), InPrice: true}}
			o.Lines[0].Returned = 5
			return nil
		}}, "A-1")
		before := t.find("A-1")
		o, err := t.s.Repeat(t.Context(), t.shop, number("A-1"), "received", "repeat")
		if err != nil {
			t.Fatal(err)
		}
		t.wantSame(t.find("A-1"), before)
		want := &orderhub.Order{
			ID: o.ID, Shop: t.shop.ID, Number: "ИН0000000001", PlacedAt: storetest.Noon, CreatedAt: storetest.Noon, UpdatedAt: storetest.Noon,
			Status: "received", StatusAt: storetest.Noon, Customer: first.Customer, Contact: first.Contact, Currency: "RUB", Total: amount("6900"),
			Note: first.Note, Source: "repeat", Account: "3", Extras: first.Extras, Lines: boots("").Lines,
			Payments:  []orderhub.Payment{{No: 2, Number: "PH0000000000001", Status: orderhub.PaymentOpen, Sum: amount("6900"), CreatedAt: storetest.Noon}},
			Shipments: []orderhub.Shipment{{No: 3, Method: "post", Price: amount("100"), Address: "Tver", CreatedAt: storetest.Noon}},
			Taxes:     []orderhub.Tax{{No: 4, Name: "VAT", Rate: amount("20"), InPrice: true}},
		}
		want.Lines[0].No, want.Lines[0].BasePrice, want.Lines[0].Amount = 1, amount("6800"), amount("6800")
		t.wantSame(t.find(o.Number), want)
		if got := t.toExport(); got != o.Number {
			t.Errorf("to export is %q, want %s only", got, o.Number)
		}
		t.wantEvents(o.ID, orderhub.OrderPlaced)
		_, err = t.s.Repeat(t.Context(), t.shop, number("none"), "received", "repeat")
		t.wantKind(err, orderhub.NotFound, "")
		_, err = t.s.Repeat(t.Context(), t.shop, number("A-1"), "no such", "repeat")
		t.wantKind(err, orderhub.Invalid, "status")
		t.wantSound()
	})
}
