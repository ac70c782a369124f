package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// A batch is what its client knows of orders that it sent in one body: they
// stand or fall together.
type batch struct {
	numbers []string
	outcome outcome
}

const batchSize = 25

// loadBatches lets one more client send orders in the words of ExpertSender,
// many in a body, until the server is gone or the load ends.
func (tr *trial) loadBatches(v *victim, w *writers, round int) {
	w.running.Go(func() {
		for i := 0; !w.stop.Load(); i++ {
			b := new(batch)
			for n := range batchSize {
				b.numbers = append(b.numbers, fmt.Sprintf("B%04dn%05dz%02d", round, i, n))
			}
			tr.mu.Lock()
			tr.batches = append(tr.batches, b)
			tr.mu.Unlock()
			if b.outcome = tr.sendBatch(v, b); b.outcome == open {
				return
			}
			w.placed.Add(batchSize)
		}
	})
}

// document is the body of a batch.
func (b *batch) document() string {
	orders := make([]string, len(b.numbers))
	for i, number := range b.numbers {
		orders[i] = fmt.Sprintf(`{"id": %q, "date": "2026-05-01T08:12:30Z", "totalValue": 412.85, "customer": {"email": "b%d@example.com"},
			"products": [{"id": "1", "name": "Чай", "price": 100.10, "quantity": 3}, {"id": "2", "name": "Сахар", "price": 55, "quantity": 1}]}`, number, i%7)
	}
	return `{"mode": "Add", "data": [` + strings.Join(orders, ",") + `]}`
}

// sendBatch sends a batch and judges the answer as send does.
func (tr *trial) sendBatch(v *victim, b *batch) outcome {
	r, err := http.NewRequest("POST", v.base+"/orders", strings.NewReader(b.document()))
	if err != nil {
		return open
	}
	r.Header.Set("x-api-key", tr.key)
	r.Header.Set("Content-Type", "application/json")
	resp, err := tr.client.Do(r)
	if err != nil {
		return open
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	switch {
	case err != nil:
		return open
	case resp.StatusCode == http.StatusCreated:
		return done
	case resp.StatusCode == http.StatusServiceUnavailable && strings.Contains(string(text), "nothing was changed"):
		time.Sleep(5 * time.Millisecond)
		return refused
	case resp.StatusCode != http.StatusServiceUnavailable:
		tr.wonder("a batch, sent once, was answered %d:\n%s", resp.StatusCode, text)
	}
	return open
}

// lookAtBatches compares all batches with what their clients know.
func (tr *trial) lookAtBatches(ctx context.Context, tx *store.Tx, shop *orderhub.Shop) error {
	for _, b := range tr.batches {
		there := 0
		for _, number := range b.numbers {
			o, err := tx.Shop(shop.ID).OrderByRef(ctx, orderhub.OrderRef{Number: number})
			if orderhub.KindOf(err) == orderhub.NotFound && err != nil {
				continue
			}
			if err != nil {
				return err
			}
			there++
			events, err := tx.Shop(o.Shop).OrderEvents(ctx, o.ID)
			if err != nil {
				return err
			}
			if len(o.Lines) != 2 || len(events) != 1 || o.Customer == 0 || o.Total.String() != "412.85" {
				tr.tally.wrong++
				tr.wonder("order %s of a batch is half: %d lines, %d events, customer %d, total %v", number, len(o.Lines), len(events), o.Customer, o.Total)
			}
		}
		switch {
		case b.outcome == done:
			tr.tally.answered += len(b.numbers)
			tr.tally.lost += len(b.numbers) - there
			if there < len(b.numbers) {
				tr.wonder("of the batch of %s %d orders are there; it was answered for", b.numbers[0], there)
			}
		case b.outcome == refused && there > 0, there > 0 && there < len(b.numbers):
			tr.tally.wrong++
			tr.wonder("of the batch of %s %d of %d orders are there (%v)", b.numbers[0], there, len(b.numbers), b.outcome)
		}
	}
	tr.batches = nil
	return nil
}
