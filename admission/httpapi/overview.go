package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"gatekeeper/admission/wire"
)

const (
	// overviewPause is how often the overview is looked at. What happens in between is told together, so that what a page
	// costs does not depend on how much happens.
	overviewPause = time.Second
	// overviewPulse is how often something is sent at least, so that both sides notice that the other is gone.
	overviewPulse = 15 * time.Second
	maxOverviews  = 64
)

// overviews makes the overview, once for all who look at it at the same moment.
type overviews struct {
	mu      sync.Mutex // guards the rest
	made    time.Time
	newest  []byte // as JSON
	readers int
}

// enter reports false where too many look already.
func (o *overviews) enter() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.readers >= maxOverviews {
		return false
	}
	o.readers++
	return true
}

func (o *overviews) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.readers--
}

// at returns the overview, made anew if it is older than half a pause.
func (o *overviews) at(now time.Time, look func() wire.Overview) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.newest != nil && now.Sub(o.made) < overviewPause/2 {
		return o.newest, nil
	}
	text, err := json.Marshal(look())
	if err != nil {
		return nil, err
	}
	o.made, o.newest = now, text
	return text, nil
}

// look gathers the overview from memory.
func (s *Server) look() wire.Overview {
	now := s.Gate.Now()
	body := wire.Overview{
		Storage: s.health(), Pending: s.Gate.Pending(), Sockets: s.hub.Count(), SampledAt: wire.Time(s.History.Sampled()),
		Instances: []wire.OverviewInstance{},
	}
	for _, v := range s.Gate.Instances() {
		body.Instances = append(body.Instances, wire.OverviewInstance{
			AdminInstance: adminInstance(v), Pulse: s.History.Pulse(v.ID, now), Turns: v.Turns,
		})
	}
	if s.Lab != nil {
		lab := s.Lab.Status()
		body.Lab = &lab
	}
	return body
}

// overview answers once.
func (s *Server) overview(*http.Request, *principal) (answer, error) { return ok(s.look()) }

// live pushes the overview as server-sent events, whenever it changed, until the reader goes or its log-in ends.
func (s *Server) live(w http.ResponseWriter, r *http.Request, p *principal) error {
	if len(p.instances) > 0 {
		return wire.NotAllowed
	}
	if !s.overviews.enter() {
		return wire.TooManyStreams.After(overviewPulse)
	}
	defer s.overviews.leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep it back
	ticker := time.NewTicker(overviewPause)
	defer ticker.Stop()
	reader := overviewReader{server: s, w: w, r: r}
	for reader.send() {
		select {
		case <-ticker.C:
		case <-r.Context().Done():
			return nil
		}
	}
	return nil
}

type overviewReader struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	last   []byte
	sent   time.Time
}

// send sends what changed, and reports whether to go on.
func (o *overviewReader) send() bool {
	s, now := o.server, time.Now()
	if now.Sub(o.sent) >= overviewPulse {
		if _, err := s.identify(o.r); err != nil {
			return false
		}
	}
	frame, err := s.overviews.at(now, s.look)
	if err != nil {
		s.Log.Error().Err(err).Msg("the overview cannot be told")
		return false
	}
	if bytes.Equal(frame, o.last) && now.Sub(o.sent) < overviewPulse {
		return true
	}
	o.last, o.sent = frame, now
	control := http.NewResponseController(o.w)
	_ = control.SetWriteDeadline(now.Add(streamPatience))
	if _, err := o.w.Write(append(append([]byte("data: "), frame...), "\n\n"...)); err != nil {
		return false
	}
	return control.Flush() == nil
}
