package tbls_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.dedis.ch/kyber/v4"
	"go.dedis.ch/kyber/v4/pairing/bls12381/gnark"
	dkg "go.dedis.ch/kyber/v4/share/dkg/pedersen"
	"go.dedis.ch/kyber/v4/sign/schnorr"

	"sotto/crypto/tbls"
)

// A board is a key generation in memory. Its hooks are the faults: post replaces what a member's call returned by what goes on the
// board (nothing, or several packets), show replaces the board as one member sees it.
type board struct {
	n       int
	session *tbls.DKGSession
	secrets []tbls.DKGSecret
	publics []tbls.DKGPublic
	members []*tbls.DKG
	results []*tbls.Result
	errs    []error
	packets [3][][]byte // by phase

	post func(phase tbls.Phase, member int, packet []byte) [][]byte
	show func(phase tbls.Phase, member int, packets [][]byte) [][]byte
}

func newBoard(t testing.TB, n int) *board {
	t.Helper()
	b := &board{n: n, results: make([]*tbls.Result, n), errs: make([]error, n)}
	for range n {
		secret, public := tbls.GenerateDKGKey()
		b.secrets, b.publics = append(b.secrets, secret), append(b.publics, public)
	}
	var err error
	if b.session, err = tbls.NewDKGSession([32]byte{1, 2, 3}, b.publics); err != nil {
		t.Fatal(err)
	}
	for j := 1; j <= n; j++ {
		d, err := tbls.NewDKG(b.session, j, b.secrets[j-1])
		if err != nil {
			t.Fatal(err)
		}
		b.members = append(b.members, d)
	}
	return b
}

func (b *board) put(phase tbls.Phase, member int, packet []byte) {
	posted := [][]byte{packet}
	if b.post != nil {
		posted = b.post(phase, member, packet)
	}
	if len(posted) == 1 {
		tbls.Adopt(b.members[member-1], phase, posted[0])
	}
	b.packets[phase-1] = append(b.packets[phase-1], posted...)
}

// view is the board as it is shown to member: shuffled, with repetitions.
func (b *board) view(phase tbls.Phase, member int) [][]byte {
	packets := b.packets[phase-1]
	packets = slices.Concat(packets, packets[:len(packets)/2])
	rand.Shuffle(len(packets), func(i, j int) { packets[i], packets[j] = packets[j], packets[i] })
	if b.show != nil {
		packets = b.show(phase, member, packets)
	}
	return packets
}

// without leaves out the packets of the given authors.
func without(packets [][]byte, authors ...byte) [][]byte {
	return slices.DeleteFunc(slices.Clone(packets), func(p []byte) bool { return bytes.IndexByte(authors, p[1]) >= 0 })
}

// run plays the phases; a member that fails takes no further part.
func (b *board) run(t testing.TB) {
	t.Helper()
	for i, d := range b.members {
		deal, err := d.Deals()
		if err != nil {
			t.Fatal(err)
		}
		b.put(tbls.DealPhase, i+1, deal)
	}
	for i, d := range b.members {
		response, err := d.ProcessDeals(b.view(tbls.DealPhase, i+1))
		if b.errs[i] = err; err == nil {
			b.put(tbls.ResponsePhase, i+1, response)
		}
	}
	waiting := make([]bool, b.n)
	for i, d := range b.members {
		if b.errs[i] != nil {
			continue
		}
		result, justification, err := d.ProcessResponses(b.view(tbls.ResponsePhase, i+1))
		b.results[i], b.errs[i] = result, err
		waiting[i] = result == nil && err == nil
		if justification != nil {
			b.put(tbls.JustificationPhase, i+1, justification)
		}
	}
	for i, d := range b.members {
		if waiting[i] {
			b.results[i], b.errs[i] = d.ProcessJustifications(b.view(tbls.JustificationPhase, i+1))
		}
	}
}

