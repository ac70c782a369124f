package aplaut

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
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
}

type selfLink struct {
	Self string `json:"self"`
}

// identifier is how documents point to a resource.
func identifier(kind string, id int64) jsontext.Value {
	return jsontext.Value(fmt.Sprintf(`{"id":%q,"type":%q}`, formatID(id), kind))
}

// formatID prints an id as the vendor's look: 24 hex digits.
func formatID(id int64) string { return fmt.Sprintf("%024x", id) }

func orderAddress(r *http.Request, id orderhub.OrderID) string {
	return dialect.Base(r) + Prefix + "/orders/" + formatID(int64(id))
}

// encodeOrder answers with an order that was just written.
func (a *api) encodeOrder(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, status int, o *orderhub.Order, v view) error {
	var c *orderhub.Customer
	if v.consumer && o.Customer != 0 {
		var err error
		if _, c, err = a.orders.FindWithCustomer(r.Context(), shop, orderhub.OrderRef{ID: o.ID}); err != nil {
			return err
		}
	}
	return encode(w, status, singleOrder(r, shop, o, c, v))
}

func singleOrder(r *http.Request, shop *orderhub.Shop, o *orderhub.Order, c *orderhub.Customer, v view) document {
	var linked []*orderhub.Customer
	if c != nil {
		linked = append(linked, c)
	}
	d := document{Data: orderObject(r, shop, o, v)}
	d.Included = includedObjects(shop, linked, v)
	return d
}

// includedObjects are the consumers that were asked for.
func includedObjects(shop *orderhub.Shop, linked []*orderhub.Customer, v view) *[]object {
	if !v.included {
		return nil
	}
	objects := []object{}
	if v.consumer {
		for _, c := range linked {
			objects = append(objects, consumerObject(shop, c, v))
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
		Included: includedObjects(shop, linked, l.view),
		Links:    pageLinks(r, l, page),
		Meta: struct {
			TotalCount int `json:"total_count"`
		}{page.Total},
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
	a.Set("order_lines", lineArray(o.Lines))
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
	}
}

// lineArray shows order lines. The dialect has no quantity, so it is shown
// only where a line is not one piece.
func lineArray(lines []orderhub.Line) jsontext.Value {
	array := []byte{'['}
	for i, l := range lines {
		if i > 0 {
			array = append(array, ',')
		}
		var a orderhub.Attributes
		a.Set("product_id", textOrNull(l.Product))
		a.Set("name", textOrNull(l.Name))
		a.Set("price", jsontext.Value(l.Price.String()))
		if l.Quantity != orderhub.Piece {
			a.Set("quantity", jsontext.Value(l.Quantity.String()))
		}
		array = append(array, append(a, l.Extras[Name]...).JSON()...)
	}
	return append(array, ']')
}

// consumerObject shows a customer as the vendor's consumer.
func consumerObject(shop *orderhub.Shop, c *orderhub.Customer, v view) object {
	var a orderhub.Attributes
	a.Set("external_id", textOrNull(c.ExternalID))
	a.Set("name", textOrNull(c.Name))
	a.Set("first_name", textOrNull(c.FirstName))
	a.Set("email", textOrNull(c.Email))
	a.Set("phone", textOrNull(shop.Phone(c.Phone).Digits()))
	a.Set("unsubscribed", flag(c.Unsubscribed))
	a.Set("complained", flag(c.Complained))
	a.Set("permanent_failed", flag(c.Bounced))
	a.Set("custom_attributes", c.Attributes.JSON())
	a.Set("avatar_url", orNull(c.Extras[Name].Get("avatar_url")))
	a.SetText("created_at", moment(shop, c.RegisteredAt))
	a.SetText("updated_at", moment(shop, c.UpdatedAt))
	return object{ID: formatID(int64(c.ID)), Type: "consumers", Attributes: v.only("consumers", a).JSON()}
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
func pageLinks(r *http.Request, l list, page *orderhub.OrderPage) any {
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
		Prev  *string `json:"prev"`
		Next  *string `json:"next"`
		Last  *string `json:"last"`
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
	case page.More && l.page > 0 && l.page < maxPage:
		links.Next = at("page", fmt.Sprint(l.page+1))
	case page.More && page.Next != nil:
		links.Next = at("page[after]", formatCursor(page.Next))
	}
	if last := max(1, (page.Total+l.perPage-1)/l.perPage); last <= maxPage {
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
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // made of checked values only
	}
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	w.Write(text)
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
