package wire

import (
	"time"

	"gatekeeper/admission"
)

// Messages of the operators' calls.
type (
	// AdminInstance is an instance as operators see it.
	AdminInstance struct {
		Instance
		UpdateURL    string                      `json:"updateUrl"`
		Upstream     string                      `json:"upstream"`
		GraceSeconds float64                     `json:"graceSeconds"`
		ClaimSeconds float64                     `json:"claimSeconds"`
		Replacement  admission.ReplacementPolicy `json:"replacement"`
		Seats        Seats                       `json:"seats"`
		// AcceptedBuilds come in beside the required one.
		AcceptedBuilds []AcceptedBuild `json:"acceptedBuilds"`
		GameServer     GameServer      `json:"gameServer"`
	}
	// GameServer is what heartbeats tell of an instance's game server.
	GameServer struct {
		State   GameServerState `json:"state"`
		Build   string          `json:"build"`
		Message string          `json:"message"`
	}
	// AcceptedBuild is a build or a range of versions; Until nil = for good.
	AcceptedBuild struct {
		Build string `json:"build"`
		Until *Time  `json:"until"`
	}
	// Seats counts the seats taken.
	Seats struct {
		Reserved int `json:"reserved"`
		Active   int `json:"active"`
		Grace    int `json:"grace"`
	}
	// AdminInstances lists instances, closed ones too.
	AdminInstances struct {
		Instances []AdminInstance `json:"instances"`
	}
	// InstanceSettings changes an instance; what is nil stays.
	InstanceSettings struct {
		InstanceID    admission.InstanceID `json:"instanceId"`
		Name          *string              `json:"name"`
		State         *admission.Mode      `json:"state"`
		Capacity      *int                 `json:"capacity"`
		QueueMax      *int                 `json:"queueMax"`
		Message       *string              `json:"message"`
		RequiredBuild *string              `json:"requiredBuild"`
		UpdateURL     *string              `json:"updateUrl"`
		GameURL       *string              `json:"gameUrl"`
		// Upstream is for owners only.
		Upstream     *string                      `json:"upstream"`
		GraceSeconds *float64                     `json:"graceSeconds"`
		ClaimSeconds *float64                     `json:"claimSeconds"`
		Replacement  *admission.ReplacementPolicy `json:"replacement"`
		// AcceptedBuilds replaces the whole list.
		AcceptedBuilds *[]AcceptedBuild `json:"acceptedBuilds"`
	}
	// QueueMove gives a queue place another position, from 1.
	QueueMove struct {
		Position int `json:"position"`
	}
	// Reason is why an operator ends something; its player is told.
	Reason struct {
		Reason string `json:"reason"`
	}
	// CharacterChange suspends or restores.
	CharacterChange struct {
		Suspended *bool `json:"suspended"`
	}
	// AdminCharacter is a character with its owner.
	AdminCharacter struct {
		Character
		AccountID admission.AccountID `json:"accountId"`
	}
	// ProductionBuild sets the required build; of all instances where none is named.
	ProductionBuild struct {
		Build          *string              `json:"build"`
		InstanceID     admission.InstanceID `json:"instanceId"`
		AcceptedBuilds []AcceptedBuild      `json:"acceptedBuilds"`
	}
	// Event is one event of the log.
	Event struct {
		Seq         uint64                `json:"seq"`
		Time        Time                  `json:"time"`
		Event       admission.EventName   `json:"event"`
		InstanceID  admission.InstanceID  `json:"instanceId,omitempty"`
		AttemptID   admission.AttemptID   `json:"attemptId,omitempty"`
		SessionID   admission.SessionID   `json:"sessionId,omitempty"`
		AccountID   admission.AccountID   `json:"accountId,omitempty"`
		CharacterID admission.CharacterID `json:"characterId,omitempty"`
		Reason      string                `json:"reason,omitempty"`
		Data        map[string]any        `json:"data,omitempty"`
	}
	// Health answers the health checks.
	Health struct {
		Status string `json:"status"`
		Reason string `json:"reason,omitempty"`
	}
	// Version tells what runs.
	Version struct {
		Version   string `json:"version"`
		Revision  string `json:"revision,omitempty"`
		GoVersion string `json:"goVersion,omitempty"`
	}
)

// Apply changes the settings that were given.
func (s InstanceSettings) Apply(to *admission.Settings) {
	set(&to.Name, s.Name)
	set(&to.Mode, s.State)
	set(&to.Capacity, s.Capacity)
	set(&to.QueueMax, s.QueueMax)
	set(&to.Message, s.Message)
	set(&to.RequiredBuild, s.RequiredBuild)
	set(&to.UpdateURL, s.UpdateURL)
	set(&to.GameURL, s.GameURL)
	set(&to.Upstream, s.Upstream)
	set(&to.Replacement, s.Replacement)
	setDuration(&to.Grace, s.GraceSeconds)
	setDuration(&to.ClaimWindow, s.ClaimSeconds)
	switch {
	case s.AcceptedBuilds != nil:
		to.AcceptedBuilds = Accepted(*s.AcceptedBuilds)
	case to.RequiredBuild == "": // any build comes in, so there is nothing beside it
		to.AcceptedBuilds = nil
	}
}

// Accepted returns the builds as the engine knows them.
func Accepted(list []AcceptedBuild) (builds []admission.AcceptedBuild) {
	for _, a := range list {
		accepted := admission.AcceptedBuild{Build: a.Build}
		if a.Until != nil {
			accepted.Until = time.Time(*a.Until)
		}
		builds = append(builds, accepted)
	}
	return builds
}

// NewAccepted returns the builds as operators read them.
func NewAccepted(builds []admission.AcceptedBuild) []AcceptedBuild {
	list := []AcceptedBuild{}
	for _, b := range builds {
		list = append(list, AcceptedBuild{Build: b.Build, Until: Optional(b.Until)})
	}
	return list
}

func set[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

func setDuration(to *time.Duration, seconds *float64) {
	if seconds != nil {
		*to = Duration(*seconds)
	}
}

// NewEvent returns an event as operators read it.
func NewEvent(e admission.Event) Event {
	return Event{
		e.Seq, Time(e.Time), e.Name, e.Instance, e.Attempt, e.Session, e.Account, e.Character, e.Reason, e.Data,
	}
}

// Recorded returns the event as the engine made it, of what operators read.
func (e Event) Recorded() admission.Event {
	return admission.Event{
		Seq: e.Seq, Time: time.Time(e.Time), Name: e.Event, Instance: e.InstanceID, Attempt: e.AttemptID, Session: e.SessionID,
		Account: e.AccountID, Character: e.CharacterID, Reason: e.Reason, Data: e.Data,
	}
}
