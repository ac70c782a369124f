package doors_test

import (
	"slices"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/doors"
)

// Settings are sorted, each once, with a default that is allowed and with help
// in every language.
func TestSettings(t *testing.T) {
	all := doors.Settings()
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = s.Name
		if err := s.Validate(s.Default()); err != nil {
			t.Errorf("the default of %s: %v", s.Name, err)
		}
		if (s.Pattern == "") != (s.Check == nil) {
			t.Errorf("%s has the pattern %q and checks other values: %t", s.Name, s.Pattern, s.Check != nil)
		}
		if reader, _, ok := strings.Cut(s.Name, "."); !ok || reader == "" {
			t.Errorf("the name %q does not begin with who reads the setting", s.Name)
		}
		for _, help := range []string{s.Help.English, s.Help.Russian, s.Help.Polish} {
			if !strings.HasSuffix(help, ".") {
				t.Errorf("%s has the help %q, want a sentence", s.Name, help)
			}
		}
	}
	if want := []string{"aplaut.error_style", "ecdp.attributes", "ecdp.substatus", "jsonapi.strict", "loyalty.expire_days", "usam.price_types"}; !slices.Equal(names, want) {
		t.Errorf("the settings are %q, want %q", names, want)
	}
	if got := all[4].Of(&orderhub.Shop{Settings: map[string]string{"loyalty.expire_days": "36501"}}); got != "never" {
		t.Errorf("points expire after %s days, want never", got)
	}
}
