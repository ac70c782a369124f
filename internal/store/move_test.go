package store_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// The folder testdata/former holds stores as the program wrote them before
// orders were kept in one row (schema 6): orders of the dialects, of files and
// of every shape that its tests made, cards, points and eight imports. The
// texts beside them are how that program read their orders.

// A former is a stored store.
type former struct {
	storetest.Place
	orders string // as they were read
	next   orderhub.OrderID
}

// formers puts the stored stores where they can be opened, again and again.
func formers(t *testing.T) map[string]former {
	t.Helper()
	all := make(map[string]former)
	for database, place := range storetest.Places(t) {
		content := map[string]string{"sqlite": "sqlite.db.gz", "postgres": "postgres.sql.gz"}[database]
		place.Load(t, unpack(t, content))
		first, orders, _ := strings.Cut(string(unpack(t, database+".txt.gz")), "\n")
		next, err := strconv.Atoi(strings.TrimPrefix(first, "next "))
		if err != nil {
			t.Fatal(err)
		}
		all[database] = former{place, orders, orderhub.OrderID(next)}
	}
	return all
}

func unpack(t *testing.T, name string) []byte {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join("testdata", "former", name))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// read describes all orders of a store in the sequence of their IDs.
func (f former) read(t *testing.T, db *store.DB) string {
	t.Helper()
	var b strings.Builder
	view(t, db, func(ctx context.Context, tx *store.Tx) error {
		shops, err := tx.Shops(ctx)
		if err != nil {
			return err
		}
		for id := orderhub.OrderID(1); id < f.next; id++ {
			for _, shop := range shops {
				found, err := tx.Shop(shop.ID).OrdersByIDs(ctx, []orderhub.OrderID{id})
				if err != nil {
					return err
				}
				if o := found[id]; o != nil {
					b.WriteString(describeOrder(o))
				}
			}
		}
		return nil
	})
	return b.String()
}

// markDeleted finds the marks of deleted orders, which were not offered to the
// accounting system whether it had taken them or not.
var markDeleted = regexp.MustCompile(`(?m)(^order .* [1-9]\d* ?\nstates "[^"]*" \d+ \d+ \d+) (?:true|false)`)

// wantMoved fails unless the store is sound and says the same of its orders.
func (f former) wantMoved(t *testing.T, db *store.DB) {
	t.Helper()
	before, after := markDeleted.ReplaceAllString(f.orders, "$1 false"), f.read(t, db)
	if d := cmp.Diff(strings.Split(before, "\n"), strings.Split(after, "\n")); d != "" {
		t.Errorf("orders (-before +after):\n%s", d)
	}
	if findings, err := db.Check(t.Context()); err != nil || len(findings) > 0 {
		t.Errorf("Check = %q, %v", findings, err)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Errorf("Ready = %v", err)
	}
	o := plainOrder(1, "the first new one")
	create(t, db, o)
	if o.ID < f.next {
		t.Errorf("a new order got the id %d, which an order had before; want %d or more", o.ID, f.next)
	}
}

// wantOffered fails unless the reader accounting is offered what it had still to
// take, and no mark had to be made for it.
func (f former) wantOffered(t *testing.T, db *store.DB) {
	t.Helper()
	view(t, db, func(ctx context.Context, tx *store.Tx) error {
		page, err := tx.Shop(1).ListOrders(ctx, orderhub.OrderFilter{ToExport: true, Limit: orderhub.MaxLimit})
		if err != nil {
			return err
		}
		for _, o := range page.Orders {
			if !o.DeletedAt.IsZero() {
				t.Errorf("the deleted order %d is offered", o.ID)
			}
		}
		all, err := tx.Shop(1).ListOrders(ctx, orderhub.OrderFilter{Reader: orderhub.DefaultReader, Limit: orderhub.MaxLimit})
		if err != nil {
			return err
		}
		open := slices.DeleteFunc(all.Orders, func(o *orderhub.Order) bool { return o.Exported || o.Number == "the first new one" })
		if len(open) != len(page.Orders) || len(open) == 0 || len(open) == len(all.Orders) {
			t.Errorf("%d orders are offered, %d of %d are not taken", len(page.Orders), len(open), len(all.Orders))
		}
		return nil
	})
	if n := count(t, db, `select count(*) from exchange_marks`); n != 0 {
		t.Errorf("%d marks, want none", n)
	}
}

func TestFormerStoreIsMoved(t *testing.T) {
	for database, f := range formers(t) {
		t.Run(database, func(t *testing.T) {
			db := f.Open(t)
			if _, err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			f.wantMoved(t, db)
			f.wantOffered(t, db)
			view(t, db, func(ctx context.Context, tx *store.Tx) error {
				found, err := tx.Shop(1).OrderByRef(ctx, orderhub.OrderRef{Payment: "PH0000000005903"})
				if err == nil && found.Code != "1C-1" {
					t.Errorf("the payment document is of the order %q, want 1C-1", found.Code)
				}
				if err != nil {
					return err
				}
				ids, err := tx.Shop(1).SearchProducts(ctx, "L-2", 1<<62, 10)
				if want := []orderhub.OrderID{found.ID - 1}; err == nil && !slices.Equal(ids, want) {
					t.Errorf("the article L-2 is found in the orders %v, want %v", ids, want)
				}
				return err
			})
		})
	}
}

