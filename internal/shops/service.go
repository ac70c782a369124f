// Package shops creates and changes shops, and creates and revokes the keys by
// which programs reach them.
//
// Each act is one transaction under the write lock of the shop, and writes its
// event there: shop.created, shop.changed, key.created, key.revoked. An act that
// changes nothing writes nothing. Secrets are made by package access, which
// also admits those who have one; an event never holds a secret or its hash.
package shops

import (
	"context"
	"maps"
	"time"

	"orderhub"
	"orderhub/internal/store"
)

// A Service acts on the shops of a store.
type Service struct {
	DB *store.DB
	// Settings are all that a shop can choose, in the sequence in which they
	// are listed.
	Settings []orderhub.Setting
}

// List returns all shops in the order in which they were created.
func (s *Service) List(ctx context.Context) (all []*orderhub.Shop, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err = tx.Shops(ctx)
		return err
	})
	return all, err
}

// Find returns the shop of a name, or a NotFound error.
func (s *Service) Find(ctx context.Context, name string) (shop *orderhub.Shop, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		shop, err = tx.ShopByName(ctx, name)
		return err
	})
	return shop, err
}

// Create stores a new shop: one that tells customers apart by e-mail, in
// Europe/Moscow, with the currency RUB and the usual statuses, changed as asked
// for. Everything that is wrong with it is reported at once; a name that is in
// use is a Duplicate error.
func (s *Service) Create(ctx context.Context, name string, c Change) (*orderhub.Shop, error) {
	return s.create(ctx, newShop(name), c)
}

// Check reports everything for which Create refuses a shop whatever is stored.
// It needs no store.
func (s *Service) Check(name string, c Change) error { return s.check(newShop(name), c) }

func newShop(name string) *orderhub.Shop {
	return &orderhub.Shop{
		Name:            name,
		Zone:            "Europe/Moscow",
		Currency:        "RUB",
		Identify:        orderhub.ByEmail,
		Statuses:        orderhub.DefaultStatuses(),
		Settings:        make(map[string]string),
		PaymentWords:    make(map[string]orderhub.PaymentState),
		FulfilmentWords: make(map[string]orderhub.FulfilmentState),
	}
}

// create stores a new shop and its event. The shop needs no lock: until the
// commit no other transaction finds it.
func (s *Service) create(ctx context.Context, shop *orderhub.Shop, c Change) (*orderhub.Shop, error) {
	if err := s.check(shop, c); err != nil {
		return nil, err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CreateShop(ctx, shop); err != nil {
			return err
		}
		defined, err := define(ctx, tx, shop, c)
		if err != nil {
			return err
		}
		return record(ctx, tx.Shop(shop.ID), orderhub.ShopCreated, append(orderhub.ShopChanges(&orderhub.Shop{}, shop), defined...))
	})
	if err != nil {
		return nil, err
	}
	return shop, nil
}

// Change changes what is asked for in the shop of a name and returns the shop
// as it is then. Everything that is wrong with the change is reported at once,
// and then nothing is changed. An unknown shop is a NotFound error.
func (s *Service) Change(ctx context.Context, name string, c Change) (*orderhub.Shop, error) {
	var shop *orderhub.Shop
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		if shop, err = lock(ctx, tx, name); err != nil {
			return err
		}
		before := copied(shop)
		if err := s.check(shop, c); err != nil {
			return err
		}
		changes := orderhub.ShopChanges(before, shop)
		if len(changes) > 0 {
			if err := tx.SaveShop(ctx, shop); err != nil {
				return err
			}
		}
		defined, err := define(ctx, tx, shop, c)
		if changes = append(changes, defined...); err != nil || len(changes) == 0 {
			return err
		}
		return record(ctx, tx.Shop(shop.ID), orderhub.ShopChanged, changes)
	})
	if err != nil {
		return nil, err
	}
	return shop, nil
}

// lock takes the write lock of a shop and reads the shop. It reads it twice:
// only a name is known before, and the shop may change while this transaction
// waits for the lock.
func lock(ctx context.Context, tx *store.Tx, name string) (*orderhub.Shop, error) {
	shop, err := tx.ShopByName(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := tx.Shop(shop.ID).Lock(ctx); err != nil {
		return nil, err
	}
	return tx.ShopByID(ctx, shop.ID)
}

// copied is a shop that does not change with the other.
func copied(shop *orderhub.Shop) *orderhub.Shop {
	c := *shop
	c.Settings, c.PaymentWords, c.FulfilmentWords = maps.Clone(shop.Settings), maps.Clone(shop.PaymentWords), maps.Clone(shop.FulfilmentWords)
	return &c
}

// record writes the event of an act on a shop, with the next time of the
// shop's clock, by the actor of ctx.
func record(ctx context.Context, tx *store.ShopTx, kind orderhub.EventKind, changes []orderhub.Change) error {
	last, err := tx.Clock(ctx)
	if err != nil {
		return err
	}
	at := tx.Now()
	if !at.After(last) {
		at = last.Add(time.Microsecond)
	}
	e := orderhub.Event{Shop: tx.ShopID, At: at, Kind: kind, Actor: orderhub.ActorOf(ctx), Changes: changes}
	if err := tx.SaveEvents(ctx, []orderhub.Event{e}); err != nil {
		return err
	}
	return tx.SetClock(ctx, at)
}
