package chaos

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"sotto/aggregator/engine"
	"sotto/audit"
	"sotto/client"
	"sotto/crypto/ringsis"
	"sotto/internal/simulate"
	"sotto/round"
)

// The checks read the log as a client of the cluster and take it apart by what docs/protocol.md says. They share the codecs with the aggregator and
// nothing of its rules.

// Kinds of the aggregator's own records that the checks know.
const (
	kindFrozen    round.Kind = 132
	kindCommitted round.Kind = 136
)

// logRecord is a record as the engine holds it.
type logRecord struct {
	sequence               uint64
	previous, digest, hash [32]byte
	body                   []byte
}

// written is what the aggregator puts into a record.
type written struct {
	Replica [16]byte
	Kind    round.Kind
	To      uint8
	Round   uint64
	Body    []byte
	Bulk    []struct {
		Slot   uint16
		Unique [16]byte
		Size   uint64
		SHA256 [32]byte
	}
}

// readLog reads all messages of a log, whatever is in them.
func (n *network) readLog(ctx context.Context, series uint32, name string) (records []logRecord, err error) {
	e := n.cluster.engineAt("127.0.0.1")
	var servers string
	for _, s := range e.Servers {
		servers += s + ","
	}
	conn, err := nats.Connect(servers[:len(servers)-1], nats.RootCAs(e.TLS.CA), nats.ClientCert(e.TLS.Cert, e.TLS.Key))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	for ; ; time.Sleep(200 * time.Millisecond) {
		records, err = readAll(ctx, js, series, name)
		if err == nil || ctx.Err() != nil {
			return records, err
		}
	}
}

func readAll(ctx context.Context, js jetstream.JetStream, series uint32, name string) (records []logRecord, err error) {
	// A node that is killed does not answer what it was asked.
	asking, cancel := context.WithTimeout(ctx, 3*time.Second)
	stream, err := js.Stream(asking, fmt.Sprintf("LOG_%d", series))
	cancel()
	if err != nil {
		return nil, err
	}
	for from := uint64(1); ; {
		asking, cancel := context.WithTimeout(ctx, 3*time.Second)
		m, err := stream.GetMsg(asking, from, jetstream.WithGetMsgSubject(fmt.Sprintf("log.%d.%s", series, name)))
		cancel()
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		from = m.Sequence + 1
		const header = 1 + 16 + 8 + 32 + 32
		if len(m.Data) < header || m.Data[0] != 1 {
			return nil, fmt.Errorf("message %d of %s is no record", m.Sequence, name)
		}
		r := logRecord{sequence: binary.BigEndian.Uint64(m.Data[17:]), previous: [32]byte(m.Data[25:]), digest: [32]byte(m.Data[57:]), body: m.Data[header:]}
		chained := append([]byte("\x0fsotto/v1 record"), binary.BigEndian.AppendUint32(nil, series)...)
		chained = append(append(chained, byte(len(name))), name...)
		r.hash = sha256.Sum256(append(chained, m.Data[1:header]...))
		records = append(records, r)
	}
}

// volume returns the series and the name of a round's log: the volumes follow each other from the first on, a round in each.
func (n *network) volume(ctx context.Context, number uint64) (uint32, string, error) {
	first, err := n.readLog(ctx, 0, "beginning")
	if err != nil {
		return 0, "", err
	}
	if len(first) != 1 || len(first[0].body) != 4 {
		return 0, "", fmt.Errorf("the log of the beginning has %d records, want one of 4 bytes", len(first))
	}
	v := binary.BigEndian.Uint32(first[0].body) + uint32(number) - 1
	return v / 64, fmt.Sprintf("volume-%d", v), nil
}

// logged is what a round's log says.
type logged struct {
	records []logRecord
	group   string
	counted map[common.Address]round.Hash
	live    map[engine.Incarnation]*engine.Commit
	wrong   []string
}

func (l *logged) bad(format string, v ...any) { l.wrong = append(l.wrong, fmt.Sprintf(format, v...)) }

// checkLog reads a round's log and checks all that needs nothing else but what contributors were told.
func (n *network) checkLog(ctx context.Context, number uint64, c *told) *logged {
	l := &logged{}
	series, name, err := n.volume(ctx, number)
	if err == nil {
		l.group = name
		l.records, err = n.readLog(ctx, series, name)
	}
	if err != nil {
		l.bad("reading the log: %v", err)
		return l
	}
	l.fold(number, c)
	return l
}

