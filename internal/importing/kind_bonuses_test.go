package importing

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/loyalty"
	"orderhub/internal/store"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/storetest"
)

func TestRowsOfBonuses(t *testing.T) {
	c := newCounter(t, storetest.Open(t), new(storetest.Clock), "main")
	records := c.records(newBonuses(c.shop, "print"), orderhub.ImportBonuses, orderhub.ImportPlan{},
		"customer;customer_email;customer_phone;points;reason;key;card;expires_at;created_at",
		"x-1;;;1 000;gift;k-1;700;2027-01-02 03:04:05;2018-01-01 00:11:22",
		";Olga@Nordwind.example;;-5;;;;;",
		";;+7 921;2;;k-1;;;",
		";;;x;;;;;no",
		"x-1;;;;;;;;",
		"x-1;;;1.5;;;;;",
	)
	moscow := time.FixedZone("", 3*3600)
	want := []loyalty.BonusRecord{
		{Customer: orderhub.CustomerRef{ExternalID: "x-1"}, Points: 1000, Reason: "gift", Key: "k-1", Card: "700",
			ExpiresAt: new(time.Date(2027, 1, 2, 3, 4, 5, 0, moscow)), CreatedAt: time.Date(2018, 1, 1, 0, 11, 22, 0, moscow)},
		{Customer: orderhub.CustomerRef{Email: "Olga@Nordwind.example"}, Points: -5, ExpiresAt: new(time.Time{})},
		{Customer: orderhub.CustomerRef{Phone: "+7 921"}, Points: 2, Key: "k-1", ExpiresAt: new(time.Time{})},
	}
	for i, w := range want {
		got := records[i].value.(loyalty.BonusRecord)
		if i == 1 {
			if !strings.HasPrefix(got.Key, "import:") || !strings.HasSuffix(got.Key, ":3") {
				t.Errorf("the key that was made is %q", got.Key)
			}
			got.Key = ""
		}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", i+2, diff)
		}
	}
	if got := strings.Join(outcomes(records[2:], nil), ", "); got != "refused key, refused points customer created_at, refused points, refused points" {
		t.Errorf("faults: %s", got)
	}
	key := func(print, sheet string) string {
		r := c.records(newBonuses(c.shop, print), orderhub.ImportBonuses, orderhub.ImportPlan{Sheet: sheet}, "customer;points", "x-1;5")[0]
		return r.value.(loyalty.BonusRecord).Key
	}
	first, again := key("a", ""), key("a", "")
	if first != again || first == key("b", "") || first == key("a", "July") {
		t.Error("keys do not tell files and sheets apart, and nothing else")
	}
	for _, expires := range []string{"expires_at", "-"} {
		plan := orderhub.ImportPlan{Columns: []orderhub.ImportColumn{{Column: "until", Field: expires}}}
		r := c.records(newBonuses(c.shop, "p"), orderhub.ImportBonuses, plan, "customer;points;until", "x-1;5;")[0]
		if got := r.value.(loyalty.BonusRecord).ExpiresAt; (got == nil) != (expires == "-") {
			t.Errorf("with the column %s an empty cell is %v", expires, got)
		}
	}
}

// bonusFile makes a file of random bookings, several of each customer.
func bonusFile(r *rand.Rand) []string {
	rows := []string{"customer;customer_email;customer_phone;points;reason;key;card;expires_at;created_at"}
	for i := range 5 + r.IntN(40) {
		points := r.Int64N(61) - 30
		rows = append(rows, fmt.Sprintf("%s;%d;%s;%s;%s;%s;%s", namedOwner(r), points, anyOf(r, "", "gift"),
			anyOf(r, "", "", fmt.Sprint("k-", i), fmt.Sprint("k-", r.IntN(10))), anyOf(r, "", "", "", "1", "99"),
			anyOf(r, "", "", "2099-01-01", "2026-05-04 10:00:00", "2020-01-01"), anyOf(r, "", "", "2019-05-05", "2020-02-02 10:00:00")))
	}
	return rows
}

