package importing

import (
	"bytes"
	"encoding/json"
	"time"

	"orderhub"
)

// formOf is the form in which a record was written down for an undo: 0 is that
// of the first programs, which wrote the fields of the glossary by their names
// in the source.
func formOf(text []byte) int {
	var s struct {
		Form int `json:"form"`
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return 0 // which then says what is wrong
	}
	return s.Form
}

// decodeStrictly reads one JSON value and refuses members that it does not
// know: what cannot be understood must not be restored in part.
func decodeStrictly(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(to)
}

// stamp is a time as a snapshot holds it: microseconds since 1970, 0 is never.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment reads what stamp wrote.
func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// attributesText is attributes as a snapshot holds them: a text, because the
// encoder would spell nested JSON anew. None is "".
func attributesText(a orderhub.Attributes) string {
	if len(a) == 0 {
		return ""
	}
	return string(a.JSON())
}

func extrasText(e orderhub.Extras) string {
	if len(e) == 0 {
		return ""
	}
	return string(e.JSON())
}

// freeText reads attributes and extras; none of them is nil.
func freeText(attributes, extras string) (a orderhub.Attributes, e orderhub.Extras, err error) {
	if attributes != "" {
		if a, err = orderhub.ParseAttributes([]byte(attributes)); err != nil {
			return nil, nil, err
		}
	}
	if extras != "" {
		e, err = orderhub.ParseExtras([]byte(extras))
	}
	return a, e, err
}
