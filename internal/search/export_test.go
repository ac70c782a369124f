package search

import "context"

// StepWhile is Step with something that happens between reading and storing.
func (x *Indexer) StepWhile(ctx context.Context, happens func()) (int, error) {
	b, err := x.read(ctx)
	if err != nil {
		return 0, err
	}
	happens()
	return x.store(ctx, b)
}
