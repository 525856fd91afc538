package httpapi

import (
	"sync"
	"time"
)

// workers are the goroutines that read what has come from sockets and send what waits for them. Whoever has nothing to do
// any more stays for a moment and takes the next job, because its stack has grown to what the engine and the signing of a
// ticket need. There are as many as there are jobs, so that a socket which does not go on holds up nobody else.
type workers struct {
	next chan job
	gone chan struct{} // closed when nobody is to stay
	end  sync.Once
}

// job is what there is to do for a socket: to read, or else to write.
type job struct {
	socket *socket
	reads  bool
}

const workerIdle = 100 * time.Millisecond

func newWorkers() *workers { return &workers{next: make(chan job), gone: make(chan struct{})} }

// start has a job done.
func (w *workers) start(j job) {
	select {
	case w.next <- j:
	default:
		go w.run(j)
	}
}

func (w *workers) run(j job) {
	idle := time.NewTimer(workerIdle)
	defer idle.Stop()
	for {
		j.do()
		idle.Reset(workerIdle)
		select {
		case j = <-w.next:
		case <-idle.C:
			return
		case <-w.gone:
			return
		}
	}
}

func (j job) do() {
	if j.reads {
		j.socket.heard <- j.socket.hear()
		return
	}
	j.socket.write()
}

// stop lets nobody stay; what is to be done after that is done all the same.
func (w *workers) stop() { w.end.Do(func() { close(w.gone) }) }
