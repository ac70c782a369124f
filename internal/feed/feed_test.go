package feed

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"orderhub"
)

// frame is a file around some offers.
func frame(offers string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE yml_catalog SYSTEM "shops.dtd">
<yml_catalog date="2026-05-01 06:00"><shop><name>Лавка «Сорока»</name>
<categories><category id="1">Кухня</category><category id="12" parentId="1">Чайники &amp; чаши</category></categories>
<offers>` + offers + `</offers></shop></yml_catalog>
`
}

const kettle = `<offer id="8801" type="vendor.model" available="true" group_id="880"><typePrefix>Чайник</typePrefix>
<vendor>Медник</vendor><model>2 л</model><vendorCode>MD-2</vendorCode><url>https://soroka.example/p/8801?a=1&amp;b=2</url>
<price>1890.50</price><oldprice>2100</oldprice><currencyId>RUR</currencyId><categoryId>12</categoryId>
<picture>https://soroka.example/i/1.jpg</picture><picture>https://soroka.example/i/2.jpg</picture>
<description><![CDATA[<p>Свистит & поёт</p>]]></description>
<param name="Цвет">медный</param><param name="Объём" unit="л">2</param><param name="Цвет">чёрный</param></offer>`

func inWindows1251(in string) string {
	out, err := charmap.Windows1251.NewEncoder().String(strings.Replace(in, "UTF-8", "windows-1251", 1))
	if err != nil {
		panic(err)
	}
	return out
}

// whole are files that must be read, and just as encoding/xml reads them.
var whole = map[string]string{
	"one offer":           frame(kettle),
	"windows-1251":        inWindows1251(frame(kettle)),
	"byte order mark":     "\uFEFF" + frame(kettle),
	"blank line":          "\r\n" + frame(kettle),
	"no declaration":      `<yml_catalog><shop><offers><offer id="1"><name>Миска</name></offer></offers></shop></yml_catalog>`,
	"no offers":           frame(""),
	"line ends":           strings.ReplaceAll(frame(kettle), "\n", "\r\n"),
	"line ends in a text": frame("<offer id='1' group_id='a\r\nb\rc'><name>x</name><description>a\r\nb\rc &amp; <![CDATA[d\r\n&amp;\re]]></description></offer>"),
	"> in attributes":     frame(`<offer id="1" note="a>b" x='">'><name>Миска</name></offer>`),
	"comments":            frame(`<!-- <offer id="0"> -->` + kettle + `<!----><!-- > -->`),
	"comment in text":     frame(`<offer id="1"><name>Ми<!-- < -->ска</name></offer>`),
	"CDATA in pieces":     frame(`<offer id="1"><name>Ми<![CDATA[с]]><![CDATA[]]]]><![CDATA[>ка&amp;]]></name></offer>`),
	"instructions":        frame(`<?php echo "<offer>" ?>` + kettle),
	"entities":            frame(`<offer id="1"><name>&lt;&#1052;&#x438;&quot;&apos;&gt;&#13;&#10;x</name></offer>`),
	"empty elements":      frame(`<offer id="1"/><offer id="2"><name/><name>Миска</name><price /></offer>`),
	"unknown elements": frame(`<offer id="1"><name>Миска</name><delivery-options><option><name>нет</name></option></delivery-options></offer>`) +
		`<!-- behind --> <?also behind?>`,
	"markup in a description": frame(`<offer id="1"><name>Миска</name><description>a <b>b</b> c<br/></description></offer>`),
	"spaces in tags":          frame("<offer\n\tid = '1'\r\n ><name >Миска</name\n></offer >"),
	"names of others":         frame(`<offer id="1"><name>Миска</name><Размер>5</Размер><x:name xmlns:x="y">нет</x:name></offer>`),
	"offers elsewhere":        strings.Replace(frame(kettle), "<offers>", "<promos><offer id='7'/></promos><offers>", 1),
	"shelves in a circle": strings.Replace(frame(kettle), `<category id="1">`,
		`<category id="1" parentId="12">`, 1),
}

