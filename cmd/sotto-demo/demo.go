package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"golang.org/x/term"

	"sotto/aggregator"
	"sotto/audit"
	"sotto/chain"
	"sotto/client/train"
	"sotto/crypto/tbls"
	"sotto/internal/cli"
	"sotto/round"
	"sotto/update"
)

// errFailed says that the demo ran to its end and something did not hold; the summary says what.
var errFailed = errors.New("not everything held; see the summary")

func demo(ctx context.Context, env *cli.Env, args []string) error {
	o, err := parseOptions(env, args)
	if err != nil {
		return err
	}
	p := &progress{w: env.Stderr}
	if f, ok := env.Stderr.(*os.File); ok {
		p.live = term.IsTerminal(int(f.Fd()))
	}
	begun := time.Now()
	n, err := start(ctx, o, p)
	if err != nil {
		return err
	}
	defer n.stop()

	s := &summary{Event: "summary", Audit: "not made", Disagreeing: []int{}, Refused: map[round.Reason]int{}}
	r := &reporter{out: env.Stdout, json: o.json, progress: p}
	balances, checks, err := n.run(ctx, r, s)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.Seconds = time.Since(begun).Seconds()
	if err != nil {
		s.Error = err.Error()
	}
	if err := errors.Join(r.balances(balances), r.summary(s, checks)); err != nil {
		return err
	}
	if o.keep != "" {
		p.line("everything is in %s", o.keep)
	}
	if err != nil || s.ClaimsOK != s.Claims || s.Claims == 0 || s.Audit != "ok" {
		return errFailed
	}
	return nil
}

// run runs the rounds, the claims and the audit, and fills in the summary as far as it comes.
func (n *network) run(ctx context.Context, r *reporter, s *summary) (balances []balance, checks []string, err error) {
	rounds := map[int]int{} // in which a contributor was rewarded
	for len(r.rounds) < n.options.rounds {
		report, err := n.round(ctx, rounds)
		if err != nil {
			return nil, nil, err
		}
		if err := r.round(report); err != nil {
			return nil, nil, err
		}
		for _, f := range report.Killed {
			s.Killed, s.Slowest = s.Killed+1, max(s.Slowest, f.Recovery)
		}
		s.Retries += report.Retries
		s.Rounds, s.Accuracy, s.Plain = len(r.rounds), report.Accuracy, report.PlainAccuracy
		for reason, count := range report.Refused {
			s.Refused[reason] += count
		}
		for _, m := range report.Disagreements {
			if !slices.Contains(s.Disagreeing, m) {
				s.Disagreeing = append(s.Disagreeing, m)
			}
		}
		slices.Sort(s.Disagreeing)
		if !report.Verified {
			return nil, nil, fmt.Errorf("the certificate of round %d does not verify", report.Round)
		}
	}
	if n.crash != nil {
		if err := n.crash.complete(); err != nil {
			return nil, nil, err
		}
	}
	if balances, err = n.claim(ctx, s, rounds); err != nil {
		return balances, nil, err
	}
	checks, err = n.auditLast(ctx, s)
	return balances, checks, err
}

// gathered is what the events of one round say.
type gathered struct {
	opening   *round.SignedDescriptor
	outcome   *audit.Outcome
	certified *aggregator.RoundCertified
}

// round lets everybody take part in the next round and reports what came of it.
func (n *network) round(ctx context.Context, rewarded map[int]int) (*roundReport, error) {
	begun := time.Now()
	var g gathered
	if err := n.until(ctx, &g, func() bool { return g.opening != nil }); err != nil {
		return nil, err
	}
	d := &g.opening.Descriptor
	n.progress.reset()
	parts := n.contributeAll(ctx, d.Round)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if n.watch != nil {
		n.watch(parts)
	}
	if err := failure(parts, n.options.cast(d.Round)); err != nil {
		return nil, err
	}
	if err := n.until(ctx, &g, func() bool { return g.certified != nil }); err != nil {
		return nil, err
	}
	report := &roundReport{Event: "round", Round: d.Round, Contributors: len(parts), Leaves: int(d.Leaves), FinalizeGas: g.certified.Gas,
		Failed: []string{}, Disagreements: []int{}, Refused: map[round.Reason]int{}}
	if err := n.report(ctx, report, &g, parts, rewarded); err != nil {
		return nil, err
	}
	if n.crash != nil {
		report.Killed, report.Retries = n.crash.settle(d.Round)
	}
	report.Seconds = time.Since(begun).Seconds()
	return report, nil
}

