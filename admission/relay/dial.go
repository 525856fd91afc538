package relay

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

// How long a game may take to answer, and how soon it is noticed that its machine is gone.
const (
	dialPatience = 5 * time.Second
	keepAlive    = 10 * time.Second
	lostProbes   = 2
)

// aheadSize is how much of a game's line is read ahead, in bytes.
const aheadSize = 512

// Dial connects to a game's WebSocket. header goes with the handshake. No proxy is asked and no redirect followed.
func Dial(ctx context.Context, address string, header http.Header) (End, error) {
	var line *handshake
	open := func(c net.Conn, err error) (net.Conn, error) {
		if err != nil {
			return nil, err
		}
		line = &handshake{Conn: c, ahead: bufio.NewReaderSize(c, aheadSize)}
		return line, nil
	}
	tcp := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepAlive, Interval: keepAlive / 2, Count: lostProbes}}
	secure := tls.Dialer{NetDialer: &tcp, Config: &tls.Config{MinVersion: tls.VersionTLS12}}
	dialer := websocket.Dialer{
		HandshakeTimeout: dialPatience,
		NetDialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
			return open(tcp.DialContext(ctx, network, to))
		},
		NetDialTLSContext: func(ctx context.Context, network, to string) (net.Conn, error) {
			return open(secure.DialContext(ctx, network, to))
		},
	}
	ctx, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	_, response, err := dialer.DialContext(ctx, address, header)
	switch {
	case err != nil && response != nil:
		return End{}, fmt.Errorf("the game server answered %d to the handshake: %w", response.StatusCode, err)
	case err != nil:
		return End{}, fmt.Errorf("reach the game server: %w", err)
	}
	return End{line.Conn, line.ahead}, nil
}

// handshake lets the library read the answer to its handshake, and not a byte of what follows.
type handshake struct {
	net.Conn
	ahead *bufio.Reader
	tail  []byte // the last bytes of the answer so far
}

var answerEnd = []byte("\r\n\r\n")

// Read implements net.Conn.
func (h *handshake) Read(p []byte) (n int, err error) {
	if bytes.Equal(h.tail, answerEnd) {
		return 0, io.EOF
	}
	for n < len(p) && !bytes.Equal(h.tail, answerEnd) {
		if n > 0 && h.ahead.Buffered() == 0 {
			return n, nil
		}
		b, err := h.ahead.ReadByte()
		if err != nil {
			return n, err
		}
		p[n] = b
		n++
		if h.tail = append(h.tail, b); len(h.tail) > len(answerEnd) {
			h.tail = h.tail[1:]
		}
	}
	return n, nil
}
