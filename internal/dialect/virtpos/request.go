package virtpos

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"

	"orderhub"
	"orderhub/internal/dialect"
	"orderhub/internal/dialect/wire"
)

// Limits of a request.
const (
	maxBody   = 1 << 20 // bytes
	maxParams = 200     // the longest call has some twenty
)

// params are what a request says, by name. A parameter that is sent twice is
// the last one sent.
type params map[string]string

// sent is a parameter, nil when it was not sent.
func (p params) sent(name string) *string {
	if value, ok := p[name]; ok {
		return &value
	}
	return nil
}

// readParams gathers the parameters of the query and, winning over them, those
// of a form in the body. With an error it returns those that it could read.
func readParams(w http.ResponseWriter, r *http.Request) (params, error) {
	p := make(params)
	query, err := wire.Pairs([]byte(r.URL.RawQuery))
	if err != nil {
		return p, brokenForm(err)
	}
	if err := p.add(query); err != nil {
		return p, err
	}
	body, err := dialect.ReadBody(w, r, maxBody)
	if err != nil {
		return p, err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return p, nil
	}
	if !wire.LooksLikeForm(body) {
		return p, orderhub.Errorf(orderhub.Malformed, "передайте параметры в адресе или в теле запроса как форму")
	}
	_, media, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	pairs, err := wire.Form(body, media["boundary"])
	if err != nil {
		return p, brokenForm(err)
	}
	return p, p.add(pairs)
}

func (p params) add(pairs []wire.Pair) error {
	if len(pairs) > maxParams {
		return orderhub.Errorf(orderhub.TooLarge, "слишком много параметров: передайте не больше %d", maxParams)
	}
	for _, pair := range pairs {
		p[pair.Name] = pair.Value
	}
	return nil
}

// brokenForm says what cannot be read, in the language of the vendor.
func brokenForm(err error) error {
	if f, ok := errors.AsType[*wire.FormError](err); ok && f.Field != "" {
		return orderhub.Errorf(orderhub.Malformed, "параметр %s не читается: передайте его в UTF-8 и закодируйте для адреса", f.Field)
	}
	return orderhub.Errorf(orderhub.Malformed, "параметры не читаются: передайте их в адресе или как форму, не больше %d", maxParams)
}

// askedKey is under which the context of a request holds what errors need to
// know of it.
type askedKey struct{}

// asked is in which format and about what a request asks.
type asked struct {
	format string
	of     subject
}

// askedIn is what a request asks. Before its parameters are read, as after a
// panic, the format is that of the query.
func askedIn(r *http.Request) asked {
	if a, ok := r.Context().Value(askedKey{}).(asked); ok {
		return a
	}
	return asked{format: r.URL.Query().Get("format")}
}

// A subject is what a call is about, in what the vendor's words need.
type subject struct {
	unknown string
	taken   string
}

var (
	aCustomer = subject{"Клиент не найден", "Клиент с таким %s уже существует"}
	aCard     = subject{"Карта не найдена", "Карта с таким %s уже существует"}
)

func (s subject) takenBy(parameter string) string { return fmt.Sprintf(s.taken, parameter) }