// until takes events until done.
func (n *network) until(ctx context.Context, g *gathered, done func() bool) error {
	for !done() {
		e, err := n.next(ctx, n.options.roundTime+time.Minute)
		if err != nil {
			return err
		}
		switch e := e.(type) {
		case aggregator.RoundOpened:
			g.opening = &e.Opening
		case aggregator.RoundFinished:
			g.outcome = e.Outcome
		case aggregator.RoundCertified:
			g.certified = &e
		case aggregator.RoundSkipped:
			return fmt.Errorf("round %d was given up: %s", e.Round, e.Reason)
		case aggregator.Equivocated:
			n.progress.line("a member has signed two different statements")
		}
	}
	return nil
}

// report compares the round with plain averaging of the same updates and checks its certificate on chain.
func (n *network) report(ctx context.Context, r *roundReport, g *gathered, parts []*part, rewarded map[int]int) error {
	if g.outcome == nil {
		return fmt.Errorf("round %d was certified before it was finished", r.Round)
	}
	t := g.outcome.Transcript
	m := &t.Closing.Manifest
	r.Accepted = len(m.Entries)
	seen := map[int]bool{}
	for i, node := range g.outcome.Nodes {
		if node.Opened {
			r.LeavesOpened += len(m.Leaves(i))
		} else {
			r.Failed = append(r.Failed, fmt.Sprintf("%s did not open, %d contributions are lost: %v", node.Node, node.Node.Contributors, node.Err))
		}
	}
	for _, leaf := range m.Dropped {
		r.Failed = append(r.Failed, fmt.Sprintf("leaf %d was dropped: too few contributors", leaf))
	}
	for _, d := range t.Disagreements {
		if !seen[int(d.Member)] {
			seen[int(d.Member)] = true
			r.Disagreements = append(r.Disagreements, int(d.Member))
		}
	}
	slices.Sort(r.Disagreements)

	var updates [][]float32
	var sizes []int
	for _, p := range parts {
		if p.refused != "" {
			r.Refused[p.refused]++
		}
		r.Clipped += p.result.Clipped
		if p.result.Sent > 0 {
			sizes = append(sizes, p.result.Sent)
		}
		account := n.contributors[p.number-1].account.Address()
		for _, e := range m.Entries {
			if e.Contributor != account {
				continue
			}
			if node, released := m.NodeOf(e.Leaf); released && g.outcome.Nodes[node].Opened {
				updates = append(updates, p.update)
				rewarded[p.number]++
			}
		}
	}
	if len(sizes) > 0 {
		slices.Sort(sizes)
		r.UploadBytes = sizes[len(sizes)/2]
		r.UploadTimes = math.Round(float64(r.UploadBytes)/float64(4*t.Opening.Descriptor.Parameters)*100) / 100
	}
	if err := n.compare(ctx, r, g, updates); err != nil {
		return err
	}
	return n.verifyCertificate(ctx, r, g)
}

// compare evaluates the new model on data that nobody trained on, beside the one that plain averaging of the same updates gives.
func (n *network) compare(ctx context.Context, r *roundReport, g *gathered, updates [][]float32) error {
	next, err := parseModel(g.outcome.Model)
	if err != nil {
		return err
	}
	if r.Accuracy, err = train.Evaluate(ctx, n.task.Spec, next, n.task.Test); err != nil {
		return err
	}
	if len(updates) == 0 {
		r.PlainAccuracy = r.Accuracy
		return nil
	}
	d := &g.opening.Descriptor
	file, err := n.contributors[0].client.FetchModel(ctx, d.BaseModel, d.Parameters)
	if err != nil {
		return err
	}
	base, err := parseModel(file)
	if err != nil {
		return err
	}
	mean := make([]float32, len(updates[0]))
	for i := range mean {
		sum := 0.0
		for _, u := range updates {
			sum += float64(u[i])
		}
		mean[i] = float32(sum / float64(len(updates)))
	}
	plain, err := update.Apply(base, mean)
	if err != nil {
		return err
	}
	if r.PlainAccuracy, err = train.Evaluate(ctx, n.task.Spec, plain, n.task.Test); err != nil {
		return err
	}
	a, b := next.Flatten(), plain.Flatten()
	for i := range a {
		r.MaxModelDiff = max(r.MaxModelDiff, math.Abs(float64(a[i])-float64(b[i])))
	}
	return nil
}

