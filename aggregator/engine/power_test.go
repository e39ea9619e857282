package engine_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"sotto/aggregator/engine"
)

// image is a file system in a file. It can lose power.
type image struct{ file, mount string }

// newImage makes an image, or skips the test where that can't be done.
func newImage(t *testing.T, megabytes int64) *image {
	t.Helper()
	i, why := tryImage(t, megabytes)
	if i == nil {
		t.Skip(why)
	}
	return i
}

// tryImage makes and mounts an ext4 image, or says why that can't be done.
func tryImage(t testing.TB, megabytes int64) (_ *image, why string) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		return nil, "needs Linux and root, to mount an image"
	}
	for _, tool := range []string{"mkfs.ext4", "mount", "umount"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, "needs " + tool
		}
	}
	dir := t.TempDir()
	i := &image{filepath.Join(dir, "image"), filepath.Join(dir, "mount")}
	if err := os.Mkdir(i.mount, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(i.file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(megabytes<<20), f.Close()); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", i.file).CombinedOutput(); err != nil {
		return nil, "needs mkfs.ext4 to work: " + string(out)
	}
	if out, err := exec.Command("mount", "-o", "loop", i.file, i.mount).CombinedOutput(); err != nil {
		return nil, "needs loop devices and the right to mount: " + string(out)
	}
	t.Cleanup(i.unmount)
	return i, ""
}

// unmount takes the file system out of sight; it ends when nobody uses it any more.
func (i *image) unmount() {
	for range 20 { // a killed process may hold it for a moment
		if exec.Command("umount", i.mount).Run() == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	exec.Command("umount", "-l", i.mount).Run()
}

// cut stops the file system at once: nothing that has not reached the device ever will.
func (i *image) cut(t testing.TB) {
	t.Helper()
	d, err := os.Open(i.mount)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	const (
		shutdown   = 0x8004587d // EXT4_IOC_SHUTDOWN
		noLogFlush = 2
	)
	flag := uint32(noLogFlush)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, d.Fd(), shutdown, uintptr(unsafe.Pointer(&flag))); errno != 0 {
		t.Skipf("needs a file system that can be shut down: %v", errno)
	}
}

// restore mounts a copy of the image, as after a power loss. The image itself may still be in use: by another mount namespace, in which whoever
// mounts it again gets the file system that was shut down.
func (i *image) restore(t testing.TB) {
	t.Helper()
	copied := i.file + "+"
	if out, err := exec.Command("cp", "--sparse=always", i.file, copied).CombinedOutput(); err != nil {
		t.Fatalf("copying the image: %s", out)
	}
	i.unmount()
	if err := os.Remove(i.file); err != nil {
		t.Fatal(err)
	}
	i.file = copied
	if out, err := exec.Command("mount", "-o", "loop", i.file, i.mount).CombinedOutput(); err != nil {
		t.Fatalf("mounting after the power loss: %s", out)
	}
}

// stopped waits until no thread of a process runs any more.
func stopped(t testing.TB, pid int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		running := 0
		states, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range states {
			stat, err := os.ReadFile(path)
			if _, after, ok := strings.Cut(string(stat), ") "); err == nil && (!ok || after[0] != 'T') {
				running++
			}
		}
		if len(states) > 0 && running == 0 {
			return
		}
	}
	t.Fatal("the process does not stop")
}

// powerRole takes contributions until it is stopped.
func powerRole() error {
	c := small(os.Getenv("DIR"))
	if os.Getenv("LAX") != "" {
		c = engine.Without(c, engine.WithoutSync)
	}
	ctx := context.Background()
	e, err := engine.Open(ctx, c)
	if err != nil {
		return err
	}
	g, err := startGroup(ctx, e, "r1", withSideDigests)
	if err != nil {
		return err
	}
	var n atomic.Uint32
	for range 8 {
		go func() {
			for {
				i := n.Add(1)
				if r, err := submit(ctx, g, engine.ItemID{byte(i >> 8), byte(i)}, draw()); err == nil {
					ack(r)
				}
			}
		}()
	}
	select {}
}

