package committee_test

import (
	"errors"
	"slices"
	"testing"

	"sotto/committee"
	"sotto/round"
)

// words collects what has left a member, by kind of record, purpose and node. Two different ones in one place are evidence against it.
type words map[string][]string

func (w words) add(t testing.TB, posts []committee.Post) {
	for _, p := range posts {
		place := p.Kind.String()
		switch p.Kind {
		case round.KindShare:
			place += " " + decode[round.SignatureShare](t, p).Purpose.String()
		case round.KindRelease:
			place += " " + string(rune('0'+decode[round.SignedRelease](t, p).Release.Node))
		}
		if !slices.Contains(w[place], string(p.Body)) {
			w[place] = append(w[place], string(p.Body))
		}
	}
}

func (w words) check(t testing.TB, when string) {
	t.Helper()
	for place, bodies := range w {
		if len(bodies) > 1 {
			t.Errorf("%s: %d different ones of %q left the member", when, len(bodies), place)
		}
	}
}

// twice is a step of a round in two versions, of which a member may say yes to one only.
type twice struct {
	name string
	// versions prepares the world and returns two records that ask for different things in one place.
	versions func(w *world) (a, b round.Record)
	is       error // what the second is refused with
}

var steps = []twice{
	{"descriptor", func(w *world) (a, b round.Record) {
		d := w.descriptor()
		other := *d
		other.GMin = 3
		other.Cohort = 3
		return w.append(round.KindPropose, 0, 1, d), w.append(round.KindPropose, 0, 1, &other)
	}, committee.ErrDescriptorSigned},
	{"manifest", func(w *world) (a, b round.Record) {
		s := w.open(w.descriptor())
		uploads := w.contributions(s)
		w.clock = s.Descriptor.DeadlineTime()
		return w.append(round.KindClose, 0, 1, w.manifest(s, uploads)), w.append(round.KindClose, 0, 1, w.manifest(s, uploads[1:]))
	}, committee.ErrManifestSigned},
	{"release", func(w *world) (a, b round.Record) {
		s := w.open(w.descriptor())
		uploads := w.contributions(s)
		return w.append(round.KindClosed, 0, 1, w.closing(s, w.manifest(s, uploads))), w.append(round.KindClosed, 0, 1, w.closing(s, w.manifest(s, uploads[1:])))
	}, committee.ErrManifestSigned},
	{"certificate", func(w *world) (a, b round.Record) {
		d := w.descriptor()
		d.Leaves = 1
		f := w.closed(d)
		w.relay(f.posts, 1)
		a = w.append(round.KindFinish, 0, 1, w.lay(w.transcript(&f)))
		first := w.fetch.candidate
		f.posts = f.posts[:3] // without the release of member 4, which nobody has to miss but itself
		b = w.append(round.KindFinish, 0, 1, w.lay(w.transcript(&f)))
		second := w.fetch.candidate
		w.before = func(r round.Record) {
			if w.fetch.candidate = first; string(r.Body) == string(b.Body) {
				w.fetch.candidate = second
			}
		}
		return a, b
	}, committee.ErrCertificate},
}

func (w *world) hand(r round.Record) ([]committee.Post, error) {
	if w.before != nil {
		w.before(r)
	}
	return w.member(1).Handle(w.t.Context(), r)
}

