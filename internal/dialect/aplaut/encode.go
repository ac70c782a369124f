package aplaut

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect"
)

// A document is an answer of JSON:API.
type document struct {
	Data     any       `json:"data"`
	Included *[]object `json:"included,omitzero"` // present, even if empty, when it was asked for
	Links    any       `json:"links,omitzero"`
	Meta     any       `json:"meta,omitzero"`
}

// An object is a resource as we show it.
type object struct {
	ID            string         `json:"id"`
	Type          string         `json:"type"`
	Attributes    jsontext.Value `json:"attributes"`
	Relationships jsontext.Value `json:"relationships,omitzero"`
	Links         *selfLink      `json:"links,omitzero"`
	Meta          *states        `json:"meta,omitzero"`
}

// States are how an order stands, whichever dialect brought it there. The
// vendor has no attributes for them, and details are the sender's own words.
type states struct {
	Status     string `json:"status"`
	Stage      string `json:"stage"`
	Payment    string `json:"payment"`
	Fulfilment string `json:"fulfilment"`
	Code       string `json:"code,omitzero"` // the accounting system's number
}

// A totalCount tells how many rows there are in all or, when they are very
// many, how many they are more than.
type totalCount struct {
	TotalCount *int `json:"total_count,omitzero"`
	MoreThan   int  `json:"total_count_over,omitzero"`
}

func countOf(total int) totalCount {
	if total > orderhub.MaxTotal {
		return totalCount{MoreThan: orderhub.MaxTotal}
	}
	return totalCount{TotalCount: &total}
}

type selfLink struct {
	Self string `json:"self"`
}

// identifier is how documents point to a resource.
func identifier(kind string, id int64) jsontext.Value {
	return jsontext.Value(`{"id":"` + formatID(id) + `","type":"` + kind + `"}`)
}

// formatID prints an id as the vendor's look: 24 hex digits.
func formatID(id int64) string {
	const digits = 24
	text := strconv.AppendInt(append(make([]byte, 0, 2*digits), "000000000000000000000000"...), id, 16)
	return string(text[len(text)-digits:])
}

func orderAddress(r *http.Request, id orderhub.OrderID) string {
	return dialect.Base(r) + Prefix + "/orders/" + formatID(int64(id))
}

// singleOrder is the document of one order, with its consumer if there is one
// to be included.
func singleOrder(r *http.Request, shop *orderhub.Shop, o *orderhub.Order, c *orderhub.Customer, v view) document {
	var linked []*orderhub.Customer
	if c != nil {
		linked = append(linked, c)
	}
	d := document{Data: orderObject(r, shop, o, v)}
	d.Included = includedConsumers(r, shop, linked, v)
	return d
}

// includedConsumers are the consumers of orders, if they were asked for.
func includedConsumers(r *http.Request, shop *orderhub.Shop, linked []*orderhub.Customer, v view) *[]object {
	if v.include == nil {
		return nil
	}
	objects := []object{}
	if v.include["consumer"] {
		for _, c := range linked {
			objects = append(objects, consumerObject(r, shop, c, v))
		}
	}
	return &objects
}

func encodeOrders(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, l list, page *orderhub.OrderPage, linked []*orderhub.Customer) error {
	objects := make([]object, len(page.Orders))
	for i, o := range page.Orders {
		objects[i] = orderObject(r, shop, o, l.view)
	}
	return encode(w, http.StatusOK, document{
		Data:     objects,
		Included: includedConsumers(r, shop, linked, l.view),
		Links:    pageLinks(r, l, page.More, page.Next, page.Total),
		Meta:     countOf(page.Total),
	})
}

// orderObject shows an order.
func orderObject(r *http.Request, shop *orderhub.Shop, o *orderhub.Order, v view) object {
	var a orderhub.Attributes
	a.SetText("number", o.Number)
	a.Set("consumer_name", textOrNull(o.Contact.Name))
	a.Set("consumer_email", textOrNull(o.Contact.Email))
	a.Set("consumer_phone", textOrNull(o.Contact.Phone))
	a.Set("details", o.Attributes.JSON())
	a.Set("order_lines", lineArray(o))
	a.SetText("created_at", moment(shop, o.PlacedAt))
	a.SetText("updated_at", moment(shop, o.UpdatedAt))

	consumer := jsontext.Value("null")
	if o.Customer != 0 {
		consumer = identifier("consumers", int64(o.Customer))
	}
	rel := orderhub.Attributes{
		{Name: "consumer", Value: dataMember(consumer)},
		{Name: "product", Value: dataMember(jsontext.Value("[]"))},
	}
	return object{
		ID: formatID(int64(o.ID)), Type: "orders",
		Attributes:    v.only("orders", a).JSON(),
		Relationships: orNone(v.only("orders", rel)),
		Links:         &selfLink{orderAddress(r, o.ID)},
		Meta:          &states{o.Status, o.Stage.String(), o.Payment.String(), o.Fulfilment.String(), o.Code},
	}
}

// lineFields are what the dialect knows of a line.
const lineFields = orderhub.LineProduct | orderhub.LineName | orderhub.LinePrice | orderhub.LineQuantity | orderhub.LineExtras