// agree checks that the given members, and no others, have one and the same result with the given QUAL, and that they can sign with it.
func (b *board) agree(t *testing.T, members, qual []int) {
	t.Helper()
	var first *tbls.Result
	msg := []byte("first words")
	var shares []tbls.SignatureShare
	for i, r := range b.results {
		if !slices.Contains(members, i+1) {
			if r != nil || !errors.Is(b.errs[i], tbls.ErrDKGFailed) {
				t.Errorf("member %d: got result %v, error %v, want ErrDKGFailed", i+1, r != nil, b.errs[i])
			}
			continue
		}
		if r == nil {
			t.Fatalf("member %d: no result: %v", i+1, b.errs[i])
		}
		if first == nil {
			first = r
		}
		if !bytes.Equal(r.Group.Marshal(), first.Group.Marshal()) || r.Transcript != first.Transcript || !slices.Equal(r.QUAL, qual) {
			t.Errorf("member %d: key %x, transcript %x, QUAL %v differ from %x, %x, %v", i+1, r.Group.Public(), r.Transcript, r.QUAL, first.Group.Public(), first.Transcript, qual)
		}
		if r.Share.Member() != i+1 {
			t.Errorf("member %d has the share of %d", i+1, r.Share.Member())
		}
		if err := r.Group.CheckSecret(r.Share); err != nil {
			t.Error(err)
		}
		shares = append(shares, tbls.SignShare(r.Share, msg))
	}
	want, bad, err := tbls.Combine(first.Group, msg, shares)
	if err != nil || len(bad) != 0 {
		t.Fatalf("bad shares of %v, error %v", bad, err)
	}
	slices.Reverse(shares)
	if got, _, err := tbls.Combine(first.Group, msg, shares[:quorum(b.n)]); err != nil || got != want {
		t.Errorf("the last T members sign %x, %v, the others %x", got, err, want)
	}
	hash, err := b.session.TranscriptHash(slices.Concat(b.packets[2], b.packets[1], b.packets[0], b.packets[0]))
	if err != nil || hash != first.Transcript {
		t.Errorf("the board's transcript has hash %x, %v, the members' %x", hash, err, first.Transcript)
	}
}

func all(n int) []int {
	var members []int
	for j := 1; j <= n; j++ {
		members = append(members, j)
	}
	return members
}

func except(n, member int) []int {
	return slices.DeleteFunc(all(n), func(j int) bool { return j == member })
}

func (b *board) faults(member int) string { return fmt.Sprint(b.members[member-1].Faults()) }

func TestKeyGeneration(t *testing.T) {
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			b := newBoard(t, n)
			if b.session.Members() != n || b.session.Quorum() != quorum(n) {
				t.Errorf("got %d of %d, want %d of %d", b.session.Quorum(), b.session.Members(), quorum(n), n)
			}
			b.run(t)
			b.agree(t, all(n), all(n))
			if len(b.packets[2]) != 0 {
				t.Errorf("%d justifications without a complaint", len(b.packets[2]))
			}
			for j := 1; j <= n; j++ {
				if f := b.faults(j); f != "[]" {
					t.Errorf("member %d: %s", j, f)
				}
			}
			for phase, packets := range b.packets[:2] {
				for i, p := range packets {
					gotPhase, member, err := b.session.Check(p)
					if gotPhase != tbls.Phase(phase+1) || member != i+1 || err != nil {
						t.Errorf("packet of phase %d, member %d: got %v, %d, %v", phase+1, i+1, gotPhase, member, err)
					}
					if again, err := tbls.Reencode(n, p); err != nil || !bytes.Equal(again, p) {
						t.Errorf("packet of phase %d, member %d does not survive its encoding: %v", phase+1, i+1, err)
					}
					if len(p) > tbls.MaxPacketSize {
						t.Errorf("packet of %d bytes, limit %d", len(p), tbls.MaxPacketSize)
					}
				}
			}
			if n == tbls.MaxMembers && len(b.packets[0][0]) != tbls.MaxPacketSize {
				t.Errorf("the largest deal has %d bytes, want %d", len(b.packets[0][0]), tbls.MaxPacketSize)
			}
		})
	}
}

// spoil makes dealer give the receivers a wrong share in its deal.
func (b *board) spoil(t *testing.T, dealer int, receivers ...int) func(tbls.Phase, int, []byte) [][]byte {
	return func(phase tbls.Phase, member int, packet []byte) [][]byte {
		if phase == tbls.DealPhase && member == dealer {
			packet = tbls.Forge(t, b.n, b.secrets[dealer-1], packet, func(p dkg.Packet) {
				for i, d := range p.(*dkg.DealBundle).Deals {
					if j := int(d.ShareIndex) + 1; slices.Contains(receivers, j) {
						p.(*dkg.DealBundle).Deals[i].EncryptedShare = tbls.Seal(t, b.publics[j-1], make([]byte, 32))
					}
				}
			})
		}
		return [][]byte{packet}
	}
}

