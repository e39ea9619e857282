// Package scripts runs the commands as people meet them: several processes that speak to each other over sockets, driven by the scripts
// in testdata, which are the sessions of README and the setups of docs/operations.md.
package scripts

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sotto/internal/natscluster"
)

// built is the directory with the three commands, built once.
var built string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "sotto-scripts-")
	if err == nil {
		built = dir
		build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "sotto/cmd/sotto", "sotto/cmd/sottod", "sotto/cmd/sotto-demo")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "building the commands:", err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// commands are what scripts use beside the tools.
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	// start NAME COMMAND… runs a command in the background, its output in NAME.log.
	"start": func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < 2 {
			ts.Fatalf("usage: start NAME COMMAND…")
		}
		cmd := exec.Command(filepath.Join(built, args[1]), args[2:]...)
		cmd.Dir = ts.MkAbs(".")
		log, err := os.OpenFile(ts.MkAbs(args[0]+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		ts.Check(err)
		cmd.Stdout, cmd.Stderr = log, log
		ts.Check(cmd.Start())
		d := &daemon{cmd: cmd, done: make(chan struct{})}
		go func() {
			d.err = cmd.Wait()
			log.Close()
			close(d.done)
		}()
		daemonsOf(ts)[args[0]] = d
		ts.Defer(func() {
			cmd.Process.Kill()
			<-d.done
		})
	},
	// end NAME… ends daemons with SIGTERM; each must exit with code 0 within ten seconds.
	"end": func(ts *testscript.TestScript, neg bool, args []string) {
		for _, name := range args {
			d := daemonsOf(ts)[name]
			if d == nil {
				ts.Fatalf("no daemon %s", name)
			}
			ts.Check(d.cmd.Process.Signal(syscall.SIGTERM))
			select {
			case <-d.done:
				if d.err != nil {
					ts.Fatalf("%s did not stop cleanly: %v", name, d.err)
				}
			case <-time.After(10 * time.Second):
				ts.Fatalf("%s did not stop within ten seconds of SIGTERM", name)
			}
		}
	},
	// crash NAME… ends daemons with SIGKILL.
	"crash": func(ts *testscript.TestScript, neg bool, args []string) {
		for _, name := range args {
			d := daemonsOf(ts)[name]
			if d == nil {
				ts.Fatalf("no daemon %s", name)
			}
			d.cmd.Process.Kill()
			<-d.done
		}
	},
	// await PATTERN COMMAND… runs a command again and again until its output has the pattern, for a minute at most.
	"await": func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < 2 {
			ts.Fatalf("usage: await PATTERN COMMAND…")
		}
		pattern := regexp.MustCompile("(?m)" + args[0])
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		var out []byte
		for ctx.Err() == nil {
			name := args[1]
			if name != "cat" {
				name = filepath.Join(built, name)
			}
			cmd := exec.CommandContext(ctx, name, args[2:]...)
			cmd.Dir = ts.MkAbs(".")
			out, _ = cmd.CombinedOutput()
			if pattern.Match(out) {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		ts.Fatalf("%s never printed %q; last it printed:\n%s", strings.Join(args[1:], " "), args[0], out)
	},
	// get URL PATTERN asks again and again until the answer, its status code in a line before its body, has the pattern, for a minute at
	// most. The body is left in the file "got".
	"get": func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 2 {
			ts.Fatalf("usage: get URL PATTERN")
		}
		pattern := regexp.MustCompile("(?m)" + args[1])
		client := http.Client{Timeout: 10 * time.Second}
		answer := ""
		for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(100 * time.Millisecond) {
			r, err := client.Get(args[0])
			if err != nil {
				answer = err.Error()
				continue
			}
			body, err := io.ReadAll(r.Body)
			r.Body.Close()
			ts.Check(err)
			answer = fmt.Sprintf("%d\n%s", r.StatusCode, body)
			if pattern.MatchString(answer) {
				ts.Check(os.WriteFile(ts.MkAbs("got"), body, 0o600))
				return
			}
		}
		ts.Fatalf("%s never answered %q; last it answered:\n%s", args[0], args[1], answer)
	},
	// stall PORT TARGET BYTES passes connections at PORT on to TARGET, both on loopback, but once a client has sent so many bytes, holds
	// back the newest KiB of what it sends.
	"stall": func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 3 {
			ts.Fatalf("usage: stall PORT TARGET BYTES")
		}
		after, err := strconv.Atoi(args[2])
		ts.Check(err)
		l, err := net.Listen("tcp", "127.0.0.1:"+args[0])
		ts.Check(err)
		s := &stall{after: after, release: make(chan struct{})}
		stallsOf(ts)[args[0]] = s
		go s.serve(l, "127.0.0.1:"+args[1])
		ts.Defer(func() { l.Close(); s.end() })
	},
	// unstall PORT lets everything through.
	"unstall": func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 || stallsOf(ts)[args[0]] == nil {
			ts.Fatalf("usage: unstall PORT")
		}
		stallsOf(ts)[args[0]].end()
	},
	// balance PORT TARGET… passes connections at PORT on to the targets in turn, all on loopback, as a balancer of TCP does.
	"balance": func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < 2 {
			ts.Fatalf("usage: balance PORT TARGET…")
		}
		l, err := net.Listen("tcp", "127.0.0.1:"+args[0])
		ts.Check(err)
		go balance(l, args[1:])
		ts.Defer(func() { l.Close() })
	},
	// cluster DIR writes configuration and certificates of three engine servers, builds nats-server, and sets what aggregators are told
	// of the servers: SERVERS and MONITORS, and MONITOR1 to MONITOR3.
	"cluster": func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: cluster DIR")
		}
		ts.Check(natscluster.Build(filepath.Join(built, "nats-server")))
		dir := ts.MkAbs(args[0])
		ts.Check(os.Mkdir(dir, 0o700))
		c, err := natscluster.Configure(dir, natscluster.Options{})
		ts.Check(err)
		monitors := c.Monitors("127.0.0.1")
		ts.Setenv("SERVERS", strings.Join(c.Servers("127.0.0.1"), ","))
		ts.Setenv("MONITORS", strings.Join(monitors, ","))
		for i, url := range monitors {
			ts.Setenv(fmt.Sprintf("MONITOR%d", i+1), url)
		}
	},
	// fill FILE… replaces $NAME in files by what the environment has.
	"fill": func(ts *testscript.TestScript, neg bool, args []string) {
		for _, path := range args {
			ts.Check(os.WriteFile(ts.MkAbs(path), []byte(os.Expand(ts.ReadFile(path), ts.Getenv)), 0o600))
		}
	},
	// replace FILE OLD NEW replaces a text that a file has once.
	"replace": func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 3 {
			ts.Fatalf("usage: replace FILE OLD NEW")
		}
		text := ts.ReadFile(args[0])
		if n := strings.Count(text, args[1]); n != 1 {
			ts.Fatalf("%s has %q %d times, want once", args[0], args[1], n)
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
	},
	// save NAME takes the last word of the last line of stdout into the environment.
	"save": func(ts *testscript.TestScript, neg bool, args []string) {
		fields := strings.Fields(ts.ReadFile("stdout"))
		if len(args) != 1 || len(fields) == 0 {
			ts.Fatalf("save: nothing to save")
		}
		ts.Setenv(args[0], fields[len(fields)-1])
	},
	// absent TEXT PATH… fails if a file below the paths holds the text.
	"absent": func(ts *testscript.TestScript, neg bool, args []string) {
		for _, root := range args[1:] {
			ts.Check(filepath.WalkDir(ts.MkAbs(root), func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				b, err := os.ReadFile(path)
				if err == nil && bytes.Contains(b, []byte(args[0])) {
					err = fmt.Errorf("%s holds %q", path, args[0])
				}
				return err
			}))
		}
	},
}

