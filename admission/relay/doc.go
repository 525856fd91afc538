// Package relay carries a game's own WebSocket frames between a player and the game, byte for byte. It reads no more of a
// frame than its header: a player's frame is masked as the game wants it already, and a game's is not masked at all, so
// that both are good on the other side as they are. What belongs to the line itself is taken out or put in between two
// frames: pings of ours, their answers, and the goodbyes.
//
// Nothing is kept: whoever does not read holds up who sends to him. A side that waits holds no buffer. See RFC 6455,
// sections 5.2 to 5.5.
package relay
