package proof_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
)

const (
	stoppedSockets = 5000
	// attachers is how many sockets are opened at a time.
	attachers = 64
	// stopPatience is how long one answer may take on a slow machine.
	stopPatience = 20 * time.Second
)

func TestAStopTellsEverySocketAndLosesNobody(t *testing.T) {
	needFiles(t, stoppedSockets+1000)
	p := admissiontest.NewProgram(t, binary, "--limit-private", "1000000", "--connections-private", "1000000")
	seats, _ := seedSeats(t, p, stoppedSockets, 0)
	p.Start(t)
	sockets, gone := attachAll(t, p, seats, nil)

	took := endInTime(t, p)
	gone.Wait()
	t.Logf("%d sockets were told and closed, and the program had ended, after %s", len(sockets), took.Round(time.Millisecond))
	if heard, closed := goodbyes(sockets); heard != len(sockets) || closed != len(sockets) {
		t.Errorf("of %d sockets %d heard of the restart and %d closed with 4000", len(sockets), heard, closed)
	}

	p.Start(t)
	if got := p.Scrape(t)[`gatekeeper_sessions{game_instance="main",state="grace"}`]; got != stoppedSockets {
		t.Errorf("the next start has %v sessions in grace", got)
	}
	comeBack(t, p, seats, sockets, 100)
}

func TestAStopWaitsForNobodyWhoDoesNotRead(t *testing.T) {
	const deaf, stuffed, newcomers, halves = 500, 100, 200, 50
	needFiles(t, stoppedSockets+1000)
	p := admissiontest.NewProgram(t, binary, "--limit-private", "1000000", "--connections-private", "1000000")
	seats, players := seedSeats(t, p, stoppedSockets, newcomers)
	p.Start(t)
	sockets, gone := attachAll(t, p, seats, func(i int) bool { return i < deaf })
	if n := stuff(t, sockets[:stuffed]); n < stuffed {
		t.Errorf("only %d of %d sockets could be filled", n, stuffed)
	}
	leaveHalfDone(t, p, halves)
	answers := make(chan bool, newcomers)
	for _, player := range players {
		go func() { answers <- isAdmitted(p, player) }()
	}
	answers <- <-answers // the first has come, the others are on their way

	took := endInTime(t, p)
	gone.Wait()
	admitted := 0
	for range newcomers {
		if <-answers {
			admitted++
		}
	}
	t.Logf("with %d sockets that do not read, %d of them full, the stop took %s; %d of %d attempts in flight were admitted",
		deaf, stuffed, took.Round(time.Millisecond), admitted, newcomers)
	if heard, closed := goodbyes(sockets[deaf:]); heard != len(sockets)-deaf || closed != len(sockets)-deaf {
		t.Errorf("of %d sockets that read, %d heard of the restart and %d closed with 4000", len(sockets)-deaf, heard, closed)
	}

	p.Start(t)
	if got := lookAtMain(t, p).SeatsTaken; got < stoppedSockets+admitted {
		t.Errorf("%d seats are taken after the stop, and %d were promised", got, stoppedSockets+admitted)
	}
	comeBack(t, p, seats, sockets, 100)
}

// comeBack lets n of the players return, each into its own session.
func comeBack(t *testing.T, p *admissiontest.Program, seats []admissiontest.HeldSeat, sockets []*seatSocket, n int) {
	t.Helper()
	for i := 0; i < len(seats); i += len(seats) / n {
		back, err := attachSeat(p, sockets[i].token)
		if err != nil {
			t.Errorf("%s cannot come back: %v", seats[i].Name, err)
			continue
		}
		if back.session != seats[i].Session || !back.isResumed {
			t.Errorf("%s was in %s and came back to %s, resumed %t", seats[i].Name, seats[i].Session, back.session, back.isResumed)
		}
		_ = back.ws.Close()
	}
}

// seatSocket is a player's end of a socket that holds a seat.
type seatSocket struct {
	ws        *websocket.Conn
	session   admission.SessionID
	token     string // brings the player back
	isResumed bool
	// How it ended; read them once its reader is gone.
	isTold bool
	code   int
}

// seatFrame is what a player needs of a frame.
type seatFrame struct {
	Type, Kind        string
	SessionID         admission.SessionID
	ReconnectionToken string
	Resumed           bool
}

