package gate

import (
	"context"
	"errors"
	"time"

	"gatekeeper/admission"
)

// ConnectRequest is an attempt as the door decoded it.
type ConnectRequest struct {
	Attempt      admission.AttemptID
	Instance     admission.InstanceID
	Character    admission.CharacterID // "" = the active one
	Build        string
	ReplaceToken string
	// Malformed says what is wrong with the request; "" = nothing.
	Malformed string
}

// Connect carries an attempt to its outcome and waits for its commit, at most as long as ctx allows: the
// attempt's own deadline, not the client's patience. What cannot be told in time is taken back.
func (g *Gate) Connect(ctx context.Context, a *Account, r ConnectRequest) admission.Outcome {
	seen := a.active()
	if refusal := g.refusal(); refusal != nil {
		return admission.Failed(r.Attempt, refusal)
	}
	decision, entry := g.decide(a, r, seen)
	if err := g.journal.wait(ctx, entry); err != nil {
		return g.withdraw(a, r, decision, entry)
	}
	return decision.Outcome
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
	r := admission.Refuse(reason)
	r.RetryAfter = troubleRetry
	return r
}

const troubleRetry = 2 * time.Second

// decide holds the account's lock from the rate limit to the append, so that parallel failures are counted
// one after another (I9) and a character's attempts cannot race each other onto two instances (I2).
func (g *Gate) decide(a *Account, r ConnectRequest, seen admission.CharacterID) (admission.Decision, uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	attempt := admission.Attempt{
		ID: r.Attempt, Account: a.core, Target: r.Instance, Malformed: r.Malformed, Character: r.Character,
		ActiveAtArrival: seen, Build: r.Build, ReplaceToken: r.ReplaceToken,
	}
	in := g.instance(r.Instance)
	if in == nil {
		d := admission.Connect(attempt, g.cfg.Now())
		return d, g.journal.append(d.Change)
	}
	character := r.Character
	if character == "" {
		character = a.core.Active
	}
	unlock := g.lockFor(in, character)
	defer unlock()
	attempt.Instance = in.core
	if a.core.Character(character) != nil {
		attempt.Elsewhere = g.elsewhere(in, character)
	}
	d := admission.Connect(attempt, g.cfg.Now())
	return d, in.apply(d.Change)
}

// lockFor locks the target and, where the character's place is on another instance, that one too, in order.
// The claim is read under the target's mutex; the other may end the place meanwhile, which does no harm.
func (g *Gate) lockFor(target *Instance, character admission.CharacterID) (unlock func()) {
	target.lock()
	other := g.instance(g.claims.holder(character))
	if other == nil || other == target {
		return target.mu.Unlock
	}
	target.mu.Unlock()
	first, second := target, other
	if second.id < first.id {
		first, second = second, first
	}
	first.lock()
	second.lock()
	return func() {
		second.mu.Unlock()
		first.mu.Unlock()
	}
}

// elsewhere looks at the character's place on another instance, which lockFor has locked.
func (g *Gate) elsewhere(target *Instance, character admission.CharacterID) *admission.Existing {
	other := g.instance(g.claims.holder(character))
	if other == nil || other == target {
		return nil
	}
	return other.core.Existing(character)
}

// withdraw takes back what could not be told in time.
func (g *Gate) withdraw(a *Account, r ConnectRequest, d admission.Decision, entry uint64) admission.Outcome {
	a.mu.Lock()
	defer a.mu.Unlock()
	outcome := admission.Outcome{Kind: admission.OutcomeTimeout, Attempt: r.Attempt}
	if d.Outcome.Refusal != nil {
		reached := g.journal.retract(entry, d)
		if reached == stageDurable {
			return d.Outcome
		}
		g.journal.append(d.WithdrawRefusal(reached == stageWriting, g.cfg.Now()))
		return outcome
	}
	if in := g.instance(r.Instance); in != nil {
		in.do(func(_ *admission.Instance, now time.Time) *admission.Change {
			if !d.Withdrawable() {
				return &admission.Change{}
			}
			reached := g.journal.retract(entry, d)
			if reached == stageDurable { // at the last moment after all
				outcome = d.Outcome
				return &admission.Change{}
			}
			return d.Withdraw(reached == stageWriting, now)
		})
	}
	return outcome
}

func (a *Account) active() admission.CharacterID {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.core.Active
}
