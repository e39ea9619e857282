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

// packPlain packs coefficients from number first on. Each takes in its values from the top, shifting them up.
func (p *packer) packPlain(columns [][]uint64, first int, values []uint32) {
	slots, width, shift, words := p.slots, uint(p.width)&63, uint(p.lowest)&63, p.lowest/64
	switch len(columns) {
	case 1:
		for x := range len(values) / slots {
			var v uint64
			part := values[x*slots:][:slots]
			for l := len(part) - 1; l >= 0; l-- {
				v = v<<width | uint64(part[l])
			}
			columns[0][first+x] = v << shift
		}
	case 2:
		c0, c1 := columns[0][first:], columns[1][first:]
		c1 = c1[:len(c0)]
		for x := range len(values) / slots {
			var v0, v1 uint64
			part := values[x*slots:][:slots]
			for l := len(part) - 1; l >= 0; l-- {
				v1 = v1<<width | v0>>(64-width)
				v0 = v0<<width | uint64(part[l])
			}
			if words > 0 {
				v0, v1 = 0, v0
			}
			c0[x], c1[x] = v0<<shift, v1<<shift|v0>>1>>(^shift&63)
		}
	case 3:
		c0, c1, c2 := columns[0][first:], columns[1][first:], columns[2][first:]
		c1, c2 = c1[:len(c0)], c2[:len(c0)]
		for x := range len(values) / slots {
			var v0, v1, v2 uint64
			part := values[x*slots:][:slots]
			for l := len(part) - 1; l >= 0; l-- {
				v2 = v2<<width | v1>>(64-width)
				v1 = v1<<width | v0>>(64-width)
				v0 = v0<<width | uint64(part[l])
			}
			c0[x], c1[x], c2[x] = shiftLeft(v0, v1, v2, uint(p.lowest))
		}
	}
}
