package importing

import (
	"context"
	"strings"

	"orderhub"
	"orderhub/internal/catalogue"
	"orderhub/internal/store"
	"orderhub/money"
)

// thingProduct is what changes to products are kept under.
const thingProduct = "product"

// products are the rows of a catalogue, or the offers of a YML file.
type products struct{ shop *orderhub.Shop }

func newProducts(shop *orderhub.Shop) kind { return &products{shop} }

// productFields are in the sequence in which exports have them. Other names
// are those that shops' programs and people write.
var productFields = []Field{
	{Name: "external_id", Required: true, Own: true, Names: []string{"id", "offer_id", "product_id", "sku", "код товара", "код", "id produktu"},
		About: "the id by which orders name the product"},
	{Name: "name", Own: true, Names: []string{"product_name", "title", "название", "наименование", "товар", "nazwa"},
		About: "what it is called; a product that is not there yet needs one"},
	{Name: "price", Own: true, Names: []string{"цена", "cena"}, About: "of one piece"},
	{Name: "old_price", Own: true, Names: []string{"oldprice", "старая цена", "stara cena"}, About: "before a reduction"},
	{Name: "currency", Own: true, Names: []string{"currency_id", "currencyId", "валюта", "waluta"}, About: "three letters; the shop's when there is none"},
	{Name: "group", Own: true, Names: []string{"group_id"}, About: "what variants of one product share"},
	{Name: "brand", Own: true, Names: []string{"vendor", "brand_name", "бренд", "производитель", "marka", "producent"}},
	{Name: "vendor_code", Own: true, Names: []string{"vendorCode", "артикул", "article", "kod producenta"}, About: "the maker's article number"},
	{Name: "url", Own: true, Names: []string{"link", "ссылка"}, About: "its page in the shop"},
	{Name: "pictures", Own: true, Names: []string{"picture", "picture_urls", "images", "image", "картинки", "изображения", "zdjęcia"},
		About: "addresses, in separate lines or with | between them"},
	{Name: "categories", Own: true, Names: []string{"category", "category_names", "категории", "категория", "kategorie", "kategoria"},
		About: "from the widest to the narrowest, in separate lines or with | between them"},
	{Name: "description", Own: true, Names: []string{"описание", "opis"}},
	{Name: "attributes", About: "JSON object: attributes that have no column of their own"},
	{Name: "available", Own: true, Names: []string{"в наличии", "наличие", "dostępny"}, About: "yes or no; a product that is not there yet is when nothing is said"},
}

func (k *products) fields() []Field { return productFields }

func (k *products) joins() string { return "" }

// read makes a change of a row. The offers of a YML file come with theirs.
func (k *products) read(r *record) {
	if r.value != nil {
		return
	}
	x := r.rows[0]
	id := x.text("external_id")
	if id == nil || *id == "" {
		x.fault("external_id", "can't be blank")
		id = new(string)
	} else {
		r.keys = append(r.keys, key{"external_id", *id})
	}
	c := &orderhub.ProductChange{
		ExternalID: *id,
		Group:      x.text("group"), Name: x.text("name"), Brand: x.text("brand"), VendorCode: x.text("vendor_code"), URL: x.text("url"),
		Price: x.amount("price"), OldPrice: x.amount("old_price"), Currency: currency(x, "currency"),
		Pictures: x.list("pictures"), Categories: x.list("categories"),
		Description: x.text("description"), Available: x.flag("available"), Attributes: x.others("attributes", x.attributes("attribute.")),
	}
	if c.Available != nil && *x.text("available") == "" {
		*c.Available = true // as if nothing had ever been said
	}
	r.value = c
}

// currency is a currency by its three letters; an old code of the rouble is
// still in many files.
func currency(x *row, field string) *money.Currency {
	text := x.text(field)
	if text == nil {
		return nil
	}
	if *text == "" {
		return new(money.Currency)
	}
	if strings.EqualFold(*text, "RUR") {
		return new(money.Currency("RUB"))
	}
	c, err := money.ParseCurrency(strings.ToUpper(*text))
	if err != nil {
		x.fault(field, "is not a currency; send three letters such as RUB")
		return nil
	}
	return &c
}

func (k *products) take(ctx context.Context, tx *store.Tx, records []*record, dry bool) ([]taken, error) {
	if len(records) == 0 {
		return nil, nil
	}
	mode := records[0].rows[0].in.plan.Mode()
	all := make([]orderhub.ProductChange, len(records))
	for i, r := range records {
		all[i] = *r.value.(*orderhub.ProductChange)
	}
	verdicts, err := catalogue.ImportAll(ctx, tx, k.shop, all, mode, dry)
	if err != nil {
		return nil, err
	}
	results := make([]taken, len(records))
	for i, v := range verdicts {
		results[i] = taken{outcome: v.Outcome, err: v.Err}
		stores := v.Outcome == orderhub.OutcomeCreated || v.Outcome == orderhub.OutcomeUpdated
		if v.Outcome == orderhub.OutcomeUpdated {
			results[i].diff = func() []orderhub.Change { return orderhub.ProductChanges(v.Old, v.Now) }
		}
		if stores && !dry {
			results[i].changes = []change{productChange(v)}
		}
	}
	return results, nil
}

// productChange is what an undo needs to know of a product that was made or
// changed.
func productChange(v orderhub.Verdict[orderhub.Product]) change {
	c := change{Thing: thingProduct, ID: int64(v.Now.ID), Stamp: v.Now.UpdatedAt.UnixMicro(),
		Version: v.Now.Version, Content: catalogue.Content(v.Now)}
	if v.Old != nil {
		c.Old = catalogue.Snapshot(v.Old)
	}
	return c
}

// revertProducts takes back what an import did to products.
var revertProducts = reverting(catalogue.Revert, catalogue.ParseSnapshot)
