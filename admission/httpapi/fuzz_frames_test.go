package httpapi_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// How a story of frames ends for the place of the one who sent them.
type ending string

const (
	endsInGrace ending = "grace" // the line is gone, the place is not
	endsGone    ending = "gone"  // left, or expelled
)

// FuzzFrames writes any bytes into an attached socket, in two parts, and hangs up. What the server makes of them is what a
// reader in the plainest way makes of them: so many errors, and the place kept or given up.
func FuzzFrames(f *testing.F) {
	l, ana := openFuzzed(f)
	account := l.gate.Authenticate(admission.HashToken(ana.token)).ID()
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		in := ana.connect("main", "")
		if in.SessionToken == "" {
			t.Fatalf("ana cannot come in: %+v", in)
		}
		ws := l.upgrade(t, "sessionToken="+in.SessionToken)
		defer ws.Close()
		first := told{}
		if err := ws.ReadJSON(&first); err != nil || first.Type != "admitted" {
			t.Fatalf("the first frame is %+v, %v", first, err)
		}
		at := int(cut) % (len(data) + 1)
		for _, part := range [][]byte{data[:at], data[at:]} {
			_, _ = ws.NetConn().Write(part) // the server may have hung up by now
		}
		want := plainly(data)
		count, code := 0, 0
		for count < want.errors && code == 0 || want.isExpelled && code == 0 {
			code = l.hearsOne(t, ws, &count)
		}
		_ = ws.NetConn().(*net.UnixConn).CloseWrite()
		for code == 0 {
			code = l.hearsOne(t, ws, &count)
		}
		if count > want.errors && !want.isOpen || count < want.errors && !want.isCut {
			t.Errorf("%d bad frames are answered by %d errors", want.errors, count)
		}
		if want.isExpelled && !want.isCut && code != int(wire.CloseProtocol) {
			t.Errorf("who broke the protocol is told %d", code)
		}
		l.allGone(t)
		v, err := l.gate.Account(account)
		if err != nil {
			t.Fatal(err)
		}
		if isKept := len(v.Places) == 1 && v.Places[0].State == admission.Grace; isKept != (want.ending == endsInGrace) || !isKept && len(v.Places) > 0 {
			t.Errorf("the places are %+v and should be %s", v.Places, want.ending)
		}
	})
}

// upgrade opens a socket that answers nothing by itself.
func (l *live) upgrade(t *testing.T, query string) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{HandshakeTimeout: livePatience, Subprotocols: []string{wire.Subprotocol}, NetDialContext: l.dial}
	ws, _, err := dialer.Dial("ws://gate.example/instances/main/ws?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = ws.SetReadDeadline(time.Now().Add(livePatience))
	ws.SetPingHandler(func(string) error { return nil })
	ws.SetCloseHandler(func(int, string) error { return nil })
	return ws
}

// hearsOne reads a frame, counts it if it is an error, and returns the code if it is the last.
func (l *live) hearsOne(t *testing.T, ws *websocket.Conn, count *int) (code int) {
	t.Helper()
	var frame told
	err := ws.ReadJSON(&frame)
	var closed *websocket.CloseError
	var line net.Error
	switch {
	case errors.As(err, &closed):
		return closed.Code
	case errors.As(err, &line) && line.Timeout():
		t.Fatalf("the server neither answers nor hangs up after %d errors", *count)
	case err != nil:
		return websocket.CloseAbnormalClosure
	case !slices.Contains([]string{"queued", "admitted", "notice", "heartbeat", "error"}, frame.Type):
		t.Errorf("it is told %+v", frame)
	case frame.Type == "error":
		*count++
	}
	return 0
}

// allGone waits until the server has let go of every socket.
func (l *live) allGone(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(livePatience); l.hub.Count() > 0; time.Sleep(50 * time.Microsecond) {
		if time.Now().After(deadline) {
			t.Fatal("a socket is never let go of")
		}
	}
}

// story is what a client's bytes mean.
type story struct {
	errors     int
	ending     ending
	isExpelled bool // for breaking the contract
	// isCut says that the server may end it by itself, and with it what it had not yet told.
	isCut bool
	// isOpen says that more came after the end: how much of that is heard is open.
	isOpen bool
}

// plainly reads a client's bytes after RFC 6455 and the contract, a frame at a time, without buffers or pieces.
func plainly(data []byte) story {
	s := story{ending: endsInGrace}
	var message []byte
	kind, promised := 0, uint64(0) // of the message that is not complete yet; 0 = none
	for {
		f, rest, isHead := cutFrame(data)
		if !isHead {
			s.isCut = f.isIllegal(kind) || f.length > math.MaxInt64
			return s
		}
		if f.code < websocket.CloseMessage {
			promised += f.length
		}
		if f.isIllegal(kind) || promised > math.MaxInt64 {
			s.isCut = true
			return s
		}
		data = rest
		isWhole := uint64(len(f.payload)) == f.length
		switch {
		case f.code == websocket.CloseMessage && isWhole:
			s.close(f.payload, data)
			return s
		case f.code >= websocket.CloseMessage: // a ping, or a pong
			if !isWhole {
				return s
			}
			continue
		case f.code != 0:
			kind = f.code
		}
		if message = append(message, f.payload...); len(message) > wire.MaxFrame {
			s.expel(data)
			return s
		}
		if !isWhole {
			return s
		}
		if !f.isLast {
			continue
		}
		if s.take(kind, message, data); s.ending == endsGone {
			return s
		}
		kind, promised, message = 0, 0, nil
	}
}

