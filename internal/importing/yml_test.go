package importing

import (
	"fmt"
	"io"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/storetest"
)

func TestIsYML(t *testing.T) {
	for head, want := range map[string]bool{
		"": false, "id;name\n": false, "<html>": false, "PK\x03\x04": false, "\xFF\xFEi\x00d\x00": false,
		`<?xml version="1.0"?>`: true, "\xEF\xBB\xBF \r\n<?xml": true, "<!DOCTYPE yml_catalog SYSTEM": true, "\n<yml_catalog date=": true,
		"\xFF\xFE<\x00?\x00": true, "\xFE\xFF\x00<\x00?": true,
	} {
		if got := isYML([]byte(head)); got != want {
			t.Errorf("isYML(%q) = %v, want %v", head, got, want)
		}
	}
}

const ymlHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE yml_catalog SYSTEM "shops.dtd">
<yml_catalog><shop><categories><category id="1">Дом</category><category id="2" parentId="1">Посуда</category></categories><offers>
`

const ymlEnd = "</offers></shop></yml_catalog>"

func openOffers(t *testing.T, file string) *ymlSource {
	t.Helper()
	s, err := openYML(strings.NewReader(file), int64(len(file)), kiosk, orderhub.ImportPlan{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestYMLOffers(t *testing.T) {
	s := openOffers(t, ymlHead+`<offer id="7" group_id="g"><name>Ковш</name><price>10.50</price><categoryId>2</categoryId><picture>no address</picture></offer>
<offer id="8"><price>дорого</price></offer>
<offer><name>Ковш</name></offer>
<offer id="7"><name>Ковш</name></offer>
`+ymlEnd)
	var got []string
	for {
		r, err := s.next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		newProducts(kiosk).read(r) // leaves it as it is
		text := fmt.Sprint(r.rows[0].line, r.rows[0].cells, r.keys)
		for _, f := range r.rows[0].faults {
			text += " " + f.String()
		}
		if p := r.value.(*orderhub.ProductChange).Whole; p != nil {
			text += fmt.Sprintf(" %s %s %v %d", p.Name, p.Price, p.Categories, len(p.Pictures))
		}
		got = append(got, text)
	}
	want := []string{
		"4 [7] [{external_id 7}] Ковш 10.5 [Дом Посуда] 0",
		`5 [8] [{external_id 8}] row 5 price "дорого" is not a number row 5 name can't be blank`,
		`6 [] [] row 6, column "id" can't be blank`,
		"7 [7] [{external_id 7}] Ковш 0 [] 0",
	}
	if d := diff.Diff(want, got); d != "" {
		t.Error(d)
	}
	if s.part() != 1 {
		t.Errorf("at the end %v of the file is read", s.part())
	}
}

// Whatever is wrong with a file is told in a sentence, and nothing of the file
// can grow or be fetched.
func TestYMLRefuses(t *testing.T) {
	bomb := `<!DOCTYPE yml_catalog [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><yml_catalog><shop><offers><offer id="1"><name>&b;</name></offer></offers></shop></yml_catalog>`
	for name, file := range map[string]string{
		"empty": "", "cut": ymlHead + `<offer id="1">`, "another XML": `<?xml version="1.0"?><rss/>`, "UTF-16": "\xFF\xFE<\x00?\x00",
		"bomb": bomb, "outside": strings.Replace(bomb, `ENTITY a "ha"`, `ENTITY a SYSTEM "file:///etc/passwd"`, 1),
		"deep": ymlHead + strings.Repeat("<a>", 1000),
	} {
		s := openOffers(t, file)
		var err error
		for err == nil {
			_, err = s.next(t.Context())
		}
		if err == io.EOF || orderhub.KindOf(err) != orderhub.Invalid {
			t.Errorf("%s: %v, want an Invalid error", name, err)
		}
	}
}

func TestImportYML(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newCupboard(t, db)
		i := c.take(ymlHead+`<offer id="7"><name>Ковш</name></offer><offer id="8"/><offer id="7"><name>Миска</name></offer>`+ymlEnd, orderhub.ImportPlan{})
		if want := (orderhub.ImportTally{Created: 1, Conflicts: 1, Invalid: 1}); i.Result != want {
			t.Errorf("%+v, want %+v", i.Result, want)
		}
		if p := c.content(); len(p) != 1 || p[0].Name != "Ковш" || p[0].Fed || !p[0].Available {
			t.Errorf("there are %+v", p)
		}
	})
}
