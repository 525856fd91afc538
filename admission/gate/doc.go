// Package gate makes the engine live: it holds one mutex and one timer an instance, the claim table, the
// accounts and the journal. It is the only package that locks an instance.
//
// A request goes one way: take the account's lock, take the instance's mutex, let package admission decide, append
// its Change to the journal, let go; then wait, without any lock, for the commit that covers the entry.
// Sockets and observers hear of a change from the writer, after its commit (I7).
//
// # Lock order
//
// Account, then instances (at most two, in ascending id), then a claim shard, the directory's maps, the remembered
// attempts, the timers of locks, the operators, the webhooks or the journal; all of the last are leaves, but that the
// journal comes after each, and the map of instances after the webhooks. Timers hold one instance and touch only its
// own claims. Nothing waits, and nothing does I/O, under any of them.
package gate
