package ecdp

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
)

// An answer is what the vendor wraps everything in: the status again, and data.
type answer struct {
	Status int `json:"status"`
	Data   any `json:"data"`
}

func encode(w http.ResponseWriter, status int, data any) error {
	writeJSON(w, status, "application/json; charset=utf-8", answer{status, data})
	return nil
}

// encodeIDs says what was stored. The vendor's plug-ins take any answer with
// this status for success that has no member errors.
func encodeIDs[ID string | int64](w http.ResponseWriter, ids []ID) error {
	type stored struct {
		ID ID `json:"id"`
	}
	all := make([]stored, len(ids))
	for i, id := range ids {
		all[i].ID = id
	}
	return encode(w, http.StatusCreated, all)
}

func writeJSON(w http.ResponseWriter, status int, mediaType string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // made of checked values only
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	w.Write(text)
}

type wireOrder struct {
	ID           string          `json:"id"`
	Date         string          `json:"date"`
	TimeZone     string          `json:"timeZone"`
	WebsiteID    jsontext.Value  `json:"websiteId"`
	Status       string          `json:"status"`
	Currency     string          `json:"currency"`
	TotalValue   jsontext.Value  `json:"totalValue"`
	ReturnsValue jsontext.Value  `json:"returnsValue"`
	Customer     wireBuyer       `json:"customer"`
	Products     []wireProduct   `json:"products"`
	Attributes   []wireAttribute `json:"orderAttributes"`
}

type wireBuyer struct {
	ID    *int64  `json:"id"`
	Email *string `json:"email"`
	Phone *string `json:"phone"`
	CRMID *string `json:"crmId"`
}

type wireProduct struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Price      jsontext.Value  `json:"price"`
	Quantity   int64           `json:"quantity"`
	Returned   int64           `json:"returned"`
	URL        jsontext.Value  `json:"url"`
	ImageURL   *string         `json:"imageUrl"`
	Category   jsontext.Value  `json:"category"`
	Attributes []wireAttribute `json:"productAttributes"`
}

type wireAttribute struct {
	Name  string         `json:"name"`
	Value jsontext.Value `json:"value"`
}

// orderData shows an order with the customer linked to it, nil for none.
func orderData(stored *orderhub.Order, linked *orderhub.Customer) wireOrder {
	o := showOrder(stored, linked)
	extras := o.Extras[Name]
	returns, _ := extras.Get(returnsValue)
	shown := wireOrder{
		ID: o.Number, Date: instant(o.PlacedAt), TimeZone: extras.Text(timeZone),
		WebsiteID: orNull(extras.Get(websiteID)), Status: o.Stage.String(), Currency: string(o.Currency),
		TotalValue: jsontext.Value(o.Total.String()), ReturnsValue: returns,
		Customer:   wireBuyer{Email: given(o.Contact.Email), Phone: given(o.Contact.Phone), CRMID: given(extras.Text(crmID))},
		Products:   make([]wireProduct, len(stored.Lines)),
		Attributes: attributeData(o.Attributes),
	}
	if linked != nil {
		shown.Customer.ID = new(int64(linked.ID))
	}
	for i := range stored.Lines {
		l := showLine(stored, &stored.Lines[i]).Line
		extras := l.Extras[Name]
		shown.Products[i] = wireProduct{
			ID: l.Product, Name: l.Name, Price: jsontext.Value(stored.Lines[i].UnitNumber(l.Quantity, stored.Currency)),
			Quantity: int64(l.Quantity / orderhub.Piece), Returned: int64(l.Returned / orderhub.Piece),
			URL: orNull(extras.Get(url)), ImageURL: given(l.Image), Category: orNull(extras.Get(category)),
			Attributes: attributeData(l.Attributes),
		}
	}
	return shown
}

// view is how the dialect shows orders. Encoder and decoder share it, so that
// what is sent back as shown is recognised.
var view = &orderhub.View{Order: showOrder, Line: showLine}

// showOrder returns an order as the dialect prints it, but for its lines.
func showOrder(o *orderhub.Order, linked *orderhub.Customer) *orderhub.Order {
	stored := o.Extras[Name]
	shown := &orderhub.Order{
		Number: o.Number, PlacedAt: o.PlacedAt, Stage: o.ShownStage(Name), Currency: o.Currency, Total: o.Total, TotalGiven: true,
		Contact:    orderhub.Contact{Email: o.Contact.Email, Phone: o.Contact.Phone},
		Attributes: textValues(o.Attributes, textValue),
	}
	extras := orderhub.Attributes{{Name: returnsValue, Value: jsontext.Value("0")}}
	extras.SetText(timeZone, "UTC")
	for _, name := range []string{timeZone, websiteID, returnsValue} {
		if value, ok := stored.Get(name); ok {
			extras.Set(name, value)
		}
	}
	if crm := crmOf(o, linked); crm != "" {
		extras.SetText(crmID, crm)
		shown.Buyer = buyerOf(crm)
	}
	shown.Extras = orderhub.Extras{Name: extras}
	return shown
}

// crmOf is the CRM id of an order's buyer: that of the customer linked to it,
// else the one that was sent. A guest stays one.
func crmOf(o *orderhub.Order, linked *orderhub.Customer) string {
	sent := o.Extras[Name].Text(crmID)
	if sent != guest && linked != nil && linked.ExternalID != "" {
		return linked.ExternalID
	}
	return sent
}

// buyerOf is the customer that a CRM id means.
func buyerOf(crm string) orderhub.CustomerRef {
	if crm == guest {
		return orderhub.CustomerRef{}
	}
	return orderhub.CustomerRef{ExternalID: crm}
}