func TestComplaintAndJustification(t *testing.T) {
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			b := newBoard(t, n)
			b.post = b.spoil(t, 2, 4)
			awaits := false
			b.show = func(phase tbls.Phase, member int, packets [][]byte) [][]byte {
				if phase == tbls.JustificationPhase {
					want := []int{2}
					if member == 2 {
						want = nil
					}
					if got := b.members[member-1].Awaits(); !slices.Equal(got, want) {
						t.Errorf("member %d awaits %v, want %v", member, got, want)
					}
					awaits = true
				} else if got := b.members[member-1].Awaits(); !slices.Equal(got, except(n, member)) {
					t.Errorf("member %d awaits %v", member, got)
				}
				return packets
			}
			b.run(t)
			b.agree(t, all(n), all(n))
			if len(b.packets[2]) != 1 || b.packets[2][0][1] != 2 || !awaits {
				t.Fatalf("got %d justifications, want one by member 2", len(b.packets[2]))
			}
			if again, err := tbls.Reencode(n, b.packets[2][0]); err != nil || !bytes.Equal(again, b.packets[2][0]) {
				t.Errorf("the justification does not survive its encoding: %v", err)
			}
			for j, d := range b.members {
				if d.Awaits() != nil {
					t.Errorf("member %d still awaits %v", j+1, d.Awaits())
				}
			}
		})
	}
}

func TestDealerWithoutJustification(t *testing.T) {
	for _, test := range []struct {
		rule string
		post func(b *board, packet []byte) [][]byte
		want string // the fault that is recorded
	}{
		{"none", func(*board, []byte) [][]byte { return nil }, ""},
		{"wrong share", func(b *board, p []byte) [][]byte {
			return [][]byte{tbls.Forge(t, b.n, b.secrets[1], p, func(p dkg.Packet) {
				p.(*dkg.JustificationBundle).Justifications[0].Share = gnark.G2.Scalar().One()
			})}
		}, ""},
		{"two different ones", func(b *board, p []byte) [][]byte {
			return [][]byte{p, tbls.Forge(t, b.n, b.secrets[1], p, func(dkg.Packet) {})}
		}, "justification phase: member 2: two different packets by one member in one phase"},
		{"for another member", func(b *board, p []byte) [][]byte {
			return [][]byte{tbls.Forge(t, b.n, b.secrets[1], p, func(p dkg.Packet) { p.(*dkg.JustificationBundle).Justifications[0].ShareIndex = 2 })}
		}, ""},
	} {
		t.Run(test.rule, func(t *testing.T) {
			t.Parallel()
			b := newBoard(t, 4)
			spoil := b.spoil(t, 2, 4)
			b.post = func(phase tbls.Phase, member int, packet []byte) [][]byte {
				if phase == tbls.JustificationPhase {
					return test.post(b, packet)
				}
				return spoil(phase, member, packet)
			}
			b.run(t)
			// Member 2 counts itself in: whatever result it has is another one.
			mine, theirs := b.results[1], b.results[0]
			if mine != nil && theirs != nil && bytes.Equal(mine.Group.Marshal(), theirs.Group.Marshal()) {
				t.Error("the dealer has the others' key")
			}
			if got := b.faults(1); test.want != "" && !strings.Contains(got, test.want) {
				t.Errorf("faults %s, want %s", got, test.want)
			}
			b.results[1], b.errs[1] = nil, tbls.ErrDKGFailed
			b.agree(t, except(4, 2), except(4, 2))
		})
	}
}

func TestSilentDealer(t *testing.T) {
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			b := newBoard(t, n)
			b.post = func(phase tbls.Phase, member int, packet []byte) [][]byte {
				if phase == tbls.DealPhase && member == n {
					return nil
				}
				return [][]byte{packet}
			}
			b.run(t)
			b.agree(t, except(n, n), except(n, n))
			if want := fmt.Sprintf("%d members complain", n-1); !strings.Contains(b.errs[n-1].Error(), want) {
				t.Errorf("the silent dealer has %v, want %s", b.errs[n-1], want)
			}
			if len(b.packets[2]) != 0 {
				t.Error("somebody has published shares")
			}
		})
	}
}

