package usam

import (
	"bytes"
	"errors"
	"mime"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/dialect"
	"orderhub/internal/dialect/wire"
)

// Limits of a request's body: ten thousand items stay below.
const (
	maxBody  = 10 << 20 // bytes
	maxDepth = 64       // levels of nesting
)

// params are what a request says, by name, wherever it says it. A parameter
// is absent when it was not sent.
type params map[string]jsontext.Value

// readParams gathers the parameters of a request as WordPress does: those of
// the body win over those of the query.
func readParams(w http.ResponseWriter, r *http.Request) (params, error) {
	p := make(params)
	query, err := wire.Pairs([]byte(r.URL.RawQuery))
	if err == nil {
		err = p.addForm(query)
	}
	if err != nil {
		return nil, brokenForm(err)
	}
	body, err := dialect.ReadBody(w, r, maxBody)
	if err != nil {
		return nil, err
	}
	body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")) // a mark that 1C puts in front
	if len(bytes.TrimSpace(body)) == 0 {
		return p, nil
	}
	if !wire.LooksLikeForm(body) { // whatever it calls itself
		return p, p.addJSON(body)
	}
	_, media, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	pairs, err := wire.Form(body, media["boundary"])
	if err == nil {
		err = p.addForm(pairs)
	}
	if err != nil {
		return nil, brokenForm(err)
	}
	return p, nil
}

// addForm adds the parameters of a query or a form.
func (p params) addForm(pairs []wire.Pair) error {
	if len(pairs) == 0 {
		return nil
	}
	object, err := wire.Nest(pairs)
	if err != nil {
		return err
	}
	return p.add(object)
}

// addJSON adds the members of a JSON body. Any other JSON value has no
// parameters.
func (p params) addJSON(body []byte) error {
	if err := wire.CheckJSON(body, maxDepth); err != nil {
		return brokenJSON(err)
	}
	if jsontext.Value(body).Kind() != '{' {
		return nil
	}
	return p.add(body)
}

func (p params) add(object jsontext.Value) error {
	members, err := orderhub.ParseAttributes(object)
	if err != nil {
		return brokenJSON(err)
	}
	for _, m := range members {
		p[m.Name] = m.Value
	}
	return nil
}

// members are those of a JSON object in their sequence, nil for anything else.
func members(v jsontext.Value) orderhub.Attributes {
	if v.Kind() != '{' {
		return nil
	}
	all, err := orderhub.ParseAttributes(v)
	if err != nil {
		return nil // not possible: the body was checked
	}
	return all
}

// paramsOf are the members of a JSON object by name.
func paramsOf(v jsontext.Value) params {
	p := make(params)
	for _, m := range members(v) {
		p[m.Name] = m.Value
	}
	return p
}

// elements are those of a JSON array, or of an object that numbers them, as
// forms do. It is false for anything else.
func elements(v jsontext.Value) ([]jsontext.Value, bool) {
	if v.Kind() == '{' {
		var all []jsontext.Value
		for _, m := range members(v) {
			all = append(all, m.Value)
		}
		return all, len(all) > 0
	}
	if v.Kind() != '[' {
		return nil, false
	}
	d := jsontext.NewDecoder(bytes.NewReader(v))
	d.ReadToken()
	var all []jsontext.Value
	for d.PeekKind() != ']' {
		element, err := d.ReadValue()
		if err != nil {
			return nil, false
		}
		all = append(all, element.Clone())
	}
	return all, true
}

func brokenJSON(err error) error {
	p := &problem{status: http.StatusBadRequest, code: "rest_invalid_json", message: "Invalid JSON body passed.",
		data: orderhub.Attributes{{Name: "json_error_code", Value: jsontext.Value("4")}}}
	text := "Syntax error"
	if j, ok := errors.AsType[*wire.JSONError](err); ok {
		text += ": the body " + j.Text
	}
	p.data.SetText("json_error_message", text)
	return p
}

func brokenForm(err error) error {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	text := "The form cannot be read."
	if f, ok := errors.AsType[*wire.FormError](err); ok {
		text = "The form " + f.Text + "."
		if f.Field != "" {
			text = "The form's field " + f.Field + " " + f.Text + "."
		}
	}
	return &problem{status: http.StatusBadRequest, code: "rest_invalid_form", message: text}
}
