package importing

import (
	"context"
	"slices"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/store"
)

// thingCustomer is what changes to customers are kept under.
const thingCustomer = "customer"

// changedCustomer is a change of a customer that was stored.
func changedCustomer(v *orderhub.Verdict[orderhub.Customer]) change {
	c := change{
		Thing: thingCustomer, ID: int64(v.Now.ID), Stamp: v.Now.UpdatedAt.UnixMicro(),
		Version: v.Now.Version, Content: customers.Content(v.Now),
	}
	if v.Old != nil {
		c.Old = customers.Snapshot(v.Old)
	}
	return c
}

// revertCustomers takes back what an import did to customers.
var revertCustomers = reverting(customers.Revert, customers.ParseSnapshot)

// A customersKind reads customers, one a row.
type customersKind struct {
	shop *orderhub.Shop
}

func newCustomers(shop *orderhub.Shop) *customersKind { return &customersKind{shop} }

func (k *customersKind) fields() []Field { return customerFields }

// customerFields are those of the five columns of Aplaut's files, and what
// only our own files have.
var customerFields = []Field{
	{Name: "external_id", Required: true, Own: true, About: "the customer's id in the shop's own system",
		Names: []string{"id", "customer_id", "client_id", "consumer_id", "crm_id", "внешний id", "id клиента", "код клиента", "id klienta"}},
	{Name: "email", Required: true, Own: true, About: "e-mail address",
		Names: []string{"e-mail", "mail", "email address", "почта", "эл. почта", "электронная почта", "адрес e-mail", "adres e-mail"}},
	{Name: "name", Required: true, Own: true, About: "full name",
		Names: []string{"full name", "customer name", "фио", "имя", "клиент", "imię i nazwisko", "nazwa"}},
	{Name: "phone", Required: true, Own: true, About: "phone number",
		Names: []string{"phone number", "mobile", "tel", "телефон", "номер телефона", "мобильный", "мобильный телефон", "telefon", "numer telefonu", "komórka"}},
	{Name: "created_at", Required: true, Own: true, About: "when the customer registered, such as 2018-01-01 00:11:22",
		Names: []string{"registered_at", "registration date", "date created", "дата регистрации", "дата создания", "зарегистрирован", "data rejestracji", "data utworzenia"}},
	{Name: "first_name", About: "given name"},
	{Name: "middle_name", About: "middle name or patronymic"},
	{Name: "last_name", About: "family name"},
	{Name: "gender", About: "female or male", Words: map[string]string{
		"female": "female", "f": "female", "woman": "female", "ж": "female", "жен": "female", "женский": "female", "kobieta": "female", "k": "female",
		"male": "male", "m": "male", "man": "male", "м": "male", "муж": "male", "мужской": "male", "mężczyzna": "male",
		"unknown": "unknown",
	}},
	{Name: "birthday", About: "day of birth; zeros for parts that nobody knows"},
	{Name: "group", About: "name of a group, made when there is none of this name"},
	{Name: "unsubscribed", About: "wants no mail from campaigns, yes or no"},
	{Name: "complained", About: "called a mail spam, yes or no"},
	{Name: "bounced", About: "the address refuses mail for good, yes or no"},
	{Name: "consents", About: `JSON such as [{"ID":"news","State":1}]; 0 is refused, 1 given, 2 awaits confirmation`},
	{Name: "extras", About: "JSON: what only one dialect understands"},
	{Name: "attributes", About: "JSON object: attributes that have no column of their own"},
}

// joins is "": every row is a customer.
func (k *customersKind) joins() string { return "" }

func (k *customersKind) read(r *record) {
	row := r.rows[0]
	e := customers.NewEntry(k.shop, customerChange(row))
	for _, err := range orderhub.All(e.Err()) {
		if !row.faulty(err.Field) { // what could not be read is not missing as well
			row.fault(err.Field, err.Text)
		}
	}
	r.value = e
	for _, x := range e.Keys() {
		r.keys = append(r.keys, key{x.Field, x.Value})
	}
}

