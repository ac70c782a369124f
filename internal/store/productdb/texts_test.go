package productdb

import (
	"encoding/json"
	"testing"
)

// Lists that are printed without the library are printed as it does: what was
// stored before is compared with what comes.
func TestTextsJSON(t *testing.T) {
	for _, all := range [][]string{
		{}, {""}, {"a", "Посуда", "żółw"}, {`"`}, {`\`}, {"<b>"}, {"a&b"}, {"a\u2028b"}, {"a\u2029"}, {"«€»"}, {"\x7f"}, {"\x1f"}, {"\n"}, {"\xff"}, {"a", "\xe2\x80"}, {"😀"},
	} {
		want, err := json.Marshal(all)
		if got := textsJSON(all); got != string(want) || err != nil {
			t.Errorf("textsJSON(%q) = %s, want %s, %v", all, got, want, err)
		}
	}
}
