package localchain

import (
	"context"
	"errors"
	"log/slog"

	gethlog "github.com/ethereum/go-ethereum/log"
)

// nodeLogger hides go-ethereum's own logger type from its SetDefault, which would otherwise also replace slog's default
// logger, and that is not ours to replace.
type nodeLogger struct{ gethlog.Logger }

func setLogger(l *slog.Logger) {
	handler := slog.DiscardHandler
	if l != nil {
		handler = warnings{l.With("from", "localchain").Handler()}
	}
	gethlog.SetDefault(nodeLogger{gethlog.NewLogger(handler)})
}

// warnings is a handler that lets nothing below a warning through: the node narrates every block.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w warnings) Handle(ctx context.Context, r slog.Record) error {
	switch r.Message {
	case "Head block is not reachable", // of an empty database
		"P2P server will be useless, neither dialing nor listening": // as intended
		return nil
	}
	return w.Handler.Handle(ctx, r)
}

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }

// report logs why a block that nobody waits for was not made.
func (c *Chain) report(err error) {
	if err != nil && !errors.Is(err, ErrClosed) {
		gethlog.Warn("local chain cannot mine", "err", err)
	}
}
