package sqlite

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Rows are the result of a query. They end after the last row, at Close, or
// with the transaction.
type rows struct {
	conn  *conn
	s     *statement // nil when they have ended
	first bool       // the first step was made and met a row
	err   error
}

// Next goes to the next row, if there is one.
func (r *rows) Next() bool {
	if r.s == nil {
		return false
	}
	if r.first {
		r.first = false
		return true
	}
	row, err := r.s.step()
	if err != nil {
		r.err = r.conn.examine(err)
		r.leave()
		return false
	}
	if !row {
		r.Close()
	}
	return row
}

// Err is the error that ended the rows.
func (r *rows) Err() error { return r.err }

// Close ends the rows.
func (r *rows) Close() {
	if r.s != nil {
		r.s.end()
		r.leave()
	}
}

// leave gives up the statement, whose run has ended.
func (r *rows) leave() {
	r.s = nil
	r.conn.remove(r)
}

// Scan copies the columns of the row into integers, booleans, texts and bytes,
// of named types, too, into pointers to these where a column may be null, and
// into any value.
func (r *rows) Scan(dest ...any) error {
	if r.s == nil || r.first {
		return errors.New("sqlite: scan without a row")
	}
	if len(dest) != r.s.columns {
		return fmt.Errorf("sqlite: %d columns are scanned into %d values", r.s.columns, len(dest))
	}
	for i, d := range dest {
		v := column{r.s.h.tls, sqlite3.Xsqlite3_column_value(r.s.h.tls, r.s.pointer, int32(i))}
		if err := v.scan(d); err != nil {
			return fmt.Errorf("sqlite: column %d: %w", i+1, err)
		}
	}
	return nil
}

// A column is one value of a row.
type column struct {
	tls     *libc.TLS
	pointer uintptr // the sqlite3_value*
}

func (c column) scan(dest any) (err error) {
	switch d := dest.(type) {
	case *int64:
		*d, err = c.integer()
	case *int:
		var n int64
		n, err = c.integer()
		*d = int(n)
	case *string:
		*d, err = c.text()
	case *[]byte:
		*d = c.bytes()
	case *bool:
		*d, err = c.boolean()
	case *any:
		*d, err = c.any()
	case **int64:
		if *d = nil; c.kind() != sqlite3.SQLITE_NULL {
			*d = new(int64)
			**d, err = c.integer()
		}
	default:
		v := reflect.ValueOf(dest)
		if v.Kind() != reflect.Pointer || v.IsNil() {
			return fmt.Errorf("a %T is not a pointer", dest)
		}
		err = c.set(v.Elem())
	}
	return err
}

// set is scan for named types and for pointers.
func (c column) set(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := c.integer()
		if err == nil && v.OverflowInt(n) {
			err = fmt.Errorf("%d does not fit into a %s", n, v.Type())
		}
		v.SetInt(n)
		return err
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		n, err := c.integer()
		if err == nil && (n < 0 || v.OverflowUint(uint64(n))) {
			err = fmt.Errorf("%d does not fit into a %s", n, v.Type())
		}
		v.SetUint(uint64(n))
		return err
	case reflect.String:
		text, err := c.text()
		v.SetString(text)
		return err
	case reflect.Bool:
		b, err := c.boolean()
		v.SetBool(b)
		return err
	case reflect.Pointer:
		if v.SetZero(); c.kind() == sqlite3.SQLITE_NULL {
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return c.set(v.Elem())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(c.bytes())
			return nil
		}
	}
	return fmt.Errorf("a %s cannot be read", v.Type())
}

func (c column) kind() int32 { return sqlite3.Xsqlite3_value_type(c.tls, c.pointer) }

var errNull = errors.New("null where a value is wanted")

func (c column) integer() (int64, error) {
	switch c.kind() {
	case sqlite3.SQLITE_INTEGER:
		return sqlite3.Xsqlite3_value_int64(c.tls, c.pointer), nil
	case sqlite3.SQLITE_NULL:
		return 0, errNull
	}
	return strconv.ParseInt(string(c.view()), 10, 64)
}

func (c column) boolean() (bool, error) {
	n, err := c.integer()
	if err == nil && n != 0 && n != 1 {
		err = fmt.Errorf("%d is not a boolean", n)
	}
	return n == 1, err
}

func (c column) text() (string, error) {
	if c.kind() == sqlite3.SQLITE_NULL {
		return "", errNull
	}
	return string(c.view()), nil
}

// any is the value as an int64, a string, bytes or nil.
func (c column) any() (any, error) {
	switch c.kind() {
	case sqlite3.SQLITE_NULL:
		return nil, nil
	case sqlite3.SQLITE_BLOB:
		return c.bytes(), nil
	case sqlite3.SQLITE_TEXT:
		return c.text()
	}
	return c.integer()
}

// bytes copies a blob or a text; null and an empty blob are nil.
func (c column) bytes() []byte {
	kind := c.kind()
	if kind == sqlite3.SQLITE_NULL {
		return nil
	}
	view := c.view()
	if kind == sqlite3.SQLITE_BLOB && len(view) == 0 {
		return nil
	}
	return append([]byte{}, view...)
}

// view is the value as it is written, until the next step.
func (c column) view() []byte {
	var at uintptr
	switch c.kind() {
	case sqlite3.SQLITE_TEXT, sqlite3.SQLITE_BLOB:
		at = sqlite3.Xsqlite3_value_blob(c.tls, c.pointer) // does not copy a text
	default:
		at = sqlite3.Xsqlite3_value_text(c.tls, c.pointer)
	}
	if at == 0 {
		return nil
	}
	return libc.GoBytes(at, int(sqlite3.Xsqlite3_value_bytes(c.tls, c.pointer)))
}
