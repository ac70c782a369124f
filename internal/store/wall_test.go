package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/query"
	"orderhub/internal/store/storetest"
)

// systemMethods are all methods of a transaction that is not bound to a shop:
// shops and keys, readers of events and their indexes, jobs, and what is due in
// any shop. None of them changes orders, customers, cards, points or products.
var systemMethods = []string{
	"AddDefinitions", "AddImportStep", "Advance", "CheckBodies", "ClaimImport", "CreateKey", "CreateShop",
	"DropImportSteps", "DueFeeds", "EventsAfter", "ExpiredCustomers", "ForgetAnswers", "ForgetImportChanges",
	"ImportStepsAfter", "ImportsToDo", "IndexOrders", "KeepImport", "KeyByHash", "KeyUsed", "LastImportChanges",
	"LastImportStep", "LiveOrders", "NamesIn", "Now", "OrdersToIndex", "Position", "ReadTogether", "RemoveShop",
	"SaveShop", "Shop", "ShopByID", "ShopByName", "Shops", "StaleImports", "UnindexOrders",
}

// connMethods are those of the statements themselves.
var connMethods = []string{"Enqueue", "Exec", "Query", "Send", "Together"}

func TestMethodsOfATransactionWithoutAShop(t *testing.T) {
	var got []string
	for m := range reflect.TypeFor[*store.Tx]().Methods() {
		if !slices.Contains(connMethods, m.Name) {
			got = append(got, m.Name)
		}
	}
	if !slices.Equal(got, systemMethods) {
		t.Errorf("the methods are\n%q, want\n%q: what belongs to a shop is a method of ShopTx", got, systemMethods)
	}
}

// open are methods of a shop's transaction that a caller could give ids of
// another shop which the database does not look at again: they come from records
// that the transaction has read.
var open = map[string]string{
	"NextIDs":      "ids are of all shops",
	"ReadTogether": "runs what it is given",
}

// A transaction of one shop finds nothing of another and changes nothing of it,
// whatever ids and keys it is given.
func TestTransactionOfAShopKeepsToTheShop(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		theirs, mine := newShop(t, db, "theirs"), newShop(t, db, "mine")
		w := &wall{T: t, shop: theirs, order: furnish(t, db, theirs)[0]}
		furnish(t, db, mine)
		w.readIDs(db)
		before := w.rows(db)
		for m := range reflect.TypeFor[*store.ShopTx]().Methods() {
			if _, exempt := open[m.Name]; exempt || slices.Contains(connMethods, m.Name) {
				continue
			}
			errUndo := errors.New("undo")
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				w.call(m, tx.Shop(mine.ID))
				after, err := w.rowsIn(tx)
				if err == nil && after != before { // after an error nothing of the transaction can be stored
					t.Errorf("%s changes rows of another shop", m.Name)
				}
				return errUndo
			})
			if !errors.Is(err, errUndo) && orderhub.KindOf(err) == orderhub.Unavailable {
				t.Errorf("%s: %v", m.Name, err)
			}
		}
	})
}

// A wall knows the records of one shop, which a transaction of another must not
// reach.
type wall struct {
	*testing.T
	shop  *orderhub.Shop
	order *orderhub.Order
	ids   map[reflect.Type][]int64
}

func (w *wall) readIDs(db *store.DB) {
	w.Helper()
	w.ids = make(map[reflect.Type][]int64)
	for kind, query := range map[reflect.Type]string{
		reflect.TypeFor[orderhub.OrderID]():    `select order_id from orders where shop_id = $1`,
		reflect.TypeFor[orderhub.CustomerID](): `select customer_id from customers where shop_id = $1`,
		reflect.TypeFor[orderhub.CardID]():     `select card_id from cards where shop_id = $1`,
		reflect.TypeFor[orderhub.CardTypeID](): `select type_id from card_types where shop_id = $1`,
		reflect.TypeFor[orderhub.BonusID]():    `select entry_id from bonus_entries where shop_id = $1`,
		reflect.TypeFor[orderhub.GroupID]():    `select group_id from customer_groups where shop_id = $1`,
		reflect.TypeFor[orderhub.ReaderID]():   `select reader_id from exchange_readers where shop_id = $1`,
		reflect.TypeFor[orderhub.ImportID]():   `select import_id from imports where shop_id = $1`,
		reflect.TypeFor[orderhub.KeyID]():      `select key_id from keys where shop_id = $1`,
		reflect.TypeFor[orderhub.ProductID]():  `select product_id from products where shop_id = $1`,
	} {
		view(w.T, db, func(ctx context.Context, tx *store.Tx) error {
			rows, err := tx.Query(ctx, query, int64(w.shop.ID))
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var id int64
				if err := rows.Scan(&id); err != nil {
					return err
				}
				w.ids[kind] = append(w.ids[kind], id)
			}
			if len(w.ids[kind]) == 0 {
				w.Fatalf("the shop has no %s", kind)
			}
			return rows.Err()
		})
	}
}

// rows are all rows of the shop, and those of tables that know no shops.
func (w *wall) rows(db *store.DB) (all string) {
	w.Helper()
	view(w.T, db, func(_ context.Context, tx *store.Tx) (err error) {
		all, err = w.rowsIn(tx)
		return err
	})
	return all
}

