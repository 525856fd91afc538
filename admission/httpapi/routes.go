package httpapi

import (
	"net/http"
	"strings"
)

// routes is every route there is. A path that exists answers other methods with 405.
func (s *Server) routes() http.Handler {
	routes := map[string]http.HandlerFunc{
		"GET /auth/config":    s.public(s.authConfig),
		"POST /auth/register": s.public(s.register),
		"POST /auth/login":    s.public(s.login),
		"POST /auth/guest":    s.public(s.guest),
		"POST /auth/logout":   s.player(s.logout),

		"GET /me":                      s.player(s.me),
		"PUT /me/active-character":     s.player(s.activate),
		"POST /characters":             s.player(s.addCharacter),
		"DELETE /characters/{id}":      s.player(s.deleteCharacter),
		"GET /instances":               s.public(s.instances),
		"POST /sessions/{id}/leave":    s.player(s.leaveSession),
		"DELETE /instances/{id}/queue": s.player(s.leaveQueue),

		"POST /instances/{id}/connect":     s.connect,
		"GET /instances/{id}/queue/status": s.player(s.queueStatus),
		"GET /instances/{id}/ws":           s.socket,

		"GET /admin/api/setup":             s.public(s.setupState),
		"POST /admin/api/setup":            s.public(s.setUp),
		"GET /admin/api/instances":         s.operator(s.listInstances),
		"POST /admin/api/instances":        s.operator(s.createInstance),
		"GET /admin/api/instances/{id}":    s.operator(s.showInstance),
		"PATCH /admin/api/instances/{id}":  s.operator(s.changeInstance),
		"PATCH /admin/api/characters/{id}": s.operator(s.changeCharacter),

		"PUT /admin/api/instances/{id}/queue/{character}":    s.operator(s.moveInQueue),
		"DELETE /admin/api/instances/{id}/queue/{character}": s.operator(s.removeFromQueue),

		"PUT /admin/api/builds/production": s.operator(s.setBuild),
		"GET /admin/api/events":            s.operatorStream(s.events),
		"GET /admin/api/backup":            s.operatorStream(s.backup),

		"PUT /server/instances/{id}/heartbeat": s.operator(s.heartbeat),

		"GET /.well-known/jwks.json": s.jwks,
		"GET /openapi.json":          s.openAPI,
		"GET /healthz":               s.public(s.healthz),
		"GET /readyz":                s.readyz,
		"GET /version":               s.public(s.version),
		"GET /metrics":               s.Metrics.ServeHTTP,
	}
	mux := http.NewServeMux()
	methods := make(map[string][]string)
	for pattern, handler := range routes {
		mux.Handle(pattern, handler)
		method, path, _ := strings.Cut(pattern, " ")
		methods[path] = append(methods[path], method)
	}
	for path, allowed := range methods {
		mux.Handle(path, s.otherMethod(allowed))
	}
	mux.Handle("/", s.Pages)
	return mux
}
