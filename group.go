package orderhub

// A GroupRef names a group of customers: by its ID, or by a name when there is
// no ID. A name that nobody knows makes a group. The zero one is no group.
type GroupRef struct {
	ID   GroupID
	Name string
}