// fold checks the records of a round's log against what contributors were told.
func (l *logged) fold(number uint64, c *told) {
	l.counted, l.live = map[common.Address]round.Hash{}, map[engine.Incarnation]*engine.Commit{}
	frozen, previous := false, [32]byte{}
	for i, r := range l.records {
		if r.sequence != uint64(i+1) || r.previous != previous || sha256.Sum256(r.body) != r.digest {
			l.bad("chain: record %d of %s is at place %d, after %x… instead of %x…", r.sequence, l.group, i+1, r.previous[:4], previous[:4])
		}
		previous = r.hash
		w := new(written)
		if err := round.Decode("record", r.body, engine.MaxRecordBytes, w); err != nil {
			l.bad("record %d: %v", i+1, err)
			continue
		}
		switch w.Kind {
		case kindFrozen:
			frozen = true
		case round.KindPropose:
			if w.Round != number {
				l.bad("record %d proposes round %d in the log of round %d", i+1, w.Round, number)
			}
		case kindCommitted:
			event, err := engine.DecodeEvent(w.Body)
			commit, ok := event.(*engine.Commit)
			if err != nil || !ok {
				l.bad("record %d: commit holds %T: %v", i+1, event, err)
				continue
			}
			if frozen {
				l.bad("record %d commits after the freeze", i+1)
			}
			for _, item := range commit.Items {
				who, digest := common.Address(item.ID), round.Hash(item.Digest)
				if before, ok := l.counted[who]; ok {
					l.bad("record %d: %s counts again, as %s after %s", i+1, who, digest.Short(), before.Short())
				}
				l.counted[who] = digest
				if sender, ok := c.sent[digest]; !ok || sender != who {
					l.bad("record %d: %s counts with %s, which it has not sent", i+1, who, digest.Short())
				}
			}
			if before := l.live[commit.Worker]; before != nil && commit.Supersedes != before.Segment.ID || before == nil && !commit.Supersedes.IsZero() {
				l.bad("record %d supersedes a segment that is not its worker's live one", i+1)
			}
			l.live[commit.Worker] = commit
		}
	}
	for who, digest := range c.acked {
		if got, ok := l.counted[who]; !ok {
			l.bad("%s was acknowledged and is not in the log", who)
		} else if got != digest {
			l.bad("%s was acknowledged as %s, its receipt in the log says %s", who, digest.Short(), got.Short())
		}
	}
}

// checked is a certified round with everything that it is checked by.
type checked struct {
	*logged
	number     uint64
	told       *told
	transcript *round.Transcript
	receipts   *leafSums // of the ciphertexts that receipts name
	segments   *leafSums // of the live segments
}

// check looks a certified round over: its log, its segments, its transcript and what contributors were told.
func (n *network) check(ctx context.Context, number uint64, c *told) *checked {
	k := &checked{logged: n.checkLog(ctx, number, c), number: number, told: c}
	var err error
	if k.transcript, err = n.auditRound(ctx, number); err != nil {
		k.bad("audit: %v", err)
		return k
	}
	if k.receipts, err = k.payloads(k.transcript, c); err != nil {
		k.bad("payloads: %v", err)
		return k
	}
	if k.segments, err = n.liveSegments(ctx, k.transcript, k.logged); err != nil {
		k.bad("segments: %v", err)
		return k
	}
	k.compare()
	return k
}

// leafSums are digit sums by leaf, and how many contributions are in each.
type leafSums struct {
	counts [leaves]uint64
	digits [leaves][]uint64
}

func newLeafSums(hash ringsis.Params, coefficients int) *leafSums {
	s := &leafSums{}
	for i := range s.digits {
		s.digits[i] = make([]uint64, coefficients*hash.Digits())
	}
	return s
}

// auditRound audits a round as anybody can, from the chain and what replicas serve, and returns the transcript.
func (n *network) auditRound(ctx context.Context, number uint64) (*round.Transcript, error) {
	var err error
	for range 5 { // the balancer may cut the connection
		var cl *client.Client
		c, conn, dialled := n.dial(n.balancer)
		if dialled != nil {
			return nil, dialled
		}
		cl = c
		limited, cancel := context.WithTimeout(ctx, 20*time.Second)
		var outcome *audit.Outcome
		outcome, err = audit.Round(limited, n.chain, cl, simulate.ModelID, number)
		cancel()
		conn.Close()
		if err == nil {
			return outcome.Transcript, nil
		}
		_ = sleep(ctx, time.Second)
	}
	return nil, err
}

