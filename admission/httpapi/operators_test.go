package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/httpapi"
	"gatekeeper/admission/wire"
)

// operator is somebody who operates the house, by cookie or by key.
type operator struct {
	h      *house
	header map[string]string
}

const password = "a password long enough"

// hires makes an operator who is logged in.
func (h *house) hires(name string, role admission.Role) operator {
	h.t.Helper()
	hash, err := auth.NewPasswords().Hash(h.t.Context(), password)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.gate.As("tester").AddAdmin(h.t.Context(), admission.AdminRow{Name: name, PasswordHash: hash, Role: role}); err != nil {
		h.t.Fatal(err)
	}
	return h.logsIn(name)
}

func (h *house) logsIn(name string) operator {
	h.t.Helper()
	response, answer := h.send("POST", "/admin/api/login", `{"name":"`+name+`","password":"`+password+`"}`, nil)
	if response.StatusCode != http.StatusOK {
		h.t.Fatalf("%s cannot log in: %v", name, answer)
	}
	return operator{h, map[string]string{"Cookie": strings.Split(response.Header.Get("Set-Cookie"), ";")[0]}}
}

// key makes an operator of a key.
func (h *house) key(scopes []admission.Scope, instances ...admission.InstanceID) operator {
	h.t.Helper()
	secret := auth.NewKey("gka_")
	row := admission.KeyRow{Name: "bot", Hash: admission.HashToken(secret), Scopes: scopes, Instances: instances}
	if _, err := h.gate.As("tester").AddKey(h.t.Context(), row); err != nil {
		h.t.Fatal(err)
	}
	return operator{h, map[string]string{"Authorization": "Bearer " + secret}}
}

func (o operator) does(method, path, body string) (int, object) {
	o.h.t.Helper()
	response, answer := o.h.send(method, path, body, o.header)
	return response.StatusCode, answer
}

func (o operator) must(want int, method, path, body string) object {
	o.h.t.Helper()
	status, answer := o.does(method, path, body)
	if status != want {
		o.h.t.Fatalf("%s %s answered %d %v, want %d", method, path, status, answer, want)
	}
	return answer
}

// calls are the operators' calls of the contract, with the role that their description names.
func calls(t *testing.T) (list []struct{ method, path, role string }) {
	t.Helper()
	text, err := wire.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for path, operations := range doc.Paths {
		for method, raw := range operations {
			var operation struct{ Description string }
			_ = json.Unmarshal(raw, &operation) // parameters are a list
			for says, role := range map[string]string{"For every role.": "viewer", "For operators and owners.": "operator", "For owners.": "owner"} {
				if strings.HasSuffix(operation.Description, says) {
					list = append(list, struct{ method, path, role string }{strings.ToUpper(method), path, role})
				}
			}
		}
	}
	return list
}

var placeholders = strings.NewReplacer("{instanceId}", "main", "{characterId}", "x", "{sessionId}", "x", "{accountId}", "x",
	"{adminName}", "nobody", "{keyId}", "x", "{webhookId}", "x", "{picture}", "none", "{backupName}", "x", "{fault}", "x")

func TestTheServerRefusesWhatARoleMayNot(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		all := calls(t)
		if len(all) < 40 {
			t.Fatalf("the contract names the role of %d calls only", len(all))
		}
		for _, asker := range []admission.Role{admission.Viewer, admission.Operator} {
			o := h.hires("a "+string(asker), asker)
			for _, c := range all {
				path := placeholders.Replace(c.path)
				if path == "/admin/api/live" || path == "/admin/api/logout" || strings.HasSuffix(path, "/backups") || strings.HasSuffix(path, "/backup") && asker.May(admission.Role(c.role)) {
					continue
				}
				status, answer := o.does(c.method, path, "{}")
				if may := asker.May(admission.Role(c.role)); may == (status == http.StatusForbidden && answer["code"] == "NOT_ALLOWED" && answer["detail"] == nil) {
					t.Errorf("a %s at %s %s: %d %v", asker, c.method, path, status, answer)
				}
			}
		}
		for _, c := range all {
			response, _ := h.send(c.method, placeholders.Replace(c.path), "{}", nil)
			if response.StatusCode != http.StatusUnauthorized {
				t.Errorf("nobody at %s %s: %d", c.method, c.path, response.StatusCode)
			}
		}
	})
}

