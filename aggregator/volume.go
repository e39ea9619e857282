package aggregator

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"time"

	"sotto/aggregator/engine"
	"sotto/round"
)

// The log is kept in volumes, each a log of the engine. A volume begins with a record that says all that is true before it ([begun]) and
// holds one round, and the key generations before that. So a replica that starts reads one volume, and volumes of rounds that are over
// can go.

// volumesPerSeries is how many volumes share a stream of the engine, which goes as a whole. The first volume of a series is a multiple of it.
const volumesPerSeries = 64

// volume is a log of the engine.
type volume struct {
	number  uint32
	journal engine.Journal
	bulk    engine.Bulk // of its records and of its round's sums
}

// before returns the number in the log that the volume's first record follows.
func (v *volume) before() uint64 { return uint64(v.number) << 32 }

func volumeName(number uint32) string { return fmt.Sprintf("volume-%d", number) }

func (a *Aggregator) volumeOf(ctx context.Context, number uint32) (*volume, error) {
	journal, err := a.engine.Journal(ctx, number/volumesPerSeries, volumeName(number))
	if err != nil {
		return nil, err
	}
	bulk, err := a.engine.Bulk(volumeName(number))
	if err != nil {
		return nil, err
	}
	return &volume{number, journal, bulk}, nil
}

// beginning is the log whose first record says which volume an engine's first one is: of replicas that find an engine without volumes at
// one time, the first to say so decides.
const beginning = "beginning"

// firstVolume returns the first volume of an engine. Its number is drawn from the clock, so that the numbers of a log that is begun anew,
// after its engine was lost, lie above all before: members ask for what follows the last one they have seen.
func (a *Aggregator) firstVolume(ctx context.Context) (*volume, error) {
	journal, err := a.engine.Journal(ctx, archiveSeries, beginning)
	if err != nil {
		return nil, err
	}
	number := uint32(min(a.config.Now().Unix(), math.MaxUint32-1<<20)/volumesPerSeries+1) * volumesPerSeries
	_, err = journal.Append(ctx, engine.Head{}, binary.BigEndian.AppendUint32(nil, number))
	if err != nil && !errors.Is(err, engine.ErrConflict) {
		return nil, err
	}
	for e, err := range journal.Read(ctx, engine.Head{}) {
		if err != nil {
			return nil, err
		}
		if len(e.Record) != 4 || binary.BigEndian.Uint32(e.Record)%volumesPerSeries != 0 {
			return nil, fmt.Errorf("log %s: %w: it begins with %x", beginning, engine.ErrViolation, e.Record)
		}
		return a.volumeOf(ctx, binary.BigEndian.Uint32(e.Record))
	}
	return nil, fmt.Errorf("log %s: %w", beginning, engine.ErrHeadWentBack)
}

// volumeSeries returns the series that have volumes, in ascending order.
func (a *Aggregator) volumeSeries(ctx context.Context) ([]uint32, error) {
	all, err := a.engine.Series(ctx)
	return slices.DeleteFunc(all, func(series uint32) bool { return series == archiveSeries }), err
}

// newestVolume returns the newest volume that has a record, or the one to begin with.
func (a *Aggregator) newestVolume(ctx context.Context) (*volume, error) {
	all, err := a.volumeSeries(ctx)
	if err != nil {
		return nil, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		newest := (*volume)(nil)
		for low, high := 0, volumesPerSeries; low < high; { // volumes before low have records, those from high on have none
			middle := (low + high) / 2
			v, err := a.volumeOf(ctx, all[i]*volumesPerSeries+uint32(middle))
			if err != nil {
				return nil, err
			}
			head, err := v.journal.Head(ctx)
			if err != nil {
				return nil, err
			}
			if head.Sequence == 0 {
				high = middle
			} else {
				low, newest = middle+1, v
			}
		}
		if newest != nil {
			return newest, nil
		}
	}
	return a.firstVolume(ctx)
}

