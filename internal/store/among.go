package store

import "fmt"

// inChunk is how many values a condition of ours holds at most.
const inChunk = 250

// oneOf spells the condition that a column holds one of some values, behind the
// column's name, and returns the arguments with the values added. As one array
// it is the same statement for any number of values; where a statement has
// only plain values (SQLite), the list has one of few lengths, which the last
// value fills up.
func oneOf[V any](tx runner, args []any, values []V) (string, []any) {
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

// eachChunk calls query for as many values at a time as one condition holds.
// The condition stands behind the name of a column; args are the arguments
// that stand before those of the condition.
func eachChunk[V any](tx runner, values []V, args []any, query func(in string, args []any) error) error {
	for len(values) > 0 {
		n := min(len(values), inChunk)
		condition, all := oneOf(tx, args[:len(args):len(args)], values[:n])
		if err := query(condition, all); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// int64s are ids as the database knows them.
func int64s[ID ~int64](ids []ID) []int64 {
	all := make([]int64, len(ids))
	for i, id := range ids {
		all[i] = int64(id)
	}
	return all
}
