package catalogue

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/store"
)

func newShop(t testing.TB, db *store.DB, name string) *orderhub.Shop {
	t.Helper()
	s := &orderhub.Shop{Name: name, Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail, Statuses: orderhub.DefaultStatuses()}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateShop(t.Context(), s) }); err != nil {
		t.Fatalf("create shop: %v", err)
	}
	return s
}

// file is a feed of offers.
func file(offers ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE yml_catalog SYSTEM "shops.dtd">
<yml_catalog><shop><categories><category id="1">Посуда</category></categories><offers>
` + strings.Join(offers, "\n") + `
</offers></shop></yml_catalog>`
}

// offer is one bowl.
func offer(id any, price string) string {
	return fmt.Sprintf(`<offer id="%v"><name>Миска %v</name><price>%s</price><categoryId>1</categoryId></offer>`, id, id, price)
}

// bowls is a feed of the offers first to last, all at one price.
func bowls(first, last int, price string) string {
	var all []string
	for i := first; i <= last; i++ {
		all = append(all, offer(i, price))
	}
	return file(all...)
}

func refreshed(t testing.TB, s *Service, shop *orderhub.Shop, feed string) orderhub.FeedReport {
	t.Helper()
	r, err := s.Refresh(t.Context(), shop, strings.NewReader(feed))
	if err != nil {
		t.Fatalf("refresh: %v", err)
	}
	return r
}

// counts are the numbers of a report in their order.
func counts(r orderhub.FeedReport) [6]int {
	return [6]int{r.Offers, r.Created, r.Changed, r.Unchanged, r.Unavailable, r.Bad}
}

// contents are all products of a shop: id → price, or "gone".
func contents(t testing.TB, s *Service, shop *orderhub.Shop) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, p := range productsOf(t, s.DB, shop) {
		if all[p.ExternalID] = p.Price.String(); !p.Available {
			all[p.ExternalID] = "gone"
		}
	}
	return all
}

func wantContents(t testing.TB, s *Service, shop *orderhub.Shop, want map[string]string) {
	t.Helper()
	if got := contents(t, s, shop); !maps.Equal(got, want) {
		t.Errorf("the catalogue is %.500v, want %.500v", got, want)
	}
}

// productsOf are all products of a shop, the newest first.
func productsOf(t testing.TB, db *store.DB, shop *orderhub.Shop) (all []*orderhub.Product) {
	t.Helper()
	f := orderhub.ProductFilter{Limit: orderhub.MaxLimit}
	for {
		page, err := (&Service{DB: db}).List(context.WithoutCancel(t.Context()), shop, f)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		all = append(all, page.Products...)
		if f.After = page.Next; !page.More {
			return all
		}
	}
}