// payloads adds up the ciphertexts that the log's receipts name.
func (l *logged) payloads(t *round.Transcript, c *told) (*leafSums, error) {
	d := &t.Opening.Descriptor
	enc, hash, err := d.Crypto()
	if err != nil {
		return nil, err
	}
	s := newLeafSums(hash, enc.Coefficients(d.Values()))
	for who, digest := range l.counted {
		b, err := os.ReadFile(filepath.Join(c.dir, digest.String()))
		if err != nil {
			return nil, err
		}
		leaf := round.LeafOf(t.Opening.Beacon(), who, d.Leaves)
		if err := hash.AddDigits(s.digits[leaf], b); err != nil {
			return nil, err
		}
		s.counts[leaf]++
	}
	return s, nil
}

// liveSegments reads the live segments and adds them up.
func (n *network) liveSegments(ctx context.Context, t *round.Transcript, l *logged) (*leafSums, error) {
	d := &t.Opening.Descriptor
	enc, hash, err := d.Crypto()
	if err != nil {
		return nil, err
	}
	coefficients := enc.Coefficients(d.Values())
	s := newLeafSums(hash, coefficients)
	kept, err := n.engine.Segments(l.group)
	if err != nil {
		return nil, err
	}
	for _, commit := range l.live {
		b, err := kept.GetBytes(ctx, commit.Segment, 1<<30)
		if err != nil {
			return nil, err
		}
		if sha256.Sum256(b) != commit.Segment.SHA256 || int64(len(b)) != commit.Segment.Size {
			return nil, fmt.Errorf("segment %s is not what was committed", commit.Segment.ID)
		}
		before := s.counts
		if err := s.add(b, hash, coefficients); err != nil {
			return nil, fmt.Errorf("segment %s: %w", commit.Segment.ID, err)
		}
		count := uint64(0)
		for i := range s.counts {
			count += s.counts[i] - before[i]
		}
		if count != commit.Count {
			return nil, fmt.Errorf("segment %s holds %d contributions, its commit says %d", commit.Segment.ID, count, commit.Count)
		}
	}
	return s, nil
}

// add adds what a segment holds: of each leaf the count and, unless it is 0, the digit sums in slices of 2^15 coefficients.
func (s *leafSums) add(b []byte, hash ringsis.Params, coefficients int) error {
	for leaf := range s.digits {
		if len(b) < 8 {
			return fmt.Errorf("it ends before leaf %d", leaf)
		}
		count := binary.BigEndian.Uint64(b)
		s.counts[leaf] += count
		b = b[8:]
		if count == 0 {
			continue
		}
		for from := 0; from < coefficients; from += 1 << 15 {
			slice := min(1<<15, coefficients-from)
			if len(b) < hash.SumsBytes(slice) {
				return fmt.Errorf("it ends in leaf %d", leaf)
			}
			digits, err := hash.DecodeSums(b[:hash.SumsBytes(slice)], slice)
			if err != nil {
				return err
			}
			for x, v := range digits {
				s.digits[leaf][from*hash.Digits()+x] += v
			}
			b = b[hash.SumsBytes(slice):]
		}
	}
	if len(b) > 0 {
		return fmt.Errorf("%d bytes follow the last leaf", len(b))
	}
	return nil
}

// compare holds the sum over the receipts, the sum of the live segments, and what was published against each other.
func (k *checked) compare() {
	k.wrong = append(k.wrong, k.told.wrong...)
	if len(k.counted) != contributors {
		k.bad("%d contributors count, %d wanted to", len(k.counted), contributors)
	}
	t, want, got := k.transcript, k.receipts, k.segments
	d, m := &t.Opening.Descriptor, &t.Closing.Manifest
	for leaf := range want.digits {
		if want.counts[leaf] != got.counts[leaf] {
			k.bad("leaf %d: segments hold %d contributions, %d have receipts", leaf, got.counts[leaf], want.counts[leaf])
		}
		if !slices.Equal(want.digits[leaf], got.digits[leaf]) {
			k.bad("leaf %d: the sum of live segments is not the sum over receipts", leaf)
		}
	}
	if len(m.Entries) != len(k.counted) || int(t.Certificate.Contributors) != len(k.counted) || len(t.Failed) > 0 {
		k.bad("%d contributions have receipts, the manifest has %d and the certificate counts %d; failed nodes %v", len(k.counted), len(m.Entries), t.Certificate.Contributors, t.Failed)
	}
	for _, e := range m.Entries {
		if k.counted[e.Contributor] != e.Digest {
			k.bad("the manifest has %s of %s, its receipt says %s", e.Digest.Short(), e.Contributor, k.counted[e.Contributor].Short())
		}
	}
	enc, hash, err := d.Crypto()
	if err != nil {
		k.bad("%v", err)
		return
	}
	for i := range m.Released {
		sum := make([]uint64, enc.Coefficients(d.Values())*hash.Digits())
		for _, leaf := range m.Leaves(i) {
			for x, v := range want.digits[leaf] {
				sum[x] += v
			}
		}
		encoded, err := hash.EncodeSums(sum)
		if err != nil || !bytes.Equal(encoded, t.DigitSums[i]) {
			k.bad("node %d: the published sum is not the sum over receipts (%v)", i, err)
		}
	}
}

