package usam

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"orderhub/internal/dialect"
)

// showSite is the index of a WordPress site's API, by which clients find out
// that it is there. It says nothing of any shop, and needs no key.
func (a *api) showSite(w http.ResponseWriter, r *http.Request) error {
	base := dialect.Base(r)
	site := new(writer)
	site.text("name", "orderhub")
	site.text("description", "")
	site.text("url", base)
	site.text("home", base)
	site.raw("namespaces", []byte(`["`+namespace+`"]`))
	site.raw("authentication", []byte(`{}`))
	site.raw("routes", a.routeMap(base))
	writeJSON(w, http.StatusOK, site.done())
	return nil
}

// showNamespace is the index of the dialect's own routes.
func (a *api) showNamespace(w http.ResponseWriter, r *http.Request) error {
	index := new(writer)
	index.text("namespace", namespace)
	index.raw("routes", a.routeMap(dialect.Base(r)))
	writeJSON(w, http.StatusOK, index.done())
	return nil
}

func (a *api) routeMap(base string) []byte {
	routes := new(writer)
	add := func(path string, methods []string, href string) {
		names := array(methods, func(name string) []byte { b, _ := jsontext.AppendQuote(nil, name); return b })
		endpoint := new(writer)
		endpoint.raw("methods", names)
		endpoint.raw("args", []byte("{}"))
		o := new(writer)
		o.text("namespace", namespace)
		o.raw("methods", names)
		o.raw("endpoints", array([]*writer{endpoint}, (*writer).done))
		if href != "" {
			link := new(writer)
			link.text("href", href)
			o.raw("_links", append(append([]byte(`{"self":[`), link.done()...), "]}"...))
		}
		routes.raw(strings.ReplaceAll(path, `\`, `\\`), o.done()) // patterns have backslashes
	}
	add("/"+namespace, []string{http.MethodGet}, base+Prefix+"/"+namespace)
	for _, x := range a.routes {
		methods := slices.Sorted(maps.Keys(x.acts))
		if x.shown != "" {
			add("/"+namespace+x.shown, methods, "")
		} else {
			add("/"+namespace+x.path, methods, base+Prefix+"/"+namespace+x.path)
		}
	}
	return routes.done()
}
