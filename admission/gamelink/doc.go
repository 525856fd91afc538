// Package gamelink is what goes from here to game servers and the studio's own backend.
//
// # Webhooks
//
// The log of events is the outbox: there is no second queue that could disagree with it. Of each webhook and instance one
// number is stored, the cursor: the newest event that its receiver has taken. So a delivery is
//
//   - durable: what waits is what the log has behind the cursor, after kill -9 too;
//   - in order: of one webhook and instance one delivery is under way at a time, and the next begins behind it;
//   - made at least once: the cursor is written after the receiver said yes, and who is cut off in between is told again.
//     A receiver that remembers the highest seq of each instance tells a repetition by it.
//
// One goroutine follows the log, in pages, and notes in memory of each line (a webhook and an instance) how much waits and
// where it begins; another starts what is due. A line that is idle or waits for its next try holds no goroutine and no
// event: a delivery reads what it sends from the log. Each webhook has a few deliveries at a time of its own, so that one
// whose receiver is slow delays nobody else's.
//
// Cursors of idle lines follow the log about once a minute. Else a start would look through all the log for what has long
// been looked at, and could not tell what retention removed too early from what was none of theirs.
//
// Who may make a webhook makes the server open connections; that is for owners, and their word is taken for the address,
// private networks included, where a studio's backend usually is. Never reached are link-local addresses, where clouds
// hand their machines' credentials out; redirects are not followed, and of an answer only its status is shown.
package gamelink
