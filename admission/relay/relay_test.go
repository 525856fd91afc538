package relay

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a player, a relay and a game on real sockets.
type stage struct {
	t      *testing.T
	relay  *Relay
	player *websocket.Conn // the player's side
	game   *websocket.Conn // the game's side
	asked  http.Header     // what the handshake with the game said
	ends   struct{ player, game chan error }
	alive  sync.WaitGroup
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t}
	s.ends.player, s.ends.game = make(chan error, 1), make(chan error, 1)
	games := make(chan *websocket.Conn, 1)
	game := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked = r.Header
		up := websocket.Upgrader{}
		ws, err := up.Upgrade(w, r, nil)
		if err == nil {
			_ = ws.WriteMessage(websocket.TextMessage, []byte("welcome")) // in the same packet as the handshake, as likely as not
			games <- ws
		}
	}))
	t.Cleanup(game.Close)
	end, err := Dial(t.Context(), "ws"+strings.TrimPrefix(game.URL, "http")+"/room?x=1", http.Header{"Authorization": {"Bearer t"}})
	if err != nil {
		t.Fatal(err)
	}
	s.game = <-games
	players := make(chan End, 1)
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{}
		if ws, err := up.Upgrade(w, r, nil); err == nil {
			players <- End{ws.NetConn(), bufio.NewReaderSize(ws.NetConn(), 288)}
		}
	}))
	t.Cleanup(door.Close)
	s.player, _, err = websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(door.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	player := <-players
	s.relay = New(player, end, func() {})
	s.alive.Go(func() { s.ends.player <- s.relay.FromPlayer() })
	s.alive.Go(func() { s.ends.game <- s.relay.FromGame() })
	t.Cleanup(func() {
		for _, c := range []io.Closer{s.player, s.game, player.Conn, s.relay} {
			_ = c.Close()
		}
		s.alive.Wait()
	})
	s.hears(s.player, websocket.TextMessage, []byte("welcome"))
	return s
}

func (s *stage) says(who *websocket.Conn, kind int, data []byte) {
	s.t.Helper()
	if err := who.WriteMessage(kind, data); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) hears(who *websocket.Conn, kind int, want []byte) {
	s.t.Helper()
	_ = who.SetReadDeadline(time.Now().Add(10 * time.Second))
	got, data, err := who.ReadMessage()
	if err != nil || got != kind || !bytes.Equal(data, want) {
		s.t.Fatalf("heard kind %d, %d bytes, %v; want kind %d, %d bytes", got, len(data), err, kind, len(want))
	}
}

func noise(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.Read(data)
	return data
}

func TestFramesArriveAsTheyWereSentBothWays(t *testing.T) {
	s := newStage(t)
	for _, size := range []int{0, 1, 125, 126, 4096, 65535, 65536, MaxMessage} {
		data := noise(size)
		s.says(s.player, websocket.BinaryMessage, data)
		s.hears(s.game, websocket.BinaryMessage, data)
		s.says(s.game, websocket.BinaryMessage, data)
		s.hears(s.player, websocket.BinaryMessage, data)
	}
	s.says(s.player, websocket.TextMessage, []byte("héllo"))
	s.hears(s.game, websocket.TextMessage, []byte("héllo"))
}

