package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"gatekeeper/admission/admissiontest"
)

const (
	// attachers is how many players attach at a time.
	attachers = 64
	// attaches is how many of them make a slice.
	attaches = 1500
	// idle is how many attached sessions the memory is measured with.
	idle = 10_000
	// settling is how long a server has to tidy up before its memory is read; the same for each.
	settling = 18 * time.Second
	// cut is how many players lose their line at once.
	cut = 1000
)

// lobby is a server that holds sockets.
type lobby struct {
	pid int
	// join lets the i-th player in and returns its socket, once the server has said that it is in.
	join func(i int) (*joined, error)
	// attach is join without what comes before the socket, where that can be told apart.
	attach func(i int) (*joined, error)
	// back is join for a player who was in and lost the line.
	back func(*joined) (*joined, error)
}

// joined is a player who is in.
type joined struct {
	ws    *websocket.Conn
	token string // to come back with
	room  string
	say   []byte // what the server answers
	kind  int    // of frame
}

// converse exchanges one message.
func (j *joined) converse() error {
	if err := j.ws.WriteMessage(j.kind, j.say); err != nil {
		return err
	}
	_ = j.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, _, err := j.ws.ReadMessage()
	return err
}

var dialer = websocket.Dialer{
	HandshakeTimeout: 10 * time.Second, ReadBufferSize: 512, WriteBufferSize: 512, WriteBufferPool: &sync.Pool{},
	Subprotocols: []string{"gatekeeper.v1"},
}

func dial(url string) (*websocket.Conn, error) {
	ws, response, err := dialer.Dial("ws"+strings.TrimPrefix(url, "http"), nil)
	if err != nil && response != nil {
		return nil, fmt.Errorf("%w (%s)", err, response.Status)
	}
	return ws, err
}

// gatekeeperLobby is a server with seats that are held for so many players, and further players without one.
func gatekeeperLobby(t testing.TB, seats, players int, args ...string) (*lobby, *admissiontest.Program) {
	t.Helper()
	p := newHouse(t, seats, players)
	p.Args = append(p.Args, args...)
	p.Start(t)
	attach := func(kind, token string) (*joined, error) {
		ws, err := dial(p.URL() + "/instances/main/ws?" + kind + "=" + token)
		if err != nil {
			return nil, err
		}
		return welcomed(ws)
	}
	client := newCallers(t, attachers).client
	return &lobby{
		pid:    p.Cmd.Process.Pid,
		attach: func(i int) (*joined, error) { return attach("reconnectionToken", admissiontest.NumberedUUID(2, i)) },
		join: func(i int) (*joined, error) {
			var seat struct{ SessionToken string }
			if err := answer(client, post(p.URL()+"/instances/main/connect", token(seats+i)), &seat); err != nil {
				return nil, err
			}
			return attach("sessionToken", seat.SessionToken)
		},
		back: func(j *joined) (*joined, error) { return attach("reconnectionToken", j.token) },
	}, p
}

