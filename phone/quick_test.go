package phone

import (
	"fmt"
	"testing"
)

// Behind every three digits that a national number can begin with, both
// countries are asked in every spelling that quick reads.
func TestQuickAgrees(t *testing.T) {
	answered := 0
	for block := range 1000 {
		for _, text := range []string{
			fmt.Sprintf("+7 %03d 000-00-00", block),
			fmt.Sprintf("7%03d1112233", block),
			fmt.Sprintf("8 (%03d) 555-44-33", block),
			fmt.Sprintf("%03d 999 99 99", block),
			fmt.Sprintf("+48 %03d 000 000", block),
			fmt.Sprintf("0048 %03d 123 456", block),
			fmt.Sprintf("48%03d555444", block),
			fmt.Sprintf("%03d-999-999", block),
		} {
			for _, region := range []string{"RU", "PL"} {
				if agree(t, text, region) {
					answered++
				}
			}
		}
	}
	// A block begins with 9 in Russia, with one of 13 pairs of digits in Poland.
	// The two spellings with a plus sign are answered in both regions, the rest
	// in one.
	if want := (2+1+1+1)*100 + (2+1+1+1)*130; answered != want {
		t.Errorf("quick answered %d times, want %d", answered, want)
	}
}

func TestQuickLeaves(t *testing.T) {
	tests := []struct{ text, region string }{
		{"9120001122", ""},            // whose?
		{"9120001122", "PL"},          // ten digits are too many there
		{"600123456", "RU"},           // nine too few
		{"7 912 000 11 22", "KZ"},     // the plan is shared, the metadata is not
		{"8 (495) 123-45-67", "RU"},   // a landline
		{"+7 701 123 45 67", "RU"},    // Kazakhstan
		{"+8 912 000 11 22", "RU"},    // no such country
		{"8912+0001122", "RU"},        // a plus in the middle
		{"++79120001122", "RU"},       // two
		{"+7 912 000-11-22 #3", "RU"}, // an extension
		{"89120001122, 89120001133", "RU"},
		{"", "RU"},
	}
	for _, tt := range tests {
		if n, ok := quick(tt.text, tt.region); ok {
			t.Errorf("quick(%q, %q) = %q, want no answer", tt.text, tt.region, n)
		}
	}
}

func FuzzQuick(f *testing.F) {
	for _, region := range []string{"RU", "PL", "KZ", "DE", "", "??"} {
		for _, text := range []string{"+7 912 000-11-22", "89120001122", "(912) 0001122",
			"0048 600123456", "+48-600-123-456", "600 123 456", ") 7( - 912 0001122 -"} {
			f.Add(text, region)
		}
	}
	f.Fuzz(func(t *testing.T, text, region string) {
		if len(text) > maxText {
			return
		}
		agree(t, text, region)
		// Texts that quick answers are rare, so every text is also made into some.
		digits := bare(text)
		if len(digits) >= 9 {
			agree(t, "+79"+digits[:9], region)
			agree(t, "89"+digits[:9], "RU")
			agree(t, "+48"+digits[:9], region)
			agree(t, digits[:9], "PL")
		}
	})
}

// agree reports whether quick answers at all, and fails if thorough differs.
func agree(t *testing.T, text, region string) bool {
	t.Helper()
	got, ok := quick(text, region)
	if !ok {
		return false
	}
	if want, _ := thorough(text, region); got != want {
		t.Errorf("quick(%q, %q) = %q, thorough says %q", text, region, got, want)
	}
	return true
}
