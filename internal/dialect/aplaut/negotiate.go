package aplaut

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"strings"

	"orderhub"
	"orderhub/internal/dialect"
	"orderhub/internal/dialect/wire"
)

const mediaType = "application/vnd.api+json"

// Limits of a request's body. An order with a thousand lines stays below.
const (
	maxBody  = 1 << 20 // bytes
	maxDepth = 64      // levels of nesting
)

// secret takes the key out of the Authorization header: Token token=KEY, also
// quoted as Rails clients do, Bearer KEY, and Bearer token=KEY.
func secret(r *http.Request) string {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	if !strings.EqualFold(scheme, "Token") && !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	rest, _, _ = strings.Cut(strings.TrimSpace(rest), ",") // Rails may add parameters
	if value, ok := strings.CutPrefix(rest, "token="); ok {
		rest = value
	}
	return strings.Trim(strings.TrimSpace(rest), `"`)
}

// acceptable refuses a caller that takes JSON:API only in forms that we do not
// know: "if all instances of that media type are modified with parameters".
func acceptable(r *http.Request) error {
	refused := false
	for _, header := range r.Header.Values("Accept") {
		for one := range strings.SplitSeq(header, ",") {
			kind, params, err := mime.ParseMediaType(one)
			if err != nil || kind != mediaType {
				continue
			}
			delete(params, "q")
			delete(params, "profile")
			if len(params) == 0 {
				return nil
			}
			refused = true
		}
	}
	if refused {
		return &problem{status: http.StatusNotAcceptable, code: "not_acceptable", title: "Not acceptable",
			detail: "we answer " + mediaType + " without parameters", header: "Accept"}
	}
	return nil
}

// readBody returns the request's document as checked JSON. Old client
// libraries send form or multipart bodies under the JSON:API type, with or
// without a boundary parameter; they become the JSON that was meant.
func readBody(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop) ([]byte, error) {
	kind, params, err := contentType(r)
	if err != nil {
		return nil, err
	}
	body, err := dialect.ReadBody(w, r, maxBody)
	if err != nil {
		return nil, err
	}
	body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")) // a mark that some editors and 1C put in front
	if strings.HasSuffix(kind, "json") && !wire.LooksLikeForm(body) {
		if err := checkParams(kind, params, shop); err != nil {
			return nil, err
		}
		if err := wire.CheckJSON(body, maxDepth); err != nil {
			return nil, brokenJSON(err)
		}
		return remember(r, body), nil
	}
	document, err := readForm(body, params["boundary"])
	return remember(r, document), err
}

func contentType(r *http.Request) (kind string, params map[string]string, err error) {
	header := r.Header.Get("Content-Type")
	if header == "" {
		return mediaType, nil, nil
	}
	kind, params, err = mime.ParseMediaType(header)
	if err != nil {
		return "", nil, unsupported("cannot be read as a media type")
	}
	switch kind {
	case mediaType, "application/json", "application/x-www-form-urlencoded", "multipart/form-data":
		return kind, params, nil
	}
	return "", nil, unsupported("is not one that we read; send " + mediaType)
}

// checkParams keeps to the letter of JSON:API, but for charset=utf-8, which
// many clients add, unless the shop wants it strict.
func checkParams(kind string, params map[string]string, shop *orderhub.Shop) error {
	if kind != mediaType {
		return nil
	}
	for name, value := range params {
		switch {
		case name == "profile":
		case name == "charset" && strings.EqualFold(value, "utf-8") && strict.Of(shop) != isStrict:
		default:
			return unsupported("has the parameter " + name + "; send " + mediaType + " without it")
		}
	}
	return nil
}

func readForm(body []byte, boundary string) ([]byte, error) {
	pairs, err := wire.Form(body, boundary)
	if err != nil {
		return nil, brokenForm(err)
	}
	document, err := wire.Nest(pairs)
	if err != nil {
		return nil, brokenForm(err)
	}
	return document, nil
}

func unsupported(detail string) error {
	return &problem{status: http.StatusUnsupportedMediaType, code: "unsupported_media_type", title: "Unsupported media type",
		detail: "the content type " + detail, header: "Content-Type"}
}

func brokenJSON(err error) error {
	p := &problem{status: http.StatusBadRequest, code: "invalid_json", title: "Bad request", detail: "the body is not valid JSON"}
	if j, ok := errors.AsType[*wire.JSONError](err); ok {
		p.detail, p.pointer = "the body "+j.Text, j.Pointer
	}
	return p
}

func brokenForm(err error) error {
	p := &problem{status: http.StatusBadRequest, code: "invalid_form", title: "Bad request", detail: "the form cannot be read"}
	if f, ok := errors.AsType[*wire.FormError](err); ok {
		p.detail = "the form " + f.Text
		if f.Field != "" {
			p.detail = "the form's field " + f.Field + " " + f.Text
		}
	}
	return p
}
