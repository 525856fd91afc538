package cli

import (
	"syscall"

	"gatekeeper/admission/httpapi"
)

const (
	// spareFiles is how many files the process may open beside its connections: the database, backups, the log.
	spareFiles = 128
	// leastConnections is how many there are in any case.
	leastConnections = 64
)

// connections are the bounds of the doors. All of them together bound the memory, and leave files over: whoever floods the
// doors must not keep the database from being opened.
func (s *serve) connections() httpapi.Connections {
	c := httpapi.Connections{Internet: s.ConnectionsInternet, Private: s.ConnectionsPrivate, All: s.Connections}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil && limit.Cur < 1<<31 {
		c.All = min(c.All, max(leastConnections, int(limit.Cur)-spareFiles))
	}
	return c
}