// verifyCertificate checks that the chain holds the certificate and that the committee's key on chain signed it.
func (n *network) verifyCertificate(ctx context.Context, r *roundReport, g *gathered) error {
	onChain, err := n.chain.Certificate(ctx, r.Round)
	if err != nil {
		return err
	}
	inOffice, err := n.chain.Committee(ctx, onChain.Certificate.Epoch)
	if err != nil {
		return err
	}
	key, err := tbls.ParseEVMPublicKey(inOffice.Key[:])
	if err != nil {
		return err
	}
	signed := tbls.Verify(key, onChain.Certificate.Message(n.chain.Rounds()), g.certified.Signature)
	r.Verified = signed == nil && onChain.Certificate == g.outcome.Transcript.Certificate
	return nil
}

// claim lets every contributor claim what it is owed, from its own account, with a proof that it checked itself.
func (n *network) claim(ctx context.Context, s *summary, rounds map[int]int) ([]balance, error) {
	var all []balance
	var gas []uint64
	n.progress.reset()
	for _, c := range n.contributors {
		address := c.account.Address()
		list, err := c.client.Rewards(ctx, n.chain, address)
		if err != nil {
			return all, err
		}
		b := balance{number: c.number, account: address.Hex()[:10] + "…", rounds: rounds[c.number], awarded: "0"}
		for _, owed := range list {
			s.Claims++
			before, err := n.chain.TokenBalance(ctx, address)
			if err != nil {
				return all, err
			}
			payment, receipt, err := n.chain.Claim(ctx, c.account, chain.Claim{Owed: owed.Owed, Proof: owed.Proof})
			if err != nil {
				n.progress.line("contributor %d: %v", c.number, err)
				continue
			}
			after, err := n.chain.TokenBalance(ctx, address)
			if err != nil {
				return all, err
			}
			paid := after.Int().Sub(after.Int(), before.Int())
			if payment.Amount == owed.Open() && round.AmountOf(paid) == payment.Amount {
				s.ClaimsOK++
			}
			gas = append(gas, receipt.GasUsed)
			b.awarded, b.gas = payment.Amount.Tokens(), receipt.GasUsed
		}
		held, err := n.chain.TokenBalance(ctx, address)
		if err != nil {
			return all, err
		}
		b.tokens = held.Tokens()
		all = append(all, b)
	}
	if len(gas) > 0 {
		slices.Sort(gas)
		s.ClaimGas = gas[len(gas)/2]
	}
	return all, nil
}

// auditLast audits the last certified round as anybody could: from the chain and what the aggregator publishes.
func (n *network) auditLast(ctx context.Context, s *summary) ([]string, error) {
	head, err := n.chain.Head(ctx)
	if err != nil {
		return nil, err
	}
	s.AuditedRound = head.Round
	_, err = audit.Round(ctx, n.chain, n.contributors[0].client, n.file.Model.ID, head.Round)
	var failed *audit.CheckError
	switch {
	case errors.As(err, &failed):
		s.Audit = string(failed.Check)
		return nil, err
	case err != nil:
		return nil, err
	}
	s.Audit = "ok"
	var checks []string
	for _, c := range audit.Checks {
		checks = append(checks, string(c))
	}
	return checks, nil
}

func parseModel(file []byte) (update.Model, error) {
	return update.ReadModel(bytes.NewReader(file), update.DefaultLimits())
}

func encodeModel(m update.Model) []byte {
	var b bytes.Buffer
	if err := update.WriteModel(&b, m); err != nil {
		panic("sotto-demo: internal error: " + err.Error()) // the model was made here and is valid
	}
	return b.Bytes()
}