type daemon struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// stall is a proxy that holds back the end of what clients send. No upload is complete without its end.
type stall struct {
	after   int
	release chan struct{}
	once    sync.Once
}

func (s *stall) end() { s.once.Do(func() { close(s.release) }) }

func (s *stall) serve(l net.Listener, target string) {
	for {
		from, err := l.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", target)
		if err != nil {
			from.Close()
			continue
		}
		go func() {
			defer from.Close()
			_, _ = io.Copy(from, to)
		}()
		go func() {
			defer to.Close()
			s.pass(to, from)
		}()
	}
}

// pass copies what a client sends.
func (s *stall) pass(to, from net.Conn) {
	sent := make(chan []byte)
	go func() {
		defer close(sent)
		for {
			b := make([]byte, 4<<10)
			n, err := from.Read(b)
			if sent <- b[:n]; err != nil {
				return
			}
		}
	}()
	var held []byte
	total, release := 0, s.release
	for {
		keep := 0
		select {
		case b, ok := <-sent:
			if !ok {
				return
			}
			held, total = append(held, b...), total+len(b)
			if release != nil && total > s.after {
				keep = min(1<<10, len(held)) // less than what gRPC writes last, so that a header is not held back with it
			}
		case <-release:
			release = nil
		}
		n, err := to.Write(held[:len(held)-keep])
		if held = held[n:]; err != nil {
			go func() { // lets the reader end with the connection
				for range sent {
				}
			}()
			return
		}
	}
}

// balance serves each connection by the next target that takes it.
func balance(l net.Listener, targets []string) {
	for next := 0; ; next++ {
		from, err := l.Accept()
		if err != nil {
			return
		}
		var to net.Conn
		for range targets {
			if to, err = net.Dial("tcp", "127.0.0.1:"+targets[next%len(targets)]); err == nil {
				break
			}
			next++ // it is down
		}
		if err != nil {
			from.Close()
			continue
		}
		for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
			go func() {
				defer pair[0].Close()
				_, _ = io.Copy(pair[0], pair[1])
			}()
		}
	}
}

type stallsKey struct{}

func stallsOf(ts *testscript.TestScript) map[string]*stall {
	return ts.Value(stallsKey{}).(map[string]*stall)
}

type daemonsKey struct{}

func daemonsOf(ts *testscript.TestScript) map[string]*daemon {
	return ts.Value(daemonsKey{}).(map[string]*daemon)
}

// freePort returns a port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func TestScripts(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("daemons are stopped with SIGTERM")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Cmds:                commands,
		Setup: func(e *testscript.Env) error {
			e.Values[daemonsKey{}] = map[string]*daemon{}
			e.Values[stallsKey{}] = map[string]*stall{}
			e.Setenv("PATH", built+string(filepath.ListSeparator)+os.Getenv("PATH"))
			for _, name := range []string{"CHAIN", "AGGREGATOR", "HEALTH", "METRICS", "MEMBER", "SLOW", "FIRST", "SECOND"} {
				port, err := freePort()
				if err != nil {
					return err
				}
				e.Setenv(name, fmt.Sprint(port))
			}
			return nil
		},
	})
}
