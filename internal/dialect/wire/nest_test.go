package wire

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestNest(t *testing.T) {
	tests := []struct{ body, want string }{
		{"", `{}`},
		{"status=received&paged=2", `{"status":"received","paged":"2"}`},
		{"data[type]=orders&data[attributes][number]=A-1", `{"data":{"type":"orders","attributes":{"number":"A-1"}}}`},
		{"data%5Btype%5D=orders", `{"data":{"type":"orders"}}`},
		{"b=1&a[x]=2&b2=3&a[y]=4", `{"b":"1","a":{"x":"2","y":"4"},"b2":"3"}`},
		{"name=%22%5C%0A%D0%96", `{"name":"\"\\\nЖ"}`},

		// PHP numbers its lines.
		{"lines[0][id]=45&lines[0][n]=2&lines[1][id]=46", `{"lines":[{"id":"45","n":"2"},{"id":"46"}]}`},
		{"fields[]=a&fields[]=b", `{"fields":["a","b"]}`},
		{"fields[0]=a&fields[1]=b", `{"fields":["a","b"]}`},
		{"fields[2]=c&fields[0]=a&fields[1]=b", `{"fields":["a","b","c"]}`},
		{"fields[1]=a&fields[2]=b", `{"fields":{"1":"a","2":"b"}}`}, // no 0
		{"fields[00]=a", `{"fields":{"00":"a"}}`},
		{"fields[-0]=a&fields[+1]=b", `{"fields":{"-0":"a"," 1":"b"}}`}, // an unescaped plus is a space
		{"fields[0]=a&fields[x]=b", `{"fields":{"0":"a","x":"b"}}`},
		{"fields[99999999999999999999]=a", `{"fields":{"99999999999999999999":"a"}}`},
		{"0=a&1=b", `{"0":"a","1":"b"}`}, // the outermost stays an object

		// Rails does not: a key that repeats begins the next line.
		{"lines[][id]=45&lines[][n]=2&lines[][id]=46&lines[][n]=1", `{"lines":[{"id":"45","n":"2"},{"id":"46","n":"1"}]}`},
		{"lines[][id]=45&lines[][tags][]=a&lines[][tags][]=b&lines[][id]=46", `{"lines":[{"id":"45","tags":["a","b"]},{"id":"46"}]}`},
		{"lines[][p][id]=45&lines[][p][n]=2&lines[][p][id]=46", `{"lines":[{"p":{"id":"45","n":"2"}},{"p":{"id":"46"}}]}`},
		{"lines[]=a&lines[][id]=45&lines[]=b&lines[][id]=46", `{"lines":["a",{"id":"45"},"b",{"id":"46"}]}`},
		{"grid[][]=1&grid[][]=2", `{"grid":[["1"],["2"]]}`},

		{"paid=0&x=1&paid=1", `{"paid":"1","x":"1"}`}, // a checkbox behind its hidden field
		{"a]=1&b[c.d e]=2", `{"a]":"1","b":{"c.d e":"2"}}`},
	}
	for _, tt := range tests {
		pairs, err := Pairs([]byte(tt.body))
		if err != nil {
			t.Fatalf("Pairs(%q) = %v", tt.body, err)
		}
		got, err := Nest(pairs)
		if err != nil || string(got) != tt.want {
			t.Errorf("Nest(%q) = %s, %v, want %s", tt.body, got, err, tt.want)
		}
	}
}

