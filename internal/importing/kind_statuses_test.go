package importing

import (
	"fmt"
	"slices"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/ordering"
	"orderhub/internal/store/storetest"
)

func TestReadStatuses(t *testing.T) {
	noon := time.Date(2026, 5, 3, 9, 0, 0, 0, time.UTC)
	plan := orderhub.ImportPlan{Clear: true, Columns: []orderhub.ImportColumn{{Column: "status", Words: map[string]string{"Едет": "courier"}}}}
	for _, tt := range []struct {
		file   string
		want   ordering.ImportEntry
		key    key
		faults []string
	}{
		{file: "number;status\n 1 ;closed", want: ordering.ImportEntry{Ref: orderhub.OrderRef{Number: "1"}, Change: orderhub.OrderChange{Status: new("closed")}}, key: key{"number", "1"}},
		{file: "number;status\n1;ЕДЕТ", want: ordering.ImportEntry{Ref: orderhub.OrderRef{Number: "1"}, Change: orderhub.OrderChange{Status: new("courier")}}, key: key{"number", "1"}},
		{file: "number;status\n1;order RECEIVED", want: ordering.ImportEntry{Ref: orderhub.OrderRef{Number: "1"}, Change: orderhub.OrderChange{Status: new("received")}}, key: key{"number", "1"}},
		{file: "number;code;status;date;cancel_reason;order.payment;order.fulfilment\n;1C;Q7;03.05.2026 12:00:00;;paid;none",
			want: ordering.ImportEntry{Ref: orderhub.OrderRef{Code: "1C"},
				Change: orderhub.OrderChange{Status: new("Q7"), CancelReason: new("")}, FileChange: ordering.FileChange{StatusAt: &noon, Payment: new(orderhub.Paid), Fulfilment: new(orderhub.Unfulfilled)}}, key: key{"code", "1C"}},
		{file: "number;code;status\n1;1C;Q7", want: ordering.ImportEntry{Ref: orderhub.OrderRef{Number: "1"}, Change: orderhub.OrderChange{Status: new("Q7")}}, key: key{"number", "1"}},
		{file: "number;status\n;", want: ordering.ImportEntry{}, faults: []string{`row 2, column "number" can't be blank`, `row 2, column "status" can't be blank`}},
	} {
		shop := salesroom()
		r := sheetOf(t, newStatuses(shop), orderhub.ImportStatuses, shop, plan, tt.file)[0]
		if d := diff.Diff(tt.want, r.value.(*orderRecord).ImportEntry); d != "" {
			t.Errorf("%q (-want +got):\n%s", tt.file, d)
		}
		if !slices.Equal(complaints(r), tt.faults) {
			t.Errorf("%q: faults %q, want %q", tt.file, complaints(r), tt.faults)
		}
		if tt.faults == nil && !slices.Equal(r.keys, []key{tt.key}) {
			t.Errorf("%q: keys %v, want %v", tt.file, r.keys, tt.key)
		}
	}
}

func TestTakeStatuses(t *testing.T) {
	eachTill(t, func(t *till) {
		s := &ordering.Service{DB: t.db}
		for i := range 4 {
			o := &orderhub.Order{Number: fmt.Sprint(i + 1), Code: fmt.Sprint("1C-", i+1), PlacedAt: storetest.Noon.AddDate(0, -1, 0)}
			if err := s.Place(t.Context(), t.shop, o); err != nil {
				t.Fatal(err)
			}
		}
		_, told := t.take(newStatuses(t.shop), orderhub.ImportStatuses, orderhub.ImportPlan{}, `
number;code;status;date;order.payment
1;;closed;2026-04-20 10:00;paid
;1C-2;Cancelled;;
;1C-9;closed;;
9;;closed;;
3;1C-4;received;;`)
		want := []string{"updated", "updated", `conflict; row 4, column "code" is unknown`, `conflict; row 5, column "number" is unknown`, "unchanged"}
		if d := diff.Diff(want, told); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		one, two := t.order("1"), t.order("2")
		if one.Status != "closed" || one.Stage != orderhub.StageCompleted || one.Payment != orderhub.Paid || one.Moves != 1 ||
			!one.StatusAt.Equal(time.Date(2026, 4, 20, 7, 0, 0, 0, time.UTC)) {
			t.Errorf("order 1 = %+v", one)
		}
		if two.Status != "canceled" || !two.StatusAt.Equal(storetest.Noon) {
			t.Errorf("order 2 = %+v", two)
		}
		// A plan that leaves alone what is there can do nothing here.
		_, told = t.take(newStatuses(t.shop), orderhub.ImportStatuses, orderhub.ImportPlan{OnlyNew: true}, "number;status\n1;closed\n9;closed")
		want = []string{`conflict; row 2, column "number" is already taken`, `conflict; row 3, column "number" is unknown`}
		if d := diff.Diff(want, told); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}
