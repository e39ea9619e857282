package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"sotto/client"
	"sotto/internal/cli"
	"sotto/round"
	"sotto/update"
)

const baseUsage = `sotto base -o FILE.safetensors [--network FILE] [--aggregator HOST:PORT]

Fetches the newest model, which the next contributions start from, and checks it against the chain. Train from it with whatever you like
and hand the result to ` + "`sotto contribute --trained`" + `.

  -o FILE                 where the model goes, which must not exist
  --network FILE          the deployment (default network.json, or $SOTTO_NETWORK)
  --aggregator HOST:PORT  reach the aggregator there instead of where network.json says

Example:

  $ sotto base -o base.safetensors
  base.safetensors: model 0x9f31c2aa… after round 7, 19.6 KB
`

func base(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	network, address, out := cli.NetworkFlag(f), f.String("aggregator", "", ""), f.String("o", "", "")
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	if *out == "" {
		return cli.Usagef("say with -o where the model goes")
	}
	c, onChain, done, err := dialBoth(ctx, *network, *address, "")
	if err != nil {
		return err
	}
	defer done()
	head, err := onChain.Head(ctx)
	if err != nil {
		return err
	}
	var size int64
	if err := writeNew(*out, func(f *os.File) error {
		if err := c.FetchModelTo(ctx, head.Model, round.MaxParameters, f); err != nil {
			return err
		}
		size, err = f.Seek(0, io.SeekCurrent)
		return err
	}); err != nil {
		return err
	}
	env.Printf("%s: model %s after round %d, %s\n", *out, head.Model.Short(), head.Round, kilobytes(int(size)))
	return nil
}

func openModel(f *os.File) (*update.File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return update.OpenFile(f, info.Size(), update.DefaultLimits())
}

// trainedElsewhere is a model that another program has trained.
type trainedElsewhere struct {
	file     *os.File
	model    *update.File
	base     round.Hash // that it was trained from
	examples int
}

func openTrained(trained, base string, examples int) (_ *trainedElsewhere, err error) {
	t := &trainedElsewhere{examples: examples}
	if t.base, err = hashFile(base); err != nil {
		return nil, err
	}
	if t.file, err = os.Open(trained); err != nil {
		return nil, err
	}
	if t.model, err = openModel(t.file); err != nil {
		t.file.Close()
		return nil, fmt.Errorf("%s: %w", trained, err)
	}
	return t, nil
}

func hashFile(path string) (h round.Hash, err error) {
	f, err := os.Open(path)
	if err != nil {
		return h, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return h, err
	}
	return round.Hash(sum.Sum(nil)), nil
}

// train hands over what was trained.
func (t *trainedElsewhere) train(context.Context, *update.File) (update.Values, int, error) {
	return t.model, t.examples, nil
}

var _ client.Train = (*trainedElsewhere)(nil).train
