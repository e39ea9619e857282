package chaos

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a replica or a member, which is started again whenever it ends.
type process struct {
	t       testing.TB
	name    string
	command func() *exec.Cmd
	log     string
	alarm   func(string) // told when it has ended for a reason that a person has to look at

	mu      sync.Mutex
	running *exec.Cmd
	held    time.Time // not started before
	over    bool
	ended   chan struct{}
}

// supervise starts a process and keeps it running until the test ends.
func supervise(t testing.TB, name, dir string, in *namespace, role string, config any, alarm func(string)) *process {
	t.Helper()
	b, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, name: name, log: filepath.Join(dir, name+".log"), alarm: alarm, ended: make(chan struct{})}
	p.command = func() *exec.Cmd {
		c := in.command(binary)
		c.Env = append(os.Environ(), roleVariable+"="+role, roleConfig+"="+string(b), "GOMAXPROCS=2")
		return c
	}
	go p.keep()
	t.Cleanup(p.end)
	return p
}

func (p *process) keep() {
	defer close(p.ended)
	for {
		p.mu.Lock()
		wait, over := time.Until(p.held), p.over
		p.mu.Unlock()
		if over {
			return
		}
		if wait > 0 {
			time.Sleep(min(wait, 50*time.Millisecond))
			continue
		}
		if err := p.once(); err != nil {
			p.t.Errorf("starting %s: %v", p.name, err)
			return
		}
	}
}

// once runs the process until it ends.
func (p *process) once() error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c := p.command()
	c.Stdout, c.Stderr = log, log
	p.mu.Lock()
	if p.over {
		p.mu.Unlock()
		return nil
	}
	if err := c.Start(); err != nil {
		p.mu.Unlock()
		return err
	}
	p.running = c
	p.mu.Unlock()
	c.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = nil
	switch status := c.ProcessState; {
	case p.over || status.Sys().(syscall.WaitStatus).Signaled():
	case status.ExitCode() == exitTrouble:
		p.held = time.Now().Add(500 * time.Millisecond)
	default:
		p.held = time.Now().Add(500 * time.Millisecond)
		p.alarm(fmt.Sprintf("%s ended with %s:\n%s", p.name, status, p.tail(6)))
	}
	return nil
}

// kill ends the process at once. It is started again after a time.
func (p *process) kill(down time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = time.Now().Add(down)
	if p.running != nil {
		p.running.Process.Kill()
	}
}

func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		p.running.Process.Signal(s)
	}
}

func (p *process) end() {
	p.mu.Lock()
	p.over = true
	if p.running != nil {
		p.running.Process.Kill()
	}
	p.mu.Unlock()
	<-p.ended
}

// tail returns the last lines of the process's log.
func (p *process) tail(lines int) string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
