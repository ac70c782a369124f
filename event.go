package orderhub

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// An EventID is ours; later events of one transaction have higher ids.
type EventID int64

// An Event says what happened to an order, a customer, a product or the shop
// itself, who did it and what it changed. It is written in the transaction that changes the thing, so the
// one exists exactly when the other does. Timeline, search, campaigns and
// webhooks read events.
type Event struct {
	ID       EventID
	Shop     ShopID
	At       time.Time
	Kind     EventKind
	Order    OrderID    // 0 when it concerns no order
	Customer CustomerID // 0 when it concerns no customer
	Product  ProductID  // 0 when it concerns no product
	Version  int64      // that its subject has since then; 0 for shops and keys, and of events from before versions
	Actor    Actor
	Changes  []Change

	// CustomerMade says of a placed order that its customer was registered with
	// it. Readers of events get that as an event of its own behind this one,
	// with the same ID and the Sub 1: who remembers how far it has come
	// remembers both or none.
	CustomerMade bool
	Sub          int
}

// An EventKind names what happened.
type EventKind string

const (
	OrderPlaced        EventKind = "order.placed"
	OrderChanged       EventKind = "order.changed"
	OrderDeleted       EventKind = "order.deleted"
	OrderRestored      EventKind = "order.restored" // from deleted
	OrderPurged        EventKind = "order.purged"   // a deleted order, for good
	OrderRelinked      EventKind = "order.relinked" // its customer was deleted, or merged into another: nothing else of it changed
	OrderExported      EventKind = "order.exported" // taken by a reader of the exchange, or to be taken again: see ExchangeMark
	CustomerRegistered EventKind = "customer.registered"
	CustomerChanged    EventKind = "customer.changed"
	CustomerDeleted    EventKind = "customer.deleted"
	CustomerMerged     EventKind = "customer.merged" // into another, which has its orders, cards and points from then on
	CustomerActed      EventKind = "customer.acted"  // did something of the shop's own sort, told in Changes
	ShopCreated        EventKind = "shop.created"
	ShopChanged        EventKind = "shop.changed" // its settings, words or definitions
	KeyCreated         EventKind = "key.created"  // of the shop; Changes name it
	KeyRevoked         EventKind = "key.revoked"
)

// An Actor is the cause of a change: which door, key, user, request and import.
type Actor struct {
	Door    string   // aplaut, usam, ecdp, virtpos, import, feed, dashboard, …
	Key     string   // the key's name; "" for people and the program itself
	User    string   // the name of who signed in; "" for programs
	Request string   // the id of the HTTP request, which its answer and the log have, too; "" for none
	Import  ImportID // whose row or undo it was; 0 for none

	// Reader is the reader of the exchange as which the actor acts, "" for none.
	// It is not stored with events.
	Reader string

	// History says that the act only brings along what happened elsewhere and
	// before: it is stored and told, and nothing follows from it, no points,
	// no message, no request to another system.
	History bool
}

type actorKey struct{}

// WithActor remembers who acts, for the events that come of it.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf returns who acts; the zero Actor is the program itself.
func ActorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// A Change is one field that an event changed, as text before and after.
// Lists and long values are not repeated here: From and To are then empty.
type Change struct {
	Field string
	From  string
	To    string
}

// CustomerChanges lists the fields in which two states of a customer differ.
func CustomerChanges(old, now *Customer) []Change {
	var changes []Change
	add := func(field, from, to string) {
		if from != to {
			changes = append(changes, Change{field, brief(from), brief(to)})
		}
	}
	add("external_id", old.ExternalID, now.ExternalID)
	add("email", old.Email, now.Email)
	add("phone", old.Phone, now.Phone)
	add("name", old.Name, now.Name)
	add("group", idText(old.Group), idText(now.Group))
	add("unsubscribed", fmt.Sprint(old.Unsubscribed), fmt.Sprint(now.Unsubscribed))
	add("complained", fmt.Sprint(old.Complained), fmt.Sprint(now.Complained))
	add("bounced", fmt.Sprint(old.Bounced), fmt.Sprint(now.Bounced))
	add("consents", fmt.Sprint(old.Consents), fmt.Sprint(now.Consents))
	add("attributes", string(old.Attributes.JSON()), string(now.Attributes.JSON()))
	return changes
}

// brief keeps an event small: a long value is cut and marked.
func brief(text string) string {
	const limit = 200
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
