package committee

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"sotto/crypto/tbls"
	"sotto/round"
)

// Chain is what a member asks the chain for. Nothing of it comes from the aggregator. [sotto/chain.Client] is one.
type Chain interface {
	Head(ctx context.Context) (round.Head, error)
	Committee(ctx context.Context, epoch uint64) (round.Committee, error)
	Nominees(ctx context.Context) ([]common.Address, error)
	Finalised(ctx context.Context) (round.Block, error)
	BlockHash(ctx context.Context, number uint64) (round.Hash, error)
	RegisteredAt(ctx context.Context, block round.Block) ([]common.Address, error)
}

// Fetcher brings what is too large for the board. It is trusted for nothing; limit bounds the bytes that it may return.
type Fetcher interface {
	Candidate(ctx context.Context, number, limit uint64) ([]byte, error) // canonical round.Transcript of a round that is not certified
	Model(ctx context.Context, hash round.Hash, limit uint64) ([]byte, error)
	Rewards(ctx context.Context, number uint64) (round.Rewards, error) // after a certified round
}

// Config is what a member needs.
type Config struct {
	Directory  *Directory // its owner closes it, after the member
	Chain      Chain
	Fetcher    Fetcher          // nil in a member that [Member.Run] gives one
	Clock      func() time.Time // time.Now if nil
	Policy     Policy
	Rounds     round.Domain   // what rounds are signed for
	Registry   round.Domain   // what committees are signed for
	Model      round.Hash     // model id
	Aggregator common.Address // signs receipts
	Log        *slog.Logger   // discarded if nil
	Refusal    func(*Refused) // told of every refusal but of what is over; may be nil
	Poll       time.Duration  // how often Run looks at the chain; 5 s if zero

	// AlterRelease changes the key shares of a node before they are signed and released, the same way each time. What it makes of them is
	// taken into the field. It makes a member lie, for demonstrations and tests of what the others do then.
	AlterRelease func(node int, shares []uint32)
}

// Post is what a member says on the board.
type Post struct {
	Kind round.Kind
	Body []byte
}

func post(kind round.Kind, body any) Post { return Post{kind, round.Encode(body)} }

// Member is one member of the committee. Handle, Poll and Run are for one goroutine; AddReceipt and Status for any.
type Member struct {
	cfg      Config
	dir      *Directory
	identity common.Address

	office *office    // the committee in office, nil before the first
	forms  *keygen    // the newest key generation, nil before the first
	heard  round.Hash // digest of this member's hello that stands on the board
	// heardAt is when that was seen, or when the hello was said again since.
	heardAt time.Time
	former  []*epochKeys // of epochs before the one in office, until they are destroyed
	chain   round.Head   // as last seen
	own     ownWords
	seen    uint64 // sequence of the last record

	mu     sync.Mutex      // guards what follows
	round  *openRound      // nil if this member takes part in no round; changed by Handle only
	early  []round.Receipt // verified, of rounds that are not open yet
	status Status

	without map[string]bool // rules that a test switches off to show that they bite; nil otherwise
}

// office is the committee that the chain has in office, and this member's part in it.
type office struct {
	committee round.Committee
	key       tbls.PublicKey
	number    int         // this member's, 0 if it is not in the committee
	share     *epochShare // nil if it is gone
	keys      *epochKeys  // nil if they are gone
	since     round.Block // the newest block when the member first saw it
}

