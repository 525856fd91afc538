// Package plan answers how many seats an evening needs: it plays the evening with the real engine in virtual time, once
// for each capacity. Unlike package sim it has no server, no sockets and no clock; a night takes less than a second.
//
// # What is simplified
//
// The evening begins with empty seats. Nobody waits without a socket, and whoever gives up says so. A promoted player
// claims the seat a second later. The length of a session counts from when its seat is taken, as the server measures it.
//
// # Why one capacity can be compared with another
//
// Everything that is left to chance is drawn before the evening begins, for each player: when they come, how long they
// stay, when their line drops, how patient they are. So every capacity is given the same evening. After the last arrival
// each evening goes on until nobody waits: else the longest waits would be those that are left out.
package plan
