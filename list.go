package orderhub

import "time"

// An OrderFilter says which orders a list shows and in which order. The zero
// filter shows all that are not deleted, the newest first.
type OrderFilter struct {
	Statuses []string    // of one of these statuses; none means any
	Customer CustomerID  // linked to this customer; 0 means any
	Placed   []TimeBound // all of these hold for PlacedAt
	Updated  []TimeBound // all of these hold for UpdatedAt

	Sort  []OrderSort  // by PlacedAt, the newest first, when empty
	After *OrderCursor // only what comes after this one; with one sort field only
	Skip  int          // leave out so many; for callers that count pages, see MaxSkip
	Limit int          // at most so many; see MaxLimit
	Total bool         // count all that the filter holds for, too
}

// Limits of a list. Deeper than MaxSkip a list goes by After, at the same
// speed at any depth.
const (
	MaxLimit = 1_000
	MaxSkip  = 10_000
)

// A TimeBound is one condition on a time.
type TimeBound struct {
	Op TimeOp
	At time.Time
}

// A TimeOp compares times.
type TimeOp uint8

const (
	Equal TimeOp = iota
	NotEqual
	Before
	BeforeOrAt
	After
	AfterOrAt
)

// An OrderSort is a field that a list can be sorted by, with an index of its
// own. Orders of equal times follow each other by ID.
type OrderSort struct {
	Field      OrderSortField
	Descending bool
}

// An OrderSortField is what orders can be sorted by.
type OrderSortField uint8

const (
	SortPlaced OrderSortField = iota
	SortUpdated
)

// An OrderCursor is a place in a list: the sort field's time and the ID of an
// order.
type OrderCursor struct {
	At time.Time
	ID OrderID
}

// An OrderPage is one page of a list.
type OrderPage struct {
	Orders []*Order
	Next   *OrderCursor // where the next page begins after; nil on the last page or when sorted by several fields
	More   bool         // there is a next page
	Total  int          // all that the filter holds for, when it was asked for
}
