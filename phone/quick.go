package phone

// quick answers for mobile numbers of Russia and Poland, plainly written: with
// nothing but digits, spaces, hyphens, parentheses and one plus sign in front.
// It exists because every order carries a phone, most are such numbers, and
// the library takes some ten microseconds for each. It gives the answer of
// thorough or none; TestQuickAgrees and FuzzQuick hold it to that, also when a
// new version of the library brings new numbering plans.
func quick(text, region string) (Number, bool) {
	var buf [13]byte // 0048 and nine digits
	digits, plus := plain(buf[:0], text)
	n := len(digits)
	switch {
	case n == 11 && digits[0] == '7' && (plus || region == "RU"):
		return russian(digits[1:])
	case n == 11 && digits[0] == '8' && !plus && region == "RU":
		return russian(digits[1:])
	case n == 10 && !plus && region == "RU":
		return russian(digits)
	case n == 11 && string(digits[:2]) == "48" && (plus || region == "PL"):
		return polish(digits[2:])
	case n == 13 && string(digits[:4]) == "0048" && !plus && region == "PL":
		return polish(digits[4:])
	case n == 9 && !plus && region == "PL":
		return polish(digits)
	}
	return "", false
}

// russian takes ten digits; all that begin with 9 are mobile numbers.
func russian(national []byte) (Number, bool) {
	if national[0] != '9' {
		return "", false
	}
	return Number("+7" + string(national)), true
}

// polish takes nine digits.
func polish(national []byte) (Number, bool) {
	switch string(national[:2]) {
	case "45", "50", "51", "53", "57", "60", "66", "69", "72", "73", "78", "79", "88":
		return Number("+48" + string(national)), true
	}
	return "", false
}

// plain appends the digits of the text to buf and tells whether a plus sign
// stood before them. It returns no digits when there is anything in the text
// that needs a second thought, or more than buf has room for.
func plain(buf []byte, text string) (digits []byte, plus bool) {
	for i := range len(text) {
		switch c := text[i]; c {
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			if len(buf) == cap(buf) {
				return nil, false
			}
			buf = append(buf, c)
		case '+':
			if plus || len(buf) > 0 {
				return nil, false
			}
			plus = true
		case ' ', '-', '(', ')':
		default:
			return nil, false
		}
	}
	return buf, plus
}
