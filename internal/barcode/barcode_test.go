package barcode_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"orderhub/internal/barcode"
)

func TestWhatCanBeDrawn(t *testing.T) {
	for _, tt := range []struct {
		kind func(string) (*barcode.Code, error)
		text string
		want error
	}{
		{barcode.EAN13, "4006381333931", nil},
		{barcode.EAN13, "0000007001239", nil},
		{barcode.EAN13, "0000007001238", barcode.ErrEAN13}, // a wrong check digit
		{barcode.EAN13, "400638133393", barcode.ErrEAN13},  // the check digit would be made up
		{barcode.EAN13, "40063813", barcode.ErrEAN13},
		{barcode.EAN13, "", barcode.ErrEAN13},
		{barcode.EAN13, "400638133393a", barcode.ErrEAN13},
		{barcode.Code128, "700123", nil},
		{barcode.Code128, `A-b 1~ <&">`, nil},
		{barcode.Code128, strings.Repeat("x", 48), nil},
		{barcode.Code128, strings.Repeat("x", 49), barcode.ErrCode128},
		{barcode.Code128, "", barcode.ErrCode128},
		{barcode.Code128, "карта", barcode.ErrCode128},
		{barcode.Code128, "a\x00b", barcode.ErrCode128},
		{barcode.Code128, "\u00f1700123", barcode.ErrCode128}, // the library's own sign for FNC1
		{barcode.GS1128, "98700123", nil},
		{barcode.GS1128, "21AB-7", nil},
		{barcode.GS1128, "8018061414112345678902", nil},
		{barcode.GS1128, "8018061414112345678903", barcode.ErrGS1}, // a wrong check digit
		{barcode.GS1128, "801806141411234567890", barcode.ErrGS1},
		{barcode.GS1128, "98", barcode.ErrGS1},
		{barcode.GS1128, "9", barcode.ErrGS1},
		{barcode.GS1128, "0000007001239", barcode.ErrGS1},
		{barcode.GS1128, "98кот", barcode.ErrGS1},
		{barcode.GS1128, "", barcode.ErrGS1},
		{barcode.GS1128, "99" + strings.Repeat("1", 47), barcode.ErrGS1},
	} {
		if _, err := tt.kind(tt.text); !errors.Is(err, tt.want) {
			t.Errorf("%q: %v, want %v", tt.text, err, tt.want)
		}
	}
}

// Both drawings show the bars of the code, and only these, with a quiet zone.
func TestDrawingsAreReadBack(t *testing.T) {
	for name, tt := range map[string]struct {
		kind func(string) (*barcode.Code, error)
		text string
		read func(bars string) string
	}{
		"EAN-13":      {barcode.EAN13, "4006381333931", readEAN13},
		"EAN-13 of 0": {barcode.EAN13, "0000007001239", readEAN13},
		"Code 128":    {barcode.Code128, "700123", read128},
		"GS1-128":     {barcode.GS1128, "98700123", read128},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := tt.kind(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.text
			if name == "GS1-128" {
				want = "FNC1" + want
			}
			svg := c.SVG()
			if got := tt.read(trimQuiet(t, barsOfSVG(t, svg))); got != want {
				t.Errorf("the SVG reads %q, want %q", got, want)
			}
			if !strings.Contains(string(svg), ">"+tt.text+"</text>") {
				t.Errorf("the SVG does not say %s", tt.text)
			}
			for _, scale := range []int{1, 3} {
				drawn, err := c.PNG(scale)
				if err != nil {
					t.Fatal(err)
				}
				if got := tt.read(trimQuiet(t, barsOfPNG(t, drawn, scale))); got != want {
					t.Errorf("the PNG in %d reads %q, want %q", scale, got, want)
				}
			}
		})
	}
}

func TestScaleIsBounded(t *testing.T) {
	c, err := barcode.Code128("1")
	if err != nil {
		t.Fatal(err)
	}
	for _, scale := range []int{-1, 0, barcode.MaxScale + 1, 1 << 40} {
		if _, err := c.PNG(scale); !errors.Is(err, barcode.ErrScale) {
			t.Errorf("PNG(%d): %v, want %v", scale, err, barcode.ErrScale)
		}
	}
}

