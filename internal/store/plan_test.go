package store_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

// tieByID is the plan of reading the rows of one time behind an id.
var tieByID = regexp.MustCompile(`^SEARCH [oc] USING INDEX \w+ \(.*=\? AND rowid[<>]\?\)`)

// A recorder keeps what a method asks the database.
type recorder struct {
	store.Conn
	queries []string
	args    [][]any
}

func (r *recorder) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	r.queries, r.args = append(r.queries, query), append(r.args, args)
	return r.Conn.Query(ctx, query, args...)
}

// plans are how SQLite goes about the queries of a method, one text a query
// and one line a step.
func plans(t *testing.T, db *store.DB, method func(ctx context.Context, tx *store.Tx) error) []string {
	t.Helper()
	var all []string
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		r := &recorder{Conn: tx.Conn}
		tx.Conn = r
		if err := method(ctx, tx); err != nil {
			return err
		}
		for i, query := range r.queries {
			steps, err := explain(ctx, r.Conn, query, r.args[i])
			if err != nil {
				return err
			}
			all = append(all, strings.Join(steps, "\n"))
		}
		return nil
	})
	return all
}

func explain(ctx context.Context, c store.Conn, query string, args []any) ([]string, error) {
	rows, err := c.Query(ctx, "explain query plan "+query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

// What a list reads must not grow with the store: every offered filter with
// every single sort goes through an index in the order of that sort. Three
// sorts of combinations have no index that serves both, and pay in a way that
// the table shows:
//
//   - several statuses, and a customer or a status sorted by update, read the
//     index of the sort and look at each order on the way;
//   - a bound on one time sorted by the other picks by the bound and then sorts
//     what it picked.
func TestEveryListHasAnIndex(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	const byPlaced, byUpdated, byID = orderhub.SortCreated, orderhub.SortUpdated, orderhub.SortID
	one, two := []string{"received"}, []string{"received", "closed"}
	tests := []struct {
		name   string
		filter orderhub.OrderFilter
		sort   orderhub.SortField
		want   string // the index and the columns by which it is entered, on every page
		sorts  bool   // the first page may be sorted after it was read
	}{
		{"all by placed", orderhub.OrderFilter{}, byPlaced, "orders_placed (shop_id=?", false},
		{"all by updated", orderhub.OrderFilter{}, byUpdated, "orders_updated (shop_id=?", false},
		{"a status by placed", orderhub.OrderFilter{Statuses: one}, byPlaced, "orders_status (shop_id=? AND status=?", false},
		{"a customer by placed", orderhub.OrderFilter{Customer: 1}, byPlaced, "orders_customer (customer_id=?", false},
		{"placed at by placed", orderhub.OrderFilter{Placed: bounds(orderhub.Equal, 1)}, byPlaced, "orders_placed (shop_id=? AND placed_at=?", false},
		{"not placed at by placed", orderhub.OrderFilter{Placed: bounds(orderhub.NotEqual, 1)}, byPlaced, "orders_placed (shop_id=?", false},
		{"placed since by placed", orderhub.OrderFilter{Placed: bounds(orderhub.AfterOrAt, 1)}, byPlaced, "orders_placed (shop_id=? AND placed_at>?", false},
		{"placed after by placed", orderhub.OrderFilter{Placed: bounds(orderhub.After, 1)}, byPlaced, "orders_placed (shop_id=? AND placed_at>?", false},
		{"placed until by placed", orderhub.OrderFilter{Placed: bounds(orderhub.BeforeOrAt, 1)}, byPlaced, "orders_placed (shop_id=? AND placed_at", false},
		{"placed before by placed", orderhub.OrderFilter{Placed: bounds(orderhub.Before, 1)}, byPlaced, "orders_placed (shop_id=? AND placed_at", false},
		{"updated at by updated", orderhub.OrderFilter{Updated: bounds(orderhub.Equal, 1)}, byUpdated, "orders_updated (shop_id=? AND updated_at=?", false},
		{"not updated at by updated", orderhub.OrderFilter{Updated: bounds(orderhub.NotEqual, 1)}, byUpdated, "orders_updated (shop_id=?", false},
		{"updated since by updated", orderhub.OrderFilter{Updated: bounds(orderhub.AfterOrAt, 1)}, byUpdated, "orders_updated (shop_id=? AND updated_at>?", false},
		{"updated after by updated", orderhub.OrderFilter{Updated: bounds(orderhub.After, 1)}, byUpdated, "orders_updated (shop_id=? AND updated_at>?", false},
		{"updated until by updated", orderhub.OrderFilter{Updated: bounds(orderhub.BeforeOrAt, 1)}, byUpdated, "orders_updated (shop_id=? AND updated_at", false},
		{"updated before by updated", orderhub.OrderFilter{Updated: bounds(orderhub.Before, 1)}, byUpdated, "orders_updated (shop_id=? AND updated_at", false},

		{"all by id", orderhub.OrderFilter{}, byID, "orders_id (shop_id=?", false},
		{"deleted by id", orderhub.OrderFilter{Deleted: true}, byID, "orders_deleted (shop_id=?", false},
		{"a payment state by id", orderhub.OrderFilter{Payments: []orderhub.PaymentState{1}}, byID, "orders_id (shop_id=?", false},
		{"an account by id", orderhub.OrderFilter{Accounts: []string{"4"}}, byID, "orders_account (shop_id=? AND account=?", false},
		{"a customer by id", orderhub.OrderFilter{Customer: 1}, byID, "orders_id (shop_id=?", false},
		{"an account by placed", orderhub.OrderFilter{Accounts: []string{"4"}}, byPlaced, "orders_placed (shop_id=?", false},
		{"an account by updated", orderhub.OrderFilter{Accounts: []string{"4"}}, byUpdated, "orders_updated (shop_id=?", false},
		{"a payment state by placed", orderhub.OrderFilter{Payments: []orderhub.PaymentState{1}}, byPlaced, "orders_placed (shop_id=?", false},
		{"statuses by id", orderhub.OrderFilter{Statuses: two}, byID, "orders_id (shop_id=?", false},
		{"but a status by id", orderhub.OrderFilter{Except: two}, byID, "orders_id (shop_id=?", false},

		{"statuses by placed", orderhub.OrderFilter{Statuses: two}, byPlaced, "orders_placed (shop_id=?", false},
		{"a status by updated", orderhub.OrderFilter{Statuses: one}, byUpdated, "orders_updated (shop_id=?", false},
		{"statuses by updated", orderhub.OrderFilter{Statuses: two}, byUpdated, "orders_updated (shop_id=?", false},
		{"a customer by updated", orderhub.OrderFilter{Customer: 1}, byUpdated, "orders_updated (shop_id=?", false},
		{"placed at by updated", orderhub.OrderFilter{Placed: bounds(orderhub.Equal, 1)}, byUpdated, "orders_updated (shop_id=?", true},
		{"placed since by updated", orderhub.OrderFilter{Placed: bounds(orderhub.AfterOrAt, 1)}, byUpdated, "orders_updated (shop_id=?", true},
		{"updated at by placed", orderhub.OrderFilter{Updated: bounds(orderhub.Equal, 1)}, byPlaced, "orders_placed (shop_id=?", true},
		{"updated since by placed", orderhub.OrderFilter{Updated: bounds(orderhub.AfterOrAt, 1)}, byPlaced, "orders_placed (shop_id=?", true},
	}
	for _, tt := range tests {
		for _, descending := range []bool{false, true} {
			for _, after := range []*orderhub.Cursor{nil, {At: day(3), ID: 7}} {
				f := tt.filter
				f.Sort, f.After, f.Limit = []orderhub.Sort{{Field: tt.sort, Descending: descending}}, after, 10
				all := plans(t, db, func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Shop(shop.ID).ListOrders(ctx, f)
					return err
				})
				got := all[len(all)-1]
				if tie := all[0]; after != nil && tt.sort != byID && (!tieByID.MatchString(tie) || strings.Contains(tie, "\n")) {
					t.Errorf("%s, descending %v, the rows of the cursor's own time:\n%s\nwant an index up to the id", tt.name, descending, tie)
				}
				if tt.sorts && !strings.Contains(got, "SCAN") {
					continue
				}
				if !strings.HasPrefix(got, "SEARCH o USING INDEX "+tt.want) || strings.Contains(got, "\n") {
					t.Errorf("%s, descending %v, after %v:\n%s\nwant only SEARCH o USING INDEX %s", tt.name, descending, after, got, tt.want)
				}
			}
		}
	}
}

// A list by ID of a status that few orders have picks them by their status,
// and needs to look at no order to do so; that of a frequent one goes through
// all orders, of which it soon has a page.
func TestStatusByID(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	f := orderhub.OrderFilter{Statuses: []string{"closed"}, Sort: []orderhub.Sort{{Field: orderhub.SortID, Descending: true}}, Limit: 10}
	ask := func() string {
		all := plans(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop.ID).ListOrders(ctx, f)
			return err
		})
		if !strings.Contains(all[0], "USING COVERING INDEX orders_status (shop_id=? AND status=?") {
			t.Errorf("counted by\n%s\nwant only orders_status", all[0])
		}
		return all[len(all)-1]
	}
	if got := ask(); !strings.HasPrefix(got, "SEARCH o USING INDEX orders_status (shop_id=? AND status=?)") {
		t.Errorf("a rare status by\n%s\nwant orders_status", got)
	}
	exec(t, db, `insert into orders (`+columns+`) with recursive n(i) as (select 1 union all select i + 1 from n where i < 5001)
		select `+strings.NewReplacer("shop_id", "$1", "number", "i").Replace(columns)+` from n, (`+template+`)`, int64(shop.ID))
	exec(t, db, `update orders set status = 'closed'`)
	if got := ask(); !strings.HasPrefix(got, "SEARCH o USING INDEX orders_id (shop_id=?") || strings.Contains(got, "\n") {
		t.Errorf("a frequent status by\n%s\nwant orders_id", got)
	}
}

