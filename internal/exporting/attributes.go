package exporting

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub"
	"orderhub/internal/sheet"
)

// maxAttributes is how many columns attributes have of their own. Beyond, they
// stand in the column for the rest: a table of a thousand columns is none that
// people can read.
const maxAttributes = 200

// known are the names of attributes of a kind that the shop has defined or was
// seen with.
func (s *Service) known(ctx context.Context, shop *orderhub.Shop, kind orderhub.DefinitionKind) ([]string, error) {
	all, err := s.Definitions.List(ctx, shop, kind)
	names := make([]string, len(all))
	for i, d := range all {
		names[i] = d.Name
	}
	return names, err
}

// attributes make a block: a column prefix + NAME for each of the names that
// can be a column, sorted, and the column rest for all others.
func attributes[T any](prefix, rest string, names []string, get func(T) orderhub.Attributes) block[T] {
	chosen := chooseColumns(names)
	place := make(map[string]int, len(chosen))
	b := block[T]{}
	for i, name := range chosen {
		place[name] = i
		b.names = append(b.names, prefix+name)
	}
	b.names = append(b.names, rest)
	b.cells = func(row []sheet.Cell, of T) []sheet.Cell {
		first := len(row)
		for range b.names {
			row = append(row, sheet.Cell{})
		}
		var others orderhub.Attributes
		for _, x := range get(of) {
			if i, ok := place[x.Name]; ok {
				row[first+i] = valueCell(x.Value)
			} else {
				others = append(others, x)
			}
		}
		if len(others) > 0 {
			row[len(row)-1] = sheet.Text(string(others.JSON()))
		}
		return row
	}
	return b
}

// chooseColumns are the names that can be names of columns, sorted. Columns
// are the same for a reader when only the case of their letters differs.
func chooseColumns(names []string) []string {
	names = slices.Clone(names)
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	var chosen []string
	last := "" // as package sheet compares the names of columns
	for _, name := range names {
		folded := strings.ToLower(name)
		if folded == last || !nameable(name) {
			continue
		}
		last = folded
		if chosen = append(chosen, name); len(chosen) == maxAttributes {
			break
		}
	}
	return chosen
}

// nameable says whether a name stays what it is as the name of a column, and
// does not look like a value.
func nameable(name string) bool {
	return name != "" && len(name) < 1000 && utf8.ValidString(name) && strings.TrimSpace(name) == name &&
		!strings.ContainsFunc(name, unicode.IsControl) && !strings.ContainsAny(name, "@\ufffe\uffff\ufeff")
}

// valueCell is the value of an attribute: a text as it is, where it cannot be
// taken for JSON and does not begin or end with a space, and all else as JSON.
func valueCell(v jsontext.Value) sheet.Cell {
	if v.Kind() == '0' {
		return sheet.Number(string(v))
	}
	if v.Kind() == '"' {
		text, err := jsontext.AppendUnquote(nil, v)
		if err == nil && !likeJSON(string(text)) {
			return sheet.Text(string(text))
		}
	}
	return sheet.Text(string(v))
}

func likeJSON(text string) bool {
	return text == "" || strings.TrimSpace(text) != text || strings.ContainsAny(text[:1], `"[{`) || json.Valid([]byte(text))
}
