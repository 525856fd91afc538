package proof_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"gatekeeper/admission/admissiontest"
)

// standing is what a player was told last about their place.
type standing string

const (
	unknown  standing = "unknown" // an answer never came
	outside  standing = "outside"
	reserved standing = "reserved" // admitted, and not attached
	playing  standing = "playing"
	dropped  standing = "dropped"
	queued   standing = "queued"
)

// player is one client, which writes down what it was told. It is used by one goroutine at a time.
type player struct {
	admissiontest.Player
	world *world
	rand  *rand.Rand
	ws    *websocket.Conn

	standing standing
	instance string
	attempt  string // that made the place
	session  string
	asked    time.Time // when the attempt that made the place was sent
	told     time.Time // when it was answered; zero = it was not
	// isRacing says that the player asked anew before the server heard the last of their former socket: what comes of
	// that socket then may make the answer's token worthless.
	isRacing bool
	// the newest of each token
	sessionToken, reconnection, queue string
	// asking is what was asked and not answered.
	asking string
	// answered are the attempts that were answered, since the last look.
	answered []string
}

// errCut is any trouble with the line; while the program lives there must be none.
var errCut = errors.New("the line was cut")

type object = map[string]any

// call makes a call. What is asked stands in asking until it is answered.
func (p *player) call(method, path string, body any) (status int, answer object, err error) {
	p.asking = method + " " + path
	status, data, err := p.world.Call(p.world.http, method, path, p.Token, body)
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %w", errCut, err)
	}
	if status == http.StatusServiceUnavailable {
		return 0, nil, fmt.Errorf("%w: %s", errCut, data) // it promises nothing
	}
	p.asking = ""
	p.world.acknowledged.Add(1)
	_ = json.Unmarshal(data, &answer)
	return status, answer, nil
}

// step does one thing that fits where the player stands.
func (p *player) step() error {
	chance := p.rand.IntN(10)
	switch p.standing {
	case outside, unknown:
		return p.connect()
	case reserved:
		if chance == 0 {
			return p.leaveByCall()
		}
		return p.attach("sessionToken", p.sessionToken)
	case dropped:
		switch {
		case chance < 2:
			return p.leaveByCall()
		case chance < 3:
			return p.connect()
		}
		return p.attach("reconnectionToken", p.reconnection)
	case queued:
		switch {
		case chance < 2:
			return p.leaveQueue()
		case chance < 4:
			return p.poll()
		case chance < 5:
			return p.connect()
		}
		return p.attach("queueToken", p.queue)
	}
	switch {
	case chance < 4:
		return p.leaveByFrame()
	case chance < 6:
		return p.leaveByCall()
	}
	p.drop()
	return nil
}

func (p *player) connect() error {
	attempt := uuid.NewString()
	if p.standing == outside {
		p.instance, p.attempt, p.session, p.asked, p.told = "main", attempt, "", time.Now(), time.Time{}
		if p.rand.IntN(5) == 0 {
			p.instance = "arena"
		}
	}
	status, answer, err := p.call("POST", "/instances/"+p.instance+"/connect", object{"clientBuild": "1", "attemptId": attempt})
	if err != nil {
		return err
	}
	if answer["reason"] == "RATE_LIMITED" {
		return nil // not each is an event
	}
	p.answered = append(p.answered, attempt)
	p.isRacing = p.standing == dropped
	switch reason := answer["reason"]; {
	case reason == "ALREADY_IN_SESSION" && p.standing == dropped: // the drop was not noticed yet
		return nil
	case reason == "DRAIN_MODE" && p.standing == outside:
		p.attempt = ""
		return nil
	}
	switch outcome := answer["outcome"]; {
	case status == http.StatusOK && outcome == "admitted":
		return p.isAdmitted(answer["sessionId"].(string), answer["sessionToken"].(string), answer["resumed"] == true)
	case status == http.StatusOK && outcome == "queued":
		if p.standing == outside {
			p.told = time.Now()
		}
		if p.session != "" {
			return fmt.Errorf("session %s became a place in the queue: %v", p.session, answer)
		}
		p.standing, p.queue = queued, answer["queueToken"].(string)
		return nil
	}
	return fmt.Errorf("connect was answered %d %v", status, answer)
}

// isAdmitted notes a seat; a session that was told of before must be the same.
func (p *player) isAdmitted(session, token string, resumed bool) error {
	if p.session != "" && p.session != session {
		return fmt.Errorf("session %s became %s (resumed: %t)", p.session, session, resumed)
	}
	p.standing, p.session, p.sessionToken, p.reconnection = reserved, session, token, ""
	return nil
}

