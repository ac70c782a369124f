package catalogue

import (
	"context"

	"orderhub"
	"orderhub/internal/batch"
	"orderhub/internal/store"
)

// ImportAll judges each of many changes by itself and stores those that it does
// not refuse, in the caller's transaction, which must have written nothing; when
// dry it only reads. It returns a verdict for each, in their sequence; in a dry
// one new products have negative IDs. No two of the changes may have an
// ExternalID in common: what is stored must not depend on their sequence. Of a
// product that stays as it is, the verdict may hold only what the change says.
//
// A product that a feed brought stays one; those that are made here are not: a
// feed that lacks them leaves them as they are.
func ImportAll(ctx context.Context, tx *store.Tx, shop *orderhub.Shop, all []orderhub.ProductChange, mode orderhub.Mode, dry bool) (verdicts []orderhub.Verdict[orderhub.Product], err error) {
	commands := make([]command, len(all))
	for i, c := range all {
		commands[i] = command{ProductChange: c}
	}
	u := batch.New(ctx, shop)
	u.Ask = func(b *batch.Batch) { In(b).ask(commands) }
	u.Decide = func(b *batch.Batch) (err error) {
		verdicts, err = In(b).doAll(commands, mode)
		return err
	}
	run := batch.In
	if dry {
		run = batch.Rehearse
	}
	if err := run(ctx, tx, u); err != nil {
		return nil, err
	}
	return verdicts, u.Err()
}
