package store

import (
	"context"
	"fmt"

	"orderhub"
	"orderhub/internal/store/orderdb"
	"orderhub/internal/store/query"
)

// The orders of schemas before 9 have their lines and documents in tables of
// their own. Step 9 begins when all are moved: some at a time, each time in a
// transaction that keeps how far it has come, so that it goes on where it was
// when the program ended in between.

// moveStep is the step before which orders are moved.
const moveStep = 9

// moveChunk is how many orders a transaction moves.
var moveChunk = 2_000

// moveOrders moves all orders that are not moved yet.
func moveOrders(ctx context.Context, db *DB, report func(Progress)) error {
	if err := db.roomToMove(ctx); err != nil {
		return err
	}
	for {
		var p Progress
		more := false
		err := db.engine.Long(ctx, func(c Conn) error {
			tx := db.tx(c)
			version, err := tx.schemaVersion(ctx)
			if err != nil || version != moveStep-1 {
				return err // another program was first
			}
			p, more, err = tx.moveSome(ctx)
			return err
		})
		if err != nil || !more {
			return err
		}
		report(p)
		if err := db.engine.Shrink(ctx); err != nil {
			return err
		}
	}
}

// moveSome moves the next orders, and reports false when there are no more.
func (tx *Tx) moveSome(ctx context.Context) (p Progress, more bool, err error) {
	p.Step = moveStep
	found, err := query.Row(ctx, tx, `/* moveSome */ select position, goal from schema_progress where step = $1`,
		[]any{moveStep}, &p.Position, &p.Goal)
	if err == nil && !found {
		_, err = query.Row(ctx, tx, `/* moveSome */
			insert into schema_progress (step, position, goal) select $1, 0, coalesce(max(order_id), 0) from orders
			returning goal`, []any{moveStep}, &p.Goal)
	}
	if err != nil {
		return p, false, err
	}
	orders, rows, err := tx.formerOrders(ctx, p.Position)
	if err != nil || len(orders) == 0 {
		return p, false, err // the row of the progress stays until the step is taken
	}
	if err := movedOrders.Insert(ctx, tx, rows, nil); err != nil {
		return p, false, err
	}
	if err := orderdb.AddPaymentNumbers(ctx, tx, orders); err != nil {
		return p, false, err
	}
	if err := tx.moveProducts(ctx, orders, rows); err != nil {
		return p, false, err
	}
	from := p.Position
	p.Position = int64(orders[len(orders)-1].ID)
	if tx.Words.Shrinks {
		// The rows that follow take their room, so the file hardly grows.
		for _, table := range []string{"order_lines", "payments", "shipments", "taxes", "orders"} {
			_, err := tx.Exec(ctx, `/* moveSome */ delete from `+table+` where order_id > $1 and order_id <= $2`, from, p.Position)
			if err != nil {
				return p, false, err
			}
		}
	}
	_, err = tx.Exec(ctx, `/* moveSome */ update schema_progress set position = $2 where step = $1`, moveStep, p.Position)
	return p, true, err
}

// moveProducts fills the index of products, which the events of long ago do no
// more.
func (tx *Tx) moveProducts(ctx context.Context, orders []*orderhub.Order, rows [][]any) error {
	var entries []orderdb.IndexEntry
	for i, o := range orders {
		const deletedAt = 7 // in movedColumns
		if rows[i][deletedAt] == int64(0) {
			entries = append(entries, orderdb.IndexEntry{Shop: o.Shop, Order: o.ID, Keys: orderdb.ProductKeys(o)})
		}
	}
	return orderdb.AddProductKeys(ctx, tx, entries)
}

// movedColumns are those of orders when step 9 was made; later steps may have
// added others, which have not been there when this one is taken.
var movedColumns = []string{
	"order_id", "shop_id", "number", "code", "placed_at", "created_at", "updated_at", "deleted_at",
	"status", "stage", "status_at", "status_moves", "payment", "paid_at", "fulfilment", "customer_id",
	"email_key", "phone_key", "currency", "total", "total_given", "source", "account", "exchange_at",
	"last_part", "parts", "version", "body",
}

var movedOrders = query.NewInserter("moveSome", "orders_moved", movedColumns, "")

// A Progress is how far a step that moves rows has come.
type Progress struct {
	Step     int
	Position int64 // the last id that was moved
	Goal     int64 // the highest id there is to move
}

// Percent is the progress in per cent, 100 when there is nothing to move.
func (p Progress) Percent() int {
	if p.Goal == 0 {
		return 100
	}
	return int(100 * p.Position / p.Goal)
}

// roomToMove asks whether the disk has room for what the move needs at most: a
// third of the file.
func (db *DB) roomToMove(ctx context.Context) error {
	if db.engine.Room == nil {
		return nil
	}
	size, free, err := db.engine.Room(ctx)
	if err != nil {
		return fmt.Errorf("store: room on the disk: %w", err)
	}
	if needed := size / 3; free < needed {
		return orderhub.Errorf(orderhub.Unavailable, "the disk has %d MB free; moving the orders of this store needs %d MB", free>>20, needed>>20)
	}
	return nil
}
