package orderhub

import (
	"encoding/json"
	"fmt"
	"time"
)

// An Import is one file of a shop on its way into the store: first rehearsed,
// then run, perhaps undone.
type Import struct {
	ID    ImportID
	Shop  ShopID
	Kind  ImportKind
	State ImportState
	File  ImportFile
	Plan  ImportPlan
	Actor Actor // who asked for it

	// Rows is how many rows of the file the present state has seen, and Part
	// which part of its work is done, from 0 to 1.
	Rows int64
	Part float64

	Rehearsal ImportTally // of the whole file, once it was rehearsed
	Result    ImportTally // of what was run so far
	Undone    UndoTally
	Failure   string // why it failed, in a sentence for the person who sent the file

	CreatedAt time.Time
	StartedAt time.Time // of the run
	EndedAt   time.Time // of the run
	UndoUntil time.Time // until when it can be undone; zero when it cannot
}

// An ImportID is ours; later imports have higher ids.
type ImportID int64

// An ImportKind is what the rows of a file are.
type ImportKind string

const (
	ImportCustomers ImportKind = "customers"
	ImportOrders    ImportKind = "orders"   // one row a line; rows with one number are one order
	ImportStatuses  ImportKind = "statuses" // of orders that are there
	ImportCards     ImportKind = "cards"
	ImportBonuses   ImportKind = "bonuses" // entries of the customers' ledgers
	ImportProducts  ImportKind = "products"
)

// ImportKinds are all kinds, in the sequence in which a shop brings its past.
var ImportKinds = []ImportKind{ImportCustomers, ImportOrders, ImportStatuses, ImportCards, ImportBonuses, ImportProducts}

// An ImportState is where an import stands.
type ImportState string

const (
	ImportReady      ImportState = "ready"      // the file is here and can be read
	ImportRehearsing ImportState = "rehearsing" // the file is checked, nothing is stored
	ImportRehearsed  ImportState = "rehearsed"
	ImportRunning    ImportState = "running"
	ImportDone       ImportState = "done"
	ImportCancelled  ImportState = "cancelled" // by a person; what was stored by then stays until it is undone
	ImportFailed     ImportState = "failed"    // the file could not be read to its end; what was stored by then stays until it is undone
	ImportUndoing    ImportState = "undoing"
	ImportUndone     ImportState = "undone"
)

// Busy says whether somebody works, or is to work, on an import in this state.
func (s ImportState) Busy() bool {
	return s == ImportRehearsing || s == ImportRunning || s == ImportUndoing
}

// An ImportFile is what is known of the file of an import.
type ImportFile struct {
	Name   string // as its sender called it
	Size   int64  // in bytes
	Print  string // SHA-256 of its bytes, in hex
	Format string // what was recognised, for people
	Header []string
	Place  string // which program keeps it and by what name; "" when it is gone
}

// An ImportTally counts records by what became of them; a record is a row of
// the file, of orders all the rows of one number.
type ImportTally struct {
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Conflicts int64 `json:"conflicts"`
	Invalid   int64 `json:"invalid"`
}

// Count adds one record.
func (t *ImportTally) Count(o Outcome) {
	*[...]*int64{&t.Created, &t.Updated, &t.Unchanged, &t.Conflicts, &t.Invalid}[o]++
}

// Add adds another tally.
func (t *ImportTally) Add(u ImportTally) {
	t.Created += u.Created
	t.Updated += u.Updated
	t.Unchanged += u.Unchanged
	t.Conflicts += u.Conflicts
	t.Invalid += u.Invalid
}

// Rejected is how many records were not stored, though somebody wanted them to
// be.
func (t ImportTally) Rejected() int64 { return t.Conflicts + t.Invalid }

// All is how many records there were.
func (t ImportTally) All() int64 { return t.Created + t.Updated + t.Unchanged + t.Rejected() }

// An UndoTally counts what became of the things that an import had stored.
type UndoTally struct {
	Removed  int64 `json:"removed"`  // the import had made them
	Restored int64 `json:"restored"` // are as they were before
	Kept     int64 `json:"kept"`     // somebody has touched or used them since
}

// An Outcome is what storing one record of many does.
type Outcome uint8