// What a reader has still to take is a range of an index behind what it has
// taken, and the orders of that range: whatever else is asked for, however it is
// sorted or counted.
func TestPullIsAnIndexRange(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		return tx.Shop(shop.ID).CreateExchangeReader(ctx, &orderhub.ExchangeReader{Shop: shop.ID, Name: "warehouse", Statuses: []string{"closed"}}, time.Time{}, false)
	})
	for _, reader := range []string{orderhub.DefaultReader, "warehouse"} {
		for _, f := range []orderhub.OrderFilter{
			{}, {Statuses: []string{"closed"}}, {Payments: []orderhub.PaymentState{2}}, {Accounts: []string{"4"}}, {Deleted: true}, {Except: []string{"closed"}},
			{After: &orderhub.Cursor{ID: 7}}, {Placed: bounds(orderhub.After, 1)}, {Sort: []orderhub.Sort{{Field: orderhub.SortCreated}}},
		} {
			f.ToExport, f.Reader, f.Limit, f.Total, f.Exact = true, reader, 10, true, true
			if f.Sort == nil {
				f.Sort = []orderhub.Sort{{Field: orderhub.SortID, Descending: true}}
			}
			all := plans(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Shop(shop.ID).ListOrders(ctx, f)
				return err
			})
			for _, plan := range all[1:] { // behind the look-up of the reader
				for _, want := range []string{
					"SEARCH o USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH m USING PRIMARY KEY (reader_id=?)",
					"INDEX orders_exchange (shop_id=? AND exchange_at>?)", "SEARCH m USING PRIMARY KEY (reader_id=? AND order_id=?)",
				} {
					if !strings.Contains(plan, want) {
						t.Errorf("%s, %+v by\n%s\nwant %s", reader, f, plan, want)
					}
				}
			}
		}
	}
}

