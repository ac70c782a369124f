// Package barcode draws bar codes for print and for screens: EAN-13, Code 128,
// and GS1-128, which people still call EAN-128.
//
// A drawing has the quiet zone that scanners need to its left and right. An SVG
// has the code in letters below its bars, a PNG has only the bars.
package barcode

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/ean"
)

// MaxText is how many characters a Code 128 may have, as GS1 limits it: longer
// ones are too wide for any scanner.
const MaxText = 48

// MaxScale is how many pixels wide the narrowest bar of a PNG may be.
const MaxScale = 20

// The errors of texts that cannot be drawn. They read on after what the text
// is called.
var (
	ErrEAN13   = errors.New("is not 13 digits of which the last is the check digit")
	ErrCode128 = fmt.Errorf("is not 1 to %d printable ASCII characters", MaxText)
	ErrGS1     = errors.New("does not begin with a GS1 application identifier and what belongs to it")
	ErrScale   = fmt.Errorf("is not 1 to %d", MaxScale)
)

// A Code is a bar code that can be drawn.
type Code struct {
	text  string
	bars  []bool // dark or light, one module after the other
	quiet int    // light modules before and after them
}

// EAN13 is the code of 13 digits, of which the last must be the check digit.
func EAN13(digits string) (*Code, error) {
	if len(digits) != 13 {
		return nil, ErrEAN13
	}
	b, err := ean.Encode(digits)
	if err != nil {
		return nil, ErrEAN13
	}
	return &Code{digits, modules(b), 11}, nil
}

// Code128 is the code of a text of printable ASCII characters.
func Code128(text string) (*Code, error) {
	if text == "" || len(text) > MaxText || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, ErrCode128
	}
	return encode128(text, text)
}

// GS1128 is a Code 128 with the mark of GS1 before it: its text is an
// application identifier that can name a card or its owner, and what belongs to
// it. A scanner gives back the very text.
func GS1128(text string) (*Code, error) {
	if len(text) > MaxText || !isElement(text) {
		return nil, ErrGS1
	}
	return encode128(string(code128.FNC1)+text, text)
}

func encode128(content, text string) (*Code, error) {
	b, err := code128.Encode(content)
	if err != nil {
		return nil, ErrCode128
	}
	return &Code{text, modules(b), 10}, nil
}

func modules(b barcode.Barcode) []bool {
	bars := make([]bool, b.Bounds().Dx())
	for x := range bars {
		r, _, _, _ := b.At(x, 0).RGBA()
		bars[x] = r == 0
	}
	return bars
}

// height is that of the bars, in modules; those of an EAN-13 are 69 by its
// standard.
const height = 69

// SVG draws the code in a size of one unit a module, to be scaled at will.
func (c *Code) SVG() []byte {
	width := len(c.bars) + 2*c.quiet
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%dmm" height="%dmm" viewBox="0 0 %d %d">`,
		width/3, (height+12)/3, width, height+12)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="`, width, height+12)
	for x := 0; x < len(c.bars); {
		from := x
		for x < len(c.bars) && c.bars[x] == c.bars[from] {
			x++
		}
		if c.bars[from] {
			fmt.Fprintf(&b, "M%d 0h%dv%dh-%dz", from+c.quiet, x-from, height, x-from)
		}
	}
	fmt.Fprintf(&b, `"/><text x="%d" y="%d" font-family="monospace" font-size="10" text-anchor="middle">`, width/2, height+10)
	xml.EscapeText(&b, []byte(c.text))
	b.WriteString("</text></svg>\n")
	return b.Bytes()
}

// PNG draws the code with so many pixels a module, 1 to MaxScale.
func (c *Code) PNG(scale int) ([]byte, error) {
	if scale < 1 || scale > MaxScale {
		return nil, ErrScale
	}
	drawn := image.NewPaletted(image.Rect(0, 0, (len(c.bars)+2*c.quiet)*scale, height*scale), color.Palette{color.White, color.Black})
	for x := range drawn.Rect.Dx() {
		module := x/scale - c.quiet
		if module < 0 || module >= len(c.bars) || !c.bars[module] {
			continue
		}
		for y := range drawn.Rect.Dy() {
			drawn.SetColorIndex(x, y, 1)
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, drawn)
	return b.Bytes(), err
}
