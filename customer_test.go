package orderhub_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
)

func TestBirthdayAge(t *testing.T) {
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
	}
	tests := []struct {
		born orderhub.Birthday
		on   time.Time
		want int
	}{
		{orderhub.Birthday{Year: 1990, Month: 9, Day: 4}, day(2026, 9, 3), 35},
		{orderhub.Birthday{Year: 1990, Month: 9, Day: 4}, day(2026, 9, 4), 36},
		{orderhub.Birthday{Year: 1990, Month: 9, Day: 4}, day(2026, 8, 30), 35},
		{orderhub.Birthday{Year: 1990, Month: 9, Day: 4}, day(2026, 10, 1), 36},
		{orderhub.Birthday{Year: 2004, Month: 2, Day: 29}, day(2025, 2, 28), 20},
		{orderhub.Birthday{Year: 2004, Month: 2, Day: 29}, day(2025, 3, 1), 21},
		{orderhub.Birthday{Year: 2026, Month: 5, Day: 3}, day(2026, 5, 3), 0},
		{orderhub.Birthday{Month: 9, Day: 4}, day(2026, 9, 4), -1},
		{orderhub.Birthday{Year: 1990}, day(2026, 9, 4), -1},
		{orderhub.Birthday{}, day(2026, 9, 4), -1},
	}
	for _, tt := range tests {
		if got := tt.born.Age(tt.on); got != tt.want {
			t.Errorf("born %v, on %s: Age = %d, want %d", tt.born, tt.on.Format(time.DateOnly), got, tt.want)
		}
	}
}

func validCustomer() *orderhub.Customer {
	return &orderhub.Customer{Email: "ina@shop.example", Phone: "8 (912) 000-11-22", RegisteredAt: noon}
}