const (
	OutcomeCreated   Outcome = iota
	OutcomeUpdated           // was there, and differs
	OutcomeUnchanged         // was there, and is the same
	OutcomeConflict          // is sound by itself, and contradicts what is stored or stands elsewhere in the file
	OutcomeInvalid           // is wrong by itself
)

func (o Outcome) String() string {
	return [...]string{"created", "updated", "unchanged", "conflict", "invalid"}[o]
}

// Refused says whether the record is not stored though somebody wanted it to
// be.
func (o Outcome) Refused() bool { return o >= OutcomeConflict }

// A Verdict is what became of one record of many, each of which is judged by
// itself: the good ones are stored though others are bad.
type Verdict[T any] struct {
	Outcome Outcome
	Err     error // what is wrong, by field; nil unless refused
	Old     *T    // as it was before; nil when it was not there
	Now     *T    // as it is, or would be; nil when refused
}

// A Reversal is one thing that was made or changed, and is to be again as it
// was before.
type Reversal[T any] struct {
	ID    int64
	Stamp time.Time // when it was changed
	Old   *T        // as it was before; nil for one that was made, which is to be removed

	// Version is what the change wrote, 0 for changes from before versions, and
	// Content tells the content that it wrote from any other, whatever the
	// version and the times; "" for changes from before it was kept.
	Version int64
	Content string
}

// An ImportPlan says how a file is read and what its rows do. The zero plan
// leaves everything to be recognised. A shop keeps plans by name.
type ImportPlan struct {
	Sheet     string `json:"sheet,omitempty"`     // the worksheet; "" is the first
	Encoding  string `json:"encoding,omitempty"`  // of CSV; "" is recognised
	Separator string `json:"separator,omitempty"` // of CSV, one character; "" is recognised
	Header    int    `json:"header,omitempty"`    // the line of the column names; 0 is the first

	// Columns says what columns of the file mean; what is not here goes by its
	// name.
	Columns []ImportColumn `json:"columns,omitempty"`

	Decimal string `json:"decimal,omitempty"` // the decimal sign, "." or ","; "" is recognised
	Dates   string `json:"dates,omitempty"`   // the order of a date's parts: ymd, dmy or mdy; "" is recognised
	Zone    string `json:"zone,omitempty"`    // of times without one; "" is the shop's

	Clear   bool `json:"clear,omitempty"`    // an empty cell clears the field; else it keeps it
	OnlyNew bool `json:"only_new,omitempty"` // what is there stays as it is, and is a conflict
	OnlyOld bool `json:"only_old,omitempty"` // what is not there is not made, and is a conflict
	Live    bool `json:"live,omitempty"`     // acts, as if it came by an API; else it is history: stored, and nothing follows from it
}

// Mode is what the plan lets a record do.
func (p *ImportPlan) Mode() Mode { return Mode{New: !p.OnlyOld, Existing: !p.OnlyNew} }

// An ImportColumn says what one column of a file means.
type ImportColumn struct {
	Column string `json:"column"` // as the header calls it

	// Field is what it becomes: the name of a field of the kind, or
	// "attribute.NAME" for a free attribute, or "-" for nothing.
	Field string `json:"field"`

	// Words are what the file's own words mean: "Оплачен" is paid. They are
	// compared without regard to letter case.
	Words map[string]string `json:"words,omitempty"`
}

// An ImportFault is what is wrong with one row of a file.
type ImportFault struct {
	Line    int     `json:"line"`             // of a CSV file; the row of a worksheet
	Column  string  `json:"column,omitempty"` // as the file calls it; "" when it concerns the row as a whole
	Field   string  `json:"field,omitempty"`
	Text    string  `json:"text"`
	Outcome Outcome `json:"-"` // conflict or invalid
}

func (f ImportFault) String() string {
	if f.Column == "" {
		return fmt.Sprintf("row %d %s", f.Line, f.Text)
	}
	return fmt.Sprintf("row %d, column %q %s", f.Line, f.Column, f.Text)
}

// JSON prints a plan for the store and for files.
func (p *ImportPlan) JSON() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts, numbers and booleans always print
	}
	return b
}
