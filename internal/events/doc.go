// Package events lets any number of consumers handle what happened: the search
// index, the names of custom fields, webhooks. Events are a transactional
// outbox: each is written in the transaction of the change that it is about, and
// a consumer reads them afterwards, in an order in which none can come in
// between later.
//
//	tail ──▶ Wants ──▶ Prepare ──▶ Handle and the position
//	 read     by kind    in a View   in one transaction
//	 once
//
// A consumer's position moves in the transaction that stores what it made of
// the events, so each event is handled exactly once as far as the store goes.
// What leaves the machine must be guarded by a row of its own. A consumer that
// fails tries again, later and later, and keeps no other one from its work.
//
// All consumers of a program read through one tail: an event comes from the
// database once, however many consumers there are. Programs that share a
// database run the same consumers; of two that prepare the same events one
// stores what it made, and the other drops it.
package events
