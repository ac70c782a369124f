package store

// References are the columns that Check follows to another table.
func References() map[string]string {
	all := make(map[string]string)
	for _, r := range refers {
		all[r.table+"."+r.column] = r.to
	}
	return all
}

// SetMoveChunk moves so many orders in each transaction, until the function
// that it returns is called.
func SetMoveChunk(n int) func() {
	before := moveChunk
	moveChunk = n
	return func() { moveChunk = before }
}
