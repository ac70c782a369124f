package usam

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"orderhub"
)

// The dictionaries are what clients fill their own lists from. The vendor's
// page does not show them; they have the count and the items of its lists, but
// for statuses, which are a bare list.

// listStatuses shows the shop's statuses, those of orders unless another type
// is asked for, which has none.
func (a *api) listStatuses(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	d := &decoder{shop: shop}
	kind := d.text(p, "type", "type")
	if err := d.faults.Err(); err != nil {
		return err
	}
	statuses := shop.Statuses
	if kind != nil && *kind != "" && *kind != "order" {
		statuses = nil
	}
	place := 0
	return give(w, r, p, array(statuses, func(st orderhub.Status) []byte {
		place++
		o := new(writer)
		o.number("id", int64(place))
		o.text("internalname", st.Code)
		o.text("name", st.Name)
		o.text("description", "")
		o.text("type", "order")
		o.flag("close", st.Closed)
		o.number("sort", int64(place))
		o.text("stage", st.Stage.String())
		return o.done()
	}))
}

// A word is one entry of a dictionary.
type word struct{ id, code, name, more string }

// giveWords answers with a dictionary; more is the name of the fourth member.
func giveWords(w http.ResponseWriter, r *http.Request, p params, more string, words []word) error {
	b := fmt.Appendf(nil, `{"count":%d,"items":`, len(words))
	b = append(b, array(words, func(x word) []byte {
		o := new(writer)
		o.text("id", x.id)
		o.text("code", x.code)
		o.text("name", x.name)
		if more != "" {
			o.text(more, x.more)
		}
		return o.done()
	})...)
	return give(w, r, p, append(b, '}'))
}

func (a *api) listUnits(w http.ResponseWriter, r *http.Request, _ *orderhub.Shop, p params) error {
	return giveWords(w, r, p, "", []word{
		{"1", "thing", "Штука", ""}, {"2", "kg", "Килограмм", ""}, {"3", "gr", "Грамм", ""}, {"4", "litre", "Литр", ""},
		{"5", "meter", "Метр", ""}, {"6", "square", "Квадратный метр", ""}, {"7", "pack", "Упаковка", ""}, {"8", "set", "Комплект", ""},
	})
}

func (a *api) listProperties(w http.ResponseWriter, r *http.Request, _ *orderhub.Shop, p params) error {
	words := make([]word, len(properties))
	for i, x := range properties {
		words[i] = word{strconv.Itoa(i + 1), x.code, x.name, x.group}
	}
	return giveWords(w, r, p, "group", words)
}

func (a *api) listPropertyGroups(w http.ResponseWriter, r *http.Request, _ *orderhub.Shop, p params) error {
	return giveWords(w, r, p, "type_payer", []word{
		{"1", "billing", "Покупатель", "1"}, {"2", "shipping", "Доставка", "1"}, {"3", "company", "Реквизиты компании", "2"},
		{"4", "contact_information", "Контактная информация", "2"}, {"5", "company_shipping", "Доставка компании", "2"},
	})
}

func (a *api) listPayers(w http.ResponseWriter, r *http.Request, _ *orderhub.Shop, p params) error {
	return giveWords(w, r, p, "", []word{{"1", "contact", "Физическое лицо", ""}, {"2", "company", "Юридическое лицо", ""}})
}

func (a *api) listPriceTypes(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	return giveWords(w, r, p, "external_code", priceTypes(shop))
}

// Settings are what a shop can choose in this dialect.
var Settings = []orderhub.Setting{priceTypeSetting}

var priceTypeSetting = orderhub.Setting{
	Name: "usam.price_types", Values: []string{"tp_1"}, Pattern: "CODE:OUTER-CODE:NAME,…", Check: checkPriceTypes,
	Help: orderhub.Sentence{
		English: "Price types of the shop: codes, each with an outer code and a name where it has them.",
		Russian: "Типы цен магазина: коды, при необходимости с внешним кодом и названием.",
		Polish:  "Typy cen sklepu: kody, w razie potrzeby z kodem zewnętrznym i nazwą.",
	},
}

// priceTypes are the shop's, from its setting: codes, each with an outer code
// and a name where it has them.
func priceTypes(shop *orderhub.Shop) []word {
	var words []word
	for entry := range strings.SplitSeq(priceTypeSetting.Of(shop), ",") {
		part := strings.SplitN(strings.TrimSpace(entry), ":", 3)
		part = append(part, "", "")
		if part[0] != "" {
			words = append(words, word{strconv.Itoa(len(words) + 1), part[0], cmp.Or(part[2], part[0]), part[1]})
		}
	}
	return words
}

func checkPriceTypes(value string) error {
	for entry := range strings.SplitSeq(value, ",") {
		code, _, _ := strings.Cut(strings.TrimSpace(entry), ":")
		if code == "" || len(code) > 20 {
			return errors.New("must be codes of at most 20 characters with commas in between, each perhaps with :OUTER-CODE:NAME")
		}
	}
	return nil
}