// TestPowerLoss cuts the power of a machine with an embedded engine. What was acknowledged is there. With the server's default sync policy it would not be.
func TestPowerLoss(t *testing.T) {
	cuts := 3
	if testing.Short() {
		cuts = 1
	}
	lose := func(t *testing.T, i *image, lax string, after time.Duration) map[engine.ItemID]engine.Digest {
		c := child(t, "power", "DIR="+filepath.Join(i.mount, "engine"), "LAX="+lax)
		c.Stderr = nil // it complains about its disk
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		acked := map[engine.ItemID]engine.Digest{}
		done := make(chan struct{})
		first := make(chan struct{})
		go func() {
			defer close(done)
			s := bufio.NewScanner(out)
			for s.Scan() {
				if id, d, ok := parseAck(s.Text()); ok {
					if acked[id] = d; len(acked) == 1 {
						close(first)
					}
				}
			}
		}()
		select {
		case <-first:
		case <-time.After(20 * time.Second):
			c.Process.Kill()
			t.Fatal("nothing was acknowledged in 20 s")
		}
		time.Sleep(after)
		// The machine stops at once. What is acknowledged by then is what counts: a file system that is shut down under a process that runs on may
		// still say that it has synced.
		if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		stopped(t, c.Process.Pid)
		i.cut(t)
		c.Process.Kill()
		<-done
		c.Wait()
		i.restore(t)
		return acked
	}
	t.Run("synced", func(t *testing.T) {
		i := newImage(t, 256)
		acked := map[engine.ItemID]engine.Digest{}
		for n := range cuts {
			for id, d := range lose(t, i, "", time.Duration(n+1)*200*time.Millisecond) {
				if before, ok := acked[id]; ok && before != d {
					t.Errorf("item %s was acknowledged as %x… and as %x…", id, before[:4], d[:4])
				}
				acked[id] = d
			}
			e := openEngine(t, small(filepath.Join(i.mount, "engine")))
			receipts := mustCheck(t, e, "r1", acked)
			t.Logf("cut %d: %d acknowledged, %d count, 0 lost", n+1, len(acked), receipts)
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("default policy", func(t *testing.T) {
		i := newImage(t, 256)
		acked := lose(t, i, "yes", 300*time.Millisecond)
		e, err := engine.Open(t.Context(), small(filepath.Join(i.mount, "engine")))
		if err != nil {
			t.Logf("after %d acknowledgements, the store does not even open: %v", len(acked), err)
			return
		}
		defer e.Close()
		wrong, _ := check(t.Context(), e, "r1", acked)
		if !contains(wrong, "was acknowledged and is lost") {
			t.Errorf("%d items were acknowledged without sync and none is lost: this test can't fail", len(acked))
		}
		t.Logf("%d acknowledged, %d faults found", len(acked), len(wrong))
	})
}

// TestFullDisk fills the disk below an engine. New items are refused, what was acknowledged is there, and with room again it goes on.
func TestFullDisk(t *testing.T) {
	i := newImage(t, 256)
	c := small(filepath.Join(i.mount, "engine"))
	c.Reserve = 16 << 20
	e := openEngine(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	g, err := startGroup(ctx, e, "r1", withSideDigests)
	if err != nil {
		t.Fatal(err)
	}
	acked := map[engine.ItemID]engine.Digest{}
	put := func(n byte) error {
		r, err := submit(t.Context(), g, id(n), draw())
		if err == nil {
			acked[r.ID] = r.Digest
		}
		return err
	}
	if err := put(1); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(i.mount, "filler")
	fill(t, filler)
	if err := put(2); !errors.Is(err, engine.ErrFull) {
		t.Errorf("item on a full disk: %v, want %v", err, engine.ErrFull)
	}
	if _, err := openLog(t, e, "r2").Append(t.Context(), engine.Head{}, nil); !errors.Is(err, engine.ErrFull) {
		t.Errorf("record on a full disk: %v, want %v", err, engine.ErrFull)
	}
	mustCheck(t, e, "r1", acked)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := put(3); err != nil {
		t.Errorf("item when there is room again: %v", err)
	}
	if n := mustCheck(t, e, "r1", acked); n != 2 {
		t.Errorf("%d items count, want 2", n)
	}
	cancel()
	e.Close()

	// Without a reserve the server meets the full disk itself. It does not acknowledge what it can't keep, and a restart brings it back.
	c.Reserve, c.Timeout, c.Patience = 1, 500*time.Millisecond, 2*time.Second
	e = openEngine(t, c)
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	if g, err = startGroup(ctx, e, "r1", withSideDigests); err != nil {
		t.Fatal(err)
	}
	fill(t, filler)
	refused := 0
	for n := range byte(4) {
		short, stop := context.WithTimeout(t.Context(), time.Second)
		r, err := submit(short, g, id(100+n), draw())
		if stop(); err != nil {
			refused++
		} else {
			acked[r.ID] = r.Digest
		}
	}
	if refused == 0 {
		t.Error("items were acknowledged on a disk without room")
	}
	cancel()
	e.Close()
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	e = openEngine(t, c)
	if g, err = startGroup(t.Context(), e, "r1", withSideDigests); err != nil {
		t.Fatal(err)
	}
	if err := put(4); err != nil {
		t.Errorf("item after a restart with room again: %v", err)
	}
	mustCheck(t, e, "r1", acked)
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 20; size >= 512; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(fmt.Errorf("filling the disk: %w", err))
	}
}
