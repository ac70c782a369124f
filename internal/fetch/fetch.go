// Package fetch gets files from addresses that shops name, such as the feeds
// of their catalogues.
//
// An address of a shop is the word of a stranger: it must not let anybody
// reach what only this machine or its neighbours can. So the network address
// is checked at the moment of the connection, after names were resolved and
// redirects were followed, and only that very address is connected to: a name
// that changes its answer gains nothing. Addresses of this machine, of private
// networks and of the local link are refused, among them those where clouds
// keep their secrets. Proxies of the environment are not used.
//
// What arrives is bounded in size and time, before and after it is unpacked.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"orderhub"
)

// A Fetcher gets files. The zero value is ready to use, by several at once.
type Fetcher struct {
	// Inner lets it reach inner addresses, on any port: for tests, and for an
	// operator whose shops are on the same network.
	Inner    bool
	Bytes    int64         // of a file, unpacked; 0 is 2 GiB
	Time     time.Duration // for all of one file; 0 is 10 minutes
	Patience time.Duration // for a connection, and for the answer to begin; 0 is 20 s
	Client   *http.Client  // for tests of TLS: its transport's certificates are used; nil is the usual

	allowed netip.AddrPort // one inner address, for tests of what is behind it
}

// A Request is what to get.
type Request struct {
	Address string
	Plain   bool // http is allowed, too
	// What the server said of the file that we have; "" for none.
	ETag, LastModified string
}

// A File is what arrived. Body must be closed.
type File struct {
	Body               io.ReadCloser
	Unchanged          bool // since the one with ETag or LastModified; there is no Body
	ETag, LastModified string
}

const maxRedirects = 5

// Get asks for a file. All that is wrong with the address, the server or the
// network is an Invalid error of the field address: it is the shop's to mend.
func (f *Fetcher) Get(ctx context.Context, r Request) (*File, error) {
	if err := f.check(r.Address, r.Plain); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, orElse(f.Time, 10*time.Minute))
	file, err := f.get(ctx, r)
	if err != nil {
		err = explain(ctx, err)
		cancel()
		return nil, err
	}
	if file.Unchanged {
		cancel()
		return file, nil
	}
	file.Body = ending{file.Body, ctx, cancel}
	return file, nil
}

func (f *Fetcher) get(ctx context.Context, r Request) (*File, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Address, nil)
	if err != nil {
		return nil, wrong("is not an address")
	}
	q.Header.Set("Accept", "application/xml, text/xml, */*;q=0.5")
	q.Header.Set("Accept-Encoding", "gzip")
	q.Header.Set("User-Agent", "orderhub")
	setUnlessEmpty(q.Header, "If-None-Match", r.ETag)
	setUnlessEmpty(q.Header, "If-Modified-Since", r.LastModified)

	transport := f.transport()
	client := &http.Client{Transport: transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return wrong(fmt.Sprintf("leads to others over %d times", maxRedirects))
		}
		return f.check(next.URL.String(), r.Plain)
	}}
	a, err := client.Do(q)
	if err != nil {
		transport.CloseIdleConnections()
		return nil, err
	}
	if a.StatusCode == http.StatusNotModified && (r.ETag != "" || r.LastModified != "") {
		a.Body.Close()
		transport.CloseIdleConnections()
		return &File{Unchanged: true}, nil
	}
	if a.StatusCode != http.StatusOK {
		a.Body.Close()
		transport.CloseIdleConnections()
		return nil, wrong(fmt.Sprintf("answers %d %s instead of a file", a.StatusCode, http.StatusText(a.StatusCode)))
	}
	body, err := unpack(a.Body, a.Header.Get("Content-Encoding"), orElse(f.Bytes, 2<<30))
	if err != nil {
		a.Body.Close()
		transport.CloseIdleConnections()
		return nil, err
	}
	return &File{
		Body: ending{body, ctx, transport.CloseIdleConnections},
		ETag: header(a, "ETag"), LastModified: header(a, "Last-Modified"),
	}, nil
}

