package engine

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
)

// MaxItems bounds the items of one commit: 64 bytes each fit a record, whatever the caller puts around it.
const MaxItems = 4000

// An ItemID says whose an item is, such as a contributor's address. A group counts one item of it.
type ItemID [20]byte

func (id ItemID) String() string { return "0x" + hex.EncodeToString(id[:]) }

// A Digest tells different items of the same id apart.
type Digest [32]byte

// Incarnation is drawn at random by every worker when it starts.
type Incarnation [16]byte

func (i Incarnation) String() string { return hex.EncodeToString(i[:4]) + "…" }

// An Item is what a commit says of one item.
type Item struct {
	ID     ItemID
	Digest Digest
}

// An Event is what a record means to a group: [*Commit], [*Freeze] or [*Result]. Records that mean nothing to it are the nil Event.
type Event interface{ isEvent() }

// Commit says that a segment holds the worker's running sum, and which items have come into it since the segment that it supersedes.
type Commit struct {
	Worker     Incarnation
	Segment    Segment
	Supersedes SegmentID // the worker's segment before, or zero
	Side       Segment   // what goes with the items and is not summed, or zero
	Count      uint64    // of all items in the segment
	Items      []Item    // those that are new in it, by ascending id
}

// Freeze ends the set of items.
type Freeze struct{}

// Result names the segment that holds the sum over all live segments of a frozen group, and counts its items.
type Result struct {
	Segment Segment
	Count   uint64
}

func (*Commit) isEvent() {}
func (*Freeze) isEvent() {}
func (*Result) isEvent() {}

const (
	eventOther  = 0
	eventCommit = 1
	eventFreeze = 2
	eventResult = 3

	segmentEncoded = 2 + 16 + 8 + 32
	itemEncoded    = 20 + 32
)

// EncodeEvent returns the canonical bytes of an event; of nil, one byte. Items must be in order.
func EncodeEvent(e Event) []byte {
	switch e := e.(type) {
	case *Commit:
		b := append(make([]byte, 0, 256+len(e.Items)*itemEncoded), eventCommit)
		b = append(b, e.Worker[:]...)
		b = encodeID(encodeSegment(b, e.Segment), e.Supersedes)
		b = binary.BigEndian.AppendUint64(encodeSegment(b, e.Side), e.Count)
		b = binary.BigEndian.AppendUint16(b, uint16(len(e.Items)))
		for _, i := range e.Items {
			b = append(append(b, i.ID[:]...), i.Digest[:]...)
		}
		return b
	case *Freeze:
		return []byte{eventFreeze}
	case *Result:
		return binary.BigEndian.AppendUint64(encodeSegment([]byte{eventResult}, e.Segment), e.Count)
	}
	return []byte{eventOther}
}

func encodeID(to []byte, id SegmentID) []byte {
	return append(binary.BigEndian.AppendUint16(to, id.Slot), id.Unique[:]...)
}

func encodeSegment(to []byte, s Segment) []byte {
	to = binary.BigEndian.AppendUint64(encodeID(to, s.ID), uint64(s.Size))
	return append(to, s.SHA256[:]...)
}

// DecodeEvent reads what [EncodeEvent] writes, and nothing else.
func DecodeEvent(b []byte) (Event, error) {
	d := decoder{b}
	var e Event
	switch kind := d.take(1); {
	case kind == nil:
		return nil, fmt.Errorf("malformed event: no bytes")
	case kind[0] == eventOther:
	case kind[0] == eventCommit:
		e = d.commit()
	case kind[0] == eventFreeze:
		e = &Freeze{}
	case kind[0] == eventResult:
		e = &Result{Segment: d.segment(), Count: d.uint64()}
	default:
		return nil, fmt.Errorf("malformed event: kind %d, want 0 to %d", kind[0], eventResult)
	}
	if !bytes.Equal(EncodeEvent(e), b) {
		return nil, fmt.Errorf("malformed event: %d bytes, not as they would be written", len(b))
	}
	return e, checkEvent(e)
}

// checkEvent refuses what no log can make right.
func checkEvent(e Event) error {
	c, ok := e.(*Commit)
	switch {
	case !ok:
		return nil
	case len(c.Items) < 1 || len(c.Items) > MaxItems:
		return fmt.Errorf("malformed commit: %d items, want 1 to %d", len(c.Items), MaxItems)
	case c.Segment.ID.IsZero():
		return fmt.Errorf("malformed commit: no segment")
	case c.Segment.Size < 0 || c.Side.Size < 0:
		return fmt.Errorf("malformed commit: segment of %d bytes, side segment of %d", c.Segment.Size, c.Side.Size)
	case c.Side.ID.IsZero() && !c.Side.IsZero():
		return fmt.Errorf("malformed commit: side segment without id")
	}
	for i := range c.Items[1:] {
		if bytes.Compare(c.Items[i].ID[:], c.Items[i+1].ID[:]) >= 0 {
			return fmt.Errorf("malformed commit: item %s is not above item %s", c.Items[i+1].ID, c.Items[i].ID)
		}
	}
	return nil
}

func sortItems(items []Item) {
	slices.SortFunc(items, func(a, b Item) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}

// decoder takes bytes apart. When they run out it gives zeros; the caller finds that out by encoding again.
type decoder struct{ rest []byte }

func (d *decoder) take(n int) []byte {
	if len(d.rest) < n {
		d.rest = nil
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) uint16() uint16 {
	if b := d.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (d *decoder) id() (id SegmentID) {
	id.Slot = d.uint16()
	copy(id.Unique[:], d.take(16))
	return id
}

func (d *decoder) segment() (s Segment) {
	s.ID = d.id()
	s.Size = int64(min(d.uint64(), math.MaxInt64))
	copy(s.SHA256[:], d.take(32))
	return s
}

func (d *decoder) commit() *Commit {
	c := &Commit{}
	copy(c.Worker[:], d.take(16))
	c.Segment, c.Supersedes, c.Side, c.Count = d.segment(), d.id(), d.segment(), d.uint64()
	n := int(d.uint16())
	if n > MaxItems || len(d.rest) != n*itemEncoded {
		return c // has no items, which checkEvent refuses
	}
	c.Items = make([]Item, n)
	for i := range c.Items {
		copy(c.Items[i].ID[:], d.take(20))
		copy(c.Items[i].Digest[:], d.take(32))
	}
	return c
}
