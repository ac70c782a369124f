package orderhub_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"orderhub"
	"orderhub/money"
)

const (
	paidDoc     = orderhub.PaymentPaid
	refundedDoc = orderhub.PaymentRefunded
	openDoc     = orderhub.PaymentOpen
)

func doc(s orderhub.PaymentStatus, sum money.Amount, paid ...time.Time) orderhub.Payment {
	p := orderhub.Payment{Status: s, Sum: sum}
	if len(paid) > 0 {
		p.PaidAt = paid[0]
	}
	return p
}

// T14, T15, T17: documents that say something about money decide alone.
func TestDocumentsDecideThePaymentStatus(t *testing.T) {
	const rub = 10_000
	first, second, was, now := noon.AddDate(0, 0, -9), noon.AddDate(0, 0, -2), noon.AddDate(0, 0, -5), noon
	var never time.Time
	tests := []struct {
		name   string
		word   orderhub.PaidWord // that covered 100, said when the order was of 100
		total  money.Amount
		docs   []orderhub.Payment
		want   orderhub.PaymentState
		paidAt time.Time
	}{
		{"no document, no word", orderhub.WordNone, 100 * rub, nil, orderhub.Unpaid, never},
		{"no document, the word paid", orderhub.WordPaid, 100 * rub, nil, orderhub.Paid, was},
		{"an open bill", orderhub.WordNone, 100 * rub, []orderhub.Payment{doc(openDoc, 100*rub)}, orderhub.Unpaid, never},
		{"an open bill, the word paid", orderhub.WordPaid, 100 * rub, []orderhub.Payment{doc(openDoc, 100*rub)}, orderhub.Paid, was},
		{"on the way, the word partly", orderhub.WordPartly, 100 * rub, []orderhub.Payment{
			doc(orderhub.PaymentDeclined, 100*rub), doc(orderhub.PaymentFailed, 100*rub), doc(orderhub.PaymentPending, 100*rub),
			doc(orderhub.PaymentProcessing, 100*rub), doc(orderhub.PaymentReserved, 100*rub),
		}, orderhub.PartlyPaid, never},
		{"paid in part", orderhub.WordNone, 100 * rub, []orderhub.Payment{doc(paidDoc, 99*rub, first)}, orderhub.PartlyPaid, never},
		{"paid in part, the word paid", orderhub.WordPaid, 100 * rub, []orderhub.Payment{doc(paidDoc, 99*rub, first)}, orderhub.PartlyPaid, never},
		{"paid exactly", orderhub.WordUnpaid, 100 * rub, []orderhub.Payment{doc(paidDoc, 100*rub, second)}, orderhub.Paid, second},
		{"paid exactly, undated", orderhub.WordNone, 100 * rub, []orderhub.Payment{doc(paidDoc, 100*rub)}, orderhub.Paid, now},
		{"undated, after the word paid", orderhub.WordPaid, 100 * rub, []orderhub.Payment{doc(paidDoc, 100*rub)}, orderhub.Paid, was},
		{"dated, after the word paid", orderhub.WordPaid, 100 * rub, []orderhub.Payment{doc(paidDoc, 100*rub, second)}, orderhub.Paid, second},
		{"paid too much", orderhub.WordNone, 100 * rub, []orderhub.Payment{doc(paidDoc, 500*rub, first)}, orderhub.Paid, first},
		{"in two, the latest counts", orderhub.WordNone, 100 * rub, []orderhub.Payment{doc(paidDoc, 60*rub, second), doc(paidDoc, 40*rub, first)}, orderhub.Paid, second},
		{"in two, one of them open", orderhub.WordNone, 100 * rub, []orderhub.Payment{doc(paidDoc, 60*rub, first), doc(openDoc, 40*rub)}, orderhub.PartlyPaid, never},
		{"what is shown is paid", orderhub.WordNone, 99_9940, []orderhub.Payment{doc(paidDoc, 99_9900, first)}, orderhub.Paid, first},
		{"a kopeck less than what is shown", orderhub.WordNone, 99_9940, []orderhub.Payment{doc(paidDoc, 99_9800, first)}, orderhub.PartlyPaid, never},

		{"refunded wholly", orderhub.WordPaid, 100 * rub, []orderhub.Payment{doc(paidDoc, 100*rub, first), doc(refundedDoc, 100*rub, second)}, orderhub.Refunded, never},
		{"the document itself was refunded", orderhub.WordPaid, 100 * rub, []orderhub.Payment{doc(refundedDoc, 100*rub, first)}, orderhub.Refunded, never},
		{"refunded in part", orderhub.WordPaid, 100 * rub, []orderhub.Payment{doc(paidDoc, 100*rub, first), doc(refundedDoc, 40*rub)}, orderhub.PartlyPaid, never},
		{"too much was refunded", orderhub.WordNone, 100 * rub, []orderhub.Payment{doc(paidDoc, 100*rub, first), doc(refundedDoc, 120*rub)}, orderhub.Refunded, never},
		{"refunded what was too much", orderhub.WordNone, 100 * rub, []orderhub.Payment{doc(paidDoc, 150*rub, first), doc(refundedDoc, 50*rub)}, orderhub.Paid, first},
		{"refunded, then paid again", orderhub.WordNone, 100 * rub, []orderhub.Payment{doc(paidDoc, 100*rub, first), doc(refundedDoc, 100*rub), doc(paidDoc, 100*rub, second)}, orderhub.Paid, second},

		{"a free order", orderhub.WordNone, 0, nil, orderhub.Paid, now},
		{"a free order, the word not paid", orderhub.WordUnpaid, 0, nil, orderhub.Paid, now},
		{"a free order with an open bill", orderhub.WordNone, 0, []orderhub.Payment{doc(openDoc, 0)}, orderhub.Paid, now},
		{"a free order, paid", orderhub.WordNone, 0, []orderhub.Payment{doc(paidDoc, 0, second)}, orderhub.Paid, second},
		{"an order that became free, refunded", orderhub.WordPaid, 0, []orderhub.Payment{doc(refundedDoc, 100*rub, first)}, orderhub.Refunded, never},
		{"paid documents over nothing", orderhub.WordPaid, 100 * rub, []orderhub.Payment{doc(paidDoc, 0, second)}, orderhub.Unpaid, never},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := orderhub.Order{Currency: "RUB", Total: 100 * rub, Lines: make([]orderhub.Line, 1)}
			o.SetPaymentWord(tt.word)
			update(t, &o, was)
			o.Total, o.Payments = tt.total, tt.docs
			update(t, &o, now)
			update(t, &o, now.AddDate(0, 0, 1)) // computing again changes nothing
			if o.Payment != tt.want || !o.PaidAt.Equal(tt.paidAt) {
				t.Errorf("%s at %v, want %s at %v", o.Payment, o.PaidAt, tt.want, tt.paidAt)
			}
		})
	}
}