// TestTwice: of two versions the second is refused, also after a restart. A member that has forgotten the first, as one without a journal
// would, says yes to both.
func TestTwice(t *testing.T) {
	for _, step := range steps {
		w := newCommittee(t, 4)
		a, b := step.versions(w)
		said := words{}
		posts, err := w.hand(a)
		if err != nil || len(posts) == 0 {
			t.Fatalf("%s: %d posts and %v, want some", step.name, len(posts), err)
		}
		said.add(t, posts)
		if again, err := w.hand(a); err != nil || len(again) != len(posts) {
			t.Errorf("%s: the same again gives %d posts and %v, want the same", step.name, len(again), err)
		} else {
			said.add(t, again)
		}
		what := step.name
		_, err = w.hand(b)
		refusedBy(t, err, what+": once", step.is, "")
		w.restart(1)
		w.log = w.log[:len(w.log)-2] // the board shows neither again
		said.add(t, w.replay(1))
		_, err = w.hand(b)
		refusedBy(t, err, what+": once", step.is, "")
		said.check(t, step.name)

		w.disks[0].EmptyJournal()
		w.restart(1)
		// The board shows the member words of its own that the journal lacks, which is the other thing that keeps it from signing.
		for _, what := range []string{"descriptor", "opening", "manifest", "release", "certificate"} {
			w.member(1).Without(what + ": able to sign")
		}
		said.add(t, w.replay(1))
		if posts, err = w.hand(b); err != nil || len(posts) == 0 {
			t.Errorf("%s: without the journal %d posts and %v, want the second version to pass", step.name, len(posts), err)
		}
		said.add(t, posts)
		twofold := false
		for _, bodies := range said {
			twofold = twofold || len(bodies) > 1
		}
		if !twofold {
			t.Errorf("%s: without the journal nothing was said twice, so the journal kept nothing out", step.name)
		}
	}
}

// TestCrash lets a member crash at each operation of its disk, with each part of the write done, while it handles one version of a step.
// After the restart the board shows it the other version. Both never leave it, and what has left it before the crash stands.
func TestCrash(t *testing.T) {
	for _, step := range steps {
		clean := newCommittee(t, 4)
		a, _ := step.versions(clean)
		count := &committee.Fault{}
		clean.disks[0].Fail(count)
		if _, err := clean.hand(a); err != nil {
			t.Fatal(err)
		}
		if count.Ops == 0 {
			t.Fatalf("%s: said without a write", step.name)
		}
		for at := 1; at <= count.Ops; at++ {
			for _, keep := range []int{0, 8, 30, 65} {
				for _, second := range []bool{false, true} {
					w := newCommittee(t, 4)
					a, b := step.versions(w)
					w.disks[0].Fail(&committee.Fault{At: at, Keep: keep})
					said := words{}
					posts, err := w.hand(a)
					said.add(t, posts)
					if !errors.Is(err, committee.ErrJournal) || len(posts) > 0 {
						t.Fatalf("%s, operation %d: %d posts and %v, want %v and nothing said", step.name, at, len(posts), err, committee.ErrJournal)
					}
					if posts, err := w.hand(a); len(posts) > 0 || !errors.Is(err, committee.ErrJournal) {
						t.Fatalf("%s, operation %d: goes on with %d posts and %v", step.name, at, len(posts), err)
					}
					w.disks[0].Fail(&committee.Fault{})
					w.restart(1)
					w.log = w.log[:len(w.log)-2]
					said.add(t, w.replay(1))
					order := []round.Record{a, b}
					if second {
						order = []round.Record{b, a}
					}
					for _, r := range order {
						posts, err := w.hand(r)
						said.add(t, posts)
						if refused := new(committee.Refused); err != nil && !errors.As(err, &refused) {
							t.Fatalf("%s, operation %d: after the restart %v", step.name, at, err)
						}
					}
					if len(said) == 0 {
						t.Errorf("%s, operation %d, %d bytes: a restarted member says nothing any more", step.name, at, keep)
					}
					said.check(t, step.name)
				}
			}
		}
	}
}

// TestRestartAtEveryRecord restarts a member before each record of a round, with the board shown again from its first record. It ends
// having said the same as a member that never stopped.
func TestRestartAtEveryRecord(t *testing.T) {
	w := newCommittee(t, 4)
	begin, disk := len(w.log), w.disks[0].Clone()
	whole := words{}
	d := w.descriptor()
	posts := w.tell(round.KindPropose, 0, 1, d)
	w.relay(posts, 1)
	s := w.opening(d)
	w.tell(round.KindOpen, 0, 1, s)
	uploads := w.contributions(s)
	m := w.manifest(s, uploads)
	posts = append(posts, w.tell(round.KindClose, 0, 1, m)...)
	w.relay(posts[4:], 1)
	releases := w.tell(round.KindClosed, 0, 1, w.closing(s, m))
	w.relay(releases, 1)
	o := w.finish(s, w.closing(s, m), uploads, releasesOf(t, releases))
	posts = append(posts, w.tell(round.KindFinish, 0, 1, w.lay(o.Transcript))...)
	w.relay(posts[8:], 1)
	for _, p := range append(posts, releases...) {
		var member uint8
		if p.Kind == round.KindRelease {
			member = decode[round.SignedRelease](t, p).Release.Member
		} else {
			member = decode[round.SignatureShare](t, p).Member
		}
		if member == 1 {
			whole.add(t, []committee.Post{p})
		}
	}
	log := w.log
	for crash := begin; crash <= len(log); crash++ {
		w.disks[0] = disk.Clone()
		w.log = log
		w.restart(1)
		said := words{}
		w.log = log[:crash]
		said.add(t, w.replay(1))
		w.restart(1)
		w.log = log
		said.add(t, w.replay(1))
		said.check(t, "restarted")
		for place, bodies := range whole {
			if len(said[place]) != 1 || said[place][0] != bodies[0] {
				t.Fatalf("restart before record %d: %q is said %d times, or otherwise than without a restart", crash, place, len(said[place]))
			}
		}
	}
}

