package shops

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/store"
)

const maxName = 100 // characters in the name of a key

// dialects are what a key may be limited to.
var dialects = []string{"aplaut", "usam", "ecdp", "virtpos"}

// CreateKey stores a new key of a shop and returns its secret, which cannot be
// read again. It sets the key's ID, Shop, Hint and CreatedAt, and its Reader
// unless it has one. What is wrong with the key's name or dialects are Invalid
// errors, a name that another key in force has is a Duplicate error, a reader
// that the shop does not have is a NotFound error.
func (s *Service) CreateKey(ctx context.Context, shop *orderhub.Shop, k *orderhub.Key) (secret string, err error) {
	if err := checkKey(k); err != nil {
		return "", err
	}
	made := access.NewSecret()
	k.Shop, k.Hint = shop.ID, made.Hint()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Shop(shop.ID).Lock(ctx); err != nil {
			return err
		}
		if err := tx.CreateKey(ctx, k, made.Hash()); err != nil {
			return err
		}
		return record(ctx, tx.Shop(shop.ID), orderhub.KeyCreated, orderhub.KeyChanges(k))
	})
	if err != nil {
		return "", err
	}
	return string(made), nil
}

// checkKey reports everything that is wrong with a new key.
func checkKey(k *orderhub.Key) error {
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

// RevokeKey revokes a shop's key by its name: it opens nothing any more, and its
// name is free again. A name that no key in force has is a NotFound error.
func (s *Service) RevokeKey(ctx context.Context, shop *orderhub.Shop, name string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		in := tx.Shop(shop.ID)
		if err := in.Lock(ctx); err != nil {
			return err
		}
		if err := in.RevokeKey(ctx, name); err != nil {
			return err
		}
		return record(ctx, in, orderhub.KeyRevoked, []orderhub.Change{{Field: "key", From: name}})
	})
}

// Keys lists a shop's keys in the order in which they were created, revoked
// ones too.
func (s *Service) Keys(ctx context.Context, shop *orderhub.Shop) (all []*orderhub.Key, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err = tx.Shop(shop.ID).Keys(ctx)
		return err
	})
	return all, err
}