func TestRead(t *testing.T) {
	attributes, err := orderhub.ParseAttributes([]byte(`{"Цвет":"медный, чёрный","Объём":"2 л"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &orderhub.Product{
		ExternalID: "8801", Group: "880", Name: "Чайник Медник 2 л", Brand: "Медник", VendorCode: "MD-2",
		URL: "https://soroka.example/p/8801?a=1&b=2", Price: 18_905_000, OldPrice: 21_000_000, Currency: "RUB",
		Pictures:   []string{"https://soroka.example/i/1.jpg", "https://soroka.example/i/2.jpg"},
		Categories: []string{"Кухня", "Чайники & чаши"}, Description: "<p>Свистит & поёт</p>", Attributes: attributes, Available: true,
	}
	for _, in := range []string{whole["one offer"], whole["windows-1251"], whole["line ends"], whole["byte order mark"]} {
		got := read(t, in)
		if len(got) != 1 || got[0].ID != "8801" || got[0].Line != 5 || got[0].Faults != nil {
			t.Fatalf("Read gave %+v, want offer 8801 of line 5 and no fault", got)
		}
		if d := cmp.Diff(want, got[0].Product); d != "" {
			t.Errorf("product (-want +got):\n%s", d)
		}
	}
}

func read(t *testing.T, in string) (all []Offer) {
	t.Helper()
	for o, err := range Read(strings.NewReader(in), Limits{}) {
		if err != nil {
			t.Fatalf("Read: %v", err)
		}
		all = append(all, o)
	}
	return all
}

func TestOneOffer(t *testing.T) {
	const ok = "" // no fault
	tests := []struct {
		offer string
		name  string // "" when it cannot be used
		fault string // part of the only one
	}{
		{`<offer id="1"><name>Миска</name></offer>`, "Миска", ok},
		{`<offer id="1"><vendor>Гжель</vendor><model>М-1</model><name>Миска синяя</name></offer>`, "Миска синяя", ok},
		{`<offer id="1" type="vendor.model"><vendor>Гжель</vendor><model>М-1</model><name>Миска</name></offer>`, "Гжель М-1", ok},
		{`<offer id="1" type="vendor.model"><vendor>Гжель</vendor><name>Миска</name></offer>`, "Миска", ok},
		{`<offer id="1"><typePrefix>Миска</typePrefix><vendor>Гжель</vendor></offer>`, "Миска Гжель", ok},
		{"<offer id='1'><name> Миска\n  синяя </name></offer>", "Миска синяя", ok},
		{`<offer id="1"><name>Миска</name><price>1890.005</price><currencyId>PLN</currencyId></offer>`, "Миска", ok},
		{`<offer id="1" available="false"><name>Миска</name></offer>`, "Миска", ok},
		{`<offer id="1" available="yes"><name>Миска</name></offer>`, "Миска", "taken as true"},
		{`<offer id="1"><name>Миска</name><categoryId>99</categoryId></offer>`, "Миска", `categoryId "99"`},
		{`<offer id="1"><name>Миска</name><url>/p/1</url></offer>`, "Миска", `url "/p/1"`},
		{`<offer id="1"><name>Миска</name><picture>javascript:alert(1)</picture></offer>`, "Миска", `picture "javascript`},
		{`<offer id="1"><name>Миска</name><currencyId>₽</currencyId></offer>`, "Миска", `currencyId "₽"`},
		{`<offer id="1"><name>Миска</name><oldprice>-5</oldprice></offer>`, "Миска", "oldprice"},
		{`<offer id="1"></offer>`, "", "name can't be blank"},
		{`<offer><name>Миска</name></offer>`, "", "external_id can't be blank"},
		{`<offer id="1"><name>Миска</name><price>1 890</price></offer>`, "", `price "1 890"`},
		{`<offer id="1"><name>Миска</name><price>1e1000000000</price></offer>`, "", `price "1e1000000000"`},
		{`<offer id="1"><name>Миска</name><price>-1</price></offer>`, "", "price must not be negative"},
		{`<offer id="` + strings.Repeat("я", 256) + `"><name>Миска</name></offer>`, "", "external_id is too long"},
		{`<offer id="1"><name>` + strings.Repeat("я", 2049) + `</name></offer>`, "", "name is too long"},
		{`<offer id="1"><name>Миска</name>` + strings.Repeat(`<param name="a">x</param>`, 1001) + `</offer>`, "Миска", "over 1000 parameters"},
		{`<offer id="1"><name>Миска</name>` + strings.Repeat(`<picture>https://a.example/1</picture>`, 101) + `</offer>`, "Миска", "there are 101 pictures"},
	}
	for _, tt := range tests {
		t.Run(tt.offer[:min(len(tt.offer), 80)], func(t *testing.T) {
			got := read(t, frame(tt.offer+kettle))
			if len(got) != 2 || got[1].Product == nil {
				t.Fatalf("Read gave %+v, want the next offer, too", got)
			}
			title := ""
			if got[0].Product != nil {
				title = got[0].Product.Name
			}
			if title != tt.name {
				t.Errorf("name = %q, want %q", title, tt.name)
			}
			if tt.fault == ok && got[0].Faults != nil || tt.fault != ok &&
				(len(got[0].Faults) != 1 || !strings.Contains(got[0].Faults[0].Reason, tt.fault) || got[0].Faults[0].Kept != (tt.name != "")) {
				t.Errorf("faults = %+v, want %q", got[0].Faults, tt.fault)
			}
		})
	}
}

// refused are files that cannot be used, and part of the sentence for each.
var refused = []struct{ name, in, want string }{
	{"empty", "", "empty"},
	{"space", " \n", "no XML"},
	{"another kind", "a;b;c\n1;2;3\n", "not a YML file"},
	{"another XML", "<html></html>", "<html> and not <yml_catalog>"},
	{"no shop", "<yml_catalog/>", "no <shop>"},
	{"cut in a tag", frame(kettle)[:600], "not whole"},
	{"cut between tags", strings.TrimSuffix(frame(kettle), "</yml_catalog>\n"), "before </yml_catalog>"},
	{"cut in CDATA", frame(`<![CDATA[`), "in CDATA"},
	{"cut in a comment", frame(`<!-- `), "in a comment"},
	{"wrong end", frame(`<offer id="1"><name>x</offer></name>`), `"offer"> closes nothing`},
	{"two roots", frame("") + "<a/>", "behind the end"},
	{"text behind", frame("") + "x", "outside of the elements"},
	{"bare &", frame(`<offer id="1"><name>a & b</name></offer>`), "write & as &amp;"},
	{"unknown entity", frame(`<offer id="1"><name>&nbsp;</name></offer>`), "no entity of XML"},
	{"number of no character", frame(`<offer id="1"><name>&#0;</name></offer>`), "no entity of XML"},
	{"half of a character", frame(`<offer id="1"><name>&#xD800;</name></offer>`), "no entity of XML"},
	{"control character", frame("<offer id='1'><name>a\x01</name></offer>"), "U+0001"},
	{"NUL", "<yml_catalog>\x00", "U+0000"},
	{"wrong encoding", strings.Replace(inWindows1251(frame(kettle)), "windows-1251", "UTF-8", 1), "not UTF-8"},
	{"UTF-16", "\xFF\xFE<\x00y\x00", "UTF-16"},
	{"KOI8-R", `<?xml version="1.0" encoding="KOI8-R"?><yml_catalog/>`, `"koi8-r" is not one of YML`},
	{"XML 1.1", `<?xml version="1.1"?><yml_catalog/>`, "not XML 1.0"},
	{"late declaration", `<yml_catalog><?xml version="1.0"?></yml_catalog>`, "not at the beginning"},
	{"unquoted attribute", frame("<offer id=1></offer>"), "has no quotes"},
	{"attribute twice", frame(`<offer id="1" id="2"></offer>`), "there twice"},
	{"< in an attribute", frame(`<offer id="<"></offer>`), "does not end"},
	{"]]> in a text", frame(`<offer id="1"><name>a]]></name></offer>`), "]]> in a text"},
	{"-- in a comment", frame("<!-- a -- b -->"), "-- within a comment"},
	{"zip", "PK\x03\x04xxxx", "ZIP"},
	{"gzip", "\x1F\x8Bxxxx", "gzip"},
	{"laughs", `<!DOCTYPE yml_catalog [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><yml_catalog>&b;</yml_catalog>`, "DOCTYPE declares"},
	{"outside entity", `<!DOCTYPE yml_catalog [<!ENTITY a SYSTEM "file:///etc/passwd">]><yml_catalog>&a;</yml_catalog>`, "DOCTYPE declares"},
	{"late DOCTYPE", `<yml_catalog><!DOCTYPE yml_catalog></yml_catalog>`, "where none may be"},
	{"other declaration", `<!ELEMENT a><yml_catalog/>`, "no use for"},
}

func TestRefused(t *testing.T) {
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Check(strings.NewReader(tt.in), Limits{})
			if orderhub.KindOf(err) != orderhub.Malformed || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check = %v, want malformed: %s", err, tt.want)
			}
			agree(t, tt.in, Limits{})
		})
	}
}

