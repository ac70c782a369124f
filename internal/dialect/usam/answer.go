package usam

import (
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"orderhub"
	"orderhub/internal/dialect"
	"orderhub/internal/ordering"
)

// give answers with a JSON value, trimmed to the _fields that were asked for.
func give(w http.ResponseWriter, _ *http.Request, p params, value []byte) error {
	wanted, err := wantedFields(p)
	if err != nil {
		return err
	}
	if wanted != nil {
		value = wanted.trim(value)
	}
	writeJSON(w, http.StatusOK, value)
	return nil
}

// giveList answers with a list while it is read. What goes wrong after the
// first orders were written breaks the connection: half a list must not look
// like a whole one.
func giveList(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, p params, l list, total int, orders iter.Seq2[ordering.Linked, error]) error {
	wanted, err := wantedFields(p)
	if err != nil {
		return err
	}
	listHeaders(w, r, l, total)
	setHeaders(w.Header())
	b := []byte("{")
	if wanted.has("count") {
		b = fmt.Appendf(b, `"count":%d`, total)
	}
	if !wanted.has("items") {
		writeJSON(w, http.StatusOK, append(b, '}'))
		return nil
	}
	if len(b) > 1 {
		b = append(b, ',')
	}
	b = append(b, `"items":[`...)
	first, begun := true, false
	for o, err := range orders {
		if err != nil && !begun {
			return err
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, wanted.below("items").trim(listedOrder(shop, o.Order, o.Customer, l.blocks))...)
		if len(b) > flushAt {
			if _, err := w.Write(b); err != nil {
				return nil // the caller went away
			}
			b, begun = b[:0], true
		}
	}
	w.Write(append(b, "]}"...))
	return nil
}

// flushAt is how much of a list is gathered before it is written, in bytes.
const flushAt = 1 << 16

// listHeaders are those of lists in WordPress.
func listHeaders(w http.ResponseWriter, r *http.Request, l list, total int) {
	pages := (total + l.count - 1) / l.count
	h := w.Header()
	h.Set("X-WP-Total", strconv.Itoa(total))
	h.Set("X-WP-TotalPages", strconv.Itoa(pages))
	link := func(page int, rel string) {
		query := r.URL.Query()
		query.Set("paged", strconv.Itoa(page))
		address := url.URL{Path: r.URL.Path, RawQuery: query.Encode()}
		h.Add("Link", fmt.Sprintf(`<%s%s>; rel=%q`, dialect.Base(r), address.String(), rel))
	}
	if l.page > 1 {
		link(l.page-1, "prev")
	}
	if l.page < pages {
		link(l.page+1, "next")
	}
}

const mediaType = "application/json; charset=UTF-8"

// writeJSON answers with a JSON value.
func writeJSON(w http.ResponseWriter, status int, value []byte) {
	setHeaders(w.Header())
	w.WriteHeader(status)
	w.Write(value)
}

func setHeaders(h http.Header) {
	h.Set("Content-Type", mediaType)
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link")
}