// A written record is a record of the log as the engine holds it.
type written struct {
	Replica [16]byte // that has appended it
	Kind    round.Kind
	To      uint8
	Round   uint64
	Body    []byte
	Bulk    []bulk // none, or the segment that holds the body instead
}

// bulk is a segment, in canonical bytes.
type bulk struct {
	Slot   uint16
	Unique [16]byte
	Size   uint64
	SHA256 [32]byte
}

func bulkOf(s engine.Segment) bulk {
	return bulk{s.ID.Slot, s.ID.Unique, uint64(s.Size), s.SHA256}
}

func (b *bulk) segment() engine.Segment {
	return engine.Segment{ID: engine.SegmentID{Slot: b.Slot, Unique: b.Unique}, Size: int64(min(b.Size, math.MaxInt64)), SHA256: b.SHA256}
}

// writeBytes writes a segment.
func writeBytes(ctx context.Context, b engine.Bulk, content []byte) (engine.Segment, error) {
	return b.Write(ctx, func(w io.Writer) error { _, err := w.Write(content); return err })
}

// inlineBytes bounds a body that stands in the record itself.
const inlineBytes = engine.MaxRecordBytes / 2

// encode returns the record's bytes for the engine. A large body is written as a segment first.
func (v *volume) encode(ctx context.Context, replica engine.Incarnation, r *round.Record) ([]byte, error) {
	w := written{Replica: replica, Kind: r.Kind, To: r.To, Round: r.Round, Body: r.Body}
	if len(r.Body) > inlineBytes && !v.bulk.Volatile() {
		s, err := writeBytes(ctx, v.bulk, r.Body)
		if err != nil {
			return nil, err
		}
		w.Body, w.Bulk = nil, []bulk{bulkOf(s)}
	}
	return round.Encode(&w), nil
}

func decodeWritten(b []byte) (*written, error) {
	w := new(written)
	if err := round.Decode("record", b, engine.MaxRecordBytes, w); err != nil {
		return nil, fmt.Errorf("%w: %w", engine.ErrViolation, err)
	}
	if len(w.Bulk) > 1 || len(w.Bulk) == 1 && len(w.Body) > 0 {
		return nil, fmt.Errorf("%w: record with a body and %d segments", engine.ErrViolation, len(w.Bulk))
	}
	return w, nil
}

// decodeEvent returns what a record means to the round's commits.
func (a *Aggregator) decodeEvent(b []byte) (engine.Event, error) {
	w, err := decodeWritten(b)
	if err != nil {
		return nil, err
	}
	switch {
	case w.Kind == kindCommitted:
		return engine.DecodeEvent(w.Body)
	case w.Kind == kindFrozen && a.without != checkFrozen:
		return &engine.Freeze{}, nil
	}
	return nil, nil
}

// read reads a segment of at most limit bytes.
func (v *volume) read(ctx context.Context, s engine.Segment, limit int64) ([]byte, error) {
	if s.Size > limit {
		return nil, fmt.Errorf("segment %s of %d bytes, at most %d: %w", s.ID, s.Size, limit, engine.ErrViolation)
	}
	b := bytes.NewBuffer(make([]byte, 0, s.Size))
	err := v.bulk.Get(ctx, s, b)
	return b.Bytes(), err
}

// expand returns the records of the log that a written record stands for: itself, or the contributions of a commit.
func (a *Aggregator) expand(ctx context.Context, v *volume, w *written) ([]round.Record, error) {
	if w.Kind == kindCommitted {
		return a.expandCommit(ctx, v, w)
	}
	r := round.Record{Kind: w.Kind, To: w.To, Round: w.Round, Body: w.Body}
	if len(w.Bulk) == 1 {
		var err error
		if r.Body, err = v.read(ctx, w.Bulk[0].segment(), int64(bodyLimit(w.Kind))); err != nil {
			return nil, err
		}
	}
	return []round.Record{r}, nil
}

