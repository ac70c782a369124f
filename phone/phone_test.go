package phone_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"orderhub/phone"
)

func ExampleParse() {
	typed, _ := phone.Parse("8 (921) 000-33-44, доб. 12", "RU")
	stored, _ := phone.Parse("+7 921 000 33 44", "")
	fmt.Println(typed, typed == stored)

	mistyped, ok := phone.Parse("999-9999-9999", "RU")
	fmt.Println(mistyped, ok)
	// Output:
	// +79210003344 true
	// 99999999999 true
}

func ExampleNumber_Digits() {
	abroad, _ := phone.Parse("+48 600 123 456", "RU")
	unplaced, _ := phone.Parse("48600123456", "RU")
	fmt.Println(abroad == unplaced, abroad.Digits() == unplaced.Digits())
	// Output: false true
}

func TestParse(t *testing.T) {
	tests := []struct {
		in, region string
		want       phone.Number
	}{
		{"8 921 000-33-44", "RU", "+79210003344"},
		{"89210003344", "RU", "+79210003344"},
		{"9210003344", "RU", "+79210003344"},
		{"79110000000", "RU", "+79110000000"},
		{"+7 (905) 000-33-44", "RU", "+79050003344"},
		{"+7 (905) 000-33-44", "PL", "+79050003344"},
		{" (+7) 905 000 33 44 ", "", "+79050003344"},
		{"8.905.000.33.44", "RU", "+79050003344"},
		{"8\u00a0905\u00a0000\u201133\u201144", "RU", "+79050003344"}, // pasted from a web page
		{"８９０５０００３３４４", "RU", "+79050003344"},
		{"8 800 555-35-35", "RU", "+78005553535"},
		{"8 495 123-45-67", "RU", "+74951234567"},
		{"+7 701 123 45 67", "RU", "+77011234567"},
		{"8 701 123 45 67", "KZ", "+77011234567"},

		{"600 123 456", "PL", "+48600123456"},
		{"600-123-456", "PL", "+48600123456"},
		{"48600123456", "PL", "+48600123456"},
		{"0048 600123456", "PL", "+48600123456"},
		{"0048 600123456", "RU", "+48600123456"}, // there one dials 8 10
		{"0048 600123456", "", "+48600123456"},
		{"8 10 48 600 123 456", "RU", "+48600123456"},
		{"+48600123456", "PL", "+48600123456"},
		{"+48600123456", "RU", "+48600123456"},
		{"+48600123456", "", "+48600123456"},
		{"+48600123456", "no such region", "+48600123456"},
		{"22 123 45 67", "PL", "+48221234567"},
		{"1-800-FLOWERS", "US", "+18003569377"},

		{"8 921 000-33-44 доб. 12", "RU", "+79210003344"},
		{"8 921 000-33-44, доб. 12", "RU", "+79210003344"},
		{"8 921 000-33-44 ext 5", "RU", "+79210003344"},
		{"600 123 456 wew. 7", "PL", "+48600123456"},
		{"8 921 000-33-44 (Мария)", "RU", "+79210003344"},
		{"тел.: 8 921 000-33-44 после 18:00", "RU", "+79210003344"},
		{"89210003344, 89120001122", "RU", "+79210003344"},
		{"89210003344/89120001122", "RU", "+79210003344"},

		{"99999999999", "RU", "99999999999"},
		{"+99 999 999 999", "RU", "99999999999"},
		{"12345", "RU", "12345"},
		{"600 123 456", "", "600123456"},
		{"600 123 456", "pl", "600123456"},
		{"+7 000 000-00-00", "RU", "70000000000"},
		{"8 921 000-33-4", "RU", "8921000334"}, // a digit lost
		{"12345678901234567890", "RU", "12345678901234567890"},
	}
	for _, tt := range tests {
		t.Run(tt.in+" "+tt.region, func(t *testing.T) {
			got, ok := phone.Parse(tt.in, tt.region)
			if !ok || got != tt.want {
				t.Errorf("Parse(%q, %q) = %q, %v, want %q", tt.in, tt.region, got, ok, tt.want)
			}
			if want := strings.TrimPrefix(string(tt.want), "+"); got.Digits() != want {
				t.Errorf("Parse(%q, %q).Digits() = %q, want %q", tt.in, tt.region, got.Digits(), want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []string{
		"",
		" ",
		"abc",
		"+",
		"112",
		"1234",
		"нет телефона",
		"123456789012345678901",
		"+7 912 000-11-22" + strings.Repeat(" ", 64),
		strings.Repeat("9", 1<<20),
	}
	for _, in := range tests {
		if got, ok := phone.Parse(in, "RU"); ok || got != "" {
			t.Errorf("Parse(%.70q, RU) = %q, %v, want none", in, got, ok)
		}
	}
}

var form = regexp.MustCompile(`^(\+[0-9]{5,20}|[0-9]{5,20})$`)

func FuzzParse(f *testing.F) {
	for _, region := range []string{"RU", "PL", "US", "IT", ""} {
		for _, text := range []string{"8 921 000-33-44 доб. 12", "0048 600123456", "tel:+1-800-FLOWERS;ext=2",
			"99999999999", "0039 06 1234567", "٠٩١٢٣٤٥", "8x0048600123456"} {
			f.Add(text, region)
		}
	}
	f.Fuzz(func(t *testing.T, text, region string) {
		n, ok := phone.Parse(text, region)
		if !ok {
			if n != "" {
				t.Errorf("Parse(%q, %q) = %q, refused", text, region, n)
			}
			return
		}
		if !form.MatchString(string(n)) {
			t.Errorf("Parse(%q, %q) = %q, not the form of a Number", text, region, n)
		}
		if again, ok := phone.Parse(string(n), ""); !ok || again != n {
			t.Errorf("Parse(%q, %q) = %q, read back %q, %v", text, region, n, again, ok)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, text := range []string{
		"+7 912 000-11-22",
		"89120001122",
		"8 495 123-45-67",         // a landline: the library
		"8 912 000-11-22 (Мария)", // the library twice
		"99999999999",             // in vain
	} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				phone.Parse(text, "RU")
			}
		})
	}
}
