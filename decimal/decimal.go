// Package decimal reads and prints exact fixed-point numbers: an int64 that
// counts tenths, thousandths or any other power of ten of a unit.
//
// It promises that no number ever passes through a float, that the one
// rounding rule is half away from zero, decided on all digits of the text,
// and that hostile text costs nothing: length and exponent are bounded before
// anything is computed.
//
// It is no arithmetic: what a number counts, and how sums and products behave
// at the ends of the range, is known to those who use it, such as package
// money. A number of places or a scale outside 0 to 18 is the caller's
// mistake, not the sender's, and may panic.
package decimal

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// The errors of Parse. Their texts read on after the name of a field.
var (
	ErrSyntax = errors.New("is not a number")
	ErrRange  = errors.New("is too large")
)

const (
	maxText     = 64 // bytes, without the spaces around
	maxExponent = 64
	spaces      = " \t\n\v\f\r"
)

// Parse reads a number such as "6800", "933.00", "-10.2" or "6.49E+1" and
// returns it in units of 10^-places: Parse("64.9", 4) is 649000. Digits
// beyond the places are rounded half away from zero.
//
// The grammar is that of JSON numbers, and people's as well: a leading plus
// sign, leading zeros, a dot with digits on one side only, and ASCII spaces
// around are all right. Grouping and decimal commas are not. Whatever breaks
// the grammar is ErrSyntax. A number that int64 cannot hold, an exponent
// beyond ±64 whatever its mantissa, and any text longer than 64 bytes are
// ErrRange.
func Parse(text string, places int) (int64, error) {
	text = strings.Trim(text, spaces)
	if len(text) > maxText {
		return 0, ErrRange
	}
	n, err := scan(text)
	if err != nil {
		return 0, err
	}
	return n.units(places)
}

// A number is a text taken apart: ±whole.fraction × 10^exponent.
type number struct {
	negative bool
	whole    string // digits only, as is fraction; one of them may be empty
	fraction string
	exponent int
}

func scan(text string) (number, error) {
	var n number
	n.negative, text = cutSign(text)
	n.whole, text = cutDigits(text)
	if rest, ok := strings.CutPrefix(text, "."); ok {
		n.fraction, text = cutDigits(rest)
	}
	if n.whole == "" && n.fraction == "" {
		return n, ErrSyntax
	}
	if text == "" {
		return n, nil
	}
	if text[0] != 'e' && text[0] != 'E' {
		return n, ErrSyntax
	}
	var err error
	n.exponent, err = exponent(text[1:])
	return n, err
}

func exponent(text string) (int, error) {
	negative, text := cutSign(text)
	digits, rest := cutDigits(text)
	if digits == "" || rest != "" {
		return 0, ErrSyntax
	}
	e, err := strconv.Atoi(digits)
	if err != nil || e > maxExponent {
		return 0, ErrRange
	}
	if negative {
		return -e, nil
	}
	return e, nil
}

func cutSign(text string) (negative bool, rest string) {
	if text != "" && (text[0] == '-' || text[0] == '+') {
		return text[0] == '-', text[1:]
	}
	return false, text
}

func cutDigits(text string) (digits, rest string) {
	i := 0
	for i < len(text) && '0' <= text[i] && text[i] <= '9' {
		i++
	}
	return text[:i], text[i:]
}

// units counts the number in units of 10^-places. The first digit that is not
// kept decides the rounding alone: the digits after it cannot pull a half down.
func (n number) units(places int) (int64, error) {
	kept := len(n.whole) + n.exponent + places
	var m uint64
	for i := range kept {
		if m > math.MaxInt64/10 {
			return 0, ErrRange
		}
		m = m*10 + n.digit(i)
	}
	if kept >= 0 && n.digit(kept) >= 5 {
		m++
	}
	v, ok := signed(m, n.negative)
	if !ok {
		return 0, ErrRange
	}
	return v, nil
}

// digit returns the i-th digit of the mantissa; endless zeros follow the last.
func (n number) digit(i int) uint64 {
	if i < len(n.whole) {
		return uint64(n.whole[i] - '0')
	}
	if i -= len(n.whole); i < len(n.fraction) {
		return uint64(n.fraction[i] - '0')
	}
	return 0
}

// signed puts the sign back; ok is false when int64 cannot hold the result.
// The smallest int64 has no positive twin: its magnitude is 1<<63.
func signed(magnitude uint64, negative bool) (v int64, ok bool) {
	if negative {
		return -int64(magnitude), magnitude <= 1<<63
	}
	return int64(magnitude), magnitude <= math.MaxInt64
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
