package compare

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"gatekeeper/admission/admissiontest"
)

const (
	peerVar       = "GATEKEEPER_PEER"
	startPatience = 60 * time.Second
)

// peers are the servers that this program can be, by name. Each says its address on a line of its own.
var peers = map[string]func(){
	"echo":    func() { servePeer(http.HandlerFunc(echo)) },
	"sockets": func() { servePeer(http.HandlerFunc(greet)) },
	"copy":    copyBytes,
}

func servePeer(handler http.Handler) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("http://" + l.Addr().String())
	panic(http.Serve(l, handler))
}

// echo is the least that a server does which takes JSON and answers JSON.
func echo(w http.ResponseWriter, r *http.Request) {
	var said any
	if err := json.NewDecoder(r.Body).Decode(&said); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(said)
}

// greet is a WebSocket server as the library's examples have it: it upgrades with the defaults, says one thing, and
// answers what it hears.
func greet(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	if ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"welcome"}`)) != nil {
		return
	}
	for {
		kind, data, err := ws.ReadMessage()
		if err != nil || ws.WriteMessage(kind, data) != nil {
			return
		}
	}
}

// peer is a server in a process of its own.
type peer struct {
	url string
	pid int
}

// startSelf starts this program as one of its peers.
func startSelf(t testing.TB, name string) peer {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), peerVar+"="+name)
	return start(t, command)
}

// startNode starts a rival on Node; it is skipped where there is none.
func startNode(t testing.TB, script string, args ...string) peer {
	t.Helper()
	folder := filepath.Join("..", "..", "testdata", "rivals")
	if _, err := os.Stat(filepath.Join(folder, "node_modules")); err != nil {
		t.Skip("the rivals are not installed: make deps-rivals")
	}
	command := exec.Command("node", append([]string{script}, args...)...)
	command.Dir, command.Env = folder, append(os.Environ(), "NODE_ENV=production")
	return start(t, command)
}

// start runs a command until the end of the test, once it has said its address.
func start(t testing.TB, command *exec.Cmd) peer {
	t.Helper()
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	defer time.AfterFunc(startPatience, func() { _ = command.Process.Kill() }).Stop()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if url := lines.Text(); strings.HasPrefix(url, "http://") {
			go io.Copy(io.Discard, stdout)
			return peer{url: url, pid: command.Process.Pid}
		}
	}
	t.Fatalf("%s ended, or said no address within %s", command, startPatience)
	return peer{}
}

// startRedis starts a Redis that answers after its file is synced, and returns its port; "" = there is none here.
func startRedis(t testing.TB) (port string) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return ""
	}
	_, port, _ = net.SplitHostPort(admissiontest.FreeAddress(t))
	command := exec.Command(program, "--port", port, "--bind", "127.0.0.1", "--appendonly", "yes",
		"--appendfsync", "always", "--save", "", "--dir", t.TempDir(), "--daemonize", "no")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	for deadline := time.Now().Add(startPatience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			_ = c.Close()
			return port
		}
	}
	t.Fatal("redis-server does not answer")
	return ""
}

// resident is the memory of a process that lies in RAM, in bytes.
func resident(t testing.TB, pid int) float64 {
	t.Helper()
	fields := strings.Fields(admissiontest.ReadFile(t, fmt.Sprintf("/proc/%d/statm", pid)))
	pages, err := strconv.ParseFloat(fields[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * float64(os.Getpagesize())
}

// cpuTime is what a process has used of the processors so far, in seconds.
func cpuTime(t testing.TB, pid int) float64 {
	t.Helper()
	const ticks = 100 // a second, for every Linux that Go runs on
	_, after, _ := strings.Cut(admissiontest.ReadFile(t, fmt.Sprintf("/proc/%d/stat", pid)), ") ")
	fields := strings.Fields(after)
	total := 0.0
	for _, text := range fields[11:13] { // utime and stime
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		total += n / ticks
	}
	return total
}

// rest returns once a process does next to nothing, so that it does not work through one slice in the time of the next.
func rest(t testing.TB, pid int) {
	t.Helper()
	const look, idle, most = 250 * time.Millisecond, .02, 40
	before := cpuTime(t, pid)
	for range most {
		time.Sleep(look)
		now := cpuTime(t, pid)
		if now-before <= idle {
			return
		}
		before = now
	}
	t.Errorf("process %d is still at work after %s", pid, most*look)
}
