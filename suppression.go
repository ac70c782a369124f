package orderhub

// A Suppression says why an address gets no mail from campaigns; the zero one
// is that it gets it. It belongs to the address and outlives the customer.
type Suppression struct {
	Unsubscribed bool // the person wants none
	Complained   bool // the person called a mail spam
	Bounced      bool // the address refuses mail for good
}

// Suppression is what the customer's own flags say.
func (c *Customer) Suppression() Suppression {
	return Suppression{c.Unsubscribed, c.Complained, c.Bounced}
}

// Or is why an address gets no mail for either reason.
func (s Suppression) Or(t Suppression) Suppression {
	return Suppression{s.Unsubscribed || t.Unsubscribed, s.Complained || t.Complained, s.Bounced || t.Bounced}
}

// Without is what of s is not in t.
func (s Suppression) Without(t Suppression) Suppression {
	return Suppression{s.Unsubscribed && !t.Unsubscribed, s.Complained && !t.Complained, s.Bounced && !t.Bounced}
}

// A SuppressionReason is one reason, or that there is none any more.
type SuppressionReason uint8

const (
	SuppressionLifted SuppressionReason = iota // by the person, or by a user who says why
	SuppressedUnsubscribed
	SuppressedComplained
	SuppressedBounced
)

// With is the suppression after one more reason.
func (s Suppression) With(r SuppressionReason) Suppression {
	switch r {
	case SuppressionLifted:
		return Suppression{}
	case SuppressedUnsubscribed:
		s.Unsubscribed = true
	case SuppressedComplained:
		s.Complained = true
	case SuppressedBounced:
		s.Bounced = true
	}
	return s
}

// Reasons are the reasons of a suppression, one by one.
func (s Suppression) Reasons() []SuppressionReason {
	var all []SuppressionReason
	for i, is := range []bool{s.Unsubscribed, s.Complained, s.Bounced} {
		if is {
			all = append(all, SuppressedUnsubscribed+SuppressionReason(i))
		}
	}
	return all
}
