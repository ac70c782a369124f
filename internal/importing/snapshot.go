package importing

import (
	"orderhub"
)

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
