package ecdp

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/dialect"
)

// A problem is an error as RFC 9457 and the vendor have it.
type problem struct {
	Type      string   `json:"type"`
	Title     string   `json:"title"`
	Status    int      `json:"status"`
	Substatus string   `json:"substatus"`
	Detail    string   `json:"detail"`
	Instance  string   `json:"instance"`
	Errors    []string `json:"errors,omitzero"` // with status 400 only
}

// statuses puts our kinds into their words. They know one status for all that
// is wrong with a message, and one for strangers and for those who may not.
var statuses = map[orderhub.Kind]int{
	orderhub.Internal:    http.StatusInternalServerError,
	orderhub.Malformed:   http.StatusBadRequest,
	orderhub.Invalid:     http.StatusBadRequest,
	orderhub.Missing:     http.StatusBadRequest,
	orderhub.NotFound:    http.StatusNotFound,
	orderhub.Duplicate:   http.StatusBadRequest,
	orderhub.Conflict:    http.StatusBadRequest,
	orderhub.Stranger:    http.StatusUnauthorized,
	orderhub.Denied:      http.StatusUnauthorized,
	orderhub.TooLarge:    http.StatusRequestEntityTooLarge,
	orderhub.TooMany:     http.StatusTooManyRequests,
	orderhub.Unavailable: http.StatusServiceUnavailable,
}

// sections are where each status is described.
var sections = map[int]string{
	400: "15.5.1", 401: "15.5.2", 404: "15.5.5", 405: "15.5.6", 413: "15.5.14", 500: "15.6.1", 503: "15.6.4",
}

// published is the only substatus that the vendor's description shows.
const published = "CustomerInvalidModelState"

func substatus(status int) string {
	if status == http.StatusBadRequest {
		return published
	}
	return strings.ReplaceAll(http.StatusText(status), " ", "")
}

// A refusal is a status that none of our kinds means.
type refusal struct {
	status int
	error
}

// Unwrap makes a refusal a fault of the caller's, which needs no log.
func (r *refusal) Unwrap() error { return r.error }

// sayByKind writes an error with a substatus that tells its kind.
func sayByKind(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(w, r, err)
	p.say(w, err)
}

// sayPublished writes an error with the one substatus that the vendor's
// description shows for all.
func sayPublished(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(w, r, err)
	p.Substatus = published
	p.say(w, err)
}

func problemOf(w http.ResponseWriter, r *http.Request, err error) *problem {
	all := orderhub.All(err)
	p := &problem{Status: http.StatusInternalServerError, Instance: r.URL.EscapedPath()}
	if len(all) > 0 {
		p.Status = statuses[all[0].Kind]
	}
	for _, e := range all { // several faults make the whole message a bad one
		if len(all) > 1 && statuses[e.Kind] != p.Status || e.Field != "" && e.Kind == orderhub.NotFound {
			p.Status = http.StatusBadRequest
		}
	}
	if special, ok := errors.AsType[*refusal](err); ok {
		p.Status = special.status
	}
	p.Title, p.Substatus = http.StatusText(p.Status), substatus(p.Status)
	p.Type = "https://tools.ietf.org/html/rfc9110#section-" + sections[p.Status]
	switch p.Status {
	case http.StatusBadRequest:
		p.Title, p.Detail = "One or more validation errors occurred.", "The request contains invalid data."
		p.Errors = texts(all)
	case http.StatusInternalServerError:
		p.Detail = "Something went wrong here; tell the operator the request id " + dialect.RequestID(w) + "."
	case http.StatusTooManyRequests:
		p.Type = "https://tools.ietf.org/html/rfc6585#section-4"
		fallthrough
	default:
		p.Detail = sentence(all[0].Text)
	}
	return p
}

func (p *problem) say(w http.ResponseWriter, err error) {
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `ApiKey realm="orderhub", header="x-api-key"`)
	}
	if wait := access.RetryAfter(err); wait != "" {
		w.Header().Set("Retry-After", wait)
	}
	writeJSON(w, p.Status, "application/problem+json; charset=utf-8", p)
}

// maxErrors keeps the answer to a long list of nonsense readable.
const maxErrors = 100

// texts are what is wrong, each with the path of its field.
func texts(all []*orderhub.Error) []string {
	var said []string
	for i, e := range all {
		if i == maxErrors {
			return append(said, fmt.Sprintf("And %d more of the kind.", len(all)-maxErrors))
		}
		text := e.Text
		switch first := []rune(cmp.Or(text, "x"))[0]; {
		case e.Kind == orderhub.Missing:
			text = "The field is required."
		case e.Field != "" && !unicode.IsUpper(first):
			text = "The field " + text + "."
		default:
			text = sentence(text)
		}
		if e.Field != "" {
			text = path(e.Field) + ": " + text
		}
		said = append(said, text)
	}
	return said
}

// sentence makes a text that stands for itself look like one.
func sentence(text string) string {
	letters := []rune(text)
	if len(letters) == 0 {
		return text
	}
	letters[0] = unicode.ToUpper(letters[0])
	return strings.TrimSuffix(string(letters), ".") + "."
}

