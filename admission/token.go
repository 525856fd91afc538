package admission

import (
	"encoding/binary"
	"time"
)

// TokenPair holds the at most two tokens of one kind that work at a time: Current, the last one
// acknowledged or used, and Next, its newest successor. Keeping both until the client has shown which one it
// holds means that a line cut at any moment locks nobody out (I6).
type TokenPair struct {
	Current TokenHash
	Next    TokenHash
}

// issue makes h the newest successor; the former successor is dead.
func (t *TokenPair) issue(h TokenHash) (dead TokenHash) {
	dead, t.Next = t.Next, h
	return dead
}

// use notes that h was presented. Presenting the successor kills what came before it.
func (t *TokenPair) use(h TokenHash) (dead TokenHash) {
	if h != t.Next {
		return TokenHash{}
	}
	return t.confirm()
}

// confirm makes the successor the current token; the former current one is dead.
func (t *TokenPair) confirm() (dead TokenHash) {
	if t.Next.IsZero() {
		return TokenHash{}
	}
	dead, t.Current, t.Next = t.Current, t.Next, TokenHash{}
	return dead
}

// superseded remembers the last few reconnectionTokens of a session that died of a successor, by the first bytes of
// their hashes: enough to tell a replay from a guess, and small beside a session.
type superseded [4]uint64

// replayPause is how often a replay of a session's tokens is an event.
const replayPause = time.Minute

func (h TokenHash) prefix() uint64 { return binary.BigEndian.Uint64(h[:]) }

// supersede makes a reconnectionToken dead and remembers it; the oldest remembered gives way.
func (in *Instance) supersede(p *Place, dead TokenHash) {
	if dead.IsZero() {
		return
	}
	delete(in.tokens, dead)
	in.unremember(p, p.superseded[0])
	copy(p.superseded[:], p.superseded[1:])
	p.superseded[len(p.superseded)-1] = dead.prefix()
	in.superseded[dead.prefix()] = p
}

// killTokens makes every token of a place dead, and those that died before unremarkable.
func (in *Instance) killTokens(p *Place) {
	in.dropTokens(p)
	for _, prefix := range p.superseded {
		in.unremember(p, prefix)
	}
}

func (in *Instance) unremember(p *Place, prefix uint64) {
	if in.superseded[prefix] == p {
		delete(in.superseded, prefix)
	}
}

// noteReplay tells of a dead token of a session that lives: somebody has a copy, or a client keeps its tokens badly.
func (in *Instance) noteReplay(c *Change, hash TokenHash, now time.Time) {
	p := in.superseded[hash.prefix()]
	if p == nil || p.isReplaced || !p.replayedAt.IsZero() && now.Sub(p.replayedAt) < replayPause {
		return
	}
	p.replayedAt = now
	c.event(p.event(EventTokenReplayed, now))
}
