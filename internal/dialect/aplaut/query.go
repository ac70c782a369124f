package aplaut

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/dialect/wire"
)

// Limits of a list, by the vendor's description. Deeper than the last page a
// caller goes by the links.
const (
	minPerPage     = 5
	maxPerPage     = 25
	maxPage        = 50
	maxFilterTerms = 20
)

// A collection is what may be asked of one kind of resource.
type collection struct {
	includes []string
	filters  []string
}

var (
	orderCollection    = collection{[]string{"consumer", "product"}, []string{"created_at", "updated_at"}}
	consumerCollection = collection{[]string{"orders", "reviews", "questions"}, []string{"created_at", "updated_at", "unsubscribed"}}
	writing            collection // the answer to a write includes nothing
)

// A view is how a caller wants resources shown.
type view struct {
	include map[string]bool     // nil when nothing was asked to be included
	fields  map[string][]string // by type; a type that is absent is shown whole
}

// A list is what a list was asked for.
type list struct {
	view
	created, updated []orderhub.TimeBound
	unsubscribed     *bool
	sort             []orderhub.Sort
	after            *orderhub.Cursor
	page             int // 1 is the first; 0 when it goes by a cursor
	perPage          int
}

// skip is how many rows stand before the page.
func (l *list) skip() int { return max(0, l.page-1) * l.perPage }

// decodeView reads the parameters that every address takes.
func decodeView(r *http.Request, c collection) (view, error) {
	query := r.URL.Query()
	if err := checkNames(query); err != nil {
		return view{}, err
	}
	return viewOf(query, c)
}

func viewOf(query url.Values, c collection) (view, error) {
	var v view
	if query.Has("include") {
		v.include = make(map[string]bool)
	}
	for name := range splitList(query.Get("include")) {
		if len(c.includes) == 0 {
			return v, badParameter(http.StatusBadRequest, "include", "the answer to a write includes nothing; read it afterwards")
		}
		if !slices.Contains(c.includes, name) {
			return v, badParameter(http.StatusBadRequest, "include", "cannot include "+quote(name)+", allowed: "+strings.Join(c.includes, ", "))
		}
		v.include[name] = true
	}
	for name, values := range query {
		kind, ok := strings.CutPrefix(name, "fields[")
		if kind, closed := strings.CutSuffix(kind, "]"); ok && closed {
			if v.fields == nil {
				v.fields = make(map[string][]string)
			}
			v.fields[kind] = slices.Collect(splitList(values[0]))
		}
	}
	return v, nil
}

// checkNames refuses parameters of names that JSON:API keeps for itself and
// that mean nothing to us.
func checkNames(query url.Values) error {
	for name := range query {
		reserved := strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == ""
		if reserved && !slices.Contains([]string{"filter", "sort", "include", "page"}, name) {
			return badParameter(http.StatusBadRequest, name, "unknown parameter; known are filter, sort, include, fields, page and per_page")
		}
	}
	return nil
}

// decodeList reads the parameters of a list.
func decodeList(r *http.Request, shop *orderhub.Shop, c collection) (list, error) {
	query := r.URL.Query()
	if err := checkNames(query); err != nil {
		return list{}, err
	}
	v, err := viewOf(query, c)
	if err != nil {
		return list{}, err
	}
	l := list{view: v}
	if err := l.readFilter(query.Get("filter"), shop, c); err != nil {
		return l, err
	}
	if err := l.readSort(query.Get("sort")); err != nil {
		return l, err
	}
	return l, l.readPage(query)
}

// readPage reads page and per_page, also in their JSON:API spelling, or the
// cursor of a link that we made.
func (l *list) readPage(query url.Values) error {
	l.perPage = maxPerPage
	if text := orElse(query.Get("per_page"), query.Get("page[size]")); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return badParameter(http.StatusBadRequest, "per_page", "per_page must be a number")
		}
		l.perPage = min(max(n, minPerPage), maxPerPage)
	}
	if text := query.Get("page[after]"); text != "" {
		after, err := parseCursor(text)
		if err != nil || len(l.sort) > 1 {
			return badParameter(http.StatusBadRequest, "page[after]", "page[after] comes from a link of ours; follow links.next as it is")
		}
		l.after = after
		return nil
	}
	l.page = 1
	if text := orElse(query.Get("page"), query.Get("page[number]")); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return badParameter(http.StatusBadRequest, "page", "page must be a number")
		}
		if n < 1 || n > maxPage {
			return badParameter(http.StatusUnprocessableEntity, "page",
				fmt.Sprintf("page must be 1 to %d; follow links.next to go deeper", maxPage))
		}
		l.page = n
	}
	return nil
}

