// Days are counted from 1904, the first worksheet is hidden, notes are rich
// text, phones are formulas with stored results, and an address is a link.
const ExcelJS = require("exceljs");

const at = (...parts) => new Date(Date.UTC(...parts));
const rows = [
  ["external_id", "e-mail", "full name", "mobile", "registration date", "customer.birthday", "customer.unsubscribed",
    "city", "note", "size", "points", "vip"],
  ["007", "anna.zueva@pochta.example", "Анна Зуева", "8 (916) 123-45-67", at(2018, 0, 1, 0, 11, 22), at(1990, 2, 8), false,
    "Орёл", "Любит \"лис\", и чай\nи кофе", "42,5", 12.5, true],
  ["1234567890123456789", "john.carter@mail.example", "John Carter", "+44 20 7946 0958", at(2019, 6, 28, 23, 59, 59), at(1985, 11, 1), true,
    "London", "+1 friend", "10", 0, false],
  ["k-3", "lucja.wasik@poczta.example", "Łucja Wąsik", "+48 601 234 567", at(2020, 1, 29, 12, 0, 0), null, false,
    "Łódź", "tylko rano; pilne", "38", 123456789012345, true],
  ["4", "juergen@post.example", "Jürgen Größe", "+49-(0)30-901820", at(2021, 11, 31, 8, 30, 0), at(1972, 1, 29), false,
    "Köln", null, null, 0.1, false],
  ["5", "oleg.ezhov@pochta.example", "Олег Ежов-Щукин", "79161234570", at(2022, 5, 15, 18, 45, 10), at(2001, 9, 11), true,
    "Тверь|центр", "\u00a9 5", "44", -3, false],
];
const book = new ExcelJS.Workbook();
book.properties.date1904 = true;
book.addWorksheet("hidden", { state: "hidden" }).addRow(["not", "this", "one"]);
const table = book.addWorksheet("customers", { views: [{ state: "frozen", ySplit: 1 }] });
table.addRows(rows);
table.getColumn(5).numFmt = "yyyy-mm-dd hh:mm:ss";
table.getColumn(6).numFmt = "dd/mm/yyyy";
for (let n = 2; n <= 6; n++) {
  const [phone, note, email] = [table.getCell(n, 4), table.getCell(n, 9), table.getCell(n, 2)];
  phone.value = { formula: `T("${phone.value}")`, result: phone.value };
  if (note.value) {
    note.value = { richText: [{ text: note.value.slice(0, 2) }, { font: { bold: true }, text: note.value.slice(2) }] };
  }
  email.value = { text: email.value, hyperlink: "mailto:" + email.value };
}
book.xlsx.writeFile("exceljs.xlsx");
