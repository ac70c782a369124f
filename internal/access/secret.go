package access

import (
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"strings"
)

const (
	prefix = "oh_" // lets people and scanners of leaked secrets know whose it is
	digits = 43    // of base 62 hold 32 bytes
	hint   = 8     // characters of a secret that are kept
)

// A Secret opens a key. It is shown once and never stored.
type Secret string

// NewSecret makes a secret that cannot be guessed.
func NewSecret() Secret {
	var random [32]byte
	rand.Read(random[:]) // never fails
	return spell(random)
}

// Hint is the part of the secret that is stored, by which people recognize it.
func (s Secret) Hint() string { return string(s[:hint]) }

// Hash is under what the store keeps the key of the secret.
func (s Secret) Hash() []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// spell writes a secret with letters and digits alone, so that a double click
// selects all of it and no address or header needs to escape it.
func spell(random [32]byte) Secret {
	number := new(big.Int).SetBytes(random[:]).Text(62)
	return Secret(prefix + strings.Repeat("0", digits-len(number)) + number)
}
