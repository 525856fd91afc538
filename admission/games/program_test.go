package games

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const examples = "../../testdata/games"

// game is an example that runs beside the house.
type game struct {
	h   *house
	url string // as its first line says
}

// runs starts an example and waits for the address that it prints. It ends with the test.
func (h *house) runs(name string, args ...string) *game {
	h.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "GATEKEEPER_KEY="+h.key)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		h.t.Fatalf("%s says %q, %v", name, line, err)
	}
	return &game{h, strings.TrimSpace(line)}
}

// example builds a game that is written in Go.
func example(t *testing.T, name string) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), name)
	build := exec.Command("go", "build", "-o", binary, "./"+name)
	build.Dir = examples
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

func (h *house) goGame(instance string) *game {
	h.t.Helper()
	return h.runs(example(h.t, "go"), "--listen", "127.0.0.1:0", "--gatekeeper", h.URL(), "--instance", instance)
}

// agrees waits until the game's own list is the live list, with so many on it.
func (g *game) agrees(players int) {
	g.h.t.Helper()
	g.h.until("the game's list is the live list", func() bool {
		var own, live []string
		response, err := http.Get(strings.Replace(strings.TrimSuffix(g.url, "/play"), "ws://", "http://", 1) + "/players")
		if err != nil {
			return false
		}
		defer response.Body.Close()
		if json.NewDecoder(response.Body).Decode(&own) != nil {
			return false
		}
		for _, s := range g.h.call(200, "GET", "/server/instances/main/sessions", g.h.key, nil)["sessions"].([]any) {
			live = append(live, s.(object)["sessionId"].(string))
		}
		slices.Sort(own)
		slices.Sort(live)
		return len(own) == players && slices.Equal(own, live)
	})
}

// line is a player's line to the Go game.
type line struct {
	*websocket.Conn
	h *house
}

// admits brings a ticket, which must be good; it returns the line.
func (g *game) admits(ticket string) line {
	g.h.t.Helper()
	l := g.shows(ticket)
	if _, text, err := l.ReadMessage(); err != nil || !strings.HasPrefix(string(text), "welcome") {
		g.h.t.Fatalf("the game says %q, %v", text, err)
	}
	return l
}

func (g *game) shows(ticket string) line {
	g.h.t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(g.url, nil)
	if err != nil {
		g.h.t.Fatal(err)
	}
	g.h.t.Cleanup(func() { _ = ws.Close() })
	_ = ws.SetReadDeadline(time.Now().Add(patience))
	if err := ws.WriteMessage(websocket.TextMessage, []byte(ticket)); err != nil {
		g.h.t.Fatal(err)
	}
	return line{ws, g.h}
}

// refuses brings a ticket that is not good, and returns why.
func (g *game) refuses(ticket string) string {
	g.h.t.Helper()
	_, _, err := g.shows(ticket).ReadMessage()
	closed, isClose := err.(*websocket.CloseError)
	if !isClose || closed.Code != 4401 {
		g.h.t.Fatalf("a bad ticket ends with %v", err)
	}
	return closed.Text
}

// plays sends something, which must come back.
func (l line) plays(text string) {
	l.h.t.Helper()
	if err := l.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		l.h.t.Fatal(err)
	}
	if _, back, err := l.ReadMessage(); err != nil || string(back) != text {
		l.h.t.Fatalf("of %q comes back %q, %v", text, back, err)
	}
}

// isLost reads to the end of the line.
func (l line) isLost() {
	l.h.t.Helper()
	for {
		if _, _, err := l.ReadMessage(); err != nil {
			if timeout, isTimeout := err.(interface{ Timeout() bool }); isTimeout && timeout.Timeout() {
				l.h.t.Fatal("the game does not let the player go")
			}
			return
		}
	}
}

// hands is what a test does at a game, in whatever language.
type hands interface {
	isIn(ticket string)  // it must get in
	isOut(ticket string) // it must not
	plays(text string)   // whoever got in last
	isLetGo()            // whoever got in last
	agrees(players int)  // with the live list
}

// goHands plays the Go game.
type goHands struct {
	*game
	last line
}

func (g *goHands) isIn(ticket string)  { g.last = g.admits(ticket) }
func (g *goHands) isOut(ticket string) { g.refuses(ticket) }
func (g *goHands) plays(text string)   { g.last.plays(text) }
func (g *goHands) isLetGo()            { g.last.isLost() }

// colyseusHands plays the Colyseus room, by Colyseus' own client.
type colyseusHands struct {
	*game
	in  io.Writer
	out *bufio.Scanner
}

func (h *house) colyseus(instance string) *colyseusHands {
	h.t.Helper()
	node := func(script string, args ...string) []string {
		return append([]string{filepath.Join(examples, "colyseus", script)}, args...)
	}
	g := h.runs("node", node("server.mjs", "0", h.URL(), instance)...)
	cmd := exec.Command("node", node("player.mjs", g.url)...)
	cmd.Stderr = os.Stderr
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	if inErr != nil || outErr != nil || cmd.Start() != nil {
		h.t.Fatal("the player cannot be started")
	}
	h.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &colyseusHands{g, in, bufio.NewScanner(out)}
}

// does says something to the player, and waits for what the player tells.
func (c *colyseusHands) does(text, want string) {
	c.h.t.Helper()
	if text != "" {
		_, _ = io.WriteString(c.in, text+"\n")
	}
	watchdog := time.AfterFunc(patience, func() { panic("the player does not answer") })
	defer watchdog.Stop()
	if !c.out.Scan() || !strings.HasPrefix(c.out.Text(), want) {
		c.h.t.Fatalf("after %.20q the player tells %s, want %s", text, c.out.Text(), want)
	}
}

func (c *colyseusHands) isIn(ticket string)  { c.does(ticket, `{"welcome":`) }
func (c *colyseusHands) isOut(ticket string) { c.does(ticket, `{"refused":"the ticket is not good"}`) }
func (c *colyseusHands) plays(text string)   { c.does("say "+text, `{"said":"`+text+`"}`) }
func (c *colyseusHands) isLetGo()            { c.does("", `{"left":`) }
