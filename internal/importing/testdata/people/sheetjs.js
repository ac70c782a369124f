// All dates are text, with a zone, and cities are formulas with stored results.
const XLSX = require("xlsx");

const rows = [
  ["EXTERNAL_ID", "EMAIL", "NAME", "PHONE", "CREATED_AT", "customer.birthday", "customer.unsubscribed", "city", "note", "size", "points", "vip"],
  ["007", "anna.zueva@pochta.example", "Анна Зуева", "8 (916) 123-45-67", "2018-01-01T00:11:22+03:00", "1990-03-08", false,
    "Орёл", "Любит \"лис\", и чай\nи кофе", "42,5", 12.5, true],
  ["1234567890123456789", "john.carter@mail.example", "John Carter", "+44 20 7946 0958", "2019-07-28T20:59:59Z", "1985-12-01", true,
    "London", "+1 friend", "10", 0, false],
  ["k-3", "lucja.wasik@poczta.example", "Łucja Wąsik", "+48 601 234 567", "2020-02-29T12:00:00.000+0300", null, false,
    "Łódź", "tylko rano; pilne", "38", 123456789012345, true],
  ["4", "juergen@post.example", "Jürgen Größe", "+49-(0)30-901820", "2021-12-31 08:30", "1972-02-29", false,
    "Köln", null, null, 0.1, false],
  ["5", "oleg.ezhov@pochta.example", "Олег Ежов-Щукин", "79161234570", "2022-06-15 18:45:10", "2001-10-11", true,
    "Тверь|центр", "\u00a9 5", "44", -3, false],
];
const table = XLSX.utils.aoa_to_sheet(rows);
for (let row = 2; row <= 6; row++) {
  const cell = table["H" + row];
  cell.f = `MID("-${cell.v}",2,99)`;
}
const book = XLSX.utils.book_new();
XLSX.utils.book_append_sheet(book, table, "customers");
XLSX.utils.book_append_sheet(book, XLSX.utils.aoa_to_sheet([["not", "this", "one"]]), "notes");
XLSX.writeFile(book, "sheetjs.xlsx", { bookSST: true, compression: true });
