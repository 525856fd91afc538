package admissiontest

import (
	"context"
	"net"
	"sync"
)

// Pipes is a network in memory, so that a whole server runs in virtual time.
type Pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

// NewPipes returns a network to which nobody is connected yet.
func NewPipes() *Pipes { return &Pipes{accepted: make(chan net.Conn), closed: make(chan struct{})} }

// Accept implements net.Listener.
func (p *Pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.accepted:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *Pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr implements net.Listener.
func (p *Pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// Dial connects to whoever accepts, whatever the address.
func (p *Pipes) Dial(context.Context, string, string) (net.Conn, error) {
	return p.DialAs(func(there net.Conn) net.Conn { return there })
}

// DialAs connects as somebody: the other side gets what dress makes of its end.
func (p *Pipes) DialAs(dress func(net.Conn) net.Conn) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.accepted <- dress(there):
		return here, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