func TestAKeyStaysAtItsInstances(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		if _, err := h.gate.As("tester").CreateInstance(h.t.Context(), admission.DefaultSettings("other")); err != nil {
			t.Fatal(err)
		}
		h.visitor("ana").plays()
		bound := h.key([]admission.Scope{"operator"}, "other")
		bound.must(200, "PATCH", "/admin/api/instances/other", `{"capacity":3}`)
		if list := bound.must(200, "GET", "/admin/api/instances", "")["instances"].([]any); len(list) != 1 {
			t.Errorf("it sees %v", list)
		}
		if total := bound.must(200, "GET", "/admin/api/sessions", "")["total"]; total != 0. {
			t.Errorf("it sees %v sessions", total)
		}
		session := h.key([]admission.Scope{"viewer"}).must(200, "GET", "/admin/api/sessions", "")["sessions"].([]any)[0].(object)["sessionId"].(string)
		for path, method := range map[string]string{
			"/admin/api/instances/main": "PATCH", "/admin/api/accounts": "GET", "/admin/api/events": "GET", "/admin/api/events?instance=main": "GET",
			"/admin/api/samples?step=10": "GET", "/admin/api/live": "GET", "/admin/api/settings": "GET", "/admin/api/builds/production": "PUT",
			"/server/instances/main/heartbeat": "PUT",
		} {
			bound.must(403, method, path, `{"build":"1"}`)
		}
		bound.must(404, "POST", "/admin/api/sessions/"+session+"/end", "{}")
		server := h.key([]admission.Scope{"server"}, "main")
		server.must(200, "PUT", "/server/instances/main/heartbeat", "{}")
		server.must(403, "GET", "/admin/api/instances", "")
	})
}

func TestAKeyEndsAndIsRevoked(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		owner := h.hires("olga", admission.Owner)
		until := h.gate.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		made := owner.must(201, "POST", "/admin/api/keys", `{"name":"bot","scopes":["viewer"],"instances":["main"],"expiresAt":"`+until+`"}`)
		bot := operator{h, map[string]string{"Authorization": "Bearer " + made["key"].(string)}}
		bot.must(200, "GET", "/admin/api/instances/main", "")
		listed := owner.must(200, "GET", "/admin/api/keys", "")["keys"].([]any)[0].(object)
		if listed["lastUsedAt"] == nil || listed["key"] != nil {
			t.Errorf("it is listed as %v", listed)
		}
		time.Sleep(time.Hour)
		bot.must(401, "GET", "/admin/api/instances/main", "")
		owner.must(204, "DELETE", "/admin/api/keys/"+made["keyId"].(string), "")
		owner.must(404, "DELETE", "/admin/api/keys/"+made["keyId"].(string), "")
		for _, bad := range []string{`{"name":"","scopes":["viewer"]}`, `{"name":"b","scopes":[]}`, `{"name":"b","scopes":["god"]}`, `{"name":"b","scopes":["viewer"],"expiresAt":"1999-01-01T00:00:00Z"}`} {
			owner.must(400, "POST", "/admin/api/keys", bad)
		}
		owner.must(404, "POST", "/admin/api/keys", `{"name":"b","scopes":["viewer"],"instances":["nowhere"]}`)
	})
}

func TestALogInLastsWhileItIsUsed(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		owner := h.hires("olga", admission.Owner)
		for range 3 {
			time.Sleep(11 * time.Hour)
			owner.must(200, "GET", "/admin/api/me", "")
		}
		time.Sleep(12 * time.Hour)
		owner.must(401, "GET", "/admin/api/me", "")
		again := h.logsIn("olga")
		again.must(204, "POST", "/admin/api/logout", "")
		again.must(401, "GET", "/admin/api/me", "")
	})
}

func TestTheCookieIsWorthNothingToOtherPages(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		owner := h.hires("olga", admission.Owner)
		for _, header := range []map[string]string{
			{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
		} {
			header["Cookie"] = owner.header["Cookie"]
			response, _ := h.send("PATCH", "/admin/api/instances/main", `{"capacity":1}`, header)
			if response.StatusCode != http.StatusForbidden {
				t.Errorf("with %v: %d", header, response.StatusCode)
			}
		}
		response, _ := h.send("POST", "/admin/api/login", `{"name":"olga","password":"`+password+`"}`, nil)
		if c := response.Header.Get("Set-Cookie"); !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") || !strings.Contains(c, "Path=/admin") {
			t.Errorf("the cookie is %s", c)
		}
	})
}