// lineFields are what the dialect knows of a line.
const lineFields = orderhub.LineProduct | orderhub.LineName | orderhub.LinePrice | orderhub.LineQuantity | orderhub.LineReturned |
	orderhub.LineImage | orderhub.LineAttributes | orderhub.LineExtras

// showLine returns a line as the dialect prints it: in whole pieces, at a price
// that makes up the amount times these.
func showLine(o *orderhub.Order, l *orderhub.Line) orderhub.SentLine {
	quantity := max(orderhub.Piece, pieces(l.Quantity))
	return orderhub.SentLine{
		Line: orderhub.Line{
			Product: l.Product, Name: l.Name, Price: l.UnitAmount(quantity, o.Currency), Image: l.Image,
			Quantity: quantity, Returned: pieces(l.Returned),
			Attributes: textValues(l.Attributes, textValue), Extras: orderhub.Extras{Name: l.Extras[Name]},
		},
		Fields: lineFields,
	}
}

// pieces are whole ones, rounded half up, within the vendor's numbers: other
// dialects have fractions.
func pieces(q orderhub.Quantity) orderhub.Quantity {
	return min(maxInteger, (q+orderhub.Piece/2)/orderhub.Piece) * orderhub.Piece
}

// instant prints a time as the vendor does, in milliseconds, and to the
// microsecond where it was sent so.
func instant(t time.Time) string {
	if t.Nanosecond()%1_000_000 == 0 {
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

func attributeData(shown orderhub.Attributes) []wireAttribute {
	all := make([]wireAttribute, len(shown))
	for i, x := range shown {
		all[i] = wireAttribute(x)
	}
	return all
}

// textValues are attributes with their values as they are shown.
func textValues(a orderhub.Attributes, show func(jsontext.Value) jsontext.Value) orderhub.Attributes {
	shown := make(orderhub.Attributes, len(a))
	for i, x := range a {
		shown[i] = orderhub.Attribute{Name: x.Name, Value: show(x.Value)}
	}
	return shown
}

// textValue shows a value as the vendor has them on orders: text or null. What
// another dialect has kept as a number or an object is shown as its text.
func textValue(v jsontext.Value) jsontext.Value {
	switch v.Kind() {
	case '"', 'n':
		return v
	}
	quoted, _ := jsontext.AppendQuote(nil, string(v))
	return quoted
}

// scalarValue shows a value as the vendor has them on customers: lists and
// objects, which another dialect has kept, as their text.
func scalarValue(v jsontext.Value) jsontext.Value {
	if kind := v.Kind(); kind == '[' || kind == '{' {
		return textValue(v)
	}
	return v
}

type wireCustomer struct {
	ID           int64           `json:"id"`
	Email        *string         `json:"email"`
	Phone        *string         `json:"phone"`
	CRMID        *string         `json:"crmId"`
	VisitorID    jsontext.Value  `json:"visitorId"`
	FirstName    *string         `json:"firstName"`
	LastName     *string         `json:"lastName"`
	DateOfBirth  *string         `json:"dateOfBirth"`
	Gender       string          `json:"gender"`
	Attributes   []wireAttribute `json:"customAttributes"`
	ConsentsData wireConsents    `json:"consentsData"`
}

type wireConsents struct {
	Consents []wireConsent `json:"consents"`
}

type wireConsent struct {
	ID    jsontext.Value `json:"id"`
	Value string         `json:"value"`
}

func customerData(c *orderhub.Customer) wireCustomer {
	shown := wireCustomer{
		ID: int64(c.ID), Email: given(c.Email), Phone: given(c.Phone), CRMID: given(c.ExternalID),
		VisitorID: orNull(c.Extras[Name].Get(visitorID)),
		FirstName: given(c.FirstName), LastName: given(c.LastName), Gender: genders[c.Gender],
		Attributes:   attributeData(textValues(c.Attributes, scalarValue)),
		ConsentsData: wireConsents{make([]wireConsent, len(c.Consents))},
	}
	if b := c.Birthday; b.Year != 0 && b.Month != 0 && b.Day != 0 {
		shown.DateOfBirth = new(fmt.Sprintf("%04d-%02d-%02dT00:00:00Z", b.Year, b.Month, b.Day))
	}
	for i, consent := range c.Consents {
		shown.ConsentsData.Consents[i] = wireConsent{number(consent.ID), consents[consent.State]}
	}
	return shown
}

var genders = [...]string{orderhub.GenderUnknown: "NotSpecified", orderhub.Female: "Female", orderhub.Male: "Male"}

var consents = [...]string{orderhub.Refused: "False", orderhub.Given: "True", orderhub.AwaitingConfirmation: "AwaitingConfirmation"}

type wireDefinition struct {
	ID   jsontext.Value `json:"id"`
	Name string         `json:"name"`
	Type string         `json:"type"`
}

// definitionData shows definitions as the vendor's plug-ins read them. A
// consent is known by the shop's own id, an attribute by ours; the type is a
// word, since the plug-ins take nothing else.
func definitionData(all []orderhub.Definition) []wireDefinition {
	shown := make([]wireDefinition, len(all))
	for i, d := range all {
		shown[i] = wireDefinition{jsontext.Value(strconv.FormatInt(d.ID, 10)), d.Name, "Text"}
		if d.Kind == orderhub.ConsentDefinition {
			shown[i] = wireDefinition{number(d.Name), "Consent " + d.Name, "Consent"}
		}
		if d.Label != "" {
			shown[i].Name = d.Label
		}
	}
	return shown
}

// number shows an id as a number if it is one, else as text.
func number(id string) jsontext.Value {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil {
		return jsontext.Value(strconv.FormatInt(n, 10))
	}
	quoted, _ := jsontext.AppendQuote(nil, id)
	return quoted
}

func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func orNull(value jsontext.Value, ok bool) jsontext.Value {
	if !ok {
		return jsontext.Value("null")
	}
	return value
}
