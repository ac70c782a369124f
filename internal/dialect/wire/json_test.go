package wire

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const levels = 64

func TestCheckJSONAccepts(t *testing.T) {
	bodies := []string{
		`{"data":{"type":"orders","attributes":{"number":"A-1","order_lines":[{"product_id":45}]}}}`,
		` [1, 2.50, -3e10, true, false, null, ""] ` + "\r\n",
		`2`, // USAM's bulk update is answered with a bare number
		`"Кастрюля 24 см"`,
		`{"a":{"n":1},"b":{"n":1}}`, // the same name in two objects
		`"C:\\u0000"`,               // an escaped backslash, then letters
		`"\u0001"`,                  // a control character that can be kept
		`"{{{{[[[["`,                // brackets in a text do not nest
		strings.Repeat("[", levels) + strings.Repeat("]", levels),
		strings.Repeat("[", levels) + strings.Repeat("]", levels-1) + `,[]]`,
		`"\ud83d\ude00"`,
	}
	for _, body := range bodies {
		if err := CheckJSON([]byte(body), levels); err != nil {
			t.Errorf("CheckJSON(%.80q) = %v, want nil", body, err)
		}
	}
}

func TestCheckJSONRefuses(t *testing.T) {
	tests := []struct {
		name string
		body string
		want JSONError
	}{
		{"nothing", ``, JSONError{Text: "is empty"}},
		{"spaces", " \n", JSONError{Text: "is empty"}},
		{"a form", `number=A-1`, JSONError{Offset: 2,
			Text: "is not valid JSON: invalid character 'm' in literal null (expecting 'l') at byte 2"}},
		{"cut short", `{"number":"A-`, JSONError{Pointer: "/number", Offset: 13,
			Text: "is not valid JSON: it ends too early at byte 13"}},
		{"two values", `{"a":1} {"b":2}`, JSONError{Offset: 8,
			Text: "is not valid JSON: something follows the value at byte 8"}},
		{"a comma too many", `{"lines":[1,]}`, JSONError{Pointer: "/lines", Offset: 11,
			Text: "is not valid JSON: invalid character ',' at start of value at byte 11"}},
		{"USAM's own sample", `{"properties":{["k":"v"]}}`, JSONError{Pointer: "/properties", Offset: 15,
			Text: "is not valid JSON: object member name must be a string at byte 15"}},
		{"a name twice", `{"data":{"a/b":1,"number":1,"number":2}}`, JSONError{Pointer: "/data/number", Offset: 28,
			Text: `has the name "number" twice`}},
		{"a name twice, once escaped", `{"a~/b":1,"a~\/b":2}`, JSONError{Pointer: "/a~0~1b", Offset: 10,
			Text: `has the name "a~/b" twice`}},
		{"a long name twice", `{"` + strings.Repeat("ё", 999) + `":1,"` + strings.Repeat("ё", 999) + `":2}`,
			JSONError{Offset: 2004, Text: `has the name "` + strings.Repeat("ё", 60) + `…" twice`}},
		{"windows-1251", "{\"name\":\"\xca\xe0\xf1\"}", JSONError{Pointer: "/name", Offset: 9,
			Text: "is not valid UTF-8 at byte 9"}},
		{"windows-1251 outside a text", "\xca", JSONError{Text: "is not valid UTF-8 at byte 0"}},
		{"cut within a letter", "\"Ж\xd0", JSONError{Offset: 3, Text: "is not valid UTF-8 at byte 3"}},
		{"half a smiley", `["\ud83d"]`, JSONError{Pointer: "/0", Offset: 2,
			Text: "is not valid JSON: invalid surrogate pair `\\ud83d\"]` in string at byte 2"}},
		{"NUL as an escape", `{"lines":[{"name":"a\u0000b"}]}`, JSONError{Pointer: "/lines/0/name", Offset: 20,
			Text: "contains a NUL character at byte 20"}},
		{"NUL behind a backslash", `["\\\u0000"]`, JSONError{Pointer: "/0", Offset: 4,
			Text: "contains a NUL character at byte 4"}},
		{"NUL in a name", `{"data":{"a\u0000":1}}`, JSONError{Pointer: "/data", Offset: 11,
			Text: "contains a NUL character at byte 11"}},
		{"NUL as a byte", "{\"name\":\"a\x00\"}", JSONError{Pointer: "/name", Offset: 10,
			Text: "contains a NUL character at byte 10"}},
		{"UTF-16", "{\x00}\x00", JSONError{Offset: 1, Text: "contains a NUL character at byte 1"}},
		{"NUL after worse", `[} "\u0000"`, JSONError{Pointer: "/0", Offset: 1,
			Text: "is not valid JSON: invalid character '}' at start of value at byte 1"}},
		{"too deep", `{"a":` + strings.Repeat("[", levels) + strings.Repeat("]", levels) + `}`,
			JSONError{Pointer: "/a" + strings.Repeat("/0", levels-1), Offset: 68, Text: "is nested deeper than 64 levels"}},
		{"deep after the end", `]` + strings.Repeat("[", levels+2), JSONError{Offset: 0,
			Text: "is not valid JSON: invalid character ']' at start of value at byte 0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckJSON([]byte(tt.body), levels)
			got, ok := errors.AsType[*JSONError](err)
			if !ok {
				t.Fatalf("CheckJSON(%.80q) = %v, want a *JSONError", tt.body, err)
			}
			if diff := cmp.Diff(tt.want, *got); diff != "" {
				t.Errorf("CheckJSON(%.80q) (-want +got):\n%s", tt.body, diff)
			}
		})
	}
}