// welcomed waits for the seat, and confirms its token as a client does.
func welcomed(ws *websocket.Conn) (*joined, error) {
	var frame struct{ Type, ReconnectionToken string }
	_ = ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	if err := ws.ReadJSON(&frame); err != nil {
		return nil, err
	}
	if frame.Type != "admitted" {
		return nil, errors.New("not admitted but " + frame.Type)
	}
	err := ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"ack"}`))
	return &joined{ws: ws, token: frame.ReconnectionToken, say: []byte(`{"type":"heartbeat"}`), kind: websocket.TextMessage}, err
}

func answer(client *http.Client, r *http.Request, into any) error {
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %w", response.Status, body, err)
	}
	return json.Unmarshal(body, into)
}

// bareLobby upgrades and says one thing, with the library's defaults.
func bareLobby(t testing.TB) *lobby {
	t.Helper()
	p := startSelf(t, "sockets")
	join := func(int) (*joined, error) {
		ws, err := dial(p.url)
		if err != nil {
			return nil, err
		}
		_, _, err = ws.ReadMessage()
		return &joined{ws: ws, say: []byte(`{"type":"heartbeat"}`), kind: websocket.TextMessage}, err
	}
	return &lobby{pid: p.pid, join: join, attach: join}
}

// colyseusLobby speaks what its own client does (the protocol of version 0.16).
func colyseusLobby(t testing.TB) *lobby {
	t.Helper()
	_, port, _ := strings.Cut(admissiontest.FreeAddress(t), ":")
	p := startNode(t, "colyseus.cjs", port)
	client := newCallers(t, attachers).client
	enter := func(method string, options any, reconnection string) (*joined, error) {
		var seat struct {
			SessionID string
			Room      struct{ ProcessID, RoomID string }
		}
		body, err := json.Marshal(options)
		if err != nil {
			return nil, err
		}
		r, err := http.NewRequest(http.MethodPost, p.url+"/matchmake/"+method, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		if err := answer(client, r, &seat); err != nil {
			return nil, err
		}
		ws, err := dial(fmt.Sprintf("%s/%s/%s?sessionId=%s%s", p.url, seat.Room.ProcessID, seat.Room.RoomID, seat.SessionID, reconnection))
		if err != nil {
			return nil, err
		}
		return roomJoined(ws, seat.Room.RoomID)
	}
	return &lobby{
		pid:  p.pid,
		join: func(int) (*joined, error) { return enter("joinOrCreate/lobby", struct{}{}, "") },
		back: func(j *joined) (*joined, error) {
			return enter("reconnect/"+j.room, map[string]string{"reconnectionToken": j.token}, "&reconnectionToken="+j.token)
		},
	}
}

// The codes of Colyseus' frames.
const (
	roomJoin = 10
	roomData = 13
)

// roomJoined waits for the frame that says so, which brings the token to come back with, and confirms it.
func roomJoined(ws *websocket.Conn, room string) (*joined, error) {
	_ = ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, frame, err := ws.ReadMessage()
	if err != nil {
		return nil, err
	}
	if len(frame) < 2 || frame[0] != roomJoin || len(frame) < 2+int(frame[1]) {
		return nil, fmt.Errorf("not joined but % x", frame)
	}
	const heartbeat = "heartbeat"
	say := append([]byte{roomData, 0xa0 | byte(len(heartbeat))}, heartbeat...)
	err = ws.WriteMessage(websocket.BinaryMessage, []byte{roomJoin})
	return &joined{ws: ws, room: room, token: string(frame[2 : 2+frame[1]]), say: say, kind: websocket.BinaryMessage}, err
}

// everybody does something n times, by so many at a time, and returns what came of it and how long all took.
func everybody(t testing.TB, n int, do func(i int) (*joined, error)) (in []*joined, took time.Duration) {
	t.Helper()
	in = make([]*joined, n)
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range attachers {
		all.Go(func() {
			for i := int(next.Add(1) - 1); i < n; i = int(next.Add(1) - 1) {
				player, err := do(i)
				if err != nil {
					t.Errorf("player %d: %v", i, err)
					return
				}
				in[i] = player
			}
		})
	}
	all.Wait()
	took = time.Since(began)
	if t.Failed() {
		t.FailNow()
	}
	return in, took
}

// hangUp cuts everybody's line.
func hangUp(in []*joined) {
	for _, j := range in {
		_ = j.ws.Close()
	}
}

func measureAttaches(t *testing.T, results *table) {
	var ours, bare, full, colyseus []float64
	seats := attaches * *rounds
	house, _ := gatekeeperLobby(t, seats, seats)
	plain, rooms := bareLobby(t), colyseusLobby(t)
	rate := func(l *lobby, do func(i int) (*joined, error), from int) float64 {
		began, own := cpuTime(t, l.pid), cpuTime(t, os.Getpid())
		in, took := everybody(t, attaches, func(i int) (*joined, error) { return do(from + i) })
		t.Logf("%6.0f/s; µs of CPU a player: %5.1f, and %4.1f of the players'", attaches/took.Seconds(),
			(cpuTime(t, l.pid)-began)/attaches*1e6, (cpuTime(t, os.Getpid())-own)/attaches*1e6)
		hangUp(in)
		rest(t, l.pid)
		return attaches / took.Seconds()
	}
	for round := range *rounds {
		from := round * attaches
		ours = append(ours, rate(house, house.attach, from))
		bare = append(bare, rate(plain, plain.attach, from))
		full = append(full, rate(house, house.join, from))
		colyseus = append(colyseus, rate(rooms, rooms.join, from))
	}
	results.ratio("sockets attached, beside a bare gorilla server", ours, bare, "/s", .9, true)
	results.ratio("connect + attach, beside Colyseus joinOrCreate", full, colyseus, "/s", 4, true)
}

func measureReturns(t *testing.T, results *table) {
	house, _ := gatekeeperLobby(t, cut, 0)
	rooms := colyseusLobby(t)
	var ours, colyseus []float64
	players, _ := everybody(t, cut, house.attach)
	guests, _ := everybody(t, cut, rooms.join)
	returns := func(l *lobby, in []*joined) ([]*joined, float64) {
		hangUp(in)
		rest(t, l.pid) // the server has seen it
		again, took := everybody(t, len(in), func(i int) (*joined, error) { return l.back(in[i]) })
		return again, 1000 * took.Seconds()
	}
	for range *rounds {
		var took float64
		players, took = returns(house, players)
		ours = append(ours, took)
		guests, took = returns(rooms, guests)
		colyseus = append(colyseus, took)
	}
	hangUp(players)
	hangUp(guests)
	results.ratio("1,000 cut players back, beside Colyseus", ours, colyseus, "ms", .3, false)
}

func measureMemory(t *testing.T, results *table) {
	lobbies := []func(t testing.TB) *lobby{
		func(t testing.TB) *lobby { l, _ := gatekeeperLobby(t, idle, 0); l.join = l.attach; return l },
		bareLobby, colyseusLobby,
	}
	sizes := make([][]float64, len(lobbies))
	for round := range max(1, *rounds/2) { // each slice is a process of its own
		for i, open := range lobbies {
			t.Run(fmt.Sprintf("%d of %d", round*len(lobbies)+i+1, len(lobbies)*max(1, *rounds/2)), func(t *testing.T) {
				sizes[i] = append(sizes[i], sessionSize(t, open(t)))
			})
		}
	}
	ours, gorilla, colyseus := sizes[0], sizes[1], sizes[2]
	results.bound("memory of an idle attached session, 10,000 of them", ours, "KiB", 8)
	results.ratio("the same, beside gorilla's defaults", ours, gorilla, "KiB", .4, false)
	results.ratio("the same, beside Colyseus", ours, colyseus, "KiB", .65, false)
}

// sessionSize is the memory that a session takes, in KiB.
func sessionSize(t testing.TB, l *lobby) float64 {
	t.Helper()
	time.Sleep(settling)
	before := resident(t, l.pid)
	in, _ := everybody(t, idle, func(i int) (*joined, error) {
		j, err := l.join(i)
		if err != nil {
			return nil, err
		}
		return j, j.converse()
	})
	defer hangUp(in)
	time.Sleep(settling)
	return (resident(t, l.pid) - before) / idle / 1024
}