// faulty says whether a fault of a field was noted.
func (r *row) faulty(field string) bool {
	return slices.ContainsFunc(r.faults, func(f orderhub.ImportFault) bool { return f.Field == field })
}

// customerChange is what a row says.
func customerChange(r *row) orderhub.CustomerChange {
	c := orderhub.CustomerChange{
		ExternalID: r.text("external_id"), Email: r.text("email"), Phone: r.text("phone"), Name: r.text("name"),
		FirstName: r.text("first_name"), MiddleName: r.text("middle_name"), LastName: r.text("last_name"),
		KeepFirstName: r.has("first_name"),
		RegisteredAt:  r.moment("created_at"), Birthday: r.day("birthday"),
		Unsubscribed: r.flag("unsubscribed"), Complained: r.flag("complained"), Bounced: r.flag("bounced"),
		Attributes: r.attributes("attribute."),
	}
	if word := r.word("gender"); word != nil {
		g := genders[*word]
		c.Gender = &g
	}
	if name := r.text("group"); name != nil {
		c.Group = &orderhub.GroupRef{Name: *name}
	}
	r.json("consents", &c.Consents)
	r.json("extras", &c.Extras)
	c.Attributes = r.others("attributes", c.Attributes)
	return c
}

var genders = map[string]orderhub.Gender{"female": orderhub.Female, "male": orderhub.Male}

func (k *customersKind) take(ctx context.Context, tx *store.Tx, records []*record, dry bool) ([]taken, error) {
	entries := make([]*customers.Entry, len(records))
	for i, r := range records {
		entries[i] = r.value.(*customers.Entry)
	}
	mode := orderhub.Mode{New: true, Existing: true}
	if len(records) > 0 {
		mode = records[0].rows[0].in.plan.Mode()
	}
	verdicts, err := customers.ImportAll(ctx, tx, k.shop, entries, mode, dry)
	if err != nil {
		return nil, err
	}
	all := make([]taken, len(records))
	for i, v := range verdicts {
		all[i] = k.taken(records[i], v, dry)
	}
	return all, nil
}

func (k *customersKind) taken(r *record, v orderhub.Verdict[orderhub.Customer], dry bool) taken {
	t := taken{outcome: v.Outcome, err: v.Err}
	if v.Outcome != orderhub.OutcomeCreated && v.Outcome != orderhub.OutcomeUpdated {
		return t
	}
	if !dry {
		t.changes = []change{changedCustomer(&v)}
	}
	if v.Old != nil {
		t.freed = k.freed(r, v.Old, v.Now)
		t.diff = func() []orderhub.Change { return customerDiff(r, v.Old, v.Now) }
	}
	return t
}

// freed are the keys that a customer has given up. One that had no external id
// is met once by a file, by whichever of its keys: what else it is known by
// must not bring it another one.
func (k *customersKind) freed(r *record, old, now *orderhub.Customer) []key {
	if old.ExternalID != "" && old.ExternalID == now.ExternalID && old.Email == now.Email && old.Phone == now.Phone {
		return nil
	}
	var all []key
	has := customers.Keys(k.shop, now)
	for _, x := range customers.Keys(k.shop, old) {
		held := slices.Contains(has, x)
		if freed := (key{x.Field, x.Value}); !held || old.ExternalID == "" && !slices.Contains(r.keys, freed) {
			all = append(all, freed)
		}
	}
	return all
}

// customerDiff tells what an update changes. A group that is not made yet goes
// by its name.
func customerDiff(r *record, old, now *orderhub.Customer) []orderhub.Change {
	changes := orderhub.CustomerChanges(old, now)
	for i := range changes {
		if name := r.rows[0].text("group"); changes[i].Field == "group" && now.Group < 0 && name != nil {
			changes[i].To = *name
		}
	}
	return changes
}
