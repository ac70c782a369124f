package store

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestSchemaFilesAreNumberedWithoutAGap(t *testing.T) {
	tests := []struct {
		files string
		want  string // part of the error; "" for none
	}{
		{"0001_orders 0002_cards", ""},
		{"0002_cards 0001_orders", ""},
		{"9_nine 10_ten 1_a 2_b 3_c 4_d 5_e 6_f 7_g 8_h", ""}, // by number, not by letter
		{"0001_orders 0003_cards", "0003_cards.sql is number 2"},
		{"0002_cards", "0002_cards.sql is number 1"},
		{"0001_orders 0002_cards 0002_users", "is number 3"},
		{"0001_orders cards", "cards.sql has no number"},
	}
	for _, tt := range tests {
		files := fstest.MapFS{}
		for name := range strings.FieldsSeq(tt.files) {
			files["schema/"+name+".sql"] = &fstest.MapFile{Data: []byte("create table t (id {{identity}});")}
		}
		all, err := steps(files, map[string]string{"identity": "bigint"})
		switch {
		case tt.want == "" && (err != nil || len(all) != len(files) || all[0].text != "create table t (id bigint);"):
			t.Errorf("%s: steps = %v, %v", tt.files, all, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: error = %v, want one with %q", tt.files, err, tt.want)
		}
	}
}

func TestStatementsLeaveCommentsOut(t *testing.T) {
	got := statements("-- one; two\ncreate table a ( -- a;\n\tb text -- 'c'\n);\n\n;create index d;\n-- e\n")
	want := []string{"create table a (\n\tb text\n)", "create index d"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("statements = %q, want %q", got, want)
	}
}

// The oldest and the youngest instant of our calendar must fit, and only
// never is 0.
func TestMicros(t *testing.T) {
	for _, micros64 := range []int64{-62_135_596_800_000_000 + 1, -1, 1, 253_402_300_799_999_999} {
		if got := micros(instant(micros64)); got != micros64 {
			t.Errorf("instant %d is stored as %d", micros64, got)
		}
	}
	if at := instant(0); !at.IsZero() || micros(at) != 0 {
		t.Errorf("never is %v, stored as %d", at, micros(at))
	}
	if got := micros(instant(1).Add(-1000)); got != 1 {
		t.Errorf("the first instant of 1970 is stored as %d, want 1: 0 is never", got)
	}
}