// TestJournalLost: keys without their journal sign nothing, until the next epoch.
func TestJournalLost(t *testing.T) {
	w := newFive(t)
	w.disks[0].LoseJournal()
	w.restart(1)
	d := w.descriptor()
	record := w.append(round.KindPropose, 0, 1, d)
	_, err := w.member(1).Handle(t.Context(), record)
	refusedBy(t, err, "descriptor: able to sign", committee.ErrJournalLost, "epoch 1")
	s := w.opening(d)
	_, err = w.member(1).Handle(t.Context(), w.append(round.KindOpen, 0, 1, s))
	refusedBy(t, err, "opening: able to sign", committee.ErrJournalLost, "")
	for _, kind := range []struct {
		kind round.Kind
		body any
		what string
	}{
		{round.KindClose, w.manifest(s, nil), "manifest"},
		{round.KindClosed, w.closing(s, w.manifest(s, nil)), "release"},
		{round.KindFinish, &round.Finished{Round: 1}, "certificate"},
	} {
		_, err = w.member(1).Handle(t.Context(), w.append(kind.kind, 0, 1, kind.body))
		refusedBy(t, err, kind.what+": able to sign", committee.ErrJournalLost, "")
	}
	if got := w.member(1).Status(); !errors.Is(got.Mute, committee.ErrJournalLost) {
		t.Errorf("status says %v, want %v", got.Mute, committee.ErrJournalLost)
	}
	w.member(1).Without("descriptor: able to sign")
	if posts, err := w.member(1).Handle(t.Context(), record); err != nil || len(posts) != 1 {
		t.Errorf("without the rule: %d posts and %v, want a share", len(posts), err)
	}
	w.restart(1)
	last, c, installed := succeed(w, 1)
	for j := 2; j <= 4; j++ {
		if posts, err := w.member(j).Handle(t.Context(), last); err != nil || len(posts) != 1 {
			t.Errorf("member %d: %d posts and %v, want a share over the rotation", j, len(posts), err)
		}
	}
	_, err = w.member(1).Handle(t.Context(), last)
	refusedBy(t, err, "rotation: able to sign", committee.ErrJournalLost, "")
	w.install(c, installed)
	w.clock = d.SkipTime()
	d = w.descriptor()
	next(w, d)
	if posts := w.tell(round.KindPropose, 0, 2, d); len(posts) != 4 {
		t.Errorf("%d shares in the next epoch, want 4", len(posts))
	}
}

// TestKeysLost: a member without keys signs nothing and says so.
func TestKeysLost(t *testing.T) {
	w := newCommittee(t, 4)
	w.disks[0] = committee.NewMemory(key("member", 1))
	w.restart(1)
	_, err := w.member(1).Handle(t.Context(), w.append(round.KindPropose, 0, 1, w.descriptor()))
	refusedBy(t, err, "descriptor: able to sign", committee.ErrNoShare, "epoch 1")
}