// A member that does not respond is out: each dealer publishes that one's share, which is within the f that it may publish.
func TestSilentMember(t *testing.T) {
	b := newBoard(t, 7)
	b.post = func(phase tbls.Phase, member int, packet []byte) [][]byte {
		if phase == tbls.ResponsePhase && member == 3 {
			return nil
		}
		return [][]byte{packet}
	}
	b.run(t)
	if r := b.results[2]; r == nil || r.Transcript == b.results[0].Transcript {
		t.Error("a member whose response is lost has the others' transcript")
	}
	b.results[2], b.errs[2] = nil, tbls.ErrDKGFailed
	b.agree(t, except(7, 3), except(7, 3))
}

// Beyond f faults there is no key: kyber would make one of the dealers 3 and 4 alone, fewer than T.
func TestTooFewQualify(t *testing.T) {
	b := newBoard(t, 4)
	spoil := b.spoil(t, 2, 4)
	b.post = func(phase tbls.Phase, member int, packet []byte) [][]byte {
		if phase == tbls.ResponsePhase && member == 1 || phase == tbls.JustificationPhase && member == 2 {
			return nil
		}
		return spoil(phase, member, packet)
	}
	b.run(t)
	for _, j := range []int{3, 4} {
		if err := b.errs[j-1]; !errors.Is(err, tbls.ErrDKGFailed) || !strings.HasSuffix(err.Error(), "2 dealers qualify, want at least 3") {
			t.Errorf("member %d: got %v", j, err)
		}
	}
}

// A dealer must not publish T shares, whoever asks. Without the limit of f, a board that hides the responses of 2f honest members would
// have every honest dealer publish 2f shares (kyber gives up at T complaints only), and a malicious member's own make T = 2f+1.
func TestNoMoreThanFSharesAreJustified(t *testing.T) {
	for _, test := range []struct{ n, hidden, published int }{
		{4, 1, 1}, {4, 2, 0}, {7, 2, 2}, {7, 3, 0}, {7, 4, 0}, {10, 3, 3},
	} {
		t.Run(fmt.Sprintf("%d of %d", test.hidden, test.n), func(t *testing.T) {
			t.Parallel()
			b := newBoard(t, test.n)
			var hidden []byte
			for j := 2; len(hidden) < test.hidden; j++ {
				hidden = append(hidden, byte(j))
			}
			b.show = func(phase tbls.Phase, member int, packets [][]byte) [][]byte {
				if phase == tbls.ResponsePhase {
					return without(packets, hidden...)
				}
				return packets
			}
			b.run(t)
			published := 0 // by member 1, whose own response is not hidden
			for _, p := range b.packets[2] {
				if count := int(p[34]); p[1] == 1 {
					published = count
				} else if count > (test.n-1)/3 {
					t.Errorf("member %d has published %d shares", p[1], count)
				}
			}
			if published != test.published || (published == 0) != errors.Is(b.errs[0], tbls.ErrDKGFailed) {
				t.Errorf("member 1 has published %d shares, want %d, and has error %v", published, test.published, b.errs[0])
			}
		})
	}
}

func TestEquivocatingDealer(t *testing.T) {
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			b := newBoard(t, n)
			// The second polynomial is as good as the first.
			again, err := tbls.NewDKG(b.session, 1, b.secrets[0])
			if err != nil {
				t.Fatal(err)
			}
			second, err := again.Deals()
			if err != nil {
				t.Fatal(err)
			}
			b.post = func(phase tbls.Phase, member int, packet []byte) [][]byte {
				if phase == tbls.DealPhase && member == 1 {
					return [][]byte{packet, second}
				}
				return [][]byte{packet}
			}
			b.run(t)
			b.agree(t, except(n, 1), except(n, 1))
			for j := 2; j <= n; j++ {
				if got, want := b.faults(j), "[deal phase: member 1: two different packets by one member in one phase]"; got != want {
					t.Errorf("member %d: %s, want %s", j, got, want)
				}
			}
			if want := "that it has not posted"; !strings.Contains(b.errs[0].Error(), want) {
				t.Errorf("the equivocator has %v, want %s", b.errs[0], want)
			}
		})
	}
}

