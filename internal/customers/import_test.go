package customers_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// row is a change as a file of customers tells it; what is empty was not told.
func row(external, email, phone, name string) orderhub.CustomerChange {
	told := func(text string) *string {
		if text == "" {
			return nil
		}
		return &text
	}
	return orderhub.CustomerChange{ExternalID: told(external), Email: told(email), Phone: told(phone), Name: told(name)}
}

// importAll rehearses and then stores changes. Both must come to the same, and
// the rehearsal must not store anything.
func (t *town) importAll(mode orderhub.Mode, changes ...orderhub.CustomerChange) []orderhub.Verdict[orderhub.Customer] {
	t.Helper()
	entries := make([]*customers.Entry, len(changes))
	for i, c := range changes {
		entries[i] = customers.NewEntry(t.shop, c)
	}
	var dry, run []orderhub.Verdict[orderhub.Customer]
	t.view(func(tx *store.Tx) (err error) {
		dry, err = customers.ImportAll(t.Context(), tx, t.shop, entries, mode, true)
		return err
	})
	ctx := orderhub.WithActor(t.Context(), orderhub.Actor{Door: "import", History: true})
	if err := t.db.Update(ctx, func(tx *store.Tx) (err error) {
		run, err = customers.ImportAll(ctx, tx, t.shop, entries, mode, false)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if a, b := toldAll(dry), toldAll(run); !slices.Equal(a, b) || len(run) != len(changes) {
		t.Errorf("rehearsed %q, and run %q", a, b)
	}
	for _, v := range run {
		if !v.Outcome.Refused() {
			if diff := cmp.Diff(t.customer(v.Now.ID), v.Now); diff != "" {
				t.Errorf("the verdict is not what is stored (-stored +told):\n%s", diff)
			}
		}
	}
	return run
}

// told is a verdict in words: its outcome and the fields that are at fault.
func told(v orderhub.Verdict[orderhub.Customer]) string {
	words := []string{v.Outcome.String()}
	for _, e := range orderhub.All(v.Err) {
		words = append(words, e.Field)
	}
	return strings.Join(words, " ")
}

func toldAll(all []orderhub.Verdict[orderhub.Customer]) []string {
	words := make([]string, len(all))
	for i, v := range all {
		words[i] = told(v)
	}
	return words
}

// Each row is judged against the same three customers: k-1 has an external
// id, an address and a number; of the nameless two one has an address and a
// number, the other only a number.
func TestImportJudgesEachByItself(t *testing.T) {
	long := strings.Repeat("ж", 256)
	tests := []struct {
		name string
		mode orderhub.Mode
		row  orderhub.CustomerChange
		want string
	}{
		{"nobody knows it", both, row("n-1", "n@shop.example", "+7 900 000 00 09", "Нина"), "created"},
		{"only an external id", both, row("n-1", "", "", ""), "created"},
		{"known, nothing told", both, row("k-1", "", "", ""), "unchanged"},
		{"known, the same again", both, row("k-1", "Kira@Shop.example", "8 900 000-00-01", "Кира Лис"), "unchanged"},
		{"known, another spelling", both, row("k-1", "kira@shop.example", "", ""), "updated"},
		{"known, another address", both, row("k-1", "kira.lis@shop.example", "", ""), "updated"},
		{"known by the address", both, row("n-1", "ANON@shop.example", "", "Анна"), "updated"},
		{"known by the number", both, row("n-1", "", "89000000003", ""), "updated"},
		{"known by both", both, row("n-1", "anon@shop.example", "+79000000002", ""), "updated"},
		{"address of one, number of the other", both, row("n-1", "anon@shop.example", "+79000000003", ""), "conflict phone"},
		{"address of one with an external id", both, row("n-1", "kira@shop.example", "", ""), "conflict email"},
		{"number of one with an external id", both, row("n-1", "", "+79000000001", ""), "conflict phone"},
		{"both of one with an external id", both, row("n-1", "kira@shop.example", "+79000000001", ""), "conflict email phone"},
		{"address free, number taken", both, row("n-1", "n@shop.example", "+79000000001", ""), "conflict phone"},
		{"known by the address, number taken", both, row("n-1", "anon@shop.example", "+79000000001", ""), "conflict phone"},
		{"known, address of another", both, row("k-1", "anon@shop.example", "", ""), "conflict email"},
		{"known, both of others", both, row("k-1", "anon@shop.example", "+79000000003", ""), "conflict email phone"},
		{"no external id", both, row("", "n@shop.example", "", ""), "created"},
		{"no external id, as it is", both, row("", "anon@shop.example", "", ""), "unchanged"},
		{"no external id, another name", both, row("", "anon@shop.example", "", "Анна Белых"), "updated"},
		{"no external id, of one who has", both, row("", "kira@shop.example", "", ""), "conflict email"},
		{"nobody", both, row("", "", "", "Анна Белых"), "invalid external_id"},
		{"all wrong", both, row(long, "no address", "none", strings.Repeat("ж", orderhub.MaxName+1)), "invalid external_id email phone name first_name"},
		{"wrong and taken", both, row("n-1", "kira@shop.example", "none", ""), "invalid phone email"},
		{"wrong and of a known one", both, row("k-1", "kira@", "", ""), "invalid email"},
		{"not storable", both, row("a\x00b", "", "", ""), "invalid external_id"},
		{"group too long", both, inGroup("n-1", long), "invalid group"},
		{"group not storable", both, inGroup("n-1", "\xff"), "invalid group"},
		{"group of nobody", both, orderhub.CustomerChange{ExternalID: new("n-1"), Group: &orderhub.GroupRef{ID: 77}}, "conflict group"},
		{"consent without an id", both, orderhub.CustomerChange{ExternalID: new("n-1"), Consents: []orderhub.Consent{{}}}, "invalid consents"},
		{"consent of no state", both, orderhub.CustomerChange{ExternalID: new("n-1"), Consents: []orderhub.Consent{{ID: "a", State: 3}}}, "invalid consents"},
		{"new only, new", onlyNew, row("n-1", "", "", ""), "created"},
		{"new only, known", onlyNew, row("k-1", "", "", ""), "conflict external_id"},
		{"new only, known by the address", onlyNew, row("n-1", "anon@shop.example", "", ""), "conflict email"},
		{"known only, known", onlyOld, row("k-1", "", "", "Кира"), "updated"},
		{"known only, known by the number", onlyOld, row("n-1", "", "79000000003", ""), "updated"},
		{"known only, new", onlyOld, row("n-1", "n@shop.example", "", ""), "conflict external_id"},
		{"known only, new and wrong", onlyOld, row("n-1", "n@", "", ""), "invalid email external_id"},
		{"too many attributes together", both, orderhub.CustomerChange{ExternalID: new("k-1"), Attributes: manyAttributes(orderhub.MaxAttributes)}, "invalid attributes"},
	}
	each(t, orderhub.ByEmail, func(first *town) {
		for _, tt := range tests {
			t := first.shopBy(orderhub.ByEmail)
			t.register(&orderhub.Customer{ExternalID: "k-1", Email: "Kira@Shop.example", Phone: "8 900 000-00-01", Name: "Кира Лис", FirstName: "Кира", Attributes: facts(`{"a":1}`)})
			t.resolve(customers.ContactDetails{Email: "anon@shop.example", Phone: "+79000000002"})
			t.resolve(customers.ContactDetails{Phone: "+79000000003"})
			before := t.count()
			v := t.importAll(tt.mode, tt.row)[0]
			if told(v) != tt.want {
				t.Errorf("%s: %s: %v, want %s", tt.name, told(v), v.Err, tt.want)
			}
			made := map[orderhub.Outcome]int{orderhub.OutcomeCreated: 1}[v.Outcome]
			told := made + map[orderhub.Outcome]int{orderhub.OutcomeUpdated: 1}[v.Outcome]
			if after := t.count(); after.Customers != before.Customers+made || after.Events != before.Events+told {
				t.Errorf("%s: from %+v to %+v", tt.name, before, after)
			}
		}
	})
}

func (t *town) count() store.Counts {
	t.Helper()
	n, err := t.db.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Whoever acts is told, and that it is history.
func TestImportTellsItsEvents(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		made := t.importAll(both, row("n-1", "", "", ""))[0].Now.ID
		t.importAll(both, row("n-1", "", "", "Нина"), row("n-2", "none", "", ""))
		t.importAll(both, row("n-1", "", "", "Нина"))
		t.wantEvents(orderhub.CustomerRegistered, orderhub.CustomerChanged)
		for _, e := range t.events() {
			if e.Customer != made || e.Actor != (orderhub.Actor{Door: "import", History: true}) {
				t.Errorf("event %+v", e)
			}
		}
	})
}

func inGroup(external, name string) orderhub.CustomerChange {
	return orderhub.CustomerChange{ExternalID: &external, Group: &orderhub.GroupRef{Name: name}}
}

func manyAttributes(n int) orderhub.Attributes {
	a := make(orderhub.Attributes, n)
	for i := range a {
		a[i] = orderhub.Attribute{Name: fmt.Sprint("a", i), Value: []byte("1")}
	}
	return a
}

// Rows of one batch may not come to anything else than rows of two.
func TestImportDoesNotDependOnTheBatch(t *testing.T) {
	rows := []orderhub.CustomerChange{
		row("n-1", "anon@shop.example", "", "Анна"),      // gets the external id
		row("n-2", "", "+79000000002", "Пётр"),           // means the same
		row("n-3", "", "none", ""),                       // wrong by itself
		row("n-4", "n4@shop.example", "89000000004", ""), // new
		row("n-5", "bad", "+79000000003", ""),            // wrong, so it means nobody
		row("n-6", "", "+79000000003", ""),               // and this one may have it
	}
	want := []string{"updated", "conflict phone", "invalid phone", "created", "invalid email", "updated"}
	each(t, orderhub.ByEmail, func(first *town) {
		for size := 1; size <= len(rows); size++ {
			t := first.shopBy(orderhub.ByEmail)
			t.resolve(customers.ContactDetails{Email: "anon@shop.example", Phone: "+79000000002"})
			t.resolve(customers.ContactDetails{Phone: "+79000000003"})
			before := t.count().Customers
			var got []string
			for some := range slices.Chunk(rows, size) {
				got = append(got, toldAll(t.importAll(both, some...))...)
			}
			if !slices.Equal(got, want) || t.count().Customers != before+1 {
				t.Errorf("in batches of %d: %q, want %q", size, got, want)
			}
		}
	})
}

// Everything that a customer can have is stored as told, and found by its
// keys; what it gives up means nobody.
func TestImportStoresAll(t *testing.T) {
	at := time.Date(2018, 1, 1, 0, 11, 22, 123_456_789, time.FixedZone("", 3*3600))
	each(t, orderhub.ByPhone, func(t *town) {
		full := row("n-1", "Nina@Shop.example", "8 (900) 000-00-01", "Нина Ёж")
		full.FirstName, full.MiddleName, full.LastName = new(""), new("П."), new("Ёж")
		full.Gender, full.Birthday = new(orderhub.Female), &orderhub.Birthday{Year: 1990, Day: 4}
		full.Unsubscribed, full.Complained, full.Bounced = new(true), new(true), new(true)
		full.RegisteredAt, full.Group = &at, &orderhub.GroupRef{Name: "VIP"}
		full.Consents = []orderhub.Consent{{ID: "sms", State: orderhub.AwaitingConfirmation}, {ID: "news", State: orderhub.Given}}
		full.Attributes, full.Extras = facts(`{"size":1.50,"a":"<&>"}`), orderhub.Extras{"virtpos": facts(`{"x":[null]}`)}
		v := t.importAll(both, full, inGroup("n-2", "VIP"))
		got := *v[0].Now
		want := orderhub.Customer{
			ID: got.ID, Shop: t.shop.ID, ExternalID: "n-1", Email: "Nina@Shop.example", Phone: "8 (900) 000-00-01",
			Name: "Нина Ёж", MiddleName: "П.", LastName: "Ёж", Gender: orderhub.Female, Birthday: orderhub.Birthday{Year: 1990, Day: 4},
			Group: got.Group, Unsubscribed: true, Complained: true, Bounced: true, Consents: full.Consents,
			Attributes: full.Attributes, Extras: full.Extras,
			RegisteredAt: at.UTC().Truncate(time.Microsecond), CreatedAt: storetest.Noon, UpdatedAt: storetest.Noon, Version: 1,
		}
		if diff := cmp.Diff(want, got); diff != "" || got.Group == 0 || v[1].Now.Group != got.Group {
			t.Errorf("groups %d and %d; stored (-want +got):\n%s", got.Group, v[1].Now.Group, diff)
		}
		if again := t.importAll(both, full, inGroup("n-2", "VIP")); told(again[0]) != "unchanged" || told(again[1]) != "unchanged" {
			t.Errorf("once more: %q", toldAll(again))
		}
		t.importAll(both, row("n-1", "new@shop.example", "+79000000005", ""))
		for _, ref := range []orderhub.CustomerRef{{Email: "new@shop.example"}, {Phone: "89000000005"}, by("n-1")} {
			if k := t.find(ref); k.ID != got.ID {
				t.Errorf("%s means customer %d, want %d", ref, k.ID, got.ID)
			}
		}
		t.wantUnknown(orderhub.CustomerRef{Email: "nina@shop.example"}, orderhub.CustomerRef{Phone: "+79000000001"})
	})
}

// Times that the store cannot tell from none come back as the same customer.
func TestImportOfOddTimesIsStable(t *testing.T) {
	for name, at := range map[string]time.Time{"1970": time.Unix(0, 0), "none": {}, "before": time.Unix(-1, 5)} {
		t.Run(name, func(t *testing.T) {
			each(t, orderhub.ByEmail, func(t *town) {
				change := row("n-1", "", "", "")
				change.RegisteredAt = &at
				t.importAll(both, change)
				if again := t.importAll(both, change); told(again[0]) != "unchanged" || again[0].Now.RegisteredAt.IsZero() {
					t.Errorf("once more: %s, registered at %v", told(again[0]), again[0].Now.RegisteredAt)
				}
			})
		})
	}
}

// Groups are made for those only who join them, by rehearsals never.
func TestImportMakesGroupsThatSomebodyJoins(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		refused := inGroup("n-1", "Нет")
		refused.Email = new("none")
		t.importAll(both, refused, inGroup("n-2", "Да"), inGroup("n-3", "Да"))
		all, err := t.service().Groups(t.Context(), t.shop)
		if err != nil || len(all) != 1 || all[0].Name != "Да" {
			t.Errorf("groups %v, %v, want one", all, err)
		}
		if v := t.importAll(both, inGroup("n-2", "Другая"), inGroup("n-3", "")); told(v[0]) != "updated" || v[1].Now.Group != 0 {
			t.Errorf("moved to %v", v)
		}
	})
}

