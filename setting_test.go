package orderhub

import (
	"errors"
	"testing"
)

func TestSetting(t *testing.T) {
	words := Setting{Name: "door.style", Values: []string{"plain", "vendor"}}
	days := Setting{Name: "points.days", Values: []string{"never", "always"}, Pattern: "DAYS", Check: func(value string) error {
		if value != "30" {
			return errors.New("must be 30")
		}
		return nil
	}}
	tests := []struct {
		setting Setting
		stored  string // "-" for none
		want    string
		fault   string // of the stored value
	}{
		{words, "-", "plain", ""},
		{words, "plain", "plain", ""},
		{words, "vendor", "vendor", ""},
		{words, "Vendor", "plain", "door.style can be plain or vendor"},
		{words, "", "plain", "door.style can be plain or vendor"},
		{days, "-", "never", ""},
		{days, "always", "always", ""},
		{days, "30", "30", ""},
		{days, "31", "never", "points.days must be 30, or never or always"},
	}
	for _, tt := range tests {
		shop := &Shop{}
		if tt.stored != "-" {
			shop.Settings = map[string]string{tt.setting.Name: tt.stored}
			fault := ""
			if err := tt.setting.Validate(tt.stored); err != nil {
				fault = err.Error()
			}
			if fault != tt.fault {
				t.Errorf("%s=%s: %q, want %q", tt.setting.Name, tt.stored, fault, tt.fault)
			}
		}
		if got := tt.setting.Of(shop); got != tt.want {
			t.Errorf("%s of a shop with %q = %q, want %q", tt.setting.Name, tt.stored, got, tt.want)
		}
	}
	for setting, want := range map[string]string{words.String(): "door.style=plain|vendor", days.String(): "points.days=never|always|DAYS"} {
		if setting != want {
			t.Errorf("String = %q, want %q", setting, want)
		}
	}
	if len(words.Values) != 2 || len(days.Values) != 2 {
		t.Error("String has changed the values")
	}
}
