// Package batch runs what many callers want to change in one shop as one
// transaction: it looks up what they refer to, decides each request in memory
// on the result of those before it, and saves the outcome of all in few
// statements.
//
//	requests ──▶ read ──▶ decide ──▶ number ──▶ save ──▶ an outcome each
//	            few                 new ids     few
//	            statements                      statements
//
// A Unit is one request: commands that stand or fall together. Single requests
// that wait at the same time become one batch (see store.DB.Merge), a single
// one is a batch of one, and an import step or an atomic list is a batch of its
// own: there is no second way to the store.
//
// The records of each noun are a Set, which the package of that noun owns and
// which joins the batch on first use. Deciding never touches the database. It
// works on the records of the sets, and every change of one is entered in a
// journal, so that a unit that fails leaves nothing behind and never affects
// its siblings. A set that is asked for something that it has not read returns
// ErrMore: the unit is rolled back, the set reads on, and the unit is decided
// again. Nothing is written until all are decided, so what is read is always
// the store as it was before the batch.
//
// All happens under the shop's write lock (store.ShopTx.Lock). Each change has
// a time of its own from the shop's clock: later changes have later times, on
// any number of programs.
package batch
