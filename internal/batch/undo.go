package batch

import "orderhub"

// An Undo takes back what an import did to the records of one noun. The noun
// says how; the decision is here, the same for all.
type Undo[T any] struct {
	// Now is the record as the batch has it, nil when it is not there any more.
	Now func(id int64) (*T, error)
	// Written reports whether the record is what the import has left: it has
	// the version that the import wrote, or content that would be stored alike.
	Written func(now *T, r orderhub.Reversal[T]) bool
	// Same reports whether two states of the record would be stored alike,
	// versions and times apart.
	Same func(a, b *T) bool
	// Used reports whether something depends on the record that Remove, when
	// the import made it, or Restore would take away: orders of a customer,
	// points of an order, a name that another record has by now.
	Used func(now *T, r orderhub.Reversal[T]) (bool, error)
	// Remove deletes a record that the import made, for good.
	Remove func(now *T) error
	// Restore lets the record have its old content again, with its next version.
	Restore func(now, old *T) error
}

// Back takes one change back and reports whether the record is as it was
// before: one that was made is gone, one that was changed has its old content.
// A record that was changed or used since, and one that was changed and is gone
// now, stays as it is. Where a record was changed several times the youngest
// change must come first.
func (u Undo[T]) Back(r orderhub.Reversal[T]) (bool, error) {
	now, err := u.Now(r.ID)
	switch {
	case err != nil:
		return false, err
	case now == nil:
		return r.Old == nil, nil
	case r.Old != nil && u.Same(now, r.Old):
		return true, nil
	case !u.Written(now, r):
		return false, nil
	}
	if used, err := u.Used(now, r); used || err != nil {
		return false, err
	}
	if r.Old == nil {
		return true, u.Remove(now)
	}
	return true, u.Restore(now, r.Old)
}

// BackAll is Back for many changes, in their sequence: of each it sets whether
// the record is as it was.
func (u Undo[T]) BackAll(all []orderhub.Reversal[T], done []bool) error {
	return Each(len(all), func(i int) (err error) {
		done[i], err = u.Back(all[i])
		return err
	})
}
