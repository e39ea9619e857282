package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Report is what the preflight has seen.
type Report struct {
	Version  string   // of the server
	Synced   []string // servers seen to sync every write before it is acknowledged
	Vouched  []string // servers whose sync policy was not seen and is vouched for by [Config].VouchSync
	Warnings []string // what may be right and is worth a look
}

// Report returns what the preflight has seen when the engine was opened.
func (e *Engine) Report() Report { return e.report }

// Preflight checks again what [Open] has checked: that the engine is set to lose nothing. Errors: [ErrPreflight], [ErrUnavailable].
func (e *Engine) Preflight(ctx context.Context) (Report, error) { return e.preflight(ctx) }

func (e *Engine) preflight(ctx context.Context) (Report, error) {
	r := Report{Version: e.control.ConnectedServerVersion()}
	if err := e.checkServer(&r); err != nil {
		return r, err
	}
	if _, err := e.ensure(ctx, e.logConfig(0)); err != nil {
		return r, err
	}
	holders, err := e.checkCopies(ctx, &r)
	if err != nil {
		return r, err
	}
	e.mu.Lock()
	e.series[0] = true
	e.mu.Unlock()
	if e.config.embedded() {
		return r, e.checkEmbeddedSync(&r)
	}
	return r, e.checkExternalSync(ctx, &r, holders)
}

func refuse(format string, v ...any) error {
	return fmt.Errorf("%w: %s", ErrPreflight, fmt.Sprintf(format, v...))
}

// checkServer checks the server we are connected to.
func (e *Engine) checkServer(r *Report) error {
	var major, minor int
	if _, err := fmt.Sscanf(r.Version, "%d.%d.", &major, &minor); err != nil || major < 2 || major == 2 && minor < 12 {
		return refuse("server %s has version %s, want 2.12 or newer", e.control.ConnectedServerName(), r.Version)
	}
	if got := e.control.MaxPayload(); got < maxPayload {
		return refuse("server %s takes messages of %d bytes: set max_payload: 2MB on all servers", e.control.ConnectedServerName(), got)
	}
	return nil
}

func logStream(series uint32) string { return fmt.Sprintf("LOG_%d", series) }

func segmentStream(slot, number int) string { return fmt.Sprintf("SEG_%d_%d", slot, number) }

func unbounded() jetstream.StreamConfig {
	return jetstream.StreamConfig{MaxMsgs: -1, MaxBytes: -1, MaxMsgsPerSubject: -1, MaxMsgSize: -1, MaxConsumers: -1,
		Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew, Duplicates: time.Second}
}

func (e *Engine) logConfig(series uint32) jetstream.StreamConfig {
	c := unbounded()
	c.Name, c.Subjects, c.Replicas = logStream(series), []string{fmt.Sprintf("log.%d.*", series)}, e.config.Replicas
	c.DenyDelete, c.DenyPurge = true, true
	return c
}

// segmentConfig says how one copy of a slot's segments is kept: by one server, which syncs each write before it acknowledges it.
//
// Not by JetStream's replication: a replicated stream relaxes sync_interval: always to its Raft log and syncs the stream itself at snapshots
// only, but removes files when it purges. After a power loss of all servers, the snapshot then knows of more than any of them
// has, and the stream never finds a leader again (seen with 2.15.2). Logs are not purged.
func (e *Engine) segmentConfig(slot, number int) jetstream.StreamConfig {
	c := unbounded()
	c.Name, c.Subjects, c.Replicas = segmentStream(slot, number), []string{fmt.Sprintf("seg.%d.%d.*.*", slot, number)}, 1
	c.AllowDirect = true // a reader knows by the hash what it reads
	if e.config.SegmentBytes > 0 {
		c.MaxBytes = e.config.SegmentBytes
	}
	if !e.config.embedded() {
		c.Placement = &jetstream.Placement{Tags: []string{copyTag(number)}}
	}
	return c
}

