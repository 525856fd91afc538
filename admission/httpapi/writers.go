package httpapi

import (
	"sync"
	"time"
)

// writers are the goroutines that send what waits for sockets. Whoever has nothing to send any more stays for a moment
// and takes the next socket, because its stack has grown to what signing a ticket needs. There are as many as sockets
// that are being written to, so that one which does not read holds up nobody else.
type writers struct {
	next chan *socket
	gone chan struct{} // closed when nobody is to stay
	end  sync.Once
}

const writerIdle = 100 * time.Millisecond

func newWriters() *writers { return &writers{next: make(chan *socket), gone: make(chan struct{})} }

// start has a socket written to.
func (w *writers) start(s *socket) {
	select {
	case w.next <- s:
	default:
		go w.run(s)
	}
}

func (w *writers) run(s *socket) {
	idle := time.NewTimer(writerIdle)
	defer idle.Stop()
	for {
		s.write()
		idle.Reset(writerIdle)
		select {
		case s = <-w.next:
		case <-idle.C:
			return
		case <-w.gone:
			return
		}
	}
}

// stop lets nobody stay; what is to be sent after that is sent all the same.
func (w *writers) stop() { w.end.Do(func() { close(w.gone) }) }