func TestCustomerValidateNamesAllFaultsAtOnce(t *testing.T) {
	shop := &orderhub.Shop{Currency: "RUB"}
	if err := validCustomer().Validate(shop); err != nil {
		t.Errorf("a valid customer: %v", err)
	}
	if err := (&orderhub.Customer{}).Validate(shop); err != nil {
		t.Errorf("a customer of whom nothing is known: %v", err)
	}
	long := strings.Repeat("я", orderhub.MaxName+1)
	c := &orderhub.Customer{
		ExternalID: strings.Repeat("1", orderhub.MaxExternalID+1), Email: "ina", Phone: "call me",
		Name: long, FirstName: "\x00", MiddleName: "\xff", LastName: long, Birthday: orderhub.Birthday{Month: 13},
		RegisteredAt: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	want := []string{"external_id", "email", "phone", "name", "first_name", "middle_name", "last_name", "birthday", "registered_at"}
	if got := fields(c.Validate(shop)); !slices.Equal(got, want) {
		t.Errorf("Validate blames %v, want %v", got, want)
	}
}

// What reads as a phone number may still be a text that cannot be kept.
func TestCustomerValidateRefusesWhatCannotBeStored(t *testing.T) {
	for field, change := range map[string]func(c *orderhub.Customer){
		"phone":      func(c *orderhub.Customer) { c.Phone += "\x00" },
		"phone ":     func(c *orderhub.Customer) { c.Phone += "\xff" },
		"email":      func(c *orderhub.Customer) { c.Email = "ina\xff@shop.example" },
		"birthday":   func(c *orderhub.Customer) { c.Birthday.Year = 40_000 },
		"birthday ":  func(c *orderhub.Customer) { c.Birthday.Day = 32 },
		"birthday  ": func(c *orderhub.Customer) { c.Birthday.Month = -1 },
	} {
		c := validCustomer()
		change(c)
		if got := fields(c.Validate(&orderhub.Shop{Currency: "RUB"})); !slices.Equal(got, []string{strings.TrimSpace(field)}) {
			t.Errorf("%q, %v: Validate blames %v, want %s", c.Phone, c.Birthday, got, field)
		}
	}
}

func TestCustomerChangeApply(t *testing.T) {
	c := validCustomer()
	c.Attributes, c.Extras = attributes(t, `{"a":1,"b":2}`), orderhub.Extras{"aplaut": attributes(t, `{"avatar_url":"x"}`)}
	before := *c
	new(orderhub.CustomerChange).Apply(c)
	if d := cmp.Diff(&before, c); d != "" {
		t.Fatalf("an empty change changed (-before +after):\n%s", d)
	}
	change := orderhub.CustomerChange{
		ExternalID: new("7"), Email: new(""), Phone: new("1"), Name: new("Ина де ла Тис"), MiddleName: new("Ё"), LastName: new("Тис"),
		Gender: new(orderhub.Female), Birthday: &orderhub.Birthday{Day: 4}, Unsubscribed: new(true), Complained: new(true), Bounced: new(true),
		RegisteredAt: new(noon.Add(1)), Attributes: attributes(t, `{"b":null,"c":3}`), Extras: orderhub.Extras{"virtpos": attributes(t, `{"z":1}`)},
	}
	change.Apply(c)
	want := &orderhub.Customer{
		ExternalID: "7", Phone: "1", Name: "Ина де ла Тис", FirstName: "Ина", MiddleName: "Ё", LastName: "Тис",
		Gender: orderhub.Female, Birthday: orderhub.Birthday{Day: 4}, Unsubscribed: true, Complained: true, Bounced: true,
		RegisteredAt: noon.Add(1), Attributes: attributes(t, `{"a":1,"c":3}`),
		Extras: orderhub.Extras{"aplaut": attributes(t, `{"avatar_url":"x"}`), "virtpos": attributes(t, `{"z":1}`)},
	}
	if d := cmp.Diff(want, c); d != "" {
		t.Errorf("after Apply (-want +got):\n%s", d)
	}
}

// T4: a new whole name replaces the parts, new parts replace the whole name.
func TestCustomerChangeNames(t *testing.T) {
	type names struct{ Name, FirstName, MiddleName, LastName string }
	whole := names{Name: "Анна Тис", FirstName: "Ольга"}
	parts := names{"Анна Ким", "Анна", "Ивановна", "Ким"}
	tests := []struct {
		was    names
		change orderhub.CustomerChange
		want   names
	}{
		{whole, orderhub.CustomerChange{Name: new("Анна Тис")}, whole}, // the name that it had
		{whole, orderhub.CustomerChange{Name: new(" Ина Тис")}, names{Name: " Ина Тис", FirstName: "Ина"}},
		{whole, orderhub.CustomerChange{Name: new("Ина Тис"), FirstName: new("Инна")}, names{Name: "Ина Тис", FirstName: "Инна"}},
		{whole, orderhub.CustomerChange{FirstName: new("Инна")}, names{Name: "Инна Тис", FirstName: "Инна"}},
		{whole, orderhub.CustomerChange{Name: new("")}, names{}},
		{parts, orderhub.CustomerChange{Name: new("Мария Белова")}, names{Name: "Мария Белова", FirstName: "Мария"}},
		{parts, orderhub.CustomerChange{Name: new("Мария Белова"), LastName: new("Белова")}, names{"Мария Белова", "Мария", "", "Белова"}},
		{parts, orderhub.CustomerChange{Name: new("Мария Белова"), KeepFirstName: true}, names{Name: "Мария Белова", FirstName: "Анна"}},
		{parts, orderhub.CustomerChange{LastName: new("Белова")}, names{"Анна Белова", "Анна", "Ивановна", "Белова"}},
		{parts, orderhub.CustomerChange{FirstName: new("Мария"), MiddleName: new(""), LastName: new("Белова")}, names{"Мария Белова", "Мария", "", "Белова"}},
		{parts, orderhub.CustomerChange{MiddleName: new("Петровна")}, names{"Анна Ким", "Анна", "Петровна", "Ким"}},
		{parts, orderhub.CustomerChange{FirstName: new("Анна"), LastName: new("Ким")}, parts}, // as shown
		{names{Name: "Анна Ким"}, orderhub.CustomerChange{FirstName: new("Анна"), LastName: new("Ким")}, names{"Анна Ким", "Анна", "", "Ким"}},
		{names{Name: "Анна Ким"}, orderhub.CustomerChange{FirstName: new("Мария")}, names{Name: "Мария Ким", FirstName: "Мария"}},
		{names{Name: "Ким Анна", FirstName: "Анна", LastName: "Ким"}, orderhub.CustomerChange{FirstName: new("Анна"), LastName: new("Ким")}, names{"Ким Анна", "Анна", "", "Ким"}},
		{names{Name: "Ким"}, orderhub.CustomerChange{FirstName: new(""), LastName: new("")}, names{Name: "Ким"}}, // as shown
		{names{}, orderhub.CustomerChange{LastName: new("Ким")}, names{Name: "Ким", LastName: "Ким"}},
	}
	for _, tt := range tests {
		c := &orderhub.Customer{Name: tt.was.Name, FirstName: tt.was.FirstName, MiddleName: tt.was.MiddleName, LastName: tt.was.LastName}
		tt.change.Apply(c)
		if got := (names{c.Name, c.FirstName, c.MiddleName, c.LastName}); got != tt.want {
			t.Errorf("%+v became %+v, want %+v", tt.was, got, tt.want)
		}
	}
}

func TestSplitName(t *testing.T) {
	for _, tt := range []struct{ name, first, last, wantFirst, wantLast string }{
		{"", "", "", "", ""}, {"", "Анна", "", "Анна", ""}, {"Анна Ким", "Анна", "Белова", "Анна", "Белова"},
		{"Анна  де ла Ким ", "", "", "Анна", "де ла Ким"}, {"Анна Ким", "Оля", "", "Оля", ""}, {"Анна Ким", "Анна", "", "Анна", "Ким"},
	} {
		c := orderhub.Customer{Name: tt.name, FirstName: tt.first, LastName: tt.last}
		if first, last := c.SplitName(); first != tt.wantFirst || last != tt.wantLast {
			t.Errorf("%q, %q, %q is split into %q, %q, want %q, %q", tt.name, tt.first, tt.last, first, last, tt.wantFirst, tt.wantLast)
		}
	}
}

func TestCustomerChangeMayKeepTheContact(t *testing.T) {
	change := orderhub.CustomerChange{Email: new("new@shop.example"), Phone: new("2"), KeepContact: true}
	known, bare := &orderhub.Customer{Email: "old@shop.example", Phone: "1"}, new(orderhub.Customer)
	change.Apply(known)
	change.Apply(bare)
	if known.Email != "old@shop.example" || known.Phone != "1" || bare.Email != "new@shop.example" || bare.Phone != "2" {
		t.Errorf("known: %s %s, bare: %s %s; want the old ones kept, the new ones given", known.Email, known.Phone, bare.Email, bare.Phone)
	}
}

func TestCustomerRefSpeaksAsItsSender(t *testing.T) {
	for want, ref := range map[string]orderhub.CustomerRef{"1c-7": {ExternalID: "1c-7", ID: 3}, "3": {ID: 3}, "A\uFFFD": {ExternalID: "A\xff"}} {
		if got := ref.String(); got != want {
			t.Errorf("%#v prints %q, want %q", ref, got, want)
		}
	}
}

func TestBirthdayMustBeADay(t *testing.T) {
	shop := &orderhub.Shop{Currency: "RUB"}
	for b, want := range map[orderhub.Birthday]bool{
		{}: true, {Year: 1990}: true, {Month: 2}: true, {Day: 31}: true, {Month: 2, Day: 29}: true, {Year: 2024, Month: 2, Day: 29}: true,
		{Year: 2023, Month: 2, Day: 29}: false, {Month: 2, Day: 30}: false, {Month: 4, Day: 31}: false, {Year: 1990, Day: 31}: true,
		{Year: -1}: false, {Year: 10_000}: false, {Month: 13}: false, {Day: 32}: false, {Month: -1}: false,
	} {
		c := orderhub.Customer{Birthday: b}
		if err := c.Validate(shop); (err == nil) != want {
			t.Errorf("%+v: %v, want it to be a day: %v", b, err, want)
		}
	}
}