// Signing the same deal anew is equivocation, too: a transcript holds bytes.
func TestResignedDealIsEquivocation(t *testing.T) {
	b := newBoard(t, 4)
	b.post = func(phase tbls.Phase, member int, packet []byte) [][]byte {
		if phase == tbls.DealPhase && member == 3 {
			return [][]byte{packet, tbls.Forge(t, 4, b.secrets[2], packet, func(dkg.Packet) {})}
		}
		return [][]byte{packet}
	}
	b.run(t)
	b.agree(t, except(4, 3), except(4, 3))
}

// A dealer and a board that show different members different deals get no two members to the same transcript.
func TestEquivocatingBoard(t *testing.T) {
	b := newBoard(t, 4)
	again, err := tbls.NewDKG(b.session, 1, b.secrets[0])
	if err != nil {
		t.Fatal(err)
	}
	second, err := again.Deals()
	if err != nil {
		t.Fatal(err)
	}
	b.show = func(phase tbls.Phase, member int, packets [][]byte) [][]byte {
		if phase == tbls.DealPhase && member > 2 {
			return append(without(packets, 1), second)
		}
		return packets
	}
	b.run(t)
	if b.results[1] == nil || b.results[2] == nil {
		t.Fatalf("got %v", b.errs)
	}
	if b.results[1].Transcript == b.results[2].Transcript || b.results[1].Group.Public() == b.results[2].Group.Public() {
		t.Error("members that saw different deals agree")
	}
	if b.results[0].Transcript != b.results[1].Transcript || b.results[2].Transcript != b.results[3].Transcript {
		t.Error("members that saw the same deals disagree")
	}
}

// Garbage, whoever posts it, changes nothing and is named.
func TestGarbageOnTheBoard(t *testing.T) {
	b, other := newBoard(t, 4), newBoard(t, 4)
	foreign, err := other.members[0].Deals()
	if err != nil {
		t.Fatal(err)
	}
	session, err := tbls.NewDKGSession([32]byte{9}, b.publics)
	if err != nil {
		t.Fatal(err)
	}
	replayer, err := tbls.NewDKG(session, 2, b.secrets[1])
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := replayer.Deals()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.session.Check(replayed); !errors.Is(err, tbls.ErrWrongSession) {
		t.Errorf("got %v, want ErrWrongSession", err)
	}
	b.show = func(phase tbls.Phase, member int, packets [][]byte) [][]byte {
		if phase == tbls.ResponsePhase {
			packets = append(packets, b.packets[0][0]) // a deal, late
		}
		if phase != tbls.DealPhase {
			return packets
		}
		altered := bytes.Clone(b.packets[0][2])
		altered[700]++ // in the last encrypted share
		return append(packets, foreign, replayed, altered, nil, []byte{1}, make([]byte, 1<<20))
	}
	b.run(t)
	b.agree(t, all(4), all(4))
	for _, want := range []string{
		"deal phase: deal of member 1: invalid signature", "deal phase: packet of another session: 0900", "deal phase: deal of member 3: invalid signature",
		"malformed packet: 0 bytes, want at least 162", "malformed packet: 1 bytes", "packet of 1048576 bytes, want at most 2130",
		"response phase: member 1: deal in the response phase",
	} {
		if got := b.faults(1); !strings.Contains(got, want) {
			t.Errorf("faults %s lack %q", got, want)
		}
	}
}

func TestUncalledForJustification(t *testing.T) {
	b := newBoard(t, 4)
	b.post = b.spoil(t, 2, 4)
	b.show = func(phase tbls.Phase, _ int, packets [][]byte) [][]byte {
		if phase == tbls.JustificationPhase && len(b.packets[2]) == 1 {
			// Member 3 publishes what nobody asked for; its content does not matter.
			forged := tbls.Forge(t, 4, b.secrets[1], b.packets[2][0], func(dkg.Packet) {})
			forged[1] = 3
			forged = tbls.Forge(t, 4, b.secrets[2], forged, func(dkg.Packet) {})
			b.packets[2] = append(b.packets[2], forged)
		}
		return b.packets[phase-1]
	}
	// Member 3 itself did not post it, so it stops; the others go on.
	b.run(t)
	b.agree(t, except(4, 3), all(4))
	if got, want := b.faults(1), "justification phase: member 3: justification without a complaint"; !strings.Contains(got, want) {
		t.Errorf("faults %s, want %s", got, want)
	}
}