// copyTag marks the server that keeps a copy of all segments.
func copyTag(number int) string { return fmt.Sprintf("sotto-%d", number+1) }

// checkCopies makes or checks the streams of segments and returns the servers that hold them. Some may be out of reach, as long as every
// slot has a majority.
func (e *Engine) checkCopies(ctx context.Context, r *Report) (holders []string, err error) {
	down := make(map[int]bool) // what is waited for once only
	for slot := range e.config.Slots {
		var found []string
		var errs []error
		for number := range e.copies {
			patience := 5 * e.config.Timeout
			if down[number] {
				patience = e.config.Timeout
			}
			limited, cancel := context.WithTimeout(ctx, patience)
			holder, err := e.ensure(limited, e.segmentConfig(slot, number))
			cancel()
			switch {
			case errors.Is(err, ErrPreflight), ctx.Err() != nil:
				return nil, err
			case err != nil:
				if !e.config.embedded() {
					err = fmt.Errorf("server with the tag %s: %w", copyTag(number), err)
				}
				errs, down[number] = append(errs, err), true
				r.Warnings = append(r.Warnings, err.Error())
			case slices.Contains(found, holder):
				return nil, refuse("server %s keeps two copies of segments: set server_tags: [\"%s\"] on one server only, and remove stream %s",
					holder, copyTag(number), segmentStream(slot, number))
			case holder != "":
				found = append(found, holder)
			}
		}
		if len(e.copies)-len(errs) < majority(len(e.copies)) {
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, errors.Join(errs...))
		}
		holders = append(holders, found...)
	}
	return holders, nil
}

// openSeries makes the stream of a series if need be and checks it.
func (e *Engine) openSeries(ctx context.Context, series uint32) error {
	e.mu.Lock()
	known := e.series[series]
	e.mu.Unlock()
	if known {
		return nil
	}
	if _, err := e.ensure(ctx, e.logConfig(series)); err != nil {
		return err
	}
	e.mu.Lock()
	e.series[series] = true
	e.mu.Unlock()
	return nil
}

// Series returns the series of logs that there are, in ascending order.
func (e *Engine) Series(ctx context.Context) (series []uint32, err error) {
	_, err = e.patiently(ctx, "listing series", func(ctx context.Context) error {
		attempt, cancel := context.WithTimeout(ctx, e.config.Timeout)
		defer cancel()
		names := e.js.StreamNames(attempt, jetstream.WithStreamListSubject("log.>"))
		series = series[:0]
		for name := range names.Name() {
			var number uint32
			if _, err := fmt.Sscanf(name, "LOG_%d", &number); err != nil || logStream(number) != name {
				return fmt.Errorf("stream %s has subjects of logs", name)
			}
			series = append(series, number)
		}
		return e.sortManagement(ctx, names.Err())
	})
	slices.Sort(series)
	return slices.Compact(series), err
}

// DropSeries removes a series of logs, whose rounds must all be over. That can't be undone.
func (e *Engine) DropSeries(ctx context.Context, series uint32) error {
	_, err := e.patiently(ctx, fmt.Sprintf("dropping series %d", series), func(ctx context.Context) error {
		attempt, cancel := context.WithTimeout(ctx, e.config.Timeout)
		defer cancel()
		err := e.js.DeleteStream(attempt, logStream(series))
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return nil
		}
		return e.sortManagement(ctx, err)
	})
	if err != nil {
		return err
	}
	e.mu.Lock()
	delete(e.series, series)
	e.mu.Unlock()
	return nil
}

// ensure makes a stream that is not there, and checks one that is. It returns the server that leads it.
func (e *Engine) ensure(ctx context.Context, want jetstream.StreamConfig) (leader string, err error) {
	_, err = e.patiently(ctx, "opening stream "+want.Name, func(ctx context.Context) error {
		attempt, cancel := context.WithTimeout(ctx, e.config.Timeout)
		defer cancel()
		stream, err := e.js.Stream(attempt, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			stream, err = e.js.CreateStream(attempt, want)
		}
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another replica was faster
			return &transient{err: err}
		}
		if err != nil {
			return e.sortManagement(ctx, err)
		}
		got := stream.CachedInfo().Config
		if c := stream.CachedInfo().Cluster; c != nil {
			leader = c.Leader
		}
		return checkStream(&got, &want)
	})
	return leader, err
}