func TestEveryCustomerListHasAnIndex(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	for _, tt := range []struct {
		name   string
		filter orderhub.CustomerFilter
		sort   orderhub.SortField
		want   string
	}{
		{"all by registered", orderhub.CustomerFilter{}, orderhub.SortCreated, "customers_registered (shop_id=?"},
		{"all by updated", orderhub.CustomerFilter{}, orderhub.SortUpdated, "customers_updated (shop_id=?"},
		{"unsubscribed by registered", orderhub.CustomerFilter{Unsubscribed: new(true)}, orderhub.SortCreated, "customers_unsubscribed (shop_id=?"},
		{"with a phone by registered", orderhub.CustomerFilter{WithPhone: true}, orderhub.SortCreated, "customers_registered (shop_id=?"},
		{"the others by registered", orderhub.CustomerFilter{Unsubscribed: new(false)}, orderhub.SortCreated, "customers_registered (shop_id=?"},
		{"registered since by registered", orderhub.CustomerFilter{Registered: bounds(orderhub.AfterOrAt, 1)}, orderhub.SortCreated, "customers_registered (shop_id=? AND registered_at>?"},
		{"updated since by updated", orderhub.CustomerFilter{Updated: bounds(orderhub.AfterOrAt, 1)}, orderhub.SortUpdated, "customers_updated (shop_id=? AND updated_at>?"},
		{"unsubscribed by updated", orderhub.CustomerFilter{Unsubscribed: new(true)}, orderhub.SortUpdated, "customers_updated (shop_id=?"},
	} {
		for _, descending := range []bool{false, true} {
			for _, after := range []*orderhub.Cursor{nil, {At: day(3), ID: 7}} {
				f := tt.filter
				f.Sort, f.After, f.Limit = []orderhub.Sort{{Field: tt.sort, Descending: descending}}, after, 10
				all := plans(t, db, func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Shop(shop.ID).ListCustomers(ctx, f)
					return err
				})
				got := all[len(all)-1]
				if tie := all[0]; after != nil && (!tieByID.MatchString(tie) || strings.Contains(tie, "\n")) {
					t.Errorf("%s, descending %v, the rows of the cursor's own time:\n%s\nwant an index up to the id", tt.name, descending, tie)
				}
				if !strings.HasPrefix(got, "SEARCH c USING INDEX "+tt.want) || strings.Contains(got, "\n") {
					t.Errorf("%s, descending %v, after %v:\n%s\nwant only SEARCH c USING INDEX %s", tt.name, descending, after, got, tt.want)
				}
			}
		}
	}
}