func TestFloodedBoard(t *testing.T) {
	b := newBoard(t, 4)
	deal, err := b.members[0].Deals()
	if err != nil {
		t.Fatal(err)
	}
	var flood [][]byte
	for i := range 17 {
		flood = append(flood, append(bytes.Clone(deal[:100]), byte(i)))
	}
	if _, err := b.members[0].ProcessDeals(flood[:16]); !errors.Is(err, tbls.ErrDKGFailed) || !strings.Contains(err.Error(), "more than 16 different packets") {
		t.Errorf("got %v", err)
	}
	if _, err := b.session.TranscriptHash(flood); !errors.Is(err, tbls.ErrDKGFailed) {
		t.Errorf("got %v", err)
	}
}

func TestMalformedPackets(t *testing.T) {
	const n = 4
	b := newBoard(t, n)
	b.post = b.spoil(t, 2, 4)
	b.run(t)
	deal, response, justification := b.packets[0][1], b.packets[1][1], b.packets[2][0]
	change := func(p []byte, at int, with ...byte) []byte {
		p = bytes.Clone(p)
		if at < 0 {
			at += len(p)
		}
		copy(p[at:], with)
		return p
	}
	insert := func(p []byte, at int, with ...byte) []byte { return slices.Insert(bytes.Clone(p), at, with...) }
	ones, identity := bytes.Repeat([]byte{255}, 32), append([]byte{0xc0}, make([]byte, 95)...)
	for _, test := range []struct {
		rule string
		p    []byte
		want string
	}{
		{"phase 0", change(deal, 0, 0), "first byte 0, want 1 (deal), 2 (response) or 3 (justification)"},
		{"phase 4", change(deal, 0, 4), "first byte 4, want 1 (deal), 2 (response) or 3 (justification)"},
		{"member 0", change(deal, 1, 0), "member 0, want 1 to 4"},
		{"member n+1", change(deal, 1, 5), "member 5, want 1 to 4"},
		{"trailing byte", append(bytes.Clone(deal), 0), "deal of member 2: 721 bytes between header and signature, want 720"},
		{"deal of another size", insert(deal, 40, make([]byte, 96)...), "deal of member 2: 816 bytes between header and signature, want 720"},
		{"identity commitment", change(deal, 34, identity...), "deal of member 2: commitment 0: the identity"},
		{"lower degree", change(deal, 34+2*96, identity...), "deal of member 2: commitment 2: the identity"},
		{"commitment outside the subgroup", change(deal, 34, offSubgroupG2(t)...), "deal of member 2: commitment 0: invalid point: subgroup check failed"},
		{"signature point", change(deal, -128, identity...), "deal of member 2: signature point: the identity"},
		{"signature scalar", change(deal, -32, ones...), "deal of member 2: signature scalar not below the group order"},
		{"short response", slices.Delete(bytes.Clone(response), 34, 35), "response of member 2: 3 bytes between header and signature, want 4"},
		{"status 2", change(response, 34, 2), "response of member 2: status 2 for dealer 1, want 0 or 1"},
		{"complaint about itself", change(response, 35, 0), "response of member 2: complaint about itself"},
		{"no share", change(justification, 34, 0), "justification of member 2: count missing or outside 1 to 3"},
		{"n shares", change(justification, 34, 4), "justification of member 2: count missing or outside 1 to 3"},
		{"count only", slices.Delete(bytes.Clone(justification), 34, 34+34), "justification of member 2: count missing or outside 1 to 3"},
		{"fewer shares than the count", change(justification, 34, 2), "justification of member 2: 34 bytes between header and signature, want 67"},
		{"share for the dealer", change(justification, 35, 2), "justification of member 2: share for member 2 after 0, want ascending, 1 to 4, not the dealer"},
		{"share for nobody", change(justification, 35, 0), "justification of member 2: share for member 0 after 0, want ascending, 1 to 4, not the dealer"},
		{"share for a stranger", change(justification, 35, 5), "justification of member 2: share for member 5 after 0, want ascending, 1 to 4, not the dealer"},
		{"two shares for one", change(insert(justification, 35, justification[35:68]...), 34, 2), "justification of member 2: share for member 4 after 4, want ascending, 1 to 4, not the dealer"},
		{"share above the order", change(justification, 36, ones...), "justification of member 2: share for member 4: not below the group order"},
	} {
		if _, _, err := b.session.Check(test.p); err == nil || err.Error() != "malformed packet: "+test.want {
			t.Errorf("%s: got %v, want malformed packet: %s", test.rule, err, test.want)
		}
	}
	// A committee of another size has packets of other lengths.
	if _, _, err := newBoard(t, 7).session.Check(deal); err == nil {
		t.Error("a deal among 4 passes among 7")
	}
}