// The vendor's names of our fields: of orders, of their lines and of customers.
var (
	orderNames = map[string]string{
		"number": "id", "placed_at": "date", "total": "totalValue", "contact": "customer", "lines": "products",
		"attributes": "orderAttributes",
	}
	lineNames = map[string]string{
		"product": "id", "image": "imageUrl", "base_price": "price", "attributes": "productAttributes",
	}
	customerNames = map[string]string{
		"external_id": crmID, "first_name": "firstName", "last_name": "lastName", "birthday": "dateOfBirth",
		"attributes": "customAttributes",
	}
)

// path is where in the document a field of ours stands.
func path(field string) string {
	parts := strings.Split(field, ".")
	var names map[string]string
	for i, part := range parts {
		name, index, isItem := strings.Cut(part, "[")
		if isItem {
			index = "[" + index
		}
		switch {
		case i == 0 && name == "orders":
			name, names = "data", orderNames
		case i == 0 && name == "customers":
			name, names = "data", customerNames
		default:
			renamed := cmp.Or(names[name], name)
			if name == "lines" {
				names = lineNames
			} else {
				names = nil // below it all names are theirs
			}
			name = renamed
		}
		parts[i] = name + index
	}
	return strings.Join(parts, ".")
}

// aboutOrders puts the refusals of single orders into sentences with their
// ids, as the vendor's clients know them.
func aboutOrders(err error, ids []string) error {
	return inWords(err, "orders", "number", func(i int, e *orderhub.Error) string {
		id := shown(ids[i])
		for _, before := range ids[:i] {
			if before == ids[i] && e.Kind == orderhub.Duplicate {
				return fmt.Sprintf("Order with id '%s' is sent twice.", id)
			}
		}
		if e.Kind == orderhub.Duplicate {
			return fmt.Sprintf("Order with id '%s' already exists.", id)
		}
		return fmt.Sprintf("Order with id '%s' does not exist.", id)
	})
}

// aboutCustomers does it for customers, by the field that tells them apart.
func aboutCustomers(err error, shop *orderhub.Shop, changes []orderhub.CustomerChange) error {
	field := map[orderhub.Identity]string{orderhub.ByEmail: "email", orderhub.ByPhone: "phone", orderhub.ByExternal: "external_id"}[shop.Identify]
	return inWords(err, "customers", field, func(i int, e *orderhub.Error) string {
		value := map[string]*string{"email": changes[i].Email, "phone": changes[i].Phone, "external_id": changes[i].ExternalID}[field]
		if e.Kind == orderhub.NotFound {
			return fmt.Sprintf("Customer with %s '%s' does not exist.", cmp.Or(customerNames[field], field), shown(*value))
		}
		if e.Text == orderhub.All(orderhub.Taken(field))[0].Text {
			return fmt.Sprintf("Customer with %s '%s' already exists.", cmp.Or(customerNames[field], field), shown(*value))
		}
		return e.Text
	})
}

// inWords gives those errors new words that say of an element of a list that
// it is there, or that it is not.
func inWords(err error, list, field string, words func(i int, e *orderhub.Error) string) error {
	all := orderhub.All(err)
	if len(all) == 0 {
		return err
	}
	var f orderhub.Faults
	for _, e := range all {
		var i int
		n, _ := fmt.Sscanf(e.Field, list+"[%d].", &i)
		if n == 1 && strings.HasSuffix(e.Field, "]."+field) && (e.Kind == orderhub.Duplicate || e.Kind == orderhub.NotFound) {
			e = &orderhub.Error{Kind: e.Kind, Field: e.Field, Text: words(i, e)}
		}
		f.Add(e)
	}
	return f.Err()
}

// aboutOrder says that the order in the address is not there.
func aboutOrder(err error, number string) error {
	if orderhub.KindOf(err) != orderhub.NotFound {
		return err
	}
	return orderhub.Errorf(orderhub.NotFound, "Order with id '%s' does not exist.", shown(number))
}

// aboutStatus says it of the order in the body, which is a fault of the body:
// the vendor knows no 404 there.
func aboutStatus(err error, number string) error {
	if orderhub.KindOf(err) != orderhub.NotFound {
		return err
	}
	return &orderhub.Error{Kind: orderhub.Invalid, Field: "orderId", Text: fmt.Sprintf("Order with id '%s' does not exist.", shown(number))}
}

// shown is an id as it can be repeated.
func shown(id string) string {
	const most = 200
	letters := []rune(strings.ToValidUTF8(id, "\uFFFD"))
	if len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return string(letters)
}

// notAllowed answers a method that an address does not have.
func notAllowed(w http.ResponseWriter, r *http.Request) error {
	allow := "GET"
	switch path := strings.Trim(r.URL.Path, "/"); {
	case path == "orders" || path == "customers" || path == "scenariocustomevents":
		allow = "POST"
	case path == "orders/status":
		allow = "GET, PUT, DELETE"
	case strings.HasPrefix(path, "orders/"):
		allow = "GET, DELETE"
	}
	w.Header().Set("Allow", allow)
	return &refusal{http.StatusMethodNotAllowed,
		orderhub.Errorf(orderhub.Malformed, "%s is not possible here; possible are %s", cmp.Or(r.Method, "This method"), allow)}
}
