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
