package dialect_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"orderhub/internal/dialect/dialecttest"
)

// A tale is what every dialect can say of an order.
type tale struct {
	Number string
	Email  string
	Phone  string
	Lines  []taleLine
	Paid   bool
}

type taleLine struct {
	Product, Name, Price string
}

// A teller is a client of one dialect. What the dialect has no words for is
// nil; reading is never.
type teller struct {
	place  func(c client, told tale) tale // as it is placed: some dialects let the shop number its orders
	read   func(c client, number string) (told tale, found bool)
	pay    func(c client, number string)
	remove func(c client, number string)
}

// tellers are all dialects. A new one adds a row, and nothing else changes.
var tellers = map[string]teller{
	"aplaut":  {placeAplaut, readAplaut, payAplaut, removeAplaut},
	"ecdp":    {placeEcdp, readEcdp, payEcdp, removeEcdp},
	"usam":    {placeUsam, readUsam, payUsam, removeUsam},
	"virtpos": {read: readVirtpos},
}

// TestOneStoryInEveryTongue places an order in one dialect, reads it in
// another, pays it there, reads it back, and removes it: the proof that there
// is one store of record behind all of them. What one of the two has no words
// for, the other does.
func TestOneStoryInEveryTongue(t *testing.T) {
	told := tale{
		Number: "S-1 №7", Email: "k.wrona@example.org", Phone: "+48600123456",
		Lines: []taleLine{{"45", "Lampa „Żaba”", "335.15"}, {"046", "Чай <чёрный> & сахар", "0.1"}},
	}
	names := slices.Sorted(maps.Keys(tellers))
	for _, from := range names {
		for _, to := range names {
			a, b := tellers[from].or(tellers[to]), tellers[to].or(tellers[from])
			if a.place == nil {
				continue // nobody can begin
			}
			t.Run(from+" to "+to, func(t *testing.T) {
				dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
					c := client{t, h}
					told := a.place(c, told)
					c.expect(b, told)
					b.pay(c, told.Number)
					paid := told
					paid.Paid = true
					c.expect(a, paid)
					a.remove(c, told.Number)
					if again, found := b.read(c, told.Number); found {
						t.Errorf("after it was removed, the order reads %+v", again)
					}
				})
			})
		}
	}
}

// or is a teller that leaves to another what it cannot say.
func (r teller) or(other teller) teller {
	if r.place == nil {
		r.place = other.place
	}
	if r.pay == nil {
		r.pay = other.pay
	}
	if r.remove == nil {
		r.remove = other.remove
	}
	return r
}

// A client sends requests to a hub as the shop main.
type client struct {
	*testing.T
	hub *dialecttest.Hub
}

func (c client) expect(r teller, want tale) {
	c.Helper()
	got, found := r.read(c, want.Number)
	if !found || fmt.Sprint(got) != fmt.Sprint(want) {
		c.Errorf("the order reads %+v (found: %v), want %+v", got, found, want)
	}
}

// do sends a request and returns the answer's status and body.
func (c client) do(method, path, body string, headers ...string) (int, []byte) {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), method, c.hub.Base+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.Fatal(err)
	}
	return answer.StatusCode, text
}

// parse reads an answer's JSON.
func (c client) parse(text []byte, into any) {
	c.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		c.Fatalf("%v in %s", err, text)
	}
}
