package httpapi_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/httpapi"
	"gatekeeper/admission/wire"
	"gatekeeper/storage"
)

// openFuzzed starts a server for invented requests: behind a socket of this machine, so that no ports run out, and with
// limits that nobody reaches, so that each request is looked at. One account with one character has a token.
func openFuzzed(f *testing.F) (*live, *guest) {
	f.Helper()
	l := openLive(f, "unix", filepath.Join(f.TempDir(), "s"), storage.Options{Normal: true, KeepEvents: 10_000}, func(c *httpapi.Config) {
		c.Limits = auth.NewAddressLimiter(math.MaxInt32, math.MaxInt32)
		c.PublicURL = "http://gate.example"
	})
	l.addr = "gate.example"
	return l, l.guests("ana", 1, 1)[0]
}

// answered is an HTTP answer, read to its end.
type answered struct {
	*http.Response
	text []byte
}

// forward sends a request that a target made up.
func (l *live) forward(t *testing.T, token, method, address string, header http.Header, body []byte) answered {
	t.Helper()
	r, err := http.NewRequest(method, "http://gate.example"+address, bytes.NewReader(body))
	if err != nil {
		t.Skip() // it cannot even be asked
	}
	header = header.Clone()
	header.Set("Authorization", "Bearer "+token)
	r.Header = header
	response, err := l.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{response, text}
}

// problemCode is how the contract writes codes and reasons.
var problemCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)

const (
	// maxAnswer bounds what is answered to whatever was sent, in bytes.
	maxAnswer = 4 << 10
	// insides are what no answer may hold: a stack, a source file, a query.
	insides = `goroutine |\.go:[0-9]|SELECT |INSERT |panic|runtime error`
)

var inside = regexp.MustCompile(insides)

// isFit checks what holds of every answer: its size, its type, and nothing of the inside in it.
func (a answered) isFit(t *testing.T, contentType string) {
	t.Helper()
	if len(a.text) > maxAnswer || inside.Match(a.text) {
		t.Errorf("%d: %d bytes: %.300s", a.StatusCode, len(a.text), a.text)
	}
	if len(a.text) > 0 && (a.Header.Get("Content-Type") != contentType || !json.Valid(a.text)) {
		t.Errorf("%d: %q: %.300s", a.StatusCode, a.Header.Get("Content-Type"), a.text)
	}
}

// FuzzConnectBody makes up an attempt: it is answered by an outcome, a malformed one by its reason, and one that is sent
// twice the same way twice.
func FuzzConnectBody(f *testing.F) {
	l, ana := openFuzzed(f)
	account := l.gate.Authenticate(admission.HashToken(ana.token))
	kinds := []string{"admitted", "queued", "failed", "timeout"}
	f.Fuzz(func(t *testing.T, instance, query, build string, body []byte) {
		if err := l.gate.As("fuzz").ClearLock(t.Context(), account.ID()); err != nil {
			t.Fatal(err)
		}
		address := "/instances/" + url.PathEscape(instance) + "/connect?" + query
		if strings.ContainsFunc(query, func(r rune) bool { return r <= ' ' || r > '~' || r == '#' }) || strings.Trim(instance, ".") == "" || strings.Contains(instance, "/") {
			t.Skip() // no request, or another path
		}
		header := http.Header{"X-Client-Build": {strings.Map(headerRune, build)}}
		var outcomes [2]told
		for i := range outcomes {
			a := l.forward(t, ana.token, "POST", address, header, body)
			a.isFit(t, "application/json")
			o := &outcomes[i]
			if json.Unmarshal(a.text, o) != nil || !slices.Contains(kinds, o.Outcome) || uuid.Validate(o.Attempt) != nil {
				t.Errorf("it is answered %d %s", a.StatusCode, a.text)
			}
			isMalformed := o.Reason == "INVALID_REQUEST"
			if a.StatusCode != 200 && a.StatusCode != 400 || (a.StatusCode == 400) != isMalformed || o.Outcome == "failed" && !problemCode.MatchString(o.Reason) {
				t.Errorf("it is answered %d %s", a.StatusCode, a.text)
			}
			if len(body) > 0 && !isMalformed && (body[0] != '{' && !isSpace(body[0]) || !json.Valid(body)) {
				t.Errorf("%q is taken for a body: %s", body, a.text)
			}
			if given := attemptOf(body); given != "" && !isMalformed && o.Attempt != given {
				t.Errorf("the attempt %s is answered as %s", given, o.Attempt)
			}
		}
		if outcomes[0].Outcome != outcomes[1].Outcome || outcomes[0].Reason != outcomes[1].Reason || outcomes[0].Session != outcomes[1].Session {
			t.Errorf("twice the same is answered %+v and %+v", outcomes[0], outcomes[1])
		}
	})
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// headerRune leaves out what a header cannot hold.
func headerRune(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}

// attemptOf is the attempt that a body names by the exact key; "" = none.
func attemptOf(body []byte) string {
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		return ""
	}
	id, _ := fields["attemptId"].(string)
	return id
}

