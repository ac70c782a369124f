package aplaut

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/decimal"
	"orderhub/internal/dialect"
	"orderhub/internal/dialect/wire"
	"orderhub/money"
)

// A resource is what a request's document is about. Members that we do not
// know are ignored, as JSON:API has it.
type resource struct {
	Type, ID, Attributes jsontext.Value // nil where the member is absent
}

// orderRef is the order that the address means: its number or, failing that,
// its id of 24 hex digits.
func orderRef(r *http.Request) orderhub.OrderRef {
	id := dialect.Param(r, "id")
	return orderhub.OrderRef{Number: id, ID: orderhub.OrderID(parseID(id))}
}

// parseID reads an id of 24 hex digits, as the vendor's are; 0 when it is
// none of ours.
func parseID(text string) int64 {
	if len(text) != 24 {
		return 0
	}
	n, err := strconv.ParseUint(text, 16, 63) // takes no sign
	if err != nil {
		return 0
	}
	return int64(n)
}

// decodeResource reads a document of a type that CheckJSON has passed. What it
// returns are parts of one compact text: nothing below is copied again.
func decodeResource(body []byte, kind string) (resource, error) {
	if jsontext.Value(body).Kind() != '{' {
		return resource{}, &problem{status: http.StatusBadRequest, code: "invalid_document", title: "Bad request",
			detail: `the document must be an object such as {"data": {…}}`}
	}
	var data jsontext.Value
	for name, value := range members(compact(body)) {
		if name == "data" {
			data = value
		}
	}
	var res resource
	if data.Kind() != '{' {
		return res, &problem{status: http.StatusBadRequest, code: "invalid_document", title: "Bad request",
			detail: fmt.Sprintf(`data must be an object such as {"type": %q, "attributes": {…}}`, kind), pointer: dataPointer(data)}
	}
	for name, value := range members(data) {
		switch name {
		case "type":
			res.Type = value
		case "id":
			res.ID = value
		case "attributes":
			res.Attributes = value
		}
	}
	return res, checkResource(res, kind)
}

// dataPointer is where the fault of a document's data lies: a pointer must
// lead to a value that is there, and "" is the document itself.
func dataPointer(data jsontext.Value) string {
	if len(data) == 0 {
		return ""
	}
	return "/data"
}

func checkResource(res resource, kind string) error {
	name, ok := wire.Text(res.Type)
	switch {
	case len(res.Type) == 0:
		return &problem{status: http.StatusUnprocessableEntity, code: "blank", title: title(orderhub.Missing),
			detail: fmt.Sprintf("type can't be blank; send %q", kind), pointer: "/data"}
	case !ok || name != kind:
		return &problem{status: http.StatusConflict, code: "wrong_type", title: "Conflict",
			detail: fmt.Sprintf("this collection holds the type %q only", kind), pointer: "/data/type"}
	}
	if k := res.Attributes.Kind(); len(res.Attributes) > 0 && k != '{' && k != 'n' {
		return &problem{status: http.StatusUnprocessableEntity, code: "invalid", title: title(orderhub.Invalid),
			detail: "attributes must be an object", pointer: "/data/attributes"}
	}
	return nil
}

// decodeOrder reads a new order. The vendor asks for its number and for a
// contact, on POST only.
func decodeOrder(body []byte, shop *orderhub.Shop) (*orderhub.Order, error) {
	res, err := decodeResource(body, "orders")
	if err != nil {
		return nil, err
	}
	if err := noClientID(res, "number"); err != nil {
		return nil, err
	}
	d := &decoder{shop: shop}
	change := d.change(res.Attributes)
	o := &orderhub.Order{Number: d.number}
	change.Apply(o)
	if change.UpdatedAt != nil { // the sender's; ours is when the order was last changed here
		var sent orderhub.Attributes
		sent.SetText("updated_at", change.UpdatedAt.UTC().Format(time.RFC3339Nano))
		o.Extras = o.Extras.Merge(orderhub.Extras{Name: sent})
	}
	if o.Number == "" && !d.numberSent {
		d.faults.Add(orderhub.Absent("number"))
	}
	if o.Contact.Email == "" && o.Contact.Phone == "" {
		d.faults.Add(orderhub.Absent("contact.email"))
	}
	return o, d.faults.ErrWith(o.Validate)
}

