package importing

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/loyalty"
	"orderhub/internal/store/storetest"
)

func TestRowsOfCards(t *testing.T) {
	c := newCounter(t, storetest.Open(t), new(storetest.Clock), "main")
	header := "Номер карты;external_id;Тип;Статус;Носитель;ean13;barcode;activated_at;blocked_at;created_at;customer;email;Телефон"
	rows := []string{header,
		"0017;e-1;Gold;заблокирована;Пластиковая;0000000000178;17;2019-01-02;2020-01-02 03:04:05;2018-01-01 00:11:22;x-1;;",
		"0018;;;;;;;;;;;;",
		"0018;;;;;;;;;;;o@nordwind.example;",
		";e-1;;LOST;GOLD;;;no;;;;;",
	}
	moscow := time.FixedZone("", 3*3600)
	full := loyalty.CardRecord{CreatedAt: time.Date(2018, 1, 1, 0, 11, 22, 0, moscow), CardChange: orderhub.CardChange{
		Number: new("0017"), ExternalID: new("e-1"), Type: &orderhub.CardTypeRef{Name: "Gold"}, Status: new(orderhub.CardBlocked), Medium: new(orderhub.Plastic),
		EAN13: new("0000000000178"), Barcode: new("17"), ActivatedAt: new(time.Date(2019, 1, 2, 0, 0, 0, 0, moscow)),
		BlockedAt: new(time.Date(2020, 1, 2, 3, 4, 5, 0, moscow)), Owner: &orderhub.CustomerRef{ExternalID: "x-1"}}}
	none := ""
	for _, tt := range []struct {
		plan orderhub.ImportPlan
		want []loyalty.CardRecord
	}{
		{orderhub.ImportPlan{}, []loyalty.CardRecord{full, {CardChange: orderhub.CardChange{Number: new("0018")}},
			{CardChange: orderhub.CardChange{Number: new("0018"), Owner: &orderhub.CustomerRef{Email: "o@nordwind.example"}}}}},
		{orderhub.ImportPlan{Clear: true}, []loyalty.CardRecord{full, {CardChange: orderhub.CardChange{Number: new("0018"), ExternalID: &none, EAN13: &none, Barcode: &none,
			Type: &orderhub.CardTypeRef{}, ActivatedAt: new(time.Time{}), BlockedAt: new(time.Time{}), Owner: &orderhub.CustomerRef{}}}}},
	} {
		records := c.records(newCards(c.shop), orderhub.ImportCards, tt.plan, rows...)
		for i, want := range tt.want {
			if diff := cmp.Diff(want, records[i].value); diff != "" {
				t.Errorf("row %d, plan %+v (-want +got):\n%s", i+2, tt.plan, diff)
			}
		}
		if got := strings.Join(outcomes(records[2:], nil), ", "); got != "refused number, refused activated_at status medium number external_id" {
			t.Errorf("faults: %s", got)
		}
	}
}

// What an update changes is told by names, of types too that are not made yet.
func TestCardUpdateIsExplained(t *testing.T) {
	eachCounter(t, func(c *counter) {
		owner := c.customer(1)
		change := orderhub.CardChange{Number: new("1"), ExternalID: new("e-1"), Type: &orderhub.CardTypeRef{Name: "Gold"}}
		if _, err := c.s.Issue(c.Context(), c.shop, change); err != nil {
			c.Fatal(err)
		}
		k := newCards(c.shop)
		records := c.records(k, orderhub.ImportCards, orderhub.ImportPlan{}, "number;external_id;type;customer", "1;e-2;Silver;x-1")
		got := c.rehearse(k, records, 9)[records[0]]
		want := []orderhub.Change{{Field: "external_id", From: "e-1", To: "e-2"}, {Field: "type", From: "Gold", To: "Silver"}, {Field: "customer", To: fmt.Sprint(owner)}}
		if diff := cmp.Diff(want, got.diff()); diff != "" {
			c.Errorf("the update (-want +got):\n%s", diff)
		}
		if len(got.freed) != 1 || got.freed[0] != (key{"external_id", "e-1"}) || got.changes != nil {
			c.Errorf("freed %v, changes %v, want e-1 and none", got.freed, got.changes)
		}
	})
}

// cardFile makes a file of random cards, known ones and others.
func cardFile(r *rand.Rand) []string {
	rows := []string{"number;external_id;type;status;medium;barcode;activated_at;blocked_at;created_at;customer;customer_email;customer_phone"}
	for range 3 + r.IntN(20) {
		n := r.IntN(20)
		rows = append(rows, fmt.Sprintf("%s;%s;%s;%s;%s;%s;%s;%s;%s;%s", anyOf(r, fmt.Sprint(n), fmt.Sprint(n), fmt.Sprint(n), ""),
			anyOf(r, "", fmt.Sprint("e-", n), fmt.Sprint("e-", n), fmt.Sprint("e-", r.IntN(20))), anyOf(r, "", "Gold", "Silver", "Bronze"),
			anyOf(r, "", "NEW", "active", "BLOCKED", "lost"), anyOf(r, "", "APP", "magnet"), anyOf(r, "", "", "17"),
			anyOf(r, "", "2019-05-06", "1970-01-01T00:00:00Z", "no"), anyOf(r, "", "2020-05-06 10:11:12.5"), anyOf(r, "", "2018-01-01 00:11:22"), namedOwner(r)))
	}
	return rows
}

func TestRandomCardFiles(t *testing.T) {
	eachCounter(t, func(first *counter) {
		for seed := range shops(first.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 8))
			c := newCounter(first.T, first.db, first.clock, fmt.Sprint("shop-", seed))
			ids := c.furnish(r)
			plan := orderhub.ImportPlan{Clear: r.IntN(3) == 0, OnlyNew: r.IntN(5) == 0, OnlyOld: r.IntN(5) == 0}
			if plan.OnlyNew {
				continue // what was made would be refused again: TestImportedCards has it
			}
			s := &story{make: func() kind { return newCards(c.shop) }, name: orderhub.ImportCards, plan: plan, rows: cardFile(r), revert: revertCards}
			var meddle func()
			if seed%3 == 2 {
				meddle = func() {
					for n := range 20 {
						ref, change := orderhub.CardRef{Number: fmt.Sprint(n)}, orderhub.CardChange{ExternalID: new(fmt.Sprint("e-", r.IntN(20)))}
						if r.IntN(4) == 0 {
							if _, _, err := c.s.AmendCard(c.Context(), c.shop, ref, change, orderhub.Mode{New: true, Existing: true}); err != nil && orderhub.KindOf(err) != orderhub.Duplicate {
								c.Fatal(err)
							}
						}
					}
				}
			}
			s.tell(c, r, meddle)
			c.wantSound(ids...)
		}
	})
}

// BenchmarkCards brings in new cards of ten thousand customers.
func BenchmarkCards(b *testing.B) {
	benchmarkRows(b, func(shop *orderhub.Shop) kind { return newCards(shop) }, orderhub.ImportCards,
		"number;external_id;type;status;activated_at;customer", func(n int) string {
			return fmt.Sprintf("%d;e-%d;Gold;ACTIVE;2019-05-06 10:00:00;x-%d", 700_000+n, n, n%10_000)
		})
}
