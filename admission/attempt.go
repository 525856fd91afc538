package admission

import "time"

// Attempt is one request to connect, as the door understood it. The account's lock and, where there is an
// instance, its mutex are held.
type Attempt struct {
	ID       AttemptID
	Account  *Account
	Target   InstanceID
	Instance *Instance // nil where the target is unknown
	// Malformed says what is wrong with the request; "" = nothing.
	Malformed string
	// Character is the one asked for; "" = the active one, which was ActiveAtArrival when the request came.
	Character       CharacterID
	ActiveAtArrival CharacterID
	Build           string
	// Within reports whether the build lies in a range of versions; nil = it lies in none.
	Within       func(versions string) bool
	ReplaceToken string
	// Other is the instance where the character's place is, if that is another one than the target; its mutex is held
	// too. Nil where there is none.
	Other *Instance
	// IsLate says that the request itself took as long as an attempt may.
	IsLate bool
}

// OutcomeKind is how an attempt ended (I5).
type OutcomeKind string

// The outcomes of the contract.
const (
	OutcomeAdmitted OutcomeKind = "admitted"
	OutcomeQueued   OutcomeKind = "queued"
	OutcomeFailed   OutcomeKind = "failed"
	OutcomeTimeout  OutcomeKind = "timeout"
)

// Outcome is what an attempt is answered with, once its change is durable.
type Outcome struct {
	Kind    OutcomeKind
	Attempt AttemptID
	// Character is whose place it is; of admitted and queued.
	Character CharacterID
	// Of admitted:
	Session      SessionID
	SessionToken string
	ClaimWithin  time.Duration
	Resumed      bool
	Replaced     bool
	// Of queued:
	Position   int
	Depth      int
	Estimate   Estimate
	QueueToken string
	// Of failed:
	Refusal *Refusal
}

// Decision is an outcome with what must be written before it may be told, and the way back.
type Decision struct {
	Outcome Outcome
	Change  *Change

	in      *Instance
	place   *Place // nil where there is none
	account *Account
	*undo   // of place
	// terminal is the attempt's last event.
	terminal Event
	// failedAt is when a refusal was counted as a failure; zero = it was not.
	failedAt time.Time
}

// attemptEvents is how many events an attempt has, as a rule: that it came, and how it ended.
const attemptEvents = 2

// Connect decides an attempt: the checks of the contract's section 4 in their order, then a seat, a place in
// the queue, or the character's own place again.
func Connect(a Attempt, now time.Time) Decision {
	t := &trial{Attempt: a, now: now, c: &Change{Events: make([]Event, 0, attemptEvents)}}
	t.settleLock()
	t.event(EventAttempt, "", nil)
	if a.IsLate {
		return t.late()
	}
	for _, check := range checks {
		if refusal := check(t); refusal != nil {
			return t.refuse(refusal)
		}
	}
	return t.accept()
}

// Failed is the outcome of an attempt that was refused, also before anything could be decided, for the door's own reasons.
func Failed(id AttemptID, r *Refusal) Outcome {
	return Outcome{Kind: OutcomeFailed, Attempt: id, Refusal: r}
}

// trial is an attempt on its way through the checks.
type trial struct {
	Attempt
	now       time.Time
	c         *Change
	character *Character
	place     *Place // the character's own place here
	away      *Place // or on the other instance
	confirmed bool   // the replaceToken is good for it
}

func (t *trial) refuse(r *Refusal) Decision {
	switch r.Reason {
	case RateLimited:
		return t.throttle(r)
	case CharacterNotOwned:
		t.event(EventCharacterNotOwned, "", nil)
	}
	t.event(EventFailed, string(r.Reason), nil)
	d := t.refused(r)
	if r.counts() {
		d.failedAt = t.now
		t.Account.Failures.fail(t.now)
		t.c.record(PutThrottle{t.Account.Failures.row(t.Account.ID)})
	}
	return d
}

// late ends an attempt whose request came in too slowly to be decided in time. It does not count.
func (t *trial) late() Decision {
	t.event(EventTimeout, string(TimedOut), nil)
	return Decision{Outcome: Outcome{Kind: OutcomeTimeout, Attempt: t.ID}, Change: t.c, account: t.Account, terminal: t.lastEvent()}
}

func (t *trial) refused(r *Refusal) Decision {
	return Decision{Outcome: Failed(t.ID, r), Change: t.c, account: t.Account, terminal: t.lastEvent()}
}

// settleLock tells of a lock that is over how many refusals were not events of their own.
func (t *trial) settleLock() {
	t.Account.tellUntold(t.c, t.Account.Failures.settle(t.now), t.now)
}

// throttle refuses an attempt of a locked account. It neither counts nor prolongs the lock, and beyond the
// first few of a lock it writes nothing, so that an attacker cannot fill the log.
func (t *trial) throttle(r *Refusal) Decision {
	if !t.Account.Failures.throttle() {
		return Decision{Outcome: Failed(t.ID, r), Change: &Change{}}
	}
	t.event(EventThrottled, string(r.Reason), nil)
	return t.refused(r)
}