func update(t testing.TB, o *orderhub.Order, at time.Time) {
	t.Helper()
	if err := o.UpdatePaymentStatus(at); err != nil {
		t.Fatal(err)
	}
}

// T14: a word covers the total of its moment. Each row is a life of one order:
// what was said in turn, and how the order stood after each.
func TestWordsCoverTheTotalOfTheirMoment(t *testing.T) {
	const unit = 10_000
	type step func(*orderhub.Order)
	word := func(w orderhub.PaidWord) step { return func(o *orderhub.Order) { o.SetPaymentWord(w) } }
	total := func(units money.Amount) step { return func(o *orderhub.Order) { o.Total = units * unit } }
	docs := func(all ...orderhub.Payment) step {
		for i := range all {
			all[i].Sum *= unit
		}
		return func(o *orderhub.Order) { o.Payments = all }
	}
	status := func(code string, s orderhub.Stage) step {
		return func(o *orderhub.Order) { o.SetStatus(orderhub.Status{Code: code, Stage: s}, noon) }
	}
	paid, partly, not, back := word(orderhub.WordPaid), word(orderhub.WordPartly), word(orderhub.WordUnpaid), word(orderhub.WordRefunded)
	tests := []struct {
		name  string
		steps []step // on an order of 100
		want  string // u unpaid, % partly, p paid, r refunded
	}{
		{"paid, then grown, then as before", []step{paid, total(500), total(100)}, "p%p"},
		{"grown, then paid", []step{total(500), paid}, "up"},
		{"paid, grown, paid again", []step{paid, total(500), paid, total(501)}, "p%p%"},
		{"paid, then less", []step{paid, total(50), total(100), total(101)}, "ppp%"},
		{"paid, then free, then not", []step{paid, total(0), total(100)}, "ppp"},
		{"free, then paid, then not free", []step{total(0), paid, total(100)}, "pp%"},
		{"free, then not", []step{total(0), total(100)}, "pu"},
		{"not paid, free, then not free", []step{not, total(0), total(100)}, "upu"},
		{"partly stays partly", []step{partly, total(50), total(500), total(0), total(1)}, "%%%p%"},
		{"refunded stays refunded", []step{back, total(50), total(500)}, "rrr"},
		{"the last word counts", []step{paid, partly, not, back, paid}, "p%urp"},

		{"an open bill says nothing", []step{paid, docs(doc(openDoc, 100))}, "pp"},
		{"documents decide, before and after the word", []step{docs(doc(paidDoc, 40)), paid, not}, "%%%"},
		{"the word counts again when the document goes", []step{paid, docs(doc(paidDoc, 40)), docs()}, "p%p"},
		{"a word said meanwhile, too", []step{docs(doc(paidDoc, 40)), paid, docs()}, "%%p"},
		{"and it covers what it covered", []step{paid, docs(doc(paidDoc, 40)), total(500), docs(), total(100)}, "p%%%p"},
		{"a document over all, and the word not paid", []step{docs(doc(paidDoc, 100)), not, docs()}, "ppu"},
		{"documents and a total that grows", []step{docs(doc(paidDoc, 100)), total(500), total(100), total(0)}, "p%pp"},
		{"refunded documents and the word paid", []step{docs(doc(refundedDoc, 100)), paid, total(0), docs()}, "rrrp"},

		{"stage paid is the word paid", []step{status("p", orderhub.StagePaid), total(500), total(100)}, "p%p"},
		{"stage paid stays", []step{status("p", orderhub.StagePaid), status("sending", orderhub.StagePlaced), status("canceled", orderhub.StageCanceled)}, "ppp"},
		{"until a word takes it back", []step{status("p", orderhub.StagePaid), not, status("sending", orderhub.StagePlaced)}, "puu"},
		{"the same stage says nothing new", []step{status("p", orderhub.StagePaid), not, status("p", orderhub.StagePaid)}, "puu"},
		{"completed is paid", []step{status("c", orderhub.StageCompleted), total(500)}, "p%"},
		{"grown, then completed", []step{paid, total(500), status("c", orderhub.StageCompleted)}, "p%p"},
		{"documents against stage paid", []step{docs(doc(paidDoc, 40)), status("p", orderhub.StagePaid), status("c", orderhub.StageCompleted)}, "%%%"},
		{"stage paid against documents", []step{status("p", orderhub.StagePaid), docs(doc(paidDoc, 40)), docs()}, "p%p"},
	}
	letters := map[orderhub.PaymentState]string{orderhub.Unpaid: "u", orderhub.PartlyPaid: "%", orderhub.Paid: "p", orderhub.Refunded: "r"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := orderhub.Order{Currency: "RUB", Total: 100 * unit, Lines: make([]orderhub.Line, 1)}
			got := ""
			for _, do := range tt.steps {
				do(&o)
				update(t, &o, noon)
				got += letters[o.Payment]
			}
			if got != tt.want {
				t.Errorf("the order was %s, want %s", got, tt.want)
			}
		})
	}
}

