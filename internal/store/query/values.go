package query

import (
	"fmt"
	"strconv"
	"strings"

	"orderhub"
)

// InChunk is how many values a condition of ours holds at most.
const InChunk = 250

// OneOf spells the condition that a column holds one of some values, behind the
// column's name, and returns the arguments with the values added. As one array
// it is the same statement for any number of values; where a statement has
// only plain values (SQLite), the list has one of few lengths, which the last
// value fills up.
func OneOf[V any](tx Runner, args []any, values []V) (string, []any) {
	if tx.spelling().Arrays {
		return fmt.Sprintf("= any($%d)", len(args)+1), append(args, values)
	}
	n := 1
	for n < len(values) {
		n *= 2
	}
	first := len(args) + 1
	for i := range n {
		args = append(args, values[min(i, len(values)-1)])
	}
	return "in (" + list(first, n) + ")", args
}

// EachChunk calls query for as many values at a time as one condition holds.
// The condition stands behind the name of a column; args are the arguments
// that stand before those of the condition.
func EachChunk[V any](tx Runner, values []V, args []any, query func(in string, args []any) error) error {
	for len(values) > 0 {
		n := min(len(values), InChunk)
		condition, all := OneOf(tx, args[:len(args):len(args)], values[:n])
		if err := query(condition, all); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// IDs are ids as the database knows them.
func IDs[ID ~int64](ids []ID) []int64 {
	all := make([]int64, len(ids))
	for i, id := range ids {
		all[i] = int64(id)
	}
	return all
}

// list spells "$first, $first+1, …" for n arguments of an in-condition. Where
// rows are asked for by many IDs, a condition on shop_id has a plus sign:
// SQLite then looks for the IDs, and not through the whole shop by an index,
// which it does for a list of some length.
func list(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}

// OrNull stores the absence of a reference.
func OrNull[ID ~int64](id ID) any {
	if id == 0 {
		return nil
	}
	return int64(id)
}

// Given says whether a text can be the key of a row.
func Given(text string) bool { return text != "" && orderhub.Storable(text) }