// sortManagement sorts an error of the management client.
func (e *Engine) sortManagement(ctx context.Context, err error) error {
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &api):
		r := &refusal{Code: api.Code, ErrCode: int(api.ErrorCode), Description: api.Description}
		const noPeers = 10005
		if r.ErrCode == noPeers { // they may still be joining
			return &transient{err: fmt.Errorf("%v: set server_tags: [\"%s\"], [\"%s\"] and so on, one on each server", r, copyTag(0), copyTag(1))}
		}
		return r.sort()
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return &transient{err: fmt.Errorf("%w: set jetstream {…} on the servers and enable it for the account", err)}
	}
	return e.sortFault(ctx, e.control, err)
}

// checkStream refuses a stream that could lose something. want says how it is made when it is not there.
func checkStream(got, want *jetstream.StreamConfig) error {
	isLog := want.DenyPurge
	rules := []struct {
		ok      bool
		setting string
	}{
		{slices.Equal(got.Subjects, want.Subjects), fmt.Sprintf("subjects to %v, not %v", want.Subjects, got.Subjects)},
		{got.Storage == jetstream.FileStorage, "storage to file"},
		{got.Replicas == want.Replicas || isLog && got.Replicas > want.Replicas, fmt.Sprintf("num_replicas to %d, not %d", want.Replicas, got.Replicas)},
		{got.PersistMode == jetstream.DefaultPersistMode, "persist_mode to default: async acknowledges before it syncs"},
		{!got.NoAck, "no_ack to false"},
		{got.Retention == jetstream.LimitsPolicy, "retention to limits"},
		{got.MaxAge == 0, "max_age to 0: records must not expire"},
		{got.MaxMsgs <= 0, "max_msgs to -1"},
		{got.MaxMsgsPerSubject <= 0, "max_msgs_per_subject to -1"},
		{got.MaxMsgSize <= 0 || got.MaxMsgSize >= maxPayload, "max_msg_size to -1"},
		{got.Discard == jetstream.DiscardNew, "discard to new: old records must never make room for new ones"},
		{!got.Sealed, "sealed to false"},
		{!got.AllowRollup, "allow_rollup_hdrs to false"},
		{!got.AllowMsgTTL && got.SubjectDeleteMarkerTTL == 0, "allow_msg_ttl to false"},
		{!got.AllowMsgCounter, "allow_msg_counter to false"},
		{!got.AllowMsgSchedules, "allow_msg_schedules to false"},
		{got.Mirror == nil && len(got.Sources) == 0, "mirror and sources to nothing"},
		{got.SubjectTransform == nil, "subject_transform to nothing"},
		{!isLog || got.DenyDelete, "deny_delete to true"},
		{isLog || !got.DenyDelete, "deny_delete to false: chunks are overwritten when they must not rest on disk"},
		{!isLog || got.DenyPurge, "deny_purge to true"},
		{!isLog || !got.AllowDirect, "allow_direct to false: a server that lags must not answer for the log"},
		{!isLog || got.MaxBytes <= 0, "max_bytes to -1"},
		{isLog || !got.DenyPurge, "deny_purge to false: segments are purged when they are superseded"},
		{isLog || got.AllowDirect, "allow_direct to true"},
	}
	for _, r := range rules {
		if !r.ok {
			return refuse("stream %s: set %s (nats stream edit, or remove the stream if it holds nothing yet)", want.Name, r.setting)
		}
	}
	return nil
}

