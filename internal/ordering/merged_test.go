package ordering_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/batch/batchtest"
	"orderhub/internal/ordering"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// A wish is one request, which can be made again and again.
type wish struct {
	what     string
	reader   string // as which it comes
	commands func() []*ordering.Command
}

// someWish draws a request of any kind.
func someWish(t *rapid.T) wish {
	number, code := someNumber.Draw(t, "number"), rapid.SampledFrom([]string{"c-1", "c-2"}).Draw(t, "code")
	change, mode := someChange(t), someMode.Draw(t, "mode")
	points, version := rapid.Int64Range(0, 9).Draw(t, "points"), rapid.Int64Range(1, 3).Draw(t, "version")
	taken := rapid.Bool().Draw(t, "taken")
	whole := func(number string) *orderhub.Order {
		o := boots(number, func(o *orderhub.Order) {
			o.Code, o.Lines[0].Bonus, o.Contact.Email = code, points, "anna@example.com"
			if taken {
				o.Contact = orderhub.Contact{Email: "boris@example.com"}
			}
		})
		change.Apply(o)
		if change.Status != nil {
			o.Status = *change.Status
		}
		return o
	}
	one := func(c ordering.Command) func() []*ordering.Command {
		return func() []*ordering.Command {
			again := c
			return []*ordering.Command{&again}
		}
	}
	removed := orderhub.OrderRef{Code: code, Deleted: true}
	w := wish{what: rapid.SampledFrom([]string{"place", "place", "numbered", "replace", "amend", "amend", "amend", "by version", "several",
		"spend", "close", "mark", "delete", "restore", "purge"}).Draw(t, "what")}
	if rapid.Bool().Draw(t, "as a reader") {
		w.reader = orderhub.DefaultReader
	}
	switch w.what {
	case "place":
		w.commands = func() []*ordering.Command { return []*ordering.Command{{Whole: whole(number), Mode: onlyNew}} }
	case "numbered":
		w.commands = func() []*ordering.Command {
			return []*ordering.Command{{Whole: whole(""), Mode: onlyNew, Numbered: true}}
		}
	case "replace":
		w.commands = func() []*ordering.Command { return []*ordering.Command{{Whole: whole(number), Mode: either}} }
	case "by version":
		w.commands = one(ordering.Command{Ref: orderhub.OrderRef{Number: number}, Change: change, Mode: onlyKnown, Version: version})
	case "several":
		w.commands = func() []*ordering.Command {
			return []*ordering.Command{
				{Ref: orderhub.OrderRef{Number: number}, Change: orderhub.OrderChange{Note: new("first")}, Mode: onlyKnown},
				{Ref: orderhub.OrderRef{Code: code}, Change: change, Mode: onlyKnown},
				{Ref: orderhub.OrderRef{Number: number}, Change: orderhub.OrderChange{Note: new("last")}, Mode: onlyKnown},
			}
		}
	case "spend":
		w.commands = one(ordering.Command{Ref: orderhub.OrderRef{Number: number}, Change: orderhub.OrderChange{Spend: &points}, Mode: onlyKnown})
	case "close":
		w.commands = one(ordering.Command{Ref: orderhub.OrderRef{Number: number}, Change: orderhub.OrderChange{Status: new("closed")}, Mode: onlyKnown})
	case "mark":
		w.commands = one(ordering.Command{Ref: orderhub.OrderRef{Number: number}, Change: orderhub.OrderChange{Export: &orderhub.Export{Taken: taken}}, Mode: onlyKnown})
	case "delete":
		w.commands = one(ordering.Command{Ref: orderhub.OrderRef{Number: number}, Change: orderhub.OrderChange{Delete: true}, Mode: onlyKnown})
	case "restore":
		w.commands = one(ordering.Command{Ref: removed, Change: orderhub.OrderChange{Status: new("received")}, Mode: onlyKnown})
	case "purge":
		w.commands = one(ordering.Command{Ref: removed, Purge: true})
	default:
		w.commands = one(ordering.Command{Ref: orderhub.OrderRef{Number: number}, Change: change, Mode: mode})
	}
	return w
}

