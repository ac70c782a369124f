package importing

import (
	"errors"
	"strings"
	"time"

	"orderhub"
)

// The reasons why a text is no date or time.
var (
	errNotTime  = errors.New("is not a date and time such as 2018-01-31 00:11:22")
	errNotDay   = errors.New("is not a date such as 1990-03-08")
	errTwoDigit = errors.New("has a year of two digits; write four")
	errSeconds  = errors.New("is a bare number; write a date such as 2018-01-31 00:11:22, not seconds or days")
	errYearLast = errors.New("has the year last; in this file it comes first")
	errCalendar = errors.New("is not a date of our calendar")
	errDayFirst = errors.New("is not a date of our calendar when read as day, month, year")
	errDayLater = errors.New("is not a date of our calendar when read as month, day, year")
	errClock    = errors.New("is not a time of day")
)

// parseMoment reads an instant as files write it:
//
//	2018-01-31 00:11:22            with - or / or . and with a T before the time
//	2018-01-31T00:11:22.123+03:00  an offset, Z or UTC, with any fraction
//	31.12.2018 15:04               or 31/12/2018 or 12/31/2018, as dates says
//	20181231                       a date alone is its midnight
//
// One without an offset is a local time in zone. A local time that a clock
// change skips or repeats is not an error: it becomes one of the two instants
// that time.Date may take for it, so at worst it is off by the hour of the
// change. The instant is in UTC, cut to microseconds.
func parseMoment(text, dates string, zone *time.Location) (time.Time, error) {
	d, rest, err := parseDate(text, dates)
	if err != nil {
		return time.Time{}, err
	}
	c := clock{rest: rest, ok: true}
	if rest != "" {
		c.read()
	}
	switch {
	case !c.ok || c.rest != "":
		return time.Time{}, errNotTime
	case c.hour > 23 || c.minute > 59 || c.second > 59:
		return time.Time{}, errClock
	}
	if c.placed {
		zone = time.UTC
	}
	t := time.Date(d.Year, time.Month(d.Month), d.Day, c.hour, c.minute, c.second-c.offset, c.nanos, zone).UTC()
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, errCalendar
	}
	return t, nil
}

// parseDate reads the date at the beginning of a text.
func parseDate(text, dates string) (d orderhub.Birthday, rest string, err error) {
	a, n := digits(text)
	if n == 8 && (len(text) == 8 || text[8] == 'T' || text[8] == ' ') {
		d = orderhub.Birthday{Year: a / 10000, Month: a / 100 % 100, Day: a % 100}
		return d, text[8:], onCalendar(d)
	}
	if n > 0 && n == len(text) {
		return d, "", errSeconds
	}
	if n != 4 && n != 1 && n != 2 || n == len(text) || strings.IndexByte("-./", text[n]) < 0 {
		return d, "", errNotTime
	}
	sign := text[n]
	b, k := digits(text[n+1:])
	rest = text[n+1+k:]
	if k < 1 || k > 2 || rest == "" || rest[0] != sign {
		return d, "", errNotTime
	}
	c, l := digits(rest[1:])
	rest = rest[1+l:]
	switch {
	case n == 4 && (l == 1 || l == 2):
		d = orderhub.Birthday{Year: a, Month: b, Day: c}
	case n != 4 && l == 4 && dates == "dmy":
		d = orderhub.Birthday{Year: c, Month: b, Day: a}
	case n != 4 && l == 4 && dates == "mdy":
		d = orderhub.Birthday{Year: c, Month: a, Day: b}
	case n != 4 && l == 4:
		return d, "", errYearLast
	case n != 4 && l == 2:
		return d, "", errTwoDigit
	default:
		return d, "", errNotTime
	}
	err = onCalendar(d)
	if err != nil && n != 4 {
		err = map[string]error{"dmy": errDayFirst, "mdy": errDayLater}[dates]
	}
	return d, rest, err
}

// onCalendar refuses days that no calendar has.
func onCalendar(d orderhub.Birthday) error {
	if d.Year < 1 || d.Month < 1 || d.Month > 12 || d.Day < 1 || d.Day > daysIn(d.Year, d.Month) {
		return errCalendar
	}
	return nil
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// digits reads the digits at the beginning of a text, and says how many they
// are.
func digits(text string) (value, n int) {
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		if n < 9 {
			value = value*10 + int(text[n]-'0')
		}
		n++
	}
	return value, n
}

// A clock reads the time of day behind a date. Once something is not as
// wanted, ok is false and stays so.
type clock struct {
	rest                 string
	hour, minute, second int
	nanos                int
	offset               int  // seconds east of Greenwich
	placed               bool // an offset was given
	ok                   bool
}

