package kahe

// A packer puts values into the slots of coefficients.
type packer struct {
	slots, width int
	lowest       int      // where the first slot begins
	table        []uint64 // see newWideTable
}

func newPacker(slots, width, lowest int) *packer {
	return &packer{slots, width, lowest, newWideTable(slots)}
}

// pack writes values into the coefficients of columns, which has a row for each word. Values must fit into their slots and slots into
// the words. Missing values of the last coefficient are 0.
func (p *packer) pack(columns [][]uint64, values []uint32) {
	done := p.packWide(columns, values)
	whole := len(values) / p.slots
	p.packPlain(columns, done, values[done*p.slots:whole*p.slots])
	if rest := values[whole*p.slots:]; len(rest) > 0 {
		var last [64]uint32 // no coefficient has more slots
		copy(last[:], rest)
		p.packPlain(columns, whole, last[:p.slots])
		clear(last[:])
	}
}

// packPlain packs coefficients from number first on, slot by slot.
func (p *packer) packPlain(columns [][]uint64, first int, values []uint32) {
	count := len(values) / p.slots
	for _, column := range columns {
		clear(column[first : first+count])
	}
	for slot := range p.slots {
		bit := p.lowest + slot*p.width
		low, shift := columns[bit/64][first:first+count], uint(bit%64)
		if int(shift)+p.width <= 64 {
			for x := range low {
				low[x] |= uint64(values[x*p.slots+slot]) << (shift & 63)
			}
			continue
		}
		high := columns[bit/64+1][first : first+count]
		for x := range low {
			u := uint64(values[x*p.slots+slot])
			low[x] |= u << (shift & 63)
			high[x] |= u >> (64 - shift&63)
		}
	}
}
