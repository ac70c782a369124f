package importing

import (
	"context"
	"errors"

	"orderhub"
	"orderhub/internal/store"
)

// take judges and, unless dry, stores the records of a batch. The transaction
// may run more than once, so nothing is noted at the records.
func (p *pass) take(ctx context.Context, tx *store.Tx, b *batch) (*deeds, error) {
	d := new(deeds)
	var good []*record
	for _, r := range b.records {
		if !r.refused() && !d.refuseFreed(r, p.freed) {
			good = append(good, r)
		} else if r.refused() {
			d.refuse(r, nil)
		}
	}
	verdicts, err := p.kind.take(ctx, tx, good, p.dry)
	if err != nil {
		return nil, err
	}
	if len(verdicts) != len(good) {
		return nil, errors.New("importing: not every record was judged")
	}
	for n, v := range verdicts {
		if v.outcome.Refused() {
			d.refuse(good[n], faultsOf(good[n], v))
			continue
		}
		d.tally.Count(v.outcome)
		d.note(good[n], v)
		if p.dry && v.outcome == orderhub.OutcomeUpdated && v.diff != nil && p.shown+d.examples < maxExamples {
			d.explain(good[n], v.diff())
		}
	}
	return d, nil
}

// faultsOf are the faults of a verdict at the rows that they mean.
func faultsOf(r *record, v taken) []orderhub.ImportFault {
	var all []orderhub.ImportFault
	for _, e := range orderhub.All(v.err) {
		at, field := r.at(e.Field)
		all = append(all, orderhub.ImportFault{Line: at.line, Column: at.in.columnOf(field), Field: field, Text: e.Text, Outcome: v.outcome})
	}
	if len(all) == 0 {
		all = append(all, orderhub.ImportFault{Line: r.rows[0].line, Text: v.err.Error(), Outcome: v.outcome})
	}
	return all
}
