package form_test

import (
	"errors"
	"testing"

	"orderhub/internal/store/form"
)

func TestSnapshotIsReadByItsForm(t *testing.T) {
	type record struct{ Form, Name string }
	reader := func(name string) func([]byte) (*record, error) {
		return func(text []byte) (*record, error) { return &record{name, string(text)}, nil }
	}
	for _, tt := range []struct {
		text, want string // "" is an error
		form       bool   // of which this is the reason
	}{
		{`{"Name":"x"}`, "0", false},
		{`{"form":0}`, "0", false},
		{`{"form":1,"name":"x"}`, "1", false},
		{`{"form":2}`, "", true},
		{`{"form":-1}`, "", true},
		{`{"form":"1"}`, "", false},
		{`[]`, "", false},
		{``, "", false},
	} {
		got, err := form.Snapshot([]byte(tt.text), reader("0"), reader("1"))
		if tt.want == "" && (err == nil || errors.Is(err, form.ErrForm) != tt.form) || tt.want != "" && (err != nil || got.Form != tt.want) {
			t.Errorf("%s: %v, %v", tt.text, got, err)
		}
	}
}

func TestStrictRefusesWhatWouldBeLost(t *testing.T) {
	for text, good := range map[string]bool{
		`{"name":"x"}`: true, `{}`: true, ` {"name":"x"} `: true,
		`{"name":"x","colour":1}`: false, `{"name":"x"}{}`: false, `{"name":7}`: false, `{"name":"x"`: false, ``: false,
	} {
		var to struct{ Name string }
		if err := form.Strict([]byte(text), &to); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}
