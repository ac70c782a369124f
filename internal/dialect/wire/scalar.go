package wire

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDigits bounds the text of a number that Text writes out, so that
// 1e999999999 costs its caller nothing and us neither.
const maxDigits = 64

// IsNull reports whether v is a null. A missing value (an empty v) is not:
// null removes, missing leaves alone.
func IsNull(v jsontext.Value) bool { return v.Kind() == jsontext.KindNull }

// Text reads an id, a number of an order, a name: a string as it is, a number
// as its text. Aplaut's samples send 45 and "37456" for the same field, USAM
// takes integers and digits. A whole number reads as an integer, however it
// is written: 45, 45.0 and 4.5e1 are "45", exact at any size. A fraction keeps
// its digits: 4.50 is "4.50", 15e-1 is "1.5". The string "045" stays "045" and
// so is never taken for 45.
//
// It is false for true, false, null, arrays, objects, and for a number of more
// than 64 digits when written out.
func Text(v jsontext.Value) (string, bool) {
	switch v.Kind() {
	case jsontext.KindString:
		return unquote(v)
	case jsontext.KindNumber:
		n, ok := parseNumber(string(bytes.TrimSpace(v)))
		if !ok {
			return "", false
		}
		return n.plain()
	}
	return "", false
}

// Number reads the text of a number for exact parsing: a JSON number exactly
// as it is written, or a string that holds one, such as USAM's "933.00",
// without the spaces around it. It does not judge size: whoever parses the
// text bounds its length and its exponent first. It is false for anything
// else: "", "12 pcs", "1 299,90", "+5", "007", true, null.
func Number(v jsontext.Value) (string, bool) {
	text, ok := numberText(v)
	if !ok {
		return "", false
	}
	n, ok := parseNumber(text)
	return text, ok && !n.padded
}

// Int reads a count, a page, a day: a whole number written as 2, 2.0, 2e0,
// "2" or "2.0000", as PHP clients and databases print it. In a string it may
// be padded with zeros, like the month in birth_month=04. It is false for
// fractions, for anything beyond 64 bits and for anything else.
func Int(v jsontext.Value) (int64, bool) {
	text, ok := numberText(v)
	if !ok {
		return 0, false
	}
	n, ok := parseNumber(text)
	if !ok || n.padded && v.Kind() == jsontext.KindNumber {
		return 0, false
	}
	plain, ok := n.plain()
	if !ok {
		return 0, false
	}
	i, err := strconv.ParseInt(plain, 10, 64)
	return i, err == nil
}

// Flag reads a yes or a no: 0 and 1 (USAM's exchange, VirtPOS's paid), true
// and false, or a string that [FlagText] reads. It is not ok for null, for
// other numbers (USAM's paid has a 2) and for anything else.
func Flag(v jsontext.Value) (value, ok bool) {
	switch v.Kind() {
	case jsontext.KindTrue:
		return true, true
	case jsontext.KindFalse:
		return false, true
	case jsontext.KindString:
		text, ok := unquote(v)
		if !ok {
			return false, false
		}
		return FlagText(text)
	case jsontext.KindNumber:
		i, ok := Int(v)
		return i == 1, ok && (i == 0 || i == 1)
	}
	return false, false
}

// FlagText reads a yes or a no from a form or a query: "1", "true", "yes",
// "on", "0", "false", "no", "off" in any letter case, with or without spaces
// around. An empty text is neither.
func FlagText(s string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "1", "true", "yes", "on":
		return true, true
	case "0", "false", "no", "off":
		return false, true
	}
	return false, false
}

// unquote returns what a JSON string says.
func unquote(v jsontext.Value) (string, bool) {
	v = bytes.TrimSpace(v)
	if len(v) >= 2 && v[len(v)-1] == '"' && bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1]), true
	}
	text, err := jsontext.AppendUnquote(nil, v)
	return string(text), err == nil
}

// numberText returns the text in which a number is to be looked for.
func numberText(v jsontext.Value) (string, bool) {
	switch v.Kind() {
	case jsontext.KindNumber:
		return string(bytes.TrimSpace(v)), true
	case jsontext.KindString:
		text, ok := unquote(v)
		return strings.TrimSpace(text), ok
	}
	return "", false
}

// A number is the text of a JSON number taken apart.
type number struct {
	text   string
	minus  bool
	whole  string // digits before the point
	places string // digits after it
	exp    int    // power of ten, held within ±maxExp
	padded bool   // has zeros before the first digit, which JSON forbids
}

// maxExp is beyond any exponent that the digits of a body could make up for.
const maxExp = 1 << 40

// parseNumber takes a number apart. It follows the grammar of JSON, but lets
// padding zeros pass and tells of them.
func parseNumber(text string) (number, bool) {
	n := number{text: text}
	rest, minus := strings.CutPrefix(text, "-")
	n.minus = minus
	n.whole, rest = cutDigits(rest)
	if n.whole == "" {
		return n, false
	}
	n.padded = len(n.whole) > 1 && n.whole[0] == '0'
	if after, ok := strings.CutPrefix(rest, "."); ok {
		n.places, rest = cutDigits(after)
		if n.places == "" {
			return n, false
		}
	}
	if rest == "" {
		return n, true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return n, false
	}
	rest = rest[1:]
	sign := 1
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		if rest[0] == '-' {
			sign = -1
		}
		rest = rest[1:]
	}
	digits, rest := cutDigits(rest)
	if digits == "" || rest != "" {
		return n, false
	}
	for _, d := range []byte(digits) {
		n.exp = min(n.exp*10+int(d-'0'), maxExp)
	}
	n.exp *= sign
	return n, true
}

// plain writes the number without an exponent: as an integer if it is one,
// otherwise with all its digits. It is false beyond maxDigits digits; nothing
// longer is ever built.
func (n number) plain() (string, bool) {
	all := n.whole + n.places
	point := len(n.whole) + n.exp // the point stands before all[point]
	if zeros := len(all) - len(strings.TrimLeft(all, "0")); zeros > 0 {
		all, point = all[zeros:], point-zeros
	}
	digits := strings.TrimRight(all, "0")
	if digits == "" {
		return "0", true // -0 and 0e9 too
	}
	sign := ""
	if n.minus {
		sign = "-"
	}
	switch {
	case point >= len(digits): // an integer
		if point > maxDigits {
			return "", false
		}
		return sign + digits + strings.Repeat("0", point-len(digits)), true
	case point > 0:
		if len(all) > maxDigits {
			return "", false
		}
		return sign + all[:point] + "." + all[point:], true
	default:
		if 1-point+len(all) > maxDigits {
			return "", false
		}
		return sign + "0." + strings.Repeat("0", -point) + all, true
	}
}

// cutDigits splits a text after its leading digits.
func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}