// Apart from lists of what there are few of, nothing may read a whole table.
func TestNoMethodReadsAWholeTable(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main")
	o := fullOrderNumbered(t, shop.ID, "A-1")
	create(t, db, o)
	methods := lookUps(shop, o, newCustomer(t, db, &orderhub.Customer{Shop: shop.ID}))
	for name, method := range methods {
		all := plans(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := method(ctx, tx)
			return err
		})
		for _, steps := range all {
			for step := range strings.Lines(steps) {
				// One letter and "found" are subqueries, limited on their own.
				table, scans := strings.CutPrefix(strings.TrimSpace(step), "SCAN ")
				if scans && len(table) > 1 && table != "found" && table != "CONSTANT ROW" {
					t.Errorf("%s:\n%s", name, steps)
				}
			}
		}
	}
}

// An ask is a method of the store that looks something up.
type ask func(ctx context.Context, tx *store.Tx) (any, error)

func lookUps(shop *orderhub.Shop, o *orderhub.Order, c *orderhub.Customer) map[string]ask {
	id, ids, linked := o.ID, []orderhub.OrderID{o.ID}, []*orderhub.Order{{Customer: 1}}
	return map[string]ask{
		"OrderByRef, number": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).OrderByRef(ctx, orderhub.OrderRef{Number: "A-1"})
		},
		"OrderByRef, id": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).OrderByRef(ctx, orderhub.OrderRef{ID: id})
		},
		"OrderByRef, code": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).OrderByRef(ctx, orderhub.OrderRef{Code: o.Code})
		},
		"OrderByRef, payment": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).OrderByRef(ctx, orderhub.OrderRef{Payment: o.Payments[0].Number})
		},
		"ExchangeMarks": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).ExchangeMarks(ctx, []orderhub.ReaderID{1, 2}, ids)
		},
		"RemoveExchangeMarks": func(ctx context.Context, tx *store.Tx) (any, error) {
			return nil, tx.Shop(shop.ID).RemoveExchangeMarks(ctx, 1, ids)
		},
		"OrderIDsBy, number": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).OrderIDsBy(ctx, orderdb.ByNumber, []string{"A-1"})
		},
		"OrderIDsBy, code": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).OrderIDsBy(ctx, orderdb.ByCode, []string{o.Code})
		},
		"OrderIDsBy, payment": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).OrderIDsBy(ctx, orderdb.ByPayment, []string{o.Payments[0].Number})
		},
		"ChangeOrders": func(ctx context.Context, tx *store.Tx) (any, error) {
			now := *o
			now.Lines = append(slices.Clone(o.Lines), orderhub.Line{Quantity: 1})
			return nil, tx.Shop(shop.ID).ChangeOrders(ctx, []orderdb.OrderSave{{Old: o, New: &now}})
		},
		"OrdersAmong": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).OrdersAmong(ctx, ids, orderhub.OrderFilter{Statuses: []string{"closed"}})
		},
		"OrdersToIndex": func(ctx context.Context, tx *store.Tx) (any, error) { return tx.OrdersToIndex(ctx, ids) },
		"SearchExact": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).SearchExact(ctx, orderdb.Exact{Text: "x", Email: "y", Phone: "z"}, 9, 9)
		},
		"SearchProducts": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).SearchProducts(ctx, "x", 9, 9)
		},
		"CustomerBy": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).CustomerBy(ctx, orderhub.ByEmail, "x")
		},
		"CustomersOf": func(ctx context.Context, tx *store.Tx) (any, error) { return tx.Shop(shop.ID).CustomersOf(ctx, linked) },
		"PossibleDuplicates": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).PossibleDuplicates(ctx, 0, 9)
		},
		"OrderEvents": func(ctx context.Context, tx *store.Tx) (any, error) { return tx.Shop(shop.ID).OrderEvents(ctx, id) },
		"Position":    func(ctx context.Context, tx *store.Tx) (any, error) { return tx.Position(ctx, "search") },
		"EventsAfter": func(ctx context.Context, tx *store.Tx) (any, error) { return tx.EventsAfter(ctx, store.Position{}, 9) },
		"LiveOrders":  func(ctx context.Context, tx *store.Tx) (any, error) { return tx.LiveOrders(ctx, ids) },
		"CustomerByRef": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).CustomerByRef(ctx, orderhub.CustomerRef{ExternalID: "x", ID: c.ID})
		},
		"Sales": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).Sales(ctx, "RUB", []orderhub.CustomerID{c.ID})
		},
		"GroupNames": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).GroupNames(ctx, []orderhub.GroupID{1, 2})
		},
		"CardTypeNames": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).CardTypeNames(ctx, []orderhub.CardTypeID{1, 2})
		},
		"Answers": func(ctx context.Context, tx *store.Tx) (any, error) {
			return tx.Shop(shop.ID).Answers(ctx, []string{"k"})
		},
		"ShopByID": func(ctx context.Context, tx *store.Tx) (any, error) { return tx.ShopByID(ctx, shop.ID) },
	}
}