// All combinations of what can be said, in both sequences: whether a word comes
// before or after the documents makes no difference.
func TestSequenceOfWordAndDocumentsDoesNotMatter(t *testing.T) {
	for _, total := range []money.Amount{0, 50_0000, 100_0000, 500_0000} {
		for word := orderhub.WordNone; word <= orderhub.WordRefunded; word++ {
			for n, docs := range [][]orderhub.Payment{nil, {doc(openDoc, 100_0000)}, {doc(paidDoc, 40_0000)}, {doc(paidDoc, 100_0000)}, {doc(refundedDoc, 100_0000)}, {doc(paidDoc, 100_0000), doc(refundedDoc, 40_0000)}} {
				for stage := orderhub.StagePlaced; stage <= orderhub.StageCanceled; stage++ {
					say := []func(*orderhub.Order){
						func(o *orderhub.Order) { o.SetPaymentWord(word) },
						func(o *orderhub.Order) { o.SetStatus(orderhub.Status{Code: stage.String(), Stage: stage}, noon) },
					}
					pay := func(o *orderhub.Order) { o.Payments = docs }
					var ends []string
					for _, acts := range [][]func(*orderhub.Order){{pay, say[0], say[1]}, {say[0], pay, say[1]}, {say[0], say[1], pay}} {
						o := orderhub.Order{Currency: "RUB", Total: 100_0000, Lines: make([]orderhub.Line, 1)}
						for _, do := range acts {
							do(&o)
							update(t, &o, noon)
						}
						o.Total = total
						update(t, &o, noon)
						ends = append(ends, fmt.Sprint(o.Payment, o.PaidWord, o.PaidSum, o.PaidAt))
					}
					if ends[0] != ends[1] || ends[1] != ends[2] {
						t.Errorf("total %s, word %d, documents %d, stage %s: ends as %v", total, word, n, stage, ends)
					}
				}
			}
		}
	}
}

