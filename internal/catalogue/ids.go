package catalogue

import "orderhub"

// ids are a set of product IDs, a bit each: IDs of one catalogue are near each
// other, so that a million products take little more than 100 KB.
type ids struct{ taken, spared pages }

type pages map[int64]*[64]uint64

func (p *pages) set(id orderhub.ProductID) {
	if *p == nil {
		*p = make(pages)
	}
	page := (*p)[int64(id)>>12]
	if page == nil {
		page = new([64]uint64)
		(*p)[int64(id)>>12] = page
	}
	page[id>>6&63] |= 1 << (id & 63)
}

func (p pages) get(id orderhub.ProductID) bool {
	page := p[int64(id)>>12]
	return page != nil && page[id>>6&63]&(1<<(id&63)) != 0
}

// add keeps a product that an offer has filled.
func (s *ids) add(id orderhub.ProductID) { s.taken.set(id) }

// spare keeps one whose offer could not be used.
func (s *ids) spare(id orderhub.ProductID) { s.spared.set(id) }

// has says whether an offer has filled a product before.
func (s *ids) has(id orderhub.ProductID) bool { return s.taken.get(id) }

// named says whether the feed named a product at all.
func (s *ids) named(id orderhub.ProductID) bool { return s.taken.get(id) || s.spared.get(id) }