// bodies are calls with a body that a key or a player may make as often as it likes. Left out are those that hash
// passwords, which would take all the time, and those that make instances, which would fill the memory.
var bodies = []struct{ method, path string }{
	{"PUT", "/me/active-character"},
	{"POST", "/characters"},
	{"POST", "/auth/guest"},
	{"PUT", "/server/instances/main/heartbeat"},
	{"POST", "/admin/api/setup"},
	{"PUT", "/admin/api/me/totp"},
	{"PATCH", "/admin/api/admins/nobody"},
	{"POST", "/admin/api/keys"},
	{"PATCH", "/admin/api/instances/main"},
	{"POST", "/admin/api/sessions/x/end"},
	{"PUT", "/admin/api/instances/main/queue/x"},
	{"PATCH", "/admin/api/characters/x"},
	{"PUT", "/admin/api/builds/production"},
	{"PATCH", "/admin/api/settings"},
	{"PUT", "/admin/api/settings/pictures/logo"},
	{"POST", "/admin/api/lab/players"},
	{"PUT", "/admin/api/lab/faults/cut"},
}

// statuses are those of the contract; 500 is a finding.
var statuses = []int{200, 201, 204, 400, 401, 403, 404, 409, 412, 413, 415, 429, 503}

// FuzzBody sends any body to the other calls that take one: a status of the contract, and a problem that is well formed.
func FuzzBody(f *testing.F) {
	l, ana := openFuzzed(f)
	f.Fuzz(func(t *testing.T, call uint8, contentType string, body []byte) {
		if bytes.Contains(body, []byte("password")) {
			t.Skip()
		}
		c, token := bodies[int(call)%len(bodies)], operatorKey
		if !strings.HasPrefix(c.path, "/admin") && !strings.HasPrefix(c.path, "/server") {
			token = ana.token
		}
		a := l.forward(t, token, c.method, c.path, http.Header{"Content-Type": {strings.Map(headerRune, contentType)}}, body)
		if !slices.Contains(statuses, a.StatusCode) {
			t.Errorf("%s %s answers %d: %.300s", c.method, c.path, a.StatusCode, a.text)
		}
		if a.StatusCode < 300 {
			return // as long as what it shows
		}
		a.isFit(t, "application/problem+json")
		var p wire.Problem
		if json.Unmarshal(a.text, &p) != nil || p.Status != a.StatusCode || p.Type == "" || p.Title == "" || !problemCode.MatchString(p.Code) {
			t.Errorf("%s %s answers %d: %s", c.method, c.path, a.StatusCode, a.text)
		}
	})
}

// doors are where a token is shown. Each is a request with the token in its place.
var doors = []struct{ before, after string }{
	{"GET /me HTTP/1.1\r\nHost: gate.example\r\nAuthorization: Bearer ", "\r\n\r\n"},
	{"GET /admin/api/me HTTP/1.1\r\nHost: gate.example\r\nAuthorization: Bearer ", "\r\n\r\n"},
	{"GET /admin/api/me HTTP/1.1\r\nHost: gate.example\r\nCookie: gatekeeper_admin=", "\r\n\r\n"},
	{"GET /instances/main/ws?sessionToken=", upgrade},
	{"GET /instances/main/ws?reconnectionToken=", upgrade},
	{"GET /instances/main/ws?queueToken=", upgrade},
}