// A rehearsal says what the run does, however the file is cut into batches and
// how often the run begins anew; twice is once; and an undo leaves nothing.
func TestRandomBonusFiles(t *testing.T) {
	eachCounter(t, func(first *counter) {
		for seed := range shops(first.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 7))
			c := newCounter(first.T, first.db, first.clock, fmt.Sprint("shop-", seed))
			c.shop.Settings[loyalty.ExpireDays.Name] = anyOf(r, "", "1", "400")
			ids := c.furnish(r)
			s := &story{make: func() kind { return newBonuses(c.shop, "print") }, name: orderhub.ImportBonuses, rows: bonusFile(r), revert: revertBonuses}
			var meddle func()
			if seed%3 == 2 {
				meddle = func() {
					for range 1 + r.IntN(4) {
						c.book(anyOf(r, ids...), r.Int64N(41)-20)
					}
					if r.IntN(3) == 0 {
						if err := c.s.Expire(c.Context()); err != nil {
							c.Fatal(err)
						}
					}
					if r.IntN(2) == 0 {
						c.owe(anyOf(r, ids...), fmt.Sprint("L-", seed), 1+r.Int64N(20))
					}
				}
			}
			s.tell(c, r, meddle)
			c.wantSound(ids...)
		}
	})
}

// BenchmarkBonuses books points of ten thousand customers, several each.
func BenchmarkBonuses(b *testing.B) {
	benchmarkRows(b, func(shop *orderhub.Shop) kind { return newBonuses(shop, "print") }, orderhub.ImportBonuses,
		"customer;points;key", func(n int) string { return fmt.Sprintf("x-%d;%d;k-%d", n%10_000, 50-80*(n/10_000%2), n) })
}

// benchmarkRows measures rows a second, in batches of 500, on every database.
func benchmarkRows(b *testing.B, make_ func(*orderhub.Shop) kind, name orderhub.ImportKind, header string, row func(n int) string) {
	for database, open := range storetest.Databases() {
		b.Run(database, func(b *testing.B) {
			db, ctx := open(b), context.Background()
			shop := &orderhub.Shop{Name: "main", Zone: "UTC", Currency: "RUB", Identify: orderhub.ByEmail, Statuses: orderhub.DefaultStatuses()}
			people := make([]*orderhub.Customer, 10_000)
			err := db.Update(ctx, func(tx *store.Tx) error {
				shop.ID = 0
				if err := tx.CreateShop(ctx, shop); err != nil {
					return err
				}
				claims := make([]orderdb.Claim, len(people))
				for i := range people {
					people[i] = &orderhub.Customer{Shop: shop.ID, ExternalID: fmt.Sprint("x-", i)}
				}
				if err := tx.Shop(shop.ID).CreateCustomers(ctx, people); err != nil {
					return err
				}
				for i, p := range people {
					claims[i] = orderdb.Claim{Kind: orderhub.ByExternal, Value: p.ExternalID, Customer: p.ID}
				}
				return tx.Shop(shop.ID).ClaimIdentities(ctx, claims)
			})
			if err != nil {
				b.Fatal(err)
			}
			k := make_(shop)
			in, err := newReading(shop, orderhub.ImportPlan{}, name, k.fields(), strings.Split(header, ";"))
			if err != nil {
				b.Fatal(err)
			}
			n, rows := 0, 0
			for b.Loop() {
				batch := make([]*record, 500)
				for i := range batch {
					batch[i] = new(record)
					batch[i].rows = append(batch[i].rows, in.row(n+2, strings.Split(row(n), ";")))
					k.read(batch[i])
					n++
				}
				err := db.Update(ctx, func(tx *store.Tx) error {
					done, err := k.take(ctx, tx, batch, false)
					for _, d := range done {
						if d.outcome != orderhub.OutcomeCreated {
							b.Fatalf("%v %v", d.outcome, d.err)
						}
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
				rows += len(batch)
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