func (p *player) leaveByCall() error {
	status, answer, err := p.call("POST", "/sessions/"+p.session+"/leave", nil)
	if err != nil {
		return err
	}
	if status != http.StatusNoContent {
		return fmt.Errorf("leave was answered %d %v", status, answer)
	}
	p.isOut()
	return nil
}

func (p *player) leaveQueue() error {
	status, answer, err := p.call("DELETE", "/instances/"+p.instance+"/queue?characterId="+string(p.Character), nil)
	if err != nil {
		return err
	}
	if status != http.StatusNoContent {
		return fmt.Errorf("leaving the queue was answered %d %v", status, answer)
	}
	p.isOut()
	return nil
}

// isOut notes that the place is given up for good.
func (p *player) isOut() {
	p.hangUp()
	p.world.left(p.attempt)
	p.standing, p.session, p.attempt = outside, "", ""
}

func (p *player) poll() error {
	status, answer, err := p.call("GET", "/instances/"+p.instance+"/queue/status?characterId="+string(p.Character), nil)
	switch {
	case err != nil:
		return err
	case status == http.StatusTooManyRequests, answer["state"] == "queued":
		return nil
	case answer["state"] == "admitted":
		return p.isAdmitted(answer["sessionId"].(string), answer["sessionToken"].(string), false)
	}
	return fmt.Errorf("the status of a place in the queue is %d %v", status, answer)
}

// attach opens a socket and hears what becomes of it.
func (p *player) attach(kind, token string) error {
	p.asking = "attach by " + kind
	ws, err := p.world.Dial(p.instance, kind, token)
	if err != nil {
		return fmt.Errorf("%w: %w", errCut, err)
	}
	p.ws = ws
	return p.hear(10 * time.Second)
}

// hear reads until the place is known, and of a queue place for a moment longer.
func (p *player) hear(patience time.Duration) error {
	_ = p.ws.SetReadDeadline(time.Now().Add(patience))
	for {
		var frame object
		err := p.ws.ReadJSON(&frame)
		var closed *websocket.CloseError
		switch {
		case errors.As(err, &closed) && closed.Code == 4010 && p.isRacing:
			p.hangUp()
			p.standing, p.asking, p.isRacing = unknown, "", false
			return nil
		case errors.As(err, &closed) && closed.Code == 4000:
			return fmt.Errorf("%w: %s", errCut, closed.Text)
		case errors.As(err, &closed) && closed.Code >= 4000:
			return fmt.Errorf("%s was closed with %d %s", p.asking, closed.Code, closed.Text)
		case err != nil && p.standing == queued && p.asking == "":
			p.hangUp() // nothing came within the moment
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", errCut, err)
		}
		p.asking = ""
		p.world.acknowledged.Add(1)
		switch frame["type"] {
		case "queued":
			if token, given := frame["queueToken"].(string); given {
				p.queue = token
			}
			_ = p.ws.SetReadDeadline(time.Now().Add(time.Duration(p.rand.IntN(60)) * time.Millisecond))
		case "admitted":
			return p.plays(frame)
		}
	}
}

func (p *player) plays(frame object) error {
	if err := p.isAdmitted(frame["sessionId"].(string), "", frame["resumed"] == true); err != nil {
		return err
	}
	p.standing, p.reconnection = playing, frame["reconnectionToken"].(string)
	if p.rand.IntN(4) > 0 {
		_ = p.ws.WriteJSON(object{"type": "ack"})
	}
	return nil
}

func (p *player) leaveByFrame() error {
	p.asking = "leave by a frame"
	if err := p.ws.WriteJSON(object{"type": "leave"}); err != nil {
		return fmt.Errorf("%w: %w", errCut, err)
	}
	_ = p.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		_, _, err := p.ws.ReadMessage()
		if websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			p.asking = ""
			p.world.acknowledged.Add(1)
			p.isOut()
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errCut, err)
		}
	}
}

// isUncertain notes that what was asked may have happened or not; the next answer tells.
func (p *player) isUncertain() {
	p.hangUp()
	p.standing, p.attempt, p.session, p.told = unknown, "", "", time.Time{}
}

// drop lets go as a lost line would.
func (p *player) drop() {
	p.hangUp()
	p.standing = dropped
}

func (p *player) hangUp() {
	if p.ws != nil {
		_ = p.ws.NetConn().Close()
		p.ws = nil
	}
}
