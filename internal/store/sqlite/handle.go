package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A handle is one connection to the file. database/sql and the job queue use
// it through the driver. The statements of the store call the functions of
// SQLite directly: the driver allocates memory for each bound text and reads
// the names of all parameters and columns at each run, which took a fifth of
// the time of an insert and half of the time of a point read. A handle serves
// one goroutine at a time, as database/sql guarantees.
type handle struct {
	driverConn
	tls      *libc.TLS // of our own calls; the driver has another one
	db       uintptr
	prepared map[string]*statement // by the text that the store wrote
	spare    memory                // for the next statement
}

// driverConn is what database/sql asks of the driver's connection.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// A connector opens handles.
type connector struct{ driver.Connector }

// Connect opens a handle.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	db, err := database(conn)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	h := &handle{driverConn: conn.(driverConn), tls: libc.NewTLS(), db: db, prepared: make(map[string]*statement)}
	if err := h.keepPlans(); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// keepPlans makes SQLite plan a statement once, when it is prepared. By default
// it plans again for each value of a limit, which took a tenth of the time of a
// list.
func (h *handle) keepPlans() error {
	m, err := h.allocate(leastMemory)
	if err != nil {
		return err
	}
	defer h.release(m)
	rc := sqlite3.Xsqlite3_db_config(h.tls, h.db, sqlite3.SQLITE_DBCONFIG_ENABLE_QPSG, libc.VaList(m.at, int32(1), uintptr(0)))
	if rc != sqlite3.SQLITE_OK {
		return h.failure(rc)
	}
	return nil
}

// database finds the sqlite3* of a driver's connection. The driver does not
// publish it, so this reads a private field of the version that go.mod names;
// with a version that has no such field, no file can be opened.
func database(conn driver.Conn) (uintptr, error) {
	field := reflect.Indirect(reflect.ValueOf(conn)).FieldByName("db")
	if _, ok := conn.(driverConn); !ok || field.Kind() != reflect.Uintptr || field.Uint() == 0 {
		return 0, errors.New("sqlite: this version of the driver hides its database")
	}
	return uintptr(field.Uint()), nil
}

// Close frees the statements, then closes the connection.
func (h *handle) Close() error {
	for _, s := range h.prepared {
		sqlite3.Xsqlite3_finalize(h.tls, s.pointer)
	}
	h.free(h.spare)
	h.tls.Close()
	return h.driverConn.Close()
}

// maxPrepared bounds the statements that a handle keeps: lists put their
// conditions together, so there is no end of texts.
const maxPrepared = 200

// statement returns the prepared statement of a query. Preparing takes longer
// than most of our statements take to run.
func (h *handle) statement(query string) (*statement, error) {
	if s := h.prepared[query]; s != nil {
		return s, nil
	}
	if len(h.prepared) >= maxPrepared {
		h.forget()
	}
	s, err := h.prepare(query)
	if err != nil {
		return nil, err
	}
	h.prepared[query] = s
	return s, nil
}

// execute runs a statement of the engine itself.
func (h *handle) execute(query string) error {
	s, err := h.statement(query)
	if err != nil {
		return err
	}
	_, err = s.run(nil)
	return err
}

// forget frees all prepared statements, except those that are running.
func (h *handle) forget() {
	for query, s := range h.prepared {
		if !s.running {
			sqlite3.Xsqlite3_finalize(h.tls, s.pointer)
			delete(h.prepared, query)
		}
	}
}

// prepare compiles one statement.
func (h *handle) prepare(query string) (*statement, error) {
	const pointers = 16 // the two that SQLite writes to
	text := numbered(query)
	m, err := h.allocate(pointers + len(text) + 1)
	if err != nil {
		return nil, err
	}
	defer h.release(m)
	start := m.at + pointers
	bytes := libc.GoBytes(start, len(text)+1)
	bytes[copy(bytes, text)] = 0
	rc := sqlite3.Xsqlite3_prepare_v3(h.tls, h.db, start, int32(len(text)+1), sqlite3.SQLITE_PREPARE_PERSISTENT, m.at, m.at+pointers/2)
	if rc != sqlite3.SQLITE_OK {
		return nil, h.failure(rc)
	}
	s := &statement{h: h, pointer: libc.AtomicLoadPUintptr(m.at)}
	rest := text[min(len(text), int(libc.AtomicLoadPUintptr(m.at+pointers/2)-start)):]
	if s.pointer == 0 || strings.TrimSpace(rest) != "" {
		sqlite3.Xsqlite3_finalize(h.tls, s.pointer)
		return nil, fmt.Errorf("sqlite: not exactly one statement: %s", query)
	}
	s.parameters = int(sqlite3.Xsqlite3_bind_parameter_count(h.tls, s.pointer))
	s.columns = int(sqlite3.Xsqlite3_column_count(h.tls, s.pointer))
	s.readOnly = sqlite3.Xsqlite3_stmt_readonly(h.tls, s.pointer) != 0
	return s, nil
}

// inTransaction is false after SQLite rolled the transaction back on its own,
// as it does when the disk is full or fails.
func (h *handle) inTransaction() bool { return sqlite3.Xsqlite3_get_autocommit(h.tls, h.db) == 0 }

// interruptAt interrupts statements when ctx ends, until done is called.
func (h *handle) interruptAt(ctx context.Context) (done func()) {
	var mu sync.Mutex
	over := false
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		if over {
			return // the handle may serve another goroutine
		}
		tls := libc.NewTLS() // the handle's own belongs to the goroutine that it serves
		defer tls.Close()
		sqlite3.Xsqlite3_interrupt(tls, h.db)
	})
	return func() {
		stop()
		mu.Lock()
		defer mu.Unlock()
		over = true
	}
}

// A failure is an error of SQLite.
type failure struct {
	code int32 // extended
	text string
}

func (f *failure) Error() string { return f.text }

// Code is the extended result code, as the driver's errors have it.
func (f *failure) Code() int { return int(f.code) }

// failure describes the call that has just failed with rc.
func (h *handle) failure(rc int32) error {
	text := libc.GoString(sqlite3.Xsqlite3_errstr(h.tls, rc))
	if more := libc.GoString(sqlite3.Xsqlite3_errmsg(h.tls, h.db)); more != text {
		text += ": " + more
	}
	return &failure{rc, fmt.Sprintf("%s (%d)", text, rc)}
}

// A memory is a block of SQLite's allocator. SQLite keeps pointers to bound
// texts, so these must not be in Go's memory.
type memory struct {
	at   uintptr
	size int
}

const (
	leastMemory = 4 << 10
	keptMemory  = 256 << 10 // more is freed after each use
)

// allocate returns at least size bytes.
func (h *handle) allocate(size int) (memory, error) {
	if size <= h.spare.size {
		m := h.spare
		h.spare = memory{}
		return m, nil
	}
	size = max(leastMemory, size+size/2)
	at := sqlite3.Xsqlite3_malloc64(h.tls, uint64(size))
	if at == 0 {
		return memory{}, h.failure(sqlite3.SQLITE_NOMEM)
	}
	return memory{at, size}, nil
}

// release keeps a block for the next statement, or frees it.
func (h *handle) release(m memory) {
	if m.size > h.spare.size && m.size <= keptMemory {
		m, h.spare = h.spare, m
	}
	h.free(m)
}

func (h *handle) free(m memory) {
	if m.at != 0 {
		sqlite3.Xsqlite3_free(h.tls, m.at)
	}
}
