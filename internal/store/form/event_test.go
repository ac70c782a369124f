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
		{orderhub.Event{}, `{"v":2}`},
		{orderhub.Event{Product: 7, Changes: []orderhub.Change{{Field: "price", From: "5", To: "6"}}}, `{"v":2,"product":7,"changes":[["price","5","6"]]}`},
		{orderhub.Event{CustomerMade: true}, `{"v":2,"made":true}`},
		{orderhub.Event{Actor: orderhub.Actor{User: "vera", Request: "r-1", Import: 3}}, `{"v":2,"user":"vera","req":"r-1","import":3}`},
		{orderhub.Event{Changes: []orderhub.Change{{Field: "status", To: "received"}}}, `{"v":2,"changes":[["status","","received"]]}`},
		{
			orderhub.Event{CustomerMade: true, Changes: []orderhub.Change{{Field: "a.ё<&>\"", From: "\x00", To: `{"a":[]}`}, {}}},
			`{"v":2,"made":true,"changes":[["a.ё<&>\"","\u0000","{\"a\":[]}"],["","",""]]}`,
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
	e = orderhub.Event{}
	if err := ReadEvent([]byte(`{"v":1,"made":true,"changes":[["status","","received"]]}`), &e); err != nil || !e.CustomerMade || len(e.Changes) != 1 {
		t.Errorf("form 1: %v, %+v", err, e)
	}
}

func TestEventRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, text := range []string{
		``, `{}`, `{"v":3}`, `{"v":22}`, `{"v":2`, `{"v":1`, `{"v":2}}`, `{"v":2,"colour":1}`, `{"v":2,"product":"7"}`, `{"v":1,"made":false}`, `{"v":1,"changes":[]}`,
		`{"v":1,"changes":[["a","b"]]}`, `{"v":1,"changes":[["a","b","c","d"]]}`, `{"v":1,"changes":[["a","b",1]]}`, `[["a"],1]`, `7`,
	} {
		if err := ReadEvent([]byte(text), new(orderhub.Event)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}
