package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"sotto/client/train"
	"sotto/client/train/datasets"
	"sotto/internal/cli"
	"sotto/update"
)

const modelUsage = `sotto model --example NAME | --description FILE  -o DIR [--seed N]

Makes what a network is deployed with: the description of a model that people can train together, and the weights that the first round
starts from. Writes DIR/model.json and DIR/first.safetensors, which must not exist.

  --example NAME          digits (64-64-10) or breast-cancer (30-16-2)
  --description FILE      your own: layers, input scaling, training; start from an example's model.json
  -o DIR                  where the two files go
  --seed N                of the first weights (default 1)

Example:

  $ sotto model --example digits -o model
  model/model.json and model/first.safetensors: digits-mlp, 4,810 parameters
`

func model(ctx context.Context, env *cli.Env, args []string) error {
	f := env.Flags()
	example, description := f.String("example", "", ""), f.String("description", "", "")
	out, seed := f.String("o", "", ""), f.Uint64("seed", 1, "")
	if err := env.Parse(f, args, 0); err != nil {
		return err
	}
	if *out == "" || (*example == "") == (*description == "") {
		return cli.Usagef("name either --example or --description, and the directory with -o")
	}
	spec, err := describedModel(*example, *description)
	if err != nil {
		return err
	}
	first, err := train.InitialModel(spec, *seed)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	described, weights := filepath.Join(*out, "model.json"), filepath.Join(*out, "first.safetensors")
	if err := writeNew(described, func(f *os.File) error { return train.WriteSpec(f, spec) }); err != nil {
		return err
	}
	if err := writeNew(weights, func(f *os.File) error { return update.WriteModel(f, first) }); err != nil {
		return err
	}
	env.Printf("%s and %s: %s, %s parameters\n", described, weights, spec.Name, thousands(spec.Parameters()))
	return nil
}

func describedModel(example, path string) (train.ModelSpec, error) {
	switch example {
	case "digits":
		t, err := datasets.Digits()
		return t.Spec, err
	case "breast-cancer":
		t, err := datasets.BreastCancer()
		return t.Spec, err
	case "":
		f, err := os.Open(path)
		if err != nil {
			return train.ModelSpec{}, err
		}
		defer f.Close()
		return train.ReadSpec(f)
	}
	return train.ModelSpec{}, cli.Usagef("--example is %q, want digits or breast-cancer", example)
}

// writeNew writes a file that must not exist, and leaves none if writing fails.
func writeNew(path string, write func(*os.File) error) error {
	f, err := cli.CreateExclusive(path)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		os.Remove(path)
		return err
	}
	return nil
}
