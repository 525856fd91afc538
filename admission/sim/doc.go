// Package sim is the test lab of a server that runs: a crowd of virtual players, a drill that tries the promises one by
// one, and faults to watch both under. Players and operator go through the same HTTP and WebSocket doors as real ones:
// what the lab sees is what they would see. Only the faults reach in, by functions that the server hands over.
package sim
