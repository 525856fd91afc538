package relay

import (
	"net"
	"sync"
	"time"
)

// line is the writing half of a connection. One goroutine passes on what comes from the other side; anybody may put in a
// frame of ours, which goes between two others.
type line struct {
	conn     net.Conn
	patience time.Duration // how long a write may take

	mu        sync.Mutex // guards what follows; held while a frame of ours is written, and not while others' are
	isPassing bool       // somebody else's bytes are being written, or only a part of a frame was
	last      []byte     // the goodbye that waits for the end of that frame
	isOver    bool       // the goodbye was said: nothing may follow
}

// pass writes others' bytes; isMid says that they end within a frame. What comes after the goodbye is dropped. A line that
// cannot be written to any more is cut, so that its own reader notices: it is not the fault of who is passed on.
func (l *line) pass(b []byte, isMid bool) {
	if !l.claim() {
		return
	}
	err := l.write(b)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isPassing = isMid
	if err == nil && !isMid && l.last != nil {
		l.isOver = true
		err = l.write(l.last)
	}
	if err != nil {
		l.isOver = true
		_ = l.conn.Close()
	}
}

// claim keeps frames of ours off the line, unless it is over.
func (l *line) claim() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isPassing = !l.isOver
	return l.isPassing
}

// put writes a frame of ours, unless the line is busy: then it lives.
func (l *line) put(frame []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isPassing || l.isOver {
		return nil
	}
	return l.write(frame)
}

// end says goodbye, now or after the frame that is being written.
func (l *line) end(goodbye []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.isOver || l.last != nil:
		return nil
	case l.isPassing:
		l.last = goodbye
		return nil
	}
	l.isOver = true
	return l.write(goodbye)
}

func (l *line) write(b []byte) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.patience)); err != nil {
		return err
	}
	_, err := l.conn.Write(b)
	return err
}