// header is a header that we keep and send again; one that is too long to be
// what it should be is left out.
func header(a *http.Response, name string) string {
	if v := a.Header.Get(name); len(v) <= 500 && orderhub.Storable(v) {
		return v
	}
	return ""
}

func setUnlessEmpty(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}

// transport connects for one file. Connections are not kept: nobody else asks
// there.
func (f *Fetcher) transport() *http.Transport {
	patience := orElse(f.Patience, 20*time.Second)
	t := &http.Transport{
		DialContext:            (&net.Dialer{Timeout: patience, Control: f.control}).DialContext,
		TLSHandshakeTimeout:    patience,
		ResponseHeaderTimeout:  patience,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // we unpack, and count
		ForceAttemptHTTP2:      true,
		MaxConnsPerHost:        1,
	}
	if f.Client != nil {
		if from, ok := f.Client.Transport.(*http.Transport); ok && from.TLSClientConfig != nil {
			t.TLSClientConfig = from.TLSClientConfig.Clone()
		}
	}
	return t
}

// check refuses addresses for what they say, before any name is resolved.
func (f *Fetcher) check(address string, plain bool) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "":
		return wrong("is not a web address")
	case u.Scheme != "https" && u.Scheme != "http":
		return wrong("must begin with https://")
	case u.Scheme == "http" && !plain:
		return wrong("must begin with https://, also where it leads to, unless the shop allows http")
	}
	return nil
}

// control is asked with the very address that is about to be connected to.
func (f *Fetcher) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return wrong("cannot be reached")
	}
	if f.Inner || to == f.allowed {
		return nil
	}
	if !Outside(to.Addr()) {
		return wrong("leads to an inner address of a network, which is not looked at")
	}
	if p := to.Port(); p < 1024 && p != 80 && p != 443 {
		return wrong(fmt.Sprintf("leads to port %d, where no web server is", p))
	}
	return nil
}

// inner are the networks of which some computers know more than the rest of
// the world, beyond those that netip knows by name.
var inner = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),   // of providers
	netip.MustParsePrefix("192.0.0.0/24"),    // of protocols
	netip.MustParsePrefix("192.0.2.0/24"),    // of documents
	netip.MustParsePrefix("192.88.99.0/24"),  // relays to IPv6
	netip.MustParsePrefix("198.18.0.0/15"),   // of laboratories
	netip.MustParsePrefix("198.51.100.0/24"), // of documents
	netip.MustParsePrefix("203.0.113.0/24"),  // of documents
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),          // IPv4 in an old form
	netip.MustParsePrefix("64:ff9b::/96"),   // IPv4 behind a gateway
	netip.MustParsePrefix("64:ff9b:1::/48"), // the same, of one's own
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"),     // of protocols, tunnels among them
	netip.MustParsePrefix("2001:db8::/32"), // of documents
	netip.MustParsePrefix("2002::/16"),     // IPv4 in a tunnel
	netip.MustParsePrefix("fec0::/10"),     // of sites, in an old form
}

// Outside says whether an address is one that all the world can reach.
func Outside(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range inner {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

func wrong(text string) error { return orderhub.Wrong("address", text) }

// explain says what went wrong on the way, without the address, which may hold
// a password. What ends because the caller wants it to stays as it is.
func explain(ctx context.Context, err error) error {
	if ours := orderhub.All(err); len(ours) > 0 {
		return ours[0]
	}
	if errors.Is(err, context.Canceled) || ctx.Err() == context.Canceled {
		return context.Canceled
	}
	var dns *net.DNSError
	if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() || ctx.Err() != nil {
		return wrong("does not answer in time")
	}
	if errors.As(err, &dns) {
		return wrong("has a name that nobody knows")
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return wrong("cannot be reached: " + err.Error())
}

// An ending body lets something go when it is closed, and explains its errors.
type ending struct {
	io.ReadCloser
	ctx  context.Context
	then func()
}

func (e ending) Read(p []byte) (int, error) {
	n, err := e.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = explain(e.ctx, err)
	}
	return n, err
}

func (e ending) Close() error {
	err := e.ReadCloser.Close()
	e.then()
	return err
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
