package importing

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"orderhub/decimal"
)

// maxCell is how long a cell may be, in bytes. A product's description of the
// greatest length fits.
const maxCell = 256 << 10

// The reasons why a text is no number.
var (
	errNotNumber = errors.New("is not a number")
	errTwoWays   = errors.New("can be read in two ways, with a decimal point and with thousands; make the column numbers, not texts")
	errGroup     = errors.New("has a group of thousands where none can be, or another decimal sign than the file")
	errExponent  = errors.New("is not a number, having an exponent; write all digits")
)

// A numeral is a number as files write it, taken apart.
type numeral struct {
	digits []byte // -1234.56, for package decimal
	unit   string // such as руб. or $; "" for none
}

// A format is how the numbers of one file are written.
type format struct {
	decimal  byte // . or ,
	workbook bool // number cells have a point whatever the sign in text cells
}

// numeral reads a number: digits, in groups of three or not, a decimal sign,
// a sign in front, and a unit at one of the ends. Groups are parted by
// spaces of any width, by apostrophes, or by that of . and , which is not the
// decimal sign. It appends to buf, so that most numbers cost no memory.
func (f format) numeral(buf []byte, text string) (numeral, error) {
	n := numeral{digits: buf[:0]}
	if len(text) > 200 {
		return n, decimal.ErrRange
	}
	body, negative, err := n.cut(text)
	if err != nil {
		return n, err
	}
	sign := f.decimal
	if f.workbook && sign == ',' && strings.Count(body, ".") == 1 && strings.IndexByte(body, ',') < 0 {
		if whole, rest, _ := strings.Cut(body, "."); len(rest) == 3 && len(whole) > 0 && len(whole) <= 3 && whole[0] != '0' {
			return n, errTwoWays
		}
		sign = '.'
	}
	if negative {
		n.digits = append(n.digits, '-')
	}
	return n, n.ungroup(body, sign)
}

// cut takes the sign and the unit off.
func (n *numeral) cut(text string) (body string, negative bool, err error) {
	first := strings.IndexAny(text, "0123456789")
	if first < 0 {
		return "", false, errNotNumber
	}
	last := strings.LastIndexAny(text, "0123456789")
	before, body, after := text[:first], text[first:last+1], text[last+1:]
	if after == "." || after == "," {
		body, after = text[first:], ""
	}
	if end := len(before) - 1; end >= 0 && (before[end] == '.' || before[end] == ',') {
		if r, _ := utf8.DecodeLastRuneInString(before[:end]); !unicode.IsLetter(r) {
			before, body = before[:end], before[end:]+body // .5 and $.5, but руб.5
		}
	}
	if before != "" {
		negative, before = cutSigns(strings.TrimSpace(before))
	}
	n.unit = before
	if after != "" {
		n.unit = strings.TrimSpace(after)
	}
	if before != "" && after != "" {
		return "", false, errNotNumber
	}
	return body, negative, nil
}

// cutSigns takes a sign off what stands before a number: -, -$ and $-.
func cutSigns(before string) (negative bool, unit string) {
	for _, sign := range []string{"-", "−", "+"} { // the second as typographers write it
		if rest, ok := strings.CutPrefix(before, sign); ok {
			return sign != "+", strings.TrimSpace(rest)
		}
		if rest, ok := strings.CutSuffix(before, sign); ok {
			return sign != "+", strings.TrimSpace(rest)
		}
	}
	return false, before
}

// ungroup appends the digits of body without its groups. A group that begins
// with a zero is none: 0.500 is a half in another file, not five hundred.
func (n *numeral) ungroup(body string, sign byte) error {
	var group rune
	run, pointed := 0, false
	for _, r := range body {
		switch {
		case '0' <= r && r <= '9':
			n.digits = append(n.digits, byte(r))
			run++
		case r == rune(sign):
			if pointed || group != 0 && run != 3 {
				return errGroup
			}
			n.digits = append(n.digits, '.')
			run, pointed = 0, true
		case r == 'e' || r == 'E':
			return errExponent
		default:
			g := grouping(r)
			switch {
			case g == 0:
				return errNotNumber
			case pointed || group != 0 && (g != group || run != 3):
				return errGroup
			case group == 0 && (run == 0 || run > 3 || body[0] == '0'):
				return errGroup
			}
			group, run = g, 0
		}
	}
	if group != 0 && !pointed && run != 3 {
		return errGroup
	}
	return nil
}

// grouping brings what parts groups of thousands to one sign of each sort; 0
// for all else.
func grouping(r rune) rune {
	switch r {
	case ' ', '\u00a0', '\u2007', '\u2009', '\u202f':
		return ' '
	case '\'', '’', '`', '´':
		return '\''
	case '.', ',':
		return r
	}
	return 0
}

// units are what people write at the ends of amounts, and the currencies that
// it can be; folded.
var units = map[string]string{
	"₽": "RUB", "руб": "RUB BYN", "руб.": "RUB BYN", "р": "RUB BYN", "р.": "RUB BYN", "rub": "RUB", "rur": "RUB", "rub.": "RUB",
	"рублей": "RUB BYN", "рубля": "RUB BYN", "рубль": "RUB BYN",
	"zł": "PLN", "zł.": "PLN", "zl": "PLN", "pln": "PLN",
	"€": "EUR", "eur": "EUR", "euro": "EUR", "евро": "EUR",
	"$": "USD CAD AUD NZD SGD HKD MXN ARS CLP COP", "usd": "USD", "us$": "USD",
	"£": "GBP", "gbp": "GBP", "₴": "UAH", "грн": "UAH", "грн.": "UAH", "uah": "UAH",
	"₸": "KZT", "тг": "KZT", "тг.": "KZT", "kzt": "KZT", "br": "BYN", "byn": "BYN", "kč": "CZK", "czk": "CZK",
}
