package aplaut

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/dialect"
)

// A problem is one error in the dialect's own words: an error object of
// JSON:API.
type problem struct {
	status    int
	code      string
	title     string
	detail    string
	pointer   string // JSON pointer to the value that is wrong, which must be there
	parameter string // of the query
	header    string
	field     string // the attribute that is meant, such as order_lines[0].price
	text      string // what is said of that attribute
}

func (p *problem) Error() string { return p.detail }

// Unwrap makes a problem a fault of the caller's, which needs no log.
func (p *problem) Unwrap() error { return orderhub.Errorf(orderhub.Malformed, "%s", p.detail) }

// statuses puts our kinds into their words. Aplaut answers 422 where others
// say 409: to them a taken number makes the document invalid.
var statuses = map[orderhub.Kind]int{
	orderhub.Internal:    http.StatusInternalServerError,
	orderhub.Malformed:   http.StatusBadRequest,
	orderhub.Invalid:     http.StatusUnprocessableEntity,
	orderhub.Missing:     http.StatusUnprocessableEntity,
	orderhub.NotFound:    http.StatusNotFound,
	orderhub.Duplicate:   http.StatusUnprocessableEntity,
	orderhub.Conflict:    http.StatusUnprocessableEntity,
	orderhub.Stranger:    http.StatusUnauthorized,
	orderhub.Denied:      http.StatusForbidden,
	orderhub.TooLarge:    http.StatusRequestEntityTooLarge,
	orderhub.TooMany:     http.StatusTooManyRequests,
	orderhub.Unavailable: http.StatusServiceUnavailable,
}

var codes = map[orderhub.Kind]string{
	orderhub.Internal: "internal", orderhub.Malformed: "malformed", orderhub.Invalid: "invalid", orderhub.Missing: "blank",
	orderhub.NotFound: "not_found", orderhub.Duplicate: "taken", orderhub.Conflict: "conflict", orderhub.Stranger: "unauthorized",
	orderhub.Denied: "forbidden", orderhub.TooLarge: "too_large", orderhub.TooMany: "throttled", orderhub.Unavailable: "unavailable",
}

// A naming is how the dialect calls the fields of one kind of resource.
type naming struct {
	model string // in the vendor's errors
	names *strings.Replacer
}

var (
	orderNames = naming{"Order", strings.NewReplacer(
		"contact.name", "consumer_name", "contact.email", "consumer_email", "contact.phone", "consumer_phone",
		"placed_at", "created_at", "attributes", "details", "lines", "order_lines", "product", "product_id",
		"base_price", "price",
	)}
	consumerNames = naming{"Consumer", strings.NewReplacer(
		"attributes", "custom_attributes", "bounced", "permanent_failed", "registered_at", "created_at",
	)}
	// pointers turn such a name into a JSON pointer below the attributes.
	pointers = strings.NewReplacer("[", "/", "].", "/", "]", "", ".", "/")
)

// namingOf tells by the address which resource a request is about.
func namingOf(r *http.Request) naming {
	if strings.HasPrefix(r.URL.Path, Prefix+"/consumers") {
		return consumerNames
	}
	return orderNames
}

// title is the same for all problems of a kind. Clients of the vendor read it.
func title(kind orderhub.Kind) string {
	switch kind {
	case orderhub.Invalid, orderhub.Missing, orderhub.Duplicate:
		return "Validation error"
	case orderhub.Malformed:
		return "Bad request"
	}
	return http.StatusText(statuses[kind])
}

// problems says an error in the dialect's words; there is always one at least.
func problems(err error, n naming, requestID string) []*problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return []*problem{p}
	}
	var all []*problem
	for _, e := range orderhub.All(err) {
		all = append(all, n.problem(e))
	}
	if len(all) == 0 || all[0].status == http.StatusInternalServerError {
		return []*problem{{status: http.StatusInternalServerError, code: codes[orderhub.Internal], title: title(orderhub.Internal),
			detail: "something went wrong here; tell the operator the request id " + requestID}}
	}
	if left := len(all) - maxProblems; left > 0 {
		more := *all[maxProblems]
		more.code, more.pointer, more.field, more.text = "more", "", "", ""
		more.detail = fmt.Sprintf("and %d more of the kind", left)
		all = append(all[:maxProblems], &more)
	}
	return all
}

// maxProblems keeps the answer to a long list of nonsense readable.
const maxProblems = 100

func (n naming) problem(e *orderhub.Error) *problem {
	p := &problem{status: statuses[e.Kind], code: codes[e.Kind], title: title(e.Kind), detail: e.Text}
	if e.Field == "" {
		return p
	}
	p.field, p.text = n.names.Replace(e.Field), e.Text
	p.detail = p.field + " " + e.Text
	p.pointer = "/data/attributes/" + pointers.Replace(p.field)
	if e.Kind == orderhub.Missing {
		p.pointer = "/data/attributes" // the pointer must lead to something
		p.detail += alternatives[e.Field]
	}
	return p
}

