# Names are rich text, e-mail addresses are formulas with stored results, some
# dates are text with the day first, and the empty cells have a format.
import datetime

import xlsxwriter

at = datetime.datetime
book = xlsxwriter.Workbook("xlsxwriter.xlsx")
table = book.add_worksheet("Klienci")
bold = book.add_format({"bold": True})
red = book.add_format({"font_color": "red"})
moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
day = book.add_format({"num_format": "[$-415]d mmmm yyyy;@"})

table.write_row(0, 0, ["ID klienta", "Adres e-mail", "Imię i nazwisko", "Numer telefonu", "Data rejestracji", "customer.birthday",
                       "customer.unsubscribed", "city", "note", "size", "points", "vip"], bold)
people = [
    ["007", "anna.zueva@pochta.example", ["Анна ", bold, "Зуева"], "8 (916) 123-45-67", at(2018, 1, 1, 0, 11, 22), at(1990, 3, 8), False,
     "Орёл", 'Любит "лис", и чай\nи кофе', "42,5", 12.5, True],
    ["1234567890123456789", "john.carter@mail.example", ["John", red, " Carter"], "+44 20 7946 0958", "28.07.2019 23:59:59", at(1985, 12, 1), True,
     "London", "+1 friend", "10", 0, False],
    ["k-3", "lucja.wasik@poczta.example", [bold, "Łucja", red, " Wąsik"], "+48 601 234 567", "29.02.2020 12:00:00", None, False,
     "Łódź", "tylko rano; pilne", "38", 123456789012345, True],
    ["4", "juergen@post.example", ["Jürgen ", bold, "Größe"], "+49-(0)30-901820", at(2021, 12, 31, 8, 30, 0), "29.02.1972", False,
     "Köln", None, None, 0.1, False],
    ["5", "oleg.ezhov@pochta.example", ["Олег ", red, "Ежов", bold, "-Щукин"], "79161234570", at(2022, 6, 15, 18, 45, 10), at(2001, 10, 11), True,
     "Тверь|центр", "\u00a9 5", "44", -3, False],
]
for n, person in enumerate(people, 1):
    for column, value in enumerate(person):
        if column == 1:
            table.write_formula(n, column, '=LOWER("%s")' % value.upper(), None, value)
        elif column == 2:
            table.write_rich_string(n, column, *value)
        elif isinstance(value, at):
            table.write_datetime(n, column, value, moment if column == 4 else day)
        elif isinstance(value, bool):
            table.write_boolean(n, column, value)
        elif isinstance(value, str):
            table.write_string(n, column, value)
        elif value is None:
            table.write_blank(n, column, None, red)
        else:
            table.write_number(n, column, value)
book.close()
