package importing

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
)

// thingOrder is what changes to orders are kept under.
const thingOrder = "order"

// revertOrders takes back what an import did to orders.
var revertOrders = reverting(ordering.Revert, decodeOrder)

// An ordersKind reads orders, one line of an order a row.
type ordersKind struct {
	shop *orderhub.Shop
	all  []Field
}

func newOrders(shop *orderhub.Shop) *ordersKind { return &ordersKind{shop, orderFields(shop)} }

func (k *ordersKind) fields() []Field { return k.all }

// joins is the number: each row of it is another line of the order.
func (k *ordersKind) joins() string { return "number" }

// orderFields are the columns of the trade's plain files, and what only our
// own files have.
func orderFields(shop *orderhub.Shop) []Field {
	return []Field{
		{Name: "number", Required: true, Own: true, Names: numberNames, About: "the order's number; rows with the same one are lines of one order"},
		{Name: "consumer_email", Own: true, Names: []string{"email", "e-mail", "customer email", "почта", "эл. почта", "электронная почта", "adres e-mail"}, About: "the buyer's e-mail address"},
		{Name: "consumer_name", Own: true, Names: []string{"customer name", "customer", "фио", "имя", "клиент", "покупатель", "imię i nazwisko", "klient"}, About: "the buyer's name"},
		{Name: "consumer_phone", Own: true, Names: []string{"phone", "customer phone", "телефон", "номер телефона", "telefon", "numer telefonu"}, About: "the buyer's phone number"},
		{Name: "created_at", Own: true, Names: []string{"placed_at", "order date", "date", "дата заказа", "дата", "дата создания", "data zamówienia", "data utworzenia"}, About: "when the customer ordered"},
		{Name: "line.product_id", Own: true, Names: []string{"product", "offer_id", "item_id", "код товара", "id товара", "id produktu"}, About: "the product's id in the catalogue"},
		{Name: "line.product_name", Own: true, Names: []string{"item name", "название товара", "товар", "наименование", "nazwa produktu", "produkt"}, About: "what the product is called"},
		{Name: "line.price", Own: true, Names: []string{"цена", "cena"}, About: "of one piece, as paid"},
		{Name: "line.quantity", Own: true, Names: []string{"qty", "count", "количество", "кол-во", "ilość"}, About: "how much of it; 1 when nothing is said"},
		{Name: "line.discount", Own: true, Names: []string{"скидка", "rabat"}, About: "of the whole line"},
		{Name: "status", Own: true, Names: statusNames, Words: statusWords(shop), About: "a status of the shop's list, by its code or name"},

		{Name: "code", About: "the accounting system's number"},
		{Name: "customer", About: "the buyer's external id; for orders that have no customer yet"},
		{Name: "address", About: "where the goods go"},
		{Name: "total", About: "of the order; without one it is computed"},
		{Name: "currency", About: "three letters; the shop's when there is none"},
		{Name: "payment", Words: paymentWords(shop), About: "how much is paid: unpaid, partly_paid, paid or refunded"},
		{Name: "paid_at", About: "when it became wholly paid"},
		{Name: "fulfilment", Words: fulfilmentWords(shop), About: "how far the goods are: none, packed, shipped, delivered or returned"},
		{Name: "status_at", About: "when the status was set"},
		{Name: "updated_at", About: "when the order was changed last; for orders that are not there yet"},
		{Name: "note"}, {Name: "source", About: "where the order came from"}, {Name: "coupon"},
		{Name: "account", About: "the shop's bank account that is to be paid"},
		{Name: "cancel_reason"},
		{Name: "payments", About: "JSON: the payment documents"},
		{Name: "shipments", About: "JSON: the delivery documents"},
		{Name: "taxes", About: "JSON: the taxes"},
		{Name: "extras", About: "JSON: what only one dialect understands"},
		{Name: "attributes", About: "JSON object: details that have no column of their own"},

		{Name: "line.base_price", About: "of one piece before discount; the price when nothing is said"},
		{Name: "line.sku", Names: []string{"line.vendor_code"}, About: "the article number"},
		{Name: "line.unit", About: "of measure; empty is a piece"},
		{Name: "line.returned", About: "how much was given back"},
		{Name: "line.bonus", About: "bonus points that each piece earns"},
		{Name: "line.image", About: "address of a picture"},
		{Name: "line.extras", About: "JSON: what only one dialect understands"},
		{Name: "line.attributes", About: "JSON object: details of the line that have no column of their own"},
	}
}

var (
	numberNames = []string{"order number", "order_id", "order", "номер заказа", "номер", "заказ", "№ заказа", "№", "numer zamówienia", "nr zamówienia", "zamówienie"}
	statusNames = []string{"order status", "state", "статус", "статус заказа", "состояние", "status zamówienia"}
)

// statusWords are the codes of a shop's statuses and their names, which mean
// them unless they are the code of another.
func statusWords(shop *orderhub.Shop) map[string]string {
	words := make(map[string]string, 2*len(shop.Statuses))
	for _, st := range shop.Statuses {
		if name := orderhub.Fold(st.Name); name != "" {
			words[name] = st.Code
		}
	}
	for _, st := range shop.Statuses {
		words[orderhub.Fold(st.Code)] = st.Code
	}
	return words
}

