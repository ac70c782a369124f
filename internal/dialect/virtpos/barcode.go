package virtpos

import (
	"errors"
	"net/http"

	"orderhub"
	"orderhub/internal/barcode"
)

// defaultScale is how many pixels wide the narrowest bar of a PNG is.
const defaultScale = 3

// drawn finds the card that a request names and the bar code that it wants of
// it: the EAN-13 of a card that has one, else its barcode as Code 128.
func (a *api) drawn(r *http.Request, shop *orderhub.Shop, p params) (*barcode.Code, error) {
	ref, err := decodeCardKeys(p, shop)
	if err != nil {
		return nil, err
	}
	card, err := a.loyalty.FindCard(r.Context(), shop, ref)
	if err != nil {
		return nil, err
	}
	kind := p["code"]
	if kind == "" && card.EAN13 != "" && card.Barcode == card.EAN13 {
		kind = "ean13"
	}
	var code *barcode.Code
	switch kind {
	case "ean13":
		code, err = barcode.EAN13(card.EAN13)
	case "", "code128":
		code, err = barcode.Code128(card.Barcode)
	case "gs1-128":
		code, err = barcode.GS1128(card.Barcode)
	default:
		return nil, orderhub.Wrong("code", "is unknown")
	}
	switch {
	case errors.Is(err, barcode.ErrEAN13):
		return nil, orderhub.Wrong("ean", err.Error())
	case errors.Is(err, barcode.ErrGS1):
		return nil, orderhub.Wrong("gs1", err.Error())
	case errors.Is(err, barcode.ErrCode128):
		return nil, orderhub.Wrong("code128", err.Error())
	}
	return code, err
}

func (a *api) drawSVG(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	code, err := a.drawn(r, shop, p)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	giveDrawing(w, "image/svg+xml", code.SVG())
	return nil
}

func (a *api) drawPNG(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params) error {
	d := &decoder{p: p, shop: shop}
	scale := d.between("scale", 1, barcode.MaxScale, defaultScale)
	if err := d.faults.Err(); err != nil {
		return err
	}
	code, err := a.drawn(r, shop, p)
	if err != nil {
		return err
	}
	png, err := code.PNG(scale)
	if err != nil {
		return err
	}
	giveDrawing(w, "image/png", png)
	return nil
}

func giveDrawing(w http.ResponseWriter, kind string, drawing []byte) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", kind)
	w.Write(drawing)
}
