package wire

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPairs(t *testing.T) {
	tests := []struct {
		body string
		want []Pair
	}{
		{"data[type]=orders&data[attributes][number]=A-1", []Pair{{"data[type]", "orders"}, {"data[attributes][number]", "A-1"}}},
		{"data%5Btype%5D=orders", []Pair{{"data[type]", "orders"}}},
		{"fname=%D0%98%D1%80%D0%B8%D0%BD%D0%B0+%D0%9A.&phone=%2B79110000000", []Pair{{"fname", "Ирина К."}, {"phone", "+79110000000"}}},
		{"b=1&a=2&b=3", []Pair{{"b", "1"}, {"a", "2"}, {"b", "3"}}},
		{"&a=1&&b&c=&d=x=y&", []Pair{{"a", "1"}, {"b", ""}, {"c", ""}, {"d", "x=y"}}},
		{"", nil},
	}
	for _, tt := range tests {
		got, err := Pairs([]byte(tt.body))
		if err != nil {
			t.Errorf("Pairs(%q) = %v", tt.body, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Pairs(%q) (-want +got):\n%s", tt.body, diff)
		}
	}
}

func TestPairsRefuses(t *testing.T) {
	tests := []struct{ body, want string }{
		{"number=100%", `wire: the form's field "number" has a broken percent escape`},
		{"name=%CA%E0%F1", `wire: the form's field "name" is not valid UTF-8`},
		{"name=a%00b", `wire: the form's field "name" contains a NUL character`},
		{"=1", "wire: the form has a value without a name"},
		{strings.Repeat("n", 1025) + "=1", `wire: the form's field "` + strings.Repeat("n", 60) + `…" has a name longer than 1024 bytes`},
		{strings.Repeat("a=1&", 10_001), "wire: the form has more than 10000 fields"},
	}
	for _, tt := range tests {
		if _, err := Pairs([]byte(tt.body)); err == nil || err.Error() != tt.want {
			t.Errorf("Pairs(%.60q) error = %v, want %s", tt.body, err, tt.want)
		}
	}
}

// field writes one part of a multipart body.
func field(name, value string) string {
	return "--xYz\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
}

func TestMultipart(t *testing.T) {
	body := field("data[type]", "orders") + field("data[attributes][name]", "two\r\nlines, --xYz-- inside") +
		"--xYz\r\nContent-Type: text/plain; charset=UTF-8\r\ncontent-disposition: form-data; name=empty\r\n\r\n\r\n--xYz--\r\n"
	want := []Pair{{"data[type]", "orders"}, {"data[attributes][name]", "two\r\nlines, --xYz-- inside"}, {"empty", ""}}
	for _, body := range []string{body, strings.ReplaceAll(body, "\r\n", "\n")} {
		got, err := Multipart([]byte(body), "xYz")
		if err != nil {
			t.Fatalf("Multipart(%q) = %v", body, err)
		}
		if strings.Contains(body, "\r") {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d fields, want %d", len(got), len(want))
		}
	}
	if got, err := Multipart([]byte("--xYz--\r\n"), "xYz"); err != nil || len(got) != 0 {
		t.Errorf("an empty form = %v, %v, want nothing", got, err)
	}
}

func TestMultipartRefuses(t *testing.T) {
	const end = "--xYz--\r\n"
	tests := []struct{ name, body, boundary, want string }{
		{"a file", "--xYz\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\nJFIF\r\n" + end, "xYz",
			`wire: the form's field "photo" is a file; send its text as a field`},
		{"no name", "--xYz\r\nContent-Disposition: form-data\r\n\r\n1\r\n" + end, "xYz", "wire: the form has a part without a name"},
		{"no header", "--xYz\r\n\r\n1\r\n" + end, "xYz", "wire: the form has a part without a name"},
		{"cut within a value", strings.TrimSuffix(field("a", "A-1386"), "86\r\n"), "xYz", "wire: the form is not complete multipart/form-data"},
		{"cut after a value", field("a", "1"), "xYz", "wire: the form is not complete multipart/form-data"},
		{"cut after a boundary", field("a", "1") + "--xYz\r\n", "xYz", "wire: the form is not complete multipart/form-data"},
		{"nothing", "", "xYz", "wire: the form is not complete multipart/form-data"},
		{"another boundary", field("a", "1") + end, "other", "wire: the form is not complete multipart/form-data"},
		{"no boundary", field("a", "1") + end, "", "wire: the form has no multipart boundary of 1 to 70 characters"},
		{"NUL", field("a", "\x00") + end, "xYz", `wire: the form's field "a" contains a NUL character`},
		{"too many", strings.Repeat(field("a", "1"), 10_001) + end, "xYz", "wire: the form has more than 10000 fields"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Multipart([]byte(tt.body), tt.boundary); err == nil || err.Error() != tt.want {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}

func TestSniffMultipart(t *testing.T) {
	var written bytes.Buffer
	w := multipart.NewWriter(&written)
	if err := w.WriteField("data[type]", "orders"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	tests := []struct {
		body string
		want string // "" when not recognised
	}{
		{written.String(), w.Boundary()},
		{field("a", "1"), "xYz"},
		{strings.ReplaceAll(field("a", "1"), "\r\n", "\n"), "xYz"},
		{"\r\n" + field("a", "1"), "xYz"},
		{"----WebKit7MA4\r\nContent-Type: text/plain\r\nCONTENT-DISPOSITION:form-data; name=a\r\n\r\n", "--WebKit7MA4"},
		{"--xYz\r\n\r\nContent-Disposition: form-data\r\n", ""}, // not in the header
		{"--xYz\r\nContent-Disposition: attachment\r\n\r\n", ""},
		{"--xYz\r\nContent-Disposition: attachment; name=\"data[type]\"\r\n\r\n", "xYz"}, // curl under another type
		{"--\r\nContent-Disposition: form-data\r\n\r\n", ""},
		{"--" + strings.Repeat("x", 71) + "\r\nContent-Disposition: form-data\r\n\r\n", ""},
		{"--x\x01z\r\nContent-Disposition: form-data\r\n\r\n", ""},
		{"--xYz", ""},
		{"-1", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got, ok := sniffMultipart([]byte(tt.body)); got != tt.want || ok != (tt.want != "") {
			t.Errorf("sniffMultipart(%q) = %q, %v, want %q", tt.body, got, ok, tt.want)
		}
	}
}

func TestLooksLikeForm(t *testing.T) {
	tests := []struct {
		body string
		want bool
	}{
		{"data[type]=orders&data[attributes][number]=A-1", true},
		{"data%5Btype%5D=orders", true},
		{"\r\n a=1", true},
		{field("a", "1"), true},
		{`{"a":"b=c"}`, false},
		{" \n[\"a=b\"]", false},
		{`"a=b"`, false}, // one JSON string
		{`<?xml version="1.0"?>`, false},
		{"2", false},
		{"true", false},
		{"hello", false},
		{"", false},
	}
	for _, tt := range tests {
		if got := LooksLikeForm([]byte(tt.body)); got != tt.want {
			t.Errorf("LooksLikeForm(%q) = %v, want %v", tt.body, got, tt.want)
		}
	}
}

func ExampleNest() {
	pairs, _ := Pairs([]byte("data[type]=orders&data[attributes][order_lines][][product_id]=45" +
		"&data[attributes][order_lines][][product_id]=46"))
	order, _ := Nest(pairs)
	fmt.Println(order)
	// Output: {"data":{"type":"orders","attributes":{"order_lines":[{"product_id":"45"},{"product_id":"46"}]}}}
}
