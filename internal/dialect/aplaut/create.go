package aplaut

import (
	"errors"
	"net/http"

	"orderhub"
	"orderhub/internal/once"
)

// create lets work do what a POST asks for, and answers 201 with what shown
// gives afterwards. A request with an Idempotency-Key is done once: sent again,
// it gets the first answer. The vendor has no such key; the draft of the IETF
// has its statuses.
func (a *api) create(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, body []byte, work func(*once.Once) error, shown func() (string, document)) error {
	answer := func() once.Answer {
		location, d := shown()
		return once.Answer{Status: http.StatusCreated, ContentType: mediaType, Location: location, Body: marshal(d)}
	}
	keys, keyed := r.Header["Idempotency-Key"]
	if !keyed {
		if err := work(nil); err != nil {
			return err
		}
		give(w, answer())
		return nil
	}
	request := once.Request{Shop: shop.ID, Key: keys[0], Text: []string{r.Method, r.URL.RequestURI(), string(body)}}
	first, made, err := a.answers.Do(r.Context(), request, answer, work)
	switch {
	case err != nil:
		return keyProblem(err)
	case first != nil:
		w.Header().Set("Idempotency-Replayed", "true")
		give(w, *first)
	default:
		give(w, *made)
	}
	return nil
}

// keyProblem says what an Idempotency-Key was refused for, with the draft's
// statuses.
func keyProblem(err error) error {
	status := 0
	switch {
	case errors.Is(err, once.ErrKey):
		status = http.StatusBadRequest
	case errors.Is(err, once.ErrRunning):
		status = http.StatusConflict
	case errors.Is(err, once.ErrOther):
		status = http.StatusUnprocessableEntity
	default:
		return err
	}
	return &problem{status: status, code: "idempotency_key", title: http.StatusText(status), detail: err.Error(), header: "Idempotency-Key"}
}

func give(w http.ResponseWriter, a once.Answer) {
	w.Header().Set("Content-Type", a.ContentType)
	if a.Location != "" {
		w.Header().Set("Location", a.Location)
	}
	w.WriteHeader(a.Status)
	w.Write(a.Body)
}
