package sample

// A good is something that the sample shop sells.
type good struct {
	product, sku   string
	name, inPoland string
	weighed        bool  // sold by the kilogram, else by the piece
	price          int64 // in kopecks, for a piece or a kilogram
}

var goods = []good{
	{"T-101", "101-100", "Чай чёрный листовой, 100 г", "Herbata czarna liściasta, 100 g", false, 390_50},
	{"T-102", "102-100", "Чай из кипрея, 100 г", "Herbata z wierzbówki, 100 g", false, 285_00},
	{"T-103", "103-050", "Чай с мятой и липой, 50 г", "Herbata z miętą i lipą, 50 g", false, 174_90},
	{"T-110", "110-250", "Кофе в зёрнах, 250 г", "Kawa ziarnista, 250 g", false, 649_00},
	{"T-111", "111-250", "Кофе молотый, 250 г", "Kawa mielona, 250 g", false, 659_00},
	{"H-201", "201-350", "Мёд гречишный, 350 г", "Miód gryczany, 350 g", false, 512_40},
	{"H-202", "202-350", "Мёд липовый, 350 г", "Miód lipowy, 350 g", false, 538_00},
	{"H-203", "203-200", "Варенье из черноплодной рябины, 200 г", "Konfitura z aronii, 200 g", false, 219_99},
	{"H-204", "204-200", "Джем из крыжовника, 200 г", "Dżem agrestowy, 200 g", false, 198_00},
	{"F-301", "301-KG", "Яблоки сезонные", "Jabłka sezonowe", true, 129_90},
	{"F-302", "302-KG", "Груши сладкие", "Gruszki słodkie", true, 214_50},
	{"F-303", "303-KG", "Сливы", "Śliwki", true, 187_00},
	{"F-304", "304-KG", "Орех грецкий очищенный", "Orzechy włoskie łuskane", true, 940_00},
	{"F-305", "305-KG", "Курага", "Morele suszone", true, 615_30},
	{"C-401", "401-KG", "Сыр козий мягкий", "Ser kozi miękki", true, 1_480_00},
	{"C-402", "402-KG", "Сыр твёрдый выдержанный", "Ser twardy dojrzewający", true, 1_265_90},
	{"C-403", "403-KG", "Творог домашний", "Twaróg domowy", true, 410_00},
	{"B-501", "501-500", "Хлеб ржаной на закваске, 500 г", "Chleb żytni na zakwasie, 500 g", false, 128_00},
	{"B-502", "502-300", "Печенье овсяное, 300 г", "Ciastka owsiane, 300 g", false, 163_70},
	{"B-503", "503-250", "Пряники медовые, 250 г", "Pierniki miodowe, 250 g", false, 209_00},
	{"D-601", "601-001", "Кружка глиняная «Иней»", "Kubek gliniany „Szron”", false, 870_00},
	{"D-602", "602-001", "Чайник заварочный, 0,8 л", "Imbryk do herbaty, 0,8 l", false, 2_340_00},
	{"D-603", "603-006", "Набор из шести стаканов", "Komplet sześciu szklanek", false, 1_599_00},
	{"D-604", "604-001", "Доска разделочная из ясеня", "Deska do krojenia z jesionu", false, 1_120_00},
	{"D-605", "605-002", "Полотенце льняное, 2 шт.", "Ręcznik lniany, 2 szt.", false, 745_60},
	{"D-606", "606-001", "Скатерть льняная, 150 × 200", "Obrus lniany, 150 × 200", false, 3_990_00},
	{"D-607", "607-001", "Свеча из пчелиного воска", "Świeca z wosku pszczelego", false, 355_00},
	{"G-701", "701-001", "Подарочная корзина «Осень»", "Kosz upominkowy „Jesień”", false, 6_800_00},
	{"G-702", "702-001", "Открытка ручной печати", "Kartka drukowana ręcznie", false, 95_00},
}

// zlotyOf is how many roubles the sample shop takes a zloty to be.
const zlotyOf = 20

// A fate is how far an order of some age has come: its status and the words
// of its details; a word that is "" is not there.
type fate struct {
	weight              int
	status              string
	payment, fulfilment string
}

// The fates of orders of a few days, of up to two weeks, and of older ones.
var (
	fresh = []fate{
		{30, "received", "not-paid", ""},
		{15, "waiting_payment", "not-paid", ""},
		{15, "accepted_payment", "paid", ""},
		{5, "job_dispatched", "partially-paid", ""},
		{20, "preparing_delivery", "paid", "packed"},
		{10, "sending", "paid", "shipped"},
		{5, "canceled", "not-paid", ""},
	}
	recent = []fate{
		{10, "customer_waiting", "not-paid", "packed"},
		{25, "sending", "paid", "shipped"},
		{15, "courier", "paid", "shipped"},
		{40, "closed", "paid", "delivered"},
		{10, "canceled", "not-paid", ""},
	}
	settled = []fate{
		{86, "closed", "paid", "delivered"},
		{7, "canceled", "not-paid", ""},
		{4, "closed", "refunded", "returned"},
		{3, "not_picked", "not-paid", "returned"},
	}
)

var (
	sources = []string{"site", "site", "site", "app", "call", "webform"}
	notes   = []string{"Позвоните за час до доставки", "Домофон не работает", "Оставить у консьержа", "Proszę o kontakt przed dostawą"}
)
