package loyalty

import "orderhub"

// Book makes a booking by hand, as a part of a request.
func (l *Ledger) Book(b Booking) error {
	_, err := l.book(b)
	return err
}

// Amend changes or makes a card, as a part of a request.
func (s *Cards) Amend(ref orderhub.CardRef, change orderhub.CardChange, mode orderhub.Mode) error {
	_, _, err := s.amendOrMake(ref, change, mode)
	return err
}

// Delete deletes a card, as a part of a request.
func (s *Cards) Delete(ref orderhub.CardRef) error {
	_, err := s.delete(ref)
	return err
}