func (s *story) take(kind int, message, rest []byte) {
	switch meaning(kind, message) {
	case wire.FrameLeave:
		s.leave(rest)
	case "":
		if s.errors++; s.errors == 3 {
			s.expel(rest)
		}
	}
}

func (s *story) close(payload, rest []byte) {
	s.isCut = true
	if len(payload) >= 2 && binary.BigEndian.Uint16(payload) == websocket.CloseNormalClosure && utf8.Valid(payload[2:]) {
		s.leave(rest)
	}
}

func (s *story) leave(rest []byte) {
	s.ending, s.isOpen = endsGone, len(rest) > 0
	s.isCut = s.isCut || s.isOpen
}

func (s *story) expel(rest []byte) {
	s.leave(rest)
	s.isExpelled = true
}

// meaning is the type of a frame that is one; "" = it is none.
func meaning(kind int, message []byte) string {
	var fields map[string]any
	text := strings.TrimLeft(string(message), " \t\r\n")
	if kind != websocket.TextMessage || !utf8.Valid(message) || !strings.HasPrefix(text, "{") || json.Unmarshal(message, &fields) != nil ||
		!isPlain(json.NewDecoder(strings.NewReader(text)), nil) {
		return ""
	}
	for key, value := range fields {
		if name, isText := value.(string); strings.EqualFold(key, "type") && isText &&
			slices.Contains([]string{wire.FrameAck, wire.FrameLeave, wire.FrameHeartbeat}, name) {
			return name
		}
	}
	return ""
}

// isPlain reports whether valid JSON has no key twice, in whichever case, at most 64 in an object, and at most sixteen levels.
func isPlain(tokens *json.Decoder, open []map[string]bool) bool {
	tokens.UseNumber()
	isKey := false
	for {
		token, err := tokens.Token()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		switch text, isText := token.(string); {
		case token == json.Delim('{'), token == json.Delim('['):
			open = append(open, map[string]bool{})
			if len(open) > 16 {
				return false
			}
			if isKey = token == json.Delim('{'); !isKey {
				open[len(open)-1] = nil
			}
			continue
		case token == json.Delim('}'), token == json.Delim(']'):
			open = open[:len(open)-1]
		case isKey && isText:
			for seen := range open[len(open)-1] {
				if strings.EqualFold(seen, text) {
					return false
				}
			}
			if open[len(open)-1][text] = true; len(open[len(open)-1]) > 64 {
				return false
			}
			isKey = false
			continue
		}
		isKey = len(open) > 0 && open[len(open)-1] != nil
	}
}

// frame is one of RFC 6455.
type frame struct {
	code                      int
	isLast, isMasked, isSpare bool
	announced                 byte // the length in the head, or how it is written there
	length                    uint64
	payload                   []byte // as far as it is there
}

// isIllegal tells what no client may send while a message of a kind is not complete.
func (f frame) isIllegal(kind int) bool {
	switch f.code {
	case -1: // it is not there
		return false
	case 0:
		return !f.isMasked || f.isSpare || kind == 0
	case websocket.TextMessage, websocket.BinaryMessage:
		return !f.isMasked || f.isSpare || kind != 0
	case websocket.CloseMessage, websocket.PingMessage, websocket.PongMessage:
		return !f.isMasked || f.isSpare || !f.isLast || f.announced > 125
	default:
		return true
	}
}

// cutFrame takes the first frame off, as far as it is there; isHead = its head is.
func cutFrame(data []byte) (f frame, rest []byte, isHead bool) {
	if len(data) < 2 {
		return frame{code: -1}, nil, false
	}
	f = frame{
		code: int(data[0] & 0xf), isLast: data[0]&0x80 != 0, isSpare: data[0]&0x70 != 0, isMasked: data[1]&0x80 != 0,
		announced: data[1] & 0x7f,
	}
	data = data[2:]
	f.length = uint64(f.announced)
	more := map[byte]int{126: 2, 127: 8}[f.announced]
	if more > 0 && len(data) >= more {
		f.length = binary.BigEndian.Uint64(append(make([]byte, 8-more), data[:more]...))
	}
	if len(data) < more+4 {
		return f, nil, false
	}
	mask := data[more : more+4]
	data = data[more+4:]
	f.payload = slices.Clone(data[:min(f.length, uint64(len(data)))])
	for i := range f.payload {
		f.payload[i] ^= mask[i%4]
	}
	return f, data[len(f.payload):], true
}
