//go:build race

package relay

// isRace says that the race detector allocates on its own.
const isRace = true
