// Package sim is virtual players: the test lab of a server that runs, with a crowd, a drill that tries the promises one by
// one, and faults to watch both under; and the load test, which sends a crowd from outside to any server. Players and
// operator go through the same HTTP and WebSocket doors as real ones: what they see is what those would see. Only the
// faults reach in, by functions that the server hands over, and the lab's accounts are made inside.
package sim
