package money

import (
	"errors"
	"strings"
)

// A Currency is an ISO 4217 code in upper case, such as "RUB".
type Currency string

// ErrCurrency is the error of ParseCurrency. Its text reads on after the name
// of a field.
var ErrCurrency = errors.New("is not a currency code")

// ParseCurrency reads exactly three ASCII letters of any case, without spaces
// around, and returns them in upper case; all else is ErrCurrency. It does not
// ask whether the code is in use: currencies come and go, and an old order
// keeps its own.
func ParseCurrency(text string) (Currency, error) {
	if len(text) != 3 {
		return "", ErrCurrency
	}
	for i := range len(text) {
		if c := text[i] | 0x20; c < 'a' || c > 'z' {
			return "", ErrCurrency
		}
	}
	return Currency(strings.ToUpper(text)), nil
}

// Places returns the decimal places of the currency: two for all that ISO
// 4217 does not except.
func (c Currency) Places() int {
	switch c {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
		"PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}
