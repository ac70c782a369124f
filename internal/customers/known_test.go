package customers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/store/storetest"
)

func day(n int) time.Time { return storetest.Noon.AddDate(0, 0, n) }

// said is who is on a page, with the numbers of their orders.
func said(known []*customers.Known) string {
	var all []string
	for _, k := range known {
		name := k.ExternalID
		for _, o := range k.Orders {
			name += "+" + o.Number
		}
		if k.More {
			name += "+…"
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

// crowd registers five customers, c-1 the earliest, of whom c-2 has three
// orders and c-4 one, and somebody of another shop.
func (t *town) crowd() {
	t.Helper()
	for i := 1; i <= 5; i++ {
		c := t.register(&orderhub.Customer{
			ExternalID: fmt.Sprint("c-", i), Email: fmt.Sprintf("c%d@example.com", i), RegisteredAt: day(i), Unsubscribed: i%2 == 0,
		})
		t.age(c.ID, day(-i))
	}
	for i, number := range []string{"2", "4", "2", "2"} {
		t.orderOn(day(i), fmt.Sprint("A-", i), orderhub.Contact{Email: "C" + number + "@example.com"})
	}
	there := t.shopBy(orderhub.ByEmail)
	there.register(&orderhub.Customer{ExternalID: "c-2", Email: "c2@example.com"})
	there.order("B-1", orderhub.Contact{Email: "c2@example.com"})
}

func TestCustomerIsFoundWithTheNewestOrders(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		t.crowd()
		for limit, want := range map[int]string{1: "c-2+A-3+…", 2: "c-2+A-3+A-2+…", 3: "c-2+A-3+A-2+A-0", 10: "c-2+A-3+A-2+A-0"} {
			k, err := t.service().Find(t.Context(), t.shop, by("c-2"), limit)
			if err != nil || said([]*customers.Known{k}) != want {
				t.Errorf("Find with %d orders = %s, %v, want %s", limit, said([]*customers.Known{k}), err, want)
			}
		}
	})
}

// The id in the shop's own system is tried before ours.
func TestExternalIDIsTriedBeforeOurs(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		first := t.register(&orderhub.Customer{ExternalID: "c-1"})
		second := t.register(&orderhub.Customer{ExternalID: "c-2"})
		for _, tt := range []struct {
			ref  orderhub.CustomerRef
			want orderhub.CustomerID
		}{
			{orderhub.CustomerRef{ExternalID: "c-2", ID: first.ID}, second.ID},
			{orderhub.CustomerRef{ExternalID: "unknown", ID: first.ID}, first.ID},
			{orderhub.CustomerRef{ExternalID: "\xFF\x00", ID: first.ID}, first.ID},
		} {
			if got := t.find(tt.ref).ID; got != tt.want {
				t.Errorf("Find(%q, %d) = customer %d, want %d", tt.ref.ExternalID, tt.ref.ID, got, tt.want)
			}
		}
		for _, ref := range []orderhub.CustomerRef{{}, by("C-1"), by("c-1 "), by("'; --"), by("\x00"), {ID: -1}, {ID: nobodyID}} {
			_, err := t.service().Find(t.Context(), t.shop, ref, 1)
			t.wantFaults(err, orderhub.NotFound, "")
		}
	})
}

func TestListShowsThoseWhoWereAskedFor(t *testing.T) {
	created, updated := orderhub.SortCreated, orderhub.SortUpdated
	tests := []struct {
		name   string
		filter orderhub.CustomerFilter
		want   string
	}{
		{"all, the newest first", orderhub.CustomerFilter{}, "c-5 c-4+A-1 c-3 c-2+A-3+A-2+… c-1"},
		{"the earliest first", orderhub.CustomerFilter{Sort: []orderhub.Sort{{Field: created}}}, "c-1 c-2+A-3+A-2+… c-3 c-4+A-1 c-5"},
		{"the last changed first", orderhub.CustomerFilter{Sort: []orderhub.Sort{{Field: updated, Descending: true}}}, "c-1 c-2+A-3+A-2+… c-3 c-4+A-1 c-5"},
		{"who wants no mail", orderhub.CustomerFilter{Unsubscribed: new(true)}, "c-4+A-1 c-2+A-3+A-2+…"},
		{"who wants mail", orderhub.CustomerFilter{Unsubscribed: new(false)}, "c-5 c-3 c-1"},
		{"registered between", orderhub.CustomerFilter{Registered: []orderhub.TimeBound{{Op: orderhub.After, At: day(1)}, {Op: orderhub.BeforeOrAt, At: day(3)}}},
			"c-3 c-2+A-3+A-2+…"},
		{"not registered at", orderhub.CustomerFilter{Registered: []orderhub.TimeBound{{Op: orderhub.NotEqual, At: day(2)}}}, "c-5 c-4+A-1 c-3 c-1"},
		{"changed since", orderhub.CustomerFilter{Updated: []orderhub.TimeBound{{Op: orderhub.AfterOrAt, At: day(-2)}}}, "c-2+A-3+A-2+… c-1"},
	}
	each(t, orderhub.ByEmail, func(t *town) {
		t.crowd()
		for _, tt := range tests {
			tt.filter.Limit, tt.filter.Total = 10, true
			page, err := t.service().List(t.Context(), t.shop, tt.filter, 2)
			if err != nil || said(page.Known) != tt.want || page.Total != len(page.Known) || page.More || page.Next != nil {
				t.Errorf("%s: List = %s, total %d, more %v, %v, want %s", tt.name, said(page.Known), page.Total, page.More, err, tt.want)
			}
		}
	})
}

func TestListGoesPageByPage(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		t.crowd()
		for name, next := range map[string]func(f *orderhub.CustomerFilter, p *customers.Page){
			"by skipping": func(f *orderhub.CustomerFilter, _ *customers.Page) { f.Skip += f.Limit },
			"by a cursor": func(f *orderhub.CustomerFilter, p *customers.Page) { f.After = p.Next },
		} {
			f := orderhub.CustomerFilter{Limit: 2, Total: true}
			for _, want := range []string{"c-5 c-4+A-1", "c-3 c-2+A-3+…", "c-1"} {
				p, err := t.service().List(t.Context(), t.shop, f, 1)
				if err != nil || said(p.Known) != want || p.Total != 5 || p.More != (want != "c-1") {
					t.Fatalf("%s: page = %s of %d, more %v, %v, want %s of 5", name, said(p.Known), p.Total, p.More, err, want)
				}
				next(&f, p)
			}
		}
	})
}

func TestLimitsOfAListAreChecked(t *testing.T) {
	each(t, orderhub.ByEmail, func(t *town) {
		for field, f := range map[string]orderhub.CustomerFilter{
			"limit": {}, "limit ": {Limit: orderhub.MaxLimit + 1}, "skip": {Limit: 1, Skip: -1}, "skip ": {Limit: 1, Skip: orderhub.MaxSkip + 1},
			"after": {Limit: 1, After: &orderhub.Cursor{}, Sort: make([]orderhub.Sort, 2)},
		} {
			_, err := t.service().List(t.Context(), t.shop, f, 1)
			t.wantFaults(err, orderhub.Invalid, strings.TrimSpace(field))
		}
	})
}