// paymentWords are the names of payment states and the words for them that the
// shop's details use.
func paymentWords(shop *orderhub.Shop) map[string]string {
	words := make(map[string]string)
	for state := orderhub.Unpaid; state <= orderhub.Refunded; state++ {
		words[state.String()] = state.String()
	}
	for _, word := range []string{"not-paid", "partially-paid", "paid", "refunded"} {
		if state, ok := shop.PaymentWord(word); ok {
			words[word] = state.String()
		}
	}
	for word, state := range shop.PaymentWords {
		words[word] = state.String()
	}
	return words
}

func fulfilmentWords(shop *orderhub.Shop) map[string]string {
	words := make(map[string]string)
	for state := orderhub.Unfulfilled; state <= orderhub.Returned; state++ {
		words[state.String()] = state.String()
	}
	for word, state := range shop.FulfilmentWords {
		words[word] = state.String()
	}
	return words
}

// An orderRecord is what the rows of one order say.
type orderRecord struct {
	ordering.ImportEntry
	lines []int // the row of each line
}

func (k *ordersKind) take(ctx context.Context, tx *store.Tx, records []*record, dry bool) ([]taken, error) {
	if len(records) == 0 {
		return nil, nil
	}
	return takeOrders(ctx, tx, k.shop, records, records[0].rows[0].in.plan.Mode(), dry)
}

// takeOrders is take for all kinds whose records are about orders.
func takeOrders(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, records []*record, mode orderhub.Mode, dry bool) ([]taken, error) {
	entries := make([]ordering.ImportEntry, len(records))
	for i, r := range records {
		entries[i] = r.value.(*orderRecord).ImportEntry
	}
	verdicts, err := ordering.ImportAll(ctx, tx, shop, entries, mode, dry)
	if err != nil {
		return nil, err
	}
	all := make([]taken, len(records))
	for i, v := range verdicts {
		t := taken{outcome: v.Outcome, err: ownFields(v.Err, records[i])}
		if c := v.Customer; c != nil && !dry {
			t.changes = append(t.changes, changedCustomer(c))
		}
		if stores := v.Outcome == orderhub.OutcomeCreated || v.Outcome == orderhub.OutcomeUpdated; stores && !dry {
			t.changes = append(t.changes, orderChange(&v))
		}
		if v.Outcome == orderhub.OutcomeUpdated {
			t.diff = func() []orderhub.Change { return orderDiff(v.Old, v.Now) }
		}
		all[i] = t
	}
	return all, nil
}

// orderChange is what an undo needs of an order that was stored.
func orderChange(v *ordering.Imported) change {
	c := change{Thing: thingOrder, ID: int64(v.Now.ID), Stamp: v.Done.UnixMicro(), Version: v.Now.Version, Content: ordering.Content(v.Now)}
	if v.Old != nil {
		c.Old = encoded(thingOrder, c.ID, v.Old, encodeOrder)
	}
	return c
}

// orderDiff tells what an update changes, long lists by their name only.
func orderDiff(old, now *orderhub.Order) []orderhub.Change {
	changes := orderhub.OrderChanges(old, now)
	for _, part := range []struct {
		field    string
		old, now any
	}{
		{"lines", old.Lines, now.Lines}, {"payments", old.Payments, now.Payments},
		{"shipments", old.Shipments, now.Shipments}, {"taxes", old.Taxes, now.Taxes},
	} {
		if !reflect.DeepEqual(part.old, part.now) {
			changes = append(changes, orderhub.Change{Field: part.field})
		}
	}
	for _, x := range []struct{ field, old, now string }{
		{"extras", string(old.Extras.JSON()), string(now.Extras.JSON())},
		{"currency", string(old.Currency), string(now.Currency)},
		{"paid_at", old.PaidAt.String(), now.PaidAt.String()},
		{"status_at", old.StatusAt.String(), now.StatusAt.String()},
	} {
		if x.old != x.now {
			changes = append(changes, orderhub.Change{Field: x.field})
		}
	}
	return changes
}

var (
	lineField     = regexp.MustCompile(`^lines\[(\d+)\]\.(\w+)`)
	documentField = regexp.MustCompile(`^(payments|shipments|taxes)\[\d+\]`)

	// orderColumns and lineColumns are what the columns call fields.
	orderColumns = map[string]string{
		"contact.email": "consumer_email", "contact.name": "consumer_name", "contact.phone": "consumer_phone",
		"contact.address": "address", "placed_at": "created_at",
	}
	lineColumns = map[string]string{"product": "product_id", "name": "product_name"}
)

// ownFields are faults of a service by the fields of the columns, those of
// lines at the rows from which the lines were read.
func ownFields(err error, r *record) error {
	if err == nil {
		return nil
	}
	var f orderhub.Faults
	for _, e := range orderhub.All(err) {
		own := *e
		own.Field, own.Text = ownField(e, r)
		f.Add(&own)
	}
	return f.Err()
}

func ownField(e *orderhub.Error, r *record) (field, text string) {
	if m := lineField.FindStringSubmatch(e.Field); m != nil {
		n, _ := strconv.Atoi(m[1])
		name := m[2]
		if own, ok := lineColumns[name]; ok {
			name = own
		}
		if lines := r.value.(*orderRecord).lines; n < len(lines) {
			n = lines[n]
		}
		return fmt.Sprintf("lines[%d].%s", n, name), e.Text
	}
	if m := documentField.FindStringSubmatch(e.Field); m != nil {
		return m[1], strings.TrimPrefix(e.Field, m[1]) + " " + e.Text
	}
	if own, ok := orderColumns[e.Field]; ok {
		return own, e.Text
	}
	return e.Field, e.Text
}
