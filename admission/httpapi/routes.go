package httpapi

import (
	"net/http"
	"net/http/pprof"
	"strings"

	"gatekeeper/admission"
)

// playerRoutes is every route of players and game servers, and what anybody may know.
func (s *Server) playerRoutes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /auth/config":    s.public(s.authConfig),
		"POST /auth/register": s.public(s.register),
		"POST /auth/login":    s.public(s.login),
		"POST /auth/guest":    s.public(s.guest),
		"POST /auth/logout":   s.player(s.logout),

		"POST /auth/password":          s.public(s.replacePassword),
		"POST /auth/logout-everywhere": s.player(s.logOutEverywhere),
		"POST /auth/upgrade":           s.player(s.upgrade),

		"GET /me":                      s.player(s.me),
		"DELETE /me":                   s.player(s.deleteMe),
		"PUT /me/password":             s.player(s.changePassword),
		"PUT /me/active-character":     s.player(s.activate),
		"POST /characters":             s.player(s.addCharacter),
		"DELETE /characters/{id}":      s.player(s.deleteCharacter),
		"GET /instances":               s.public(s.instances),
		"POST /sessions/{id}/leave":    s.player(s.leaveSession),
		"DELETE /instances/{id}/queue": s.player(s.leaveQueue),

		"POST /instances/{id}/connect":     s.connect,
		"GET /instances/{id}/queue/status": s.player(s.queueStatus),
		"GET /instances/{id}/ws":           s.socket,

		"PUT /server/instances/{id}/heartbeat":             s.gameServer(s.heartbeat),
		"GET /server/instances/{id}/sessions":              s.gameServer(s.liveSessions),
		"GET /server/instances/{id}/events":                s.followInstance,
		"POST /server/tickets/verify":                      s.gameServer(s.verifyTicket),
		"POST /server/sessions/{id}/end":                   s.gameServer(s.endSession),
		"PUT /server/accounts/{id}/characters/{character}": s.gameServer(s.provision),

		"GET /.well-known/jwks.json": s.jwks,
	}
}

