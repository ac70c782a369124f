// Package phone gives phone numbers one form, so that the same phone written
// in two ways is found to be the same.
//
// It does not judge: a number that no numbering plan knows is kept by its bare
// digits, because a customer who mistyped a digit is a customer all the same.
// It does not keep what was typed either: extensions, comments and spelling
// are lost, and whoever needs them stores the text too.
//
// A number without its country code can only be read as one of some region,
// so the same text may be two numbers in two shops. The numbering plans are
// those of libphonenumber.
package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// A Number is a plus sign and the digits of an international number, country
// code first, such as "+79120001122"; or 5 to 20 bare digits of a number that
// could not be placed in any country. The zero value is no number.
type Number string

const (
	maxText   = 64 // bytes
	minDigits = 5
	maxDigits = 20
)

// Parse reads a phone number as people write it, for callers in the region, an
// ISO 3166 country code in upper case such as "RU". With the region "" or an
// unknown one, only international numbers, with a plus sign or 00 in front,
// are placed.
//
// Extensions and comments are dropped where they can be told from the number,
// and of two numbers that are clearly apart the first is taken. A text that
// cannot be placed becomes its bare ASCII digits, without a plus sign. The
// result is false when these are fewer than 5 or more than 20, and for any
// text longer than 64 bytes.
//
// Parsing a Number for the region "" gives the same Number.
func Parse(text, region string) (Number, bool) {
	if len(text) > maxText {
		return "", false
	}
	if n, ok := quick(text, region); ok {
		return n, true
	}
	return thorough(text, region)
}

// Digits returns the digits alone, which is how phones are compared: it makes
// a number with a plus sign equal to the same digits that could not be placed.
func (n Number) Digits() string { return strings.TrimPrefix(string(n), "+") }

// thorough asks the library for the whole text, then for the part before a
// comment that the library stumbles over, then for the digits as those of an
// international call: people write 00 also where the exchange wants another
// prefix. What is still not placed is kept as it is.
func thorough(text, region string) (Number, bool) {
	if n, ok := place(text, region); ok {
		return n, true
	}
	if lead := leading(text); lead != text {
		if n, ok := place(lead, region); ok {
			return n, true
		}
	}
	digits := bare(text)
	if abroad, ok := strings.CutPrefix(digits, "00"); ok {
		if n, ok := place("+"+abroad, ""); ok {
			return n, true
		}
	}
	if len(digits) < minDigits || len(digits) > maxDigits {
		return "", false
	}
	return Number(digits), true
}

// place returns the number that the library makes of the text, if a numbering
// plan has it.
func place(text, region string) (Number, bool) {
	n, err := phonenumbers.Parse(text, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", false
	}
	return Number(phonenumbers.Format(n, phonenumbers.E164)), true
}

// leading returns the first stretch of the text that looks like a number, as
// in "8 921 000-33-44 Мария" or "89210003344, 89120001122".
func leading(text string) string {
	start := strings.IndexAny(text, "+0123456789")
	if start < 0 {
		return ""
	}
	text = text[start:]
	end := strings.IndexFunc(text, func(r rune) bool {
		return !strings.ContainsRune("+0123456789 ()-.\u00a0\u2011\u2013", r)
	})
	if end < 0 {
		return text
	}
	return text[:end]
}

// bare returns the ASCII digits of the text.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, text)
}
