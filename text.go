package orderhub

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold brings people's words into the form in which they are searched and
// sorted: lower case by each letter's own rule, ё as е, runs of white space
// as one space. Databases fold differently, so it happens here.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	space := false
	for _, r := range text {
		if unicode.IsSpace(r) {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		r = unicode.ToLower(r)
		if r == 'ё' {
			r = 'е'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// FoldName brings the name of a group or a card type into the form in which
// such names are compared: trimmed and in lower case by each letter's own rule.
func FoldName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// ParseEmail brings an e-mail address into the form in which addresses are
// compared, trimmed and in lower case, and says whether it looks like one: one
// @ with something on both sides, a dot in the domain or a name like
// localhost, no spaces, at most 320 characters. Whether somebody reads it
// there only a letter can tell.
func ParseEmail(text string) (string, bool) {
	e := strings.ToLower(strings.TrimSpace(text))
	local, domain, ok := strings.Cut(e, "@")
	if !ok || local == "" || domain == "" || !utf8.ValidString(text) || utf8.RuneCountInString(e) > 320 {
		return "", false
	}
	bad := func(r rune) bool {
		return r == '@' || unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`<>()[],;:\"`, r)
	}
	if strings.ContainsFunc(local, bad) || strings.ContainsFunc(domain, bad) {
		return "", false
	}
	if strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.Contains(domain, "..") {
		return "", false
	}
	return e, true
}

// Storable says whether our databases can keep a text: it is UTF-8 and has no
// NUL character. What is not storable is not stored, so nothing is found by it.
func Storable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

// checkText reports text that is longer than limit characters or that no
// database of ours can keep, as a fault of the field.
func checkText(field, text string, limit int, f *Faults) {
	if len(text) > limit && utf8.RuneCountInString(text) > limit {
		f.Wrong(field, fmt.Sprintf("is too long; send at most %d characters", limit))
	}
	if !utf8.ValidString(text) {
		f.Wrong(field, "is not valid UTF-8")
	}
	if strings.ContainsRune(text, 0) {
		f.Wrong(field, "contains a NUL character")
	}
}
