package dialect_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"orderhub"
	"orderhub/internal/dialect/dialecttest"
)

// A round is how a client of one dialect reads an order and writes it back.
type round struct {
	lines string // the member that holds the lines
	read  func(e *echo, o *orderhub.Order) json.RawMessage
	write func(e *echo, o *orderhub.Order, shown json.RawMessage) (status int, answer string)
	good  int // the status of success
}

// rounds are all dialects that write orders.
var rounds = map[string]round{
	"aplaut": {"order_lines", (*echo).readAplaut, (*echo).writeAplaut, 200},
	"usam":   {"products", (*echo).readUsam, (*echo).writeUsam, 200},
	"ecdp":   {"products", (*echo).readEcdp, (*echo).writeEcdp, 201},
}

// An echo sends back what it reads.
type echo struct {
	*rapid.T
	hub *dialecttest.Hub
}

func (e *echo) do(method, path, body string, headers ...string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	e.hub.Handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// get reads a JSON answer, of which a path of members is returned.
func (e *echo) get(path string, members []string, headers ...string) json.RawMessage {
	e.Helper()
	status, body := e.do("GET", path, "", headers...)
	value := json.RawMessage(body)
	for _, name := range members {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(value, &object); err != nil {
			e.Fatalf("GET %s: %d %s", path, status, body)
		}
		value = object[name]
	}
	if status != 200 || len(value) == 0 {
		e.Fatalf("GET %s: %d %s", path, status, body)
	}
	return value
}

func (e *echo) readAplaut(o *orderhub.Order) json.RawMessage {
	return e.get("/v4/orders/"+url.PathEscape(o.Number), []string{"data", "attributes"}, "Authorization", "Token token="+e.hub.Vars["key"])
}

func (e *echo) writeAplaut(o *orderhub.Order, shown json.RawMessage) (int, string) {
	return e.do("PUT", "/v4/orders/"+url.PathEscape(o.Number), fmt.Sprintf(`{"data": {"type": "orders", "attributes": %s}}`, shown),
		"Authorization", "Token token="+e.hub.Vars["key"], "Content-Type", "application/vnd.api+json")
}

func (e *echo) readUsam(o *orderhub.Order) json.RawMessage {
	return e.get(fmt.Sprintf("/wp-json/usam/v1/order/%d", o.ID), nil, "Authorization", "Basic "+e.hub.Vars["key_basic"])
}

func (e *echo) writeUsam(o *orderhub.Order, shown json.RawMessage) (int, string) {
	return e.do("POST", fmt.Sprintf("/wp-json/usam/v1/order/%d", o.ID), string(shown),
		"Authorization", "Basic "+e.hub.Vars["key_basic"], "Content-Type", "application/json")
}

func (e *echo) readEcdp(o *orderhub.Order) json.RawMessage {
	return e.get("/orders/"+url.PathEscape(o.Number), []string{"data"}, "x-api-key", e.hub.Vars["key"])
}

func (e *echo) writeEcdp(_ *orderhub.Order, shown json.RawMessage) (int, string) {
	return e.do("POST", "/orders", fmt.Sprintf(`{"mode": "AddOrReplace", "data": [%s]}`, shown),
		"x-api-key", e.hub.Vars["key"], "Content-Type", "application/json")
}

// stored is an order as the store has it.
func (e *echo) stored(number string) *orderhub.Order {
	e.Helper()
	o, err := e.hub.Orders.Find(e.Context(), e.hub.Main, orderhub.OrderRef{Number: number})
	if err != nil {
		e.Fatal(err)
	}
	return o
}

// send writes an order and returns it as it is then.
func (e *echo) send(r round, o *orderhub.Order, shown json.RawMessage) *orderhub.Order {
	e.Helper()
	if status, answer := r.write(e, o, shown); status != r.good {
		e.Fatalf("writing %s back: %d %s", shown, status, answer)
	}
	return e.stored(o.Number)
}

// relined is an answer with its list of lines changed.
func (e *echo) relined(shown json.RawMessage, member string, change func([]json.RawMessage) []json.RawMessage) json.RawMessage {
	e.Helper()
	var order map[string]json.RawMessage
	var lines []json.RawMessage
	if err := json.Unmarshal(shown, &order); err != nil {
		e.Fatal(err)
	}
	if err := json.Unmarshal(order[member], &lines); err != nil {
		e.Fatal(err)
	}
	order[member], _ = json.Marshal(change(lines))
	text, err := json.Marshal(order)
	if err != nil {
		e.Fatal(err)
	}
	return text
}

func (e *echo) wantSame(what string, got, want any) {
	e.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		e.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func (e *echo) events() int {
	e.Helper()
	n, err := e.hub.DB.Count(e.Context())
	if err != nil {
		e.Fatal(err)
	}
	return n.Events
}

// What is written back exactly as a dialect shows it changes nothing (T13). A
// list with every line twice, or with one line less, leaves the others as they
// are.
func TestOrderSentBackAsShownIsUnchanged(t *testing.T) {
	for name, r := range rounds {
		t.Run(name, func(t *testing.T) {
			dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
				orders := 0
				rapid.Check(t, func(rt *rapid.T) {
					orders++
					e, o := &echo{rt, h}, dialecttest.DrawOrder(rt, fmt.Sprintf("S-1 №%d/2", orders))
					if err := h.Orders.Place(rt.Context(), h.Main, o); err != nil {
						rt.Fatal(err)
					}
					o = e.stored(o.Number)
					shown := r.read(e, o)
					e.sendAsShown(r, o, shown)
					e.sendTwice(r, o, shown)
					e.sendLess(r, o, shown)
				})
			})
		})
	}
}

func (e *echo) sendAsShown(r round, o *orderhub.Order, shown json.RawMessage) {
	before := e.events()
	e.wantSame(fmt.Sprintf("after %s was written back", shown), e.send(r, o, shown), o)
	reversed := e.relined(shown, r.lines, func(all []json.RawMessage) []json.RawMessage { slices.Reverse(all); return all })
	e.wantSame("after the lines were sent in reverse", e.send(r, o, reversed), o)
	if got := e.events(); got != before {
		e.Errorf("%d events happened, want none", got-before)
	}
}

func (e *echo) sendTwice(r round, o *orderhub.Order, shown json.RawMessage) {
	doubled := e.relined(shown, r.lines, func(all []json.RawMessage) []json.RawMessage { return append(all, all...) })
	twice := e.send(r, o, doubled)
	if len(twice.Lines) != 2*len(o.Lines) {
		e.Fatalf("%d lines sent twice are %d", len(o.Lines), len(twice.Lines))
	}
	e.wantSame("the first of all lines sent twice", twice.Lines[:len(o.Lines)], o.Lines)
}

func (e *echo) sendLess(r round, o *orderhub.Order, shown json.RawMessage) {
	if len(o.Lines) == 1 {
		return // ExpertSender demands one
	}
	n := rapid.IntRange(0, len(o.Lines)-1).Draw(e.T, "goes")
	less := e.send(r, o, e.relined(shown, r.lines, func(all []json.RawMessage) []json.RawMessage { return slices.Delete(all, n, n+1) }))
	for _, l := range less.Lines {
		i := slices.IndexFunc(o.Lines, func(x orderhub.Line) bool { return x.No == l.No })
		if i < 0 {
			e.Fatalf("line %d is new after line %d of %s went", l.No, n, shown)
		}
		e.wantSame("a line beside one that went", l, o.Lines[i])
	}
	if len(less.Lines) != len(o.Lines)-1 {
		e.Errorf("%d lines are left of %d", len(less.Lines), len(o.Lines))
	}
}
