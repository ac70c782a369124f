package orderhub_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"orderhub"
)

func TestFold(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"Ёлка", "елка"},
		{"ЁЖИК ёжик", "ежик ежик"},
		{"Łódź ŻÓŁW", "łódź żółw"}, // Polish letters keep their marks
		{"İstanbul IRAK", "istanbul irak"},
		{"Straße", "straße"},
		{"  Анна \t\n Белова  ", "анна белова"},
		{"no\u00a0break\u2003wide", "no break wide"},
		{"100% _x_ 'q' \"z\"", "100% _x_ 'q' \"z\""},
		{" \t ", ""},
	}
	for _, tt := range tests {
		if got := orderhub.Fold(tt.in); got != tt.want {
			t.Errorf("Fold(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// What was folded once is compared with what was folded now, so folding again
// must change nothing.
func FuzzFold(f *testing.F) {
	for _, text := range []string{"Ёлка  ЁЛКА", "İ", "ŁÓDŹ\t", "ǅ Ω K", "\xff", "ΑΣ"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := orderhub.Fold(text)
		if again := orderhub.Fold(once); again != once {
			t.Errorf("Fold(%q) = %q, folded again %q", text, once, again)
		}
		if !utf8.ValidString(once) {
			t.Errorf("Fold(%q) = %q, which is no UTF-8", text, once)
		}
	})
}

func TestParseEmail(t *testing.T) {
	tests := []struct {
		in   string
		want string // "" when the text is refused
	}{
		{"anna@shop.example", "anna@shop.example"},
		{"  Anna.Belova@Shop.Example ", "anna.belova@shop.example"},
		{"a+b@shop.example", "a+b@shop.example"}, // no plus-sign cleverness
		{"root@localhost", "root@localhost"},
		{"юля@почта.рф", "юля@почта.рф"},
		{"ЮЛЯ@почта.рф", "юля@почта.рф"},
		{"o'neil@shop.example", "o'neil@shop.example"},
		{strings.Repeat("a", 307) + "@shop.example", strings.Repeat("a", 307) + "@shop.example"}, // 320 characters
		{strings.Repeat("a", 308) + "@shop.example", ""},
		{"", ""},
		{"anna", ""},
		{"@shop.example", ""},
		{"anna@", ""},
		{"anna@@shop.example", ""},
		{"anna@shop@example", ""},
		{"anna belova@shop.example", ""},
		{"anna@shop .example", ""},
		{"anna@.example", ""},
		{"anna@shop.", ""},
		{"anna@shop..example", ""},
		{"Anna <anna@shop.example>", ""},
		{"anna@shop.example,ina@shop.example", ""},
		{"anna\x00@shop.example", ""},
		{"anna\xff@shop.example", ""},
		{"anna@shop.example\r\nBcc: x@y", ""},
	}
	for _, tt := range tests {
		got, ok := orderhub.ParseEmail(tt.in)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("ParseEmail(%q) = %q, %v, want %q", tt.in, got, ok, tt.want)
		}
	}
}

func FuzzParseEmail(f *testing.F) {
	f.Add("Anna@Shop.example")
	f.Add("İ@ſ.example")
	f.Fuzz(func(t *testing.T, text string) {
		email, ok := orderhub.ParseEmail(text)
		if !ok {
			return
		}
		if again, ok := orderhub.ParseEmail(email); !ok || again != email {
			t.Errorf("ParseEmail(%q) = %q, parsed again %q, %v", text, email, again, ok)
		}
	})
}

func TestStorable(t *testing.T) {
	for text, want := range map[string]bool{"": true, "Ёж 🎁\x01\x7f": true, "a\x00b": false, "\xff": false, "\xed\xa0\x80": false} {
		if got := orderhub.Storable(text); got != want {
			t.Errorf("Storable(%q) = %v, want %v", text, got, want)
		}
	}
}
