-- One statement a transaction.
--
-- An entry of an index of SQLite ends with the number of its row, which is the
-- key of these tables: naming the key as well stored it twice.

{{shorter_indexes}}
