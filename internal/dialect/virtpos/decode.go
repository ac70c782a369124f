package virtpos

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect/wire"
)

// Limits of a list.
const (
	maxOrders       = 10_000
	maxDays         = 36_500
	defaultPageSize = 200 // as in the vendor's example
)

// known says whether answers can be written in a format.
func known(format string) bool {
	return format == "" || strings.EqualFold(format, "xml") || strings.EqualFold(format, "json")
}

// A decoder reads parameters and notes all that is wrong with them.
type decoder struct {
	p      params
	shop   *orderhub.Shop
	faults orderhub.Faults
}

// id reads an id of ours, 0 when there is none. One that is too large is one
// that nobody has.
func (d *decoder) id(parameter, field string) int64 {
	text := strings.TrimSpace(d.p[parameter])
	if text == "" {
		return 0
	}
	if strings.Trim(text, "0123456789") != "" {
		d.faults.Wrong(field, "is not a number")
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// between reads a number, which is otherwise when it was not sent.
func (d *decoder) between(parameter string, least, most, otherwise int) int {
	text := strings.TrimSpace(d.p[parameter])
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		d.faults.Wrong(parameter, "is out of range")
		return otherwise
	}
	return n
}

// flag reads a yes or a no; what was not sent or is empty is no.
func (d *decoder) flag(parameter string) bool {
	text := d.p[parameter]
	if strings.TrimSpace(text) == "" {
		return false
	}
	yes, ok := wire.FlagText(text)
	if !ok {
		d.faults.Wrong("flag "+parameter, "is neither yes nor no")
	}
	return yes
}

// day reads a day, whose midnight in the shop's zone it returns.
func (d *decoder) day(parameter string) (midnight time.Time, sent bool) {
	text := strings.TrimSpace(d.p[parameter])
	if text == "" {
		return time.Time{}, false
	}
	if len(text) == 8 {
		text = text[:4] + "-" + text[4:6] + "-" + text[6:]
	}
	t, ok := wire.Time(text, time.UTC)
	if !ok || len(text) != len(time.DateOnly) {
		d.faults.Wrong(parameter, "is not a date")
		return time.Time{}, false
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, d.shop.Location()), true
}

// time reads an instant, in the shop's zone when it names none; an empty one
// is never.
func (d *decoder) time(parameter, field string) *time.Time {
	text := d.p.sent(parameter)
	if text == nil {
		return nil
	}
	if strings.TrimSpace(*text) == "" {
		return new(time.Time{})
	}
	value := strings.TrimSpace(*text)
	if len(value) == 8 && strings.Trim(value, "0123456789") == "" {
		value = value[:4] + "-" + value[4:6] + "-" + value[6:]
	}
	t, ok := wire.Time(value, d.shop.Location())
	if !ok {
		d.faults.Wrong(field, "is not a date")
		return nil
	}
	return &t
}

// customers are the customers that a request names, in the order in which
// they are looked for.
func (d *decoder) customers() []orderhub.CustomerRef {
	var refs []orderhub.CustomerRef
	if id := d.id("id", "id"); id != 0 {
		refs = append(refs, orderhub.CustomerRef{ID: orderhub.CustomerID(id)})
	}
	if external := d.p["external_id"]; external != "" {
		refs = append(refs, orderhub.CustomerRef{ExternalID: external})
	}
	return refs
}

// decodeOrders reads what a list of orders is to show.
func decodeOrders(p params, shop *orderhub.Shop, now time.Time) (f orderhub.OrderFilter, refs []orderhub.CustomerRef, err error) {
	d := &decoder{p: p, shop: shop}
	if from, sent := d.day("datefrom"); sent {
		f.Placed = append(f.Placed, orderhub.TimeBound{Op: orderhub.AfterOrAt, At: from})
	}
	if to, sent := d.day("dateto"); sent {
		f.Placed = append(f.Placed, orderhub.TimeBound{Op: orderhub.Before, At: to.AddDate(0, 0, 1)})
	}
	if days := d.between("days", 0, maxDays, -1); days >= 0 {
		year, month, day := now.In(shop.Location()).Date()
		from := time.Date(year, month, day-days, 0, 0, 0, 0, shop.Location())
		f.Placed = append(f.Placed, orderhub.TimeBound{Op: orderhub.AfterOrAt, At: from})
	}
	refs = d.customers()
	return f, refs, d.faults.Err()
}

// A list is which customers a request wants to see, and what of them.
type list struct {
	refs           []orderhub.CustomerRef // of single ones; none means all
	named          bool                   // by a code that somebody must have
	filter         orderhub.CustomerFilter
	page, size     int
	cards, bonuses bool
}

// decodeCustomers reads what a list of customers is to show.
func decodeCustomers(p params, shop *orderhub.Shop) (*list, error) {
	d := &decoder{p: p, shop: shop}
	l := &list{refs: d.customers()}
	l.named = len(l.refs) > 0
	if phone := p["phone"]; phone != "" {
		l.refs = append(l.refs, orderhub.CustomerRef{Phone: phone})
		if shop.Phone(phone) == "" {
			d.faults.Wrong("phone", "is not a phone number")
		}
	}
	if email := p["email"]; email != "" {
		l.refs = append(l.refs, orderhub.CustomerRef{Email: email})
		if _, ok := orderhub.ParseEmail(email); !ok {
			d.faults.Wrong("email", "is not an e-mail address")
		}
	}
	l.cards, l.bonuses = d.flag("cards"), d.flag("bonuses")
	l.size = d.between("page_size", 1, orderhub.MaxLimit, defaultPageSize)
	l.page = d.between("page", 1, orderhub.MaxSkip, 1)
	l.filter = orderhub.CustomerFilter{
		WithPhone: d.flag("with_phone"), Skip: (l.page - 1) * l.size, Limit: l.size, Total: true, Exact: true,
		Sort: []orderhub.Sort{{Field: orderhub.SortCreated}},
	}
	return l, d.faults.Err()
}

// decodeCustomer reads a change of a customer, who it is, and whether an
// unknown one is to be added.
func decodeCustomer(p params, shop *orderhub.Shop) (c orderhub.CustomerChange, refs []orderhub.CustomerRef, create bool, err error) {
	d := &decoder{p: p, shop: shop}
	c = orderhub.CustomerChange{
		ExternalID: p.sent("external_id"), Email: p.sent("email"), Phone: p.sent("phone"),
		FirstName: p.sent("fname"), MiddleName: p.sent("mname"), LastName: p.sent("lname"),
		BirthYear: d.part("birth_year"), BirthMonth: d.part("birth_month"), BirthDay: d.part("birth_day"),
		RegisteredAt: d.time("register_date", "registered_at"),
		ShareContact: true, NameFromParts: true,
	}
	for _, computed := range []string{"age", "accumulated_sales"} {
		if p.sent(computed) != nil {
			d.faults.Wrong(computed, "is computed")
		}
	}
	c.Gender = d.gender()
	c.Group = d.group()
	if text := p.sent("custom_information"); text != nil {
		c.Extras = orderhub.Extras{Name: {{Name: "custom_information", Value: d.kept(*text)}}}
	}
	c.Shown = d.shownCustomer
	refs, create = d.customers(), d.flag("create_if_not_exist")
	err = d.faults.ErrWith(func() error {
		next := new(orderhub.Customer)
		c.Apply(next)
		return next.Validate(shop)
	})
	if err != nil {
		return c, nil, false, err
	}
	if len(refs) == 0 && !create {
		return c, nil, false, orderhub.Absent("customer")
	}
	return c, refs, create, nil
}

// shownCustomer is what the dialect prints otherwise than it is stored.
func (d *decoder) shownCustomer(c *orderhub.Customer) orderhub.CustomerChange {
	first, last := c.SplitName()
	shown := orderhub.CustomerChange{FirstName: &first, LastName: &last}
	if at, ok := wire.Time(c.RegisteredAt.In(d.shop.Location()).Format(time.DateTime), d.shop.Location()); ok {
		shown.RegisteredAt = &at
	}
	return shown
}

// part reads one part of a birthday; an empty one is not known.
func (d *decoder) part(parameter string) *int {
	if d.p.sent(parameter) == nil {
		return nil
	}
	text := strings.TrimSpace(d.p[parameter])
	if text == "" {
		return new(0)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 9999 {
		d.faults.Wrong("birthday", "is not a date")
		return nil
	}
	return &n
}

func (d *decoder) gender() *orderhub.Gender {
	text := d.p.sent("gender")
	if text == nil {
		return nil
	}
	switch strings.ToUpper(strings.TrimSpace(*text)) {
	case "":
		return new(orderhub.GenderUnknown)
	case "M":
		return new(orderhub.Male)
	case "F":
		return new(orderhub.Female)
	}
	d.faults.Wrong("gender", "is unknown")
	return nil
}

// group is the group that a request names: by its id, by its name only when
// there is no id.
func (d *decoder) group() *orderhub.GroupRef {
	id, name := d.p.sent("group_id"), d.p.sent("group_name")
	if id == nil && name == nil {
		return nil
	}
	ref := orderhub.GroupRef{ID: orderhub.GroupID(d.id("group_id", "group.id"))}
	if ref.ID == 0 {
		ref.Name = d.p["group_name"]
	}
	return &ref
}

// kept is a text that only this dialect has.
func (d *decoder) kept(text string) jsontext.Value {
	if text == "" {
		return jsontext.Value("null") // takes it away
	}
	if len([]rune(text)) > orderhub.MaxNote {
		d.faults.Wrong("custom_information", "is too long")
	}
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		d.faults.Wrong("custom_information", "is not valid UTF-8")
	}
	return quoted
}

// decodeCustomerKeys reads which customer to delete.
func decodeCustomerKeys(p params, shop *orderhub.Shop) ([]orderhub.CustomerRef, error) {
	d := &decoder{p: p, shop: shop}
	refs := d.customers()
	if err := d.faults.Err(); err != nil {
		return nil, err
	}
	if len(refs) == 0 {
		return nil, orderhub.Absent("customer")
	}
	return refs, nil
}

// card is the card that a request names.
func (d *decoder) card() orderhub.CardRef {
	return orderhub.CardRef{
		ID: orderhub.CardID(d.id("card_id", "card_id")), Number: d.p["uid"], ExternalID: d.p["external_id"], Barcode: d.p["card_barcode"],
	}
}

// decodeCardKeys reads which card is meant; one must be named.
func decodeCardKeys(p params, shop *orderhub.Shop) (orderhub.CardRef, error) {
	d := &decoder{p: p, shop: shop}
	ref := d.card()
	if err := d.faults.Err(); err != nil {
		return ref, err
	}
	if ref == (orderhub.CardRef{}) {
		return ref, orderhub.Absent("card")
	}
	return ref, nil
}

// decodeCard reads a change of a card, which card it is, and whether an unknown
// one is to be added. What a card is looked for by is also what it is given,
// but for card_barcode.
func decodeCard(p params, shop *orderhub.Shop) (ref orderhub.CardRef, c orderhub.CardChange, create bool, err error) {
	d := &decoder{p: p, shop: shop}
	ref = d.card()
	c = orderhub.CardChange{
		ExternalID: p.sent("external_id"), EAN13: p.sent("uid_ean13"), Barcode: p.sent("barcode"),
		ActivatedAt: d.time("activate_date", "activated_at"), BlockedAt: d.time("block_date", "blocked_at"),
	}
	if ref.Number != "" { // a card cannot lose its number
		c.Number = &ref.Number
	}
	if medium := strings.ToUpper(strings.TrimSpace(p["medium"])); medium != "" {
		c.Medium = new(orderhub.Medium(medium))
	}
	if status := strings.ToUpper(strings.TrimSpace(p["status"])); status != "" {
		c.Status = new(orderhub.CardStatus(status))
	}
	if id, name := p.sent("type_id"), p.sent("type_name"); id != nil || name != nil {
		c.Type = &orderhub.CardTypeRef{ID: orderhub.CardTypeID(d.id("type_id", "type.id"))}
		if c.Type.ID == 0 {
			c.Type.Name = p["type_name"]
		}
	}
	if id, external := p.sent("customer_id"), p.sent("customer_external_id"); id != nil || external != nil {
		c.Owner = &orderhub.CustomerRef{ID: orderhub.CustomerID(d.id("customer_id", "customer.id"))}
		if c.Owner.ID == 0 {
			c.Owner.ExternalID = p["customer_external_id"]
		}
	}
	create = d.flag("create_if_not_exist")
	err = d.faults.ErrWith(func() error {
		next := &orderhub.Card{Number: "1", Medium: orderhub.Plastic, Status: orderhub.CardNew}
		c.Apply(next, time.Time{})
		return next.Validate()
	})
	if err != nil {
		return ref, c, false, err
	}
	return ref, c, create, nil
}
