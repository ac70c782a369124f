package aplaut_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Every document that a transcript shows keeps the rules of JSON:API 1.1.
func TestAnswersAreDocumentsOfJSONAPI(t *testing.T) {
	files, err := filepath.Glob("testdata/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	checked := 0
	for _, file := range files {
		if filepath.Base(file) == "vendor_errors.http" {
			continue // the vendor's own errors are none of JSON:API
		}
		for _, talk := range talks(t, file) {
			if talk.answer == "" {
				continue
			}
			checked++
			for _, fault := range documentFaults(talk.address, talk.request, talk.answer) {
				t.Errorf("%s:%d: %s: %s", file, talk.line, talk.address, fault)
			}
		}
	}
	if checked < 100 {
		t.Errorf("%d documents were checked, want at least 100", checked)
	}
}

// The test above sees what is wrong.
func TestBrokenDocumentsAreNoticed(t *testing.T) {
	for document, want := range map[string]string{
		`[]`:                             "is no object",
		`{"links":{}}`:                   "none of data, errors, meta",
		`{"data":null,"errors":[]}`:      "data and errors together",
		`{"meta":{},"included":[]}`:      "included without data",
		`{"data":{"type":"orders"}}`:     "/data: id is no text",
		`{"data":{"type":1,"id":"1"}}`:   "/data: type is no text",
		`{"data":[],"links":{"next":1}}`: "/links/next",
		`{"errors":{"status":422}}`:      "errors is no array",
		`{"errors":[{"status":422}]}`:    "status is no text",
		`{"errors":[{}]}`:                "says nothing",
		`{"errors":[{"detail":"x","source":{"pointer":"/data/attributes/b"}}]}`:                                                  "leads nowhere",
		`{"data":[{"type":"a","id":"1"},{"type":"a","id":"1"}]}`:                                                                 "twice",
		`{"data":{"type":"a","id":"1","attributes":{"id":"1"}}}`:                                                                 "attribute id",
		`{"data":{"type":"a","id":"1","attributes":{"b":1},"relationships":{"b":{"data":null}}}}`:                                "both",
		`{"data":{"type":"a","id":"1","relationships":{"b":{}}}}`:                                                                "/data/relationships/b",
		`{"data":{"type":"a","id":"1","relationships":{"b":{"data":"1"}}}}`:                                                      "/data/relationships/b",
		`{"data":{"type":"a","id":"1"},"included":[{"type":"b","id":"1"}]}`:                                                      "b 1 is linked by nobody",
		`{"data":{"type":"a","id":"1","relationships":{"b":{"data":{"type":"a","id":"1"}}}},"included":[{"type":"a","id":"1"}]}`: "twice",
	} {
		got := strings.Join(documentFaults("GET /", `{"data":{"attributes":{"a":1}}}`, document), "\n")
		if !strings.Contains(got, want) {
			t.Errorf("%s: faults %q, want %q", document, got, want)
		}
	}
}

// A talk is one request and its answer, as a transcript shows them.
type talk struct {
	line                     int
	address, request, answer string // the bodies; "" when there is none
}

func talks(t *testing.T, file string) []talk {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []talk
	var sent, got []string
	flush := func(line int) {
		if len(got) > 0 {
			all = append(all, talk{line, sent[0], bodyOf(sent), bodyOf(got)})
			sent, got = nil, nil
		}
	}
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, ">"):
			flush(i)
			sent = append(sent, strings.TrimPrefix(line[1:], " "))
		case strings.HasPrefix(line, "<"):
			got = append(got, strings.TrimPrefix(line[1:], " "))
		}
	}
	flush(strings.Count(string(text), "\n"))
	return all
}

func bodyOf(message []string) string {
	_, body, _ := strings.Cut(strings.Join(message, "\n"), "\n\n")
	return body
}

