package query

import (
	"context"
	"fmt"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/store/form"
)

// A Listing is what all lists have in common: a sort with an index, a page.
type Listing struct {
	Table, ID   string // the column of ids
	Columns     map[orderhub.SortField]string
	Sort        []orderhub.Sort // none is by creation, the newest first
	After       *orderhub.Cursor
	Skip, Limit int
	Exact       bool // the total counts beyond orderhub.MaxTotal
	Few         bool // few rows fit the filter: they are picked by an index, and sorted
}

// placed says whether a list sorted by a field can go on behind a cursor.
func placed(f orderhub.SortField) bool {
	return f == orderhub.SortCreated || f == orderhub.SortUpdated || f == orderhub.SortID
}

// Begin checks the listing and counts if it is asked to. All that is wrong with
// the listing is one Invalid error.
func (l *Listing) Begin(ctx context.Context, tx Runner, w *Where, count bool) (total int, err error) {
	if len(l.Sort) == 0 {
		l.Sort = []orderhub.Sort{{Field: orderhub.SortCreated, Descending: true}}
	}
	var faults orderhub.Faults
	if l.After != nil && len(l.Sort) > 1 {
		faults.Wrong("after", "goes with one sort field only")
	}
	if l.After != nil && !placed(l.Sort[0].Field) {
		faults.Wrong("after", "goes with a sort by time or by id only")
	}
	for _, by := range l.Sort {
		if l.Columns[by.Field] == "" {
			faults.Wrong("sort", "is not a field of this list")
		}
	}
	if l.After != nil && l.Skip > 0 {
		faults.Wrong("skip", "does not go with after")
	}
	if l.Skip < 0 || l.Skip > orderhub.MaxSkip {
		faults.Wrong("skip", fmt.Sprintf("must be 0 to %d", orderhub.MaxSkip))
	}
	if l.Limit < 1 || l.Limit > orderhub.MaxLimit {
		faults.Wrong("limit", fmt.Sprintf("must be 1 to %d", orderhub.MaxLimit))
	}
	if err := faults.Err(); err != nil {
		return 0, err
	}
	if count {
		limit := fmt.Sprintf(" limit %d", orderhub.MaxTotal+1)
		if l.Exact {
			limit = ""
		}
		_, err := Row(ctx, tx, fmt.Sprintf("/* count */ select count(*) from (select 1 from %s where %s%s) counted",
			l.Table, w.String(), limit), w.Args, &total)
		if err != nil {
			return 0, fmt.Errorf("store: count %s: %w", l.Table, err)
		}
	}
	return total, nil
}

// arms are the parts of a list that are read one after the other until the
// page is full: behind a cursor first the rows of its own time, then those
// beyond. One condition on both columns would say the same, but SQLite uses
// only the first column of such a condition, and many rows may share a time.
func (l *Listing) arms(w *Where) []*Where {
	if l.After == nil {
		return []*Where{w}
	}
	column, than := l.Columns[l.Sort[0].Field], " > "
	if l.Sort[0].Descending {
		than = " < "
	}
	same, beyond := w.clone(), w.clone()
	if column == l.ID {
		beyond.And(l.ID + than + beyond.Arg(l.After.ID))
		return []*Where{beyond}
	}
	same.And(column + " = " + same.Arg(form.Micros(l.After.At)))
	same.And(l.ID + than + same.Arg(l.After.ID))
	beyond.And(column + than + beyond.Arg(form.Micros(l.After.At)))
	return []*Where{same, beyond}
}

// clause spells conditions, sort and page. IDs follow in the direction of the
// last sort field.
func (l *Listing) clause(w *Where, limit int) string {
	var by []string
	direction := ""
	for _, s := range l.Sort {
		direction = " asc"
		if s.Descending {
			direction = " desc"
		}
		column := l.Columns[s.Field]
		if l.Few && column == l.ID {
			column += " + 0" // which has no index that the database could follow instead
		}
		by = append(by, column+direction)
	}
	if l.Columns[l.Sort[len(l.Sort)-1].Field] != l.ID {
		by = append(by, l.ID+direction)
	}
	return fmt.Sprintf("where %s order by %s limit %s offset %s",
		w.String(), strings.Join(by, ", "), w.Arg(limit), w.Arg(l.Skip))
}

// ReadPage reads the rows of a page and one more, which shows whether there is
// a next page.
func ReadPage[R any](l *Listing, w *Where, read func(clause string, args []any) ([]R, error)) ([]R, error) {
	var page []R
	for _, arm := range l.arms(w) {
		clause := l.clause(arm, l.Limit+1-len(page))
		rows, err := read(clause, arm.Args)
		if err != nil {
			return nil, err
		}
		if page = append(page, rows...); len(page) > l.Limit {
			break
		}
	}
	return page, nil
}

// Cut takes away the one row too many that ReadPage may have read, and returns
// whether there was one and where the next page begins: nil when the sort has no
// cursor. Place is the time of creation, that of the last change and the id of a
// row.
func Cut[R any](l *Listing, rows []R, place func(R) (created, updated time.Time, id int64)) (page []R, more bool, next *orderhub.Cursor) {
	if len(rows) <= l.Limit {
		return rows, false, nil
	}
	page = rows[:l.Limit]
	return page, true, l.next(place(page[l.Limit-1]))
}

// next is where the next page begins after a row; nil when the sort has no
// cursor.
func (l *Listing) next(created, updated time.Time, id int64) *orderhub.Cursor {
	if len(l.Sort) > 1 || !placed(l.Sort[0].Field) {
		return nil
	}
	if l.Sort[0].Field == orderhub.SortUpdated {
		created = updated
	}
	return &orderhub.Cursor{At: created, ID: id}
}
