package orderhub_test

import (
	"testing"

	"orderhub"
)

func TestPaymentStateIsReadAsItIsPrinted(t *testing.T) {
	for s := orderhub.Unpaid; s <= orderhub.Refunded; s++ {
		if got, ok := orderhub.ParsePaymentState(s.String()); !ok || got != s {
			t.Errorf("%s is read as %s, %v", s, got, ok)
		}
	}
	for _, text := range []string{"", "Paid", "1", "paid "} {
		if got, ok := orderhub.ParsePaymentState(text); ok {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}

func TestSetStatusCountsMoves(t *testing.T) {
	at := noon
	received := orderhub.Status{Code: "received"}
	closed := orderhub.Status{Code: "closed", Stage: orderhub.StageCompleted, Closed: true}
	o := orderhub.Order{Status: "received"}
	for i, step := range []struct {
		to    orderhub.Status
		moves int
	}{{received, 0}, {closed, 1}, {closed, 1}, {received, 2}, {closed, 3}} {
		o.SetStatus(step.to, at)
		if o.Moves != step.moves || o.Stage != step.to.Stage {
			t.Errorf("step %d: %d moves, stage %s; want %d, %s", i, o.Moves, o.Stage, step.moves, step.to.Stage)
		}
		if o.Moves > 0 && !o.StatusAt.Equal(at) {
			t.Errorf("step %d: the status is of %v, want %v", i, o.StatusAt, at)
		}
	}
}

func TestOrderRefIsNamedAsItsSenderDid(t *testing.T) {
	for _, tt := range []struct {
		ref  orderhub.OrderRef
		want string
	}{
		{orderhub.OrderRef{}, "0"},
		{orderhub.OrderRef{ID: 7}, "7"},
		{orderhub.OrderRef{Number: "A-1"}, "A-1"},
		{orderhub.OrderRef{Number: "A-1", ID: 7, Code: "УТ-1", Payment: "PH1"}, "A-1"},
		{orderhub.OrderRef{ID: 7, Code: "УТ-1", Payment: "PH1"}, "7"},
		{orderhub.OrderRef{Code: "УТ-1", Payment: "PH1"}, "УТ-1"},
		{orderhub.OrderRef{Payment: "PH1", Deleted: true}, "PH1"},
		{orderhub.OrderRef{Number: "a\xffb"}, "a\uFFFDb"},
		{orderhub.OrderRef{Code: "a\xff\xfeb"}, "a\uFFFDb"},
	} {
		if got := tt.ref.String(); got != tt.want {
			t.Errorf("%+v is named %q, want %q", tt.ref, got, tt.want)
		}
	}
}

func TestPointsOfSeveralChangesAddUp(t *testing.T) {
	var o orderhub.Order
	for _, points := range []int64{10, 0, 32} {
		change := orderhub.OrderChange{Spend: &points}
		change.Apply(&o)
	}
	none := orderhub.OrderChange{}
	none.Apply(&o)
	if o.Spend != 42 {
		t.Errorf("%d points are spent, want 42", o.Spend)
	}
}