// play makes all requests in a way, so many together, and returns what came of
// each.
func (t *desk) play(wishes []wish, together int, way batchtest.Way) (said []string) {
	t.Helper()
	for some := range slices.Chunk(wishes, together) {
		var units []*batch.Unit
		for _, w := range some {
			ctx := orderhub.WithActor(t.Context(), orderhub.Actor{Door: "usam", Reader: w.reader})
			units = append(units, ordering.Request(ctx, t.shop, w.commands()...))
		}
		for i, err := range way.Run(t, t.db, units...) {
			said = append(said, fmt.Sprint(some[i].what, ": ", err))
		}
	}
	return said
}

// picture is all that the store holds of a shop, without what IDs are. What was
// made and purged in one batch never had one.
func (t *desk) picture() (all []string) {
	t.Helper()
	err := t.db.View(t.Context(), func(tx *store.Tx) error {
		all = nil
		emails := make(map[orderhub.CustomerID]string)
		for _, c := range t.customers(t.Context(), tx) {
			emails[c.ID] = c.Email
			c.ID, c.Shop = 0, 0
			all = append(all, asText(c))
		}
		for _, o := range t.everyOrder(t.Context(), tx) {
			all = append(all, "customer "+emails[o.Customer]+" "+asText(withoutIDs(o)))
		}
		slices.Sort(all)
		for _, query := range []string{
			`select at, kind, version, changes from events where shop_id = $1 order by at, kind`,
			`select points, state, created_at, state_at from bonus_entries where shop_id = $1 order by created_at, points, state`,
			`select m.exchange_at, m.taken from exchange_marks m join orders o on o.order_id = m.order_id where o.shop_id = $1 order by m.exchange_at`,
		} {
			rows, err := tx.Query(t.Context(), query, int64(t.shop.ID))
			if err != nil {
				return err
			}
			for rows.Next() {
				values := make([]any, strings.Count(query[:strings.Index(query, "from")], ",")+1)
				to := make([]any, len(values))
				for i := range values {
					to[i] = &values[i]
				}
				if err := rows.Scan(to...); err != nil {
					return err
				}
				all = append(all, customerChange.ReplaceAllStringFunc(fmt.Sprint(values...), func(change string) string {
					return customerID.ReplaceAllStringFunc(change, func(text string) string {
						id, _ := strconv.ParseInt(text, 10, 64)
						return emails[orderhub.CustomerID(id)]
					})
				}))
			}
			rows.Close()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	customerChange = regexp.MustCompile(`\["customer","\d+","\d+"\]`)
	customerID     = regexp.MustCompile(`\d+`)
)

func withoutIDs(o *orderhub.Order) *orderhub.Order {
	x := *o
	x.ID, x.Shop, x.Customer = 0, 0, 0
	return &x
}

func asText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// everyOrder is every order of the shop, deleted ones too.
func (t *desk) everyOrder(ctx context.Context, tx *store.Tx) map[orderhub.OrderID]*orderhub.Order {
	t.Helper()
	found, err := tx.Shop(t.shop.ID).OrdersByIDs(ctx, idsOf[orderhub.OrderID](t, ctx, tx, `select order_id from orders where shop_id = $1`))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (t *desk) customers(ctx context.Context, tx *store.Tx) map[orderhub.CustomerID]*orderhub.Customer {
	t.Helper()
	found, err := tx.Shop(t.shop.ID).CustomersByIDs(ctx, idsOf[orderhub.CustomerID](t, ctx, tx, `select customer_id from customers where shop_id = $1`))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func idsOf[ID ~int64](t *desk, ctx context.Context, tx *store.Tx, query string) (ids []ID) {
	t.Helper()
	rows, err := tx.Query(ctx, query, int64(t.shop.ID))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, ID(id))
	}
	return ids
}

// wantVersions checks that the events of each order have the versions 1, 2, 3
// and so on, and end at the one that is stored. Marks are no changes.
func (t *desk) wantVersions(r *rapid.T) {
	t.Helper()
	err := t.db.View(t.Context(), func(tx *store.Tx) error {
		for id, o := range t.everyOrder(t.Context(), tx) {
			events, err := tx.Shop(t.shop.ID).OrderEvents(t.Context(), id)
			if err != nil {
				return err
			}
			version := int64(0)
			for _, e := range events {
				switch e.Kind {
				case orderhub.OrderPlaced, orderhub.OrderChanged, orderhub.OrderDeleted, orderhub.OrderRestored:
					if version++; e.Version != version {
						r.Fatalf("event %s of order %s has version %d, want %d", e.Kind, o.Number, e.Version, version)
					}
				}
			}
			if o.Version != version {
				r.Fatalf("order %s has version %d, want %d", o.Number, o.Version, version)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The events of an order that was made and purged in one batch are not those of
// the next order.
func TestOrderThatWasMadeAndPurgedInOneBatch(t *testing.T) {
	each(t, func(t *desk) {
		first := ordering.Request(t.Context(), t.shop,
			&ordering.Command{Whole: boots("1", func(o *orderhub.Order) { o.Code = "c-1" }), Mode: onlyNew},
			&ordering.Command{Ref: number("1"), Change: orderhub.OrderChange{Delete: true}, Mode: onlyKnown},
			&ordering.Command{Ref: orderhub.OrderRef{Code: "c-1", Deleted: true}, Purge: true})
		if err := batchtest.AsOneBatch(t, t.db, first)[0]; err != nil {
			t.Fatal(err)
		}
		next := t.place(boots("2"))
		err := t.db.View(t.Context(), func(tx *store.Tx) error {
			events, err := tx.Shop(t.shop.ID).OrderEvents(t.Context(), next.ID)
			if len(events) != 1 {
				t.Errorf("the next order has the events %v, want its own one", events)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Requests of all kinds come to the same one by one, merged and as one batch:
// the same answers, and the same store to the last time and version.
func TestMergedRequestsComeToTheSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shops := 0
		rapid.Check(t, func(r *rapid.T) {
			if shops++; shops > 20 && strings.HasSuffix(t.Name(), "/postgres") {
				return // each is some hundred transactions
			}
			wishes := rapid.SliceOfN(rapid.Custom(someWish), 1, 40).Draw(r, "requests")
			var said, pictures [][]string
			for i, together := range []int{1, 5, len(wishes)} {
				d := newDesk(t, db, fmt.Sprintf("shop-%d-%d", shops, i))
				said = append(said, d.play(wishes, together, batchtest.Ways[i]))
				pictures = append(pictures, d.picture())
				d.wantVersions(r)
			}
			// What was refused has left nothing: without it the store is the same.
			var accepted []wish
			for i, w := range wishes {
				if strings.HasSuffix(said[0][i], ": <nil>") {
					accepted = append(accepted, w)
				}
			}
			d := newDesk(t, db, fmt.Sprintf("shop-%d-accepted", shops))
			d.play(accepted, 1, batchtest.Ways[0])
			if diff := cmp.Diff(pictures[0], d.picture()); diff != "" {
				r.Fatalf("the store (-all requests +those that were accepted):\n%s", diff)
			}
			for i := range said {
				if diff := cmp.Diff(said[0], said[i]); diff != "" {
					r.Fatalf("answers (-one by one +%s):\n%s", batchtest.Ways[i].Name, diff)
				}
				if diff := cmp.Diff(pictures[0], pictures[i]); diff != "" {
					r.Fatalf("the store (-one by one +%s):\n%s", batchtest.Ways[i].Name, diff)
				}
			}
		})
	})
}
