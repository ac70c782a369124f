package orderhub

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// ShopChanges lists the fields in which two states of a shop differ: settings
// by their names, the shop's own words as payment_word.WORD and
// fulfilment_word.WORD. Of statuses an event says only that they changed.
func ShopChanges(old, now *Shop) []Change {
	var changes []Change
	add := func(field, from, to string) {
		if from != to {
			changes = append(changes, Change{field, brief(from), brief(to)})
		}
	}
	add("name", old.Name, now.Name)
	add("identify", string(old.Identify), string(now.Identify))
	add("timezone", old.Zone, now.Zone)
	add("currency", string(old.Currency), string(now.Currency))
	add("number_prefix", old.NumberPrefix, now.NumberPrefix)
	if !slices.Equal(old.Statuses, now.Statuses) {
		changes = append(changes, Change{Field: "statuses"})
	}
	changes = append(changes, TextChanges("payment_word.", textsOf(old.PaymentWords), textsOf(now.PaymentWords))...)
	changes = append(changes, TextChanges("fulfilment_word.", textsOf(old.FulfilmentWords), textsOf(now.FulfilmentWords))...)
	return append(changes, TextChanges("", old.Settings, now.Settings)...)
}

// textsOf spells the meanings of words.
func textsOf[State fmt.Stringer](words map[string]State) map[string]string {
	texts := make(map[string]string, len(words))
	for word, state := range words {
		texts[word] = state.String()
	}
	return texts
}

// TextChanges lists the names whose text differs, sorted, each behind a prefix.
// A name that is missing counts as an empty text.
func TextChanges(prefix string, old, now map[string]string) []Change {
	all := maps.Clone(now)
	if all == nil {
		all = make(map[string]string)
	}
	maps.Copy(all, old)
	var changes []Change
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if old[name] != now[name] {
			changes = append(changes, Change{prefix + name, brief(old[name]), brief(now[name])})
		}
	}
	return changes
}

// KeyChanges lists what a new key may do, its name first, and nothing of its
// secret.
func KeyChanges(k *Key) []Change {
	changes := []Change{
		{Field: "key", To: k.Name},
		{Field: "dialects", To: cmp.Or(strings.Join(k.Dialects, ","), "all")},
		{Field: "read_only", To: fmt.Sprint(k.ReadOnly)},
		{Field: "reader", To: k.Reader},
	}
	if !k.ExpiresAt.IsZero() {
		changes = append(changes, Change{Field: "expires_at", To: k.ExpiresAt.UTC().Format(time.RFC3339)})
	}
	return changes
}