func (c *clock) read() {
	if c.rest[0] == 'T' || c.rest[0] == 't' {
		c.rest = c.rest[1:]
	} else {
		trimmed := strings.TrimLeft(strings.TrimPrefix(c.rest, ","), " ")
		c.ok = len(trimmed) < len(c.rest)
		c.rest = trimmed
	}
	c.hour = c.number(1, 2)
	c.want(':')
	c.minute = c.number(2, 2)
	if c.take(':') {
		c.second = c.number(2, 2)
		if c.take('.') || c.take(',') {
			c.fraction()
		}
	}
	if c.rest != "" {
		c.halfDay()
		c.zone()
	}
}

// halfDay reads AM and PM.
func (c *clock) halfDay() {
	text := strings.TrimLeft(c.rest, " ")
	if len(text) < 2 || text[1]|0x20 != 'm' {
		return
	}
	half := text[0] | 0x20
	if half != 'a' && half != 'p' {
		return
	}
	c.rest = text[2:]
	if c.hour < 1 || c.hour > 12 {
		c.hour = 24 // no such time of day
		return
	}
	c.hour %= 12
	if half == 'p' {
		c.hour += 12
	}
}

// zone reads Z, UTC and offsets such as +03:00, +0300 and +03.
func (c *clock) zone() {
	text := strings.TrimLeft(c.rest, " ")
	switch {
	case text == "":
		c.rest = text
		return
	case text == "Z" || text == "z" || text == "UTC" || text == "GMT":
		c.rest, c.placed = "", true
		return
	}
	c.rest = text
	sign := 1
	if c.take('-') {
		sign = -1
	} else {
		c.want('+')
	}
	hours, minutes, seconds := 0, 0, 0
	if both, n := digits(c.rest); n == 4 {
		hours, minutes, c.rest = both/100, both%100, c.rest[n:]
	} else {
		hours = c.number(2, 2)
		if c.take(':') {
			minutes = c.number(2, 2)
		}
		if c.take(':') { // as clocks went before there were zones
			seconds = c.number(2, 2)
		}
	}
	c.ok = c.ok && hours <= 23 && minutes <= 59 && seconds <= 59
	c.offset, c.placed = sign*(hours*3600+minutes*60+seconds), true
}

// number eats so many digits.
func (c *clock) number(least, most int) int {
	value, n := digits(c.rest)
	if n < least || n > most {
		c.ok = false
		return 0
	}
	c.rest = c.rest[n:]
	return value
}

// fraction eats the digits of a fraction of a second, and keeps microseconds.
func (c *clock) fraction() {
	_, n := digits(c.rest)
	c.ok = c.ok && n > 0
	micros := 0
	for i := range 6 {
		micros *= 10
		if i < n {
			micros += int(c.rest[i] - '0')
		}
	}
	c.nanos, c.rest = micros*1000, c.rest[n:]
}

func (c *clock) take(b byte) bool {
	if c.rest == "" || c.rest[0] != b {
		return false
	}
	c.rest = c.rest[1:]
	return true
}

func (c *clock) want(b byte) { c.ok = c.take(b) && c.ok }

// parseDay reads a date whose parts may be missing: 0000-03-08, --03-08 and
// 08.03 are a day of any year, 1990 and 1990-03 are all that is known. A time
// behind it must be midnight, as workbooks write it.
func parseDay(text, dates string) (d orderhub.Birthday, err error) {
	date, clock := text, ""
	if i := strings.IndexAny(text, " T"); i >= 0 {
		date, clock = text[:i], text[i+1:]
	}
	if strings.Trim(clock, "0:.Z ") != "" {
		return d, errors.New("has a time of day; write a date such as 1990-03-08")
	}
	date = strings.Replace(date, "--", "0000-", 1)
	a, n := digits(date)
	if n == len(date) && n == 4 {
		return orderhub.Birthday{Year: a}, nil
	}
	if n > 0 && n < len(date) && strings.IndexByte("-./", date[n]) >= 0 {
		if b, k := digits(date[n+1:]); n+1+k == len(date) && (k == 1 || k == 2) {
			switch {
			case n == 4:
				d.Year, d.Month = a, b
			case n > 2:
				return d, errNotDay
			case dates == "dmy":
				d.Month, d.Day = b, a
			default:
				d.Month, d.Day = a, b
			}
			return d, partly(d)
		}
	}
	d, rest, err := parseDate(date, dates)
	switch {
	case err == errNotTime || rest != "":
		return d, errNotDay
	case err == errCalendar || err == errDayFirst || err == errDayLater:
		if partly(d) == nil {
			err = nil
		}
	}
	return d, err
}

// partly refuses days that no calendar has, as far as they are known: with
// the year unknown there is a 29 February, as the year 0 has one.
func partly(d orderhub.Birthday) error {
	if d.Month > 12 || d.Day > 31 || d.Month > 0 && d.Day > daysIn(d.Year, d.Month) {
		return errCalendar
	}
	return nil
}
