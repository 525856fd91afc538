package relay

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// MaxMessage is how long a message may be, in bytes, over all of its frames.
const MaxMessage = 1 << 20

// What comes over a line and is no frame that could be passed on.
var (
	ErrTooLong  = errors.New("the message is too long")
	ErrProtocol = errors.New("this is no WebSocket frame")
)

// Closed is the goodbye of one side.
type Closed struct {
	// Code is 1005 where it gave none.
	Code int
	Text string
}

// Error implements error.
func (c Closed) Error() string { return fmt.Sprintf("closed with %d %s", c.Code, c.Text) }

// Codes of closes that are not this server's own; see RFC 6455, section 7.4.1.
const (
	Normal    = 1000
	GoingAway = 1001
	noCode    = 1005
)

const (
	opBinary  = 2 // the highest of data: continuation, text, binary
	opClose   = 8
	opPing    = 9
	opPong    = 10
	isFinal   = 0x80
	reserved  = 0x70
	isMasked  = 0x80
	maskSize  = 4
	mostInner = 125 // payload of a control frame
	// maxControl is the longest that a control frame, or the header of any, can be.
	maxControl = 2 + maskSize + mostInner
)

// header is the beginning of a frame.
type header struct {
	op      byte
	size    int // of the header itself, with the mask
	payload int64
}

func (h header) isControl() bool { return h.op >= opClose }

// parse reads a header; whole is false where b ends before it does. fromPlayer says whether the frame must be masked.
func parse(b []byte, fromPlayer bool) (h header, whole bool, err error) {
	if len(b) < 2 {
		return h, false, nil
	}
	h = header{op: b[0] & 0x0f, size: 2, payload: int64(b[1] &^ isMasked)}
	if b[0]&reserved != 0 || (b[1]&isMasked != 0) != fromPlayer || !isOp(h.op) ||
		h.isControl() && (b[0]&isFinal == 0 || h.payload > mostInner) {
		return h, false, ErrProtocol
	}
	extended := 0 // bytes of the length behind the first two
	switch h.payload {
	case 126:
		extended = 2
	case 127:
		extended = 8
	}
	h.size += extended
	if fromPlayer {
		h.size += maskSize
	}
	if len(b) < h.size {
		return h, false, nil
	}
	switch extended {
	case 2:
		h.payload = int64(binary.BigEndian.Uint16(b[2:]))
	case 8:
		length := binary.BigEndian.Uint64(b[2:])
		if length > MaxMessage {
			return h, false, ErrTooLong
		}
		h.payload = int64(length)
	}
	return h, true, nil
}

func isOp(op byte) bool { return op <= opBinary || op >= opClose && op <= opPong }

// inner returns the payload of a control frame, unmasked in place of to.
func inner(to *[mostInner]byte, frame []byte, h header, fromPlayer bool) []byte {
	n := copy(to[:], frame[h.size:])
	if fromPlayer {
		mask := frame[h.size-maskSize : h.size]
		for i := range n {
			to[i] ^= mask[i%maskSize]
		}
	}
	return to[:n]
}

// closed reads the payload of a close frame.
func closed(payload []byte) Closed {
	if len(payload) < 2 {
		return Closed{Code: noCode}
	}
	return Closed{int(binary.BigEndian.Uint16(payload)), string(payload[2:])}
}

// control makes a frame of ours for the player.
func control(op byte, payload []byte) []byte {
	return append([]byte{isFinal | op, byte(len(payload))}, payload...)
}

// masked makes a frame of ours for the game.
func masked(op byte, payload []byte, mask [maskSize]byte) []byte {
	frame := append([]byte{isFinal | op, isMasked | byte(len(payload))}, mask[:]...)
	for i, b := range payload {
		frame = append(frame, b^mask[i%maskSize])
	}
	return frame
}

// goodbye is the payload of a close frame. The text is cut to what a control frame holds.
func goodbye(code int, text string) []byte {
	payload := binary.BigEndian.AppendUint16(nil, uint16(code))
	return append(payload, text[:min(len(text), mostInner-2)]...)
}
