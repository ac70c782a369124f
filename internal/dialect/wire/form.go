package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
	"unicode/utf8"
)

// The limits of a form body. An order of 200 lines has about 1,000 pairs of
// depth 5.
const (
	MaxPairs = 10_000 // fields in one body
	MaxName  = 1024   // bytes in the name of a field, after decoding
	MaxDepth = 32     // keys in the name of a field: a[b][c] has 3

	maxBoundary = 70   // bytes, by RFC 2046
	maxHeader   = 4096 // bytes of the first part's header that are looked at
)

// A Pair is one field of a form, decoded, its name as it was written:
// data[attributes][number] and A-1.
type Pair struct{ Name, Value string }

// A FormError says why a form body is refused.
type FormError struct {
	Field string // its name, shortened, such as data[attributes]; "" for the whole body
	Text  string // for the caller: "is sent both as a value and as an object"
}

func (e *FormError) Error() string {
	if e.Field == "" {
		return "wire: the form " + e.Text
	}
	return fmt.Sprintf("wire: the form's field %s %s", quote(e.Field), e.Text)
}

// LooksLikeForm reports whether a body is rather a form than JSON, whatever
// its Content-Type says: Aplaut's PHP and Ruby samples hand an array to the
// HTTP library, so the form travels under the JSON:API type, and USAM's
// clients post forms where JSON is usual. It is true for a body that has an
// equals sign or is multipart, unless it begins, after spaces, like JSON or
// XML: with {, [, a quote or <.
func LooksLikeForm(body []byte) bool {
	start := bytes.TrimLeft(body, " \t\r\n")
	if len(start) == 0 || strings.IndexByte(`{["<`, start[0]) >= 0 {
		return false
	}
	if bytes.IndexByte(body, '=') >= 0 {
		return true
	}
	_, ok := sniffMultipart(body)
	return ok
}

// Form reads a body as the form that it is: multipart/form-data when its first
// lines say so or else its Content-Type has a boundary, and otherwise
// application/x-www-form-urlencoded.
func Form(body []byte, boundary string) ([]Pair, error) {
	if sniffed, ok := sniffMultipart(body); ok {
		boundary = sniffed
	}
	if boundary != "" {
		return Multipart(body, boundary)
	}
	return Pairs(body)
}

// Pairs reads an application/x-www-form-urlencoded body in its order. A field
// without an equals sign has an empty value, empty fields (a=1&&b=2) are
// passed over. It refuses with a *FormError what Nest would refuse in a single
// pair, a broken percent escape, and more than MaxPairs fields.
func Pairs(body []byte) ([]Pair, error) {
	var pairs []Pair
	for field := range strings.SplitSeq(string(body), "&") {
		if field == "" {
			continue
		}
		if len(pairs) == MaxPairs {
			return nil, tooMany()
		}
		name, value, _ := strings.Cut(field, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if errName != nil || errValue != nil {
			before, _, _ := strings.Cut(field, "=")
			return nil, fieldError(before, "has a broken percent escape")
		}
		p := Pair{name, value}
		if err := p.check(); err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

// Multipart reads a multipart/form-data body in its order, as Guzzle and
// HTTParty write it. It refuses with a *FormError files, parts without a name,
// a body that is cut short, and all that Pairs refuses.
func Multipart(body []byte, boundary string) ([]Pair, error) {
	if boundary == "" || len(boundary) > maxBoundary {
		return nil, &FormError{Text: fmt.Sprintf("has no multipart boundary of 1 to %d characters", maxBoundary)}
	}
	var pairs []Pair
	for r := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) && closed(body, boundary) {
			return pairs, nil
		}
		if err != nil {
			return nil, brokenMultipart()
		}
		if len(pairs) == MaxPairs {
			return nil, tooMany()
		}
		name, err := partName(part)
		if err != nil {
			return nil, err
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, brokenMultipart()
		}
		p := Pair{name, string(value)}
		if err := p.check(); err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
}

// closed reports whether a body has its last boundary. The multipart reader
// takes a body of which nothing is left for one that has ended.
func closed(body []byte, boundary string) bool {
	last := []byte("--" + boundary + "--")
	return bytes.HasPrefix(body, last) || bytes.Contains(body, append([]byte("\n"), last...))
}

// partName returns the name of a part, and an error if it is a file. The
// disposition is form-data, or attachment where curl, and so PHP, was given
// another Content-Type for the whole.
func partName(part *multipart.Part) (string, error) {
	disposition, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil || params["name"] == "" || disposition != "form-data" && disposition != "attachment" {
		return "", &FormError{Text: "has a part without a name"}
	}
	if _, file := params["filename"]; file {
		return "", fieldError(params["name"], "is a file; send its text as a field")
	}
	return params["name"], nil
}

// sniffMultipart recognises a multipart/form-data body by its first lines,
// because old clients send one under another Content-Type, and so without its
// boundary: a line --boundary, then a header with Content-Disposition and a
// name. It returns the boundary for [Multipart].
func sniffMultipart(body []byte) (boundary string, ok bool) {
	head := bytes.TrimLeft(body[:min(len(body), maxHeader)], "\r\n")
	line, head, found := bytes.Cut(head, []byte("\n"))
	rest, dashes := bytes.CutPrefix(bytes.TrimRight(line, " \t\r"), []byte("--"))
	if !found || !dashes || len(rest) == 0 || len(rest) > maxBoundary {
		return "", false
	}
	for _, b := range rest {
		if b < ' ' || b > '~' {
			return "", false
		}
	}
	for len(head) > 0 {
		line, head, _ = bytes.Cut(head, []byte("\n"))
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			return "", false
		}
		name, value, _ := bytes.Cut(bytes.ToLower(line), []byte(":"))
		if string(name) == "content-disposition" {
			value = bytes.TrimSpace(value)
			if bytes.HasPrefix(value, []byte("form-data")) || bytes.HasPrefix(value, []byte("attachment")) && bytes.Contains(value, []byte("name=")) {
				return string(rest), true
			}
			return "", false
		}
	}
	return "", false
}

// check refuses what no JSON document and no database could keep.
func (p Pair) check() error {
	switch {
	case p.Name == "":
		return &FormError{Text: "has a value without a name"}
	case len(p.Name) > MaxName:
		return fieldError(p.Name, fmt.Sprintf("has a name longer than %d bytes", MaxName))
	case !utf8.ValidString(p.Name) || !utf8.ValidString(p.Value):
		return fieldError(p.Name, "is not valid UTF-8")
	case strings.IndexByte(p.Name, 0) >= 0 || strings.IndexByte(p.Value, 0) >= 0:
		return fieldError(p.Name, "contains a NUL character")
	}
	return nil
}

// fieldError makes an error about a field whose name may be anything at all.
func fieldError(name, text string) *FormError {
	const letters = 100
	name = strings.ReplaceAll(strings.ToValidUTF8(name[:min(len(name), MaxName)], "\uFFFD"), "\x00", "\uFFFD")
	if r := []rune(name); len(r) > letters {
		name = string(r[:letters]) + "…"
	}
	return &FormError{Field: name, Text: text}
}

func tooMany() *FormError {
	return &FormError{Text: fmt.Sprintf("has more than %d fields", MaxPairs)}
}

func brokenMultipart() *FormError {
	return &FormError{Text: "is not complete multipart/form-data"}
}
