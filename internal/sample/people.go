package sample

import (
	"math/rand/v2"
	"strconv"
)

// A person is who orders, the same each time that they come back.
type person struct {
	name, email, phone string
	address, region    string
	polish             bool
}

// A name is written twice: as its owner writes it, and as it stands in an
// e-mail address.
type name struct{ own, latin string }

// A folk is what people of one country have in common.
type folk struct {
	women, men []name
	surnames   []name // without the ending that tells women from men
	endings    [2]name
	streets    []string
	towns      []town
}

type town struct{ name, region, postcode string }

var russians = folk{
	women: []name{
		{"Вера", "vera"}, {"Анна", "anna"}, {"Дарья", "darya"}, {"Ольга", "olga"}, {"Мария", "maria"},
		{"Ксения", "ksenia"}, {"Полина", "polina"}, {"Алёна", "alena"}, {"Зоя", "zoya"}, {"Тамара", "tamara"},
	},
	men: []name{
		{"Пётр", "petr"}, {"Илья", "ilya"}, {"Егор", "egor"}, {"Фёдор", "fedor"}, {"Антон", "anton"},
		{"Глеб", "gleb"}, {"Никита", "nikita"}, {"Матвей", "matvey"}, {"Роман", "roman"}, {"Юрий", "yuri"},
	},
	surnames: []name{
		{"Берестов", "berestov"}, {"Ветлугин", "vetlugin"}, {"Горицветов", "goritsvetov"}, {"Дубравин", "dubravin"},
		{"Ельников", "elnikov"}, {"Жаворонков", "zhavoronkov"}, {"Заречин", "zarechin"}, {"Камышов", "kamyshov"},
		{"Лещёв", "leschev"}, {"Можжевелов", "mozhzhevelov"}, {"Овсянкин", "ovsyankin"}, {"Перелесков", "pereleskov"},
		{"Рябинин", "ryabinin"}, {"Синицын", "sinitsyn"}, {"Туманов", "tumanov"}, {"Черёмухин", "cheremukhin"},
	},
	endings: [2]name{{"а", "a"}, {}},
	streets: []string{"ул. Вишнёвая", "ул. Заречная", "ул. Полевая", "Садовый пер.", "ул. Мельничная", "Берёзовая аллея", "ул. Кузнечная", "Тихий пр-д"},
	towns: []town{
		{"Калуга", "Калужская область", "248000"}, {"Тверь", "Тверская область", "170000"},
		{"Псков", "Псковская область", "180000"}, {"Пермь", "Пермский край", "614000"},
		{"Омск", "Омская область", "644000"}, {"Казань", "Республика Татарстан", "420000"},
		{"Москва", "Москва", "101000"}, {"Томск", "Томская область", "634000"},
	},
}

var poles = folk{
	women: []name{
		{"Zofia", "zofia"}, {"Łucja", "lucja"}, {"Hanna", "hanna"}, {"Jadwiga", "jadwiga"}, {"Małgorzata", "malgorzata"},
		{"Ewa", "ewa"}, {"Żaneta", "zaneta"}, {"Kinga", "kinga"},
	},
	men: []name{
		{"Paweł", "pawel"}, {"Stanisław", "stanislaw"}, {"Jan", "jan"}, {"Łukasz", "lukasz"}, {"Bolesław", "boleslaw"},
		{"Marcin", "marcin"}, {"Zenon", "zenon"}, {"Kajetan", "kajetan"},
	},
	surnames: []name{
		{"Brzozowsk", "brzozowsk"}, {"Jarzębsk", "jarzebsk"}, {"Łąkowsk", "lakowsk"}, {"Wrzosowsk", "wrzosowsk"},
		{"Śliwińsk", "sliwinsk"}, {"Zalewsk", "zalewsk"}, {"Modrzewsk", "modrzewsk"}, {"Żurawsk", "zurawsk"},
	},
	endings: [2]name{{"a", "a"}, {"i", "i"}},
	streets: []string{"ul. Lipowa", "ul. Młyńska", "ul. Świerkowa", "ul. Ogrodowa", "al. Brzozowa", "ul. Źródlana"},
	towns: []town{
		{"Lublin", "lubelskie", "20-001"}, {"Łódź", "łódzkie", "90-001"},
		{"Poznań", "wielkopolskie", "60-001"}, {"Gdańsk", "pomorskie", "80-001"},
	},
}

// meet returns the customer of a number: one in eight is from Poland, most
// give both an e-mail address and a phone, all at least one of them.
func meet(seed uint64, number int) person {
	r := rand.New(rand.NewPCG(seed, uint64(number)))
	of, polish := &russians, r.IntN(8) == 0
	if polish {
		of = &poles
	}
	p := person{polish: polish}
	first, ending := pick(r, of.men), of.endings[1]
	if r.IntN(5) < 3 {
		first, ending = pick(r, of.women), of.endings[0]
	}
	last := pick(r, of.surnames)
	p.name = first.own + " " + last.own + ending.own
	t, street := pick(r, of.towns), pick(r, of.streets)
	house, flat := strconv.Itoa(1+r.IntN(90)), strconv.Itoa(1+r.IntN(160))
	p.region = t.region
	if polish {
		p.address = street + " " + house + "/" + flat + ", " + t.postcode + " " + t.name
	} else {
		p.address = t.postcode + ", " + t.name + ", " + street + ", " + house + ", кв. " + flat
	}
	tells := r.IntN(10)
	if tells != 0 {
		p.email = first.latin + "." + last.latin + ending.latin + strconv.Itoa(number) + "@" + pick(r, hosts)
	}
	if tells != 1 {
		p.phone = phone(number, polish)
	}
	return p
}

// hosts are kept free for examples: mail to them goes nowhere.
var hosts = []string{"example.com", "example.org"}

// codes are mobile codes that, as far as we know, no Russian operator has
// been given.
var codes = [10]string{"943", "944", "945", "946", "947", "948", "972", "973", "974", "975"}

// phone gives each customer a number of their own; numbers that follow each
// other look nothing alike, because the factors have no divisor in common with
// the powers of ten.
func phone(number int, polish bool) string {
	if polish {
		six := strconv.Itoa(1_000_000 + number*654_321%1_000_000)[1:]
		return "+48 459 " + six[:3] + " " + six[3:]
	}
	eight := strconv.Itoa(100_000_000 + number*87_654_321%100_000_000)[1:]
	return "+7 " + codes[eight[0]-'0'] + " " + eight[1:4] + "-" + eight[4:6] + "-" + eight[6:]
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
