package importing

// places find the column of a field. Every row is asked for every field of its
// kind, most of which its file does not have, so that a map would cost more
// than all else that is done for a cell.
type places struct {
	slots [256]place // the next free one when one is taken
}

type place struct {
	field  string // "" for none
	column int
}

func newPlaces(byField map[string]int) places {
	var p places
	for field, column := range byField {
		i := slot(field)
		for p.slots[i].field != "" {
			i++ // comes around after the last
		}
		p.slots[i] = place{field, column}
	}
	return p
}

// find returns the number of a field's column, or -1.
func (p *places) find(field string) int {
	for i := slot(field); p.slots[i].field != ""; i++ {
		if p.slots[i].field == field {
			return p.slots[i].column
		}
	}
	return -1
}

// slot is where a field is looked for first; the names of a kind's fields
// differ in their lengths and in these letters nearly always.
func slot(field string) uint8 {
	n := len(field)
	if n == 0 {
		return 0
	}
	return uint8(n)*31 + field[0]*7 + field[n/2]*13 + field[n-1]*17
}
