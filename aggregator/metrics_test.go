package aggregator

import (
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/mem"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"

	"sotto/aggregator/engine"
	"sotto/round"
)

// The measures follow a round from phase to phase.
func TestMeasures(t *testing.T) {
	b := newBench(t, 4, func(c *Config) { c.Limits.UploadBytes, c.Round.Leaves = 1<<20, 2 })
	m := b.Measures()
	if m.Phase != PhaseNone || m.Round != 0 || m.Epoch != 1 || m.Members != 4 || m.Forming || !m.Deadline.IsZero() || m.SumBytes != 0 || m.Skipped != 0 {
		t.Fatalf("before a round: %+v", m)
	}
	if m.Limits.Uploads != 256 || m.Limits.UploadBytes != 1<<20 || m.Limits.SumBytes != 8<<30 || m.Aborts != round.DefaultAborts {
		t.Fatalf("limits %+v, aborts %d", m.Limits, m.Aborts)
	}
	o := b.open()
	u := b.seal(o, b.keys[0])
	chunks := u.chunks()
	var during Measures
	if _, err := b.Contribute(u.header(), func() (mem.BufferSlice, error) {
		during = b.Measures()
		return chunks()
	}); err != nil {
		t.Fatal(err)
	}
	if during.Phase != PhaseOpen || during.Uploads != 1 || during.UploadBytes != int64(len(u.ciphertext)) || during.Accepted != 0 {
		t.Fatalf("during the upload: %+v", during)
	}
	m = b.Measures()
	if w := b.working; m.Uploads != 0 || m.UploadBytes != 0 || m.Accepted != 1 || m.Registered != 4 || m.Round != 1 || m.Skipped != 0 ||
		!m.Deadline.Equal(o.Descriptor.DeadlineTime()) || m.SumBytes != w.sumBytes() || m.SumBytes != int64(2*8*parameters*w.hash.Digits()) {
		t.Fatalf("after the upload: %+v", m)
	}
	if head := b.Log().Head(); m.Record != head {
		t.Fatalf("record %d, want %d", m.Record, head)
	}
	// Too few: the round is given up, and counts as such while the next one is in progress.
	b.clock.advance(91 * time.Second)
	if _, _, err := b.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m := b.Measures(); m.Round == 1 && (m.Phase != PhaseSkipped || m.Skipped != 1 || m.Accepted != 0 || m.Registered != 0) {
		t.Fatalf("after the round: %+v", m)
	}
	b.open()
	if m := b.Measures(); m.Round != 2 || m.Skipped != 1 || m.Phase != PhaseOpen {
		t.Fatalf("in the next round: %+v", m)
	}
}

// A record that no aggregator writes is noticed, and ends everything.
func TestCheckLog(t *testing.T) {
	b := newBench(t, 3)
	b.open()
	if err := b.CheckLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	wrong := round.Encode(&written{Kind: kindFrozen, To: nobody, Round: 7, Body: round.Encode(&frozen{7})})
	if _, err := b.volume.journal.Append(t.Context(), b.at, wrong); err != nil {
		t.Fatal(err)
	}
	b.without = "nothing" // the log does not fold any more
	err := b.catchUpLog(t.Context())
	if !errors.Is(err, engine.ErrViolation) || !errors.Is(b.CheckLog(t.Context()), engine.ErrViolation) {
		t.Fatalf("got %v and %v, want a violation", err, b.CheckLog(t.Context()))
	}
	if err := b.Run(t.Context()); !errors.Is(err, engine.ErrViolation) {
		t.Fatalf("got %v, want a violation", err)
	}
}

