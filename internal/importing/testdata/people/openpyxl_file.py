# Dates are cells with formats of their own, numbers are numbers.
import datetime

from openpyxl import Workbook

at = datetime.datetime
day = datetime.date

book = Workbook()
table = book.active
table.title = "Клиенты"
rows = [
    ["Внешний ID", "Электронная почта", "ФИО", "Телефон", "Дата регистрации", "customer.birthday", "customer.unsubscribed",
     "city", "note", "size", "points", "vip"],
    ["007", "anna.zueva@pochta.example", "Анна Зуева", "8 (916) 123-45-67", at(2018, 1, 1, 0, 11, 22), day(1990, 3, 8), False,
     "Орёл", 'Любит "лис", и чай\nи кофе', "42,5", 12.5, True],
    ["1234567890123456789", "john.carter@mail.example", "John Carter", "+44 20 7946 0958", at(2019, 7, 28, 23, 59, 59), day(1985, 12, 1), True,
     "London", "+1 friend", "10", 0, False],
    ["k-3", "lucja.wasik@poczta.example", "Łucja Wąsik", "+48 601 234 567", at(2020, 2, 29, 12, 0, 0), None, False,
     "Łódź", "tylko rano; pilne", "38", 123456789012345, True],
    ["4", "juergen@post.example", "Jürgen Größe", "+49-(0)30-901820", at(2021, 12, 31, 8, 30, 0), day(1972, 2, 29), False,
     "Köln", None, None, 0.1, False],
    ["5", "oleg.ezhov@pochta.example", "Олег Ежов-Щукин", "79161234570", at(2022, 6, 15, 18, 45, 10), day(2001, 10, 11), True,
     "Тверь|центр", "\u00a9 5", "44", -3, False],
]
for row in rows:
    table.append(row)
for cell in table["E"][1:]:
    cell.number_format = "dd.mm.yyyy hh:mm:ss"
book.save("openpyxl.xlsx")
