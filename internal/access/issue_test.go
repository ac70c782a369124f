package access_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func TestIssue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g, shop, _ := open(t, db, access.Options{})
		form := regexp.MustCompile(`^oh_[0-9A-Za-z]{43}$`)
		issued := make(map[string]bool)
		for range 3 {
			k := &orderhub.Key{Name: strings.Repeat("k", len(issued)+1), Dialects: []string{"usam"}, ReadOnly: true}
			secret, err := g.Issue(t.Context(), shop, k)
			if err != nil {
				t.Fatal(err)
			}
			if !form.MatchString(secret) || issued[secret] {
				t.Errorf("the secret is %q, want a new one like %v", secret, form)
			}
			issued[secret] = true
			if k.ID == 0 || k.Shop != shop.ID || k.Hint != secret[:8] || !k.CreatedAt.Equal(storetest.Noon) {
				t.Errorf("the key is %+v", k)
			}
		}
		err := db.View(t.Context(), func(tx *store.Tx) error {
			keys, err := tx.Shop(shop.ID).Keys(t.Context())
			if len(keys) != 3 || !keys[0].ReadOnly || !keys[0].Opens("usam") || keys[0].Opens("ecdp") {
				t.Errorf("stored keys: %+v", keys)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
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

func TestIssueRefuses(t *testing.T) {
	db := storetest.Open(t)
	g, shop, _ := open(t, db, access.Options{})
	issue(t, g, shop, orderhub.Key{Name: "till"})
	tests := []struct {
		key  orderhub.Key
		kind orderhub.Kind
		want string // "" when it is good
	}{
		{orderhub.Key{Name: ""}, orderhub.Invalid, "name must have 1 to 100 characters"},
		{orderhub.Key{Name: " "}, orderhub.Invalid, "name must have 1 to 100 characters"},
		{orderhub.Key{Name: strings.Repeat("ключ", 25)}, 0, ""},
		{orderhub.Key{Name: strings.Repeat("k", 101)}, orderhub.Invalid, "name must have 1 to 100 characters"},
		{orderhub.Key{Name: "a\nb"}, orderhub.Invalid, "name must be plain text on one line"},
		{orderhub.Key{Name: "a\xff"}, orderhub.Invalid, "name must be plain text on one line"},
		{orderhub.Key{Name: "till"}, orderhub.Duplicate, "name is already taken"},
		{orderhub.Key{Name: "x", Dialects: []string{"usam", "soap", ""}}, orderhub.Invalid,
			"dialects[1] must be one of aplaut, usam, ecdp, virtpos\ndialects[2] must be one of aplaut, usam, ecdp, virtpos"},
		{orderhub.Key{Name: "all four", Dialects: []string{"aplaut", "usam", "ecdp", "virtpos"}}, 0, ""},
	}
	for _, tt := range tests {
		secret, err := g.Issue(t.Context(), shop, &tt.key)
		if tt.want == "" {
			if err != nil {
				t.Errorf("Issue(%q) = %v", tt.key.Name, err)
			}
			continue
		}
		if err == nil || err.Error() != tt.want || orderhub.KindOf(err) != tt.kind || secret != "" {
			t.Errorf("Issue(%q) = %q, %v, want %q of kind %d", tt.key.Name, secret, err, tt.want, tt.kind)
		}
	}
}
