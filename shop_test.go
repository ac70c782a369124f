package orderhub_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/money"
	"orderhub/phone"
)

func TestCheckShopName(t *testing.T) {
	for _, name := range []string{"main", "north-shop", "4you", "a", strings.Repeat("x", 64)} {
		if err := orderhub.CheckShopName(name); err != nil {
			t.Errorf("CheckShopName(%q) = %v", name, err)
		}
	}
	for _, name := range []string{"", "Main", "-main", "north shop", "магазин", "a/b", "a\n", "a.b", strings.Repeat("x", 65)} {
		if got := fields(orderhub.CheckShopName(name)); !slices.Equal(got, []string{"name"}) {
			t.Errorf("CheckShopName(%q) blames %v, want name", name, got)
		}
	}
}

func TestShopValidateNamesAllFaultsAtOnce(t *testing.T) {
	s := orderhub.Shop{Name: "main", Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail}
	if err := s.Validate(); err != nil {
		t.Errorf("a valid shop: %v", err)
	}
	bad := orderhub.Shop{Name: "?", Zone: "Moscow", Currency: "₽", Identify: "name", NumberPrefix: strings.Repeat("x", 21)}
	want := []string{"name", "timezone", "currency", "identify", "number_prefix"}
	if got := fields(bad.Validate()); !slices.Equal(got, want) {
		t.Errorf("Validate blames %v, want %v", got, want)
	}
	for _, zone := range []string{"", "Local"} { // both mean a zone to the library, and none to a shop
		s.Zone = zone
		if got := fields(s.Validate()); !slices.Equal(got, []string{"timezone"}) {
			t.Errorf("zone %q: Validate blames %v, want timezone", zone, got)
		}
	}
}

func TestShopLocation(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for zone, want := range map[string]string{"Europe/Moscow": "03:00", "Europe/Warsaw": "01:00", "Nowhere/Atlantis": "00:00"} {
		s := orderhub.Shop{Zone: zone}
		for range 2 {
			if got := at.In(s.Location()).Format("15:04"); got != want {
				t.Errorf("UTC midnight in %s is %s, want %s", zone, got, want)
			}
		}
	}
}

func TestShopPhoneReadsLocalNumbersAsItsOwn(t *testing.T) {
	tests := []struct {
		currency money.Currency
		in       string
		want     phone.Number
	}{
		{"RUB", "8 (912) 000-11-22", "+79120001122"},
		{"PLN", "600 123 456", "+48600123456"},
		{"PLN", "+7 912 000-11-22", "+79120001122"},
		{"EUR", "600 123 456", "600123456"}, // many countries pay in euro
		{"RUB", "call me", ""},
	}
	for _, tt := range tests {
		s := orderhub.Shop{Currency: tt.currency}
		if got := s.Phone(tt.in); got != tt.want {
			t.Errorf("a shop in %s reads %q as %q, want %q", tt.currency, tt.in, got, tt.want)
		}
	}
}

func TestShopStatus(t *testing.T) {
	s := orderhub.Shop{Statuses: orderhub.DefaultStatuses()}
	if got, ok := s.Status("closed"); !ok || got.Stage != orderhub.StageCompleted || !got.Closed {
		t.Errorf("Status(closed) = %+v, %v", got, ok)
	}
	if got, ok := s.Status("Closed"); ok {
		t.Errorf("Status(Closed) = %+v, want none", got)
	}
}

// A sender who knows stages only must get them back, and each stage must have
// a status to be stored under.
func TestEveryStageHasAStatusOfTheDefaultList(t *testing.T) {
	s := orderhub.Shop{Statuses: orderhub.DefaultStatuses()}
	if len(s.Statuses) != 16 {
		t.Errorf("the default list has %d statuses, want 16", len(s.Statuses))
	}
	seen := map[string]bool{}
	for _, st := range s.Statuses {
		if seen[st.Code] || len(st.Code) > 20 || st.Name == "" {
			t.Errorf("odd status %+v", st)
		}
		seen[st.Code] = true
	}
	for _, stage := range []orderhub.Stage{orderhub.StagePlaced, orderhub.StagePaid, orderhub.StageCompleted, orderhub.StageCanceled} {
		if st, ok := s.Status(orderhub.StatusOf(stage)); !ok || st.Stage != stage {
			t.Errorf("%v is stored as %q of stage %v, %v", stage, orderhub.StatusOf(stage), st.Stage, ok)
		}
		if again, ok := orderhub.ParseStage(stage.String()); !ok || again != stage {
			t.Errorf("ParseStage(%q) = %v, %v", stage, again, ok)
		}
	}
	if s, ok := orderhub.ParseStage("cancelled"); ok {
		t.Errorf("ParseStage(cancelled) = %v, want none: tolerance is a dialect's", s)
	}
}

func TestStatesPrintAndParse(t *testing.T) {
	for s := orderhub.Unpaid; s <= orderhub.Refunded; s++ {
		if again, ok := orderhub.ParsePaymentState(s.String()); !ok || again != s {
			t.Errorf("ParsePaymentState(%q) = %v, %v", s, again, ok)
		}
	}
	for s := orderhub.Unfulfilled; s <= orderhub.Returned; s++ {
		if again, ok := orderhub.ParseFulfilmentState(s.String()); !ok || again != s {
			t.Errorf("ParseFulfilmentState(%q) = %v, %v", s, again, ok)
		}
	}
	if s, ok := orderhub.ParsePaymentState("Paid"); ok {
		t.Errorf("ParsePaymentState(Paid) = %v, want none", s)
	}
	if s, ok := orderhub.ParseFulfilmentState(""); ok {
		t.Errorf("ParseFulfilmentState() = %v, want none", s)
	}
}

func TestKeyInForce(t *testing.T) {
	tests := []struct {
		name string
		key  orderhub.Key
		want bool
	}{
		{"for ever", orderhub.Key{}, true},
		{"not yet expired", orderhub.Key{ExpiresAt: noon.Add(1)}, true},
		{"expires now", orderhub.Key{ExpiresAt: noon}, false},
		{"revoked", orderhub.Key{RevokedAt: noon.Add(-1), ExpiresAt: noon.Add(1)}, false},
	}
	for _, tt := range tests {
		if got := tt.key.InForce(noon); got != tt.want {
			t.Errorf("%s: InForce = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestKeyOpens(t *testing.T) {
	all, some := orderhub.Key{}, orderhub.Key{Dialects: []string{"usam", "ecdp"}}
	if !all.Opens("aplaut") || !some.Opens("ecdp") || some.Opens("aplaut") {
		t.Errorf("Opens = %v, %v, %v, want true, true, false", all.Opens("aplaut"), some.Opens("ecdp"), some.Opens("aplaut"))
	}
}