// tampered are changes to a round that is as it should be, each of which must be found.
var tampered = []struct {
	name   string
	change func(k *checked)
	want   string
}{
	{"nothing", func(*checked) {}, ""},
	{"acknowledged and lost", func(k *checked) { k.told.acked[common.Address{1}] = round.Hash{1} }, "was acknowledged and is not in the log"},
	{"acknowledged as another", func(k *checked) {
		for who := range k.told.acked {
			k.told.acked[who] = round.Hash{1}
			return
		}
	}, "its receipt in the log says"},
	{"two receipts for one contributor", func(k *checked) { k.told.wrong = []string{"two receipts"} }, "two receipts"},
	{"committed twice", func(k *checked) { k.records = slices.Insert(k.records, k.commit(), k.records[k.commit()]) }, "counts again"},
	{"record lost", func(k *checked) { k.records = slices.Delete(k.records, k.commit(), k.commit()+1) }, "chain: record"},
	{"record exchanged", func(k *checked) {
		r := &k.records[k.commit()]
		r.body = slices.Clone(r.body)
		r.body[len(r.body)-1] ^= 1
	}, "chain: record"},
	{"commit after the freeze", func(k *checked) {
		i := slices.IndexFunc(k.records, func(r logRecord) bool { return kindOf(r) == kindFrozen })
		r := k.records[i]
		k.records = slices.Insert(slices.Delete(k.records, i, i+1), k.commit(), r)
	}, "commits after the freeze"},
	{"contribution of nobody", func(k *checked) {
		for _, digest := range k.counted {
			delete(k.told.sent, digest)
			return
		}
	}, "which it has not sent"},
	{"other bytes in a segment", func(k *checked) { k.segments.digits[0][5]++ }, "the sum of live segments is not the sum over receipts"},
	{"segment counts too many", func(k *checked) { k.segments.counts[0]++ }, "contributions, "},
	{"other sum published", func(k *checked) {
		k.transcript.DigitSums = slices.Clone(k.transcript.DigitSums)
		k.transcript.DigitSums[0] = bytes.Clone(k.transcript.DigitSums[0])
		k.transcript.DigitSums[0][3]++
	}, "the published sum is not the sum over receipts"},
	{"manifest without somebody", func(k *checked) {
		m := &k.transcript.Closing.Manifest
		m.Entries = m.Entries[1:]
	}, "the manifest has"},
	{"certificate counts fewer", func(k *checked) { k.transcript.Certificate.Contributors-- }, "the certificate counts"},
	{"node that did not open", func(k *checked) { k.transcript.Failed = []uint16{0} }, "failed nodes [0]"},
}

func kindOf(r logRecord) round.Kind {
	var w written
	if err := round.Decode("record", r.body, engine.MaxRecordBytes, &w); err != nil {
		return 0
	}
	return w.Kind
}

// commit returns the place of the first commit.
func (k *checked) commit() int {
	return slices.IndexFunc(k.records, func(r logRecord) bool { return kindOf(r) == kindCommitted })
}

// clone returns a copy whose maps and slices can be changed, not checked yet.
func (k *checked) clone() *checked {
	t, sums := *k.transcript, *k.segments
	for i := range sums.digits {
		sums.digits[i] = slices.Clone(sums.digits[i])
	}
	return &checked{number: k.number, told: &told{dir: k.told.dir, acked: maps.Clone(k.told.acked), sent: maps.Clone(k.told.sent)}, transcript: &t, receipts: k.receipts, segments: &sums,
		logged: &logged{records: slices.Clone(k.records), group: k.group, counted: maps.Clone(k.counted)}}
}

// testTampering changes a round in every way that the checks must find.
func testTampering(t *testing.T, k *checked) {
	for _, c := range tampered {
		bad := k.clone()
		c.change(bad)
		bad.fold(bad.number, bad.told)
		bad.compare()
		if c.want == "" && len(bad.wrong) > 0 || c.want != "" && !slices.ContainsFunc(bad.wrong, func(w string) bool { return strings.Contains(w, c.want) }) {
			t.Errorf("%s: got %q, want %q", c.name, bad.wrong, c.want)
		}
	}
}