// TestManyIDsAreLookedForOneByOne asks for as many as go into one statement:
// for that many SQLite is tempted to go through the whole shop instead.
func TestManyIDsAreLookedForOneByOne(t *testing.T) {
	db := storetest.Open(t)
	shop := newShop(t, db, "main").ID
	const many = 250
	customers, orders := make([]orderhub.CustomerID, many), make([]orderhub.OrderID, many)
	cards, bonuses := make([]orderhub.CardID, many), make([]orderhub.BonusID, many)
	for i := range many {
		customers[i], orders[i] = orderhub.CustomerID(i+1), orderhub.OrderID(i+1)
		cards[i], bonuses[i] = orderhub.CardID(i+1), orderhub.BonusID(i+1)
	}
	for name, method := range map[string]func(ctx context.Context, tx *store.Tx) error{
		"MergedInto": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop).MergedInto(ctx, customers)
			return err
		},
		"IdentitiesOf": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop).IdentitiesOf(ctx, customers)
			return err
		},
		"CustomersByIDs": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop).CustomersByIDs(ctx, customers)
			return err
		},
		"CardsOfCustomers": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop).CardsOfCustomers(ctx, customers)
			return err
		},
		"CardsByIDs": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop).CardsByIDs(ctx, cards)
			return err
		},
		"BonusesByIDs": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop).BonusesByIDs(ctx, bonuses)
			return err
		},
		"OrdersByIDs": func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Shop(shop).OrdersByIDs(ctx, orders)
			return err
		},
	} {
		all := plans(t, db, method)
		if len(all) == 0 {
			t.Errorf("%s asks nothing", name)
		}
		for _, plan := range all {
			if strings.Contains(plan, "shop_id=?") || strings.Contains(plan, "SCAN") {
				t.Errorf("%s goes through the shop:\n%s", name, plan)
			}
		}
	}
}
