// Package games plays the example games of testdata/games behind the real program: players are let in, their tickets are
// taken once, and what breaks on one side is noticed on the other.
package games
