package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"sync/atomic"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

const (
	// followPulse is how often a follower hears something at least, and its key is looked at again.
	followPulse = 15 * time.Second
	// maxFollowers is how many game servers may follow at a time.
	maxFollowers = 256
)

// followers counts the game servers that follow.
type followers struct{ count atomic.Int64 }

func (f *followers) enter() bool {
	if f.count.Add(1) <= maxFollowers {
		return true
	}
	f.leave()
	return false
}

func (f *followers) leave() { f.count.Add(-1) }

// followInstance streams the events of an instance as server-sent events. Who brings a Last-Event-ID goes on behind it; who
// brings none begins now.
func (s *Server) followInstance(w http.ResponseWriter, r *http.Request) {
	if err := s.follow(w, r); err != nil {
		s.reply(w, r, answer{}, err)
	}
}

func (s *Server) follow(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.permitGameServer(r); err != nil {
		return err
	}
	id := admission.InstanceID(r.PathValue("id"))
	if _, err := s.Gate.Instance(id); err != nil {
		return err
	}
	last, err := number(r.Header.Get("Last-Event-ID"))
	if err != nil {
		return wire.Malformed.Saying("Last-Event-ID must be the number of an event")
	}
	if !s.followers.enter() {
		return wire.TooManyStreams.After(followPulse)
	}
	defer s.followers.leave()
	stream := &eventStream{
		server: s, w: w, r: r, filter: admission.EventFilter{Instance: id, Since: last}, left: math.MaxInt, encode: serverSent,
		silence: []byte(": \n\n"), isWelcome: func() bool { _, err := s.permitGameServer(r); return err == nil },
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep it back
	if stream.begin(last) {
		stream.run(true)
	}
	return nil
}

// begin tells from where on the stream goes: from now, or behind an event that the follower had last. Where the log does
// not reach back to that one, or was set back, the follower is told that it has missed something.
func (e *eventStream) begin(last uint64) bool {
	newest, isKnown := e.newest()
	if !isKnown {
		return false
	}
	if last == 0 {
		e.filter.Since = newest
		return e.say("id: %d\nevent: ready\ndata: {}\n\n", newest)
	}
	oldest, isRead := e.read(admission.EventFilter{Limit: 1})
	if !isRead {
		return false
	}
	if last > newest || len(oldest) > 0 && last+1 < oldest[0].Seq {
		e.filter.Since = newest
		return e.say("id: %d\nevent: gap\ndata: {}\n\n", newest)
	}
	return e.say(": \n\n")
}

func (e *eventStream) say(format string, args ...any) bool {
	_, err := fmt.Fprintf(e.patient(), format, args...)
	return err == nil && http.NewResponseController(e.w).Flush() == nil
}

// serverSent is an event as such a stream has it.
func serverSent(to *bytes.Buffer, event wire.Event) error {
	fmt.Fprintf(to, "id: %d\nevent: %s\ndata: ", event.Seq, event.Event)
	if err := json.NewEncoder(to).Encode(event); err != nil {
		return err
	}
	return to.WriteByte('\n')
}