const (
	upgrade = " HTTP/1.1\r\nHost: gate.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: gatekeeper.v1\r\n\r\n"
	firstSocketDoor = 3
)

// FuzzToken shows a live token that was cut and put between other bytes: it opens the door if, and only if, nothing else
// is there, and it never stands in the answer.
func FuzzToken(f *testing.F) {
	l, ana := openFuzzed(f)
	session := auth.NewKey("gks_")
	hash, err := auth.NewPasswords().Hash(f.Context(), password)
	if err != nil {
		f.Fatal(err)
	}
	if err := l.gate.As("fuzz").AddAdmin(f.Context(), admission.AdminRow{Name: "root", PasswordHash: hash, Role: admission.Owner}); err != nil {
		f.Fatal(err)
	}
	if err := l.gate.As("root").LogIn(f.Context(), admission.HashToken(session)); err != nil {
		f.Fatal(err)
	}
	key := auth.NewKey("gka_")
	if _, err := l.gate.As("fuzz").AddKey(f.Context(), admission.KeyRow{Name: "bot", Hash: admission.HashToken(key), Scopes: []admission.Scope{"viewer"}}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, door uint8, before string, keep uint8, after string) {
		d := doors[int(door)%len(doors)]
		isSocket := int(door)%len(doors) >= firstSocketDoor
		token := []string{ana.token, key, session, ""}[min(int(door)%len(doors), firstSocketDoor)]
		if isSocket {
			token = cmp.Or(ana.connect("main", "").SessionToken, "none while the last one is still attached")
		}
		shown := before + token[:min(int(keep), len(token))] + after
		status, text := l.raw(t, d.before+shown+d.after)
		isWhole := strings.Contains(shown, token)
		if bytes.Contains(text, []byte(token)) || len(text) > maxAnswer || inside.Match(text) {
			t.Errorf("%q is answered %s", shown, text)
		}
		if !isSocket && status == 200 != (shown == token) && !isWhole {
			t.Errorf("%q is answered %d", shown, status)
		}
		if !isSocket && shown == token && status != 200 {
			t.Errorf("the live token is answered %d", status)
		}
		if isSocket && !isWhole && bytes.Contains(text, []byte(`"admitted"`)) {
			t.Errorf("%q has a seat: %s", shown, text)
		}
		if isSocket && status == 101 && !isWhole && !bytes.Contains(text, closeFrame(4010)) {
			t.Errorf("%q is closed with %q", shown, text)
		}
	})
}

// closeFrame is how what a close frame carries begins.
func closeFrame(code uint16) []byte { return []byte{byte(code >> 8), byte(code)} }

// firstFrame reads what a frame of a server carries.
func firstFrame(from io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(from, head[:2]); err != nil {
		return nil, err
	}
	length := int(head[1])
	if length == 126 {
		if _, err := io.ReadFull(from, head[2:]); err != nil {
			return nil, err
		}
		length = int(head[2])<<8 | int(head[3])
	}
	carried := make([]byte, length)
	_, err := io.ReadFull(from, carried)
	return carried, err
}

// raw sends bytes as they are, and reads one answer; of a socket it reads the first frame.
func (l *live) raw(t *testing.T, request string) (status int, text []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), livePatience)
	defer cancel()
	conn, err := l.dial(ctx, "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(livePatience))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	from := bufio.NewReader(conn)
	response, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatalf("%q is not answered: %v", request, err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusSwitchingProtocols {
		text, err = firstFrame(from)
	} else {
		text, err = io.ReadAll(response.Body)
	}
	// Who is refused before the request was read to its end may find the line cut behind the answer.
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("%q is answered %d and then %v", request, response.StatusCode, err)
	}
	return response.StatusCode, text
}
