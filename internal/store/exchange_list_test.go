package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// exchangeOrders are seven orders that differ in what the exchange asks for.
func exchangeOrders(t testing.TB, db *store.DB, shop *orderhub.Shop) []*orderhub.Order {
	t.Helper()
	all := many(t, db, shop.ID, 7, func(i int, o *orderhub.Order) {
		o.Status = []string{"received", "closed", "delete"}[i%3]
		o.Payment = orderhub.PaymentState(i % 4)
		o.Account = []string{"", "1", "2"}[i%3]
		if i == 6 {
			o.DeletedAt = storetest.Noon
		}
		o.ExchangeAt = storetest.Noon.Add(time.Duration(i) * time.Second)
	})
	update(t, db, func(ctx context.Context, tx *store.Tx) error { return markTaken(ctx, tx, shop.ID, all[1:3]...) })
	return all
}

// markTaken marks orders as taken by the reader accounting.
func markTaken(ctx context.Context, tx *store.Tx, shop orderhub.ShopID, orders ...*orderhub.Order) error {
	readers, err := tx.Shop(shop).ExchangeReaders(ctx)
	if err != nil {
		return err
	}
	r := slices.IndexFunc(readers, func(r *orderdb.ExchangeReader) bool { return r.Name == orderhub.DefaultReader })
	var marks []orderdb.ExchangeMark
	for _, o := range orders {
		marks = append(marks, orderdb.ExchangeMark{Shop: shop, Reader: readers[r].ID, Order: o.ID, ExchangeAt: o.ExchangeAt, Taken: true})
	}
	return tx.Shop(shop).SaveExchangeMarks(ctx, marks)
}

func TestListFiltersOfTheExchange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, other := newShop(t, db, "main"), newShop(t, db, "other")
		all := exchangeOrders(t, db, shop)
		foreign := exchangeOrders(t, db, other)
		among := func(n ...int) (ids []orderhub.OrderID) {
			for _, i := range n {
				ids = append(ids, all[i-1].ID)
			}
			return ids
		}
		// number:   1 received unpaid; 2 closed partly 1 exported; 3 delete paid 2 exported;
		//           4 received refunded; 5 closed unpaid 1; 6 delete partly 2; 7 received paid, deleted
		for _, tt := range []struct {
			name   string
			filter orderhub.OrderFilter
			want   string // numbers by id
		}{
			{"to export", orderhub.OrderFilter{ToExport: true}, "1 4 5 6 7"},
			{"to export of a status", orderhub.OrderFilter{ToExport: true, Statuses: []string{"closed"}}, "5"},
			{"to export of an account", orderhub.OrderFilter{ToExport: true, Accounts: []string{"2"}}, "6"},
			{"but a status", orderhub.OrderFilter{Except: []string{"delete"}}, "1 2 4 5"},
			{"but two statuses", orderhub.OrderFilter{Except: []string{"delete", "closed"}}, "1 4"},
			{"a status and not it", orderhub.OrderFilter{Statuses: []string{"closed", "received"}, Except: []string{"closed"}}, "1 4"},
			{"but none there is", orderhub.OrderFilter{Except: []string{"", "no such"}}, "1 2 3 4 5 6"},
			{"unpaid", orderhub.OrderFilter{Payments: []orderhub.PaymentState{orderhub.Unpaid}}, "1 5"},
			{"partly paid and paid", orderhub.OrderFilter{Payments: []orderhub.PaymentState{orderhub.PartlyPaid, orderhub.Paid}}, "2 3 6"},
			{"an account", orderhub.OrderFilter{Accounts: []string{"1"}}, "2 5"},
			{"two accounts", orderhub.OrderFilter{Accounts: []string{"1", "2", "3"}}, "2 3 5 6"},
			{"among", orderhub.OrderFilter{Among: among(6, 1, 3, 7)}, "1 3 6"},
			{"among, with more", orderhub.OrderFilter{Among: among(6, 1, 3), ToExport: true, Except: []string{"received"}}, "6"},
			{"among none", orderhub.OrderFilter{Among: []orderhub.OrderID{}}, ""},
			{"among foreign ones", orderhub.OrderFilter{Among: []orderhub.OrderID{foreign[0].ID, all[1].ID}}, "2"},
			{"deleted", orderhub.OrderFilter{Deleted: true}, "7"},
			{"deleted and to export", orderhub.OrderFilter{Deleted: true, ToExport: true, Payments: []orderhub.PaymentState{orderhub.Paid}}, "7"},
			{"deleted of a status that it has not", orderhub.OrderFilter{Deleted: true, Statuses: []string{"closed"}}, ""},
		} {
			tt.filter.Limit, tt.filter.Total, tt.filter.Sort = 10, true, []orderhub.Sort{{Field: orderhub.SortID}}
			got, page := list(t, db, shop.ID, tt.filter)
			if strings.Join(got, " ") != tt.want || page.Total != len(got) {
				t.Errorf("%s: %v of %d, want %s", tt.name, got, page.Total, tt.want)
			}
		}
	})
}

