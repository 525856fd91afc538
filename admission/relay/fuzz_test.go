package relay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// FuzzRelay passes any bytes on in pieces of any size. What arrives is what a reader in the plainest way passes on, and it
// ends as that one says, however the bytes were cut; nothing follows an end.
func FuzzRelay(f *testing.F) {
	f.Fuzz(func(t *testing.T, stream []byte, piece uint16, isPlayer bool) {
		want, wantErr := plainly(stream, isPlayer)
		got, err := passedOn(stream, int(piece)%bufferSize+1, isPlayer)
		if !isSameEnd(err, wantErr) {
			t.Fatalf("it ends with %v, want %v", err, wantErr)
		}
		isBroken := errors.Is(err, ErrProtocol) || errors.Is(err, ErrTooLong)
		if isBroken && !bytes.HasPrefix(want, got) || !isBroken && !bytes.Equal(want, got) {
			t.Fatalf("passed on\n%x\nwant\n%x", got, want)
		}
	})
}

func isSameEnd(a, b error) bool {
	var one, other Closed
	if errors.As(a, &one) && errors.As(b, &other) {
		return one == other
	}
	return errors.Is(a, b)
}

// passedOn has a pump take a stream piece by piece.
func passedOn(stream []byte, piece int, isPlayer bool) ([]byte, error) {
	to := &recorder{}
	p := pump{from: &source{}, to: &line{conn: to}, isPlayer: isPlayer, alive: func() {}}
	for len(stream) > 0 {
		n := min(piece, len(stream))
		chunk := append(bytes.Clone(p.from.left[:p.from.kept]), stream[:n]...)
		p.from.kept = 0
		if err := p.take(chunk); err != nil {
			return to.Bytes(), err
		}
		stream = stream[n:]
	}
	return to.Bytes(), nil
}

// plainly reads frame by frame from the whole stream, as RFC 6455 has them in section 5.2.
func plainly(stream []byte, isPlayer bool) (passes []byte, err error) {
	message := uint64(0)
	for rest := stream; ; {
		if len(rest) < 2 {
			return passes, nil
		}
		fin, rsv, op, hasMask, length := rest[0]>>7, rest[0]>>4&7, rest[0]&15, rest[1]>>7 == 1, uint64(rest[1]&127)
		isControl := op >= 8
		if rsv != 0 || hasMask != isPlayer || op > 2 && op < 8 || op > 10 || isControl && (fin == 0 || length > 125) {
			return passes, ErrProtocol
		}
		size := 2 + map[uint64]int{126: 2, 127: 8}[length]
		if hasMask {
			size += 4
		}
		if len(rest) < size {
			return passes, nil
		}
		switch length {
		case 126:
			length = uint64(binary.BigEndian.Uint16(rest[2:4]))
		case 127:
			length = binary.BigEndian.Uint64(rest[2:10])
		}
		if !isControl {
			if op != 0 {
				message = 0
			}
			if length > MaxMessage || message+length > MaxMessage {
				return passes, ErrTooLong
			}
			message += length
		}
		end := size + int(length)
		if end > len(rest) {
			if !isControl { // its beginning is passed on
				passes = append(passes, rest...)
			}
			return passes, nil
		}
		payload := bytes.Clone(rest[size:end])
		for i := range payload {
			if hasMask {
				payload[i] ^= rest[size-4+i%4]
			}
		}
		switch {
		case op == 8 && len(payload) < 2:
			return passes, Closed{Code: 1005}
		case op == 8:
			return passes, Closed{Code: int(payload[0])<<8 | int(payload[1]), Text: string(payload[2:])}
		case op == 10 && string(payload) == "gatekeeper": // it answers us
		default:
			passes = append(passes, rest[:end]...)
		}
		rest = rest[end:]
	}
}
