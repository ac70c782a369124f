package exporting

import (
	"context"
	"io"
	"maps"
	"slices"

	"orderhub"
	"orderhub/internal/sheet"
)

// WriteProducts writes the products of a shop for which a filter holds, in the
// sequence in which they came. The filter's own sort and page are not looked
// at. Nobody keeps the names of products' attributes, so that the products are
// read twice, first for the names.
func (s *Service) WriteProducts(ctx context.Context, shop *orderhub.Shop, w io.Writer, o Options, f orderhub.ProductFilter, progress Progress) error {
	f.Sort, f.After, f.Skip, f.Limit = []orderhub.Sort{{Field: orderhub.SortID}}, nil, 0, page
	f.Total, f.Exact = false, true
	names := make(nameSet)
	if err := s.walkProducts(ctx, shop, f, names.add); err != nil {
		return err
	}
	out, err := newOutput(w, o, "products", productTable(slices.Collect(maps.Keys(names))), progress)
	if err != nil {
		return err
	}
	f.Total = o.Count
	err = s.walkProducts(ctx, shop, f, func(p *orderhub.ProductPage) error {
		out.total = max(out.total, p.Total)
		for _, product := range p.Products {
			if err := out.write(product); err != nil {
				return err
			}
		}
		out.wrote(len(p.Products))
		return nil
	})
	if err != nil {
		return err
	}
	return out.close()
}

// walkProducts visits products page by page.
func (s *Service) walkProducts(ctx context.Context, shop *orderhub.Shop, f orderhub.ProductFilter, visit func(*orderhub.ProductPage) error) error {
	return ahead(ctx, func(ctx context.Context) (*orderhub.ProductPage, bool, error) {
		p, err := s.Products.List(ctx, shop, f)
		if err != nil {
			return nil, false, err
		}
		f.After, f.Total = p.Next, false
		return p, p.More, nil
	}, visit)
}

// A nameSet gathers names of attributes, as many as the shop could have
// defined.
type nameSet map[string]bool

func (n nameSet) add(p *orderhub.ProductPage) error {
	for _, product := range p.Products {
		for _, a := range product.Attributes {
			if len(n) < orderhub.MaxDefinitions {
				n[a.Name] = true
			}
		}
	}
	return nil
}

func productTable(names []string) table[*orderhub.Product] {
	type product = *orderhub.Product
	return table[product]{
		columns(
			text("id", func(p product) string { return p.ExternalID }),
			text("name", func(p product) string { return p.Name }),
			column[product]{"price", func(p product) sheet.Cell { return amountCell(p.Price) }},
			column[product]{"old_price", func(p product) sheet.Cell { return amountCell(p.OldPrice) }},
			text("currency", func(p product) string { return string(p.Currency) }),
			text("product.group", func(p product) string { return p.Group }),
			text("brand", func(p product) string { return p.Brand }),
			text("vendor_code", func(p product) string { return p.VendorCode }),
			text("url", func(p product) string { return p.URL }),
			column[product]{"pictures", func(p product) sheet.Cell { return linesCell(p.Pictures) }},
			column[product]{"categories", func(p product) sheet.Cell { return linesCell(p.Categories) }},
			text("description", func(p product) string { return p.Description }),
			column[product]{"available", func(p product) sheet.Cell { return flagCell(p.Available) }},
		),
		attributes("attribute.", "product.attributes", names, func(p product) orderhub.Attributes { return p.Attributes }),
	}
}
