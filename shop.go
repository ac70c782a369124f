package orderhub

import (
	"regexp"
	"strings"
	"time"

	"orderhub/money"
	"orderhub/phone"
)

// A ShopID is ours and never changes.
type ShopID int64

// A Shop is a tenant, and a wall: every order, customer, card and key belongs
// to one shop, and nothing of another shop can be seen through it.
type Shop struct {
	ID           ShopID
	Name         string // unique in the hub; see CheckShopName
	Zone         string // IANA name; times without a zone are read in it
	Currency     money.Currency
	Identify     Identity // which field tells customers apart
	NumberPrefix string   // of order numbers that we make
	CreatedAt    time.Time

	Statuses []Status
	// PaymentWords and FulfilmentWords are the shop's own words for
	// details.payment_status and details.fulfillment_status, folded; they win
	// over the known ones.
	PaymentWords    map[string]PaymentState
	FulfilmentWords map[string]FulfilmentState
	// Settings are what the shop has chosen, by the name of the setting; see
	// Setting.Of.
	Settings map[string]string

	location *time.Location
}

// An Identity is a field by which a shop tells customers apart.
type Identity string

const (
	ByEmail    Identity = "email"
	ByPhone    Identity = "phone"
	ByExternal Identity = "crm-id" // the customer's id in the shop's own system
)

// CheckShopName refuses names that would not read well in addresses and
// commands: a shop's name is 1 to 64 lower-case letters, digits and dashes.
func CheckShopName(name string) error {
	if !shopName.MatchString(name) {
		return Wrong("name", "must be 1 to 64 lower-case letters, digits and dashes, such as main or north-shop")
	}
	return nil
}

var shopName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// Validate reports all that is wrong with a shop's own settings.
func (s *Shop) Validate() error {
	var f Faults
	f.Add(CheckShopName(s.Name))
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" || s.Zone == "Local" {
		f.Wrong("timezone", "is not a time zone; send a name such as Europe/Moscow")
	}
	if _, err := money.ParseCurrency(string(s.Currency)); err != nil {
		f.Wrong("currency", "is not a currency; send three letters such as RUB")
	}
	switch s.Identify {
	case ByEmail, ByPhone, ByExternal:
	default:
		f.Wrong("identify", "must be email, phone or crm-id")
	}
	checkText("number_prefix", s.NumberPrefix, 20, &f)
	return f.Err()
}

// Location is the shop's time zone; UTC when its name is unknown here.
func (s *Shop) Location() *time.Location {
	if s.location == nil {
		loc, err := time.LoadLocation(s.Zone)
		if err != nil {
			loc = time.UTC
		}
		s.location = loc
	}
	return s.location
}

// Status finds an entry of the shop's status list.
func (s *Shop) Status(code string) (Status, bool) {
	for _, st := range s.Statuses {
		if st.Code == code {
			return st, true
		}
	}
	return Status{}, false
}

// Phone brings a phone number as people write it into the one form in which
// phones are compared, reading local numbers as those of the shop's country;
// "" when the text is no phone number.
func (s *Shop) Phone(text string) phone.Number {
	n, ok := phone.Parse(text, countries[s.Currency])
	if !ok {
		return ""
	}
	return n
}

// countries says where a shop's local phone numbers belong: a shop dials as
// it pays. Currencies of several countries are left out on purpose.
var countries = map[money.Currency]string{
	"RUB": "RU", "BYN": "BY", "KZT": "KZ", "UAH": "UA", "PLN": "PL", "CZK": "CZ",
	"GBP": "GB", "USD": "US", "AMD": "AM", "GEL": "GE", "UZS": "UZ", "KGS": "KG",
}

// PaymentWord says what a sender's word means for the payment state.
func (s *Shop) PaymentWord(word string) (PaymentState, bool) {
	return meaning(word, s.PaymentWords, paymentWords)
}

// FulfilmentWord says what a sender's word means for the fulfilment state.
func (s *Shop) FulfilmentWord(word string) (FulfilmentState, bool) {
	return meaning(word, s.FulfilmentWords, fulfilmentWords)
}

func meaning[S any](word string, own, known map[string]S) (S, bool) {
	word = Fold(strings.TrimSpace(word))
	if state, ok := own[word]; ok {
		return state, true
	}
	state, ok := known[word]
	return state, ok
}