// Bombs are refused before they take memory.
func TestLimits(t *testing.T) {
	l := Limits{Bytes: 1 << 20, Offers: 3, Categories: 4, Depth: 10, Token: 300 << 10, Offer: 400 << 10}
	piece := strings.Repeat("x", 250<<10)
	for name, in := range map[string]string{
		"bytes":      frame("") + strings.Repeat(" ", 1<<20),
		"offers":     frame(strings.Repeat("<offer/>", 4)),
		"categories": strings.Replace(frame(""), "<categories>", "<categories>"+strings.Repeat("<category/>", 3), 1),
		"depth":      strings.Repeat("<yml_catalog>", 11),
		"text":       frame("<offer><name>" + strings.Repeat("x", 301<<10)),
		"CDATA":      frame("<offer><name><![CDATA[" + strings.Repeat("x", 301<<10)),
		"comment":    "<!--" + strings.Repeat("x", 301<<10),
		"tag":        "<a " + strings.Repeat(" ", 301<<10),
		"attribute":  `<a b="` + strings.Repeat("x", 301<<10),
		"attributes": "<a" + strings.Repeat(` b=""`, 101) + ">", // refused as there twice
		"name":       "<" + strings.Repeat("x", 301<<10),
		"offer":      frame("<offer><name>" + piece + "</name><name>" + piece + "</name></offer>"),
		"odd offer":  frame("<offer><x>" + piece + "</x><x y='" + piece + "'/></offer>"),
	} {
		_, err := Check(strings.NewReader(in), l)
		if k := orderhub.KindOf(err); k != orderhub.TooLarge && (name != "attributes" || k != orderhub.Malformed) {
			t.Errorf("%s: Check = %v, want too large", name, err)
		}
		agree(t, in, l)
	}
}