func TestNestRefuses(t *testing.T) {
	deep := "a" + strings.Repeat("[b]", MaxDepth)
	tests := []struct {
		names []string
		want  FormError
	}{
		{[]string{"data[number]", "data[number][x]"}, FormError{"data[number]", "is sent both as a value and as an object"}},
		{[]string{"data[number][x]", "data[number]"}, FormError{"data[number]", "is sent both as an object and as a value"}},
		{[]string{"fields", "fields[]"}, FormError{"fields", "is sent both as a value and as a list"}},
		{[]string{"fields[]", "fields[x]"}, FormError{"fields", "is sent both as a list and as an object"}},
		{[]string{"fields[0]", "fields[]"}, FormError{"fields", "is sent both as an object and as a list"}},
		{[]string{"lines[][p]", "lines[][p][id]"}, FormError{"lines[][p]", "is sent both as a value and as an object"}},
		{[]string{"a[b"}, FormError{"a[b", "has unbalanced brackets"}},
		{[]string{"a[b]c"}, FormError{"a[b]c", "has unbalanced brackets"}},
		{[]string{"a[b[c]]"}, FormError{"a[b[c]]", "has unbalanced brackets"}},
		{[]string{"[a]"}, FormError{"[a]", "has nothing before its bracket"}},
		{[]string{""}, FormError{"", "has a value without a name"}},
		{[]string{deep}, FormError{deep, "is nested deeper than 32 levels"}},
		{[]string{"a\xff"}, FormError{"a\uFFFD", "is not valid UTF-8"}},
		{[]string{"a\x00"}, FormError{"a\uFFFD", "contains a NUL character"}},
		{[]string{strings.Repeat("ж", 513)}, FormError{strings.Repeat("ж", 100) + "…", "has a name longer than 1024 bytes"}},
		{make([]string, MaxPairs+1), FormError{"", "has more than 10000 fields"}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%.80q", tt.names[:min(2, len(tt.names))]), func(t *testing.T) {
			var pairs []Pair
			for _, name := range tt.names {
				pairs = append(pairs, Pair{name, "1"})
			}
			got, err := Nest(pairs)
			e, ok := errors.AsType[*FormError](err)
			if !ok || *e != tt.want || got != nil {
				t.Errorf("Nest = %.80s, %v, want %v", got, err, &tt.want)
			}
		})
	}
	if _, err := Nest([]Pair{{"a" + strings.Repeat("[b]", MaxDepth-1), "1"}}); err != nil {
		t.Errorf("%d keys: %v, want nil", MaxDepth, err)
	}
}

// No form within the limits may keep us busy.
func TestNestOfHostileForms(t *testing.T) {
	forms := map[string]func(i int) string{
		"names side by side":     func(i int) string { return fmt.Sprintf("n%d", i) },
		"numbers backwards":      func(i int) string { return fmt.Sprintf("a[%d]", MaxPairs-1-i) },
		"one element, many keys": func(i int) string { return fmt.Sprintf("a[][k%d]", i) },
		"many elements":          func(i int) string { return fmt.Sprintf("a[][k][%d]", i%2) },
		"lists in lists":         func(int) string { return "a" + strings.Repeat("[]", MaxDepth-1) },
		"elements in elements":   func(i int) string { return fmt.Sprintf("a%s[k%d]", strings.Repeat("[][x]", 15), i) },
		"as deep as can be":      func(i int) string { return fmt.Sprintf("a%d%s", i, strings.Repeat("[b]", MaxDepth-1)) },
		"long names": func(i int) string {
			return fmt.Sprintf("%s[%d]", strings.Repeat("n", MaxName-10), i)
		},
		"long names that differ at the end": func(i int) string {
			return fmt.Sprintf("%s%05d", strings.Repeat("n", MaxName-5), i)
		},
		"the same name": func(int) string { return "a[b]" },
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			pairs := make([]Pair, MaxPairs)
			for i := range pairs {
				pairs[i] = Pair{form(i), "v"}
			}
			start := time.Now()
			got, err := Nest(pairs)
			if took := time.Since(start); took > 10*time.Second { // a tenth of one, but for a busy machine and the race detector
				t.Errorf("took %v", took)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := CheckJSON(got, MaxDepth); err != nil {
				t.Error(err)
			}
		})
	}
}

func FuzzNest(f *testing.F) {
	for _, body := range []string{
		"data[type]=orders&data[attributes][order_lines][0][product_id]=45",
		"a[][b]=1&a[][c]=2&a[][b]=3&a[][d][]=4", "fields[1]=b&fields[0]=a", "a=1&a[b]=2", "a%5B%5D=%00", "a[]&a[][]&[&]=&a[b",
		field("a[b]", "1") + "--xYz--\r\n",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		pairs, err := Form(body, "")
		if err != nil {
			if _, ok := errors.AsType[*FormError](err); !ok {
				t.Fatalf("the pairs of %q: %#v", body, err)
			}
			return
		}
		v, err := Nest(pairs)
		if err != nil {
			if _, ok := errors.AsType[*FormError](err); !ok {
				t.Fatalf("Nest(%q): %#v", pairs, err)
			}
			return
		}
		if err := CheckJSON(v, MaxDepth); err != nil || v[0] != '{' {
			t.Errorf("Nest(%q) = %s: %v", pairs, v, err)
		}
	})
}

func BenchmarkNest(b *testing.B) {
	var body strings.Builder
	body.WriteString("data[type]=orders&data[attributes][number]=A-1")
	for i := range 3 {
		fmt.Fprintf(&body, "&data[attributes][order_lines][%d][product_id]=45&data[attributes][order_lines][%d][price]=6800", i, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		pairs, err := Pairs([]byte(body.String()))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Nest(pairs); err != nil {
			b.Fatal(err)
		}
	}
}