// A program that ends at any time while the orders are moved leaves a store
// that says so, and that the next one goes on with.
func TestMovingCanBeInterrupted(t *testing.T) {
	for database, f := range formers(t) {
		t.Run(database, func(t *testing.T) {
			defer store.SetMoveChunk(7)()
			ended, percent := 0, -1
			for again := true; again; {
				db := f.Open(t)
				if ended > 0 {
					if err := db.Ready(t.Context()); orderhub.KindOf(err) != orderhub.Unavailable || !strings.Contains(err.Error(), fmt.Sprint(percent, " %")) {
						t.Errorf("after %d ends Ready = %v, want that %d %% are done", ended, err, percent)
					}
				}
				ctx, end := context.WithCancel(t.Context())
				chunks := 0
				_, err := db.MigrateReporting(ctx, func(p store.Progress) {
					if p.Percent() < percent {
						t.Errorf("went back from %d %% to %d %%", percent, p.Percent())
					}
					percent = p.Percent()
					if chunks++; chunks == 1+ended%3 {
						end() // as if the program ended here
					}
				})
				end()
				if err != nil {
					ended++
				}
				if again = err != nil; again && (ended > 100 || !errors.Is(err, context.Canceled)) {
					t.Fatalf("after %d ends: %v", ended, err)
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if ended < 10 {
				t.Errorf("the move was interrupted %d times, want some more", ended)
			}
			f.wantMoved(t, f.Open(t))
		})
	}
}

// Two programs that start at the same time move the orders together.
func TestTwoProgramsMove(t *testing.T) {
	for database, f := range formers(t) {
		t.Run(database, func(t *testing.T) {
			defer store.SetMoveChunk(5)()
			one, other := f.Open(t), f.Open(t)
			errs := make(chan error, 2)
			for _, db := range []*store.DB{one, other} {
				go func() {
					_, err := db.Migrate(t.Context())
					errs <- err
				}()
			}
			for range 2 {
				if err := receive(t, errs, "a program that migrates"); err != nil {
					t.Error(err)
				}
			}
			f.wantMoved(t, one)
		})
	}
}

// describeOrder writes all that is known of an order, one field a line.
func describeOrder(o *orderhub.Order) string {
	var b strings.Builder
	at := func(t time.Time) int64 {
		if t.IsZero() {
			return 0
		}
		return t.UnixMicro()
	}
	put := func(values ...any) {
		for i, v := range values {
			if text, is := v.(string); is && i > 0 {
				v = strconv.Quote(text)
			}
			fmt.Fprint(&b, v, " ")
		}
		b.WriteByte('\n')
	}
	put("order", int64(o.ID), int64(o.Shop), o.Number, o.Code, at(o.PlacedAt), at(o.CreatedAt), at(o.UpdatedAt), at(o.DeletedAt))
	// Deleted orders were not offered, whether they were taken or not, and are not.
	taken := o.DeletedAt.IsZero() && o.ExchangeAt.Before(time.Unix(0, 0))
	put("states", o.Status, int(o.Stage), at(o.StatusAt), o.Moves, taken, int(o.Payment), at(o.PaidAt), int(o.Fulfilment), int64(o.Customer))
	put("contact", o.Contact.Name, o.Contact.Email, o.Contact.Phone, o.Contact.Address)
	put("money", string(o.Currency), int64(o.Total), o.TotalGiven)
	put("texts", o.Note, o.Source, o.Coupon, o.Account, o.CancelReason, string(o.Attributes.JSON()), string(o.Extras.JSON()))
	for _, l := range o.Lines {
		put("line", l.No, l.Product, l.SKU, l.Name, l.Unit, int64(l.Quantity), int64(l.Returned), int64(l.BasePrice), int64(l.Price),
			int64(l.Discount), int64(l.Amount), l.Bonus, l.Image, string(l.Attributes.JSON()), string(l.Extras.JSON()))
	}
	for _, p := range o.Payments {
		put("payment", p.No, p.Number, int(p.Status), int64(p.Sum), p.Method, p.MethodName, p.Reference, p.Note, at(p.CreatedAt), at(p.PaidAt), string(p.Extras.JSON()))
	}
	for _, s := range o.Shipments {
		put("shipment", s.No, s.Number, s.Status, s.Method, s.MethodName, int64(s.Price), s.Included, s.Track, s.Pickup, s.PickupName,
			s.Address, s.Note, at(s.CreatedAt), at(s.DeliveredAt), string(s.Extras.JSON()))
	}
	for _, t := range o.Taxes {
		put("tax", t.No, t.Name, int64(t.Rate), int64(t.Amount), t.InPrice, string(t.Extras.JSON()))
	}
	return b.String()
}
