package importing

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"os"
)

// seen remembers the keys of a file's records and where they stood. It keeps
// 64 bits of each key: that two keys of a file of a million are taken for one
// happens once in a million such files, and then the record comes back.
//
// What is more than some megabytes goes to a temporary file, which is asked
// only about keys that it probably has.
type seen struct {
	seed   maphash.Seed
	table  table
	used   int
	limit  int // places of the table in memory; a power of two
	frozen []frozen
}

// A table has a place for each key, at which its hash tells it to begin to
// look. Hash 0 is a free place.
type table struct {
	hashes []uint64
	lines  []uint32
}

const (
	firstPlaces = 1 << 12
	mostPlaces  = 1 << 20 // 12 MB
	placeBytes  = 12
)

func newSeen() *seen { return &seen{seed: maphash.MakeSeed(), limit: mostPlaces} }

// add remembers that a key stands in a line, unless it stood in one before:
// then it returns that line.
func (s *seen) add(k key, line int) (before int, err error) {
	h := s.hash(k)
	if line, err := s.find(h); line != 0 || err != nil {
		return line, err
	}
	if 4*(s.used+1) > 3*len(s.table.hashes) {
		if err := s.grow(); err != nil {
			return 0, err
		}
	}
	s.table.put(h, uint32(line))
	s.used++
	return 0, nil
}

// find is the line of a hash, 0 when it was not added.
func (s *seen) find(h uint64) (int, error) {
	if len(s.table.hashes) == 0 {
		return 0, nil
	}
	if at := s.table.place(h); s.table.hashes[at] == h {
		return int(s.table.lines[at]), nil
	}
	for _, f := range s.frozen {
		if line, err := f.find(h); line != 0 || err != nil {
			return line, err
		}
	}
	return 0, nil
}

func (s *seen) hash(k key) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	h.WriteString(k.field)
	h.WriteByte(0)
	h.WriteString(k.value)
	return max(h.Sum64(), 1)
}

func newTable(places int) table {
	return table{make([]uint64, places), make([]uint32, places)}
}

// place is where a hash is, or would be.
func (t table) place(h uint64) int {
	mask := uint64(len(t.hashes) - 1)
	at := h & mask
	for t.hashes[at] != 0 && t.hashes[at] != h {
		at = (at + 1) & mask
	}
	return int(at)
}

func (t table) put(h uint64, line uint32) {
	at := t.place(h)
	t.hashes[at], t.lines[at] = h, line
}

func (s *seen) grow() error {
	old := s.table
	if len(old.hashes) == s.limit {
		f, err := freeze(old)
		if err != nil {
			return err
		}
		s.frozen = append(s.frozen, f)
		clear(old.hashes)
		s.used = 0
		return nil
	}
	s.table = newTable(max(firstPlaces, 2*len(old.hashes)))
	for i, h := range old.hashes {
		if h != 0 {
			s.table.put(h, old.lines[i])
		}
	}
	return nil
}

// close drops what went to files.
func (s *seen) close() {
	for _, f := range s.frozen {
		f.file.Close()
	}
}

// frozen is a table in a file, as it was in memory. A few bits of each of its
// keys stay in memory and tell of most others that they are not in it.
type frozen struct {
	file   *os.File
	places int
	bits   []uint64
}

// bitsAPlace leave, with the places three quarters full, one in a hundred keys
// for which the file is read in vain.
const bitsAPlace = 8

func freeze(t table) (frozen, error) {
	file, err := os.CreateTemp("", "orderhub-keys-*")
	if err != nil {
		return frozen{}, fmt.Errorf("importing: %w", err)
	}
	os.Remove(file.Name()) // it lives as long as it is open
	f := frozen{file, len(t.hashes), make([]uint64, len(t.hashes)*bitsAPlace/64)}
	page := make([]byte, 0, 4096*placeBytes)
	for i, h := range t.hashes {
		if h != 0 {
			for _, bit := range f.marks(h) {
				f.bits[bit/64] |= 1 << (bit % 64)
			}
		}
		page = binary.LittleEndian.AppendUint64(page, h)
		page = binary.LittleEndian.AppendUint32(page, t.lines[i])
		if len(page) == cap(page) || i == len(t.hashes)-1 {
			if _, err := file.Write(page); err != nil {
				file.Close()
				return frozen{}, fmt.Errorf("importing: %w", err)
			}
			page = page[:0]
		}
	}
	return f, nil
}

// marks are the bits of a hash.
func (f frozen) marks(h uint64) [4]uint64 {
	mask := uint64(len(f.bits)*64 - 1)
	return [4]uint64{h >> 8 & mask, h >> 20 & mask, h >> 31 & mask, (h>>40 ^ h<<7) & mask}
}

// find is the line of a hash, 0 when it is not there.
func (f frozen) find(h uint64) (int, error) {
	for _, bit := range f.marks(h) {
		if f.bits[bit/64]&(1<<(bit%64)) == 0 {
			return 0, nil
		}
	}
	var page [32 * placeBytes]byte
	for at := int(h & uint64(f.places-1)); ; {
		n := min(32, f.places-at)
		if _, err := f.file.ReadAt(page[:n*placeBytes], int64(at)*placeBytes); err != nil {
			return 0, fmt.Errorf("importing: %w", err)
		}
		for i := range n {
			x := page[i*placeBytes:]
			switch binary.LittleEndian.Uint64(x) {
			case h:
				return int(binary.LittleEndian.Uint32(x[8:])), nil
			case 0:
				return 0, nil
			}
		}
		at = (at + n) & (f.places - 1)
	}
}