// decodeChange reads what an update sends. The number stands in the address;
// one in the body is ignored, as the vendor does.
func decodeChange(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) (orderhub.OrderChange, documentID, error) {
	res, err := readResource(w, r, shop, "orders")
	if err != nil {
		return orderhub.OrderChange{}, "", err
	}
	d := &decoder{shop: shop}
	change := d.change(res.Attributes)
	changed := &orderhub.Order{Number: "known"}
	change.Apply(changed)
	return change, idOf(res), d.faults.ErrWith(changed.Validate)
}

func readResource(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, kind string) (resource, error) {
	body, err := readBody(w, r, shop)
	if err != nil {
		return resource{}, err
	}
	return decodeResource(body, kind)
}

// noClientID refuses an id in a new resource: JSON:API's ids are ours.
func noClientID(res resource, own string) error {
	if id, ok := wire.Text(res.ID); !ok || id == "" {
		return nil
	}
	return &problem{status: http.StatusForbidden, code: "client_id", title: "Forbidden",
		detail: "the id is given by us; send your own as the attribute " + own, pointer: "/data/id"}
}

// A documentID is the id that the document of an update names, "" for none.
type documentID string

func idOf(res resource) documentID {
	id, _ := wire.Text(res.ID)
	return documentID(id)
}

// check refuses a document whose id is another than the one in the address.
// The address may have the one form of it and the document the other: then
// find tells the id of what the address means.
func (id documentID) check(address string, find func() (int64, error)) error {
	if id == "" || string(id) == address {
		return nil
	}
	if parseID(string(id)) != 0 {
		if known, err := find(); err != nil || known == parseID(string(id)) {
			return err
		}
	}
	return &problem{status: http.StatusConflict, code: "wrong_id", title: "Conflict",
		detail: "the document's id is not the one in the address", pointer: "/data/id"}
}

// A decoder turns attributes into a change and keeps all that is wrong.
type decoder struct {
	shop       *orderhub.Shop
	faults     orderhub.Faults
	number     string
	numberSent bool // though perhaps of a wrong type
}

func (d *decoder) change(attributes jsontext.Value) orderhub.OrderChange {
	var c orderhub.OrderChange
	for name, value := range members(attributes) {
		switch name {
		case "number":
			d.numberSent = !wire.IsNull(value)
			if number := d.text("number", value); number != nil {
				d.number = *number
				d.numberSent = *number != ""
			}
		case "consumer_name":
			c.Name = d.text("contact.name", value)
		case "consumer_email":
			c.Email = d.text("contact.email", value)
		case "consumer_phone":
			c.Phone = d.text("contact.phone", value)
		case "created_at":
			c.PlacedAt = d.time("placed_at", value)
			c.Shown = d.shown
		case "updated_at":
			c.UpdatedAt = d.time("updated_at", value)
		case "details":
			c.ClearAttributes, c.Attributes = d.details(value)
		case "order_lines":
			c.Lines = d.lines(value)
		}
	}
	return c
}

// shown is what the dialect prints with fewer digits than are stored.
func (d *decoder) shown(o *orderhub.Order) orderhub.OrderChange {
	return orderhub.OrderChange{PlacedAt: shownTime(d.shop, o.PlacedAt)}
}

// shownTime is a time as it is read back from an answer.
func shownTime(shop *orderhub.Shop, t time.Time) *time.Time {
	at, ok := wire.Time(moment(shop, t), shop.Location())
	if !ok {
		return nil
	}
	return &at
}

// text reads a text, written as a string or a number; null clears it.
func (d *decoder) text(field string, value jsontext.Value) *string {
	if wire.IsNull(value) {
		return new("")
	}
	text, ok := wire.Text(value)
	if !ok {
		d.faults.Wrong(field, "must be a string")
		return nil
	}
	return &text
}

