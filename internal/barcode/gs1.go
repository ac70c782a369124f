package barcode

import "strings"

// An identifier is one of GS1 that can stand on a card.
type identifier struct {
	prefix      string
	least, most int  // characters that belong to it
	digits      bool // only digits, of which the last is the check digit
}

// identifiers are those that name a card, its owner or something that a firm
// has agreed with itself. Others, of goods and parcels, have no place on a card.
var identifiers = []identifier{
	{"8018", 18, 18, true},  // global service relation number, of a recipient
	{"8017", 18, 18, true},  // the same, of a provider
	{"8004", 1, 30, false},  // global individual asset identifier
	{"21", 1, 20, false},    // serial number
	{"90", 1, 30, false},    // agreed between partners
	{"9", 1 + 1, 91, false}, // 91 to 99: of the firm's own; the second digit is counted here
}

// isElement says whether a text is an identifier and what belongs to it.
func isElement(text string) bool {
	for _, id := range identifiers {
		rest, found := strings.CutPrefix(text, id.prefix)
		if !found {
			continue
		}
		if id.prefix == "9" && (rest == "" || rest[0] < '1' || rest[0] > '9') {
			return false
		}
		return len(rest) >= id.least && len(rest) <= id.most && !strings.ContainsFunc(rest, foreign) &&
			(!id.digits || checked(rest))
	}
	return false
}

// foreign are the characters that GS1 does not have: all but letters, digits
// and these signs.
func foreign(r rune) bool {
	return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune(`!"%&'()*+,-./:;<=>?_`, r))
}

// checked says whether digits end with their check digit: from the right, the
// weights are 1, 3, 1, 3, ….
func checked(digits string) bool {
	sum := 0
	for i, d := range []byte(digits) {
		if d < '0' || d > '9' {
			return false
		}
		sum += int(d-'0') * (1 + 2*((len(digits)-1-i)%2))
	}
	return sum%10 == 0
}
