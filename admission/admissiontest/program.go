// Package admissiontest runs the real binary on a real file, for tests and benchmarks only.
package admissiontest

import (
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Main runs a package's tests with a binary of their own, whose path it hands on first. Fuzzing goes without: it starts the
// tests' process over and over, and each would build one.
func Main(m *testing.M, binary *string) {
	flag.Parse()
	if flag.Lookup("test.fuzz").Value.String() != "" {
		os.Exit(m.Run())
	}
	built, remove, err := build()
	if err != nil {
		panic(err)
	}
	*binary = built
	status := m.Run()
	remove()
	os.Exit(status)
}

// build builds the binary the way `make build` does, in a folder that remove takes away.
func build() (binary string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "gatekeeper")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	binary = filepath.Join(dir, "gatekeeper")
	command := exec.Command("go", "build", "-o", binary, "gatekeeper")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		remove()
		return "", nil, fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, remove, nil
}

// Program is `gatekeeper serve` on one data folder and one address, over any number of starts. It is used by one
// goroutine, but for URL.
type Program struct {
	Binary string
	Dir    string   // the data folder
	Addr   string   // where it listens
	Before []string // a command that runs the binary, such as a tracer with its flags
	Args   []string // of every start
	// Trust is how its callers speak TLS; nil = it speaks none.
	Trust *tls.Config

	// The newest start's process, and the files that it writes to.
	Cmd            *exec.Cmd
	Stdout, Stderr string
}

// NewProgram returns one with a fresh folder and address, that has ended by the end of the test.
func NewProgram(t testing.TB, binary string, args ...string) *Program {
	t.Helper()
	p := &Program{Binary: binary, Dir: filepath.Join(t.TempDir(), "data"), Addr: FreeAddress(t), Args: args}
	t.Cleanup(func() { _ = p.Stop() })
	return p
}

// FreeAddress returns a loopback address that nobody listens on at the moment.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Database is the path of the database file.
func (p *Program) Database() string { return filepath.Join(p.Dir, "gatekeeper.db") }

// URL is where the program answers.
func (p *Program) URL() string {
	if p.Trust != nil {
		return "https://" + p.Addr
	}
	return "http://" + p.Addr
}

// Client returns one that speaks to it as it wants, on a line of its own for each call.
func (p *Program) Client() *http.Client {
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: p.Trust}}
}

// Start starts it and waits until it is ready.
func (p *Program) Start(t testing.TB, args ...string) {
	t.Helper()
	p.Launch(t, args...)
	if err := p.WaitReady(20 * time.Second); err != nil {
		t.Fatalf("%v:\n%s", err, ReadFile(t, p.Stderr))
	}
}

// Launch starts it and returns at once.
func (p *Program) Launch(t testing.TB, args ...string) {
	t.Helper()
	logs := t.TempDir()
	p.Stdout, p.Stderr = filepath.Join(logs, "stdout"), filepath.Join(logs, "stderr")
	line := append(append([]string{}, p.Before...), p.Binary, "serve", "--listen", p.Addr, "--data", p.Dir)
	line = append(append(line, p.Args...), args...)
	p.Cmd = exec.Command(line[0], line[1:]...)
	stdout, stderr := create(t, p.Stdout), create(t, p.Stderr)
	defer stdout.Close()
	defer stderr.Close()
	p.Cmd.Stdout, p.Cmd.Stderr = stdout, stderr
	if err := p.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// WaitReady waits until /readyz says yes.
func (p *Program) WaitReady(limit time.Duration) error {
	client := p.Client()
	client.Timeout = time.Second
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		response, err := client.Get(p.URL() + "/readyz")
		if err != nil {
			continue
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("not ready after %s", limit)
}

// Kill ends the process as a crash would, and waits until it is gone.
func (p *Program) Kill() {
	_ = p.Cmd.Process.Kill()
	_ = p.Cmd.Wait()
}

// Stop asks it to end and waits until it has; its error is that of the process.
func (p *Program) Stop() error {
	if p.Cmd == nil || p.Cmd.ProcessState != nil {
		return nil
	}
	_ = p.Cmd.Process.Signal(syscall.SIGTERM)
	return p.Cmd.Wait()
}

// Runs runs another command of the binary on the same data folder; it must succeed.
func (p *Program) Runs(t testing.TB, args ...string) (output string) {
	t.Helper()
	output, err := p.Run(args...)
	if err != nil {
		t.Fatalf("gatekeeper %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return output
}

// Run is Runs where the command may fail.
func (p *Program) Run(args ...string) (output string, err error) {
	out, err := exec.Command(p.Binary, append(args, "--data", p.Dir)...).CombinedOutput()
	return string(out), err
}

// ReadFile returns what a file has so far.
func ReadFile(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func create(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
