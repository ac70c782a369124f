package access_test

import (
	"bytes"
	"regexp"
	"testing"

	"orderhub/internal/access"
)

func TestNewSecret(t *testing.T) {
	form := regexp.MustCompile(`^oh_[0-9A-Za-z]{43}$`)
	made := make(map[access.Secret]bool)
	for range 3 {
		s := access.NewSecret()
		if !form.MatchString(string(s)) || made[s] {
			t.Errorf("the secret is %q, want a new one like %v", s, form)
		}
		if made[s] = true; s.Hint() != string(s)[:8] || len(s.Hash()) != 32 {
			t.Errorf("the secret %q has the hint %q and the hash %x", s, s.Hint(), s.Hash())
		}
	}
}

// A secret has one length, whatever the bytes.
func TestSecretsLength(t *testing.T) {
	most := [32]byte(bytes.Repeat([]byte{0xff}, 32))
	for _, random := range [][32]byte{{}, {31: 1}, {0: 1}, most} {
		if got := access.Spell(random); len(got) != 46 {
			t.Errorf("the secret of %x is %s with %d characters, want 46", random, got, len(got))
		}
	}
}