// showLine returns a line as the dialect prints it. Encoder and decoder share
// it, so that a line that is sent back as shown is recognised.
func showLine(o *orderhub.Order, l *orderhub.Line) orderhub.SentLine {
	return orderhub.SentLine{
		Line: orderhub.Line{
			Product: l.Product, Name: l.Name, Price: l.UnitAmount(l.Quantity, o.Currency), Quantity: l.Quantity,
			Extras: orderhub.Extras{Name: l.Extras[Name]},
		},
		Fields: lineFields,
	}
}

// lineArray shows order lines. The dialect has no quantity, so it is shown
// only where a line is not one piece.
func lineArray(o *orderhub.Order) jsontext.Value {
	array := []byte{'['}
	for i := range o.Lines {
		if i > 0 {
			array = append(array, ',')
		}
		l := showLine(o, &o.Lines[i]).Line
		var a orderhub.Attributes
		a.Set("product_id", textOrNull(l.Product))
		a.Set("name", textOrNull(l.Name))
		a.Set("price", jsontext.Value(o.Lines[i].UnitNumber(l.Quantity, o.Currency)))
		if l.Quantity != orderhub.Piece {
			a.Set("quantity", jsontext.Value(l.Quantity.String()))
		}
		array = append(array, append(a, l.Extras[Name]...).JSON()...)
	}
	return append(array, ']')
}

// only leaves those fields of a type that were asked for.
func (v view) only(kind string, a orderhub.Attributes) orderhub.Attributes {
	wanted, some := v.fields[kind]
	if !some {
		return a
	}
	return slices.DeleteFunc(a, func(x orderhub.Attribute) bool { return !slices.Contains(wanted, x.Name) })
}

// pageLinks leads through a list. Next goes by page numbers as far as the
// vendor has them and by a cursor from there on, at any depth alike.
func pageLinks(r *http.Request, l list, more bool, next *orderhub.Cursor, total int) any {
	at := func(name, value string) *string {
		query := r.URL.Query()
		for _, n := range []string{"page", "page[number]", "page[after]"} {
			query.Del(n)
		}
		query.Set(name, value)
		return new(dialect.Base(r) + r.URL.EscapedPath() + "?" + encodeQuery(query))
	}
	var links struct {
		Self  string  `json:"self"`
		First *string `json:"first"`
		Prev  *string `json:"prev,omitzero"` // absent, not null: a strict reader takes null for no link
		Next  *string `json:"next,omitzero"`
		Last  *string `json:"last,omitzero"`
	}
	links.Self = dialect.Base(r) + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		links.Self += "?" + plainQuery(r.URL.RawQuery)
	}
	links.First = at("page", "1")
	if l.page > 1 {
		links.Prev = at("page", fmt.Sprint(l.page-1))
	}
	switch {
	case more && l.page > 0 && l.page < maxPage:
		links.Next = at("page", fmt.Sprint(l.page+1))
	case more && next != nil:
		links.Next = at("page[after]", formatCursor(next))
	}
	if last := max(1, (total+l.perPage-1)/l.perPage); last <= maxPage {
		links.Last = at("page", fmt.Sprint(last))
	}
	return links
}

// encodeQuery leaves colons and commas readable, as callers write them.
func encodeQuery(query url.Values) string {
	return strings.NewReplacer("%3A", ":", "%2C", ",").Replace(query.Encode())
}

// plainQuery gives a query back as it came, but for bytes that no address may
// hold, which are escaped.
func plainQuery(raw string) string {
	var b strings.Builder
	for i := range len(raw) {
		if c := raw[i]; c <= ' ' || c >= 0x7F || c == '"' || c == '<' || c == '>' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func encode(w http.ResponseWriter, status int, d document) error {
	writeJSON(w, status, d)
	return nil
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text := marshal(body)
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	w.Write(text)
}

func marshal(body any) []byte {
	text, err := json.Marshal(body, jsontext.AllowDuplicateNames(true)) // there are none
	if err != nil {
		panic(err) // made of checked values only
	}
	return text
}

// moment prints a time as the vendor does: milliseconds, in the shop's zone.
func moment(shop *orderhub.Shop, t time.Time) string {
	return t.In(shop.Location()).Format("2006-01-02T15:04:05.000-07:00")
}

func textOrNull(text string) jsontext.Value {
	if text == "" {
		return jsontext.Value("null")
	}
	quoted, _ := jsontext.AppendQuote(nil, text)
	return quoted
}

func orNull(value jsontext.Value, ok bool) jsontext.Value {
	if !ok {
		return jsontext.Value("null")
	}
	return value
}

func flag(b bool) jsontext.Value { return jsontext.Value(fmt.Sprint(b)) }

func dataMember(value jsontext.Value) jsontext.Value {
	return orderhub.Attributes{{Name: "data", Value: value}}.JSON()
}

// orNone leaves relationships out when none is left.
func orNone(a orderhub.Attributes) jsontext.Value {
	if len(a) == 0 {
		return nil
	}
	return a.JSON()
}
