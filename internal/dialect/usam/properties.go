package usam

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect/wire"
)

// A property is one of the buyer's data that an order has in this dialect.
type property struct {
	code, name, group string
	always            bool // shown when it is empty, too
}

// properties are all that the vendor knows, those of its own example first and
// in its sequence. The names are the example's, others are named alike.
var properties = []property{
	{"billingfirstname", "Имя", "billing", true},
	{"billinglastname", "Фамилия", "billing", true},
	{"company", "Название компании", "company", true},
	{"inn", "ИНН", "company", true},
	{"ppc", "КПП", "company", true},
	{"contact_person", "Контактное лицо", "contact_information", true},
	{"company_email", "Email", "contact_information", true},
	{"company_phone", "Телефон", "contact_information", true},
	{"company_shippinglocation", "Местоположение", "company_shipping", true},
	{"billingmobilephone", "Мобильный Телефон", "billing", true},
	{"company_shippingaddress", "Адрес", "company_shipping", true},
	{"billingphone", "Телефон", "billing", true},
	{"billingemail", "Email", "billing", true},
	{"shippinglocation", "Местоположение", "shipping", true},
	{"shippingaddress", "Адрес", "shipping", true},
	{"shippingnotesclient", "Заметки к заказу", "shipping", true},
	{"company_adr", "Юридический адрес", "company", true},
	{"billingpostcode", "Индекс", "billing", false},
	{"billinglocation", "Местоположение", "billing", false},
	{"billingaddress", "Адрес", "billing", false},
	{"shippingfirstname", "Имя", "shipping", false},
	{"shippinglastname", "Фамилия", "shipping", false},
	{"shippingpostcode", "Индекс", "shipping", false},
	{"legallocation", "Местоположение", "company", false},
	{"legaladdress", "Юридический адрес", "company", false},
	{"gm", "Генеральный директор", "company", false},
	{"company_shippingpostcode", "Индекс", "company_shipping", false},
	{"company_shippingnotesclient", "Заметки к заказу", "company_shipping", false},
}

func isProperty(code string) bool {
	return slices.ContainsFunc(properties, func(p property) bool { return p.code == code })
}

// maxProperty is how long a property may be, in characters.
const maxProperty = 14_000

// properties reads the buyer's data: an object of codes and values, or a list
// of objects with a key (or a code) and a value. Codes that the vendor does
// not know are ignored, as the vendor does.
func (d *decoder) properties(p params) map[string]string {
	v, sent := p["properties"]
	if !sent || wire.IsNull(v) {
		return nil
	}
	sentOf := members(v)
	if v.Kind() == '[' {
		sentOf = d.listed(v)
	} else if v.Kind() != '{' {
		d.faults.Wrong("properties", "is not of type object")
	}
	all := make(map[string]string)
	for _, m := range sentOf {
		if !isProperty(m.Name) {
			continue
		}
		value, ok := propertyValue(m.Value)
		if !ok || utf8.RuneCountInString(value) > maxProperty || !orderhub.Storable(value) {
			d.faults.Wrong("properties."+m.Name, fmt.Sprintf("is not a text of at most %d characters", maxProperty))
			continue
		}
		all[m.Name] = value
	}
	return all
}

// listed reads properties from a list of {"key": …, "value": …}. Objects
// without a key hold codes and values themselves.
func (d *decoder) listed(v jsontext.Value) orderhub.Attributes {
	var all orderhub.Attributes
	elements, _ := elements(v)
	for _, e := range elements {
		object := members(e)
		key := object.Text("key")
		if key == "" {
			key = object.Text("code")
		}
		value, ok := object.Get("value")
		switch {
		case object == nil && e.Kind() != '{':
			d.faults.Wrong("properties", "must hold objects such as {\"key\": \"billingfirstname\", \"value\": \"…\"}")
			return nil
		case key == "" || !ok:
			all = append(all, object...)
		default:
			all = append(all, orderhub.Attribute{Name: key, Value: value})
		}
	}
	return all
}

// propertyValue reads a value, also as answers show it; null and false are
// "".
func propertyValue(v jsontext.Value) (string, bool) {
	if v.Kind() == '{' {
		inner, ok := members(v).Get("value")
		if !ok || inner.Kind() == '{' {
			return "", false
		}
		return propertyValue(inner)
	}
	if wire.IsNull(v) || v.Kind() == 'f' {
		return "", true
	}
	return wire.Text(v)
}

// candidates are the properties in which the parts of a contact stand, the
// one that wins first.
var candidates = struct{ email, phone, address []string }{
	[]string{"billingemail", "company_email"},
	[]string{"billingmobilephone", "billingphone", "company_phone"},
	[]string{"shippingaddress", "billingaddress", "company_shippingaddress"},
}

// contactOf is the contact that properties make.
func contactOf(values map[string]string) orderhub.Contact {
	first := func(codes []string) string {
		for _, code := range codes {
			if values[code] != "" {
				return values[code]
			}
		}
		return ""
	}
	name := strings.TrimSpace(values["billingfirstname"] + " " + values["billinglastname"])
	if name == "" {
		name = first([]string{"contact_person", "company"})
	}
	return orderhub.Contact{Name: name, Email: first(candidates.email), Phone: first(candidates.phone), Address: first(candidates.address)}
}

// propertiesOf are an order's properties: those that were sent, and the
// contact where another dialect has set it since.
func propertiesOf(o *orderhub.Order) map[string]string {
	values := make(map[string]string)
	if stored, ok := o.Extras[Name].Get("properties"); ok {
		for _, m := range members(stored) {
			values[m.Name], _ = wire.Text(m.Value)
		}
	}
	was := contactOf(values)
	if was.Name != o.Contact.Name {
		first, last, _ := strings.Cut(strings.TrimSpace(o.Contact.Name), " ")
		values["billingfirstname"], values["billinglastname"] = first, last
		if o.Contact.Name == "" {
			delete(values, "contact_person")
			delete(values, "company")
		}
	}
	put := func(now, was string, codes []string) {
		if now == was {
			return
		}
		values[codes[0]] = now
		if now == "" {
			for _, code := range codes {
				delete(values, code)
			}
		}
	}
	put(o.Contact.Email, was.Email, candidates.email)
	put(o.Contact.Phone, was.Phone, candidates.phone)
	put(o.Contact.Address, was.Address, candidates.address)
	return values
}

// mergeProperties sets those properties of an order that were sent with another
// value than the shown one, and the parts of the contact that they change.
func mergeProperties(o *orderhub.Order, sent map[string]string) {
	values := propertiesOf(o)
	was := contactOf(values)
	changed := false
	for code, value := range sent {
		if values[code] != value {
			values[code], changed = value, true
		}
	}
	if !changed {
		return
	}
	var stored orderhub.Attributes
	for _, p := range properties {
		if value, ok := values[p.code]; ok {
			stored.SetText(p.code, value)
		}
	}
	now := contactOf(values)
	for _, x := range []struct{ to, was, now *string }{
		{&o.Contact.Name, &was.Name, &now.Name}, {&o.Contact.Email, &was.Email, &now.Email},
		{&o.Contact.Phone, &was.Phone, &now.Phone}, {&o.Contact.Address, &was.Address, &now.Address},
	} {
		if *x.now != *x.was {
			*x.to = *x.now
		}
	}
	var changes orderhub.Attributes
	changes.Set("properties", stored.JSON())
	o.Extras = o.Extras.Merge(orderhub.Extras{Name: changes})
}
