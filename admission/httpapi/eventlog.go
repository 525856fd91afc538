package httpapi

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

const (
	// eventPage is how many events are read at a time.
	eventPage = 1000
	// followPause bounds how often a reader that follows is sent what is new.
	followPause = 250 * time.Millisecond
	// streamPatience is how long a reader of the log may take for a page.
	streamPatience = 30 * time.Second
)

// events streams the log as NDJSON: what the query chooses, and then what comes where the reader follows.
func (s *Server) events(w http.ResponseWriter, r *http.Request, p *principal) error {
	filter, err := readEventFilter(r)
	if err != nil {
		return err
	}
	if len(p.instances) > 0 && (filter.Instance == "" || !p.sees(filter.Instance)) {
		return wire.NotAllowed.Saying("This key sees the events of its instances only; name one by instance.")
	}
	query := r.URL.Query()
	tail, err := number(query.Get("tail"))
	if err != nil || tail > eventPage {
		return wire.Malformed.Saying("tail must be a whole number up to 1000")
	}
	follows := query.Get("follow") == "true"
	if follows && filter.NewestFirst {
		return wire.Malformed.Saying("who follows reads the oldest first")
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	stream := eventStream{
		server: s, w: w, r: r, filter: filter, left: math.MaxInt, encode: asLine,
		isWelcome: func() bool { _, err := s.identify(r); return err == nil },
	}
	if filter.Limit > 0 {
		stream.left = filter.Limit
	}
	if tail > 0 && !stream.tail(int(tail)) {
		return nil
	}
	stream.run(follows)
	return nil
}

// readEventFilter reads which events are asked for; what cannot be is said.
func readEventFilter(r *http.Request) (f admission.EventFilter, err error) {
	query := r.URL.Query()
	f = admission.EventFilter{
		Name: query.Get("event"), Instance: admission.InstanceID(query.Get("instance")), Attempt: admission.AttemptID(query.Get("attempt")),
		Session: admission.SessionID(query.Get("session")), Account: admission.AccountID(query.Get("account")),
		Character: admission.CharacterID(query.Get("character")), Reason: query.Get("reason"), NewestFirst: query.Get("order") == "desc",
	}
	var limit uint64
	for name, to := range map[string]*uint64{"since": &f.Since, "before": &f.Before, "limit": &limit} {
		if *to, err = number(query.Get(name)); err != nil {
			return f, wire.Malformed.Saying(name + " must be a whole number")
		}
	}
	f.Limit = int(min(limit, math.MaxInt32))
	for name, to := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		if text := query.Get(name); text != "" {
			if *to, err = time.Parse(time.RFC3339, text); err != nil {
				return f, wire.Malformed.Saying(name + " must be a time such as 2030-01-31T20:14:00Z")
			}
		}
	}
	return f, nil
}

// eventStream is one reader of the log.
type eventStream struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	filter admission.EventFilter // of what is still to be sent
	left   int                   // how many more at most
	encode func(*bytes.Buffer, wire.Event) error
	// silence is what a reader hears who would hear nothing; none = nothing.
	silence []byte
	// isWelcome tells whether a reader who follows still may, and looked when that was asked last.
	isWelcome func() bool
	looked    time.Time
}

func asLine(to *bytes.Buffer, event wire.Event) error { return json.NewEncoder(to).Encode(event) }

func (e *eventStream) run(follow bool) {
	for {
		next := e.server.Gate.NextCommit()
		if !e.drain(follow) || !follow {
			return
		}
		if !e.await(next) {
			return
		}
		select {
		case <-time.After(followPause): // what comes meanwhile is sent together
		case <-e.r.Context().Done():
			return
		}
	}
}

// await waits for the next commit, and meanwhile shows the reader that the line is alive. It reports false when the
// reader is gone, or may not read any more.
func (e *eventStream) await(next <-chan struct{}) bool {
	pulse := time.NewTicker(followPulse)
	defer pulse.Stop()
	for {
		select {
		case <-next:
			return e.isStillWelcome()
		case <-pulse.C:
			if !e.isStillWelcome() || len(e.silence) > 0 && !e.say("%s", e.silence) {
				return false
			}
		case <-e.r.Context().Done():
			return false
		}
	}
}

