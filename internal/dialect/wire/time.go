package wire

import (
	"strings"
	"time"
)

// Time reads an instant as the vendors' clients write it:
//
//	2021-10-28T12:13:27.123456789+03:00   RFC 3339, any fraction, Z or an offset
//	2021-10-28T12:13:27+0300              PHP's DATE_ISO8601, an offset without a colon
//	2021-10-28 12:13:27 +0300             Ruby's own form, and with UTC for the offset
//	2021-10-28 12:13:27                   USAM, VirtPOS: no zone
//	2021-10-28T12:13                      seconds may be missing
//	2021-10-28                            a date alone is its midnight
//
// A time with an offset is that instant; one without is a local time in zone,
// in UTC if zone is nil. A local time that a clock change skips or repeats is
// not an error: it becomes one of the two instants that [time.Date] may take
// for it, so at worst it is off by the hour of the change.
//
// The instant is in UTC, cut to microseconds, which is what the databases
// keep. Time is false for anything else: days that no calendar has, seconds
// from 60, offsets from 24 hours, and years outside 1 to 9999, be it as
// written or in UTC. So MySQL's 0000-00-00 00:00:00 is no time.
func Time(text string, zone *time.Location) (time.Time, bool) {
	c := &clockReader{rest: strings.TrimSpace(text), ok: true}
	year := c.number(4)
	c.want("-")
	month := c.number(2)
	c.want("-")
	day := c.number(2)
	var hour, minute, second, nanos int
	offset, hasOffset := 0, false
	if c.rest != "" {
		c.want("Tt ")
		hour = c.number(2)
		c.want(":")
		minute = c.number(2)
		if c.take(":") != 0 {
			second = c.number(2)
			if c.take(".,") != 0 {
				nanos = c.micros() * 1000
			}
		}
		offset, hasOffset = c.offset()
	}
	if !c.ok || c.rest != "" || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	if midnight := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC); midnight.Day() != day ||
		midnight.Month() != time.Month(month) || year == 0 {
		return time.Time{}, false
	}
	if zone == nil || hasOffset {
		zone = time.UTC
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second-offset, nanos, zone).UTC()
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, false
	}
	return t, true
}

// A clockReader eats a text from its left. Once something is not as wanted,
// ok is false and stays so.
type clockReader struct {
	rest string
	ok   bool
}

// take eats one byte if it is one of chars, and returns it, or else 0.
func (c *clockReader) take(chars string) byte {
	if c.rest == "" || strings.IndexByte(chars, c.rest[0]) < 0 {
		return 0
	}
	b := c.rest[0]
	c.rest = c.rest[1:]
	return b
}

// want eats one byte, which must be one of chars.
func (c *clockReader) want(chars string) {
	c.ok = c.take(chars) != 0 && c.ok
}

// number eats exactly n digits.
func (c *clockReader) number(n int) int {
	value := 0
	for range n {
		d := c.take("0123456789")
		if d == 0 {
			c.ok = false
			return 0
		}
		value = value*10 + int(d-'0')
	}
	return value
}

// micros eats the digits of a fraction of a second; there must be one.
func (c *clockReader) micros() int {
	digits, rest := cutDigits(c.rest)
	c.rest = rest
	c.ok = c.ok && digits != ""
	value := 0
	for i := range 6 {
		value *= 10
		if i < len(digits) {
			value += int(digits[i] - '0')
		}
	}
	return value
}

// offset eats what may stand for a zone after a time, and returns its seconds
// east of Greenwich.
func (c *clockReader) offset() (seconds int, found bool) {
	if c.rest == "" {
		return 0, false
	}
	c.take(" ")
	if c.rest == "Z" || c.rest == "z" || c.rest == "UTC" {
		c.rest = ""
		return 0, true
	}
	sign := 1
	if c.take("-") != 0 {
		sign = -1
	} else {
		c.want("+")
	}
	hours, minutes := c.number(2), 0
	if c.rest != "" { // PostgreSQL prints +03 alone
		c.take(":")
		minutes = c.number(2)
	}
	c.ok = c.ok && hours <= 23 && minutes <= 59
	return sign * (hours*3600 + minutes*60), true
}
