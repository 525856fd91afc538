package relay

import (
	"bufio"
	"io"
	"net"
	"sync"
	"syscall"
)

// bufferSize is how much is passed on at a time, in bytes.
const bufferSize = 32 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// source is the reading half of a line. It borrows a buffer when there is something to read, and not before.
type source struct {
	ahead *bufio.Reader   // of the connection; what it holds comes first
	raw   syscall.RawConn // nil = it is no file: the reader waits

	try   func(fd uintptr) bool // made once: a function made at each read would be on the heap
	kept  int                   // bytes that are left of the last read, at the beginning of the next
	left  [maxControl]byte      // those
	chunk *[bufferSize]byte     // borrowed
	end   int                   // of what is in it
	err   error
}

func newSource(conn net.Conn, ahead *bufio.Reader) *source {
	s := &source{ahead: ahead}
	if file, isFile := conn.(syscall.Conn); isFile {
		s.raw, _ = file.SyscallConn()
	}
	s.try = s.readFile
	return s
}

// read returns what has come, behind what was kept, in a buffer that is good until [source.release].
func (s *source) read() ([]byte, error) {
	if s.raw != nil && s.ahead.Buffered() == 0 {
		s.err = nil
		if err := s.raw.Read(s.try); err != nil {
			return nil, err
		}
		if s.err != nil {
			s.release()
			return nil, s.err
		}
		return s.chunk[:s.end], nil
	}
	if _, err := s.ahead.Peek(1); err != nil {
		return nil, err
	}
	s.borrow()
	n, err := s.ahead.Read(s.chunk[s.kept:])
	s.end = s.kept + n
	return s.chunk[:s.end], err
}

// readFile reads, or says that there is nothing to read yet.
func (s *source) readFile(fd uintptr) bool {
	s.borrow()
	for {
		n, err := syscall.Read(int(fd), s.chunk[s.kept:])
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			s.release()
			return false
		case err != nil:
			s.err = err
		case n == 0:
			s.err = io.EOF
		}
		s.end = s.kept + max(n, 0)
		return true
	}
}

func (s *source) borrow() {
	s.chunk = buffers.Get().(*[bufferSize]byte)
	copy(s.chunk[:], s.left[:s.kept])
}

func (s *source) release() {
	buffers.Put(s.chunk)
	s.chunk = nil
}

// keep has the next read begin with b, which is shorter than a control frame can be.
func (s *source) keep(b []byte) { s.kept = copy(s.left[:], b) }