// expandCommit returns the contributions of a commit, in its order. Those of this replica's own commits are still in memory.
func (a *Aggregator) expandCommit(ctx context.Context, v *volume, w *written) ([]round.Record, error) {
	event, err := engine.DecodeEvent(w.Body)
	c, ok := event.(*engine.Commit)
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: commit record holds %T: %w", engine.ErrViolation, event, err)
	}
	records := make([]round.Record, len(c.Items))
	found := 0
	a.mu.Lock()
	if own := a.working; own != nil && own.group != nil && own.group.Worker() == c.Worker {
		for i, item := range c.Items {
			if u := own.committing[item]; u != nil {
				records[i] = round.Record{Kind: kindAccepted, To: nobody, Round: w.Round, Body: u.body}
				found++
			}
		}
	}
	a.mu.Unlock()
	if found == len(c.Items) {
		return records, nil
	}
	side, err := v.read(ctx, c.Side, int64(len(c.Items))*(maxAcceptedBytes+4))
	if err != nil {
		return nil, err
	}
	for i := range records {
		if len(side) < 4 || len(side)-4 < int(binary.BigEndian.Uint32(side)) {
			return nil, fmt.Errorf("%w: side segment %s ends before contribution %d of %d", engine.ErrViolation, c.Side.ID, i+1, len(records))
		}
		n := int(binary.BigEndian.Uint32(side))
		records[i] = round.Record{Kind: kindAccepted, To: nobody, Round: w.Round, Body: side[4 : 4+n : 4+n]}
		side = side[4+n:]
	}
	if len(side) > 0 {
		return nil, fmt.Errorf("%w: side segment %s goes on after %d contributions", engine.ErrViolation, c.Side.ID, len(records))
	}
	return records, a.checkItems(c, records)
}

// checkItems checks that the contributions are those that the commit names, in its order.
func (a *Aggregator) checkItems(c *engine.Commit, records []round.Record) error {
	for i := range records {
		entry, err := decode[accepted](&records[i])
		if err != nil {
			return fmt.Errorf("%w: %w", engine.ErrViolation, err)
		}
		if got := a.itemOf(entry); got != c.Items[i] {
			return fmt.Errorf("%w: commit of item %s holds the contribution of %s", engine.ErrViolation, c.Items[i].ID, got.ID)
		}
	}
	return nil
}

// itemOf returns how commits name a contribution.
func (a *Aggregator) itemOf(e *accepted) engine.Item {
	if a.without == checkOnce {
		return engine.Item{ID: engine.ItemID(e.Receipt.Receipt.Digest[:20]), Digest: engine.Digest(e.Receipt.Receipt.Digest)}
	}
	return engine.Item{ID: engine.ItemID(e.Signed.Contribution.Contributor), Digest: engine.Digest(e.Receipt.Receipt.Digest)}
}

// prepared is a record that this replica is about to append, and what it does to the state.
type prepared struct {
	after  engine.Head
	record []byte
	effect func()
}

// errMoved says that another replica's record came first: what was due may be no more.
var errMoved = errors.New("another replica was faster")

// append checks a record of the aggregator's own against the state, appends it to the log and lets it count. It fails with errMoved when the
// log grew meanwhile. guard, if any, is asked with the lock held whether the reason to append still holds.
func (a *Aggregator) append(ctx context.Context, kind round.Kind, number uint64, body any, guard func() bool) error {
	to := uint8(0)
	if kind >= ownKinds {
		to = nobody
	}
	return a.appendRecord(ctx, round.Record{Kind: kind, To: to, Round: number, Body: round.Encode(body)}, guard, false)
}

// say is append without a guard.
func (a *Aggregator) say(ctx context.Context, kind round.Kind, number uint64, body any) error {
	return a.append(ctx, kind, number, body, nil)
}