var sortFields = map[string]orderhub.SortField{
	"created_at": orderhub.SortCreated, "updated_at": orderhub.SortUpdated,
}

// readSort reads field:asc and field:desc, joined by commas, or JSON:API's
// own field and -field.
func (l *list) readSort(text string) error {
	for term := range splitList(text) {
		name, direction, spelt := strings.Cut(term, ":")
		s := orderhub.Sort{Descending: direction == "desc"}
		if minus, ok := strings.CutPrefix(name, "-"); ok && !spelt {
			name, s.Descending = minus, true
		}
		field, known := sortFields[name]
		if !known || spelt && direction != "asc" && direction != "desc" {
			return badParameter(http.StatusBadRequest, "sort", "cannot sort by "+quote(term)+"; send created_at or updated_at with :asc or :desc")
		}
		s.Field = field
		l.sort = append(l.sort, s)
	}
	if len(l.sort) > 2 {
		return badParameter(http.StatusBadRequest, "sort", "name each field once")
	}
	return nil
}

var timeOps = map[string]orderhub.TimeOp{
	"eq": orderhub.Equal, "neq": orderhub.NotEqual, "lt": orderhub.Before, "lte": orderhub.BeforeOrAt,
	"gt": orderhub.After, "gte": orderhub.AfterOrAt,
}

// readFilter reads field:op:value, joined by commas. Times hold colons, so a
// term is cut at its first two.
func (l *list) readFilter(text string, shop *orderhub.Shop, c collection) error {
	terms := 0
	for term := range splitList(text) {
		parts := strings.SplitN(term, ":", 3)
		if len(parts) != 3 {
			return badParameter(http.StatusBadRequest, "filter", quote(term)+" cannot be read; send field:op:value")
		}
		if terms++; terms > maxFilterTerms {
			return badParameter(http.StatusBadRequest, "filter", fmt.Sprintf("has more than %d conditions", maxFilterTerms))
		}
		if !slices.Contains(c.filters, parts[0]) {
			return badFilter("unknown field %s, allowed: %s", quote(parts[0]), strings.Join(c.filters, ", "))
		}
		var err error
		switch parts[0] {
		case "created_at":
			err = addBound(&l.created, parts, shop)
		case "updated_at":
			err = addBound(&l.updated, parts, shop)
		case "unsubscribed":
			err = l.readUnsubscribed(parts)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func addBound(to *[]orderhub.TimeBound, parts []string, shop *orderhub.Shop) error {
	op, known := timeOps[parts[1]]
	if !known {
		return badFilter("unknown operator %s, allowed: eq, neq, gt, gte, lt, lte", quote(parts[1]))
	}
	at, ok := wire.Time(parts[2], shop.Location())
	if !ok { // a plus sign that was not escaped in the address arrives as a space
		at, ok = wire.Time(strings.ReplaceAll(parts[2], " ", "+"), shop.Location())
	}
	if !ok {
		return badFilter("%s is not a date-time", quote(parts[2]))
	}
	*to = append(*to, orderhub.TimeBound{Op: op, At: at})
	return nil
}

func (l *list) readUnsubscribed(parts []string) error {
	value, ok := wire.FlagText(parts[2])
	if !ok || parts[1] != "eq" && parts[1] != "neq" {
		return badFilter("unsubscribed takes eq or neq with true or false, not %s", quote(parts[1]+":"+parts[2]))
	}
	value = value == (parts[1] == "eq")
	l.unsubscribed = &value
	return nil
}

func badFilter(format string, args ...any) error {
	return badParameter(http.StatusUnprocessableEntity, "filter", fmt.Sprintf(format, args...))
}

// A cursor in a link is opaque to callers.
func formatCursor(c *orderhub.Cursor) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", c.At.UnixMicro(), c.ID))
}

func parseCursor(text string) (*orderhub.Cursor, error) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	at, id, _ := strings.Cut(string(plain), ".")
	micros, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(id, 10, 64)
	return &orderhub.Cursor{At: time.UnixMicro(micros), ID: n}, err
}

func badParameter(status int, name, detail string) error {
	t := "Invalid query params"
	if status == http.StatusBadRequest {
		t = "Bad request"
	}
	return &problem{status: status, code: "invalid_parameter", title: t, detail: detail, parameter: name}
}

// splitList walks over the items of a comma list that are not empty.
func splitList(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" && !yield(item) {
				return
			}
		}
	}
}

// quote shows a caller's own text in an answer, shortened.
func quote(text string) string {
	if r := []rune(text); len(r) > 60 {
		text = string(r[:60]) + "…"
	}
	return strconv.Quote(text)
}

func orElse(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