func (d *decoder) time(field string, value jsontext.Value) *time.Time {
	if wire.IsNull(value) {
		return nil
	}
	text, ok := wire.Text(value)
	at, good := wire.Time(text, d.shop.Location())
	if !ok || !good {
		d.faults.Wrong(field, "is not a date-time; send one such as 2026-05-03T10:15:00+03:00")
		return nil
	}
	return &at
}

// details reads free attributes, to be merged; null clears them all.
func (d *decoder) details(value jsontext.Value) (clears bool, merged orderhub.Attributes) {
	if wire.IsNull(value) {
		return true, nil
	}
	merged, err := orderhub.ParseAttributes(value)
	if err != nil {
		d.faults.Wrong("attributes", "must be an object")
	}
	if n := len(merged); n > orderhub.MaxAttributes { // before they are merged, which takes its time
		d.faults.Wrong("attributes", fmt.Sprintf("has %d names; send at most %d", n, orderhub.MaxAttributes))
		return false, nil
	}
	return false, merged
}

// lines reads the list that replaces an order's lines.
func (d *decoder) lines(value jsontext.Value) *orderhub.SentLines {
	sent := &orderhub.SentLines{Show: showLine}
	if wire.IsNull(value) {
		return sent
	}
	if value.Kind() != '[' {
		d.faults.Wrong("lines", "must be an array")
		return nil
	}
	for i, element := range elements(value) {
		if i >= orderhub.MaxLines {
			sent.Lines = append(sent.Lines, orderhub.SentLine{}) // only counted, to be refused
			continue
		}
		sent.Lines = append(sent.Lines, d.line(fmt.Sprintf("lines[%d]", i), element))
	}
	return sent
}

// line reads one order line. The dialect has no quantity: a line is one piece
// unless it carries quantity, or count as the vendor's oldest interface had
// it. What else it carries is kept as sent. All that the dialect knows of a
// line counts as sent, since the list is replaced as a whole.
func (d *decoder) line(field string, value jsontext.Value) orderhub.SentLine {
	l := orderhub.Line{Quantity: orderhub.Piece}
	if value.Kind() != '{' {
		d.faults.Wrong(field, "must be an object")
		return orderhub.SentLine{Line: l}
	}
	var extra orderhub.Attributes
	for name, value := range members(value) {
		switch name {
		case "product_id":
			set(&l.Product, d.text(field+".product", value))
		case "name":
			set(&l.Name, d.text(field+".name", value))
		case "price":
			l.Price = d.amount(field+".price", value)
		case "quantity", "count":
			l.Quantity = d.quantity(field+".quantity", value)
		default:
			extra = append(extra, orderhub.Attribute{Name: name, Value: value})
		}
	}
	l.Extras = orderhub.Extras{Name: extra}
	return orderhub.SentLine{Line: l, Fields: lineFields}
}

func (d *decoder) amount(field string, value jsontext.Value) money.Amount {
	if wire.IsNull(value) {
		return 0
	}
	text, ok := wire.Number(value)
	amount, err := money.Parse(text)
	switch {
	case ok && errors.Is(err, decimal.ErrRange):
		d.faults.Wrong(field, "is too large")
	case !ok || err != nil:
		d.faults.Wrong(field, `is not an amount; send a number such as 6800 or "933.00"`)
	}
	return amount
}

func (d *decoder) quantity(field string, value jsontext.Value) orderhub.Quantity {
	if wire.IsNull(value) {
		return orderhub.Piece
	}
	text, ok := wire.Number(value)
	q, err := orderhub.ParseQuantity(text)
	if !ok || err != nil {
		d.faults.Wrong(field, "is not a quantity; send a number such as 1 or 3.45")
		return orderhub.Piece
	}
	return q
}

func set(field *string, value *string) {
	if value != nil {
		*field = *value
	}
}
