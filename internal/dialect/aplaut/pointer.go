package aplaut

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

type documentKey struct{}

// withDocument lets a request remember the document that it brings, so that
// errors can point into it.
func withDocument(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), documentKey{}, new(jsontext.Value)))
}

// remember keeps the document that a request has brought.
func remember(r *http.Request, document []byte) []byte {
	if d, ok := r.Context().Value(documentKey{}).(*jsontext.Value); ok {
		*d = document
	}
	return document
}

// sentDocument is the document that a request has brought, nil for none.
func sentDocument(r *http.Request) (document any) {
	if d, ok := r.Context().Value(documentKey{}).(*jsontext.Value); ok && len(*d) > 0 {
		if err := json.Unmarshal(*d, &document, json.WithUnmarshalers(plainNumbers)); err != nil {
			return nil
		}
	}
	return document
}

// plainNumbers passes over numbers: no float holds them all.
var plainNumbers = json.UnmarshalFromFunc(func(d *jsontext.Decoder, to *any) error {
	if d.PeekKind() != '0' {
		return errors.ErrUnsupported
	}
	*to = 0
	return d.SkipValue()
})

// leading cuts a pointer where it leaves the document: it must lead to a
// value that was sent, and a fault may lie in the address, in a value that
// follows from another one, or in one that has a second name.
func leading(document any, pointer string) string {
	if document == nil || pointer == "" {
		return pointer
	}
	at := ""
	for step := range strings.SplitSeq(pointer[1:], "/") {
		switch v := document.(type) {
		case map[string]any:
			inner, ok := v[step]
			if !ok {
				return at
			}
			document = inner
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return at
			}
			document = v[i]
		default:
			return at
		}
		at += "/" + step
	}
	return at
}
