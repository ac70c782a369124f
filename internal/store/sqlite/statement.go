package sqlite

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A statement is prepared and can run many times, one run at a time.
type statement struct {
	h          *handle
	pointer    uintptr // the sqlite3_stmt*
	parameters int
	columns    int
	readOnly   bool
	running    bool
	texts      memory // the bound texts of the run
}

// start binds the arguments, makes the first step and reports whether it met a
// row. When it fails, the run has ended; else end must be called.
func (s *statement) start(args []any) (row bool, err error) {
	if s.running {
		return false, errors.New("sqlite: the statement runs already")
	}
	if len(args) != s.parameters {
		return false, fmt.Errorf("sqlite: %d arguments for %d parameters", len(args), s.parameters)
	}
	args, size, err := plain(args)
	if err != nil {
		return false, err
	}
	if s.texts, err = s.h.allocate(size); err != nil {
		return false, err
	}
	s.running = true
	at := s.texts.at
	for i, a := range args {
		if at, err = s.bind(int32(i+1), a, at); err != nil {
			s.end()
			return false, err
		}
	}
	return s.step()
}

// step goes to the next row. When it fails, the run has ended.
func (s *statement) step() (row bool, err error) {
	switch rc := sqlite3.Xsqlite3_step(s.h.tls, s.pointer); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	default:
		err := s.h.failure(rc)
		s.end()
		return false, err
	}
}

// end makes the statement ready for another run. What is bound stays bound,
// to memory that is used for other texts now: every run binds all anew.
func (s *statement) end() {
	sqlite3.Xsqlite3_reset(s.h.tls, s.pointer)
	s.h.release(s.texts)
	s.running, s.texts = false, memory{}
}

// run runs the statement to its end and returns the number of rows that it
// changed.
func (s *statement) run(args []any) (int64, error) {
	row, err := s.start(args)
	for row && err == nil {
		row, err = s.step()
	}
	if err != nil {
		return 0, err
	}
	changed := sqlite3.Xsqlite3_changes64(s.h.tls, s.h.db)
	s.end()
	return changed, nil
}

// bind binds a plain value; a text is copied to at, and the place behind it is
// returned.
func (s *statement) bind(i int32, value any, at uintptr) (uintptr, error) {
	rc, size := int32(sqlite3.SQLITE_OK), 0
	switch v := value.(type) {
	case nil:
		rc = sqlite3.Xsqlite3_bind_null(s.h.tls, s.pointer, i)
	case int64:
		rc = sqlite3.Xsqlite3_bind_int64(s.h.tls, s.pointer, i, v)
	case int:
		rc = sqlite3.Xsqlite3_bind_int64(s.h.tls, s.pointer, i, int64(v))
	case bool:
		number := int64(0)
		if v {
			number = 1
		}
		rc = sqlite3.Xsqlite3_bind_int64(s.h.tls, s.pointer, i, number)
	case string:
		size = copy(libc.GoBytes(at, len(v)), v)
		rc = sqlite3.Xsqlite3_bind_text(s.h.tls, s.pointer, i, at, int32(size), static)
	case []byte:
		size = copy(libc.GoBytes(at, len(v)), v)
		rc = sqlite3.Xsqlite3_bind_blob(s.h.tls, s.pointer, i, at, int32(size), static)
	}
	if rc != sqlite3.SQLITE_OK {
		return at, s.h.failure(rc)
	}
	return at + uintptr(size), nil
}

// static says that a bound text stays where it is until the run ends.
const static = 0

// plain makes arguments of the types that bind knows and counts the bytes of
// their texts, and one more, so that an empty text has a place, too.
func plain(args []any) (_ []any, size int, err error) {
	size = 1
	own := false
	for i, a := range args {
		switch v := a.(type) {
		case nil, int64, int, bool:
			continue
		case string:
			size += len(v)
			continue
		case []byte:
			if v != nil {
				size += len(v)
				continue
			}
		}
		if !own {
			args, own = slices.Clone(args), true
		}
		if args[i], err = plainValue(reflect.ValueOf(a)); err != nil {
			return nil, 0, fmt.Errorf("sqlite: argument %d: %w", i+1, err)
		}
		switch v := args[i].(type) {
		case string:
			size += len(v)
		case []byte:
			size += len(v)
		}
	}
	return args, size, nil
}

// plainValue converts named types and pointers; a nil slice or pointer is null.
func plainValue(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return int64(v.Uint()), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.String:
		return v.String(), nil
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return plainValue(v.Elem())
	case reflect.Slice:
		if v.IsNil() {
			return nil, nil
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("a %s cannot be stored", v.Type())
}
