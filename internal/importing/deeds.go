package importing

import (
	"encoding/json"
	"fmt"

	"orderhub"
)

// deeds are what one step of an import did and found. They are stored with it.
type deeds struct {
	Changes  []change
	Freed    []freedKey
	Findings []finding

	tally    orderhub.ImportTally
	examples int
}

// A freedKey is a key that a thing had before a record changed it.
type freedKey struct {
	Field string `json:"f"`
	Value string `json:"v"`
	Line  int    `json:"l"`
}

// A finding is a record that was refused, with its rows, or an example of one
// that changes something.
type finding struct {
	Outcome string            `json:"outcome"`
	Rows    []foundRow        `json:"rows,omitempty"`
	Line    int               `json:"line,omitempty"`    // of an example
	Changes []orderhub.Change `json:"changes,omitempty"` // of an example
}

// A foundRow is a row of a record that was refused.
type foundRow struct {
	Line   int                    `json:"line"`
	Cells  []string               `json:"cells,omitempty"`
	Faults []orderhub.ImportFault `json:"faults,omitempty"`
}

// refuse notes a record that is not stored, for faults of its rows and others.
func (d *deeds) refuse(r *record, more []orderhub.ImportFault) {
	outcome := orderhub.OutcomeConflict
	f := finding{Rows: make([]foundRow, len(r.rows))}
	for n, x := range r.rows {
		faults := x.faults
		for _, fault := range more {
			if fault.Line == x.line {
				faults = append(faults[:len(faults):len(faults)], fault)
			}
		}
		for _, fault := range faults {
			outcome = max(outcome, fault.Outcome)
		}
		f.Rows[n] = foundRow{Line: x.line, Cells: x.cells, Faults: faults}
	}
	f.Outcome = outcome.String()
	d.tally.Count(outcome)
	d.Findings = append(d.Findings, f)
}

// refuseFreed refuses a record that has a key which another thing had until an
// earlier record of the file changed it: that this file gives it away and takes
// it is either a mistake or nothing that two steps should decide by chance.
func (d *deeds) refuseFreed(r *record, freed map[key]int) bool {
	if len(freed) == 0 {
		return false
	}
	var faults []orderhub.ImportFault
	for _, k := range r.keys {
		if line, ok := freed[k]; ok && line != r.rows[0].line {
			faults = append(faults, orderhub.ImportFault{Line: r.rows[0].line, Column: r.rows[0].in.columnOf(k.field), Field: k.field,
				Text: fmt.Sprintf("belonged until row %d to another one; import this row again", line), Outcome: orderhub.OutcomeConflict})
		}
	}
	if len(faults) > 0 {
		d.refuse(r, faults)
	}
	return len(faults) > 0
}

// note keeps what a record changed.
func (d *deeds) note(r *record, v taken) {
	d.Changes = append(d.Changes, v.changes...)
	for _, k := range v.freed {
		d.Freed = append(d.Freed, freedKey{k.field, k.value, r.rows[0].line})
	}
}

// explain keeps an example of what an update changes.
func (d *deeds) explain(r *record, changes []orderhub.Change) {
	d.Findings = append(d.Findings, finding{Outcome: orderhub.OutcomeUpdated.String(), Line: r.rows[0].line, Changes: changes})
	d.examples++
}

// findings prints what was found.
func (d *deeds) findings() []byte { return listJSON(d.Findings) }

// kept are the deeds that an undo, and whoever goes on, needs.
type kept struct {
	Changes []change   `json:"changes,omitempty"`
	Freed   []freedKey `json:"freed,omitempty"`
}

// changes prints what an undo needs; nothing when nothing was stored.
func (d *deeds) changes() []byte {
	if len(d.Changes)+len(d.Freed) == 0 {
		return nil
	}
	b, err := json.Marshal(kept{d.Changes, d.Freed})
	if err != nil {
		panic(fmt.Sprintf("importing: does not print: %v", err)) // it is made of JSON, texts and numbers
	}
	return b
}

func parseDeeds(text []byte) (kept, error) {
	var k kept
	if len(text) == 0 {
		return k, nil
	}
	if err := json.Unmarshal(text, &k); err != nil {
		return k, fmt.Errorf("importing: what a step did: %w", err)
	}
	return k, nil
}

// listJSON is a list as JSON; "" when it is empty.
func listJSON[T any](all []T) []byte {
	if len(all) == 0 {
		return nil
	}
	b, err := json.Marshal(all)
	if err != nil {
		panic(fmt.Sprintf("importing: does not print: %v", err)) // texts and numbers always print
	}
	return b
}