func TestCheckJSONAtDepthNought(t *testing.T) {
	if err := CheckJSON([]byte(`"text"`), 0); err != nil {
		t.Errorf("a bare text at depth 0: %v, want nil", err)
	}
	if err := CheckJSON([]byte(`[]`), 0); err == nil {
		t.Error("an array at depth 0 was accepted")
	}
	deep := strings.Repeat("[", deepest+1) + strings.Repeat("]", deepest+1)
	if err := CheckJSON([]byte(deep), 1<<30); err == nil {
		t.Error("10,001 levels were accepted")
	}
}

// Whoever sends these must not keep us busy, nor make us repeat them.
func TestCheckJSONOfHostileSize(t *testing.T) {
	many := make([]string, 100_000)
	for i := range many {
		many[i] = `"n` + strings.Repeat("x", i%7) + string(rune('A'+i%26)) + time.Duration(i).String() + `":1`
	}
	tests := []struct {
		name string
		body string
		ok   bool
	}{
		{"100,000 open brackets", strings.Repeat("[", 100_000), false},
		{"100,000 brackets", strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), false},
		{"100,000 objects", strings.Repeat(`{"a":`, 100_000), false},
		{"2 MB of text", `"` + strings.Repeat("ж", 1<<20) + `"`, true},
		{"2 MB of escapes", `"` + strings.Repeat(`\\`, 1<<20) + `"`, true},
		{"2 MB of text, then NUL", `"` + strings.Repeat("x", 2<<20) + `\u0000"`, false},
		{"2 MB of name, twice", `{"` + strings.Repeat("x", 1<<20) + `":1,"` + strings.Repeat("x", 1<<20) + `":1}`, false},
		{"a million numbers", `[` + strings.Repeat("1,", 1<<20) + `1]`, true},
		{"a million numbers, then NUL", `[` + strings.Repeat("1,", 1<<20) + `"\u0000"]`, false},
		{"100,000 names", `{` + strings.Join(many, ",") + `}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			err := CheckJSON([]byte(tt.body), levels)
			if took := time.Since(start); took > 10*time.Second { // milliseconds, but for a busy machine and the race detector
				t.Errorf("took %v", took)
			}
			if (err == nil) != tt.ok {
				t.Fatalf("error = %.200v, want ok %v", err, tt.ok)
			}
			if e, ok := errors.AsType[*JSONError](err); ok && (len(e.Text) > 300 || len(e.Pointer) > maxPointer) {
				t.Errorf("the error repeats %d bytes of text, %d of pointer", len(e.Text), len(e.Pointer))
			}
		})
	}
}

func FuzzCheckJSON(f *testing.F) {
	for _, body := range []string{
		sampleOrder, `{"a":1,"a":2}`, `"\u0000"`, `"\\u0000"`, "\xff", `[[[[[[[[[]]]]]]]]]`, `{} {}`, ``, `{"a\u0000":[`, "\"\x00\"",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		const depth = 8
		err := CheckJSON(body, depth)
		if err != nil {
			e, ok := errors.AsType[*JSONError](err)
			if !ok || e.Text == "" || e.Offset < 0 || e.Offset > int64(len(body)) || strings.ContainsRune(e.Pointer, 0) {
				t.Fatalf("CheckJSON(%q) = %#v", body, err)
			}
			return
		}
		if !json.Valid(body) {
			t.Fatalf("CheckJSON(%q) = nil, encoding/json refuses it", body)
		}
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			return // 1e999 is JSON, yet no float
		}
		if got := depthOf(v); got > depth {
			t.Errorf("CheckJSON(%q) accepted %d levels", body, got)
		}
		if hasNUL(v) {
			t.Errorf("CheckJSON(%q) let a NUL pass", body)
		}
	})
}

func depthOf(v any) int {
	deepest := 0
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			deepest = max(deepest, depthOf(e))
		}
	case map[string]any:
		for _, e := range v {
			deepest = max(deepest, depthOf(e))
		}
	default:
		return 0
	}
	return deepest + 1
}

func hasNUL(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		for _, e := range v {
			if hasNUL(e) {
				return true
			}
		}
	case map[string]any:
		for name, e := range v {
			if strings.ContainsRune(name, 0) || hasNUL(e) {
				return true
			}
		}
	}
	return false
}

func BenchmarkCheckJSON(b *testing.B) {
	body := []byte(sampleOrder)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := CheckJSON(body, levels); err != nil {
			b.Fatal(err)
		}
	}
}

// sampleOrder has the size of a common order: 800 bytes.
const sampleOrder = `{"data":{"type":"orders","attributes":{"number":"order-number-1386",` +
	`"created_at":"2021-10-28T12:13:27+03:00","consumer_name":"Ирина Котова","consumer_email":"irina@example.com",` +
	`"consumer_phone":"+7 921 000-00-00","details":{"payment_status":"paid","fulfillment_status":"packed",` +
	`"delivery":"courier","comment":"Позвонить за час, \"домофон\" 12"},"order_lines":[` +
	`{"product_id":45,"name":"Кастрюля 24 см","price":2200.00,"quantity":1},` +
	`{"product_id":"46","name":"Крышка 24 см","price":"550.00","quantity":"2"},` +
	`{"product_id":47,"name":"Сковорода","price":1299.9,"quantity":1}]},` +
	`"relationships":{"consumer":{"data":{"type":"consumers","id":"60f0a1b2c3d4e5f600000001"}}}}}`
