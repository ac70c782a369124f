package sheet

import (
	"bytes"
	"cmp"
	"strings"
)

// lineEnd finds how lines end, outside quotes.
func lineEnd(sample []byte) string {
	feeds, pairs, returns, quoted := 0, 0, 0, false
	for i, b := range sample {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n' && i > 0 && sample[i-1] == '\r':
			pairs++
			returns--
		case b == '\n':
			feeds++
		case b == '\r':
			returns++
		}
	}
	switch {
	case feeds+pairs == 0 && returns > 0 && !bytes.HasSuffix(sample, []byte("\r")):
		return "\r"
	case feeds+pairs == 0 && returns > 1:
		return "\r"
	case pairs > feeds:
		return "\r\n"
	}
	return "\n"
}

// announced finds the line with which Excel names the separator: sep=; It
// returns the bytes of the line without its end.
func announced(sample []byte) (sep byte, length int) {
	line := sample[:cmp.Or(bytes.IndexAny(sample, "\r\n")+1, len(sample)+1)-1]
	bare := strings.Trim(string(line), `"`)
	if len(bare) == 5 && strings.EqualFold(bare[:4], "sep=") {
		return bare[4], len(line)
	}
	return 0, 0
}

// findSeparator takes the one that cuts the most of the first rows into as
// many cells as the first, and then the one that makes the most cells.
func findSeparator(sample []byte, set charset, eol byte, whole bool) byte {
	if len(sample) > window/4 {
		sample, whole = sample[:window/4], false
	}
	if end := bytes.LastIndexByte(sample, eol); !whole && end > 0 {
		sample = sample[:end+1]
	}
	best, most, widest := byte(','), 0, 1
	buf := make([]byte, len(sample)+1)
	for _, sep := range []byte(",;\t|") {
		s := &csvSource{r: bytes.NewReader(sample), buf: buf, set: set, sep: sep, eol: eol}
		rows, alike, width := 0, 0, 0
		for rows < 50 {
			_, cells, err := s.next()
			if cells == nil && err != nil {
				if e, ok := err.(*Error); ok && !e.Final {
					rows++
					continue
				}
				break
			}
			rows++
			width = cmp.Or(width, len(cells))
			if len(cells) == width {
				alike++
			}
		}
		if rows == 0 || width < 2 {
			continue
		}
		if share := 1000 * alike / rows; share > most || share == most && width > widest {
			best, most, widest = sep, share, width
		}
	}
	return best
}