// A Schnorr scalar s and s+r are one to kyber. Were both accepted, anybody could make an honest dealer an equivocator.
func TestSignaturesAreNotMalleable(t *testing.T) {
	b := newBoard(t, 4)
	deal, err := b.members[0].Deals()
	if err != nil {
		t.Fatal(err)
	}
	order, _ := new(big.Int).SetString("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001", 16)
	second := bytes.Clone(deal)
	s := new(big.Int).SetBytes(deal[len(deal)-32:])
	s.Add(s, order).FillBytes(second[len(deal)-32:])
	if _, _, err := b.session.Check(second); err == nil || !strings.Contains(err.Error(), "signature scalar not below the group order") {
		t.Errorf("got %v", err)
	}
	secret, public := gnark.G2.Scalar().SetInt64(7), gnark.G2.Point().Mul(gnark.G2.Scalar().SetInt64(7), nil)
	sig, err := schnorr.Sign(tbls.KeySuite, secret, []byte("msg"))
	if err != nil {
		t.Fatal(err)
	}
	s.SetBytes(sig[96:])
	s.Add(s, order).FillBytes(sig[96:])
	if err := schnorr.Verify(tbls.KeySuite, public, []byte("msg"), sig); err != nil {
		t.Errorf("kyber refuses s+r: the check may go: %v", err)
	}
}

func TestCallsOutOfOrder(t *testing.T) {
	b := newBoard(t, 4)
	d := b.members[0]
	call := func(name string, err error) {
		t.Helper()
		if want := "key generation: " + name + " called, the next call is "; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	_, err := d.ProcessDeals(nil)
	call("ProcessDeals", err)
	if _, err = d.Deals(); err != nil {
		t.Fatal(err)
	}
	_, err = d.Deals()
	call("Deals", err)
	_, _, err = d.ProcessResponses(nil)
	call("ProcessResponses", err)
	if _, err = d.ProcessDeals(nil); err != nil { // nobody has dealt: everybody is complained about
		t.Fatal(err)
	}
	_, err = d.ProcessJustifications(nil)
	call("ProcessJustifications", err)
	if _, _, err = d.ProcessResponses(nil); !errors.Is(err, tbls.ErrDKGFailed) {
		t.Errorf("got %v, want ErrDKGFailed", err)
	}
	_, err = d.ProcessJustifications(nil)
	call("ProcessJustifications", err)
	if want := "the next call is none: the run is over"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestNewDKGRefuses(t *testing.T) {
	b := newBoard(t, 4)
	list := func(change func([]tbls.DKGPublic)) []tbls.DKGPublic {
		publics := slices.Clone(b.publics)
		change(publics)
		return publics
	}
	_, fifth := tbls.GenerateDKGKey()
	for _, test := range []struct {
		rule    string
		publics []tbls.DKGPublic
		want    string
	}{
		{"nobody", nil, "key generation: committee of 0 members, want 4, 7 or 10"},
		{"three", b.publics[:3], "key generation: committee of 3 members, want 4, 7 or 10"},
		{"five", append(b.publics[:4:4], fifth), "key generation: committee of 5 members, want 4, 7 or 10"},
		{"one key twice", list(func(p []tbls.DKGPublic) { p[3] = p[1] }), "key generation: members 2 and 4 have one key"},
		{"identity", list(func(p []tbls.DKGPublic) { p[0] = tbls.DKGPublic{0xc0} }), "key generation: malformed key of member 1: the identity"},
		{"zero", list(func(p []tbls.DKGPublic) { p[3] = tbls.DKGPublic{} }), "key generation: malformed key of member 4: not a compressed point"},
		{"outside the subgroup", list(func(p []tbls.DKGPublic) { p[0] = tbls.DKGPublic(offSubgroupG2(t)) }), "key generation: malformed key of member 1: invalid point: subgroup check failed"},
	} {
		if _, err := tbls.NewDKGSession([32]byte{}, test.publics); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.rule, err, test.want)
		}
	}
	for _, test := range []struct {
		member int
		secret tbls.DKGSecret
		want   string
	}{
		{0, b.secrets[0], "key generation: member 0, want 1 to 4"},
		{5, b.secrets[0], "key generation: member 5, want 1 to 4"},
		{2, b.secrets[0], "key generation: the secret does not belong to the listed key of member 2"},
		{1, tbls.DKGSecret{}, "key generation: the secret does not belong to the listed key of member 1"},
	} {
		if _, err := tbls.NewDKG(b.session, test.member, test.secret); err == nil || err.Error() != test.want {
			t.Errorf("member %d: got %v, want %s", test.member, err, test.want)
		}
	}
}