// appendRecord appends a record. If the log grew meanwhile it is checked and appended again, or, unless again, errMoved.
func (a *Aggregator) appendRecord(ctx context.Context, r round.Record, guard func() bool, again bool) error {
	a.writing.Lock()
	defer a.writing.Unlock()
	if err := a.beginVolume(ctx); err != nil {
		return err
	}
	for {
		v, p, err := a.prepare(&r, guard)
		if err != nil {
			return err
		}
		if p.record, err = v.encode(ctx, a.replica, &r); err != nil {
			return a.trouble(err)
		}
		head, err := v.journal.Append(ctx, p.after, p.record)
		if err == nil {
			return a.take(ctx, v, engine.Entry{Head: head, Record: p.record}, p)
		}
		if !errors.Is(err, engine.ErrConflict) && !errors.Is(err, engine.ErrUnknown) {
			return a.trouble(err)
		}
		if caught := a.catchUpLog(ctx); caught != nil {
			return caught
		}
		switch {
		case errors.Is(err, engine.ErrUnknown):
			return a.trouble(err)
		case !again:
			return errMoved
		}
	}
}

// prepare checks a record against the state.
func (a *Aggregator) prepare(r *round.Record, guard func() bool) (*volume, *prepared, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if guard != nil && !guard() {
		return nil, nil, errMoved
	}
	r.Sequence = a.nextNumber(r.Kind)
	effect, err := a.change(r)
	if err != nil {
		return nil, nil, err
	}
	return a.volume, &prepared{after: a.at, effect: effect}, nil
}

// nextNumber returns the number of the next record of the log. The caller holds the lock.
func (a *Aggregator) nextNumber(kind round.Kind) uint64 {
	if kind == kindBegun {
		return a.volume.before() + 1
	}
	return a.log.Head() + 1
}

// change checks the log's next record and returns what it does. The caller holds the lock.
func (a *Aggregator) change(r *round.Record) (effect func(), err error) {
	switch {
	case r.Kind == kindContinued:
		if err := a.state.quiet(); err != nil {
			return nil, fmt.Errorf("volume %d ends: %w", a.volume.number, err)
		}
		return func() {}, nil
	case (a.at.Sequence == 0) != (r.Kind == kindBegun):
		return nil, fmt.Errorf("%s record as number %d of volume %d", kindName(r.Kind), a.at.Sequence+1, a.volume.number)
	}
	return a.state.prepare(r)
}

