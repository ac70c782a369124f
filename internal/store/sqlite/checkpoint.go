package sqlite

import (
	"context"
	"database/sql"
	"time"
)

// A commit is written to the log; a checkpoint moves it into the file. That
// takes time, and the writer should not be the one who spends it: so a
// goroutine with a connection of its own does it all the while. The log begins
// anew when all of it has been moved, which never happens while commits come
// without a pause; then the writer moves the little that is left itself.
const (
	checkpointEvery = 250 * time.Millisecond
	longLog         = 8_192 // pages of 4 KB
)

// checkpoints moves commits into the file until the engine closes.
func (e *engine) checkpoints() {
	defer close(e.tidied)
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-e.closing:
			return
		case <-tick.C:
		}
		if e.commits.Swap(0) == 0 {
			continue
		}
		// An error is no harm: the log is longer for a while.
		if pages, err := checkpoint(e.aside); err == nil && pages > longLog {
			e.logIsLong.Store(true)
		}
	}
}

// shortenLog lets the writer move what is left of a log that has become long.
func (e *engine) shortenLog() {
	e.commits.Add(1)
	if e.logIsLong.Swap(false) {
		checkpoint(e.write)
	}
}

// checkpoint moves what it can without waiting for anybody, and returns the
// length of the log.
func checkpoint(db *sql.DB) (pages int, err error) {
	var busy, moved int
	err = db.QueryRowContext(context.Background(), `pragma wal_checkpoint(passive)`).Scan(&busy, &pages, &moved)
	return pages, err
}