func TestTenWrongPasswordsLockTheNameThereForTenMinutes(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.hires("olga", admission.Owner)
		began := h.gate.Now()
		for range 10 {
			response, answer := h.send("POST", "/admin/api/login", `{"name":"olga","password":"wrong"}`, nil)
			if response.StatusCode != 401 || answer["code"] != "BAD_CREDENTIALS" {
				t.Fatalf("a wrong password: %d %v", response.StatusCode, answer)
			}
		}
		right := `{"name":"OLGA","password":"` + password + `"}`
		response, _ := h.send("POST", "/admin/api/login", right, nil)
		if response.StatusCode != 429 || response.Header.Get("Retry-After") == "" {
			t.Errorf("after ten failures the right password: %d", response.StatusCode)
		}
		time.Sleep(began.Add(10*time.Minute - time.Second).Sub(h.gate.Now()))
		if response, _ := h.send("POST", "/admin/api/login", right, nil); response.StatusCode != 429 {
			t.Errorf("a second too early: %d", response.StatusCode)
		}
		time.Sleep(2 * time.Second)
		if response, _ := h.send("POST", "/admin/api/login", right, nil); response.StatusCode != 200 {
			t.Errorf("after ten minutes: %d", response.StatusCode)
		}
		unknown, _ := h.send("POST", "/admin/api/login", `{"name":"nobody","password":"wrong"}`, nil)
		if unknown.StatusCode != 401 {
			t.Errorf("an unknown name: %d", unknown.StatusCode)
		}
	})
}

func TestTheLastOwnerStaysOne(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		olga := h.hires("olga", admission.Owner)
		olga.must(409, "PATCH", "/admin/api/admins/olga", `{"role":"viewer"}`)
		olga.must(409, "DELETE", "/admin/api/admins/olga", "")
		olga.must(409, "POST", "/admin/api/admins", `{"name":"Olga","password":"`+password+`","role":"owner"}`)
		olga.must(201, "POST", "/admin/api/admins", `{"name":"omar","password":"`+password+`","role":"owner"}`)
		olga.must(200, "PATCH", "/admin/api/admins/olga", `{"role":"viewer"}`)
		olga.must(403, "POST", "/admin/api/admins", `{}`)
	})
}

func TestAnotherPasswordEndsTheOtherLogIns(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		here := h.hires("olga", admission.Owner)
		there := h.logsIn("olga")
		here.must(403, "PUT", "/admin/api/me/password", `{"current":"wrong","password":"another password"}`)
		here.must(400, "PUT", "/admin/api/me/password", `{"current":"`+password+`","password":"short"}`)
		here.must(204, "PUT", "/admin/api/me/password", `{"current":"`+password+`","password":"another password"}`)
		here.must(200, "GET", "/admin/api/me", "")
		there.must(401, "GET", "/admin/api/me", "")
	})
}

// TestEveryDeedIsToldOf carries out each change and looks for its event, with who and what.
func TestEveryDeedIsToldOf(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.capacity(1)
		ana, ben, cem := h.visitor("ana").plays(), h.visitor("ben").queues(), h.visitor("cem").queues()
		olga := h.hires("olga", admission.Owner)
		account := func(v *visitor) string {
			_, me := v.send("GET", "/me", "")
			return me["accountId"].(string)
		}
		_, status := ana.send("GET", "/instances/main/queue/status?characterId="+ana.character, "")
		for _, deed := range []struct{ event, method, path, body string }{
			{"admin.instance_added", "POST", "/admin/api/instances", `{"instanceId":"second"}`},
			{"admin.instance_changed", "PATCH", "/admin/api/instances/second", `{"capacity":7}`},
			{"admin.queue_moved", "PUT", "/admin/api/instances/main/queue/" + cem.character, `{"position":1}`},
			{"admin.queue_removed", "DELETE", "/admin/api/instances/main/queue/" + ben.character, `{"reason":"late"}`},
			{"admin.session_ended", "POST", "/admin/api/sessions/" + status["sessionId"].(string) + "/end", `{}`},
			{"admin.character_suspended", "PATCH", "/admin/api/characters/" + ben.character, `{"suspended":true}`},
			{"admin.character_restored", "PATCH", "/admin/api/characters/" + ben.character, `{"suspended":false}`},
			{"admin.lock_cleared", "DELETE", "/admin/api/locks/" + account(ben), ""},
			{"admin.password_reset", "POST", "/admin/api/accounts/" + account(ana) + "/password", `{"password":""}`},
			{"admin.added", "POST", "/admin/api/admins", `{"name":"omar","password":"` + password + `","role":"viewer"}`},
			{"admin.changed", "PATCH", "/admin/api/admins/omar", `{"role":"operator"}`},
			{"admin.removed", "DELETE", "/admin/api/admins/omar", ""},
			{"admin.key_added", "POST", "/admin/api/keys", `{"name":"bot","scopes":["viewer"]}`},
		} {
			if code, answer := olga.does(deed.method, deed.path, deed.body); code >= 300 {
				t.Fatalf("%s %s: %d %v", deed.method, deed.path, code, answer)
			}
			told, err := h.gate.Events(h.t.Context(), admission.EventFilter{Name: "admin.", NewestFirst: true, Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			if len(told) != 1 || string(told[0].Name) != deed.event || told[0].Data["by"] != "olga" {
				t.Errorf("%s %s is told as %+v", deed.method, deed.path, told)
			}
		}
	})
}

