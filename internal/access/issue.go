package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/store"
)

const (
	prefix = "oh_" // lets people and scanners of leaked secrets know whose it is
	digits = 43    // of base 62 hold 32 bytes
	hint   = 8     // characters of a secret that are kept

	maxName = 100 // characters in the name of a key
)

// dialects are what a key may be limited to.
var dialects = []string{"aplaut", "usam", "ecdp", "virtpos"}

// Issue makes a key of a shop and returns its secret, which nobody can read
// again. It fills in the key's ID, Shop, Hint and CreatedAt, and its Reader unless
// it has one. What is wrong with the key's name or dialects are Invalid errors, a
// name that another key in force has is a Duplicate error, a reader that the shop
// does not have is a NotFound error.
func (g *Gate) Issue(ctx context.Context, shop *orderhub.Shop, k *orderhub.Key) (secret string, err error) {
	if err := check(k); err != nil {
		return "", err
	}
	secret = newSecret()
	h, _ := hashOf(secret)
	k.Shop, k.Hint = shop.ID, secret[:hint]
	err = g.db.Update(ctx, func(tx *store.Tx) error { return tx.CreateKey(ctx, k, h[:]) })
	if err != nil {
		return "", err
	}
	return secret, nil
}

// check reports all that is wrong with a new key.
func check(k *orderhub.Key) error {
	var f orderhub.Faults
	if n := utf8.RuneCountInString(k.Name); strings.TrimSpace(k.Name) == "" || n > maxName {
		f.Wrong("name", fmt.Sprintf("must have 1 to %d characters", maxName))
	}
	if !utf8.ValidString(k.Name) || strings.ContainsFunc(k.Name, unicode.IsControl) {
		f.Wrong("name", "must be plain text on one line")
	}
	for i, d := range k.Dialects {
		if !slices.Contains(dialects, d) {
			f.Wrong(fmt.Sprintf("dialects[%d]", i), "must be one of "+strings.Join(dialects, ", "))
		}
	}
	return f.Err()
}

// newSecret makes a secret that nobody can guess.
func newSecret() string {
	var random [32]byte
	rand.Read(random[:]) // never fails
	return spell(random)
}

// spell writes a secret with letters and digits alone, so that a double click
// selects all of it and no address or header needs to escape it.
func spell(random [32]byte) string {
	number := new(big.Int).SetBytes(random[:]).Text(62)
	return prefix + strings.Repeat("0", digits-len(number)) + number
}
