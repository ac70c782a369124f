package wire

import (
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestText(t *testing.T) {
	tests := []struct {
		in   string
		want string
		ok   bool
	}{
		{`45`, "45", true},
		{`"45"`, "45", true},
		{`"045"`, "045", true}, // another product than 45
		{`45.0`, "45", true},
		{`45.10`, "45.10", true},
		{`1e2`, "100", true},
		{`4.5e1`, "45", true},
		{`450E-1`, "45", true},
		{`4.5`, "4.5", true},
		{`15e-1`, "1.5", true},
		{`1.50e-3`, "0.00150", true},
		{`0.05`, "0.05", true},
		{`-7`, "-7", true},
		{`-0`, "0", true},
		{`0e99999999999999999999`, "0", true},
		{`12345678901234567890123`, "12345678901234567890123", true}, // no float would keep it
		{`1e63`, "1" + strings.Repeat("0", 63), true},
		{`1e64`, "", false},
		{`1e999999999`, "", false},
		{`1e-999999999`, "", false},
		{`1e99999999999999999999999`, "", false},
		{strings.Repeat("9", 64), strings.Repeat("9", 64), true},
		{strings.Repeat("9", 65), "", false},
		{`0.` + strings.Repeat("0", 200) + `5e201`, "5", true},
		{` "A-1" `, "A-1", true},
		{`""`, "", true},
		{`"Кастрюля \"24\" \u0441м"`, `Кастрюля "24" см`, true},
		{`"\\"`, `\`, true},
		{`true`, "", false},
		{`false`, "", false},
		{`null`, "", false},
		{`[45]`, "", false},
		{`{}`, "", false},
		{``, "", false}, // missing
	}
	for _, tt := range tests {
		got, ok := Text(jsontext.Value(tt.in))
		if got != tt.want || ok != tt.ok {
			t.Errorf("Text(%.60s) = %q, %v, want %q, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestNumber(t *testing.T) {
	tests := []struct {
		in   string
		want string
		ok   bool
	}{
		{`933`, "933", true},
		{`"933.00"`, "933.00", true}, // USAM prints decimals as strings
		{`64.900000000000006`, "64.900000000000006", true},
		{` -10.20 `, "-10.20", true},
		{`" 2200 "`, "2200", true},
		{`"1e999999999"`, "1e999999999", true}, // for the parser to refuse
		{`"0"`, "0", true},
		{`"\u0031"`, "1", true},
		{`""`, "", false},
		{`" "`, "", false},
		{`"12 pcs"`, "", false},
		{`"1 299,90"`, "", false},
		{`"1,5"`, "", false},
		{`"007"`, "", false},
		{`"+5"`, "", false},
		{`".5"`, "", false},
		{`"5."`, "", false},
		{`"1e"`, "", false},
		{`"0x10"`, "", false},
		{`"NaN"`, "", false},
		{`"٤٥"`, "", false}, // digits, but not ours
		{`true`, "", false},
		{`null`, "", false},
		{`[1]`, "", false},
		{``, "", false},
	}
	for _, tt := range tests {
		got, ok := Number(jsontext.Value(tt.in))
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("Number(%s) = %q, %v, want %q, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestInt(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		ok   bool
	}{
		{`2`, 2, true},
		{`2.0`, 2, true},
		{`"2"`, 2, true},
		{`"2.0000"`, 2, true}, // a quantity out of a database
		{`" 2 "`, 2, true},
		{`"04"`, 4, true}, // birth_month=04
		{`"000"`, 0, true},
		{`2e3`, 2000, true},
		{`25e-1`, 0, false},
		{`-1`, -1, true},
		{`-0`, 0, true},
		{`9223372036854775807`, 9223372036854775807, true},
		{`-9223372036854775808`, -9223372036854775808, true},
		{`9223372036854775808`, 0, false},
		{`1e18`, 1e18, true},
		{`1e19`, 0, false},
		{`1e999999999`, 0, false},
		{`1e-999999999`, 0, false},
		{`2.5`, 0, false},
		{`"2,0"`, 0, false},
		{`"two"`, 0, false},
		{`""`, 0, false},
		{`true`, 0, false},
		{`null`, 0, false},
		{``, 0, false},
	}
	for _, tt := range tests {
		got, ok := Int(jsontext.Value(tt.in))
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("Int(%s) = %d, %v, want %d, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestFlag(t *testing.T) {
	yes := []string{`1`, `"1"`, `true`, `"true"`, `"TRUE"`, `"yes"`, `"Yes"`, `"on"`, `1.0`, `" on "`}
	no := []string{`0`, `"0"`, `false`, `"false"`, `"False"`, `"no"`, `"NO"`, `"off"`, `0.0`}
	neither := []string{`2`, `-1`, `"2"`, `null`, `""`, `"да"`, `"y"`, `[]`, `{}`, `0.5`, `1e400`, ``}
	for _, in := range yes {
		if value, ok := Flag(jsontext.Value(in)); !value || !ok {
			t.Errorf("Flag(%s) = %v, %v, want true, true", in, value, ok)
		}
	}
	for _, in := range no {
		if value, ok := Flag(jsontext.Value(in)); value || !ok {
			t.Errorf("Flag(%s) = %v, %v, want false, true", in, value, ok)
		}
	}
	for _, in := range neither {
		if value, ok := Flag(jsontext.Value(in)); value || ok {
			t.Errorf("Flag(%s) = %v, %v, want false, false", in, value, ok)
		}
	}
}

func TestIsNull(t *testing.T) {
	for in, want := range map[string]bool{`null`: true, ` null`: true, `"null"`: false, `0`: false, `{}`: false, ``: false} {
		if got := IsNull(jsontext.Value(in)); got != want {
			t.Errorf("IsNull(%q) = %v, want %v", in, got, want)
		}
	}
}

// What Text, Number and Int say of one number must be the same number.
func FuzzNumber(f *testing.F) {
	for _, in := range []string{
		`45`, `"45"`, `"045"`, `45.0`, `1e2`, `1.50e-3`, `-0`, `0e999999999999`, `"2.0000"`, `" 2 "`, `1e64`, `0.0001e5`, `"\u0031"`, `9223372036854775808`,
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		v := jsontext.Value(in)
		if CheckJSON(in, 4) != nil {
			return
		}
		text, isText := Text(v)
		number, isNumber := Number(v)
		i, isInt := Int(v)
		if v.Kind() != jsontext.KindNumber {
			if isNumber && !jsontext.Value(number).IsValid() {
				t.Errorf("Number(%s) = %s, which is no JSON number", in, number)
			}
			return
		}
		if !isNumber || strings.TrimSpace(string(in)) != number {
			t.Fatalf("Number(%s) = %q, %v, want it verbatim", in, number, isNumber)
		}
		if isInt && (!isText || text != strconv.FormatInt(i, 10)) {
			t.Errorf("Int(%s) = %d, but Text = %q, %v", in, i, text, isText)
		}
		if !isText || len(number) > 300 {
			return
		}
		if strings.ContainsAny(text, "eE") || len(strings.Trim(text, "-.")) > maxDigits+1 {
			t.Errorf("Text(%s) = %q", in, text)
		}
		// Whatever is written out in 64 digits has a small exponent, unless
		// it is nought.
		got, _ := new(big.Rat).SetString(text)
		if got.Sign() == 0 {
			return
		}
		if want, ok := new(big.Rat).SetString(number); ok && got.Cmp(want) != 0 {
			t.Errorf("Text(%s) = %s", in, text)
		}
		if integral := got.IsInt(); integral == strings.Contains(text, ".") {
			t.Errorf("Text(%s) = %s, integral %v", in, text, integral)
		}
	})
}
