package decimal

import (
	"strconv"
	"strings"
)

// powers holds 10^0 to 10^18, the powers of ten that an int64 can hold.
var powers = [...]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
}

// Format prints v units of 10^-scale in the shortest exact form: no trailing
// zeros, no dot without digits behind it, no exponent. Format(649000, 4) is
// "64.9". Parse with the same scale reads it back.
func Format(v int64, scale int) string {
	text := FormatFixed(v, scale, scale)
	if scale == 0 {
		return text
	}
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

// FormatFixed prints v units of 10^-scale with exactly so many places after
// the dot, rounded half away from zero: FormatFixed(9330000, 4, 2) is
// "933.00". With no places there is no dot, and nothing prints as "-0".
func FormatFixed(v int64, scale, places int) string {
	m, digits := magnitude(v), scale
	if places < scale {
		m, digits = divide(m, powers[scale-places]), places
	}
	text := make([]byte, 0, 40) // sign, 19 digits, dot, 18 places
	if v < 0 && m != 0 {
		text = append(text, '-')
	}
	text = strconv.AppendUint(text, m/powers[digits], 10)
	if places > 0 {
		text = append(text, '.')
	}
	for i := range places {
		digit := byte('0')
		if i < digits {
			digit += byte(m / powers[digits-1-i] % 10)
		}
		text = append(text, digit)
	}
	return string(text)
}

// Round rounds v, which counts units of 10^-scale, half away from zero to so
// many places; the result still counts units of 10^-scale. Places beyond the
// scale change nothing. Where int64 has no room to round away from zero, in
// the last unit before its ends, v is cut toward zero instead.
func Round(v int64, scale, places int) int64 {
	if places >= scale {
		return v
	}
	unit := powers[scale-places]
	rounded, ok := signed(divide(magnitude(v), unit)*unit, v < 0)
	if !ok {
		return v - v%int64(unit)
	}
	return rounded
}

// divide rounds the quotient half up; unit is a power of ten above 1, so its
// half is exact.
func divide(m, unit uint64) uint64 {
	if m%unit >= unit/2 {
		return m/unit + 1
	}
	return m / unit
}