// Of an order without lines what it will cost is not known: the word counts.
func TestPaymentStatusOfAnOrderWithoutLines(t *testing.T) {
	for word, want := range map[orderhub.PaidWord]orderhub.PaymentState{
		orderhub.WordNone: orderhub.Unpaid, orderhub.WordUnpaid: orderhub.Unpaid, orderhub.WordPartly: orderhub.PartlyPaid,
		orderhub.WordPaid: orderhub.Paid, orderhub.WordRefunded: orderhub.Refunded,
	} {
		o := orderhub.Order{Currency: "RUB"}
		o.SetPaymentWord(word)
		if update(t, &o, noon); o.Payment != want {
			t.Errorf("word %d: %s, want %s", word, o.Payment, want)
		}
		free := o
		free.Lines = make([]orderhub.Line, 1)
		if update(t, &free, noon); free.Payment != orderhub.Paid || !orderhub.PaymentFactsDiffer(&o, &free) {
			t.Errorf("word %d: %s with a line that costs nothing, want paid", word, free.Payment)
		}
	}
}

func TestResolvePaymentWord(t *testing.T) {
	tests := []struct {
		name string
		was  orderhub.Order // PaidSum unknown, of 100
		word orderhub.PaidWord
		sum  money.Amount
		then orderhub.PaymentState // when the total is 500
	}{
		{"paid", orderhub.Order{Payment: orderhub.Paid}, orderhub.WordPaid, 100_0000, orderhub.PartlyPaid},
		{"unpaid", orderhub.Order{}, orderhub.WordNone, 0, orderhub.Unpaid},
		{"partly", orderhub.Order{Payment: orderhub.PartlyPaid}, orderhub.WordPartly, 0, orderhub.PartlyPaid},
		{"refunded", orderhub.Order{Payment: orderhub.Refunded}, orderhub.WordRefunded, 0, orderhub.Refunded},
		{"paid by a document", orderhub.Order{Payment: orderhub.Paid, Payments: []orderhub.Payment{doc(paidDoc, 500_0000)}}, orderhub.WordNone, 0, orderhub.Paid},
		{"paid, with an open bill", orderhub.Order{Payment: orderhub.Paid, Payments: []orderhub.Payment{doc(openDoc, 100_0000)}}, orderhub.WordPaid, 100_0000, orderhub.PartlyPaid},
	}
	for _, tt := range tests {
		o := tt.was
		o.Currency, o.Total, o.PaidSum = "RUB", 100_0000, -1
		for range 2 { // the second time it is known
			o.ResolvePaymentWord()
			if o.PaidWord != tt.word || o.PaidSum != tt.sum {
				t.Errorf("%s: word %d over %s, want %d over %s", tt.name, o.PaidWord, o.PaidSum, tt.word, tt.sum)
			}
		}
		o.Total = 500_0000
		if update(t, &o, noon); o.Payment != tt.then {
			t.Errorf("%s: %s of a larger total, want %s", tt.name, o.Payment, tt.then)
		}
	}
}

