package sheet

import "bytes"

// atoi reads a number as spreadsheets write it.
func atoi(b []byte) (int, error) {
	if len(b) == 0 || len(b) > 12 || !isDigits(b) || b[0] == '0' && len(b) > 1 {
		return 0, errOdd
	}
	n := 0
	for _, c := range b {
		n = n*10 + int(c-'0')
	}
	return n, nil
}

// cell reads the cell of tag t behind the one in column last, and returns
// its column.
func (x *worksheet) cell(t []byte, row, last int) (column int, err error) {
	column = last + 1
	style, kind := 0, byte(0)
	rest := t[1:]
	for {
		key, value, left, err := attribute(rest)
		if err != nil {
			return 0, err
		}
		if key == nil {
			break
		}
		switch {
		case len(key) == 1 && key[0] == 'r':
			column, err = reference(value, row)
		case len(key) == 1 && key[0] == 's':
			style, err = atoi(value)
		case len(key) == 1 && key[0] == 't':
			kind, err = cellKind(value)
		case !plain(value) || bytes.IndexByte(key, ':') >= 0:
			err = errOdd
		}
		if err != nil {
			return 0, err
		}
		rest = left
	}
	if column <= last {
		return 0, refused("the workbook is damaged: cells of row %d are not in order", row)
	}
	if column > maxColumns {
		return 0, refused("row %d has a cell in column %d, beyond the last column of a worksheet, %d", row, column, maxColumns)
	}
	if alone(t) {
		return column, nil
	}
	for len(x.spans) < column-1 {
		x.spans = append(x.spans, span{from: len(x.text), to: len(x.text)})
	}
	from := len(x.text)
	if err := x.content(kind, style); err != nil {
		return 0, err
	}
	if len(x.text) > maxRowText {
		return 0, refused("the cells of row %d hold more than %d MB", row, maxRowText>>20)
	}
	x.spans = append(x.spans, span{from: from, to: len(x.text)})
	return column, nil
}

// cellKind returns the letter of a type: i for texts in the cell, t for
// texts that a formula gave.
func cellKind(value []byte) (byte, error) {
	switch string(value) {
	case "n":
		return 0, nil
	case "s", "b", "e", "d":
		return value[0], nil
	case "str":
		return 't', nil
	case "inlineStr":
		return 'i', nil
	}
	return 0, errOdd
}

// reference returns the column of a reference such as B12, whose row must be
// the one that it stands in.
func reference(ref []byte, row int) (int, error) {
	column, i := 0, 0
	for ; i < len(ref) && 'A' <= ref[i] && ref[i] <= 'Z' && i < 5; i++ {
		column = column*26 + int(ref[i]-'A') + 1
	}
	n, err := atoi(ref[i:])
	if err != nil || column == 0 || n != row {
		return 0, errOdd
	}
	return column, nil
}

// content reads what stands in a cell up to its end and appends its text.
func (x *worksheet) content(kind byte, style int) error {
	x.value = x.value[:0]
	values, inline := 0, false
	from := len(x.text)
	for {
		t, err := x.s.inner(x.prefix)
		if err != nil {
			return err
		}
		switch n := string(name(t)); {
		case n == "/c" && len(t) == 2:
			if inline && kind == 'i' {
				return nil
			}
			x.text = x.text[:from]
			return x.append(kind, style)
		case n == "v" && values == 0 && (len(t) == 1 || string(t) == "v/" || sound(t) == nil):
			values++
			if x.value, err = x.s.text(x.value, x.prefix, t); err != nil {
				return err
			}
		case n == "f":
			if err := x.s.overInner(x.prefix, t); err != nil {
				return err
			}
		case n == "is" && !inline:
			inline = true
			if x.text, err = x.s.item(x.text, x.prefix, "/is", t); err != nil {
				return err
			}
		default:
			return errOdd
		}
	}
}

// append appends the text of a cell whose value has been read.
func (x *worksheet) append(kind byte, style int) error {
	switch {
	case kind == 's' && len(x.value) > 0:
		i, err := atoi(x.value)
		if err != nil {
			return err
		}
		text, err := x.pool.text(i)
		x.text = append(x.text, text...)
		return err
	case kind == 't' && bytes.Contains(x.value, []byte("_x")):
		x.text = unescape(x.text, x.value)
	default:
		x.text = x.book.appendCell(x.text, kind, style, x.value)
	}
	return nil
}
