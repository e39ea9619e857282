package main

import (
	"bytes"
	"context"
	cryptorand "crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"sotto/client"
	"sotto/client/train"
	"sotto/internal/cli"
	"sotto/round"
	"sotto/update"
)

const contributeUsage = `sotto contribute --key FILE --data FILE.csv [flags]
sotto contribute --key FILE --trained FILE.safetensors --base FILE.safetensors --examples N [flags]

Takes part in the open round: checks it against the chain, trains the model on your data, encrypts the update and sends it. The data,
the trained model and the unencrypted update never leave this machine. When the receipt is saved you can close the lid.

  --key FILE              your keystore file
  --data FILE.csv         your rows: numbers separated by commas, the label last; a header line is allowed
  --trained FILE          contribute this model, which you have trained with another program; of any size, in about 64 MB of memory
  --base FILE             what it was trained from, as ` + "`sotto base`" + ` fetched it: the open round must start from the same model
  --examples N            how many examples it was trained on
  --spool DIR             where the base model and the encrypted update wait, without a name (default beside the key file). Takes up to
                          9 bytes of disk a parameter
  --passphrase-file FILE  take the passphrase from FILE instead of asking
  --network FILE          the deployment (default network.json, or $SOTTO_NETWORK)
  --aggregator HOST:PORT  reach the aggregator there instead of where network.json says; its TLS key stays pinned
  --round N               contribute to round N or not at all
  --wait                  wait for a round to open instead of giving up
  --epochs N              train so many epochs instead of the model's own number
  --hold-out SHARE        share of your rows to keep for the accuracy shown to you (default 0.1)
  -o FILE                 where the receipt goes (default KEY-round-N.receipt beside your key)
  --min-node N            take part only if every opened sum is over at least N contributors (default 3)
  --max-bits B            take part only with at most B bits a value (default 16)
  --again                 contribute although an earlier update of the same base model may be known as part of a sum. The
                          difference of two sums is a sum over fewer people: your update hides among fewer others
  --json                  print the result as JSON

Example:

  $ sotto contribute --key alice.json --data ward7.csv
  round 42   model digits-mlp   4,810 parameters   leaf 3
  trained    12 epochs, accuracy 0.91 on your held-out rows
  encrypted  34.6 KB (18.0 KB update, 12.7 KB key shares, 3.8 KB hash); clipped 0 of 4,810
  receipt    saved to alice-round-42.receipt; you can close the lid
`