// New returns a member. What it did before is in its directory; where its committee and round stand it learns from the chain and from
// the board, read from the first record.
func New(cfg Config) (*Member, error) {
	if cfg.Directory == nil || cfg.Chain == nil {
		return nil, errors.New("member needs a directory and a chain")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Poll = orDefault(cfg.Poll, 5*time.Second)
	cfg.Policy = cfg.Policy.withDefaults()
	identity := cfg.Directory.Address()
	return &Member{
		cfg: cfg, dir: cfg.Directory, identity: identity, own: newOwnWords(),
		status: Status{Identity: identity},
	}, nil
}

// Handle takes the next record of the board and returns what the member posts in answer, in order. Whatever it returns is journalled.
//
// A refusal is a [*Refused]. Other errors are failures of the chain, the fetcher or the disk: the record may be handed over again, as any
// record may be at any time, but after [ErrJournal] the member must stop. Bytes of any kind are refused and never harm.
func (m *Member) Handle(ctx context.Context, r round.Record) ([]Post, error) {
	if r.Sequence <= m.seen {
		m.heard = round.Hash{} // the board is read again, or is another one
	}
	m.seen = r.Sequence
	posts, err := m.handle(ctx, r)
	m.note(err)
	return posts, err
}

func (m *Member) handle(ctx context.Context, r round.Record) ([]Post, error) {
	switch r.Kind {
	case round.KindHello:
		return nil, m.handleHello(r)
	case round.KindSession:
		return m.handleSession(ctx, r)
	case round.KindPacket:
		return nil, m.handlePacket(r)
	case round.KindPhase:
		return m.handlePhase(ctx, r)
	case round.KindConfirmation:
		return m.handleConfirmation(ctx, r)
	case round.KindInstalled:
		return nil, m.handleInstalled(ctx, r)
	case round.KindPropose:
		return m.handlePropose(ctx, r)
	case round.KindShare:
		return nil, m.handleShare(ctx, r)
	case round.KindOpen:
		return nil, m.handleOpen(ctx, r)
	case round.KindEnvelope:
		return nil, m.handleEnvelope(r)
	case round.KindClose:
		return m.handleClose(ctx, r)
	case round.KindClosed:
		return m.handleClosed(ctx, r)
	case round.KindRelease:
		return nil, m.handleRelease(ctx, r)
	case round.KindFinish:
		return m.handleFinish(ctx, r)
	case round.KindCertified:
		return m.handleCertified(ctx, r)
	case round.KindSkip:
		return nil, m.handleSkip(r)
	}
	return nil, refuse("record", r.Round, "known kind", fmt.Errorf("%v", r.Kind))
}

// Poll looks at the chain for what no record tells: that this member is to join a committee, which it then says hello for; that a new
// committee is in office; that keys of an old one can go. It returns what the member posts.
func (m *Member) Poll(ctx context.Context) ([]Post, error) {
	posts, err := m.poll(ctx)
	m.note(err)
	return posts, err
}

func (m *Member) poll(ctx context.Context) ([]Post, error) {
	head, err := m.head(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.destroyOldKeys(ctx); err != nil {
		return nil, err
	}
	hello, err := m.hello(ctx, head)
	if err != nil {
		return nil, err
	}
	rotation, err := m.rotate(ctx)
	return append(hello, rotation...), err
}

// body reads the body of a record.
func body[T any](r round.Record, limit int) (*T, error) {
	v := new(T)
	if err := round.Decode(r.Kind.String(), r.Body, limit, v); err != nil {
		return nil, refuse(r.Kind.String(), r.Round, "well-formed", err)
	}
	return v, nil
}

// head asks the chain where it stands and follows it into a new epoch.
func (m *Member) head(ctx context.Context) (round.Head, error) {
	head, err := m.cfg.Chain.Head(ctx)
	if err != nil {
		return head, err
	}
	m.chain = head
	if head.Epoch == 0 || m.office != nil && m.office.committee.Epoch == head.Epoch {
		return head, nil
	}
	return head, m.enter(ctx, head)
}

// enter takes this member's place in the committee that has come into office, if it has one.
func (m *Member) enter(ctx context.Context, head round.Head) error {
	c, err := m.cfg.Chain.Committee(ctx, head.Epoch)
	if err != nil {
		return err
	}
	key, err := tbls.ParseEVMPublicKey(c.Key[:])
	if err != nil {
		return fmt.Errorf("the chain's committee key: %w", err)
	}
	o := &office{committee: c, key: key, number: c.Member(m.identity), since: head.Block}
	if o.number > 0 {
		if o.share, err = m.dir.shareOf(&c); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if o.keys, err = m.dir.keys(c.Epoch); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if m.office != nil && m.office.keys != nil {
		m.former = append(m.former, m.office.keys)
	}
	m.office, m.heard = o, round.Hash{}
	m.setRound(nil) // a round of another committee cannot be certified any more
	return nil
}

// maySign returns why this member signs nothing in the epoch in office, or nil. ok is false if it isn't a member.
func (m *Member) maySign() (ok bool, err error) {
	o := m.office
	if o == nil || o.number == 0 {
		return false, nil
	}
	id := m.dir.journal.id
	switch {
	case o.share == nil || o.keys == nil || o.share.share.Member() != o.number:
		return true, fmt.Errorf("epoch %d: %w", o.committee.Epoch, ErrNoShare)
	case o.share.journal != id || o.keys.journal != id:
		return true, fmt.Errorf("epoch %d: %w", o.committee.Epoch, ErrJournalLost)
	case m.lost(o.committee.Epoch):
		return true, fmt.Errorf("epoch %d: %w", o.committee.Epoch, ErrJournalLost)
	}
	return true, nil
}

// begin is how each step of a round begins: it returns false if this member has no part in it, and refuses if it may not sign.
func (m *Member) begin(what string, number uint64) (bool, error) {
	ok, err := m.maySign()
	if err != nil && !m.without[what+": able to sign"] {
		return false, refuse(what, number, "able to sign", err)
	}
	return ok, nil
}

// sign journals what is said and signs it with the key of the epoch in office.
func (m *Member) sign(what string, purpose round.Purpose, e entry, message []byte) ([]Post, error) {
	if err := m.once(what, e); err != nil {
		return nil, err
	}
	share := tbls.SignShare(m.office.share.share, message)
	number := e.round
	if purpose == round.PurposeRotation {
		number = 0
	}
	return []Post{post(round.KindShare, &round.SignatureShare{
		Purpose: purpose, Epoch: m.office.committee.Epoch, Round: number, Member: uint8(m.office.number), Signature: share.Signature,
	})}, nil
}

// once journals e, and refuses if it contradicts the journal or what the board shows of this member.
func (m *Member) once(what string, e entry) error {
	if _, known := m.dir.journal.find(e.slot()); !known && m.own.doubtful[e.slot()] {
		return refuse(what, e.round, "once", fmt.Errorf("%w: the board has a share by it", ErrJournalLost))
	}
	err := m.dir.journal.once(e)
	if errors.Is(err, ErrConflict) {
		return refuse(what, e.round, "once", err)
	}
	return err
}

func (m *Member) now() time.Time { return m.cfg.Clock() }

func (m *Member) setRound(r *openRound) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.round = r; r != nil {
		m.takeReceipts(r)
	}
}

// destroyOldKeys destroys what was secret in epochs before the one in office, once no reorganisation can bring them back. No round of
// theirs can be certified then.
func (m *Member) destroyOldKeys(ctx context.Context) error {
	if m.office == nil || m.office.since == (round.Block{}) {
		return nil
	}
	final, err := m.isFinal(ctx, m.office.since)
	if err != nil || !final {
		return err
	}
	if err := m.dir.destroyBefore(&m.office.committee, m.office.share); err != nil {
		return err
	}
	for _, k := range m.former {
		if k.epoch < m.office.committee.Epoch {
			k.envelope.Destroy()
		}
	}
	m.former = nil
	m.office.since = round.Block{}
	return nil
}

func (m *Member) isFinal(ctx context.Context, b round.Block) (bool, error) {
	final, err := m.cfg.Chain.Finalised(ctx)
	if err != nil || final.Number < b.Number {
		return false, err
	}
	hash, err := m.cfg.Chain.BlockHash(ctx, b.Number)
	if err != nil {
		return false, err
	}
	if hash != b.Hash {
		m.office = nil // look anew: the chain has another past than it had
		return false, nil
	}
	return true, nil
}
