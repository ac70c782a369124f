package importing

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"orderhub"
)

// flags are the words for yes and no.
var flags = spellings(map[string]bool{
	"1": true, "true": true, "yes": true, "y": true, "t": true, "on": true, "+": true,
	"да": true, "д": true, "истина": true, "вкл": true, "tak": true, "prawda": true,
	"0": false, "false": false, "no": false, "n": false, "f": false, "off": false, "-": false,
	"нет": false, "н": false, "ложь": false, "выкл": false, "nie": false, "fałsz": false,
})

// folded makes the plan's words ready to be compared; nil for none.
func folded(words map[string]string) map[string]string {
	if len(words) == 0 {
		return nil
	}
	return spellings(words)
}

// meanings are a field's words and what they mean, which stand for themselves
// too; nil for a field that has no words.
func meanings(field *Field) map[string]string {
	if field.Words == nil {
		return nil
	}
	all := make(map[string]string, 2*len(field.Words))
	for _, means := range field.Words {
		all[means] = means
	}
	maps.Copy(all, field.Words)
	return spellings(all)
}

// spellings adds to words their folded form, which finds them in any letter
// case, and the cases that people write, which find them at once.
func spellings[T any](words map[string]T) map[string]T {
	all := make(map[string]T, 4*len(words))
	sorted := slices.Sorted(maps.Keys(words)) // so that it does not vary which of two words wins
	for _, word := range sorted {
		means := words[word]
		folded := orderhub.Fold(word)
		first, n := utf8.DecodeRuneInString(folded)
		all[strings.ToUpper(folded)] = means
		all[string(unicode.ToUpper(first))+folded[n:]] = means
	}
	for _, word := range sorted { // after what was made of other words
		all[orderhub.Fold(word)] = words[word]
	}
	maps.Copy(all, words)
	return all
}

// lookUp finds a word in spellings.
func lookUp[T any](words map[string]T, text string) (T, bool) {
	if means, ok := words[text]; ok {
		return means, true
	}
	means, ok := words[orderhub.Fold(text)]
	return means, ok
}

// values are what words can mean, each once.
func values(words map[string]string) []string {
	return slices.Compact(slices.Sorted(maps.Values(words)))
}
