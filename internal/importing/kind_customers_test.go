package importing

import (
	"fmt"
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

const customerHeader = "external_id;email;name;phone;created_at"

// A desk takes rows of customers into a shop.
type desk struct {
	*testing.T
	db   *store.DB
	shop *orderhub.Shop
	in   *reading
	kind kind
}

func newDesk(t *testing.T, db *store.DB, plan orderhub.ImportPlan, header string) *desk {
	t.Helper()
	shop := &orderhub.Shop{Name: "main", Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), shop) }); err != nil {
		t.Fatal(err)
	}
	d := &desk{T: t, db: db, shop: shop, kind: newCustomers(shop)}
	d.headed(plan, header)
	return d
}

// headed goes on with another file.
func (d *desk) headed(plan orderhub.ImportPlan, header string) {
	d.Helper()
	var err error
	if d.in, err = newReading(d.shop, plan, orderhub.ImportCustomers, d.kind.fields(), strings.Split(header, ";")); err != nil {
		d.Fatal(err)
	}
}

// read makes a record of a row.
func (d *desk) read(line int, cells string) *record {
	r := &record{rows: []*row{d.in.row(line, strings.Split(cells, ";"))}}
	d.kind.read(r)
	return r
}

// take rehearses and runs rows that can be read, and says what became of each.
func (d *desk) take(rows ...string) []taken {
	d.Helper()
	records := make([]*record, len(rows))
	for i, row := range rows {
		if records[i] = d.read(i+2, row); records[i].refused() {
			d.Fatalf("row %q: %v", row, records[i].rows[0].faults)
		}
	}
	var dry, run []taken
	err := d.db.View(d.Context(), func(tx *store.Tx) (err error) {
		dry, err = d.kind.take(d.Context(), tx, records, true)
		return err
	})
	if err == nil {
		err = d.db.Update(d.Context(), func(tx *store.Tx) (err error) {
			run, err = d.kind.take(d.Context(), tx, records, false)
			return err
		})
	}
	if err != nil {
		d.Fatal(err)
	}
	for i := range rows {
		if dry[i].outcome != run[i].outcome || fmt.Sprint(dry[i].err, dry[i].freed) != fmt.Sprint(run[i].err, run[i].freed) || dry[i].changes != nil {
			d.Errorf("row %q was rehearsed as %+v and run as %+v", rows[i], dry[i], run[i])
		}
		if dry[i].diff != nil {
			dry[i].diff()
		}
	}
	return run
}

func (d *desk) customer(external string) *orderhub.Customer {
	d.Helper()
	s := &customers.Service{DB: d.db}
	k, err := s.Find(d.Context(), d.shop, orderhub.CustomerRef{ExternalID: external}, 0)
	if err != nil {
		d.Fatal(err)
	}
	return k.Customer
}

func TestCustomersAreReadFromTheFiveColumns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db, orderhub.ImportPlan{}, customerHeader+";region;LTV")
		got := d.take("c-1; Lena@Shop.example ;Лена Маяк;8 (900) 000-00-01;2018-01-01 00:11:22;74;12,50", "c-2;;;;;;")
		if got[0].outcome != orderhub.OutcomeCreated || got[1].outcome != orderhub.OutcomeCreated {
			t.Fatalf("took %+v", got)
		}
		c := d.customer("c-1")
		want := &orderhub.Customer{
			ID: c.ID, Shop: d.shop.ID, ExternalID: "c-1", Email: "Lena@Shop.example", Name: "Лена Маяк", FirstName: "Лена", Phone: "8 (900) 000-00-01",
			RegisteredAt: time.Date(2017, 12, 31, 21, 11, 22, 0, time.UTC), CreatedAt: storetest.Noon, UpdatedAt: storetest.Noon, Version: 1,
			Attributes: orderhub.Attributes{{Name: "region", Value: []byte(`"74"`)}, {Name: "LTV", Value: []byte(`"12,50"`)}},
		}
		if diff := cmp.Diff(want, c); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if bare := d.customer("c-2"); !bare.RegisteredAt.Equal(storetest.Noon) || bare.Email+bare.Name+bare.Phone != "" || bare.Attributes != nil {
			t.Errorf("an empty row became %+v", bare)
		}
	})
}