// TestBackup restores a member's directory from a time before it said something that the board shows to it again. From then on it signs
// nothing in the epoch, also after another restart.
func TestBackup(t *testing.T) {
	tests := []struct {
		name, rule string
		says       func(w *world) []committee.Post // what member 1 says after the backup
		shown      func(w *world)                  // what the board shows before that, after the restore
	}{
		{"descriptor", "share: known to the journal", func(w *world) []committee.Post {
			return w.tell(round.KindPropose, 0, 1, w.descriptor())[:1]
		}, func(w *world) {
			// The round was certified in the meantime, so the member does not sign the descriptor anew.
			w.chain.head.Round = 1
		}},
		{"release", "release: known to the journal", func(w *world) []committee.Post {
			s := w.open(w.descriptor())
			return w.tell(round.KindClosed, 0, 1, w.closing(s, w.manifest(s, w.contributions(s))))[:1]
		}, func(w *world) { w.chain.head.Round = 1 }},
	}
	for _, test := range tests {
		w := newCommittee(t, 4)
		backup := w.disks[0].Clone()
		posts := test.says(w)
		w.disks[0].TakeJournal(backup)
		w.restart(1)
		test.shown(w)
		w.replay(1)
		record := w.append(posts[0].Kind, 0, 1, posts[0].Body)
		_, err := w.member(1).Handle(t.Context(), record)
		refusedBy(t, err, test.rule, committee.ErrJournalLost, "epoch 1")
		for range 2 {
			d := w.descriptor()
			_, err = w.member(1).Handle(t.Context(), w.append(round.KindPropose, 0, d.Round, d))
			refusedBy(t, err, "descriptor: able to sign", committee.ErrJournalLost, "")
			w.restart(1)
		}
	}
}

// TestBackupOfConfirmation: the board shows that this member has confirmed a key that it knows nothing of.
func TestBackupOfConfirmation(t *testing.T) {
	w := newFive(t)
	backup := w.disks[0].Clone()
	succeed(w, 1)
	i := slices.IndexFunc(w.log, func(r round.Record) bool { return r.Kind == round.KindConfirmation && r.Sequence > 30 })
	w.disks[0] = backup
	w.restart(1)
	if _, err := w.member(1).Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i < len(w.log) && (w.log[i].Kind != round.KindConfirmation || decode[round.SignedConfirmation](t, committee.Post{Body: w.log[i].Body}).Confirmation.Member != 1) {
		i++
	}
	_, err := w.member(1).Handle(t.Context(), w.log[i])
	refusedBy(t, err, "confirmation: known to the journal", committee.ErrJournalLost, "epoch 2")
}

// TestDoubt: a share in this member's name that verifies over nothing it knows of keeps it from signing in the same place, and no more.
func TestDoubt(t *testing.T) {
	w := newCommittee(t, 4)
	forged := &round.SignatureShare{Purpose: round.PurposeDescriptor, Epoch: 1, Round: 1, Member: 1, Signature: [48]byte{1}}
	_, err := w.member(1).Handle(t.Context(), w.append(round.KindShare, 0, 1, forged))
	refusedBy(t, err, "share: known to the journal", committee.ErrJournalLost, "")
	d := w.descriptor()
	_, err = w.member(1).Handle(t.Context(), w.append(round.KindPropose, 0, 1, d))
	refusedBy(t, err, "descriptor: once", committee.ErrJournalLost, "the board has a share by it")
	next(w, d)
	if posts, err := w.member(1).Handle(t.Context(), w.append(round.KindPropose, 0, 2, d)); err != nil || len(posts) != 1 {
		t.Errorf("%d posts and %v for the next round, want a share", len(posts), err)
	}
	for i := range 500 {
		forged.Round = uint64(i)
		for _, p := range []round.Purpose{round.PurposeDescriptor, round.PurposeManifest, round.PurposeCertificate, round.PurposePossession, 77} {
			forged.Purpose = p
			_, err := w.member(1).Handle(t.Context(), w.append(round.KindShare, 0, 1, forged))
			if refused := new(committee.Refused); err != nil && !errors.As(err, &refused) {
				t.Fatal(err)
			}
		}
		d.Round = uint64(i)
		if _, err := w.member(1).Handle(t.Context(), w.append(round.KindPropose, 0, d.Round, d)); err == nil && i != 2 {
			t.Fatalf("round %d is signed", i)
		}
	}
	if messages, doubts := w.member(1).OwnWords(); messages > 64 || doubts > 64 {
		t.Errorf("remembers %d messages and %d doubts, at most 64", messages, doubts)
	}
}
