package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// The server chooses between indexes by its statistics. Of a table that has
// grown since they were taken it thinks that it is small still, so that all
// indexes that begin with the shop look alike to it, and it may read the whole
// shop to find one number. It takes them anew by itself, but only once a
// minute, in which an import stores a hundred thousand orders: so while tables
// grow fast, we ask for it.
const (
	oftenest = 100 * time.Millisecond // how often we look while tables grow fast
	seldom   = time.Minute            // and when they do not: the server is as quick
)

// outgrown lists the tables that are four times as large as their statistics
// say. Small ones may be read in any way.
const outgrown = `/* outgrown */
	select quote_ident(relname) from pg_class
	where relnamespace = current_schema::regnamespace and relkind = 'r'
		and pg_relation_size(oid) > 4 * greatest(relpages, 1) * current_setting('block_size')::bigint`

// keepStatistics looks after the statistics until ctx ends.
func (e *engine) keepStatistics(ctx context.Context) {
	defer close(e.kept)
	pause := oftenest
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		if !e.written.Swap(false) {
			continue
		}
		// An error is no harm: the server will do it.
		if taken, err := e.takeStatistics(ctx); err == nil && taken > 0 {
			pause = oftenest
		} else {
			pause = min(2*pause, seldom)
		}
	}
}

// takeStatistics takes those of the tables that need it and says of how many.
func (e *engine) takeStatistics(ctx context.Context) (int, error) {
	rows, err := e.jobPool.Query(ctx, outgrown)
	if err != nil {
		return 0, err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) == 0 {
		return 0, err
	}
	_, err = e.jobPool.Exec(ctx, "analyze "+strings.Join(tables, ", "), pgx.QueryExecModeSimpleProtocol)
	return len(tables), err
}
