package main

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"
)

// A period is a length of time as people give it: 90d, 36h, 1d12h, -15m. A
// day is 24 hours.
type period time.Duration

const (
	day     = 24 * time.Hour
	maxDays = 36_500
)

// UnmarshalText reads a period.
func (p *period) UnmarshalText(text []byte) error {
	rest, negative := strings.CutPrefix(string(text), "-")
	var whole time.Duration
	if digits, after, ok := strings.Cut(rest, "d"); ok {
		days, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || days > maxDays {
			return errPeriod
		}
		whole, rest = time.Duration(days)*day, cmp.Or(after, "0h")
	}
	part, err := time.ParseDuration(rest)
	if err != nil || part < 0 || part > maxDays*day {
		return errPeriod
	}
	whole += part
	if negative {
		whole = -whole
	}
	*p = period(whole)
	return nil
}

var errPeriod = errors.New("not a length of time; give one such as 90d, 36h or 1d12h")
