package exporting

import (
	"context"
	"sync"
)

// ahead visits pages one after the other, and reads the next while one is
// written: the store and the writer are about equally busy. Read returns a
// page and whether there are more. It is not called again once it has failed,
// nor is it at work when ahead returns.
func ahead[Page any](ctx context.Context, read func(context.Context) (Page, bool, error), visit func(Page) error) error {
	type result struct {
		page Page
		err  error
	}
	var reader sync.WaitGroup
	defer reader.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	pages := make(chan result)
	reader.Go(func() {
		defer close(pages)
		for more := true; more; {
			var r result
			if r.page, more, r.err = read(ctx); r.err != nil {
				more = false
			}
			select {
			case pages <- r:
			case <-ctx.Done():
				return
			}
		}
	})
	for r := range pages {
		if r.err != nil {
			return r.err
		}
		if err := visit(r.page); err != nil {
			return err
		}
	}
	return ctx.Err()
}
