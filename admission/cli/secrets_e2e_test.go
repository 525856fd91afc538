package cli_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// secrets are what only its holder may know, by what they are.
type secrets map[string]string

// isNotIn looks for each of them.
func (s secrets) isNotIn(t *testing.T, place string, text []byte) {
	t.Helper()
	for kind, secret := range s {
		if secret == "" {
			t.Fatalf("%s never came up", kind)
		}
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s stands in %s", kind, place)
		}
	}
}

// TestNoSecretIsToldAnywhere lets every kind of token, key and password come up, at the level debug, and shows each of
// them at doors where it is wrong. Afterwards none may stand in the log, in an answer, in the metrics, in the events or in
// the database.
func TestNoSecretIsToldAnywhere(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			p := serve(t, "--log-level", "debug", "--log-format", format, "--auth", "local,guest", "--limit-private", "100000")
			found := secrets{"the players' password": "correct horse"}
			operates(p, found)
			plays(p, found)
			answers := misuses(p, found)
			found.isNotIn(t, "the answers", answers)
			_, metrics, err := p.Call(http.DefaultClient, "GET", "/metrics", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			found.isNotIn(t, "the metrics", metrics)
			found.isNotIn(t, "the events", []byte(p.runs("export", "events")))
			if err := p.Stop(); err != nil {
				t.Error(err)
			}
			found.isNotIn(t, "the log", []byte(p.read(p.Stderr)))
			greeting := strings.ReplaceAll(p.read(p.Stdout), "#setup="+found["the set-up link's token"], "") // that is where it is told
			found.isNotIn(t, "what is printed", []byte(greeting))
			delete(found, "a second factor") // which codes are made of
			delete(found, "a webhook's secret")
			files, err := filepath.Glob(filepath.Join(p.Dir, "*"))
			if err != nil || len(files) < 2 {
				t.Fatalf("the data folder has %v, %v", files, err)
			}
			for _, file := range files {
				if content, err := os.ReadFile(file); err == nil {
					found.isNotIn(t, filepath.Base(file), content)
				}
			}
		})
	}
}

// operates sets the server up, with a second factor and a key.
func operates(p *program, found secrets) {
	p.t.Helper()
	_, link, _ := strings.Cut(p.read(p.Stdout), "#setup=")
	found["the set-up link's token"], _, _ = strings.Cut(link, "\n")
	found["the operator's password"] = "an operator's password"
	found["the command line's key"] = p.operatorKey()
	answer, body := p.posts("/admin/api/setup", "", fmt.Sprintf(`{"setupToken":%q,"name":"olga","password":%q}`,
		found["the set-up link's token"], found["the operator's password"]))
	if answer.StatusCode != 201 {
		p.t.Fatalf("the set-up answers %d %s", answer.StatusCode, body)
	}
	cookie := answer.Cookies()[0]
	found["the operator's cookie"] = cookie.Value
	offered := p.byCookie(cookie, "POST", "/admin/api/me/totp", "{}")
	found["a second factor"] = between(offered, `"secret":"`, `"`)
	code, err := totp.GenerateCode(found["a second factor"], time.Now())
	if err != nil {
		p.t.Fatal(err)
	}
	p.byCookie(cookie, "PUT", "/admin/api/me/totp", fmt.Sprintf(`{"secret":%q,"code":%q}`, found["a second factor"], code))
	made := p.byCookie(cookie, "POST", "/admin/api/keys", `{"name":"bot","scopes":["server","viewer"]}`)
	found["an API key"] = between(made, `"key":"`, `"`)
	hook := p.byCookie(cookie, "POST", "/admin/api/webhooks", `{"name":"studio","url":"http://127.0.0.1:9/hook","events":["connection."]}`)
	found["a webhook's secret"] = between(hook, `"secret":"`, `"`)
	p.must(200, "PUT", "/server/instances/main/heartbeat", found["an API key"], object{"message": "here"})
	p.must(200, "GET", "/admin/api/overview", found["an API key"], nil)
}

// plays lets somebody in, wait, come back and be asked.
func plays(p *program, found secrets) {
	p.t.Helper()
	p.runs("instance", "set", "main", "--capacity", "1")
	ana := p.player("ana")
	found["a player's token"] = ana.token
	found["a guest's token"] = p.must(201, "POST", "/auth/guest", "", object{"name": "gus"})["token"].(string)
	in := ana.connect(nil)
	found["a sessionToken"] = in["sessionToken"].(string)
	ana.attach("sessionToken", found["a sessionToken"])
	found["a ticket"] = ana.isSeated()["ticket"].(string)
	found["a reconnectionToken"] = ana.reconnection
	found["a replaceToken"] = ana.connect(nil)["replaceToken"].(string)
	ben := p.player("ben")
	found["a queueToken"] = ben.connect(nil)["queueToken"].(string)
	ben.attach("queueToken", found["a queueToken"])
	ben.hears("queued")
	found["a later queueToken"] = ben.queue
	_ = ana.ws.Close()
	p.eventually("ana's line is seen to be gone", func() bool {
		return p.must(200, "GET", "/instances/main/queue/status?characterId="+ana.character, ana.token, nil)["state"] == "grace" || wait()
	})
	ana.attach("reconnectionToken", found["a reconnectionToken"])
	ana.isSeated()
	found["a later reconnectionToken"] = ana.reconnection
}

// wait lets a second pass: a character is told of once a second.
func wait() bool {
	time.Sleep(time.Second)
	return false
}

