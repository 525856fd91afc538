package admission

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
