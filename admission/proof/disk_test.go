//go:build linux

package proof_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

// mount gives the data folder a small disk of its own, where that is allowed.
func (s *site) mount() {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	err := syscall.Mount("tmpfs", s.Dir, "tmpfs", 0, "size=4m,mode=0700")
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.isMounted = true
	s.t.Cleanup(func() {
		_ = s.Stop()
		if err := syscall.Unmount(s.Dir, syscall.MNT_DETACH); err != nil {
			s.t.Error(err)
		}
	})
}

func (s *site) ballast() string { return filepath.Join(s.Dir, "ballast") }

// fillDisk leaves no byte free; without a disk of its own, the files may not grow.
func (s *site) fillDisk() {
	if !s.isMounted {
		s.limitFiles()
		return
	}
	f, err := os.Create(s.ballast())
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	for chunk := make([]byte, 4096); err == nil; {
		_, err = f.Write(chunk)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		s.t.Fatal(err)
	}
}

func (s *site) emptyDisk() {
	if !s.isMounted {
		s.unlimitFiles()
		return
	}
	if err := os.Remove(s.ballast()); err != nil {
		s.t.Fatal(err)
	}
}

// limitFiles lets the server write to no file beyond its first page.
func (s *site) limitFiles() { s.setLimit(4096) }

func (s *site) unlimitFiles() { s.setLimit(^uint64(0)) }

func (s *site) setLimit(bytes uint64) {
	s.t.Helper()
	limit := syscall.Rlimit{Cur: bytes, Max: ^uint64(0)}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(s.Cmd.Process.Pid), syscall.RLIMIT_FSIZE,
		uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		s.t.Fatal(errno)
	}
}

// setReadOnly needs a server that is stopped: what has files open for writing cannot be made read-only.
func (s *site) setReadOnly(isReadOnly bool) {
	s.t.Helper()
	var err error
	if s.isMounted {
		flags := uintptr(syscall.MS_REMOUNT)
		if isReadOnly {
			flags |= syscall.MS_RDONLY
		}
		err = syscall.Mount("tmpfs", s.Dir, "tmpfs", flags, "size=4m,mode=0700")
	} else if isReadOnly {
		err = os.Chmod(s.Dir, 0o500)
		s.chmod(0o400)
	} else {
		err = os.Chmod(s.Dir, 0o700)
		s.chmod(0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// bindByPermissions takes the right away from root to pass over them.
func (s *site) bindByPermissions() {
	if os.Geteuid() == 0 {
		s.Before = []string{"setpriv", "--bounding-set", "-dac_override,-dac_read_search"}
	}
}

func (s *site) chmod(mode os.FileMode) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Chmod(s.Database()+suffix, mode); err != nil && !errors.Is(err, os.ErrNotExist) {
			s.t.Fatal(err)
		}
	}
}

// inject has a tracer make system calls on a file fail or hang until stop is called.
func (s *site) inject(what, path string) (stop func()) {
	s.t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		s.t.Fatal("install strace (make deps-strace)")
	}
	calls, _, _ := strings.Cut(what, ":")
	tracer := exec.Command("strace", "-f", "-p", fmt.Sprint(s.Cmd.Process.Pid), "-P", path, "-o", os.DevNull,
		"-e", "trace="+calls, "-e", "inject="+what)
	messages, err := tracer.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := tracer.Start(); err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(messages).ReadString('\n')
	if !strings.Contains(line, "attached") {
		s.t.Fatalf("strace says %q, %v", line, err)
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, messages)
	}()
	stop = sync.OnceFunc(func() {
		_ = tracer.Process.Signal(os.Interrupt)
		<-drained
		_ = tracer.Wait()
	})
	s.t.Cleanup(stop)
	return stop
}
