package orderhub_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"orderhub"
)

// attributes reads a JSON object that the test wrote itself.
func attributes(t testing.TB, object string) orderhub.Attributes {
	t.Helper()
	a, err := orderhub.ParseAttributes([]byte(object))
	if err != nil {
		t.Fatalf("ParseAttributes(%s): %v", object, err)
	}
	return a
}

func TestAttributesKeepOrderAndNumbers(t *testing.T) {
	in := `{ "z": 1.50, "a" : [1e400, {"y":null}], "ё": "я\u0000", "m": -0, "": true }`
	want := `{"z":1.50,"a":[1e400,{"y":null}],"ё":"я\u0000","m":-0,"":true}`
	a := attributes(t, in)
	if got := string(a.JSON()); got != want {
		t.Errorf("printed %s, want %s", got, want)
	}
	if got := string(orderhub.Attributes(nil).JSON()); got != "{}" {
		t.Errorf("no attributes print %s, want {}", got)
	}
	if a := attributes(t, " {} "); a != nil {
		t.Errorf("ParseAttributes({}) = %v, want nil", a)
	}
}

func TestParseAttributesRefuses(t *testing.T) {
	for _, in := range []string{
		``, ` `, `null`, `[]`, `"a"`, `1`,
		`{"a":1`, `{"a":}`, `{"a" 1}`, `{a:1}`, `{"a":1,}`, `{"a":01}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}",
		`{"a":1}{"b":2}`, `{"a":1} x`,
		`{"a":1,"b":2,"a":3}`, `{"a":{"b":1,"b":2}}`, `{"a":1,"\u0061":2}`,
		strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000),
	} {
		if a, err := orderhub.ParseAttributes([]byte(in)); err == nil {
			t.Errorf("ParseAttributes(%.60s) = %v, want an error", in, a)
		}
	}
}

func TestAttributesSetAndText(t *testing.T) {
	a := attributes(t, `{"region":74,"payment_status":"paid","fl\u0061g":true}`)
	a.Set("region", jsontext.Value(`75`))
	a.SetText("note", `says "hi"`)
	if got, want := string(a.JSON()), `{"region":75,"payment_status":"paid","flag":true,"note":"says \"hi\""}`; got != want {
		t.Errorf("after Set %s, want %s", got, want)
	}
	for name, want := range map[string]string{"payment_status": "paid", "note": `says "hi"`, "region": "", "flag": "", "absent": ""} {
		if got := a.Text(name); got != want {
			t.Errorf("Text(%s) = %q, want %q", name, got, want)
		}
	}
	if v, ok := a.Get("region"); string(v) != "75" || !ok {
		t.Errorf("Get(region) = %s, %v, want 75", v, ok)
	}
}

func TestMergeChangesByNameAndNullRemoves(t *testing.T) {
	old := attributes(t, `{"a":1,"b":2,"c":3}`)
	news := attributes(t, `{"d":4,"b":null,"a":{"x":null},"e":null}`)
	if got, want := string(old.Merge(news).JSON()), `{"a":{"x":null},"c":3,"d":4}`; got != want {
		t.Errorf("Merge = %s, want %s", got, want)
	}
	if got, want := string(old.JSON())+string(news.JSON()), `{"a":1,"b":2,"c":3}{"d":4,"b":null,"a":{"x":null},"e":null}`; got != want {
		t.Errorf("Merge changed what it was given to %s, want %s", got, want)
	}
	if got := orderhub.Attributes(nil).Merge(news); len(got) != 2 {
		t.Errorf("nothing merged = %s, want a and d only", got.JSON())
	}
}

// A value that is the same in another spelling is no change, nor is a null where
// a null is stored.
func TestMergeOfTheSameChangesNothing(t *testing.T) {
	old := attributes(t, `{"a":"\/\u0416","b":{"\u0061":null},"c":null,"d":1.50}`)
	if got, want := string(old.Merge(attributes(t, `{"d":1.50,"c":null,"b":{"a":null},"a":"/Ж"}`)).JSON()), string(old.JSON()); got != want {
		t.Errorf("Merge = %s, want %s", got, want)
	}
	if got, want := string(old.Merge(attributes(t, `{"d":1.5,"a":"\\/Ж"}`)).JSON()), `{"a":"\\/Ж","b":{"\u0061":null},"c":null,"d":1.5}`; got != want {
		t.Errorf("Merge = %s, want %s", got, want)
	}
}

func TestReplaceKeepsWhatIsSentAsShown(t *testing.T) {
	const stored, shown = `{"a":1,"b":[2],"c":null,"d":"x"}`, `{"a":"1","b":"[2]","c":null,"d":"x","e":"0"}`
	for _, tt := range []struct{ sent, want string }{
		{shown, stored},
		{`{"e":"0","d":"x","c":null,"b":"[2]","a":"1"}`, stored}, // the sequence says nothing
		{`{"b":"[2]"}`, `{"b":[2]}`},
		{`{"b":"[3]","a":"1","n":null}`, `{"a":1,"b":"[3]","n":null}`},
		{`{"a":1,"e":"1"}`, `{"a":1,"e":"1"}`},
		{`{}`, `{}`},
	} {
		if got := string(attributes(t, stored).Replace(attributes(t, tt.sent), attributes(t, shown)).JSON()); got != tt.want {
			t.Errorf("%s in place of %s: %s, want %s", tt.sent, stored, got, tt.want)
		}
	}
}

// Merged attributes must not share their memory with what they came from: an
// order's old state is compared with its new one for the event.
func TestMergeSharesNothing(t *testing.T) {
	old := make(orderhub.Attributes, 0, 8)
	old.SetText("a", "1")
	one, two := old.Merge(attributes(t, `{"b":1}`)), old.Merge(attributes(t, `{"c":2}`))
	if got, want := string(one.JSON())+string(two.JSON()), `{"a":"1","b":1}{"a":"1","c":2}`; got != want {
		t.Errorf("two merges of one = %s, want %s", got, want)
	}
}

func TestExtrasPrintByDialect(t *testing.T) {
	e := orderhub.Extras{
		"usam":   attributes(t, `{"type_price":"tp_1","exchange":1}`),
		"aplaut": attributes(t, `{"z":null}`),
		"ecdp":   nil,
	}
	want := `{"aplaut":{"z":null},"usam":{"type_price":"tp_1","exchange":1}}`
	if got := string(e.JSON()); got != want {
		t.Fatalf("printed %s, want %s", got, want)
	}
	delete(e, "ecdp") // a dialect without extras is one that is not there
	again, err := orderhub.ParseExtras([]byte(want))
	if err != nil || !cmp.Equal(again, e) {
		t.Errorf("ParseExtras = %v, %v; differs (-want +got):\n%s", again, err, cmp.Diff(e, again))
	}
	for _, in := range []string{`{"usam":1}`, `{"usam":{"a":1}}}`, `[]`, ``} {
		if e, err := orderhub.ParseExtras([]byte(in)); err == nil {
			t.Errorf("ParseExtras(%s) = %v, want an error", in, e)
		}
	}
	if e, err := orderhub.ParseExtras([]byte(`{}`)); e != nil || err != nil {
		t.Errorf("ParseExtras({}) = %v, %v, want nil", e, err)
	}
}

func TestAttributeLimits(t *testing.T) {
	many := make(orderhub.Attributes, orderhub.MaxAttributes+1)
	for i := range many {
		many[i] = orderhub.Attribute{Name: fmt.Sprint(i), Value: jsontext.Value("1")}
	}
	text := func(n int) orderhub.Attributes {
		return orderhub.Attributes{{Name: "a", Value: jsontext.Value(`"` + strings.Repeat("x", n-2) + `"`)}}
	}
	tests := []struct {
		name string
		a    orderhub.Attributes
		ok   bool
	}{
		{"as many names as may be", many[1:], true},
		{"one name too many", many, false},
		{"longest name", orderhub.Attributes{{Name: strings.Repeat("ё", orderhub.MaxAttributeName), Value: jsontext.Value("1")}}, true},
		{"too long a name", orderhub.Attributes{{Name: strings.Repeat("ё", orderhub.MaxAttributeName+1), Value: jsontext.Value("1")}}, false},
		{"largest values", text(orderhub.MaxAttributeSize), true},
		{"too large values", text(orderhub.MaxAttributeSize + 1), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := validOrder()
			o.Attributes = tt.a
			err := o.Validate()
			if (err == nil) != tt.ok {
				t.Errorf("Validate = %v, want it fine: %v", err, tt.ok)
			}
			if all := orderhub.All(err); !tt.ok && (len(all) != 1 || all[0].Field != "attributes") {
				t.Errorf("Validate = %v, want one fault of attributes", err)
			}
		})
	}
}

func FuzzParseAttributes(f *testing.F) {
	for _, in := range []string{`{}`, `{"a":1,"b":[{"c":null}]}`, `{"":"\u0000\"\\"}`, `{"a":1e-7,"A":-0.0}`, `{"a":1,"a":2}`} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		a, err := orderhub.ParseAttributes(object)
		if err != nil {
			return
		}
		printed := a.JSON()
		again, err := orderhub.ParseAttributes(printed)
		if err != nil || !cmp.Equal(again, a) {
			t.Errorf("ParseAttributes(%q) printed %q, read back %v, %v", object, printed, again, err)
		}
		if e, err := orderhub.ParseExtras(orderhub.Extras{"usam": a}.JSON()); err != nil || len(a) > 0 && !cmp.Equal(e["usam"], a) {
			t.Errorf("as extras %q became %v, %v", printed, e, err)
		}
	})
}