func (e *Engine) checkEmbeddedSync(r *Report) error {
	if c := e.server.JetStreamConfig(); (c == nil || !c.SyncAlways) && e.config.unsafe != withoutSync {
		return refuse("embedded server does not sync every write")
	}
	r.Synced = []string{e.server.Name()}
	if why := forgetful(e.config.Dir); why != "" {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s is on %s", e.config.Dir, why))
	}
	return nil
}

// checkExternalSync looks at the sync policy of every server that holds logs or segments.
func (e *Engine) checkExternalSync(ctx context.Context, r *Report, holders []string) error {
	seen := make(map[string]bool)
	for _, url := range e.config.Monitors {
		name, always, err := e.monitor(ctx, url)
		switch {
		case err != nil:
			r.Warnings = append(r.Warnings, fmt.Sprintf("monitor %s: %v", url, err))
		case !always:
			return refuse("server %s may acknowledge before it syncs: set jetstream { sync_interval: always } and restart it", name)
		default:
			seen[name] = true
			r.Synced = append(r.Synced, name)
		}
	}
	peers, offline, err := e.peers(ctx)
	if err != nil {
		return err
	}
	for _, name := range offline {
		r.Warnings = append(r.Warnings, fmt.Sprintf("server %s is offline", name))
	}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(append(peers, holders...)))) {
		if seen[name] {
			continue
		}
		if !e.config.VouchSync {
			return fmt.Errorf("%w: of server %s, which needs jetstream { sync_interval: always }%s", ErrUnseen, name, andWhy(r.Warnings))
		}
		r.Vouched = append(r.Vouched, name)
	}
	return nil
}

func andWhy(warnings []string) string {
	if len(warnings) == 0 {
		return ""
	}
	return " (" + strings.Join(warnings, "; ") + ")"
}

// peers returns the names of the servers that hold logs.
func (e *Engine) peers(ctx context.Context) (names, offline []string, err error) {
	_, err = e.patiently(ctx, "looking at the servers of the log", func(ctx context.Context) error {
		attempt, cancel := context.WithTimeout(ctx, e.config.Timeout)
		defer cancel()
		stream, err := e.js.Stream(attempt, logStream(0))
		if err != nil {
			return e.sortManagement(ctx, err)
		}
		c := stream.CachedInfo().Cluster
		if c == nil || len(c.Replicas) < e.config.Replicas-1 {
			return refuse("stream %s has no %d replicas: the servers are no cluster", logStream(0), e.config.Replicas)
		}
		if c.Leader == "" {
			return &transient{err: errors.New("the log has no leader")}
		}
		names, offline = []string{c.Leader}, nil
		for _, p := range c.Replicas {
			names = append(names, p.Name)
			if p.Offline {
				offline = append(offline, p.Name)
			}
		}
		return nil
	})
	return names, offline, err
}

// monitor asks a server's monitoring port for its name and sync policy.
func (e *Engine) monitor(ctx context.Context, url string) (name string, always bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.config.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/varz", nil)
	if err != nil {
		return "", false, err
	}
	client, err := e.monitorClient()
	if err != nil {
		return "", false, err
	}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return "", false, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", false, fmt.Errorf("status %s", response.Status)
	}
	var v struct {
		Name      string `json:"server_name"`
		JetStream struct {
			Config *struct {
				SyncAlways bool `json:"sync_always"`
			} `json:"config"`
		} `json:"jetstream"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&v); err != nil {
		return "", false, err
	}
	if v.JetStream.Config == nil {
		return "", false, fmt.Errorf("server %q has no JetStream", v.Name)
	}
	return v.Name, v.JetStream.Config.SyncAlways, nil
}

func (e *Engine) monitorClient() (*http.Client, error) {
	ca, err := os.ReadFile(e.config.TLS.CA)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s holds no certificate", e.config.TLS.CA)
	}
	certificate, err := tls.LoadX509KeyPair(e.config.TLS.Cert, e.config.TLS.Key)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{certificate}}}}, nil
}