// Every sort shows every order once, in both directions, equal values by ID;
// an order without a customer comes before all that have one.
func TestListSortsOfTheExchange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop := newShop(t, db, "main")
		first, second := newCustomer(t, db, &orderhub.Customer{Shop: shop.ID}), newCustomer(t, db, &orderhub.Customer{Shop: shop.ID})
		customers := []orderhub.CustomerID{second.ID, 0, first.ID, 0, first.ID}
		rank := []int{2, 0, 1, 0, 1} // of 1 to 5 by every one of the fields
		many(t, db, shop.ID, 5, func(i int, o *orderhub.Order) {
			text := []string{"", "b", "c"}[rank[i]]
			o.Code, o.Source, o.Account = text, text, text
			o.Status = []string{"canceled", "closed", "received"}[rank[i]]
			o.Total, o.TotalGiven, o.Payment = amount(t, fmt.Sprint(9+rank[i])), true, orderhub.PaymentState(rank[i])
			o.StatusAt, o.Customer = day(1+rank[i]), customers[i]
			if rank[i] > 0 {
				o.PaidAt = day(rank[i])
			}
		})
		for _, field := range []orderhub.SortField{orderhub.SortCode, orderhub.SortStatus, orderhub.SortStatusAt, orderhub.SortTotal,
			orderhub.SortPayment, orderhub.SortPaidAt, orderhub.SortAccount, orderhub.SortSource, orderhub.SortCustomer} {
			for descending, want := range map[bool]string{false: "2 4 3 5 1", true: "1 5 3 4 2"} {
				f := orderhub.OrderFilter{Sort: []orderhub.Sort{{Field: field, Descending: descending}}, Limit: 2}
				var got []string
				for range 3 {
					some, page := list(t, db, shop.ID, f)
					got = append(got, some...)
					if page.Next != nil || page.More != (len(got) < 5) {
						t.Errorf("field %d: next %v, more %v after %d", field, page.Next, page.More, len(got))
					}
					f.Skip += 2
				}
				if strings.Join(got, " ") != want {
					t.Errorf("by field %d, descending %v: %v, want %s", field, descending, got, want)
				}
			}
		}
		for descending, want := range map[bool]string{false: "1 2 3 4 5", true: "5 4 3 2 1"} {
			for _, field := range []orderhub.SortField{orderhub.SortID, orderhub.SortNumber} {
				got, _ := list(t, db, shop.ID, orderhub.OrderFilter{Sort: []orderhub.Sort{{Field: field, Descending: descending}}, Limit: 9})
				if strings.Join(got, " ") != want {
					t.Errorf("by field %d, descending %v: %v, want %s", field, descending, got, want)
				}
			}
		}
	})
}