func TestFragmentsStayFragments(t *testing.T) {
	s := newStage(t)
	data := noise(300_000)
	w, err := s.player.NextWriter(websocket.BinaryMessage)
	if err != nil {
		t.Fatal(err)
	}
	for part := range 3 {
		if _, err := w.Write(data[part*100_000 : (part+1)*100_000]); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Close()
	s.hears(s.game, websocket.BinaryMessage, data)
}

func TestPingsOfTheGameReachThePlayerAndOursDoNotReachTheGame(t *testing.T) {
	s := newStage(t)
	pongs := make(chan string, 8)
	s.game.SetPongHandler(func(text string) error { pongs <- text; return nil })
	if err := s.relay.Ping(); err != nil {
		t.Fatal(err)
	}
	if err := s.game.WriteControl(websocket.PingMessage, []byte("theirs"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	s.says(s.game, websocket.TextMessage, []byte("after"))
	s.hears(s.player, websocket.TextMessage, []byte("after")) // reading it answers both pings
	s.says(s.player, websocket.TextMessage, []byte("end"))
	s.hears(s.game, websocket.TextMessage, []byte("end"))
	if text := <-pongs; text != "theirs" || len(pongs) > 0 {
		t.Errorf("the game heard the pong %q, and %d more", text, len(pongs))
	}
}

func TestAGoodbyeEndsItsSideWithItsCode(t *testing.T) {
	for name, side := range map[string]func(*stage) (*websocket.Conn, chan error){
		"player": func(s *stage) (*websocket.Conn, chan error) { return s.player, s.ends.player },
		"game":   func(s *stage) (*websocket.Conn, chan error) { return s.game, s.ends.game },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			ws, ended := side(s)
			if err := ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4321, "bye"), time.Now().Add(time.Second)); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err != error(Closed{4321, "bye"}) {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

func TestTheOtherSideHearsOurGoodbye(t *testing.T) {
	s := newStage(t)
	s.relay.CloseGame(GoingAway, "")
	if err := s.relay.ClosePlayer(4500, "replaced"); err != nil {
		t.Fatal(err)
	}
	for ws, code := range map[*websocket.Conn]int{s.game: GoingAway, s.player: 4500} {
		if _, _, err := ws.ReadMessage(); !websocket.IsCloseError(err, code) {
			t.Errorf("heard %v, want %d", err, code)
		}
	}
	if err := <-s.ends.game; err == nil {
		t.Error("the game is still heard")
	}
}

func TestAGoodbyeWaitsForTheEndOfAFrame(t *testing.T) {
	s := newStage(t)
	raw := s.game.NetConn()
	frame := append([]byte{0x82, 126, 0x01, 0x00}, noise(256)...)
	if _, err := raw.Write(frame[:100]); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, func() bool {
		s.relay.player.mu.Lock()
		defer s.relay.player.mu.Unlock()
		return s.relay.player.isPassing
	})
	if err := errors.Join(s.relay.Ping(), s.relay.ClosePlayer(4500, "replaced")); err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Write(frame[100:]); err != nil {
		t.Fatal(err)
	}
	s.hears(s.player, websocket.BinaryMessage, frame[4:])
	if _, _, err := s.player.ReadMessage(); !websocket.IsCloseError(err, 4500) {
		t.Errorf("after the frame comes %v", err)
	}
}

func waitUntil(t *testing.T, holds func() bool) {
	t.Helper()
	for range 1000 {
		if holds() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("it never came to that")
}

func TestWhatIsNoFrameEndsTheSideThatSentIt(t *testing.T) {
	for name, c := range map[string]struct {
		bytes []byte
		want  error
	}{
		"a message of more than a MiB":    {[]byte{0x82, 127, 0, 0, 0, 0, 0, 0x10, 0, 1}, ErrTooLong},
		"a length beyond all bounds":      {[]byte{0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, ErrTooLong},
		"a compressed frame":              {[]byte{0xc2, 1, 0}, ErrProtocol},
		"an opcode that nobody knows":     {[]byte{0x83, 1, 0}, ErrProtocol},
		"a ping in parts":                 {[]byte{0x09, 1, 0}, ErrProtocol},
		"a ping that is too long":         {[]byte{0x89, 126, 0, 200}, ErrProtocol},
		"a masked frame of a game":        {[]byte{0x82, 0x81, 1, 2, 3, 4, 5}, ErrProtocol},
		"a continuation that is too long": {append(append([]byte{0x02, 127, 0, 0, 0, 0, 0, 0x10, 0, 0}, make([]byte, MaxMessage)...), 0x80, 1, 0), ErrTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			go func() { _, _, _ = s.player.ReadMessage() }()
			go func() { _, _ = s.game.NetConn().Write(c.bytes) }()
			if err := <-s.ends.game; !errors.Is(err, c.want) {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

func TestAGameThatIsGoneEndsTheGamesSideOnly(t *testing.T) {
	s := newStage(t)
	_ = s.game.NetConn().Close()
	if err := <-s.ends.game; err == nil {
		t.Error("it is still heard")
	}
	for range 100 { // nobody takes them any more
		s.says(s.player, websocket.BinaryMessage, noise(1000))
	}
	if err := s.relay.ClosePlayer(4002, "gone"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.player.ReadMessage(); !websocket.IsCloseError(err, 4002) {
		t.Errorf("the player hears %v", err)
	}
}

func TestWhoDoesNotReadHoldsUpWhoSends(t *testing.T) {
	s := newStage(t)
	data, sent := noise(256<<10), 0
	_ = s.game.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	for s.game.WriteMessage(websocket.BinaryMessage, data) == nil {
		if sent += len(data); sent > 64<<20 {
			t.Fatal("there is no end to what is taken for a player who does not read")
		}
	}
}

// recorder keeps what is written to it.
type recorder struct {
	net.Conn
	bytes.Buffer
}

func (r *recorder) Write(b []byte) (int, error)      { return r.Buffer.Write(b) }
func (r *recorder) SetWriteDeadline(time.Time) error { return nil }
func (r *recorder) Close() error                     { return nil }
func (r *recorder) Read([]byte) (int, error)         { return 0, io.EOF }

// TestFramesDoNotDependOnHowTheyArrive cuts a stream of frames anywhere: what is passed on is the same, less the pongs that
// answer us.
func TestFramesDoNotDependOnHowTheyArrive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream, want []byte
		for range rapid.IntRange(0, 8).Draw(t, "frames") {
			var mask [maskSize]byte
			copy(mask[:], noise(maskSize))
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				stream = append(stream, masked(opPong, pinged, mask)...)
			case 1:
				frame := masked(opPing, noise(rapid.IntRange(0, mostInner).Draw(t, "ping")), mask)
				stream, want = append(stream, frame...), append(want, frame...)
			default:
				frame := masked(opBinary, noise(rapid.IntRange(0, mostInner).Draw(t, "data")), mask)
				stream, want = append(stream, frame...), append(want, frame...)
			}
		}
		to := &recorder{}
		p := pump{from: &source{}, to: &line{conn: to}, isPlayer: true, alive: func() {}}
		for len(stream) > 0 {
			n := rapid.IntRange(1, len(stream)).Draw(t, "chunk")
			chunk := append(bytes.Clone(p.from.left[:p.from.kept]), stream[:n]...)
			p.from.kept = 0
			if err := p.take(chunk); err != nil {
				t.Fatal(err)
			}
			stream = stream[n:]
		}
		if !bytes.Equal(to.Bytes(), want) {
			t.Fatalf("passed on\n%x\nwant\n%x", to.Bytes(), want)
		}
	})
}

func TestAFrameCostsNoAllocation(t *testing.T) {
	s := newStage(t)
	frame := masked(opBinary, noise(100), [maskSize]byte{1, 2, 3, 4})
	raw, game := s.player.NetConn(), s.game.NetConn()
	back := make([]byte, len(frame))
	there := func() {
		_, _ = raw.Write(frame)
		_, _ = io.ReadFull(game, back)
	}
	there() // buffers are borrowed for the first time
	if n := testing.AllocsPerRun(200, there); n >= 1 && !isRace {
		t.Errorf("%v allocations a frame", n)
	}
}

func TestAGameThatRefusesIsToldOf(t *testing.T) {
	refuses := httptest.NewServer(http.NotFoundHandler())
	defer refuses.Close()
	_, err := Dial(t.Context(), "ws"+strings.TrimPrefix(refuses.URL, "http"), nil)
	if err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("it says %v", err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, fmt.Sprintf("ws://%s", silent.Addr()), nil); err == nil {
		t.Error("a game that does not answer is taken for one")
	}
}

func TestTheHandshakeBringsTheTicket(t *testing.T) {
	if got := newStage(t).asked.Get("Authorization"); got != "Bearer t" {
		t.Errorf("it brought %q", got)
	}
}