// alternatives are what may stand in for a field that is missing.
var alternatives = map[string]string{
	"contact.email": "; consumer_phone will do as well",
	"external_id":   "; email or phone will do as well",
}

// sayJSONAPI writes an error as JSON:API has it.
func sayJSONAPI(w http.ResponseWriter, r *http.Request, err error) {
	all := problems(err, namingOf(r), dialect.RequestID(w))
	objects := make([]errorObject, len(all))
	document := sentDocument(r)
	for i, p := range all {
		p.pointer = leading(document, p.pointer)
		objects[i] = p.object()
	}
	sayStatus(w, r, err, all)
	writeJSON(w, statusOf(all), struct {
		Errors []errorObject `json:"errors"`
	}{objects})
}

type errorObject struct {
	Status string       `json:"status"`
	Code   string       `json:"code"`
	Title  string       `json:"title"`
	Detail string       `json:"detail"`
	Source *errorSource `json:"source,omitzero"`
}

type errorSource struct {
	Pointer   string `json:"pointer,omitzero"`
	Parameter string `json:"parameter,omitzero"`
	Header    string `json:"header,omitzero"`
}

func (p *problem) object() errorObject {
	o := errorObject{Status: fmt.Sprint(p.status), Code: p.code, Title: p.title, Detail: p.detail}
	if p.pointer != "" || p.parameter != "" || p.header != "" {
		o.Source = &errorSource{p.pointer, p.parameter, p.header}
	}
	return o
}

// sayVendor writes an error as the vendor's own server does: one object, with
// the messages under the names of the fields.
func sayVendor(w http.ResponseWriter, r *http.Request, err error) {
	all := problems(err, namingOf(r), dialect.RequestID(w))
	sayStatus(w, r, err, all)
	if statusOf(all) == http.StatusTooManyRequests {
		http.Error(w, "Throttled", http.StatusTooManyRequests)
		return
	}
	var details orderhub.Attributes
	for _, p := range all {
		name, text := p.vendorDetail()
		if name == "message" {
			details.SetText(name, text)
			continue
		}
		var texts []string
		if before, ok := details.Get(name); ok {
			json.Unmarshal(before, &texts)
		}
		list, _ := json.Marshal(append(texts, text))
		details.Set(name, list)
	}
	if all[0].title == title(orderhub.Invalid) {
		details.SetText("model", "Validation of "+namingOf(r).model+" failed.")
	}
	body := orderhub.Attributes{{Name: "status", Value: jsontext.Value(fmt.Sprint(statusOf(all)))}}
	body.SetText("title", all[0].title)
	body.Set("details", details.JSON())
	outer := orderhub.Attributes{{Name: "errors", Value: body.JSON()}}
	writeJSON(w, statusOf(all), jsontext.Value(outer.JSON()))
}

// vendorDetail is the field's name and the message that stands under it.
func (p *problem) vendorDetail() (name, text string) {
	if p.parameter != "" {
		return p.parameter, p.detail
	}
	if p.field == "" {
		return "message", p.detail
	}
	return p.field, p.text
}

// statusOf is the status of an answer with several problems: theirs if they
// agree, else the general one.
func statusOf(all []*problem) int {
	for _, p := range all {
		if p.status != all[0].status {
			return http.StatusBadRequest
		}
	}
	return all[0].status
}

// sayStatus sets the headers that belong to an answer's status.
func sayStatus(w http.ResponseWriter, r *http.Request, err error, all []*problem) {
	if statusOf(all) == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", challenge(secret(r)))
	}
	if wait := access.RetryAfter(err); wait != "" {
		w.Header().Set("Retry-After", wait)
	}
}

// challenge is what the vendor answers to a key that it does not know, and to
// a text that is no key.
func challenge(secret string) string {
	if tokenLike.MatchString(secret) {
		return `Bearer realm="Doorkeeper", error="invalid_token", error_description="The access token is invalid"`
	}
	return `Token realm="Aplaut Platform API v4"`
}

var tokenLike = regexp.MustCompile(`^[A-Za-z0-9_-]{20,}$`)

// notAllowed answers a method that an address does not have.
func notAllowed(w http.ResponseWriter, r *http.Request) error {
	allow := "GET, PUT, PATCH, DELETE"
	switch path := strings.TrimPrefix(r.URL.Path, Prefix); {
	case strings.Count(path, "/") == 1:
		allow = "GET, POST"
	case strings.HasSuffix(path, "/orders"):
		allow = "GET"
	}
	w.Header().Set("Allow", allow)
	return &problem{status: http.StatusMethodNotAllowed, code: "method_not_allowed", title: "Method not allowed",
		detail: cmp.Or(r.Method, "this method") + " is not possible here; possible are " + allow}
}
