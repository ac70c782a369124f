package postgres_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

// dawdle makes every commit that follows take a while, when it stores an
// event.
func dawdle(t testing.TB, db *store.DB) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range []string{
			`create function dawdle() returns trigger language plpgsql as 'begin perform pg_sleep(0.3); return null; end'`,
			`create constraint trigger dawdle after insert on events deferrable initially deferred for each row execute function dawdle()`,
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestCallerWhoLeavesDuringTheCommitGetsTheTruth(t *testing.T) {
	db, _ := two(t)
	shop := newShop(t, db)
	dawdle(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Update(ctx, func(tx *store.Tx) error {
		time.AfterFunc(100*time.Millisecond, cancel)
		return tell(ctx, tx, shop, 7)
	})
	if stored := count(t, db, `select count(*) from events`) == 1; err != nil || !stored {
		t.Errorf("Update = %v, stored: %v; want both, since the commit was on its way", err, stored)
	}
}

// A connection that breaks between the commit and its answer leaves open what
// was stored. The caller is told so, and the write is not run again: neither
// when the commit went out alone nor when statements went with it.
func TestLostAnswerOfACommitIsTold(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, tx *store.Tx, shop orderhub.ShopID) error{
		"alone": func(ctx context.Context, tx *store.Tx, shop orderhub.ShopID) error { return tell(ctx, tx, shop, 7) },
		"with statements": func(ctx context.Context, tx *store.Tx, shop orderhub.ShopID) error {
			return storetest.Record(ctx, tx, orderhub.Event{Shop: shop, Kind: orderhub.OrderChanged, Order: 7})
		},
	} {
		t.Run(name, func(t *testing.T) {
			address := database(t)
			direct := open(t, address)
			if _, err := direct.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			shop := newShop(t, direct)
			dawdle(t, direct)
			through, cut := detour(t, address)
			db := open(t, through)
			runs := 0
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				runs++
				time.AfterFunc(100*time.Millisecond, cut)
				return write(t.Context(), tx, shop)
			})
			if !errors.Is(err, store.ErrUnknown) || orderhub.KindOf(err) != orderhub.Unavailable || runs != 1 {
				t.Errorf("Update = %v after %d runs, want that nobody knows, after one", err, runs)
			}
			for deadline := time.Now().Add(20 * time.Second); count(t, direct, `select count(*) from events`) == 0; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("the server gave up the commit; then this test does not show what it should")
				}
			}
		})
	}
}

// detour leads to a server through a relay whose callers can be cut off, all
// at once and without the server's noticing.
func detour(t testing.TB, address string) (through string, cut func()) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	relay, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cutting := make(chan bool)
	t.Cleanup(func() { relay.Close() })
	go func() {
		for {
			caller, err := relay.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				caller.Close()
				return
			}
			t.Cleanup(func() { far.Close() })
			go io.Copy(far, caller)
			go io.Copy(caller, far)
			go func() {
				<-cutting
				caller.Close()
			}()
		}
	}()
	u.Host = relay.Addr().String()
	return u.String(), func() {
		relay.Close() // the caller must not ask by another way to have it cancelled
		close(cutting)
	}
}