func TestRecogniseTellsWhatItDid(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		known := t.register(olga())
		anon := t.resolve(customers.ContactDetails{Email: "anon@shop.example"})
		before := t.customer(anon)
		persons := []customers.ContactDetails{
			{Email: known.Email}, {}, {Email: "new@shop.example", Name: "Нина"},
			{Email: "anon@shop.example", Phone: "+79000000009"}, {Phone: "+79000000001", Name: "Анна"}, {Email: "new@shop.example"},
			{Email: "anon@shop.example", Name: "Анна", ExternalID: "a-1"},
		}
		recognise := func(dry bool, run func(context.Context, func(*store.Tx) error) error) (ids []orderhub.CustomerID, touched []orderhub.Verdict[orderhub.Customer]) {
			err := run(t.Context(), func(tx *store.Tx) (err error) {
				ids, touched, err = customers.Recognise(t.Context(), tx, t.shop, persons, dry)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return ids, touched
		}
		ids, touched := recognise(true, t.db.View)
		if want := []orderhub.CustomerID{known.ID, 0, 0, anon, 0, 0, anon}; !slices.Equal(ids, want) || touched != nil {
			t.Errorf("dry: %v, %v, want %v", ids, touched, want)
		}
		t.wantCustomers(2)
		ids, touched = recognise(false, t.db.Update)
		var then []orderhub.CustomerID
		t.db.Update(t.Context(), func(tx *store.Tx) (err error) {
			then, err = customers.ResolveAll(t.Context(), tx, t.shop, persons)
			return err
		})
		if !slices.Equal(ids, then) {
			t.Errorf("recognised %v, and then %v", ids, then)
		}
		for i, v := range touched {
			if !reflect.DeepEqual(t.customer(v.Now.ID), v.Now) || slices.ContainsFunc(touched[:i], func(w orderhub.Verdict[orderhub.Customer]) bool { return w.Now.ID == v.Now.ID }) {
				t.Errorf("touched %d twice, or not as it is told: %+v", v.Now.ID, v.Now)
			}
			if v.Now.ID == anon && !reflect.DeepEqual(v.Old, before) || v.Now.ID != anon && v.Old != nil {
				t.Errorf("customer %d was %+v before", v.Now.ID, v.Old)
			}
		}
		if len(touched) != 3 {
			t.Errorf("touched %d customers, want 3", len(touched))
		}
	})
}

// A statements counts those that ask the database.
type statements struct {
	store.Conn
	asked int
}

func (s *statements) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	s.asked++
	return s.Conn.Query(ctx, query, args...)
}

func (s *statements) Together(ctx context.Context, fns ...func(store.Conn) error) error {
	for _, fn := range fns {
		if err := fn(s); err != nil {
			return err
		}
	}
	return nil
}

// What many entries need is read together, however many they are.
func TestManyEntriesAreReadTogether(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		var entries []*customers.Entry
		for i := range 500 {
			external, email := fmt.Sprint("c-", i), fmt.Sprintf("c%d@shop.example", i)
			entries = append(entries, customers.NewEntry(t.shop, orderhub.CustomerChange{ExternalID: &external, Email: &email}))
		}
		s := new(statements)
		t.view(func(tx *store.Tx) error {
			s.Conn, tx.Conn = tx.Conn, s
			_, err := customers.ImportAll(t.Context(), tx, t.shop, entries, orderhub.Mode{New: true}, true)
			return err
		})
		if s.asked > 20 {
			t.Errorf("500 entries were read with %d queries", s.asked)
		}
	})
}
