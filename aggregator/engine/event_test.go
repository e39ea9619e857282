package engine_test

import (
	"bytes"
	"reflect"
	"testing"

	"sotto/aggregator/engine"
)

func id(n byte) engine.ItemID { return engine.ItemID{19: n} }

func segment(n byte) engine.Segment {
	return engine.Segment{ID: engine.SegmentID{Slot: 1, Unique: [16]byte{n}}, Size: int64(n), SHA256: [32]byte{n}}
}

func TestEventsAreRead(t *testing.T) {
	commit := &engine.Commit{Worker: engine.Incarnation{1, 2}, Segment: segment(3), Supersedes: segment(4).ID, Side: segment(5), Count: 1 << 40,
		Items: []engine.Item{{ID: id(1), Digest: engine.Digest{9}}, {ID: id(2), Digest: engine.Digest{8}}}}
	for name, e := range map[string]engine.Event{
		"nothing": nil, "freeze": &engine.Freeze{}, "result": &engine.Result{Segment: segment(7), Count: 12}, "commit": commit,
		"first commit": &engine.Commit{Segment: segment(1), Count: 1, Items: commit.Items[:1]},
	} {
		b := engine.EncodeEvent(e)
		got, err := engine.DecodeEvent(b)
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, e)
		}
		for n := range b {
			if got, err := engine.DecodeEvent(b[:n]); err == nil {
				t.Errorf("%s: the first %d of %d bytes are read as %+v", name, n, len(b), got)
			}
		}
		if got, err := engine.DecodeEvent(append(bytes.Clone(b), 0)); err == nil {
			t.Errorf("%s with a byte more is read as %+v", name, got)
		}
	}
	most := &engine.Commit{Segment: segment(1), Count: engine.MaxItems, Items: make([]engine.Item, engine.MaxItems)}
	for i := range most.Items {
		most.Items[i].ID = engine.ItemID{byte(i >> 8), byte(i)}
	}
	if b := engine.EncodeEvent(most); len(b) > engine.MaxRecordBytes/2 {
		t.Errorf("the largest commit has %d bytes, want at most half a record of %d", len(b), engine.MaxRecordBytes)
	} else if _, err := engine.DecodeEvent(b); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]*engine.Commit{
		"no items":         {Segment: segment(1)},
		"no segment":       {Items: commit.Items, Count: 2},
		"items exchanged":  {Segment: segment(1), Items: []engine.Item{{ID: id(2)}, {ID: id(1)}}},
		"item twice":       {Segment: segment(1), Items: []engine.Item{{ID: id(2)}, {ID: id(2)}}},
		"side without id":  {Segment: segment(1), Side: engine.Segment{Size: 3}, Items: commit.Items},
		"too many items":   {Segment: segment(1), Items: append(most.Items, engine.Item{ID: engine.ItemID{255}})},
		"segment too long": {Segment: engine.Segment{ID: segment(1).ID, Size: -1}, Items: commit.Items},
	} {
		if got, err := engine.DecodeEvent(engine.EncodeEvent(c)); err == nil {
			t.Errorf("%s: read as %+v", name, got)
		}
	}
}

func FuzzDecodeEvent(f *testing.F) {
	f.Add(engine.EncodeEvent(nil))
	f.Add(engine.EncodeEvent(&engine.Freeze{}))
	f.Add(engine.EncodeEvent(&engine.Result{Segment: segment(7), Count: 12}))
	f.Add(engine.EncodeEvent(&engine.Commit{Segment: segment(1), Side: segment(2), Count: 1, Items: []engine.Item{{ID: id(1)}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := engine.DecodeEvent(b); err == nil && !bytes.Equal(engine.EncodeEvent(e), b) {
			t.Errorf("%x is read as %+v, which is written as %x", b, e, engine.EncodeEvent(e))
		}
	})
}

func FuzzOpenRecord(f *testing.F) {
	f.Add(engine.SealRecord(engine.Head{}, [16]byte{}, nil))
	f.Add(engine.SealRecord(engine.Head{Sequence: 41, Hash: [32]byte{1}}, [16]byte{2}, []byte("record")))
	f.Fuzz(func(t *testing.T, b []byte) {
		if again, err := engine.OpenRecord(b); err == nil && !bytes.Equal(again, b) {
			t.Errorf("%x is written as %x", b, again)
		}
	})
}
