package gate

import (
	"context"
	"sync"
	"time"

	"gatekeeper/admission"
)

// repeats remembers, for a while and in memory only, the attempts whose clients chose an id of their own, so that
// asking again is harmless.
type repeats struct {
	mu    sync.Mutex // guards byID and order; a leaf
	byID  map[repeatKey]*repeatable
	order []*repeatable // oldest first
}

type repeatKey struct {
	account admission.AccountID
	attempt admission.AttemptID
}

// repeatable is one such attempt. What is below done is written before done is closed, and never again.
type repeatable struct {
	key      repeatKey
	asked    ConnectRequest
	arrived  time.Time
	done     chan struct{}
	outcome  admission.Outcome
	decision admission.Decision
	finished time.Time
}

// maxRepeats bounds the memory; beyond it the oldest are forgotten early.
const maxRepeats = 100_000

func newRepeats() *repeats { return &repeats{byID: make(map[repeatKey]*repeatable)} }

// first returns the attempt of this id, and whether it is the caller's to carry out.
func (m *repeats) first(account admission.AccountID, r ConnectRequest, now time.Time) (attempt *repeatable, isNew bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.prune(now)
	key := repeatKey{account, r.Attempt}
	if known := m.byID[key]; known != nil && !known.isOver(now) {
		return known, false
	}
	attempt = &repeatable{key: key, asked: r, arrived: now, done: make(chan struct{})}
	m.byID[key] = attempt
	m.order = append(m.order, attempt)
	return attempt, true
}

// prune frees what is too old. It goes by the arrival, which is in order, and by the longest that an attempt may take.
func (m *repeats) prune(now time.Time) {
	for len(m.order) > 0 {
		oldest := m.order[0]
		if len(m.order) < maxRepeats && now.Sub(oldest.arrived) < admission.RepeatMemory+admission.AttemptLimit {
			return
		}
		m.order[0] = nil
		m.order = m.order[1:]
		if m.byID[oldest.key] == oldest {
			delete(m.byID, oldest.key)
		}
	}
}

// isOver reports whether the attempt was finished too long ago to be remembered.
func (r *repeatable) isOver(now time.Time) bool {
	select {
	case <-r.done:
		return now.Sub(r.finished) >= admission.RepeatMemory
	default:
		return false
	}
}

func (m *repeats) forget(attempt *repeatable) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byID[attempt.key] == attempt {
		delete(m.byID, attempt.key)
	}
}

// connectOnce carries an attempt out, or answers the one that was asked before under its id.
func (g *Gate) connectOnce(ctx context.Context, a *Account, r ConnectRequest) admission.Outcome {
	attempt, isNew := g.repeats.first(a.ID(), r, g.cfg.Now())
	switch {
	case isNew:
		return g.carryOut(ctx, a, attempt)
	case !attempt.asked.isSame(r):
		refusal := admission.Refuse(admission.InvalidRequest)
		refusal.Detail = "attemptId was used for another attempt less than a minute ago"
		return admission.Failed(r.Attempt, refusal)
	}
	select {
	case <-attempt.done:
		return g.repeat(ctx, attempt, r)
	default:
	}
	return attempt.join(ctx)
}

func (r ConnectRequest) isSame(other ConnectRequest) bool {
	return r.Instance == other.Instance && r.Character == other.Character && r.ReplaceToken == other.ReplaceToken
}

// carryOut remembers how the attempt ends. An end that promises nothing, because nothing can be written or something
// is broken, is no end: the next with this id tries again.
func (g *Gate) carryOut(ctx context.Context, a *Account, attempt *repeatable) admission.Outcome {
	isKept := false
	defer func() {
		if !isKept {
			g.repeats.forget(attempt)
		}
		close(attempt.done)
	}()
	attempt.outcome = admission.Failed(attempt.asked.Attempt, admission.Refuse(admission.InternalError))
	outcome, decision := g.connect(ctx, a, attempt.asked)
	decision.Change = nil
	attempt.outcome, attempt.decision, attempt.finished = outcome, decision, g.cfg.Now()
	isKept = outcome.Refusal == nil || !outcome.Refusal.Reason.PromisesNothing()
	return outcome
}

// join waits for the attempt's own answer.
func (r *repeatable) join(ctx context.Context) admission.Outcome {
	select {
	case <-r.done:
		return r.outcome
	case <-ctx.Done():
		return admission.Outcome{Kind: admission.OutcomeTimeout, Attempt: r.key.attempt}
	}
}

// repeat answers a finished attempt again: with what is left of the times that it named, and with a fresh token if its
// place still stands.
func (g *Gate) repeat(ctx context.Context, attempt *repeatable, r ConnectRequest) admission.Outcome {
	if refusal := attempt.outcome.Refusal; refusal != nil {
		return admission.Failed(r.Attempt, refusal.After(g.cfg.Now().Sub(attempt.finished)))
	}
	if attempt.outcome.Kind == admission.OutcomeTimeout {
		return attempt.outcome
	}
	if refusal := g.refusal(); refusal != nil {
		return admission.Failed(r.Attempt, refusal)
	}
	var outcome admission.Outcome
	entry := g.instance(r.Instance).do(func(_ *admission.Instance, now time.Time) (c *admission.Change) {
		outcome, c = attempt.decision.Repeat(now)
		return c
	})
	if g.journal.wait(ctx, entry) != nil {
		return admission.Failed(r.Attempt, admission.Refuse(admission.StorageUnavailable))
	}
	return outcome
}