// Every upload is told of once, with what was received of it and what became of it.
func TestUploaded(t *testing.T) {
	b := newBench(t, 4)
	o := b.open()
	u := b.seal(o, b.keys[0])
	size := int64(len(u.header()) + len(u.ciphertext))
	for _, c := range []struct {
		name   string
		header []byte
		next   func() (mem.BufferSlice, error)
		want   Uploaded
	}{
		{"cut off", u.header(), chunksOf(), Uploaded{Bytes: int64(len(u.header())), Whole: true}},
		{"broken", u.header(), func() (mem.BufferSlice, error) { return nil, errors.New("connection is gone") }, Uploaded{Bytes: int64(len(u.header()))}},
		{"malformed", []byte("no header"), u.chunks(), Uploaded{Bytes: 9}},
		{"counted", u.header(), u.chunks(), Uploaded{Bytes: size, Receipt: true, Whole: true}},
		{"again", u.header(), u.chunks(), Uploaded{Bytes: int64(len(u.header())), Receipt: true}},
	} {
		before, refused := len(happened[Uploaded](b)), len(happened[Refused](b))
		_, err := b.Contribute(c.header, c.next)
		got := happened[Uploaded](b)
		if len(got) != before+1 {
			t.Fatalf("%s: %d events, want 1", c.name, len(got)-before)
		}
		e := got[before]
		if e.Took < 0 || e.Took > time.Minute || !e.Whole && e.Took != 0 {
			t.Errorf("%s: took %s", c.name, e.Took)
		}
		e.Took = 0
		if e != c.want || (err == nil) != c.want.Receipt {
			t.Errorf("%s: got %+v (%v), want %+v", c.name, e, err, c.want)
		}
		if now := len(happened[Refused](b)) - refused; (now == 1) != (err != nil) {
			t.Errorf("%s: %d refusals, error %v", c.name, now, err)
		}
	}
	if e := newMeter(nil, nil).uploaded(errors.New("disk is full")); !e.Failed {
		t.Errorf("got %+v, want a failure of our own", e)
	}
	if e := newMeter(nil, nil).uploaded(round.Refuse(round.ReasonBusy, "busy", "")); e.Failed {
		t.Errorf("got %+v, want no failure of our own", e)
	}
	m := newMeter(nil, func() (mem.BufferSlice, error) { return nil, io.EOF })
	_, _ = m.chunk()
	if m.ended.IsZero() {
		t.Error("the end was not noticed")
	}
	if posts := happened[Posted](b); len(posts) != 4 || posts[0].Kind != round.KindShare {
		t.Errorf("posts %v, want the members' shares over the descriptor", posts)
	}
}

// Calls that there is no room for are refused and counted.
func TestTurnedAway(t *testing.T) {
	b := newBench(t, 3)
	w := newWire(t, b, func(s *Server) { s.posting, s.contributing = make(slots), make(slots) })
	if _, err := w.send(t.Context(), headerPart(nil)); err == nil {
		t.Fatal("an upload was let in without room")
	}
	if got := happened[Refused](b); !slices.Equal(got, []Refused{{round.ReasonBusy, 0}}) {
		t.Fatalf("got %v", got)
	}
	if now, most := w.server.Followers(); now != 0 || most != maxFollowing {
		t.Fatalf("%d of %d follow, want 0 of %d", now, most, maxFollowing)
	}
}

// Reflection is there if it was asked for, and only then.
func TestReflection(t *testing.T) {
	for _, reflecting := range []bool{false, true} {
		b := newBench(t, 3)
		w := newWire(t, b, func(s *Server) {
			if reflecting {
				s.Reflect()
			}
		})
		stream, err := reflectionpb.NewServerReflectionClient(w.conn).ServerReflectionInfo(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Send(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}}); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		answer, err := stream.Recv()
		var names []string
		for _, s := range answer.GetListServicesResponse().GetService() {
			names = append(names, s.GetName())
		}
		if has := slices.Contains(names, "sotto.v1.Aggregator") && slices.Contains(names, "sotto.v1.Board"); has != reflecting {
			t.Fatalf("reflection %t: services %v (%v)", reflecting, names, err)
		}
		_ = stream.CloseSend()
	}
}
