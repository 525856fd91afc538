//go:build !race

package relay

const isRace = false
