package store

// References are the columns that Check follows to another table.
func References() map[string]string {
	all := make(map[string]string)
	for _, r := range refers {
		all[r.table+"."+r.column] = r.to
	}
	return all
}
