package cli_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestAnAccountIsItsPlayersAffairByTheContract(t *testing.T) {
	p := serve(t, "--auth", "local,guest")
	ana := p.player("ana")
	p.must(403, "PUT", "/me/password", ana.token, object{"password": "wrong guess", "newPassword": "battery staple"})
	p.must(204, "PUT", "/me/password", ana.token, object{"password": "correct horse", "newPassword": "battery staple"})
	p.must(204, "POST", "/auth/logout-everywhere", ana.token, nil)
	p.must(401, "GET", "/me", ana.token, nil)

	account := p.listed("accounts", "account", "list", "ana")[0].(object)["accountId"].(string)
	given := strings.TrimSpace(p.runs("account", "password", account, "--must-change"))
	if text := p.runs("account", "list"); !strings.Contains(text, "must change") {
		t.Errorf("the accounts are\n%s", text)
	}
	p.must(403, "POST", "/auth/login", "", object{"name": "ana", "password": given})
	p.must(401, "POST", "/auth/password", "", object{"name": "ana", "password": "wrong guess", "newPassword": "battery staple"})
	token := p.must(200, "POST", "/auth/password", "", object{"name": "ana", "password": given, "newPassword": "battery staple"})["token"].(string)
	p.must(409, "POST", "/auth/upgrade", token, object{"name": "anna", "password": "correct horse"})
	p.must(403, "DELETE", "/me", token, object{"password": "wrong guess"})
	p.must(204, "DELETE", "/me", token, object{"password": "battery staple"})

	guest := p.must(201, "POST", "/auth/guest", "", object{"name": "Visitor"})
	token = guest["token"].(string)
	p.must(200, "POST", "/auth/upgrade", token, object{"name": "Vera", "password": "correct horse"})
	p.runs("account", "delete", guest["accountId"].(string))
	p.must(401, "GET", "/me", token, nil)
	if out, err := p.Run("account", "delete", guest["accountId"].(string)); err == nil || !strings.Contains(out, "no such account") {
		t.Errorf("a second deletion: %v %s", err, out)
	}
	if text := p.runs("export", "events", "--event", "admin.account_deleted"); strings.Count(text, "\n") != 1 {
		t.Errorf("the events are\n%s", text)
	}
}

// TestADeletionIsWholeOrNotAtAllWhateverKillsIt kills the program while an account goes, with its seat, and looks at what
// the next start finds: the account as it was, or nothing of it; and deleting it again ends it.
func TestADeletionIsWholeOrNotAtAllWhateverKillsIt(t *testing.T) {
	p := serve(t)
	outcomes := map[string]int{}
	for round := range 12 {
		name := fmt.Sprintf("Anastasia-%d", round)
		ana := p.player(name).plays()
		var line sync.WaitGroup
		line.Go(func() {
			_, _, _ = p.Call(p.http, "DELETE", "/me", ana.token, object{"password": "correct horse"})
		})
		time.Sleep(time.Duration(20+rand.IntN(45)) * time.Millisecond) // the hash alone takes most of it
		p.Kill()
		line.Wait()
		p.restart()
		status, answer := p.call("POST", "/auth/login", "", object{"name": name, "password": "correct horse"})
		switch status {
		case 401:
			outcomes["gone"]++
		case 200:
			outcomes["there"]++
			token := answer["token"].(string)
			if me := p.must(200, "GET", "/me", token, nil); len(me["characters"].([]any)) != 1 {
				t.Errorf("a half of it is there: %v", me)
			}
			p.must(204, "DELETE", "/me", token, object{"password": "correct horse"})
		default:
			t.Fatalf("the log-in answered %d %v", status, answer)
		}
		p.must(401, "GET", "/me", ana.token, nil)
		if sessions := p.listed("sessions", "session", "list"); len(sessions) != 0 {
			t.Errorf("its seat is held: %v", sessions)
		}
		if text := p.runs("doctor"); strings.Contains(text, "violates") {
			t.Errorf("doctor says\n%s", text)
		}
	}
	t.Logf("after the kills: %v", outcomes)
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	p.hasNowhere("Anastasia")
}

// hasNowhere looks for a name in every file of the data folder.
func (p *program) hasNowhere(name string) {
	p.t.Helper()
	err := filepath.Walk(p.Dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if i := bytes.Index(data, []byte(name)); i >= 0 {
			p.t.Errorf("%s has the name: %q", filepath.Base(path), data[max(0, i-40):i+40])
		}
		return err
	})
	if err != nil {
		p.t.Error(err)
	}
}

// TestATokenOfAnotherIssuerStaysEnded logs out, and kills the server.
func TestATokenOfAnotherIssuerStaysEnded(t *testing.T) {
	const secret = "a secret that a studio's backend keeps"
	folder := t.TempDir()
	file := filepath.Join(folder, "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	signed := func(id string) string {
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
			"iss": "studio", "aud": "game", "sub": "7", "name": "Ana", "jti": id, "exp": time.Now().Add(time.Hour).Unix(),
		}).SignedString([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	p := serve(t, "--auth", "jwt", "--jwt-secret-file", file, "--jwt-issuer", "studio", "--jwt-audience", "game")
	first, second, third := signed("1"), signed("2"), signed("3")
	account := p.must(200, "GET", "/me", first, nil)["accountId"]
	p.must(204, "POST", "/auth/logout", first, nil)
	if again := p.must(200, "GET", "/me", second, nil)["accountId"]; again != account {
		t.Errorf("by another token the player is %v, was %v", again, account)
	}
	p.must(204, "DELETE", "/me", second, nil)
	for range 2 {
		p.must(401, "GET", "/me", first, nil)
		p.must(401, "GET", "/me", second, nil)
		p.Kill()
		p.restart()
	}
	if anew := p.must(200, "GET", "/me", third, nil)["accountId"]; anew == account {
		t.Error("the deleted account is back")
	}
}