// attachSeat opens a socket, waits for its seat, and acknowledges the next token.
func attachSeat(p *admissiontest.Program, token string) (*seatSocket, error) {
	dialer := websocket.Dialer{
		HandshakeTimeout: stopPatience, ReadBufferSize: 512, WriteBufferSize: 512, NetDial: dialNarrow,
	}
	ws, err := p.DialWith(dialer, "main", "reconnectionToken", token)
	if err != nil {
		return nil, err
	}
	_ = ws.SetReadDeadline(time.Now().Add(stopPatience))
	var frame seatFrame
	if err := ws.ReadJSON(&frame); err != nil {
		return nil, errors.Join(err, ws.Close())
	}
	if frame.Type != "admitted" {
		return nil, errors.Join(fmt.Errorf("the first frame is %+v", frame), ws.Close())
	}
	_ = ws.SetReadDeadline(time.Time{})
	s := &seatSocket{ws: ws, session: frame.SessionID, token: frame.ReconnectionToken, isResumed: frame.Resumed}
	return s, ws.WriteJSON(map[string]string{"type": "ack"})
}

// dialNarrow asks for small segments and buffers, so that a socket that nobody reads fills up soon.
func dialNarrow(network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: stopPatience, Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		ctrlErr := raw.Control(func(fd uintptr) {
			err = errors.Join(
				syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 536),
				syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096))
		})
		return errors.Join(err, ctrlErr)
	}}
	return dialer.Dial(network, address)
}

// attachAll opens a socket for each seat and has it read until it ends, but for those that are deaf. gone waits for
// the readers.
func attachAll(t *testing.T, p *admissiontest.Program, seats []admissiontest.HeldSeat, isDeaf func(i int) bool) (sockets []*seatSocket, gone *sync.WaitGroup) {
	t.Helper()
	sockets, gone = make([]*seatSocket, len(seats)), &sync.WaitGroup{}
	began := time.Now()
	eachOf(len(seats), func(i int) {
		s, err := attachSeat(p, seats[i].Reconnection)
		if err != nil {
			t.Errorf("%s cannot attach: %v", seats[i].Name, err)
			return
		}
		sockets[i] = s
		if isDeaf == nil || !isDeaf(i) {
			gone.Go(s.readToTheEnd)
		}
	})
	t.Cleanup(func() {
		for _, s := range sockets {
			if s != nil {
				_ = s.ws.Close()
			}
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	t.Logf("%d sockets attached within %s", len(seats), time.Since(began).Round(time.Millisecond))
	return sockets, gone
}

// eachOf does something for each of n, some at a time.
func eachOf(n int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range attachers {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}

func (s *seatSocket) readToTheEnd() {
	for {
		var frame seatFrame
		if err := s.ws.ReadJSON(&frame); err != nil {
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				s.code = closed.Code
			}
			return
		}
		if frame.Type == "notice" && frame.Kind == "restart" {
			s.isTold = true
		}
	}
}

func goodbyes(sockets []*seatSocket) (heard, closed int) {
	for _, s := range sockets {
		if s.isTold {
			heard++
		}
		if s.code == 4000 {
			closed++
		}
	}
	return heard, closed
}

// stuff sends pings to a server whose pongs nobody reads, until no byte goes either way. It returns how many sockets
// came to that.
func stuff(t *testing.T, sockets []*seatSocket) int {
	t.Helper()
	const most = 32 << 20 // bytes to one socket
	ping := append([]byte{0x89, 0x80 | 125, 0, 0, 0, 0}, make([]byte, 125)...)
	pings := bytes.Repeat(ping, 64)
	var full atomic.Int64
	eachOf(len(sockets), func(i int) {
		conn := sockets[i].ws.NetConn()
		for sent := 0; sent < most; sent += len(pings) {
			_ = conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
			if _, err := conn.Write(pings); errors.Is(err, os.ErrDeadlineExceeded) {
				full.Add(1)
				return
			}
		}
	})
	return int(full.Load())
}

// leaveHalfDone begins n requests, every other one an upgrade, and never ends them.
func leaveHalfDone(t *testing.T, p *admissiontest.Program, n int) {
	t.Helper()
	for i := range n {
		conn, err := net.Dial("tcp", p.Addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		begun := "GET /instances/main/ws?reconnectionToken=x HTTP/1.1\r\nHost: main\r\nUpgrade: websocket\r\n"
		if i%2 == 0 {
			begun = "POST /instances/main/connect HTTP/1.1\r\nHost: main\r\nContent-Type: application/json\r\n" +
				"Authorization: Bearer token-00000\r\nContent-Length: 100\r\n\r\n{\"clientBuild\":"
		}
		if _, err := io.WriteString(conn, begun); err != nil {
			t.Fatal(err)
		}
	}
}

// isAdmitted makes an attempt and reports whether a seat was promised; the server may be gone.
func isAdmitted(p *admissiontest.Program, player admissiontest.Player) bool {
	client := http.Client{Timeout: stopPatience}
	_, data, err := p.Call(&client, http.MethodPost, "/instances/main/connect", player.Token, object{"clientBuild": "1"})
	var answer struct{ Outcome string }
	return err == nil && json.Unmarshal(data, &answer) == nil && answer.Outcome == "admitted"
}
