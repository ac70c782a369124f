// Package access turns a credential into a shop and rights.
//
// A door finds the secret wherever its vendor's clients put it and asks
// [Gate.Admit], which answers with the shop, or with an error that the door
// says in its own words: Stranger, Denied or TooMany. Where a secret travels,
// how a door answers, and how many strangers an address may be, are not
// decided here.
//
// A secret is oh_ and 43 letters and digits of 32 random bytes. It is shown
// once, when package shops creates its key; the store keeps its SHA-256, which
// needs no salt and no slowness because 256 bits cannot be guessed. For the same reason a key is
// looked up by that hash: how long the look-up takes tells nothing of use.
//
// What one must know: an answer of the store is trusted for [Options].Keep,
// one second by default. A key that another process revokes, or a shop that
// it changes, is still seen as it was for that long at most; for changes made
// in this process there is [Gate.Forget].
package access