// misuses shows every secret where it does not belong, and returns all that was answered.
func misuses(p *program, found secrets) (answers []byte) {
	p.t.Helper()
	for _, secret := range found {
		quoted := strings.ReplaceAll(secret, " ", "%20")
		for _, request := range []string{
			"GET /me?token=" + quoted + " HTTP/1.1\r\nAuthorization: Bearer x" + secret,
			"GET /" + quoted + " HTTP/1.1\r\nReferer: http://gate.example/?t=" + quoted,
			"GET /sdk/" + quoted + " HTTP/1.1",
			"PATCH /admin/api/instances/" + quoted + " HTTP/1.1\r\nAuthorization: Bearer " + secret + "x\r\nContent-Length: 2",
			"DELETE /admin/api/keys/" + quoted + " HTTP/1.1\r\nCookie: gatekeeper_admin=" + quoted + "x",
			"GET /instances/main/ws?sessionToken=" + quoted + "x HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
			"GET /instances/main/ws?queueToken=" + quoted + "&sessionToken=" + quoted + " HTTP/1.1",
			"GET /instances/" + quoted + "/queue/status?characterId=" + quoted + " HTTP/1.1\r\nAuthorization: Bearer " + found["a guest's token"],
			"BREW /me?" + quoted + " HTTP/1.1\r\nAuthorization: " + secret + "\r\nTransfer-Encoding: " + quoted,
			"GET /\x00" + quoted + " HTTP/9.9\r\nX" + secret + ": y",
		} {
			answers = append(answers, p.told(request)...)
		}
		for _, path := range []string{"/auth/login", "/auth/register", "/admin/api/login", "/admin/api/setup", "/instances/main/connect?replaceToken=" + quoted} {
			body := fmt.Sprintf(`{"name":%[1]q,"password":%[1]q,"code":%[1]q,"setupToken":%[1]q,"attemptId":%[1]q,`, "x"+secret)
			if path == "/auth/register" {
				body = fmt.Sprintf(`{"name":"x","password":%q,`, secret) // a name is no secret
			}
			for _, end := range []string{`"x":1}`, `"x"`} {
				_, answer := p.posts(path, found["a guest's token"], body+end)
				answers = append(answers, answer...)
			}
		}
	}
	return answers
}

// told sends the head of a request as it is, and reads all that is answered: of a socket, its first frame.
func (p *program) told(head string) []byte {
	p.t.Helper()
	conn, err := net.Dial("tcp", p.Addr)
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(15 * time.Second))
	line, rest, _ := strings.Cut(head, "\r\n")
	if rest != "" {
		rest += "\r\n"
	}
	if strings.Contains(rest, "Content-Length: 2") {
		rest += "Content-Type: application/json\r\n\r\n{}"
	} else {
		rest += "\r\n"
	}
	_, _ = io.WriteString(conn, line+"\r\nHost: gate.example\r\n"+rest)
	from := bufio.NewReader(conn)
	response, err := http.ReadResponse(from, nil)
	if err != nil {
		p.t.Fatalf("%q is not answered: %v", head, err)
	}
	defer response.Body.Close()
	var all bytes.Buffer
	_ = response.Header.Write(&all)
	if response.StatusCode == http.StatusSwitchingProtocols {
		frame := make([]byte, 64)
		n, _ := from.Read(frame)
		all.Write(frame[:n])
	} else {
		_, _ = io.Copy(&all, response.Body)
	}
	return all.Bytes()
}

// posts makes a call whose answer is not looked at by the contract: its cookie, or its words, are what counts.
func (p *program) posts(path, token, body string) (*http.Response, []byte) {
	p.t.Helper()
	r, err := http.NewRequest("POST", p.URL()+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return p.done(r)
}

func (p *program) byCookie(cookie *http.Cookie, method, path, body string) string {
	p.t.Helper()
	r, err := http.NewRequest(method, p.URL()+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.AddCookie(cookie)
	response, answer := p.done(r)
	if response.StatusCode >= 300 {
		p.t.Fatalf("%s %s answers %d %s", method, path, response.StatusCode, answer)
	}
	return string(answer)
}

func (p *program) done(r *http.Request) (*http.Response, []byte) {
	p.t.Helper()
	response, err := (&http.Client{Timeout: 15 * time.Second}).Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return response, answer
}

func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return text
}

// TestNoPathLeadsOutOfThePages asks the real binary by paths that no client library would send.
func TestNoPathLeadsOutOfThePages(t *testing.T) {
	p := serve(t)
	key := p.operatorKey()
	for _, path := range []string{
		"/../gatekeeper.db", "/%2e%2e/gatekeeper.db", "/..%2fgatekeeper.db", "/..%5cgatekeeper.db", "/sdk/..%2f..%2f..%2fetc%2fpasswd", "//etc/passwd",
		"/%00", "/admin/..%2f..%2fgatekeeper.db", "/admin/api/backups/..%2fgatekeeper.db", "/admin/api/backups/%2e%2e%2fgatekeeper.db",
		"/admin/api/backups/..%2fendpoint.json", "/branding/..%2f..%2fetc%2fpasswd", "/.git/config", "/sdk", "/sdk/", "/report/report.js",
	} {
		answer := p.told("GET " + path + " HTTP/1.1\r\nAuthorization: Bearer " + key)
		for _, inside := range []string{"SQLite format", "root:", key, "<pre>", "goroutine", p.Dir} {
			if bytes.Contains(answer, []byte(inside)) {
				t.Errorf("%s is answered with %s", path, inside)
			}
		}
		if response := p.statusOf(path, key); response != 404 && response != 301 && response != 307 && response != 400 {
			t.Errorf("%s answers %d", path, response)
		}
	}
}

func (p *program) statusOf(path, key string) int {
	p.t.Helper()
	conn, err := net.Dial("tcp", p.Addr)
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(15 * time.Second))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: gate.example\r\nAuthorization: Bearer %s\r\n\r\n", path, key)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}