func contribute(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	network, key := cli.NetworkFlag(f), cli.AddKeyFlags(f)
	address, data, out := f.String("aggregator", "", ""), f.String("data", "", ""), f.String("o", "", "")
	number, wait, again := f.Uint64("round", 0, ""), f.Bool("wait", false, ""), f.Bool("again", false, "")
	trained, base, examples, spool := f.String("trained", "", ""), f.String("base", "", ""), f.Int("examples", 0, ""), f.String("spool", "", "")
	epochs, holdOut := f.Int("epochs", 0, ""), f.Float64("hold-out", 0.1, "")
	minNode, maxBits, asJSON := f.Uint("min-node", 3, ""), f.Uint("max-bits", 16, ""), f.Bool("json", false, "")
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	switch {
	case (*data == "") == (*trained == ""):
		return cli.Usagef("name your rows with --data, or a trained model with --trained")
	case *trained != "" && (*base == "" || *examples < 1):
		return cli.Usagef("with --trained say what it was trained from with --base, and on how many examples with --examples")
	case *data != "" && (*base != "" || *examples != 0):
		return cli.Usagef("--base and --examples are for --trained")
	case !(*holdOut >= 0 && *holdOut <= 0.5):
		return cli.Usagef("--hold-out is %v, want 0 to 0.5", *holdOut)
	case *epochs < 0 || *minNode > 1<<17 || *maxBits > 24:
		return cli.Usagef("--epochs, --min-node or --max-bits is out of range")
	}
	if *out != "" {
		if _, err := os.Stat(*out); err == nil {
			return cli.Hint(fmt.Errorf("%s exists already", *out), "choose another name with -o; receipts are never overwritten")
		}
	}
	c, _, done, err := dialBoth(ctx, *network, *address, key.Path()+".contributions")
	if err != nil {
		return err
	}
	defer done()
	c.Policy.GMin, c.Policy.MaxBits = uint32(*minNode), uint8(*maxBits)
	spec, err := c.FetchSpec(ctx)
	if err != nil {
		return err
	}
	run := &contribution{env: env, spec: spec, epochs: *epochs, receipt: *out, keyPath: key.Path(), quiet: *asJSON}
	options := client.Options{Round: *number, Again: *again, Progress: run.progress, Waiting: run.waiting}
	training := client.InMemory(run.train)
	if *trained != "" {
		if run.elsewhere, err = openTrained(*trained, *base, *examples); err != nil {
			return err
		}
		defer run.elsewhere.file.Close()
		training, options.Base = run.elsewhere.train, run.elsewhere.base
	} else {
		rows, err := readRows(*data, spec)
		if err != nil {
			return err
		}
		if err := run.split(rows, *holdOut); err != nil {
			return err
		}
	}
	if *spool != "" {
		c.Spool = *spool
	}
	account, err := key.Load(ctx, env)
	if err != nil {
		return err
	}
	var result *client.Result
	for {
		result, err = c.Contribute(ctx, account.Key(), training, options)
		if !*wait || !waitable(err) {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	if err != nil {
		return explain(err)
	}
	return run.save(result, *asJSON)
}

// waitable reports whether another round may take the contribution.
func waitable(err error) bool {
	switch round.ReasonOf(err) {
	case round.ReasonNoRound, round.ReasonBusy:
		return true
	}
	return false
}

func explain(err error) error {
	var again *client.AgainError
	if errors.As(err, &again) {
		return cli.Hint(err, "wait for a round with a new base model; or use --again, after reading `sotto help contribute` on what it gives away")
	}
	if errors.Is(err, client.ErrNoRoom) {
		return cli.Hint(err, "free some, or name a folder on another disk with --spool; nothing was sent")
	}
	if round.ReasonOf(err) == round.ReasonWrongModel {
		return cli.Hint(err, "fetch the newest model with `sotto base` and train from it")
	}
	var check *client.CheckError
	if errors.As(err, &check) && round.ReasonOf(err) == "" {
		return cli.Hint(err, "nothing was sent; if this stays so, the aggregator or network.json is not what it should be")
	}
	return err
}

func readRows(path string, spec train.ModelSpec) (train.Dataset, error) {
	f, err := os.Open(path)
	if err != nil {
		return train.Dataset{}, err
	}
	defer f.Close()
	rows, err := train.ReadCSV(f, spec.Features(), spec.Classes())
	if err != nil {
		return train.Dataset{}, cli.Hint(fmt.Errorf("%s: %w", path, err), "the model %s takes %d numbers a row and a label from 0 to %d", spec.Name, spec.Features(), spec.Classes()-1)
	}
	return rows, nil
}

// contribution is one run of the verb.
type contribution struct {
	env     *cli.Env
	spec    train.ModelSpec
	epochs  int
	receipt string
	keyPath string
	quiet   bool

	elsewhere  *trainedElsewhere // nil if rows are trained on here
	rows, held train.Dataset
	stats      train.Stats
	accuracy   float64 // on held
	lastShown  time.Time
}

// split keeps a random share of the rows for measuring.
func (c *contribution) split(rows train.Dataset, share float64) error {
	var seed [32]byte
	cryptorand.Read(seed[:])
	order := rand.New(rand.NewChaCha8(seed)).Perm(rows.Rows())
	held := int(share * float64(rows.Rows()))
	c.held, c.rows = rows.Select(order[:held]), rows.Select(order[held:])
	if c.rows.Rows() == 0 {
		return errors.New("no rows to train on")
	}
	return nil
}

func (c *contribution) train(ctx context.Context, base update.Model) (update.Model, int, error) {
	trainer, err := train.NewTrainer(c.spec)
	if err != nil {
		return update.Model{}, 0, err
	}
	var seed [8]byte
	cryptorand.Read(seed[:])
	trained, stats, err := trainer.Train(ctx, base, c.rows, train.Options{Epochs: c.epochs, Seed: binary.LittleEndian.Uint64(seed[:]), Progress: func(p train.Progress) {
		c.transient("training   epoch %d of %d", p.Epoch, p.Epochs)
	}})
	if err != nil {
		return update.Model{}, 0, err
	}
	c.stats = stats
	if c.held.Rows() > 0 {
		if c.accuracy, err = train.Evaluate(ctx, c.spec, trained, c.held); err != nil {
			return update.Model{}, 0, err
		}
	}
	return trained, stats.Rows, nil
}

// transient shows a line on a terminal that the next one replaces.
func (c *contribution) transient(format string, args ...any) {
	if f, ok := c.env.Stderr.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) || time.Since(c.lastShown) < 100*time.Millisecond {
		return
	}
	c.lastShown = time.Now()
	fmt.Fprintf(c.env.Stderr, "\r\033[K"+format, args...)
}

func (c *contribution) line(format string, args ...any) {
	if !c.lastShown.IsZero() {
		fmt.Fprint(c.env.Stderr, "\r\033[K")
	}
	c.env.Infof(format, args...)
}

func (c *contribution) progress(step client.Step, r client.Result) {
	switch step {
	case client.StepOpen:
		c.line("round %-4d model %s   %s parameters   leaf %d", r.Round, c.spec.Name, thousands(r.Parameters), r.Leaf)
	case client.StepFetch:
		c.transient("fetching   %s of the base model", kilobytes(r.Fetched))
	case client.StepTrained:
		if c.elsewhere != nil {
			c.line("trained    on %s examples by another program", thousands(r.Examples))
			return
		}
		held := ""
		if c.held.Rows() > 0 {
			held = fmt.Sprintf(", accuracy %.2f on your held-out rows", c.accuracy)
		}
		c.line("trained    %d epochs on %s rows%s", c.stats.Epochs, thousands(r.Examples), held)
	case client.StepSeal:
		c.transient("encrypting %d %%", 100*r.Sealed/r.Parameters)
	case client.StepSealed:
		c.line("encrypted  %s (%s update, %s key shares, %s hash); clipped %s of %s", kilobytes(r.CiphertextBytes+r.EnvelopeBytes+r.HashBytes),
			kilobytes(r.CiphertextBytes), kilobytes(r.EnvelopeBytes), kilobytes(r.HashBytes), thousands(r.Clipped), thousands(r.Parameters))
	case client.StepUpload:
		c.transient("sending    %s of %s", kilobytes(r.Sent), kilobytes(r.CiphertextBytes+r.EnvelopeBytes+r.HashBytes))
	}
}

// waiting says why nothing goes on for now.
func (c *contribution) waiting(err error, pause time.Duration) {
	why := "the aggregator does not answer"
	if round.ReasonOf(err) != "" {
		why = err.Error()
	}
	c.line("waiting    %s; trying again in %.0f s", why, math.Ceil(pause.Seconds()))
}

// save writes the receipt and says where.
func (c *contribution) save(r *client.Result, asJSON bool) error {
	path, err := saveReceipt(c.receipt, c.keyPath, &r.Receipt)
	if err != nil {
		return cli.Hint(fmt.Errorf("your contribution counts, but its receipt could not be saved: %w", err), "run the command again for the same round: the aggregator sends the same receipt")
	}
	what := ""
	if r.Earlier {
		what = " (your earlier upload to this round is the one that counts)"
	}
	c.line("receipt    saved to %s%s; you can close the lid", path, what)
	if !asJSON {
		return nil
	}
	return json.NewEncoder(c.env.Stdout).Encode(map[string]any{
		"round": r.Round, "leaf": r.Leaf, "parameters": r.Parameters, "examples": r.Examples, "clipped": r.Clipped,
		"upload_bytes": r.Sent, "receipt": path, "digest": r.Receipt.Receipt.Digest, "earlier": r.Earlier,
	})
}

// saveReceipt writes a receipt to path, or beside the key under the key's name and the round, and returns where it is. A file that holds
// the same receipt already is left alone.
func saveReceipt(path, keyPath string, r *round.SignedReceipt) (string, error) {
	if path == "" {
		path = fmt.Sprintf("%s-round-%d.receipt", strings.TrimSuffix(keyPath, ".json"), r.Receipt.Round)
	}
	err := client.SaveReceipt(path, r)
	if errors.Is(err, os.ErrExist) {
		if text, readErr := cli.ReadFile(path, round.MaxReceiptBytes); readErr == nil && bytes.Equal(text, round.FormatReceipt(r)) {
			return path, nil
		}
	}
	return path, err
}

// thousands groups digits: 4,810.
func thousands(n int) string {
	s := fmt.Sprint(n)
	var groups []string
	for len(s) > 3 {
		groups = append(groups, s[len(s)-3:])
		s = s[:len(s)-3]
	}
	groups = append(groups, s)
	slices.Reverse(groups)
	return strings.Join(groups, ",")
}

func kilobytes(n int) string {
	if n >= 1e6 {
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f KB", float64(n)/1e3)
}
