package sqlite

import (
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sqlite3 "modernc.org/sqlite/lib"
)

// inTransaction runs test in a transaction of a fresh file.
func inTransaction(t *testing.T, test func(c *conn)) {
	t.Helper()
	db, err := open(t.Context(), filepath.Join(t.TempDir(), "hub.db"), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	one, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	err = one.Raw(func(h any) error {
		c := &conn{handle: h.(*handle)}
		defer c.closeAll()
		if err := c.handle.execute(`begin`); err != nil {
			return err
		}
		test(c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

type (
	named  int64
	small  int8
	word   string
	flag   bool
	octets []byte
)

// What is bound comes back as the same value, also with types of one's own.
func TestValuesComeBack(t *testing.T) {
	seven, empty := int64(7), ""
	long := strings.Repeat("я", 300_000)
	inTransaction(t, func(c *conn) {
		for _, v := range []struct {
			bound any
			want  any // of the type to scan into
		}{
			{int64(-5), int64(-5)}, {5, 5}, {named(5), named(5)}, {small(-128), small(-128)}, {uint8(255), uint8(255)},
			{true, true}, {false, false}, {flag(true), flag(true)}, {true, 1},
			{"", ""}, {"naïve", "naïve"}, {word("x"), word("x")}, {long, long}, {int64(12), "12"}, {"12", int64(12)},
			{[]byte{0, 1}, []byte{0, 1}}, {octets{2}, octets{2}}, {"text", []byte("text")}, {"", []byte{}},
			{[]byte{}, []byte(nil)}, {[]byte(nil), []byte(nil)}, {nil, []byte(nil)},
			{nil, (*int64)(nil)}, {(*int64)(nil), (*int64)(nil)}, {&seven, &seven}, {int64(7), &seven},
			{nil, (*string)(nil)}, {"", &empty},
		} {
			dest := reflect.New(reflect.TypeOf(v.want))
			rows, err := c.Query(t.Context(), `select $1`, v.bound)
			if err != nil {
				t.Errorf("%T %.20v: %v", v.bound, v.bound, err)
				continue
			}
			if !rows.Next() {
				t.Errorf("%T %.20v: no row, %v", v.bound, v.bound, rows.Err())
			}
			if err := rows.Scan(dest.Interface()); err != nil {
				t.Errorf("%T %.20v: %v", v.bound, v.bound, err)
			}
			if d := cmp.Diff(v.want, dest.Elem().Interface()); d != "" {
				t.Errorf("%T %.20v came back changed (-want +got):\n%.200s", v.bound, v.bound, d)
			}
			if rows.Next() || rows.Err() != nil {
				t.Errorf("%T %.20v: another row, or %v", v.bound, v.bound, rows.Err())
			}
		}
	})
}

// A value of unknown type is read as the column has it.
func TestAnyValueIsRead(t *testing.T) {
	inTransaction(t, func(c *conn) {
		for _, want := range []any{int64(-5), "naïve", "", []byte{0, 1}, nil} {
			rows, err := c.Query(t.Context(), `select $1`, want)
			if err != nil {
				t.Fatal(err)
			}
			var got any = "not read"
			if !rows.Next() || rows.Scan(&got) != nil || !cmp.Equal(want, got) {
				t.Errorf("%T %v came back as %T %v", want, want, got, got)
			}
			rows.Close()
		}
	})
}

func TestValuesThatDoNotFitAreErrors(t *testing.T) {
	inTransaction(t, func(c *conn) {
		for _, v := range []struct {
			query string
			dest  []any
		}{
			{`select null`, []any{new(int64)}}, {`select null`, []any{new(string)}}, {`select null`, []any{new(bool)}},
			{`select null`, []any{new(named)}}, {`select 'x'`, []any{new(int64)}}, {`select 2`, []any{new(bool)}},
			{`select 128`, []any{new(small)}}, {`select -1`, []any{new(uint8)}}, {`select 1.5`, []any{new(int)}},
			{`select 1`, []any{new(float64)}}, {`select 1`, []any{0}}, {`select 1`, []any{(*named)(nil)}},
			{`select 1`, []any{new(int), new(int)}}, {`select 1, 2`, []any{new(int)}},
		} {
			rows, err := c.Query(t.Context(), v.query)
			if err != nil {
				t.Fatal(err)
			}
			if err := rows.Scan(v.dest...); err == nil {
				t.Errorf("%s: a row was scanned before the first", v.query)
			}
			rows.Next()
			if err := rows.Scan(v.dest...); err == nil {
				t.Errorf("%s into %T: no error", v.query, v.dest[0])
			}
			rows.Close()
			if err := rows.Scan(v.dest...); err == nil {
				t.Errorf("%s: a closed row was scanned", v.query)
			}
		}
		for _, args := range [][]any{{}, {1, 2}, {1.5}, {struct{}{}}, {[]int{1}}} {
			if _, err := c.Exec(t.Context(), `select $1`, args...); err == nil {
				t.Errorf("arguments %v: no error", args)
			}
		}
		for _, query := range []string{`select 1; select 2`, `/* nothing */`, `select nonsense`} {
			if _, err := c.Exec(t.Context(), query); err == nil {
				t.Errorf("%s: no error", query)
			}
		}
	})
}

// A parameter means the argument of its number, wherever it stands.
func TestParametersMeanTheirNumbers(t *testing.T) {
	inTransaction(t, func(c *conn) {
		rows, err := c.Query(t.Context(), `select $2 || $1 || $2`, "a", "b")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var got string
		if !rows.Next() || rows.Scan(&got) != nil || got != "bab" {
			t.Errorf("got %q, want bab", got)
		}
	})
}

// Rows that are still open keep what was bound, whatever runs beside them.
func TestStatementsRunBesideOpenRows(t *testing.T) {
	inTransaction(t, func(c *conn) {
		const query = `with recursive n (i) as (select 1 union all select i + 1 from n where i < 3) select $1 || i from n`
		rows, err := c.Query(t.Context(), query, "row ")
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				t.Fatal(err)
			}
			all = append(all, text)
			if _, err := c.Exec(t.Context(), `select $1`, strings.Repeat("other", 10)); err != nil {
				t.Error(err)
			}
			if _, err := c.Query(t.Context(), query, "again"); err == nil {
				t.Error("one statement runs twice at the same time")
			}
		}
		if want := []string{"row 1", "row 2", "row 3"}; !cmp.Equal(all, want) || rows.Err() != nil {
			t.Errorf("rows are %q, %v, want %q", all, rows.Err(), want)
		}
	})
}

// A list is planned once, whatever its limits are.
func TestStatementIsPlannedOnce(t *testing.T) {
	inTransaction(t, func(c *conn) {
		if _, err := c.Exec(t.Context(), `create table numbers (n integer primary key)`); err != nil {
			t.Fatal(err)
		}
		const query = `select n from numbers order by n desc limit $1 offset $2`
		for limit := range 5 {
			if _, err := c.Exec(t.Context(), query, limit, limit); err != nil {
				t.Fatal(err)
			}
		}
		s := c.handle.prepared[query]
		if again := sqlite3.Xsqlite3_stmt_status(s.h.tls, s.pointer, sqlite3.SQLITE_STMTSTATUS_REPREPARE, 0); again != 0 {
			t.Errorf("planned again %d times", again)
		}
	})
}

// Statements are forgotten when there are many, but not those that run.
func TestRunningStatementIsKept(t *testing.T) {
	inTransaction(t, func(c *conn) {
		rows, err := c.Query(t.Context(), `values (1), (2)`)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 * maxPrepared {
			if _, err := c.Exec(t.Context(), fmt.Sprint(`select `, i)); err != nil {
				t.Fatal(err)
			}
			if n := len(c.handle.prepared); n > maxPrepared {
				t.Fatalf("%d statements are kept", n)
			}
		}
		n := 0
		for rows.Next() {
			n++
		}
		if n != 2 || rows.Err() != nil {
			t.Errorf("%d rows, %v, want 2", n, rows.Err())
		}
	})
}

// A driver that keeps its database elsewhere is found out when a file is
// opened.
func TestDriverWithoutADatabaseIsRefused(t *testing.T) {
	type other struct{ driver.Conn }
	if db, err := database(other{}); err == nil {
		t.Errorf("database %x", db)
	}
}