func (t *trial) accept() Decision {
	switch {
	case t.place == nil && t.Instance.hasRoom():
		return t.admit()
	case t.place == nil:
		return t.enqueue()
	case t.place.State == Waiting || t.place.State == Absent:
		return t.requeue()
	case t.place.State == Active:
		return t.replace()
	default:
		return t.reclaim()
	}
}

// admit gives a newcomer a seat, reserved until the first socket.
func (t *trial) admit() Decision {
	u, p := t.vacate(), t.newPlace()
	p.Replaced = t.away != nil && !t.away.isQueued()
	t.reserve(p)
	return t.admitted(p, u)
}

func (t *trial) reserve(p *Place) {
	in := t.Instance
	in.leavers.watch(t.now, in.SeatsTaken())
	p.State, p.Session, p.SeatedAt = Reserved, SessionID(in.mint.UUID()), t.now
	in.insert(t.c, p)
	in.deadlines.set(p, t.now.Add(in.ClaimWindow))
}

func (t *trial) enqueue() Decision {
	u, p := t.vacate(), t.newPlace()
	t.Instance.enqueue(t.c, p, t.now)
	return t.queued(p, u)
}

// requeue answers with the place that the character already has: never a second one, never a later one.
func (t *trial) requeue() Decision {
	t.Instance.present(t.c, t.place, t.now)
	t.Instance.settle(t.c, t.now)
	if t.place.State == Promoted {
		return t.reclaim()
	}
	return t.queued(t.place, &undo{was: t.place.tokens()})
}

// reclaim hands the character's own seat out again. Of a session in grace the older tokens die; no deadline moves.
func (t *trial) reclaim() Decision {
	p := t.place
	u := &undo{was: p.tokens()}
	if p.State == Grace {
		t.Instance.retire(p)
		p.Resumed, p.Replaced = true, false
		u.offers = t.Account.settleOffers(p.Key)
	}
	return t.admitted(p, u)
}

func (t *trial) newPlace() *Place {
	return &Place{
		PlaceRow: PlaceRow{
			Key: t.Instance.mint.PlaceKey(), Instance: t.Target, Account: t.Account.ID, Character: t.character.ID,
			Attempt: t.ID, Build: t.Build,
		},
		CharacterName: t.character.Name,
		dueIndex:      -1,
	}
}

func (t *trial) admitted(p *Place, u *undo) Decision {
	token, within := t.Instance.issueSessionToken(p, t.now)
	t.event(EventAdmitted, "", map[string]any{"resumed": p.Resumed, "replaced": p.Replaced})
	t.c.Events[len(t.c.Events)-1].Session = p.Session
	u.token = p.SessionToken
	return t.decided(p, u, Outcome{
		Kind: OutcomeAdmitted, Attempt: t.ID, Session: p.Session, SessionToken: token, ClaimWithin: within,
		Resumed: p.Resumed, Replaced: p.Replaced,
	})
}

func (t *trial) queued(p *Place, u *undo) Decision {
	token := t.Instance.issueQueueToken(p)
	position, depth := t.Instance.queue.position(p), t.Instance.queue.size
	t.event(EventQueued, "", map[string]any{"position": position, "depth": depth})
	u.token = p.Queue.Next
	return t.decided(p, u, Outcome{
		Kind: OutcomeQueued, Attempt: t.ID, Position: position, Depth: depth, QueueToken: token,
		Estimate: t.Instance.Estimate(position, t.now),
	})
}

func (t *trial) decided(p *Place, u *undo, o Outcome) Decision {
	o.Character = p.Character
	t.c.put(p)
	u.attempt, u.at = t.ID, t.now
	p.remember(u, t.now)
	return Decision{
		Outcome: o, Change: t.c, in: t.Instance, place: p, account: t.Account, undo: u, terminal: t.lastEvent(),
	}
}

func (t *trial) lastEvent() Event { return t.c.Events[len(t.c.Events)-1] }

// event adds an event of this attempt; its terminal event is always the last of the change.
func (t *trial) event(name EventName, reason string, data map[string]any) {
	e := Event{
		Time: t.now, Name: name, Instance: t.Target, Attempt: t.ID, Account: t.Account.ID,
		Character: t.Character, Reason: reason, Data: data,
	}
	if t.character != nil {
		e.Character = t.character.ID
	}
	if !ValidID(string(e.Character)) {
		e.Character = "" // the client's text, of any length
	}
	if t.Instance == nil {
		e.Instance = "" // an unknown name is no instance
		if ValidID(string(t.Target)) {
			e.Data = map[string]any{"asked": string(t.Target)}
		}
	}
	t.c.event(e)
}