// A reader's own error is no fault of the file.
func TestReaderFails(t *testing.T) {
	in := frame(kettle)
	lost := errors.New("the line is cut")
	for _, n := range []int{0, 1, 10, 100, 400, len(in)} {
		_, err := Check(&failsBehind{strings.NewReader(in[:n]), lost}, Limits{})
		if !errors.Is(err, lost) {
			t.Errorf("behind %d bytes: Check = %v, want %v", n, err, lost)
		}
	}
}

type failsBehind struct {
	in  *strings.Reader
	err error
}

func (f *failsBehind) Read(p []byte) (int, error) {
	if f.in.Len() == 0 {
		return 0, f.err
	}
	return f.in.Read(p)
}

// Memory does not grow with the file.
func TestMemoryIsFlat(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most := uint64(0)
	n := 0
	for range Read(catalogue(100_000), Limits{}) {
		if n++; n%20_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			most = max(most, after.HeapAlloc)
		}
	}
	if grown := int64(most) - int64(before.HeapAlloc); n != 100_000 || grown > 4<<20 {
		t.Errorf("%d offers and %d bytes more in use, want 100000 and at most 4 MB", n, grown)
	}
}

// catalogue is a made-up file of n offers, about 600 bytes each.
func catalogue(n int) *goods { return &goods{n: n} }

type goods struct {
	n, at int
	rest  []byte
}

func (g *goods) Read(p []byte) (int, error) {
	for len(g.rest) == 0 {
		head, tail, _ := strings.Cut(frame("|"), "|")
		switch g.at++; {
		case g.at == 1:
			g.rest = []byte(head)
		case g.at <= g.n+1:
			g.rest = fmt.Appendf(nil, `<offer id="%d" type="vendor.model" available="true" group_id="%d"><typePrefix>Чайник</typePrefix>
<vendor>Медник</vendor><model>М-%d</model><vendorCode>MD-%d</vendorCode><url>https://soroka.example/p/%d?from=yml&amp;n=1</url>
<price>%d.50</price><currencyId>RUB</currencyId><categoryId>12</categoryId><picture>https://soroka.example/i/%d.jpg</picture>
<description>Чайник для дома и дачи, объём два литра, свисток.</description>
<param name="Цвет">медный</param><param name="Объём" unit="л">2</param></offer>
`, g.at, g.at/4, g.at, g.at, g.at, g.at%5000+100, g.at)
		case g.at == g.n+2:
			g.rest = []byte(tail)
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}
