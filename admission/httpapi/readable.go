package httpapi

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"syscall"
	"unsafe"

	"github.com/gorilla/websocket"
)

// readBuffer is how much of a socket is read ahead, in bytes; the upgrader takes none of 256 and less.
const readBuffer = 288

// capture hands the upgrader the reader that it is to use, so that its owner knows what has been read ahead.
type capture struct {
	http.ResponseWriter
	ahead *bufio.Reader
}

// Hijack is for the upgrader.
func (c *capture) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, hijacked, err := http.NewResponseController(c.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if hijacked.Reader.Buffered() > 0 {
		_ = conn.Close()
		return nil, nil, errors.New("the client has sent something before the handshake")
	}
	c.ahead = bufio.NewReaderSize(conn, readBuffer)
	return conn, bufio.NewReadWriter(c.ahead, hijacked.Writer), nil
}

// readable waits until a socket has something to read. That takes little stack, where reading takes much.
type readable struct {
	raw   syscall.RawConn // nil = what is under the socket is no file: reading itself has to wait
	ahead *bufio.Reader
}

func newReadable(ws *websocket.Conn, ahead *bufio.Reader) readable {
	r := readable{ahead: ahead}
	if file, isFile := ws.NetConn().(syscall.Conn); isFile {
		r.raw, _ = file.SyscallConn()
	}
	return r
}

// wait returns when there is something to read, if only an error: the deadline of the socket holds here, too.
func (r readable) wait() {
	if r.raw != nil && r.ahead.Buffered() == 0 {
		_ = r.raw.Read(hasInput)
	}
}

// skipPongs takes the answers to pings that come next, and counts them. The library would take them too, but then wait for
// what comes after them, on the large stack. It may be called between two messages only.
func (r readable) skipPongs() (n int) {
	const (
		pong      = 0x80 | websocket.PongMessage // and nothing follows that belongs to it
		isMasked  = 0x80
		header    = 2
		mask      = 4
		mostBytes = 125
	)
	for {
		head, err := r.ahead.Peek(header)
		if err != nil || head[0] != pong || head[1]&isMasked == 0 || head[1]&^isMasked > mostBytes {
			return n
		}
		if _, err := r.ahead.Discard(header + mask + int(head[1]&^isMasked)); err != nil {
			return n
		}
		n++
		if r.ahead.Buffered() == 0 {
			return n
		}
	}
}

// hasInput looks at what a socket would read next, and leaves it there. It calls the system by itself, because the
// library's way there takes four times the stack.
func hasInput(fd uintptr) bool {
	for {
		var first byte
		_, _, err := syscall.Syscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&first)), 1,
			syscall.MSG_PEEK|syscall.MSG_DONTWAIT, 0, 0)
		if err != syscall.EINTR {
			return err != syscall.EAGAIN
		}
	}
}
