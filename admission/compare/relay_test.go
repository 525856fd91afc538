package compare

import (
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// relayPlayers play at a time, and each says relayRate things a second.
	relayPlayers = 100
	relayRate    = 20
	// relaySlice is how many each says in a slice.
	relaySlice = 60
	// targetVar is where the copying peer sends everything.
	targetVar = "GATEKEEPER_TARGET"
)

// copyBytes is the least that stands between a player and a game: it copies bytes both ways, as the library does it.
func copyBytes() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("http://" + l.Addr().String())
	for {
		player, err := l.Accept()
		if err != nil {
			panic(err)
		}
		go func() {
			defer player.Close()
			game, err := net.Dial("tcp", os.Getenv(targetVar))
			if err != nil {
				return
			}
			defer game.Close()
			go func() {
				_, _ = io.Copy(game, player)
				_ = game.Close()
			}()
			_, _ = io.Copy(player, game)
		}()
	}
}

// measureRelay compares how long it takes a player to be answered by the game behind gatekeeper, and behind a proxy that
// copies bytes.
func measureRelay(t *testing.T, results *table) {
	game := startSelf(t, "sockets")
	target := strings.TrimPrefix(game.url, "http://")
	t.Setenv(targetVar, target)
	proxy := startSelf(t, "copy")
	house, p := gatekeeperLobby(t, relayPlayers, 0)
	p.Runs(t, "instance", "set", "main", "--upstream", "ws://"+target+"/")
	through := map[string][]*websocket.Conn{}
	for i := range relayPlayers {
		in, err := house.attach(i)
		if err != nil {
			t.Fatal(err)
		}
		direct, err := dial(proxy.url)
		if err != nil {
			t.Fatal(err)
		}
		through["gatekeeper"], through["proxy"] = append(through["gatekeeper"], in.ws), append(through["proxy"], direct)
		for _, ws := range []*websocket.Conn{in.ws, direct} {
			defer ws.Close()
			if err := greeted(ws); err != nil {
				t.Fatal(err)
			}
		}
	}
	p99 := map[string][]float64{}
	for range *rounds {
		for name, lines := range through {
			p99[name] = append(p99[name], 1000*share(played(t, lines), .99))
		}
	}
	results.ratio("a relayed game's answer, p99, beside a proxy that copies bytes", p99["gatekeeper"], p99["proxy"], "ms", 1.3, false)
}

// greeted reads up to the game's first words.
func greeted(ws *websocket.Conn) error {
	for {
		_ = ws.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, text, err := ws.ReadMessage()
		if err != nil || strings.Contains(string(text), "welcome") {
			return err
		}
	}
}

// played has everybody say something by the clock, and returns how long the answers took, sorted.
func played(t *testing.T, lines []*websocket.Conn) []time.Duration {
	t.Helper()
	said := make([]byte, 200)
	times := make([][]time.Duration, len(lines))
	var all sync.WaitGroup
	began := time.Now()
	for i, ws := range lines {
		all.Go(func() {
			for n := range relaySlice {
				due := began.Add(time.Duration(n)*time.Second/relayRate + time.Duration(i)*time.Second/time.Duration(relayRate*len(lines)))
				time.Sleep(time.Until(due))
				sent := time.Now()
				_ = ws.SetReadDeadline(sent.Add(10 * time.Second))
				if err := ws.WriteMessage(websocket.BinaryMessage, said); err != nil {
					t.Error(err)
					return
				}
				if _, _, err := ws.ReadMessage(); err != nil {
					t.Error(err)
					return
				}
				times[i] = append(times[i], time.Since(sent))
			}
		})
	}
	all.Wait()
	sorted := slices.Concat(times...)
	slices.Sort(sorted)
	return sorted
}
