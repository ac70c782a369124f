package sheet

import (
	"fmt"
	"slices"
	"strings"
)

// header makes the names of the columns of a row. A row that the caller did
// not choose is refused when it looks like the first person, not the names.
func header(line int, cells []string, chosen bool) ([]string, error) {
	names := make([]string, 0, len(cells))
	values, named := 0, 0
	for i, c := range cells {
		c = strings.TrimSpace(strings.TrimPrefix(c, "\ufeff"))
		if len(c) > 1024 {
			return nil, &Error{Line: line, Column: i + 1, Text: "the column name is longer than 1,024 bytes", Final: true}
		}
		names = append(names, strings.Clone(c))
		switch {
		case c == "":
		case isValue(c):
			values++
			fallthrough
		default:
			named++
		}
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	if named == 0 {
		return nil, &Error{Line: line, Text: "no header: the row has no column names", Final: true}
	}
	if !chosen && 2*values >= named && values > 0 {
		return nil, &Error{Line: line, Text: fmt.Sprintf("no header: the first row holds values, such as %q, where column names belong", firstValue(names)), Final: true}
	}
	return names, differ(line, names)
}

// differ refuses names that stand twice; upper and lower case are the same.
func differ(line int, names []string) error {
	seen := make(map[string]int, len(names))
	for i, name := range names {
		folded := strings.ToLower(name)
		if first, ok := seen[folded]; ok && name != "" {
			return &Error{Line: line, Column: i + 1, Name: name, Text: fmt.Sprintf("the column name %q stands in column %d already", name, first), Final: true}
		}
		seen[folded] = i + 1
	}
	return nil
}

func firstValue(names []string) string {
	return names[slices.IndexFunc(names, isValue)]
}

// isValue reports whether a text is a number, a date, a phone or an e-mail
// address: things of which no column is named.
func isValue(s string) bool {
	digits := 0
	for _, c := range s {
		if '0' <= c && c <= '9' {
			digits++
		}
	}
	if strings.Count(s, "@") == 1 && strings.Contains(s[strings.Index(s, "@"):], ".") && !strings.Contains(s, " ") {
		return true
	}
	return digits > 0 && strings.Trim(s, "0123456789 .,:;-+()/TZ\u00a0") == ""
}
