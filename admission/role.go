package admission

import "slices"

// Role is what an operator may do; each may do what those before it may.
type Role string

// The roles of operators.
const (
	// Viewer may look at everything that is no secret.
	Viewer Role = "viewer"
	// Operator may also change instances, players, queues and builds.
	Operator Role = "operator"
	// Owner may also change who may do what, settings, keys and backups.
	Owner Role = "owner"
)

var roles = []Role{Viewer, Operator, Owner}

// IsValid reports whether there is such a role.
func (r Role) IsValid() bool { return slices.Contains(roles, r) }

// May reports whether the role may do what needs another.
func (r Role) May(needed Role) bool {
	return r.IsValid() && slices.Index(roles, r) >= slices.Index(roles, needed)
}

// Scope is what an API key may be used for: the calls of a role, or those of game servers.
type Scope string

// GameServers is the scope of the calls under /server.
const GameServers Scope = "server"

// IsValid reports whether there is such a scope.
func (s Scope) IsValid() bool { return s == GameServers || Role(s).IsValid() }

// RoleOf returns the greatest role among a key's scopes; "" = it has none.
func RoleOf(scopes []Scope) (greatest Role) {
	for _, s := range scopes {
		if r := Role(s); r.IsValid() && !greatest.May(r) {
			greatest = r
		}
	}
	return greatest
}