func TestPaidAtIsWhenAnOrderBecamePaid(t *testing.T) {
	const no, partly, paid, back = orderhub.WordUnpaid, orderhub.WordPartly, orderhub.WordPaid, orderhub.WordRefunded
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	for name, tt := range map[string]struct {
		words []orderhub.PaidWord // one an hour
		want  time.Time
	}{
		"paid":               {[]orderhub.PaidWord{paid}, hour(0)},
		"paid twice":         {[]orderhub.PaidWord{paid, paid}, hour(0)},
		"given back":         {[]orderhub.PaidWord{paid, back}, time.Time{}},
		"paid after all":     {[]orderhub.PaidWord{paid, back, paid}, hour(2)},
		"paid by mistake":    {[]orderhub.PaidWord{paid, no}, time.Time{}},
		"partly after all":   {[]orderhub.PaidWord{paid, partly}, time.Time{}},
		"paid in two halves": {[]orderhub.PaidWord{partly, paid}, hour(1)},
	} {
		o := orderhub.Order{Currency: "RUB", Total: 100_0000}
		for i, w := range tt.words {
			o.SetPaymentWord(w)
			update(t, &o, hour(i))
		}
		if !o.PaidAt.Equal(tt.want) {
			t.Errorf("%s: paid at %v, want %v", name, o.PaidAt, tt.want)
		}
	}
}

func TestSayPayment(t *testing.T) {
	shown := orderhub.Order{Currency: "RUB", Total: 500_0000, PaidWord: orderhub.WordPaid, PaidSum: 100_0000}
	update(t, &shown, noon)
	for _, tt := range []struct {
		name string
		say  orderhub.PaymentState
		word orderhub.PaidWord
	}{
		{"as shown", orderhub.PartlyPaid, orderhub.WordPaid}, // the sum that was covered is not forgotten
		{"paid", orderhub.Paid, orderhub.WordPaid},
		{"unpaid", orderhub.Unpaid, orderhub.WordUnpaid},
		{"refunded", orderhub.Refunded, orderhub.WordRefunded},
	} {
		o, old := shown, shown
		o.SayPayment(&old, tt.say)
		if update(t, &o, noon); o.Payment != tt.say || o.PaidWord != tt.word {
			t.Errorf("%s: %s by the word %d, want %s by %d", tt.name, o.Payment, o.PaidWord, tt.say, tt.word)
		}
	}
	o := orderhub.Order{Currency: "RUB", Total: 100_0000}
	o.SetStatus(orderhub.Status{Code: "closed", Stage: orderhub.StageCompleted}, noon)
	old := orderhub.Order{Currency: "RUB", Total: 100_0000}
	o.SayPayment(&old, orderhub.Unpaid) // in the same command as the status
	if update(t, &o, noon); o.Payment != orderhub.Unpaid {
		t.Errorf("closed and said to be unpaid: %s", o.Payment)
	}
}

func TestPaymentsBeyondTheRangeOfMoney(t *testing.T) {
	o := orderhub.Order{Payments: []orderhub.Payment{doc(paidDoc, math.MaxInt64/2+1000), doc(paidDoc, math.MaxInt64/2+1000)}}
	all := orderhub.All(o.UpdatePaymentStatus(noon))
	if len(all) != 1 || all[0].Kind != orderhub.Invalid || all[0].Field != "payments[1].sum" {
		t.Errorf("errors %v, want an Invalid one of payments[1].sum", all)
	}
}
