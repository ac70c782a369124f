package usam

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/dialect"
)

// A problem is an error in the words of WordPress.
type problem struct {
	status  int
	code    string
	message string
	data    orderhub.Attributes // beside the status
}

func (p *problem) Error() string { return p.message }

// Unwrap makes a problem a fault of the caller's, which needs no log.
func (p *problem) Unwrap() error { return orderhub.Errorf(orderhub.Malformed, "%s", p.message) }

// noRoute answers an address, or a method of it, that there is not.
func noRoute(http.ResponseWriter, *http.Request) error {
	return &problem{status: http.StatusNotFound, code: "rest_no_route", message: "No route was found matching the URL and request method."}
}

// plain are the errors that are not about a parameter.
var plain = map[orderhub.Kind]problem{
	orderhub.Malformed:   {status: http.StatusBadRequest, code: "rest_invalid_request"},
	orderhub.NotFound:    {status: http.StatusNotFound, code: "document_id", message: "Invalid id"},
	orderhub.Conflict:    {status: http.StatusConflict, code: "rest_conflict"},
	orderhub.Stranger:    {status: http.StatusUnauthorized, code: "incorrect_password", message: "The provided password is an invalid application password."},
	orderhub.Denied:      {status: http.StatusForbidden, code: "rest_forbidden", message: "Sorry, you are not allowed to do that."},
	orderhub.TooLarge:    {status: http.StatusRequestEntityTooLarge, code: "rest_too_large"},
	orderhub.TooMany:     {status: http.StatusTooManyRequests, code: "rest_too_many_requests"},
	orderhub.Unavailable: {status: http.StatusServiceUnavailable, code: "rest_unavailable"},
}

// problemOf says an error in the dialect's words.
func problemOf(r *http.Request, err error, requestID string) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	all := orderhub.All(err)
	switch {
	case len(all) == 0 || all[0].Kind == orderhub.Internal:
		return &problem{status: http.StatusInternalServerError, code: "internal_server_error",
			message: "Something went wrong here. Tell the operator the request id " + requestID + "."}
	case all[0].Kind == orderhub.Stranger && r.Header.Get("Authorization") == "":
		return &problem{status: http.StatusUnauthorized, code: "rest_forbidden", message: "Sorry, you are not allowed to do that."}
	case all[0].Field != "":
		return invalid(all)
	}
	p, ok := plain[all[0].Kind]
	if !ok {
		p = problem{status: http.StatusBadRequest, code: "rest_invalid_request"}
	}
	p.message = cmp.Or(p.message, all[0].Text)
	return &p
}

// invalid says which parameters are missing, if that is all that is wrong, or
// which are wrong, each with all that is wrong within it.
func invalid(all []*orderhub.Error) *problem {
	missing := true
	texts := make(map[string][]string)
	var sequence []string
	for _, e := range all {
		missing = missing && e.Kind == orderhub.Missing
		path := pathOf(e.Field)
		name, _, _ := strings.Cut(path, "[")
		if texts[name] == nil {
			sequence = append(sequence, name)
		}
		if e.Kind == orderhub.Missing {
			e = &orderhub.Error{Text: "is required"}
		}
		if len(texts[name]) < maxTexts {
			texts[name] = append(texts[name], path+" "+e.Text+".")
		}
	}
	if missing && !nested(all) {
		quoted, _ := jsontext.AppendQuote(nil, sequence[0])
		for _, name := range sequence[1:] {
			quoted, _ = jsontext.AppendQuote(append(quoted, ','), name)
		}
		return &problem{status: http.StatusBadRequest, code: "rest_missing_callback_param",
			message: "Missing parameter(s): " + strings.Join(sequence, ", "),
			data:    orderhub.Attributes{{Name: "params", Value: jsontext.Value("[" + string(quoted) + "]")}}}
	}
	var params, details orderhub.Attributes
	for _, name := range sequence {
		text := strings.Join(texts[name], " ")
		params.SetText(name, text)
		detail := orderhub.Attributes{}
		detail.SetText("code", "rest_invalid_param")
		detail.SetText("message", text)
		detail.Set("data", jsontext.Value("null"))
		details.Set(name, detail.JSON())
	}
	return &problem{status: http.StatusBadRequest, code: "rest_invalid_param",
		message: "Invalid parameter(s): " + strings.Join(sequence, ", "),
		data:    orderhub.Attributes{{Name: "params", Value: params.JSON()}, {Name: "details", Value: details.JSON()}}}
}

// maxTexts keeps the answer to a long list of nonsense readable.
const maxTexts = 100

// nested says whether a fault lies within a parameter: one that is there, so
// that it is not missing.
func nested(all []*orderhub.Error) bool {
	for _, e := range all {
		if strings.Contains(pathOf(e.Field), "[") {
			return true
		}
	}
	return false
}

// names are what the dialect calls our fields.
var names = map[string]string{
	"orders": "items", "lines": "products", "product": "product_id", "sku": "code", "unit": "unit_measure", "base_price": "old_price",
	"shipments": "shipping", "track": "track_id", "pickup": "storage_pickup", "note": "notes", "account": "bank_account_id",
	"coupon": "coupon_name", "cancel_reason": "cancellation_reason", "placed_at": "date_insert",
	"contact": "properties", "reference": "transactid", "amount": "tax", "attributes": "properties",
}

// contactNames are the properties that make up the contact.
var contactNames = map[string]string{
	"name": "billingfirstname", "email": "billingemail", "phone": "billingmobilephone", "address": "shippingaddress",
}

var fieldPart = regexp.MustCompile(`[^.\[\]]+`)

// pathOf writes a field as WordPress does: lines[0].price is
// products[0][price].
func pathOf(field string) string {
	var b strings.Builder
	inContact := false
	for i, part := range fieldPart.FindAllString(field, -1) {
		name := cmp.Or(names[part], part)
		if inContact {
			name = cmp.Or(contactNames[part], part)
		}
		if inContact = part == "contact"; i == 0 {
			b.WriteString(name)
			continue
		}
		b.WriteString("[" + name + "]")
	}
	return b.String()
}

// say writes an error.
func say(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(r, err, dialect.RequestID(w))
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="orderhub"`)
	}
	if wait := access.RetryAfter(err); wait != "" {
		w.Header().Set("Retry-After", wait)
	}
	var body orderhub.Attributes
	body.SetText("code", p.code)
	body.SetText("message", p.message)
	data := orderhub.Attributes{{Name: "status", Value: jsontext.Value(fmt.Sprint(p.status))}}
	body.Set("data", append(data, p.data...).JSON())
	writeJSON(w, p.status, body.JSON())
}
