package form

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"orderhub"
)

func TestEventForm(t *testing.T) {
	for _, tt := range []struct {
		event orderhub.Event
		want  string
	}{
		{orderhub.Event{}, `{"v":1}`},
		{orderhub.Event{CustomerMade: true}, `{"v":1,"made":true}`},
		{orderhub.Event{Changes: []orderhub.Change{{Field: "status", To: "received"}}}, `{"v":1,"changes":[["status","","received"]]}`},
		{
			orderhub.Event{CustomerMade: true, Changes: []orderhub.Change{{Field: "a.ё<&>\"", From: "\x00", To: `{"a":[]}`}, {}}},
			`{"v":1,"made":true,"changes":[["a.ё<&>\"","\u0000","{\"a\":[]}"],["","",""]]}`,
		},
	} {
		payload := AppendEvent(nil, &tt.event)
		if string(payload) != tt.want {
			t.Errorf("%+v is stored as %s, want %s", tt.event, payload, tt.want)
		}
		var read orderhub.Event
		if err := ReadEvent([]byte(tt.want), &read); err != nil {
			t.Errorf("%s: %v", tt.want, err)
		}
		if d := cmp.Diff(tt.event, read); d != "" {
			t.Errorf("%s (-stored +read):\n%s", tt.want, d)
		}
	}
}

func TestEventOfBefore(t *testing.T) {
	var e orderhub.Event
	err := ReadEvent([]byte(`[["status","","received"],["note","a\u003c","b"]]`), &e)
	want := []orderhub.Change{{Field: "status", To: "received"}, {Field: "note", From: "a<", To: "b"}}
	if d := cmp.Diff(want, e.Changes); err != nil || d != "" {
		t.Errorf("%v, changes (-want +got):\n%s", err, d)
	}
	if err := ReadEvent([]byte(`[]`), &e); err != nil {
		t.Error(err)
	}
}

func TestEventRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, text := range []string{
		``, `{}`, `{"v":2}`, `{"v":1`, `{"v":1}}`, `{"v":1,"colour":1}`, `{"v":1,"made":false}`, `{"v":1,"changes":[]}`,
		`{"v":1,"changes":[["a","b"]]}`, `{"v":1,"changes":[["a","b","c","d"]]}`, `{"v":1,"changes":[["a","b",1]]}`, `[["a"],1]`, `7`,
	} {
		if err := ReadEvent([]byte(text), new(orderhub.Event)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}