// The edges of kyber that this package goes around; where one is gone, so may be its detour.
func TestKyberEdges(t *testing.T) {
	if _, ok := any(gnark.G2).(dkg.Suite); ok {
		t.Error("G2 is a suite for the key generation: the wrapper may go")
	}
	if _, ok := tbls.KeySuite.Point().(*gnark.G2Elt); !ok || tbls.KeySuite.PointLen() != 96 || tbls.KeySuite.Hash().Size() != 32 {
		t.Error("the suite is not G2 with SHA-256")
	}
	a, b := make([]byte, 64), make([]byte, 64)
	tbls.KeySuite.RandomStream().XORKeyStream(a, a)
	tbls.KeySuite.RandomStream().XORKeyStream(b, b)
	if bytes.Equal(a, b) || bytes.Equal(a, make([]byte, 64)) {
		t.Error("the suite's randomness repeats")
	}

	secret := gnark.G2.Scalar().SetInt64(5)
	config := &dkg.Config{
		Suite: tbls.KeySuite, Longterm: secret, NewNodes: []dkg.Node{{Public: gnark.G2.Point().Mul(secret, nil)}},
		Nonce: make([]byte, 32), Auth: schnorr.NewScheme(tbls.KeySuite),
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("kyber does not panic on a threshold of 0")
			}
		}()
		_, _ = dkg.NewDistKeyHandler(config)
	}()

	var scalar kyber.Scalar = gnark.G2.Scalar()
	if err := scalar.UnmarshalBinary(bytes.Repeat([]byte{255}, 33)); err != nil {
		t.Error("kyber refuses scalars that are too large: the check may go")
	}
}

func TestKeyGenerationDoesNotPrint(t *testing.T) {
	b := newBoard(t, 4)
	b.run(t)
	want := "key generation 0102030000000000000000000000000000000000000000000000000000000000, member 1, next call none: the run is over"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%t"} {
		if got := fmt.Sprintf(verb, b.members[0]); got != want {
			t.Errorf("%s: got %s", verb, got)
		}
	}
	share := b.results[0].Share.Marshal()[1:]
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%d", "%t"} {
		if got := fmt.Sprintf(verb, *b.results[0]); strings.Contains(got, fmt.Sprintf("%x", share)) || !strings.Contains(got, "(secret)") {
			t.Errorf("%s shows the share", verb)
		}
	}
}

func TestDKGKeys(t *testing.T) {
	secret, public := tbls.GenerateDKGKey()
	again, err := tbls.ParseDKGSecret(secret.Marshal())
	if err != nil || again.Public() != public {
		t.Errorf("got %x, %v, want %x", again.Public(), err, public)
	}
	if got, err := tbls.ParseDKGPublic(public[:]); err != nil || got != public {
		t.Errorf("got %x, %v, want %x", got, err, public)
	}
	if _, other := tbls.GenerateDKGKey(); other == public {
		t.Error("two keys are the same")
	}
	for _, bad := range [][]byte{append([]byte{0xc0}, make([]byte, 95)...), make([]byte, 96), offSubgroupG2(t)} {
		if _, err := tbls.ParseDKGPublic(bad); err == nil {
			t.Errorf("%x passes for a key", bad[:4])
		}
	}
	if _, err := tbls.ParseDKGSecret(tbls.DKGSecret{}.Marshal()); err == nil {
		t.Error("the zero secret passes")
	}
}

func BenchmarkKeyGeneration(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() { // all n members
				newBoard(b, n).run(b)
			}
		})
	}
}