// A checker gathers what is wrong with a document.
type checker struct {
	faults []string
	seen   map[string]bool // resources, by type and id
	linked map[string]bool // by a relationship
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

func documentFaults(address, request, answer string) []string {
	c := &checker{seen: make(map[string]bool), linked: make(map[string]bool)}
	var d map[string]any
	if err := json.Unmarshal([]byte(answer), &d); err != nil {
		return []string{"is no object: " + err.Error()}
	}
	data, hasData := d["data"]
	errors, hasErrors := d["errors"]
	_, hasMeta := d["meta"].(map[string]any)
	included, hasIncluded := d["included"]
	if !hasData && !hasErrors && !hasMeta {
		c.fault("has none of data, errors, meta")
	}
	if hasData && hasErrors {
		c.fault("has data and errors together")
	}
	if hasIncluded && !hasData {
		c.fault("has included without data")
	}
	for name := range d {
		if !strings.Contains(" data errors meta included links jsonapi ", " "+name+" ") {
			c.fault("has the member %s", name)
		}
	}
	c.links("/links", d["links"])
	if hasErrors {
		c.errors(request, errors)
	}
	if hasData {
		c.primary(data)
	}
	if hasIncluded {
		c.included(included, strings.Contains(address, "fields["))
	}
	return c.faults
}

func (c *checker) primary(data any) {
	switch d := data.(type) {
	case nil:
	case map[string]any:
		c.resource("/data", d)
	case []any:
		for i, one := range d {
			c.resource(fmt.Sprint("/data/", i), one)
		}
	default:
		c.fault("/data is neither resource nor list")
	}
}

// included checks that each resource is linked by another one, unless the
// relationship was left out on the caller's wish.
func (c *checker) included(included any, sparse bool) {
	all, ok := included.([]any)
	if !ok {
		c.fault("included is no array")
	}
	var names []string
	for i, one := range all {
		names = append(names, c.resource(fmt.Sprint("/included/", i), one))
	}
	for _, name := range names {
		if !c.linked[name] && !sparse {
			c.fault("%s is linked by nobody", name)
		}
	}
}

func (c *checker) resource(at string, value any) (name string) {
	r, _ := value.(map[string]any)
	name = c.identify(at, r)
	if c.seen[name] {
		c.fault("%s: %s is there twice", at, name)
	}
	c.seen[name] = true
	attributes, ok := r["attributes"].(map[string]any)
	if _, has := r["attributes"]; has && !ok {
		c.fault("%s: attributes is no object", at)
	}
	relationships, ok := r["relationships"].(map[string]any)
	if _, has := r["relationships"]; has && !ok {
		c.fault("%s: relationships is no object", at)
	}
	for _, n := range []string{"id", "type"} {
		if _, has := attributes[n]; has {
			c.fault("%s: has an attribute %s", at, n)
		}
	}
	for n, rel := range relationships {
		if _, has := attributes[n]; has {
			c.fault("%s: %s is both attribute and relationship", at, n)
		}
		c.relationship(at+"/relationships/"+n, rel)
	}
	c.links(at+"/links", r["links"])
	return name
}

// identify checks a resource's type and id and returns them.
func (c *checker) identify(at string, r map[string]any) string {
	kind, ok := r["type"].(string)
	if !ok || kind == "" {
		c.fault("%s: type is no text", at)
	}
	id, ok := r["id"].(string)
	if !ok || id == "" {
		c.fault("%s: id is no text", at)
	}
	return kind + " " + id
}

func (c *checker) relationship(at string, value any) {
	r, _ := value.(map[string]any)
	data, hasData := r["data"]
	_, hasLinks := r["links"]
	_, hasMeta := r["meta"]
	if !hasData && !hasLinks && !hasMeta {
		c.fault("%s has none of data, links, meta", at)
	}
	c.links(at+"/links", r["links"])
	switch d := data.(type) {
	case nil:
	case map[string]any:
		c.linked[c.identify(at, d)] = true
	case []any:
		for _, one := range d {
			identifier, _ := one.(map[string]any)
			c.linked[c.identify(at, identifier)] = true
		}
	default:
		c.fault("%s: data is neither identifier nor list", at)
	}
}

func (c *checker) links(at string, value any) {
	links, ok := value.(map[string]any)
	if value != nil && !ok {
		c.fault("%s is no object", at)
	}
	for name, link := range links {
		switch l := link.(type) {
		case nil:
		case string:
			if !strings.Contains(l, "/") {
				c.fault("%s/%s is no address", at, name)
			}
		default:
			c.fault("%s/%s is neither null nor an address", at, name)
		}
	}
}

func (c *checker) errors(request string, value any) {
	all, ok := value.([]any)
	if !ok || len(all) == 0 {
		c.fault("errors is no array or empty")
	}
	for i, one := range all {
		at := fmt.Sprint("/errors/", i)
		e, _ := one.(map[string]any)
		for name, v := range e {
			if _, text := v.(string); !text && strings.Contains(" id status code title detail ", " "+name+" ") {
				c.fault("%s: %s is no text", at, name)
			}
		}
		if len(e) == 0 {
			c.fault("%s says nothing", at)
		}
		source, _ := e["source"].(map[string]any)
		if pointer, ok := source["pointer"].(string); ok && !leads(request, pointer) {
			c.fault("%s: pointer %q leads nowhere", at, pointer)
		}
	}
}

// leads says whether a JSON pointer leads to a value of a document. Of a
// request that is no JSON nobody can say.
func leads(document, pointer string) bool {
	var value any
	if json.Unmarshal([]byte(document), &value) != nil || pointer == "" {
		return true
	}
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch v := value.(type) {
		case map[string]any:
			inner, ok := v[step]
			if !ok {
				return false
			}
			value = inner
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return false
			}
			value = v[i]
		default:
			return false
		}
	}
	return true
}
