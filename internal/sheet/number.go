package sheet

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

// maxDigits is the length to which a number with an exponent is spelt out.
const maxDigits = 40

// appendNumber appends a number of a cell with all its digits: 4.6E+17 is
// 460000000000000000. It never passes through a float. What is no such
// number is appended as it is.
func appendNumber(dst, v []byte) []byte {
	e := bytes.IndexAny(v, "eE")
	if e < 0 {
		return append(dst, v...)
	}
	exp, err := strconv.Atoi(string(v[e+1:]))
	whole, part, _ := bytes.Cut(v[:e], []byte{'.'})
	sign := bytes.HasPrefix(whole, []byte{'-'})
	whole = bytes.TrimPrefix(whole, []byte{'-'})
	if err != nil || exp < -maxDigits || exp > maxDigits || len(whole) == 0 || !isDigits(whole) || !isDigits(part) {
		return append(dst, v...)
	}
	digits := append(bytes.Clone(whole), part...)
	point := len(whole) + exp
	for point > len(digits) {
		digits = append(digits, '0')
	}
	for point < 1 {
		digits = append([]byte{'0'}, digits...)
		point++
	}
	for point > 1 && digits[0] == '0' {
		digits = digits[1:]
		point--
	}
	if len(digits) > maxDigits {
		return append(dst, v...)
	}
	part = bytes.TrimRight(digits[point:], "0")
	if sign && len(bytes.Trim(digits, "0")) > 0 {
		dst = append(dst, '-')
	}
	dst = append(dst, digits[:point]...)
	if len(part) > 0 {
		dst = append(append(dst, '.'), part...)
	}
	return dst
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// A dateForm says what of a number a cell format shows.
type dateForm uint8

const (
	noDate  dateForm = iota
	day              // a date alone
	moment           // a date with a time
	daytime          // a time alone
)

const lastSerial = 2958466 // the day after 9999-12-31, counted from 1900

// appendDate appends the date of a serial number, which counts days. What is
// no date, such as the 29th of February 1900 that Excel knows, stays a
// number.
func appendDate(dst, v []byte, form dateForm, from1904 bool) []byte {
	serial, err := strconv.ParseFloat(string(v), 64)
	if err != nil || !(serial >= 0 && serial < lastSerial) {
		return appendNumber(dst, v)
	}
	days, part := math.Modf(serial)
	seconds := int(math.Round(part * 86400))
	if form == daytime && days == 0 {
		return time.Unix(int64(seconds), 0).UTC().AppendFormat(dst, "15:04:05")
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case from1904:
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days < 1 || days == 60:
		return appendNumber(dst, v)
	case days < 60:
		days++ // Excel takes 1900 for a leap year
	}
	at := epoch.AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second)
	if at.Year() > 9999 {
		return appendNumber(dst, v)
	}
	if form == day && seconds%86400 == 0 {
		return at.AppendFormat(dst, time.DateOnly)
	}
	return at.AppendFormat(dst, time.DateTime)
}

// appendISO appends a date that a cell holds as text, such as
// 2024-05-01T10:00:00.
func appendISO(dst, v []byte) []byte {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04:05Z", "2006-01-02T15:04"} {
		if at, err := time.Parse(layout, string(v)); err == nil {
			return at.AppendFormat(dst, time.DateTime)
		}
	}
	return append(dst, v...)
}

// builtIn returns the form of the formats that are known by number alone.
// Those from 27 on are dates of East Asian languages.
func builtIn(id int) dateForm {
	switch {
	case 14 <= id && id <= 17, 27 <= id && id <= 31, id == 36, 50 <= id && id <= 54, 57 <= id && id <= 58:
		return day
	case id == 22:
		return moment
	case 18 <= id && id <= 21, 32 <= id && id <= 35, 55 <= id && id <= 56, id == 45, id == 47:
		return daytime
	}
	return noDate
}

// formOf reads a format code such as dd.mm.yyyy hh:mm. Durations, whose
// hours or minutes stand in brackets, are numbers of days and stay so.
func formOf(code string) dateForm {
	var days, times, months bool
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case code[i] == '"':
			for i++; i < len(code) && code[i] != '"'; i++ {
			}
		case code[i] == '\\' || code[i] == '_' || code[i] == '*':
			i++
		case code[i] == ';':
			i = len(code) // what follows is for negative numbers
		case code[i] == '[':
			from := i + 1
			for ; i < len(code) && code[i] != ']'; i++ {
			}
			switch in := code[min(from, len(code)):i]; in {
			case "h", "hh", "m", "mm", "s", "ss", "H", "HH", "M", "MM", "S", "SS":
				return noDate
			}
		case code[i] == '0' && !times || code[i] == '#' || code[i] == '?':
			return noDate
		case c == 'g' && len(code) >= i+7 && bytes.EqualFold([]byte(code[i:i+7]), []byte("general")):
			return noDate
		case c == 'y' || c == 'd':
			days = true
		case c == 'h' || c == 's':
			times = true
		case c == 'm':
			months = true
		}
	}
	switch {
	case days && times:
		return moment
	case days || months && !times:
		return day
	case times:
		return daytime
	}
	return noDate
}