func TestAChangeOfWhatSomebodyElseHasChangedIsRefused(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		olga := h.hires("olga", admission.Owner)
		response, _ := h.send("GET", "/admin/api/instances/main", "", olga.header)
		tag := response.Header.Get("ETag")
		olga.must(200, "PATCH", "/admin/api/instances/main", `{"capacity":7}`)
		stale := operator{h, map[string]string{"Cookie": olga.header["Cookie"], "If-Match": tag}}
		if answer := stale.must(412, "PATCH", "/admin/api/instances/main", `{"queueMax":7}`); answer["code"] != "CHANGED_MEANWHILE" {
			t.Errorf("it is refused by %v", answer)
		}
		response, body := h.send("GET", "/admin/api/instances/main", "", olga.header)
		if body["capacity"] != 7. || body["queueMax"] != 1000. {
			t.Errorf("the instance is %v", body)
		}
		fresh := operator{h, map[string]string{"Cookie": olga.header["Cookie"], "If-Match": response.Header.Get("ETag")}}
		fresh.must(200, "PATCH", "/admin/api/instances/main", `{"queueMax":7}`)
	})
}

func TestListsAreSearchedSortedAndPaged(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		for _, name := range []string{"cem", "ana", "ben"} {
			h.visitor(name).plays()
			time.Sleep(time.Second)
		}
		viewer := h.key([]admission.Scope{"viewer"})
		names := func(query string) (list []string, total any) {
			answer := viewer.must(200, "GET", "/admin/api/sessions?"+query, "")
			for _, s := range answer["sessions"].([]any) {
				list = append(list, s.(object)["accountName"].(string))
			}
			return list, answer["total"]
		}
		for query, want := range map[string]string{
			"sort=account": "ana ben cem 3", "sort=account&order=desc": "cem ben ana 3", "sort=account&offset=1&limit=1": "ben 3",
			"search=AN": "ana 1", "search=nobody": "0", "state=grace": "0", "sort=account&offset=9": "3", "instance=main&sort=since": "cem ana ben 3",
		} {
			list, total := names(query)
			if got := strings.TrimSpace(strings.Join(list, " ") + " " + jsonOf(total)); got != want {
				t.Errorf("%s yields %s, want %s", query, got, want)
			}
		}
		viewer.must(400, "GET", "/admin/api/sessions?sort=colour", "")
		viewer.must(400, "GET", "/admin/api/sessions?limit=501", "")
		viewer.must(404, "GET", "/admin/api/sessions?instance=nowhere", "")
		accounts := viewer.must(200, "GET", "/admin/api/accounts?search=hero&limit=2", "")
		if accounts["total"] != 3. || len(accounts["accounts"].([]any)) != 2 {
			t.Errorf("by their characters: %v", accounts)
		}
	})
}

func jsonOf(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

func TestWithADoorOfTheirOwnOperatorsAreNotServedBesidePlayers(t *testing.T) {
	inHouse(t, func(cfg *httpapi.Config) { cfg.HasAdminDoor = true }, func(h *house) {
		for _, path := range []string{"/admin/", "/admin/api/instances", "/admin/api/login", "/metrics", "/debug/pprof/"} {
			if response, _ := h.send("GET", path, "", map[string]string{"Authorization": "Bearer " + operatorKey}); response.StatusCode != http.StatusNotFound {
				t.Errorf("%s answers players with %d", path, response.StatusCode)
			}
		}
		if response, _ := h.send("GET", "/healthz", "", nil); response.StatusCode != http.StatusOK {
			t.Errorf("/healthz answers %d", response.StatusCode)
		}
	})
}

func TestChartsAreKept(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		viewer := h.key([]admission.Scope{"viewer"})
		at := h.gate.Now().Truncate(time.Minute)
		for i := range 3 {
			h.gate.Record([]admission.Sample{{
				Instance: "main", Step: 10 * time.Second, Time: at.Add(time.Duration(i) * 10 * time.Second), Capacity: 50, Active: i,
				WaitP50: -1, WaitP95: 2 * time.Second, Failures: map[string]int{"QUEUE_FULL": i},
			}}, 15*time.Second)
		}
		time.Sleep(time.Second)
		got := viewer.must(200, "GET", "/admin/api/samples?instance=main&step=10", "")
		if want := `[1,2]`; jsonOf(got["active"]) != want || jsonOf(got["failures"]) != `{"QUEUE_FULL":[1,2]}` || jsonOf(got["waitP95Seconds"]) != `[2,2]` || jsonOf(got["waitP50Seconds"]) != `[null,null]` {
			t.Errorf("the newest two of three samples are %v", got)
		}
		viewer.must(400, "GET", "/admin/api/samples?step=7", "")
		viewer.must(400, "GET", "/admin/api/samples?step=10&from=noon", "")
	})
}
