package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"google.golang.org/grpc"

	"sotto/aggregator"
	"sotto/chain"
	"sotto/internal/cli"
	"sotto/proto"
	"sotto/round"
)

const roleUsage = `sotto-demo role aggregator|member

Is what sotto-demo --crash starts as processes of their own. It takes its settings from stdin and ends when stdin does.
`

// settings are the first line of a role's stdin. The rest of it is empty and ends with whoever has started the role.
type settings struct {
	Dir, Passphrase string
	Network, Key    string           // files
	Rules           aggregator.Rules // of an aggregator
	Lies            bool             // of a member
	PauseFrom       uint64           // a member waits between two releases of a round, from this one on; 0 for never
}

// news is a line of a role's stdout: what its process has come to.
type news string

const (
	newsUp      news = "up"      // the aggregator answers; the member has heard from the board
	newsBetween news = "between" // the member has posted one of a round's releases, and waits with the next
)

// releasePause is how long a member waits between its releases to be killed. If nobody does, it goes on.
const releasePause = 5 * time.Second

// roleSettings reads the settings, and returns a context that ends with stdin, too.
func roleSettings(ctx context.Context) (context.Context, context.CancelFunc, *settings, error) {
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return nil, nil, nil, fmt.Errorf("settings from stdin: %w", err)
	}
	s := new(settings)
	if err := json.Unmarshal(line, s); err != nil {
		return nil, nil, nil, fmt.Errorf("settings from stdin: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		io.Copy(io.Discard, in)
		cancel()
		time.Sleep(shutdownTime + 5*time.Second)
		os.Exit(cli.ExitFailure) // nobody is left who would kill it
	}()
	return ctx, cancel, s, nil
}

// roleLog returns a role's log, which begins with its process.
func roleLog(env *cli.Env, role string) *slog.Logger {
	log := slog.New(slog.NewTextHandler(env.Stderr, nil))
	log.Info("process started", "role", role, "pid", os.Getpid())
	return log
}

func roleAggregator(ctx context.Context, env *cli.Env, args []string) error {
	ctx, cancel, s, err := roleSettings(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	network, err := chain.LoadNetwork(s.Network)
	if err != nil {
		return err
	}
	account, err := chain.LoadKey(s.Key, s.Passphrase)
	if err != nil {
		return err
	}
	listener, err := listenAgain(ctx, network.Aggregator.Address)
	if err != nil {
		return err
	}
	role := &aggregatorRole{dir: s.Dir, network: network, account: account, rules: s.Rules, log: roleLog(env, "aggregator"),
		observe: func(aggregator.Event) {}}
	return role.run(ctx, listener, func() { env.Printf("%s\n", newsUp) })
}

// listenAgain listens where a process listened before. While none did, the port may have gone to a connection that somebody made.
func listenAgain(ctx context.Context, address string) (listener net.Listener, err error) {
	for range 100 {
		if listener, err = net.Listen("tcp", address); err == nil {
			return listener, nil
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
	return nil, err
}

func roleMember(ctx context.Context, env *cli.Env, args []string) error {
	ctx, cancel, s, err := roleSettings(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	network, err := chain.LoadNetwork(s.Network)
	if err != nil {
		return err
	}
	role := &memberRole{dir: s.Dir, passphrase: s.Passphrase, network: network, lies: s.Lies, log: roleLog(env, "member"),
		watch: func(c grpc.ClientConnInterface) grpc.ClientConnInterface {
			return &watchedBoard{ClientConnInterface: c, tell: func(n news) { env.Printf("%s\n", n) }, pauseFrom: s.PauseFrom}
		}}
	return role.run(ctx)
}

// watchedBoard tells what goes over a member's connection, and makes it wait between two releases.
type watchedBoard struct {
	grpc.ClientConnInterface
	tell      func(news)
	heard     bool
	pauseFrom uint64 // 0 for never
	released  uint64 // the round of the last release that the board took
}

// Invoke implements grpc.ClientConnInterface. A member has one post under way at a time.
func (b *watchedBoard) Invoke(ctx context.Context, method string, args, reply any, o ...grpc.CallOption) error {
	p, ok := args.(*proto.PostRequest)
	if !ok || round.Kind(p.GetKind()) != round.KindRelease {
		return b.ClientConnInterface.Invoke(ctx, method, args, reply, o...)
	}
	var r round.SignedRelease
	if err := round.Decode("release", p.GetCanonicalBody(), round.MaxReleaseBytes, &r); err != nil {
		return err
	}
	if number := r.Release.Round; b.pauseFrom > 0 && number >= b.pauseFrom && number == b.released {
		b.pauseFrom = 0
		b.tell(newsBetween)
		select {
		case <-time.After(releasePause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := b.ClientConnInterface.Invoke(ctx, method, args, reply, o...)
	if err == nil {
		b.released = r.Release.Round
	}
	return err
}

// NewStream implements grpc.ClientConnInterface. A member follows the board with one stream at a time.
func (b *watchedBoard) NewStream(ctx context.Context, d *grpc.StreamDesc, method string, o ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := b.ClientConnInterface.NewStream(ctx, d, method, o...)
	if err != nil || b.heard || method != proto.Board_Follow_FullMethodName {
		return s, err
	}
	return &watchedStream{s, b}, nil
}

type watchedStream struct {
	grpc.ClientStream
	board *watchedBoard
}

func (s *watchedStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if err == nil && !s.board.heard {
		s.board.heard = true
		s.board.tell(newsUp)
	}
	return err
}

// process is a role that runs in a process of its own.
type process struct {
	what string
	cmd  *exec.Cmd
	life io.Closer     // its stdin: it ends when this is closed, or when this process ends in whatever way
	news chan news     // closed when the process has closed its stdout
	done chan struct{} // closed when it has ended
}

// startProcess starts this program again in a role. What it logs goes to the log file.
func startProcess(what string, s *settings, log *os.File, args ...string) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	line, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	p := &process{what: what, cmd: exec.Command(program, append([]string{"role"}, args...)...), news: make(chan news, 16), done: make(chan struct{})}
	p.cmd.Stderr = log
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.life = in
	go func() {
		defer close(p.done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.news <- news(lines.Text())
		}
		close(p.news)
		_ = p.cmd.Wait() // its state says how it ended
	}()
	if _, err := in.Write(append(line, '\n')); err != nil {
		return nil, errors.Join(fmt.Errorf("settings of the %s: %w", what, err), p.kill())
	}
	return p, nil
}

// wait waits for a piece of news.
func (p *process) wait(ctx context.Context, want news, patience time.Duration) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case got, ok := <-p.news:
			if !ok {
				<-p.done
				return fmt.Errorf("%s has ended: %s", p.what, p.cmd.ProcessState)
			}
			if got == want {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return fmt.Errorf("%s is not %s after %s", p.what, want, patience)
		}
	}
}

// kill ends the process without a word (SIGKILL) and waits until it is gone. It fails if the process had ended by itself.
func (p *process) kill() error {
	err := p.cmd.Process.Kill()
	<-p.done
	if state := p.cmd.ProcessState; err == nil && state.Exited() {
		err = fmt.Errorf("%s had ended by itself: %s", p.what, state)
	}
	return err
}

// stop ends the process in order. A second call does nothing.
func (p *process) stop() {
	p.life.Close()
	select {
	case <-p.done:
	case <-time.After(shutdownTime):
		p.kill()
	}
}

// logFile opens the file that all processes append to.
func logFile(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, "log.txt"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
}
