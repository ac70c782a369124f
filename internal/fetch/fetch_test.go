package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"orderhub"
)

// serve starts a server that only inner addresses reach, as all of a test's.
func serve(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

func get(t *testing.T, f *Fetcher, r Request) (string, *File, error) {
	t.Helper()
	file, err := f.Get(t.Context(), r)
	if err != nil || file.Unchanged {
		return "", file, err
	}
	defer file.Body.Close()
	b, err := io.ReadAll(file.Body)
	return string(b), file, err
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGet(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter){
		"plain": func(w http.ResponseWriter) { io.WriteString(w, "feed") },
		"packed": func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, packed(t, "feed"))
		},
		"a packed file": func(w http.ResponseWriter) { io.WriteString(w, packed(t, "feed")) },
		"packed twice": func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, packed(t, packed(t, "feed")))
		},
		"said to be packed": func(w http.ResponseWriter) { w.Header().Set("Content-Encoding", "gzip"); io.WriteString(w, "feed") },
	} {
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"7"`)
			w.Header().Set("Last-Modified", "Sun, 03 May 2026 12:00:00 GMT")
			answer(w)
		})
		got, file, err := get(t, &Fetcher{Inner: true}, Request{Address: address, Plain: true})
		if err != nil || got != "feed" || file.ETag != `"7"` || file.LastModified == "" {
			t.Errorf("%s: %q, %+v, %v", name, got, file, err)
		}
	}
}

func TestUnchanged(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == `"7"` && r.Header.Get("If-Modified-Since") == "then" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		io.WriteString(w, "feed")
	})
	f := &Fetcher{Inner: true}
	if _, file, err := get(t, f, Request{Address: address, Plain: true, ETag: `"7"`, LastModified: "then"}); err != nil || !file.Unchanged {
		t.Errorf("%+v, %v, want unchanged", file, err)
	}
	if got, _, err := get(t, f, Request{Address: address, Plain: true, ETag: `"6"`}); err != nil || got != "feed" {
		t.Errorf("%q, %v, want the feed", got, err)
	}
}

// No connection may reach an inner address, whatever the address looks like.
func TestInnerAddressesAreNotReached(t *testing.T) {
	var reached atomic.Int32
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{
		Handler:   http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }),
		ConnState: func(net.Conn, http.ConnState) { reached.Add(1) },
	}}
	s.Start()
	defer s.Close()
	port := l.Addr().(*net.TCPAddr).Port
	for _, host := range []string{
		"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]",
		"[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.0.1",
		"100.64.0.1", "[fc00::1]", "[fe80::1]", "224.0.0.1", "255.255.255.255", "[fd00:ec2::254]",
	} {
		for _, scheme := range []string{"http", "https"} {
			f := &Fetcher{Patience: 2 * time.Second}
			_, _, err := get(t, f, Request{Address: fmt.Sprintf("%s://%s:%d/", scheme, host, port), Plain: true})
			if orderhub.KindOf(err) != orderhub.Invalid {
				t.Errorf("%s://%s = %v, want it refused", scheme, host, err)
			}
		}
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("the server was reached %d times", n)
	}
}

// A server that may be reached cannot send us on to one that may not.
func TestRedirectsLeadNowhereElse(t *testing.T) {
	reached := false
	secret := serve(t, func(http.ResponseWriter, *http.Request) { reached = true })
	first := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, secret, http.StatusFound) })
	f := &Fetcher{allowed: netip.MustParseAddrPort(strings.TrimPrefix(first, "http://"))}
	_, _, err := get(t, f, Request{Address: first, Plain: true})
	if orderhub.KindOf(err) != orderhub.Invalid || !strings.Contains(err.Error(), "inner address") || reached {
		t.Errorf("redirected to an inner address: %v, reached %v", err, reached)
	}
}

// What counts is the address that is connected to: a redirect or a name that
// changes its answer comes past the same gate.
func TestTheAddressOfTheConnectionIsChecked(t *testing.T) {
	f := &Fetcher{}
	for address, want := range map[string]string{
		"127.0.0.1:443": "inner", "[::1]:443": "inner", "169.254.169.254:80": "inner", "[fe80::1%eth0]:443": "inner",
		"8.8.8.8:25": "port 25", "8.8.8.8:22": "port 22", "8.8.8.8:443": "", "8.8.8.8:80": "", "8.8.8.8:8443": "", "[2a00:1450::1]:443": "",
	} {
		err := f.control("tcp", address, nil)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

func TestOutside(t *testing.T) {
	for _, a := range []string{"8.8.8.8", "93.184.215.14", "2a00:1450:4010::1", "172.32.0.1", "100.128.0.1", "::ffff:8.8.8.8"} {
		if !Outside(netip.MustParseAddr(a)) {
			t.Errorf("%s is called an inner address", a)
		}
	}
	for _, a := range []string{"0.1.2.3", "198.18.0.1", "192.0.2.1", "240.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1", "fec0::1", "ff02::1", "169.254.1.1"} {
		if Outside(netip.MustParseAddr(a)) {
			t.Errorf("%s is called an outside address", a)
		}
	}
	if Outside(netip.Addr{}) {
		t.Error("no address is called an outside one")
	}
}

func TestRefusals(t *testing.T) {
	large := strings.Repeat("x", 2000)
	bomb := packed(t, strings.Repeat(" ", smallest*2))
	half := packed(t, large)
	hub := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/ftp":
			http.Redirect(w, r, "ftp://files.example/", http.StatusFound)
		case "/missing":
			http.NotFound(w, r)
		case "/304":
			w.WriteHeader(http.StatusNotModified)
		case "/br":
			w.Header().Set("Content-Encoding", "br")
		case "/large":
			io.WriteString(w, large)
		case "/large.gz":
			io.WriteString(w, packed(t, large))
		case "/bomb":
			io.WriteString(w, bomb)
		case "/halfpacked":
			io.WriteString(w, half[:len(half)/2])
		case "/slow":
			<-r.Context().Done()
		case "/drip":
			io.WriteString(w, "<")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case "/header":
			w.Header().Set("X-Long", strings.Repeat("x", 100<<10))
		}
	}
	address := serve(t, hub)
	for _, tt := range []struct {
		address string
		fetcher Fetcher
		plain   bool
		want    string
	}{
		{address + "/", Fetcher{}, false, "must begin with https"},
		{"ftp://files.example/", Fetcher{}, true, "must begin with https"},
		{"file:///etc/passwd", Fetcher{}, true, "not a web address"},
		{"https://", Fetcher{}, true, "not a web address"},
		{"%", Fetcher{}, true, "not a web address"},
		{"https://no-such-name.invalid/", Fetcher{}, true, "address"},
		{address + "/round", Fetcher{}, true, "over 5 times"},
		{address + "/ftp", Fetcher{}, true, "must begin with https"},
		{address + "/missing", Fetcher{}, true, "404 Not Found"},
		{address + "/304", Fetcher{}, true, "304"},
		{address + "/br", Fetcher{}, true, "was not asked for"},
		{address + "/large", Fetcher{Bytes: 1000}, true, "over 1000 bytes"},
		{address + "/large.gz", Fetcher{Bytes: 1000}, true, "over 1000 bytes"},
		{address + "/bomb", Fetcher{}, true, "grows over"},
		{address + "/halfpacked", Fetcher{}, true, "unexpected EOF"},
		{address + "/slow", Fetcher{Patience: 50 * time.Millisecond}, true, "in time"},
		{address + "/drip", Fetcher{Time: 200 * time.Millisecond}, true, "in time"},
		{address + "/header", Fetcher{}, true, "cannot be reached"},
	} {
		f := tt.fetcher
		f.Inner = true
		_, _, err := get(t, &f, Request{Address: tt.address, Plain: tt.plain})
		if k := orderhub.KindOf(err); k != orderhub.Invalid && k != orderhub.TooLarge || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.address, err, tt.want)
		}
	}
}

// A redirect from https to http is followed only when the shop allows http,
// and a password in the address stands in no error.
func TestTLS(t *testing.T) {
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "feed") })
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			http.Redirect(w, r, plain, http.StatusFound)
			return
		}
		login, password, _ := r.BasicAuth()
		io.WriteString(w, login+password)
	}))
	defer s.Close()
	f := &Fetcher{Inner: true, Client: s.Client()}
	if _, _, err := get(t, f, Request{Address: s.URL + "/down"}); err == nil || !strings.Contains(err.Error(), "where it leads to") {
		t.Errorf("down to http: %v, want it refused", err)
	}
	if got, _, err := get(t, f, Request{Address: s.URL + "/down", Plain: true}); err != nil || got != "feed" {
		t.Errorf("down to http where it is allowed: %q, %v", got, err)
	}
	with := strings.Replace(s.URL, "https://", "https://shop:secret@", 1)
	if got, _, err := get(t, f, Request{Address: with}); err != nil || got != "shopsecret" {
		t.Errorf("with a password: %q, %v", got, err)
	}
	_, _, err := get(t, &Fetcher{Inner: true}, Request{Address: with}) // an unknown certificate
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("an unknown certificate: %v, want an error without the password", err)
	}
}

func TestCancelled(t *testing.T) {
	address := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := (&Fetcher{Inner: true}).Get(ctx, Request{Address: address, Plain: true})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}