// isStillWelcome looks again from time to time: a key may be revoked, an operator removed.
func (e *eventStream) isStillWelcome() bool {
	now := e.server.Gate.Now()
	if now.Sub(e.looked) < followPulse {
		return true
	}
	e.looked = now
	return e.isWelcome()
}

// tail sends the newest that the filter chooses, the oldest of them first; the rest of the stream is what comes later.
func (e *eventStream) tail(count int) bool {
	newest, isKnown := e.newest()
	if !isKnown {
		return false
	}
	filter := e.filter
	filter.NewestFirst, filter.Limit, filter.Before = true, count, newest+1
	events, isRead := e.read(filter)
	slices.Reverse(events)
	e.filter.Since = newest
	return isRead && e.send(events)
}

// drain sends all there is and reports whether the reader wants more. Who follows need not be told again how much of the
// log is none of his: he goes on behind what there was at the beginning.
func (e *eventStream) drain(follow bool) bool {
	newest, isKnown := e.newest()
	for isKnown {
		filter := e.filter
		filter.Limit = min(e.left, eventPage)
		if follow {
			filter.Before = newest + 1
		}
		if filter.Limit == 0 {
			return false
		}
		events, isRead := e.read(filter)
		if !isRead || !e.send(events) {
			return false
		}
		e.left -= len(events)
		if len(events) < filter.Limit {
			if follow {
				e.filter.Since = max(e.filter.Since, newest)
			}
			return true
		}
	}
	return false
}

func (e *eventStream) newest() (seq uint64, isKnown bool) {
	events, isRead := e.read(admission.EventFilter{NewestFirst: true, Limit: 1})
	if len(events) > 0 {
		seq = events[0].Seq
	}
	return seq, isRead
}

func (e *eventStream) read(filter admission.EventFilter) (events []admission.Event, isRead bool) {
	events, err := e.server.Gate.Events(e.r.Context(), filter)
	if err != nil && e.r.Context().Err() == nil {
		e.server.Log.Error().Err(err).Msg("the log cannot be read")
	}
	return events, err == nil
}

func (e *eventStream) send(events []admission.Event) bool {
	text := takeBuffer()
	defer giveBuffer(text)
	for _, event := range events {
		if err := e.encode(text, wire.NewEvent(event)); err != nil {
			return false
		}
		if e.filter.NewestFirst {
			e.filter.Before = event.Seq
		} else {
			e.filter.Since = event.Seq
		}
	}
	if text.Len() == 0 {
		return true
	}
	_, err := e.patient().Write(text.Bytes())
	return err == nil && http.NewResponseController(e.w).Flush() == nil
}

// patient gives the reader some time for what is written next.
func (e *eventStream) patient() io.Writer {
	_ = http.NewResponseController(e.w).SetWriteDeadline(time.Now().Add(streamPatience))
	return e.w
}

// samples answers with what charts show.
func (s *Server) samples(r *http.Request, p *principal) (answer, error) {
	query := r.URL.Query()
	step, err := strconv.Atoi(query.Get("step"))
	if err != nil || step != 10 && step != 60 {
		return answer{}, wire.Malformed.Saying("step must be 10 or 60")
	}
	from, err := number(query.Get("from"))
	if err != nil {
		return answer{}, wire.Malformed.Saying("from must be a time in whole seconds since 1970")
	}
	instance := admission.InstanceID(query.Get("instance"))
	if !p.sees(instance) {
		return answer{}, wire.NotAllowed
	}
	list, err := s.Gate.Samples(r.Context(), admission.SampleFilter{
		Instance: instance, Step: time.Duration(step) * time.Second, From: time.Unix(int64(from), 0),
	})
	if err != nil {
		return answer{}, err
	}
	return ok(wire.NewHistory(step, list))
}
