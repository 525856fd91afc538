package sim

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

const (
	// callLimit bounds a call; an attempt is answered within 10 s.
	callLimit = 12 * time.Second
	// IdleLines is how many lines stay open for the next call: a crowd that arrives at full speed must not use up a
	// port for each of its calls.
	IdleLines = 512
	maxAnswer = 1 << 20
)

// Client is the doors of a running server, for any number of virtual players at a time.
type Client struct {
	base   func() string
	http   http.Client
	dialer websocket.Dialer
}

// NewClient returns a client of the server that answers at base, such as http://127.0.0.1:8080; it is asked at each call.
// dial opens lines; nil = the network's. trust is how it speaks TLS; nil = as the system trusts. Close lets go of the
// lines that nobody uses.
func NewClient(base func() string, dial func(ctx context.Context, network, address string) (net.Conn, error), trust *tls.Config) *Client {
	if dial == nil {
		dial = (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	}
	return &Client{
		base: base,
		http: http.Client{Timeout: callLimit, Transport: &http.Transport{
			DialContext: dial, TLSClientConfig: trust, MaxIdleConns: IdleLines, MaxIdleConnsPerHost: IdleLines, IdleConnTimeout: 30 * time.Second,
		}},
		dialer: websocket.Dialer{
			NetDialContext: dial, TLSClientConfig: trust, HandshakeTimeout: 10 * time.Second, Subprotocols: []string{wire.Subprotocol},
			ReadBufferSize: 512, WriteBufferSize: 512, WriteBufferPool: &writeBuffers,
		},
	}
}

// Close lets go of the lines that no call uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Account is a player who can log in: a live player token, and the character to play.
type Account struct {
	Token     string
	Character admission.CharacterID
}

// Ask is what a player asks with.
type Ask struct {
	Instance     admission.InstanceID
	Build        string
	ReplaceToken string // "" = confirms nothing
}

// Outcome is the answer to an attempt, whichever it is; a field that it does not have is zero.
type Outcome struct {
	Outcome           admission.OutcomeKind `json:"outcome"`
	SessionID         admission.SessionID   `json:"sessionId"`
	SessionToken      string                `json:"sessionToken"`
	QueueToken        string                `json:"queueToken"`
	WSURL             string                `json:"wsUrl"`
	Resumed           bool                  `json:"resumed"`
	Replaced          bool                  `json:"replaced"`
	Position          int                   `json:"position"`
	Depth             int                   `json:"depth"`
	Reason            admission.Reason      `json:"reason"`
	RetryAfterSeconds float64               `json:"retryAfterSeconds"`
	RequiredBuild     string                `json:"requiredBuild"`
	ReplaceToken      string                `json:"replaceToken"`
	// What a queued player is told of the wait; nil = nobody can tell.
	EstimatedWaitSeconds      *float64 `json:"estimatedWaitSeconds"`
	EstimatedWaitUpperSeconds *float64 `json:"estimatedWaitUpperSeconds"`
}

// statusError is an answer outside the contract, as a proxy may give it.
type statusError int

// Error implements error.
func (e statusError) Error() string {
	return fmt.Sprintf("the server answered with status %d, and nothing that gatekeeper says", int(e))
}

// Connect makes an attempt. An error is one of the line: a refusal is an outcome.
func (c *Client) Connect(ctx context.Context, who Account, ask Ask) (o Outcome, err error) {
	path := "/instances/" + string(ask.Instance) + "/connect"
	if ask.ReplaceToken != "" {
		path += "?replaceToken=" + url.QueryEscape(ask.ReplaceToken)
	}
	body := wire.ConnectRequest{CharacterID: string(who.Character), ClientBuild: ask.Build}
	answer, err := c.call(ctx, http.MethodPost, path, who.Token, body)
	if err != nil {
		return o, err
	}
	if json.Unmarshal(answer.body, &o) != nil || o.Outcome == "" {
		return o, statusError(answer.status)
	}
	return o, nil
}

// Place is what a player reads of their place.
type Place struct {
	State     string              `json:"state"`
	Position  int                 `json:"position"`
	SessionID admission.SessionID `json:"sessionId"`
	Reason    admission.Departure `json:"reason"` // why there is none
}

// Status reads the character's place on an instance; the server answers once a second.
func (c *Client) Status(ctx context.Context, who Account, id admission.InstanceID) (p Place, err error) {
	err = c.ask(ctx, http.MethodGet, placePath(id, "/queue/status", who), who.Token, nil, &p)
	return p, err
}

// LeaveQueue gives up a place in the queue; where there is none, nothing happens.
func (c *Client) LeaveQueue(ctx context.Context, who Account, id admission.InstanceID) error {
	return c.ask(ctx, http.MethodDelete, placePath(id, "/queue", who), who.Token, nil, nil)
}

// Leave ends a session; one that is over is left alone.
func (c *Client) Leave(ctx context.Context, who Account, session admission.SessionID) error {
	return c.ask(ctx, http.MethodPost, "/sessions/"+string(session)+"/leave", who.Token, nil, nil)
}

func placePath(id admission.InstanceID, what string, who Account) string {
	return "/instances/" + string(id) + what + "?characterId=" + url.QueryEscape(string(who.Character))
}

// Instances lists what players may join.
func (c *Client) Instances(ctx context.Context) ([]wire.Instance, error) {
	var body wire.Instances
	err := c.ask(ctx, http.MethodGet, "/instances", "", nil, &body)
	return body.Instances, err
}

// Version tells which gatekeeper answers.
func (c *Client) Version(ctx context.Context) (v wire.Version, err error) {
	err = c.ask(ctx, http.MethodGet, "/version", "", nil, &v)
	return v, err
}

// ask makes a call that either succeeds, with its answer in into, or ends in a [wire.Problem] or an error of the line.
func (c *Client) ask(ctx context.Context, method, path, token string, body, into any) error {
	answer, err := c.call(ctx, method, path, token, body)
	switch {
	case err != nil:
		return err
	case answer.status >= http.StatusBadRequest:
		return answer.refusal()
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(answer.body, into); err != nil {
		return fmt.Errorf("%s %s was answered with something that cannot be read: %w", method, path, err)
	}
	return nil
}

// reply is what came back, whatever it is.
type reply struct {
	status     int
	body       []byte
	retryAfter time.Duration
}

func (r reply) refusal() error {
	var p wire.Problem
	if json.Unmarshal(r.body, &p) != nil || p.Code == "" {
		return statusError(r.status)
	}
	return p.After(r.retryAfter)
}

func (c *Client) call(ctx context.Context, method, path, token string, body any) (got reply, err error) {
	data := []byte(nil)
	if body != nil {
		if data, err = json.Marshal(body); err != nil {
			return got, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base()+path, bytes.NewReader(data))
	if err != nil {
		return got, err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := c.http.Do(r)
	if err != nil {
		return got, err
	}
	defer response.Body.Close()
	return read(response)
}

func read(response *http.Response) (got reply, err error) {
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After")) // none, or a date, which gatekeeper never sends: at once
	got = reply{status: response.StatusCode, retryAfter: time.Duration(seconds) * time.Second}
	got.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return got, err
}

// Attach opens the socket at wsURL. Of the address only the path counts: the server's public name may lead out of the
// house and through a proxy, and it is this server that is tried. Errors: a [wire.Problem], or one of the line.
func (c *Client) Attach(ctx context.Context, wsURL string, key Key) (*Line, error) {
	told, err := url.Parse(wsURL)
	if err != nil || told.Path == "" {
		return nil, errors.New("the outcome has no wsUrl")
	}
	here := "ws" + strings.TrimPrefix(c.base(), "http") + told.Path + "?" + key.Kind + "=" + url.QueryEscape(key.Token)
	ws, response, err := c.dialer.DialContext(ctx, here, nil)
	switch {
	case err == nil:
		return &Line{ws: ws}, nil
	case response == nil:
		return nil, err
	}
	got, err := read(response) // the dialer has read the beginning, and closed the rest
	if err != nil {
		return nil, err
	}
	return nil, got.refusal()
}
