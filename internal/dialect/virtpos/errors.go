package virtpos

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"orderhub"
	"orderhub/internal/access"
	"orderhub/internal/dialect"
)

// A word is what the dialect calls a field, and what to do about it.
type word struct{ name, advice string }

// words are those of our fields and of the dialect's own parameters. The advice
// is one for all that can be wrong with a field.
var words = map[string]word{
	"method":    {"", "передайте запрос методом GET или POST"},
	"format":    {"format", "передайте xml или json"},
	"orders":    {"", fmt.Sprintf("заказов больше %d: сузьте запрос параметрами id, external_id, datefrom, dateto или days", maxOrders)},
	"datefrom":  {"datefrom", "передайте дату как ГГГГММДД"},
	"dateto":    {"dateto", "передайте дату как ГГГГММДД"},
	"days":      {"days", fmt.Sprintf("передайте число дней от 0 до %d", maxDays)},
	"page":      {"page", fmt.Sprintf("передайте номер страницы от 1; дальше %d клиентов список не листается", orderhub.MaxSkip)},
	"skip":      {"page", fmt.Sprintf("передайте номер страницы от 1; дальше %d клиентов список не листается", orderhub.MaxSkip)},
	"page_size": {"page_size", fmt.Sprintf("передайте число от 1 до %d", orderhub.MaxLimit)},
	"id":        {"id", "передайте код клиента, целое число"},
	"card":      {"", "передайте card_id, uid, external_id или card_barcode"},
	"customer":  {"", "передайте id или external_id"},
	"flag":      {"", "передайте 1 или 0"},

	"age":               {"age", "не передавайте: возраст рассчитывается по дате рождения"},
	"accumulated_sales": {"accumulated_sales", "не передавайте: сумма покупок рассчитывается по заказам"},
	"email":             {"email", "передайте адрес электронной почты"},
	"phone":             {"phone", "передайте номер телефона"},
	"name":              {"fname, lname", "передайте вместе не больше 511 символов"},
	"first_name":        {"fname", "передайте текст не длиннее 512 символов"},
	"middle_name":       {"mname", "передайте текст не длиннее 512 символов"},
	"last_name":         {"lname", "передайте текст не длиннее 512 символов"},
	"gender":            {"gender", "передайте M или F"},
	"birthday":          {"birth_day, birth_month, birth_year", "передайте числа, из которых складывается дата"},
	"custom_information": {"custom_information",
		fmt.Sprintf("передайте текст не длиннее %d символов", orderhub.MaxNote)},
	"registered_at": {"register_date", adviseTime},
	"group.id":      {"group_id", "передайте код существующей группы"},
	"group.name":    {"group_name", "передайте текст не длиннее 255 символов"},
	"external_id":   {"external_id", "передайте текст не длиннее 255 символов"},

	"card_id":              {"card_id", "передайте код карты, целое число"},
	"number":               {"uid", "передайте номер карты не длиннее 255 символов"},
	"ean13":                {"uid_ean13", "передайте 13 цифр, последняя из которых контрольная"},
	"barcode":              {"barcode", "передайте текст не длиннее 255 символов"},
	"medium":               {"medium", "передайте PLASTIC, MAGNET или APP"},
	"status":               {"status", "передайте NEW, ACTIVE или BLOCKED"},
	"activated_at":         {"activate_date", adviseTime},
	"blocked_at":           {"block_date", adviseTime},
	"type.id":              {"type_id", "передайте код существующего типа карт"},
	"type.name":            {"type_name", "передайте текст не длиннее 255 символов"},
	"customer.id":          {"customer_id", "передайте код существующего клиента"},
	"customer.external_id": {"customer_external_id", "передайте код существующего клиента"},

	"code":    {"code", "передайте ean13, code128 или gs1-128"},
	"scale":   {"scale", "передайте число от 1 до 20"},
	"ean":     {"code", "у карты нет EAN-13: ее номер не из 1-12 цифр; передайте code=code128"},
	"code128": {"code", "штрих-код карты нельзя нарисовать: в нем не от 1 до 48 латинских букв, цифр и знаков"},
	"gs1":     {"code", "штрих-код карты не начинается с идентификатора GS1; дайте карте другой, например barcode=98700123, или передайте code=code128"},
}

const adviseTime = "передайте дату как ГГГГ-ММ-ДД ЧЧ:ММ:СС"

// plain are what is said of errors that concern no field, when it is always
// the same.
var plain = map[orderhub.Kind]string{
	orderhub.Stranger:    "Неверный apikey",
	orderhub.Denied:      "Этому apikey это не разрешено: нужен ключ для virtpos с правом записи",
	orderhub.TooMany:     "Слишком много запросов: повторите позже",
	orderhub.Unavailable: "Сейчас это невозможно: проверьте, что изменилось, и повторите позже",
}

// noMethod answers an address that there is not.
func noMethod(http.ResponseWriter, *http.Request) error {
	return orderhub.Wrong("address", "is unknown")
}

// info is what is said of an error.
func info(r *http.Request, err error, requestID string) string {
	all := orderhub.All(err)
	if len(all) == 0 || all[0].Kind == orderhub.Internal {
		return "Внутренняя ошибка: сообщите администратору номер запроса " + requestID
	}
	if text := plain[all[0].Kind]; text != "" {
		return text
	}
	of := askedIn(r).of
	switch {
	case all[0].Kind == orderhub.NotFound:
		return of.unknown
	case all[0].Kind == orderhub.TooLarge && all[0].Field == "" && strings.HasPrefix(all[0].Text, "the body"):
		return fmt.Sprintf("Запрос слишком велик: передайте не больше %d байт", maxBody)
	case all[0].Field == "address":
		return "Неизвестный метод"
	}
	var said []string
	for _, e := range all {
		if text := sentence(of, e); !slices.Contains(said, text) {
			said = append(said, text)
		}
	}
	return capital(strings.Join(said, "; "))
}

// sentence says one error.
func sentence(of subject, e *orderhub.Error) string {
	if e.Field == "" {
		return e.Text
	}
	field, flag := strings.CutPrefix(e.Field, "flag ")
	w := words[e.Field]
	if flag {
		w = word{field, words["flag"].advice}
	}
	if e.Kind == orderhub.Missing && e.Field == "external_id" {
		return "новому клиенту нужен external_id, email или phone"
	}
	if e.Kind == orderhub.Duplicate {
		return of.takenBy(cmp.Or(w.name, e.Field))
	}
	if w.name == "" {
		return cmp.Or(w.advice, e.Field+" "+e.Text)
	}
	return w.name + ": " + w.advice
}

// capital begins a sentence, unless it begins with a parameter's name.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if !unicode.Is(unicode.Cyrillic, first) {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// say writes an error. Its status is that of a success: clients that read
// answers as files see nothing of others.
func say(w http.ResponseWriter, r *http.Request, err error) {
	if wait := access.RetryAfter(err); wait != "" {
		w.Header().Set("Retry-After", wait)
	}
	b := begin(r)
	b.number("success", 0)
	b.text("info", info(r, err, dialect.RequestID(w)))
	b.give(w)
}