// operatorRoutes is every route of those who operate the server, each with the role that it needs.
func (s *Server) operatorRoutes() map[string]http.HandlerFunc {
	const viewer, operator, owner = admission.Viewer, admission.Operator, admission.Owner
	return map[string]http.HandlerFunc{
		"GET /admin/api/setup":            s.public(s.setupState),
		"POST /admin/api/setup":           s.public(s.setUp),
		"POST /admin/api/login":           s.public(s.adminLogin),
		"POST /admin/api/logout":          s.asEach(viewer, s.adminLogout),
		"GET /admin/api/me":               s.asEach(viewer, s.adminMe),
		"PUT /admin/api/me/password":      s.asEach(viewer, s.ownPassword),
		"POST /admin/api/me/totp":         s.asEach(viewer, s.offerTOTP),
		"PUT /admin/api/me/totp":          s.asEach(viewer, s.confirmTOTP),
		"DELETE /admin/api/me/totp":       s.asEach(viewer, s.dropTOTP),
		"GET /admin/api/admins":           s.as(owner, s.listAdmins),
		"POST /admin/api/admins":          s.as(owner, s.addAdmin),
		"PATCH /admin/api/admins/{name}":  s.as(owner, s.changeAdmin),
		"DELETE /admin/api/admins/{name}": s.as(owner, s.removeAdmin),
		"GET /admin/api/keys":             s.as(owner, s.listKeys),
		"POST /admin/api/keys":            s.as(owner, s.addKey),
		"DELETE /admin/api/keys/{id}":     s.as(owner, s.revokeKey),

		"GET /admin/api/webhooks":            s.as(owner, s.listWebhooks),
		"POST /admin/api/webhooks":           s.as(owner, s.addWebhook),
		"PATCH /admin/api/webhooks/{id}":     s.as(owner, s.changeWebhook),
		"DELETE /admin/api/webhooks/{id}":    s.as(owner, s.removeWebhook),
		"POST /admin/api/webhooks/{id}/test": s.as(owner, s.testWebhook),

		"GET /admin/api/overview":                s.as(viewer, s.overview),
		"GET /admin/api/live":                    s.streamAs(viewer, s.live),
		"GET /admin/api/samples":                 s.asEach(viewer, s.samples),
		"GET /admin/api/instances":               s.asEach(viewer, s.listInstances),
		"POST /admin/api/instances":              s.as(operator, s.createInstance),
		"GET /admin/api/instances/{id}":          s.as(viewer, s.showInstance),
		"PATCH /admin/api/instances/{id}":        s.as(operator, s.changeInstance),
		"GET /admin/api/instances/{id}/stats":    s.as(viewer, s.stats),
		"GET /admin/api/instances/{id}/forecast": s.as(viewer, s.forecast),
		"GET /admin/api/instances/{id}/evening":  s.as(viewer, s.evening),
		"POST /admin/api/simulations":            s.asEach(viewer, s.simulate),

		"GET /admin/api/sessions":                            s.asEach(viewer, s.listSessions),
		"POST /admin/api/sessions/{id}/end":                  s.asEach(operator, s.endSession),
		"GET /admin/api/instances/{id}/queue":                s.as(viewer, s.listQueue),
		"PUT /admin/api/instances/{id}/queue/{character}":    s.as(operator, s.moveInQueue),
		"DELETE /admin/api/instances/{id}/queue/{character}": s.as(operator, s.removeFromQueue),

		"GET /admin/api/accounts":                s.as(viewer, s.listAccounts),
		"GET /admin/api/accounts/{id}":           s.as(viewer, s.showAccount),
		"DELETE /admin/api/accounts/{id}":        s.as(operator, s.deleteAccount),
		"POST /admin/api/accounts/{id}/password": s.as(operator, s.resetPassword),
		"PATCH /admin/api/characters/{id}":       s.as(operator, s.changeCharacter),
		"GET /admin/api/locks":                   s.as(viewer, s.listLocks),
		"DELETE /admin/api/locks/{id}":           s.as(operator, s.clearLock),

		"GET /admin/api/builds":            s.asEach(viewer, s.builds),
		"PUT /admin/api/builds/production": s.asEach(operator, s.setBuild),
		"GET /admin/api/events":            s.streamAs(viewer, s.events),

		"GET /admin/api/settings":                     s.as(viewer, s.showSettings),
		"PATCH /admin/api/settings":                   s.as(owner, s.changeSettings),
		"PUT /admin/api/settings/pictures/{which}":    s.as(owner, s.setPicture),
		"DELETE /admin/api/settings/pictures/{which}": s.as(owner, s.dropPicture),
		"GET /admin/api/backup":                       s.streamAs(owner, s.backup),
		"GET /admin/api/backups":                      s.as(owner, s.listBackups),
		"POST /admin/api/backups":                     s.as(owner, s.makeBackup),
		"GET /admin/api/backups/{name}":               s.streamAs(owner, s.downloadBackup),

		"GET /admin/api/lab":                  s.lab(viewer, s.labStatus),
		"POST /admin/api/lab/players":         s.lab(operator, s.startPlayers),
		"DELETE /admin/api/lab/players":       s.lab(operator, s.stopPlayers),
		"PUT /admin/api/lab/faults/{kind}":    s.lab(operator, s.setFault),
		"DELETE /admin/api/lab/faults/{kind}": s.lab(operator, s.clearFault),
		"POST /admin/api/lab/drill":           s.lab(operator, s.startDrill),
		"DELETE /admin/api/lab/drill":         s.lab(operator, s.stopDrill),

		"GET /metrics":      s.Metrics.ServeHTTP,
		"GET /debug/pprof/": s.ownerOnly(profile),
	}
}

// profile shows what the process spends its time and memory on.
func profile(w http.ResponseWriter, r *http.Request) {
	switch strings.TrimPrefix(r.URL.Path, "/debug/pprof/") {
	case "profile":
		pprof.Profile(w, r)
	case "symbol":
		pprof.Symbol(w, r)
	case "trace":
		pprof.Trace(w, r)
	default:
		pprof.Index(w, r)
	}
}

// healthRoutes is what monitoring asks, at either door.
func (s *Server) healthRoutes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /openapi.json": s.openAPI,
		"GET /healthz":      s.public(s.healthz),
		"GET /readyz":       s.readyz,
		"GET /version":      s.public(s.version),
	}
}

// mux serves routes, and pages for everything else. A path that exists answers other methods with 405.
func (s *Server) mux(pages http.Handler, tables ...map[string]http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	methods := make(map[string][]string)
	for _, routes := range tables {
		for pattern, handler := range routes {
			mux.Handle(pattern, handler)
			method, path, _ := strings.Cut(pattern, " ")
			methods[path] = append(methods[path], method)
		}
	}
	for path, allowed := range methods {
		mux.Handle(path, s.otherMethod(allowed))
	}
	mux.Handle("/", pages)
	return mux
}