// take lets the engine's next record count; one that has counted already is no error. p is what this replica has prepared for it, or nil.
func (a *Aggregator) take(ctx context.Context, v *volume, e engine.Entry, p *prepared) error {
	a.folding.Lock()
	defer a.folding.Unlock()
	a.mu.Lock()
	volume, at := a.volume, a.at
	a.mu.Unlock()
	switch {
	case v.number < volume.number, v.number == volume.number && e.Head.Sequence <= at.Sequence:
		return nil
	case v.number != volume.number || e.Head.Sequence != at.Sequence+1:
		return a.trouble(fmt.Errorf("%w log: record %s of volume %d after record %s of volume %d", engine.ErrCorrupt, e.Head, v.number, at, volume.number))
	}
	w, err := decodeWritten(e.Record)
	if err != nil {
		return a.trouble(err)
	}
	records, err := a.expand(ctx, v, w)
	if errors.Is(err, engine.ErrMissing) {
		err = a.leftBehind(ctx, v, err)
	}
	if err != nil {
		return a.trouble(fmt.Errorf("record %d of volume %d: %w", e.Head.Sequence, v.number, err))
	}
	event, err := a.decodeEvent(e.Record)
	if err != nil {
		return a.trouble(fmt.Errorf("record %d of volume %d: %w: %w", e.Head.Sequence, v.number, engine.ErrViolation, err))
	}
	next := v
	if w.Kind == kindContinued {
		if next, err = a.volumeOf(ctx, v.number+1); err != nil {
			return a.trouble(err)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.counted.Apply(e.Head, event); err != nil {
		return a.trouble(fmt.Errorf("volume %d: %w", v.number, err))
	}
	for i := range records {
		if err := a.fold(&records[i], p); err != nil {
			return a.trouble(fmt.Errorf("record %d of volume %d, %s: %w: %w", e.Head.Sequence, v.number, kindName(w.Kind), engine.ErrViolation, err))
		}
	}
	a.at, a.driver, a.grown = e.Head, w.Replica, a.config.Now()
	if next != v {
		a.volume, a.at, a.counted, a.used = next, engine.Head{}, engine.Fold{}, false
	}
	return nil
}

// ErrLeftBehind says that a replica has slept through so many rounds that what it would have to read is gone. Started anew, it begins with the
// newest volume.
var ErrLeftBehind = errors.New("replica was left behind")

// leftBehind returns what it means that bulk of a volume is missing: with two volumes after it nobody needs it any more ([Aggregator.retire]).
func (a *Aggregator) leftBehind(ctx context.Context, v *volume, missing error) error {
	later, err := a.volumeOf(ctx, v.number+2)
	if err != nil {
		return err
	}
	if head, err := later.journal.Head(ctx); err != nil || head.Sequence == 0 {
		return errors.Join(missing, err)
	}
	return fmt.Errorf("%w: there is volume %d", ErrLeftBehind, later.number)
}

// fold lets the log's next record count. The caller holds the lock.
func (a *Aggregator) fold(r *round.Record, p *prepared) error {
	r.Sequence = a.nextNumber(r.Kind)
	var effect func()
	if p != nil && p.after == a.at {
		effect = p.effect
	} else {
		var err error
		if effect, err = a.change(r); err != nil {
			return err
		}
	}
	before := a.state.round
	effect()
	if r.Kind == kindContinued {
		return nil
	}
	a.log.Append(*r)
	if gone := obsolete(r); gone != nil {
		a.log.Drop(gone)
	}
	switch r.Kind {
	case round.KindPropose:
		a.used = true
	case round.KindOpen:
		opening := a.state.round.opening
		a.opening = &opening
	case kindCertified, kindSkipped:
		if a.ended = nil; r.Kind == kindCertified && before != nil && before != a.state.round {
			a.ended = &progress{digest: before.digest, opening: before.opening, entries: before.entries}
		}
		if w := a.working; w != nil && w.descriptor.Round <= a.state.last {
			w.end()
			a.working, a.candidate = nil, nil
		}
		if r.Kind == kindCertified && !a.reading {
			a.done++
		}
	}
	return nil
}

// catchUpLog reads what other replicas have appended.
func (a *Aggregator) catchUpLog(ctx context.Context) error {
	for {
		a.mu.Lock()
		v, at := a.volume, a.at
		a.mu.Unlock()
		if err := a.takeAll(ctx, v, v.journal.Read(ctx, at)); err != nil {
			return err
		}
		a.mu.Lock()
		same := a.volume == v
		a.mu.Unlock()
		if same {
			return nil
		}
	}
}

func (a *Aggregator) takeAll(ctx context.Context, v *volume, entries iter.Seq2[engine.Entry, error]) error {
	for e, err := range entries {
		if err != nil {
			return a.trouble(err)
		}
		if err := a.take(ctx, v, e, nil); err != nil {
			return err
		}
		a.mu.Lock()
		over := a.volume != v
		a.mu.Unlock()
		if over {
			return nil
		}
	}
	return nil
}

// follow reads what other replicas append, as they do, until ctx ends or the log can't be relied on.
func (a *Aggregator) follow(ctx context.Context) error {
	for ctx.Err() == nil {
		a.mu.Lock()
		v, at := a.volume, a.at
		a.mu.Unlock()
		err := a.takeAll(ctx, v, v.journal.Follow(ctx, at))
		if fatal(err) {
			return err
		}
		if err != nil && ctx.Err() == nil {
			a.observe(Trouble{err})
			pause(ctx, a.config.Timeouts.Poll)
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// fatal reports whether an error ends the replica: one of the engine's that a person has to look at, since whoever goes on makes it worse, or
// [ErrLeftBehind].
func fatal(err error) bool {
	for _, sentinel := range []error{engine.ErrHeadWentBack, engine.ErrCorrupt, engine.ErrViolation, ErrLeftBehind} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return false
}

// trouble passes an error of the engine on. After a fatal one the aggregator takes and says nothing any more.
func (a *Aggregator) trouble(err error) error {
	switch {
	case err == nil:
		return nil
	case fatal(err):
		a.fail(err)
	case errors.Is(err, engine.ErrFull):
		return errors.Join(err, round.Refuse(round.ReasonBusy, "the aggregator has no room on its disk", "try again in 60 s"))
	case errors.Is(err, engine.ErrUnavailable), errors.Is(err, engine.ErrUnknown):
		return errors.Join(err, round.Refuse(round.ReasonBusy, "the aggregator's engine does not answer", "try again in 10 s"))
	}
	return err
}

// roll ends the volume and begins the next one, before a round when the volume had one.
func (a *Aggregator) roll(ctx context.Context) error {
	if err := a.say(ctx, kindContinued, 0, &continued{}); err != nil {
		return err
	}
	a.writing.Lock()
	defer a.writing.Unlock()
	if err := a.beginVolume(ctx); err != nil {
		return err
	}
	a.mu.Lock()
	number := a.volume.number
	a.mu.Unlock()
	if !a.engine.Shared() {
		return a.retire(ctx, number)
	}
	// A server that is down makes it slow, and nothing waits for it.
	a.running.Add(1)
	go func() {
		defer a.running.Done()
		if err := a.retire(a.closing, number); err != nil && a.closing.Err() == nil {
			a.observe(Trouble{fmt.Errorf("dropping what is over: %w", err)})
		}
	}()
	return nil
}

// retries is for how many volumes it is tried to drop a volume's bulk: a replica may have died at it, or a server been down.
const retries = 4

// beginVolume writes the first record of the volume, if it has none: what was true when the one before it ended. The caller has taken
// writing.
func (a *Aggregator) beginVolume(ctx context.Context) error {
	for {
		a.mu.Lock()
		needed := a.at.Sequence == 0
		r := round.Record{Kind: kindBegun, To: nobody}
		if needed {
			r.Body = round.Encode(a.state.checkpoint())
		}
		a.mu.Unlock()
		if !needed {
			return nil
		}
		v, p, err := a.prepare(&r, nil)
		if err != nil {
			return err
		}
		if p.record, err = v.encode(ctx, a.replica, &r); err != nil {
			return a.trouble(err)
		}
		head, err := v.journal.Append(ctx, p.after, p.record)
		switch {
		case err == nil:
			return a.take(ctx, v, engine.Entry{Head: head, Record: p.record}, p)
		case !errors.Is(err, engine.ErrConflict):
			return a.trouble(err)
		}
		if err := a.catchUpLog(ctx); err != nil {
			return err
		}
	}
}

// retire drops what nobody needs any more of the volumes before number: the bulk of all but the one before it, which others may still read,
// and series of which all volumes are older than [Config].Keep says.
func (a *Aggregator) retire(ctx context.Context, number uint32) error {
	for back := uint32(2); back < 2+retries && back <= number; back++ {
		old, err := a.engine.Bulk(volumeName(number - back))
		if err != nil {
			return err
		}
		if err := old.DropAll(ctx); err != nil && !errors.Is(err, engine.ErrUnavailable) {
			return err
		}
	}
	if number%volumesPerSeries != 1 { // once a series
		return nil
	}
	all, err := a.volumeSeries(ctx)
	if err != nil {
		return err
	}
	for _, series := range all {
		if (uint64(series)+1)*volumesPerSeries+uint64(a.config.Keep) <= uint64(number) {
			if err := a.engine.DropSeries(ctx, series); err != nil {
				return err
			}
		}
	}
	return nil
}