func (w *wall) rowsIn(tx *store.Tx) (string, error) {
	w.Helper()
	var all []string
	for _, table := range readSchema(w.T) {
		if table.name == "order_search" {
			continue
		}
		columns, where := make([]string, len(table.columns)), ""
		for i, c := range table.columns {
			columns[i] = "coalesce(cast(" + c[0] + " as text), '')"
			if c[0] == "shop_id" {
				where = fmt.Sprintf(" where shop_id = %d", w.shop.ID)
			}
		}
		rows, err := tx.Query(w.Context(), "select "+strings.Join(columns, " || '|' || ")+" from "+table.name+where)
		if err != nil {
			return "", err
		}
		var lines []string
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				w.Fatal(err)
			}
			lines = append(lines, table.name+" "+line)
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return "", err
		}
		slices.Sort(lines)
		all = append(all, lines...)
	}
	return strings.Join(all, "\n"), nil
}

// call calls a method with what belongs to the shop, and looks at what it
// returns. An error is as good as nothing.
func (w *wall) call(m reflect.Method, tx *store.ShopTx) {
	w.Helper()
	args := []reflect.Value{reflect.ValueOf(tx)}
	for i := 1; i < m.Type.NumIn(); i++ {
		args = append(args, w.argument(m.Type.In(i)))
	}
	call := m.Func.Call
	if m.Type.IsVariadic() {
		call = m.Func.CallSlice
	}
	for _, v := range call(args) {
		w.look(m.Name, v)
	}
}

// argument is a value of a type that means records of the shop.
func (w *wall) argument(kind reflect.Type) reflect.Value {
	w.Helper()
	v := reflect.New(kind).Elem()
	switch {
	case kind == reflect.TypeFor[context.Context]():
		return reflect.ValueOf(w.Context())
	case kind == reflect.TypeFor[time.Time]():
		return reflect.ValueOf(storetest.Noon)
	case kind == reflect.TypeFor[*orderhub.Order]():
		return reflect.ValueOf(w.order)
	case kind == reflect.TypeFor[query.Table]():
		return reflect.ValueOf(orderdb.OrderTable)
	case kind == reflect.TypeFor[orderhub.ShopID]():
		return reflect.ValueOf(w.shop.ID)
	case len(w.ids[kind]) > 0:
		v.SetInt(w.ids[kind][0])
	case kind.Kind() == reflect.Slice && len(w.ids[kind.Elem()]) > 0:
		for _, id := range w.ids[kind.Elem()] {
			v = reflect.Append(v, reflect.ValueOf(id).Convert(kind.Elem()))
		}
	case kind.Kind() == reflect.Slice || kind.Kind() == reflect.Array:
		if kind.Kind() == reflect.Array {
			for i := range v.Len() {
				v.Index(i).Set(w.argument(kind.Elem()))
			}
			break
		}
		v = reflect.Append(v, w.argument(kind.Elem()))
	case kind.Kind() == reflect.Pointer:
		v = reflect.New(kind.Elem())
		v.Elem().Set(w.argument(kind.Elem()))
	case kind.Kind() == reflect.Struct:
		for i := range kind.NumField() {
			if f := kind.Field(i); f.IsExported() && (w.ids[f.Type] != nil || f.Type == reflect.TypeFor[orderhub.ShopID]() || f.Type == reflect.TypeFor[*orderhub.Order]()) {
				v.Field(i).Set(w.argument(f.Type))
			}
		}
		for _, name := range []string{"Limit", "Points"} {
			if f := v.FieldByName(name); f.IsValid() {
				f.SetInt(100)
			}
		}
	case kind.Kind() == reflect.Int:
		v.SetInt(100)
	case kind.Kind() == reflect.String:
		v.SetString("x")
	}
	return v
}

// look fails when a value holds a record of the shop.
func (w *wall) look(method string, v reflect.Value) {
	w.Helper()
	kind := v.Type()
	switch {
	case kind == reflect.TypeFor[orderhub.ShopID]() && v.Int() == int64(w.shop.ID),
		slices.Contains(w.ids[kind], intOf(v)):
		w.Errorf("%s returns a record of another shop: %s %d", method, kind, v.Int())
	case kind == reflect.TypeFor[time.Time]() || kind == reflect.TypeFor[error]():
	case kind.Kind() == reflect.Pointer && !v.IsNil():
		w.look(method, v.Elem())
	case kind.Kind() == reflect.Slice || kind.Kind() == reflect.Array:
		for i := range v.Len() {
			w.look(method, v.Index(i))
		}
	case kind.Kind() == reflect.Map:
		for _, key := range v.MapKeys() {
			w.look(method, key)
			w.look(method, v.MapIndex(key))
		}
	case kind.Kind() == reflect.Struct:
		for i := range kind.NumField() {
			if kind.Field(i).IsExported() {
				w.look(method, v.Field(i))
			}
		}
	}
}

func intOf(v reflect.Value) int64 {
	if v.CanInt() {
		return v.Int()
	}
	return -1
}
