package importing

import (
	"context"
	"fmt"
	"io"

	"orderhub"
	"orderhub/internal/store/importdb"
)

// A batch is the records of one transaction.
type batch struct {
	records []*record
	rows    int64
	part    float64 // of the file that was read with them
}

// read gives the records behind a step in batches. It goes through
// those before it as well, whose keys no other record may have.
func (p *pass) read(ctx context.Context, done importdb.ImportStep, out chan<- *batch) error {
	size := orElse(p.s.Batch, 500)
	keys := newSeen()
	defer keys.close()
	b := &batch{rows: done.Rows}
	send := func() error {
		b.part = p.source.part()
		select {
		case out <- b:
			b = &batch{rows: b.rows}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for n := int64(0); ; n++ {
		r, err := p.source.next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if !r.refused() {
			p.kind.read(r)
		}
		if err := r.reserve(keys); err != nil {
			return err
		}
		if n < done.Records {
			continue
		}
		b.records = append(b.records, r)
		b.rows += int64(len(r.rows))
		if len(b.records) >= size || len(r.rows) > size {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if len(b.records) > 0 || done.Records == 0 {
		return send()
	}
	return nil
}

// refused says whether a row of the record has a fault.
func (r *record) refused() bool {
	for _, x := range r.rows {
		if len(x.faults) > 0 {
			return true
		}
	}
	return false
}

// reserve keeps the record's keys for it, and notes those that a record before
// it has. Whether that one could be stored does not matter: which of two
// records with one key is right only a person knows.
func (r *record) reserve(keys *seen) error {
	for _, k := range r.keys {
		before, err := keys.add(k, r.rows[0].line)
		if err != nil {
			return err
		}
		if before != 0 {
			r.rows[0].note(orderhub.OutcomeConflict, k.field, fmt.Sprintf("is the same as in row %d", before))
		}
	}
	return nil
}