func TestSVGIsWellFormed(t *testing.T) {
	c, err := barcode.Code128(`<&">]]>`)
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(c.SVG())); ; {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

var bar = regexp.MustCompile(`M(\d+) 0h(\d+)v\d+h-(\d+)z`)

func barsOfSVG(t *testing.T, svg []byte) string {
	t.Helper()
	width := regexp.MustCompile(`viewBox="0 0 (\d+) `).FindSubmatch(svg)
	n, _ := strconv.Atoi(string(width[1]))
	bars := []byte(strings.Repeat("0", n))
	for _, m := range bar.FindAllSubmatch(svg, -1) {
		from, _ := strconv.Atoi(string(m[1]))
		wide, _ := strconv.Atoi(string(m[2]))
		for x := range wide {
			bars[from+x] = '1'
		}
	}
	return string(bars)
}

func barsOfPNG(t *testing.T, drawn []byte, scale int) string {
	t.Helper()
	p, err := png.Decode(bytes.NewReader(drawn))
	if err != nil {
		t.Fatal(err)
	}
	var bars strings.Builder
	for x := 0; x < p.Bounds().Dx(); x += scale {
		for dx := range scale {
			if p.At(x+dx, 0) != p.At(x, p.Bounds().Dy()-1) {
				t.Fatalf("column %d is not of one colour", x+dx)
			}
		}
		if r, _, _, _ := p.At(x, 0).RGBA(); r == 0 {
			bars.WriteByte('1')
		} else {
			bars.WriteByte('0')
		}
	}
	return bars.String()
}

// trimQuiet takes the quiet zones away, which must be ten modules at least.
func trimQuiet(t *testing.T, bars string) string {
	t.Helper()
	trimmed := strings.Trim(bars, "0")
	if left := strings.Index(bars, "1"); left < 10 || len(bars)-len(trimmed) < 2*left {
		t.Errorf("the quiet zones are %d and %d modules", left, len(bars)-len(trimmed)-left)
	}
	return trimmed
}

// readEAN13 reads the bars of an EAN-13 by the tables of its standard.
func readEAN13(bars string) string {
	odd := []string{"0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011"}
	parity := []string{"OOOOOO", "OOEOEE", "OOEEOE", "OOEEEO", "OEOOEE", "OEEOOE", "OEEEOO", "OEOEOE", "OEOEEO", "OEEOEO"}
	if len(bars) != 95 || bars[:3] != "101" || bars[45:50] != "01010" || bars[92:] != "101" {
		return "no EAN-13: " + bars
	}
	flip := strings.NewReplacer("0", "1", "1", "0")
	var digits, kinds string
	for i := range 12 {
		at := 3 + 7*i
		if i >= 6 {
			at += 5
		}
		seen := bars[at : at+7]
		for digit, code := range odd {
			switch even := reverse(flip.Replace(code)); {
			case i < 6 && seen == code:
				digits, kinds = digits+fmt.Sprint(digit), kinds+"O"
			case i < 6 && seen == even:
				digits, kinds = digits+fmt.Sprint(digit), kinds+"E"
			case i >= 6 && seen == flip.Replace(code):
				digits += fmt.Sprint(digit)
			}
		}
	}
	for first, p := range parity {
		if p == kinds {
			return fmt.Sprint(first) + digits
		}
	}
	return "no first digit: " + kinds
}

func reverse(text string) string {
	var b strings.Builder
	for i := len(text) - 1; i >= 0; i-- {
		b.WriteByte(text[i])
	}
	return b.String()
}

// read128 reads pairs of digits after the sign by which they begin, as far as
// the tests need them. The patterns are widths of bars and gaps, as the standard
// prints them.
func read128(bars string) string {
	values := map[string]int{
		"211232": 105, "411131": 102, "222122": 1, "231212": 11, "312131": 23, "231113": 40, "112412": 70, "411311": 98,
	}
	var widths strings.Builder
	for i := 0; i < len(bars); {
		from := i
		for i < len(bars) && bars[i] == bars[from] {
			i++
		}
		fmt.Fprint(&widths, i-from)
	}
	rest, ended := strings.CutSuffix(widths.String(), "2331112")
	var text strings.Builder
	var signs []int
	for ; len(rest) >= 6; rest = rest[6:] {
		value, known := values[rest[:6]]
		if !known {
			return "unknown sign " + rest[:6]
		}
		signs = append(signs, value)
	}
	if !ended || len(signs) < 3 || signs[0] != 105 {
		return "no Code 128: " + widths.String()
	}
	sum, last := 105, len(signs)-1
	for i, value := range signs[1:last] {
		sum += value * (i + 1)
		if value == 102 {
			text.WriteString("FNC1")
		} else {
			fmt.Fprintf(&text, "%02d", value)
		}
	}
	if sum%103 != signs[last] {
		return "a wrong check sign"
	}
	return text.String()
}
