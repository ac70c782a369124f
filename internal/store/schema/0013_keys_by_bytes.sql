-- Words and numbers by which rows are found are compared byte by byte, as
-- SQLite does anyway: in the language of a database each comparison costs
-- PostgreSQL several times as much, and an index a dozen of them for a row.

{{keys_by_bytes}}
