package orderhub

import "time"

// An OrderFilter says which orders a list shows and in which order. The zero
// filter shows all that are not deleted, the newest first.
type OrderFilter struct {
	Statuses []string       // of one of these statuses; none means any
	Except   []string       // of none of these statuses
	Payments []PaymentState // in one of these payment states; none means any
	Accounts []string       // to be paid to one of these accounts; none means any
	Among    []OrderID      // of these; nil means any
	ToExport bool           // only what Reader has still to take, deleted orders too: see ExchangeReader
	Reader   string         // whose marks Exported shows; "" shows none, and with ToExport means DefaultReader
	Deleted  bool           // only those that are deleted, instead of only those that are not
	Customer CustomerID     // linked to this customer; 0 means any
	Placed   []TimeBound    // all of these hold for PlacedAt
	Updated  []TimeBound    // all of these hold for UpdatedAt

	Sort  []Sort  // by PlacedAt, the newest first, when empty
	After *Cursor // only what comes after this one; with one sort field only
	Skip  int     // leave out so many; for callers that count pages, see MaxSkip
	Limit int     // at most so many; see MaxLimit
	Total bool    // count all that the filter holds for, too
	Exact bool    // count beyond MaxTotal
}

// Limits of a list. Deeper than MaxSkip a list goes by After, at the same
// speed at any depth.
const (
	MaxLimit = 1_000
	MaxSkip  = 1_000_000
	MaxTotal = 10_000 // counting goes through every row: a million take longer than the page
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

// A CustomerFilter says which customers a list shows and in which order. The
// zero filter shows all that are not deleted, the newest first.
type CustomerFilter struct {
	Unsubscribed *bool       // nil means any
	WithPhone    bool        // only those who have a phone number
	Registered   []TimeBound // all of these hold for RegisteredAt
	Updated      []TimeBound // all of these hold for UpdatedAt

	Sort  []Sort  // by RegisteredAt, the newest first, when empty
	After *Cursor // as in OrderFilter, as are the next
	Skip  int
	Limit int
	Total bool
	Exact bool
}

// A Sort is a field that a list can be sorted by. Rows of equal values follow
// each other by ID.
type Sort struct {
	Field      SortField
	Descending bool
}

// A SortField is what lists can be sorted by.
type SortField uint8

const (
	SortCreated SortField = iota // when an order was placed, when a customer was registered
	SortUpdated
	SortID
	SortNumber // of orders only, as are the next

	// What follows has no index: the database sorts all that the filter holds
	// for, which takes about a second for a million orders.
	SortCode
	SortStatus
	SortStatusAt
	SortTotal
	SortPayment
	SortPaidAt
	SortAccount
	SortSource
	SortCustomer
)

// A Cursor is a place in a list that is sorted by SortCreated, SortUpdated or
// SortID: the sort field's time, if it is one, and the ID of a row.
type Cursor struct {
	At time.Time
	ID int64
}

// An OrderPage is one page of a list of orders.
type OrderPage struct {
	Orders []*Order
	Next   *Cursor // where the next page begins after; nil on the last page or when sorted by several fields
	More   bool    // there is a next page
	Total  int     // how many the filter holds for, when it was asked for; MaxTotal+1 when they are more, unless Exact
}

// A CustomerPage is one page of a list of customers.
type CustomerPage struct {
	Customers []*Customer
	Next      *Cursor // as in OrderPage, as are the next
	More      bool
	Total     int
}