func TestPagingByIDGoesOnWhileOrdersArrive(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i, descending := range []bool{false, true} {
			shop := newShop(t, db, fmt.Sprint("shop-", i))
			many(t, db, shop.ID, 25, nil)
			f := orderhub.OrderFilter{Sort: []orderhub.Sort{{Field: orderhub.SortID, Descending: descending}}, Limit: 4}
			var got []string
			for arrived := 0; ; arrived++ {
				some, page := list(t, db, shop.ID, f)
				got = append(got, some...)
				if f.After = page.Next; !page.More {
					break
				}
				if arrived < 5 {
					create(t, db, plainOrder(shop.ID, fmt.Sprint(100+arrived)))
				}
			}
			want := 25
			if !descending {
				want = 30
			}
			seen := slices.Compact(slices.Sorted(slices.Values(got)))
			if len(got) != want || len(seen) != want {
				t.Errorf("descending %v: %d orders, %d of them different, want %d", descending, len(got), len(seen), want)
			}
		}
	})
}

func TestCursorGoesWithFewSorts(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	for field := orderhub.SortCreated; field <= orderhub.SortCustomer+1; field++ {
		var page *orderhub.OrderPage
		err := db.View(t.Context(), func(tx *store.Tx) (err error) {
			page, err = tx.Shop(shop.ID).ListOrders(t.Context(), orderhub.OrderFilter{
				Sort: []orderhub.Sort{{Field: field}}, After: &orderhub.Cursor{At: day(1), ID: 1}, Limit: 1})
			return err
		})
		if good := field <= orderhub.SortID; good != (err == nil) || !good && orderhub.KindOf(err) != orderhub.Invalid {
			t.Errorf("field %d behind a cursor: %v, %v", field, page, err)
		}
	}
}

func TestTotalsAndDeepSkip(t *testing.T) {
	db := storetest.Open(t) // ten thousand orders take a while
	shop := newShop(t, db, "main")
	const n = orderhub.MaxTotal + 20
	exec(t, db, `insert into orders (`+columns+`) with recursive n(i) as (select 1 union all select i + 1 from n where i < $2)
		select `+strings.NewReplacer("shop_id", "$1", "number", "i").Replace(columns)+` from n, (`+template+`)`, int64(shop.ID), n)
	for _, tt := range []struct {
		filter orderhub.OrderFilter
		total  int
		want   string
	}{
		{orderhub.OrderFilter{Total: true}, orderhub.MaxTotal + 1, "1 2"},
		{orderhub.OrderFilter{Total: true, Exact: true}, n, "1 2"},
		{orderhub.OrderFilter{Exact: true}, 0, "1 2"},
		{orderhub.OrderFilter{Total: true, Exact: true, Skip: n - 1}, n, fmt.Sprint(n)},
		{orderhub.OrderFilter{Total: true, Exact: true, Skip: n}, n, ""},
		{orderhub.OrderFilter{Skip: orderhub.MaxSkip}, 0, ""},
	} {
		tt.filter.Limit, tt.filter.Sort = 2, []orderhub.Sort{{Field: orderhub.SortID}}
		got, page := list(t, db, shop.ID, tt.filter)
		if strings.Join(got, " ") != tt.want || page.Total != tt.total {
			t.Errorf("%+v: %v of %d, want %s of %d", tt.filter, got, page.Total, tt.want, tt.total)
		}
	}
}

const (
	columns = `shop_id, number, code, placed_at, created_at, updated_at, deleted_at, status, stage, status_at, status_moves, payment, paid_at,
		fulfilment, email_key, phone_key, currency, total, total_given, source, account, exchange_at, last_part, parts, version, body`
	template = `select '' code, 1 placed_at, 1 created_at, 1 updated_at, 0 deleted_at, 'received' status, 0 stage, 1 status_at, 0 status_moves, 0 payment, 0 paid_at,
		0 fulfilment, '' email_key, '' phone_key, 'RUB' currency, 0 total, 0 total_given, '' source, '' account, 0 exchange_at, 0 last_part, 0 parts, 0 version,
		'{"v":1}' body`
)
