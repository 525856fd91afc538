package gate

import (
	"context"
	"errors"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/build"
)

// ConnectRequest is an attempt as the door decoded it.
type ConnectRequest struct {
	Attempt   admission.AttemptID
	Instance  admission.InstanceID
	Character admission.CharacterID // "" = the active one
	// ActiveAtArrival is the account's active character as the request began to come in; see [Account.Active].
	ActiveAtArrival admission.CharacterID
	Build           string
	ReplaceToken    string
	// Malformed says what is wrong with the request; "" = nothing.
	Malformed string
	// IsLate says that the request took too long to come in.
	IsLate bool
	// IsRepeatable says that the client chose the attempt's id, so that it may ask again.
	IsRepeatable bool
}

// Connect carries an attempt to its outcome and waits for its commit, at most as long as ctx allows: the
// attempt's own deadline, not the client's patience. What cannot be told in time is taken back. A repeatable
// attempt that was asked before is answered again instead.
func (g *Gate) Connect(ctx context.Context, a *Account, r ConnectRequest) admission.Outcome {
	if !r.IsRepeatable {
		outcome, _ := g.connect(ctx, a, r)
		return outcome
	}
	return g.connectOnce(ctx, a, r)
}

func (g *Gate) connect(ctx context.Context, a *Account, r ConnectRequest) (admission.Outcome, admission.Decision) {
	if refusal := g.refusal(); refusal != nil {
		return admission.Failed(r.Attempt, refusal), admission.Decision{}
	}
	decision, entry := g.decide(a, r)
	if err := g.journal.wait(ctx, entry); err != nil {
		return g.withdraw(a, r, decision, entry), decision
	}
	g.complete(a, decision)
	return decision.Outcome, decision
}

// complete lets go of the place that a durable decision replaced. What that is may have been handed on by an earlier
// attempt of the account.
func (g *Gate) complete(a *Account, d admission.Decision) {
	a.mu.Lock()
	replaced := d.Home()
	a.mu.Unlock()
	if home := g.instance(replaced); home != nil {
		home.do(func(_ *admission.Instance, now time.Time) *admission.Change { return d.Complete(now) })
	}
}

// refusal turns bad health into the reason that an attempt is answered with.
func (g *Gate) refusal() *admission.Refusal {
	err := g.Health()
	if err == nil {
		return nil
	}
	reason := admission.StorageUnavailable
	if errors.Is(err, ErrShuttingDown) {
		reason = admission.ShuttingDown
	}
	return admission.Refuse(reason)
}

// decide holds the account's lock from the rate limit to the append, so that parallel failures are counted
// one after another (I9) and a character's attempts cannot race each other onto two instances (I2).
func (g *Gate) decide(a *Account, r ConnectRequest) (admission.Decision, uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.isGone {
		return admission.Decision{Outcome: admission.Failed(r.Attempt, admission.Refuse(admission.NotAuthenticated))}, 0
	}
	attempt := admission.Attempt{
		ID: r.Attempt, Account: a.core, Target: r.Instance, Malformed: r.Malformed, Character: r.Character,
		ActiveAtArrival: r.ActiveAtArrival, Build: r.Build, ReplaceToken: r.ReplaceToken, IsLate: r.IsLate,
		Within: func(versions string) bool { return build.Within(r.Build, versions) },
	}
	defer g.tellOfLock(a)
	in := g.instance(r.Instance)
	if in == nil {
		d := admission.Connect(attempt, g.cfg.Now())
		return d, g.journal.append(d.Change)
	}
	character := r.Character
	if character == "" {
		character = a.core.Active
	}
	other, unlock := g.lockFor(in, character)
	defer unlock()
	attempt.Instance = in.core
	if other != nil {
		attempt.Other = other.core
		defer other.arm()
	}
	d := admission.Connect(attempt, g.cfg.Now())
	return d, in.apply(d.Change)
}

// lockFor locks the target and, where the character's place is on another instance, that one too. The claim is read
// under the target's mutex; the other may end the place before its own is held, which does no harm.
func (g *Gate) lockFor(target *Instance, character admission.CharacterID) (other *Instance, unlock func()) {
	target.lock()
	other = g.instance(g.claims.holder(character))
	if other == nil || other == target {
		return nil, target.mu.Unlock
	}
	target.mu.Unlock()
	return other, lockPair(target, other)
}

// lockPair locks two instances in ascending order; they may be the same, or the second nil.
func lockPair(a, b *Instance) (unlock func()) {
	if b == nil || a == b {
		a.lock()
		return a.mu.Unlock
	}
	if b.id < a.id {
		a, b = b, a
	}
	a.lock()
	b.lock()
	return func() {
		b.mu.Unlock()
		a.mu.Unlock()
	}
}

// withdraw takes back what could not be told in time. What is durable by now is told after all.
func (g *Gate) withdraw(a *Account, r ConnectRequest, d admission.Decision, entry uint64) admission.Outcome {
	a.mu.Lock()
	defer a.mu.Unlock()
	outcome := admission.Outcome{Kind: admission.OutcomeTimeout, Attempt: r.Attempt}
	if d.Outcome.Refusal != nil || d.Outcome.Kind == admission.OutcomeTimeout {
		reached := g.journal.retract(entry, d)
		if reached == stageDurable {
			return d.Outcome
		}
		g.journal.append(d.WithdrawRefusal(reached == stageWriting, g.cfg.Now()))
		return outcome
	}
	if g.takeBack(r.Instance, d, entry) {
		return outcome
	}
	return d.Outcome
}

// takeBack undoes a decision unless it is durable already.
func (g *Gate) takeBack(target admission.InstanceID, d admission.Decision, entry uint64) (isUndone bool) {
	in, home := g.instance(target), g.instance(d.Home())
	defer lockPair(in, home)()
	c, isUndone := g.undo(d, entry)
	in.apply(c)
	if home != nil {
		home.arm()
	}
	return isUndone
}

// undo needs the mutexes that the decision needed.
func (g *Gate) undo(d admission.Decision, entry uint64) (c *admission.Change, isUndone bool) {
	now := g.cfg.Now()
	reached := g.journal.retract(entry, d)
	if reached == stageDurable {
		return d.Complete(now), false
	}
	return d.Withdraw(reached == stageWriting, now), true
}

// Active returns the account's active character; "" = none.
func (a *Account) Active() admission.CharacterID {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.core.Active
}