func TestCustomersAreReadFromOurOwnColumns(t *testing.T) {
	header := customerHeader + ";customer.first_name;customer.middle_name;customer.last_name;customer.gender;customer.birthday;customer.group;" +
		"customer.unsubscribed;customer.complained;customer.bounced;customer.consents;customer.extras;customer.attributes;attribute.tags;group"
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db, orderhub.ImportPlan{}, header)
		full := `c-1;a@shop.example;Ян Ли;;2018-01-01T00:11:22.000001Z;;П.;Ли;male;1990-02-00;VIP;да;no;1;[{"ID":"sms","State":2}];{"virtpos":{"x":1.50}};{"deep":[1,{"a":null}]};["a"];own`
		bare := `c-2;;Ян Ли;;;Ян;;;;;;;;;;;;;`
		d.take(full, bare)
		c := d.customer("c-1")
		want := &orderhub.Customer{
			ID: c.ID, Shop: d.shop.ID, ExternalID: "c-1", Email: "a@shop.example", Name: "Ян Ли", MiddleName: "П.", LastName: "Ли", Gender: orderhub.Male,
			Birthday: orderhub.Birthday{Year: 1990, Month: 2}, Group: c.Group, Unsubscribed: true, Bounced: true,
			Consents:     []orderhub.Consent{{ID: "sms", State: orderhub.AwaitingConfirmation}},
			Extras:       orderhub.Extras{"virtpos": {{Name: "x", Value: []byte("1.50")}}},
			Attributes:   orderhub.Attributes{{Name: "tags", Value: []byte(`["a"]`)}, {Name: "group", Value: []byte(`"own"`)}, {Name: "deep", Value: []byte(`[1,{"a":null}]`)}},
			RegisteredAt: time.Date(2018, 1, 1, 0, 11, 22, 1000, time.UTC), CreatedAt: storetest.Noon, UpdatedAt: storetest.Noon, Version: 1,
		}
		if diff := cmp.Diff(want, c); diff != "" || c.Group == 0 {
			t.Errorf("group %d (-want +got):\n%s", c.Group, diff)
		}
		for _, x := range d.take(full, bare) {
			if x.outcome != orderhub.OutcomeUnchanged || x.changes != nil {
				t.Errorf("once more: %+v", x)
			}
		}
		d.headed(orderhub.ImportPlan{Clear: true}, header)
		d.take(`c-1;;;;;;;;;;;;;;;;;;`)
		// That the person wants no mail is not a file's to take back (T3).
		want = &orderhub.Customer{ID: c.ID, Shop: d.shop.ID, ExternalID: "c-1", Consents: c.Consents, Extras: c.Extras, Unsubscribed: true,
			Attributes: orderhub.Attributes{{Name: "deep", Value: []byte(`[1,{"a":null}]`)}}, RegisteredAt: c.RegisteredAt, CreatedAt: c.CreatedAt, Version: 2}
		cleared := d.customer("c-1")
		want.UpdatedAt = cleared.UpdatedAt
		if diff := cmp.Diff(want, cleared); diff != "" {
			t.Errorf("cleared (-want +got):\n%s", diff)
		}
	})
}

func TestCustomersFaultsNameTheirFields(t *testing.T) {
	header := customerHeader + ";customer.gender;customer.birthday;customer.consents;customer.unsubscribed"
	d := newDesk(t, storetest.Open(t), orderhub.ImportPlan{}, header)
	for row, want := range map[string]string{
		";;Анна;;;;;;":                                "external_id",
		"c-1;none;;x;;;;;":                            "email phone",
		"c-1;;;;yesterday;;;;":                        "created_at",
		"c-1;;;;;neither;1990-13-01;;":                "birthday gender",
		`c-1;;;;;;;[{"ID":"a","State":7}];`:           "consents",
		`c-1;;;;;;;{"a":1};maybe`:                     "consents unsubscribed",
		"c\x00;;;;;;;;":                               "external_id",
		"c-1;;" + strings.Repeat("ж", 600) + ";;;;;;": "first_name name",
	} {
		var got []string
		for _, f := range d.read(2, row).rows[0].faults {
			got = append(got, f.Field)
			if f.Outcome != orderhub.OutcomeInvalid || f.Line != 2 {
				t.Errorf("row %q: %+v", row, f)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("row %q has faults of %q, want %q", row, got, want)
		}
	}
}

// Keys are compared in their form; what a customer gives up is told, and what
// else one is known by who gets its external id.
func TestCustomersKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db, orderhub.ImportPlan{}, customerHeader)
		if got, want := d.read(2, "C-1;Lena@Shop.example;;8 (900) 000-00-01;").keys, []key{{"external_id", "C-1"}, {"email", "lena@shop.example"}, {"phone", "79000000001"}}; !slices.Equal(got, want) {
			t.Errorf("keys %v, want %v", got, want)
		}
		lena := &orderhub.Customer{Email: "lena@shop.example", Phone: "+79000000001"}
		err := (&customers.Service{DB: db}).Register(t.Context(), d.shop, lena, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.take("c-1;Lena@Shop.example;;;")[0]; got.outcome != orderhub.OutcomeUpdated || !slices.Equal(got.freed, []key{{"phone", "79000000001"}}) {
			t.Errorf("by the address: %+v", got)
		}
		if got := d.take("c-1;;Лена;;")[0]; got.outcome != orderhub.OutcomeUpdated || got.freed != nil {
			t.Errorf("another name: %+v", got)
		}
		got := d.take("c-1;new@shop.example;;89000000009;")[0]
		if want := []key{{"email", "lena@shop.example"}, {"phone", "79000000001"}}; !slices.Equal(got.freed, want) {
			t.Errorf("other contacts free %v, want %v", got.freed, want)
		}
		var fields []string
		for _, c := range got.diff() {
			fields = append(fields, c.Field)
		}
		if !slices.Equal(fields, []string{"email", "phone"}) {
			t.Errorf("told changes of %v", fields)
		}
	})
}

// What an import did to a customer is taken back by what was kept of it.
func TestCustomersAreReverted(t *testing.T) {
	storetest.EachMoved(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		d := newDesk(t, db, orderhub.ImportPlan{}, customerHeader+";html")
		d.take("c-1;a@shop.example;Ян;;;<b>&")
		before := d.customer("c-1")
		clock.Offset += time.Hour
		got := d.take("c-1;b@shop.example;Ян Ли;89000000001;;<i>", "c-2;;;;;")
		var all []change
		for _, x := range got {
			all = append(all, x.changes...)
		}
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			done, err := revertCustomers(t.Context(), tx, d.shop, all)
			if !slices.Equal(done, []bool{true, true}) {
				t.Errorf("reverted %v of %v", done, all)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		after := d.customer("c-1")
		if after.Version != 3 || !after.UpdatedAt.After(before.UpdatedAt) {
			t.Errorf("version %d, changed at %v, want the third, later than %v", after.Version, after.UpdatedAt, before.UpdatedAt)
		}
		after.Version, after.UpdatedAt = before.Version, before.UpdatedAt
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
		if got := d.take("c-2;;;;;"); got[0].outcome != orderhub.OutcomeCreated {
			t.Errorf("the one that was made is %v, want gone", got[0].outcome)
		}
	})
}
