package orderhub

// A View is how a dialect shows stored orders whose senders replace them as a
// whole: what its decoder reads when an answer is sent back. Its functions are
// pure. Nil is the view of senders who write everything that is stored.
type View struct {
	// Order returns an order as it is shown, but for its lines. Linked is the
	// customer linked to it, nil for none.
	Order func(o *Order, linked *Customer) *Order
	Line  func(o *Order, l *Line) SentLine
}

// SameBuyer says whether a sent order names its buyer as the stored one is
// shown: then no customer is looked for.
func (v *View) SameBuyer(old, sent *Order, linked *Customer) bool {
	shown := v.shown(old, linked)
	return sent.Contact.Email == shown.Contact.Email && sent.Contact.Phone == shown.Contact.Phone && sent.Buyer == shown.Buyer
}

// Replace returns the order that a sent one makes of a stored one: date,
// currency, total, contact, lines, attributes and extras of the sender's
// dialect as they are sent now, all else as it is stored. Values sent as they
// are shown keep what is stored, a total as well whether it was sent. Status,
// payment and customer are not looked at; the amounts are not computed.
//
// A name and an address that were not sent stay. Of an order of another buyer
// the name has to be cleared.
func (v *View) Replace(old, sent *Order, linked *Customer) *Order {
	shown, o := v.shown(old, linked), *old
	o.Currency = sent.Currency
	if !sent.PlacedAt.Equal(shown.PlacedAt) {
		o.PlacedAt = sent.PlacedAt
	}
	if !sent.TotalGiven || sent.Total != shown.Total {
		o.Total, o.TotalGiven = sent.Total, sent.TotalGiven
	}
	o.Contact.Email, o.Contact.Phone = sent.Contact.Email, sent.Contact.Phone
	if sent.Contact.Name != "" {
		o.Contact.Name = sent.Contact.Name
	}
	if sent.Contact.Address != "" {
		o.Contact.Address = sent.Contact.Address
	}
	o.Lines = MatchLines(old, v.lines(sent))
	o.Attributes = old.Attributes.Replace(sent.Attributes, shown.Attributes)
	o.Extras = old.Extras.Replace(sent.Extras, shown.Extras)
	o.keepSentStage(old)
	return &o
}

func (v *View) shown(o *Order, linked *Customer) *Order {
	if v == nil {
		return o
	}
	return v.Order(o, linked)
}

func (v *View) lines(sent *Order) *SentLines {
	lines := WholeLines(sent.Lines)
	if v == nil {
		return lines
	}
	lines.Show = v.Line
	for i := range lines.Lines {
		x, shown := &lines.Lines[i], v.Line(sent, &sent.Lines[i])
		x.Fields, x.Line.Extras = shown.Fields, shown.Line.Extras // of this dialect, even if none were sent
	}
	return lines
}
