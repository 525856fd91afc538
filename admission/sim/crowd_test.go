package sim_test

import (
	"math"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/sim"
	"gatekeeper/admission/wire"
)

func (h *house) opens(id admission.InstanceID, capacity int) {
	h.t.Helper()
	settings := admission.DefaultSettings(id)
	settings.Capacity = capacity
	if _, err := h.gate.As("tester").CreateInstance(h.t.Context(), settings); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) starts(plan wire.LabPlayers) {
	h.t.Helper()
	if err := h.lab.StartPlayers(plan); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) isEmpty(id admission.InstanceID) {
	h.t.Helper()
	view, err := h.gate.Instance(id)
	if err != nil || view.SeatsTaken()+view.QueueDepth > 0 {
		h.t.Errorf("%s has %d seats taken and %d queued, %v", id, view.SeatsTaken(), view.QueueDepth, err)
	}
}

// events reads the whole log, of which the store hands out a page at a time.
func (h *house) events() (all []admission.Event) {
	h.t.Helper()
	for since := uint64(0); ; since = all[len(all)-1].Seq {
		page, err := h.gate.Events(h.t.Context(), admission.EventFilter{Since: since})
		if err != nil {
			h.t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
	}
}

func TestACrowdComesQueuesPlaysDropsAndGoes(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.opens("arena", 10)
		began := time.Now()
		h.starts(wire.LabPlayers{InstanceID: "arena", Count: 60, ArrivalPerSecond: 10, SessionSeconds: 30, DropRate: 1})
		full := h.waitsUntil("seats are taken and a queue waits", func(p wire.LabCrowd) bool { return p.Queued > 0 && p.Playing+p.Dropped == 10 })
		if full.Plan == nil || full.Arrived > 60 {
			t.Errorf("at full house: %+v", full)
		}
		for h.lab.Status().Players.Plan != nil && time.Since(began) < time.Hour {
			time.Sleep(time.Second)
		}
		end := h.lab.Status().Players
		if end.Plan != nil || end.Arrived != 60 || end.Left != 60 || end.Queued+end.Playing+end.Dropped != 0 || len(end.Failed) > 0 {
			t.Errorf("at the end: %+v", end)
		}
		if end.Reconnected < 50 { // a few sessions end while their line is cut
			t.Errorf("only %d of 60 came back", end.Reconnected)
		}
		h.isEmpty("arena")
	})
}

func TestArrivalsAndSessionsKeepToTheirMeans(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.opens("arena", 1000)
		began := time.Now()
		h.starts(wire.LabPlayers{InstanceID: "arena", Count: 400, ArrivalPerSecond: 20, SessionSeconds: 10})
		h.waitsUntil("all have come", func(p wire.LabCrowd) bool { return p.Arrived == 400 })
		if took := time.Since(began).Seconds(); math.Abs(took-20) > 5 { // 5 standard deviations
			t.Errorf("400 arrivals at 20 a second took %.1f s", took)
		}
		for h.lab.Status().Players.Plan != nil {
			time.Sleep(time.Second)
		}
		played := time.Duration(0)
		for _, e := range h.events() {
			switch e.Name {
			case admission.EventAdmitted:
				played -= e.Time.Sub(began)
			case admission.EventDisconnected:
				played += e.Time.Sub(began)
			}
		}
		if mean := played.Seconds() / 400; math.Abs(mean-10) > 2.5 {
			t.Errorf("sessions lasted %.1f s in the mean", mean)
		}
	})
}

func TestAStopSendsEverybodyHome(t *testing.T) {
	t.Parallel()
	onLoopback(t, nil, func(h *house) {
		h.opens("arena", 100)
		h.starts(wire.LabPlayers{InstanceID: "arena", Count: 300, ArrivalPerSecond: 1000, SessionSeconds: 600, DropRate: 0.2})
		h.waitsUntil("the house is full", func(p wire.LabCrowd) bool { // a few may have left already
			return p.Queued+p.Left == 200 && p.Playing+p.Dropped == 100
		})
		if err := h.lab.StartPlayers(wire.LabPlayers{InstanceID: "arena", Count: 1, ArrivalPerSecond: 1, SessionSeconds: 1}); err == nil {
			t.Error("a second crowd came")
		}
		began := time.Now()
		h.lab.StopPlayers()
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("it took %s", took)
		}
		end := h.lab.Status().Players
		if end.Plan != nil || end.Left != 300 || end.Queued+end.Playing+end.Dropped != 0 || len(end.Failed) > 0 {
			t.Errorf("after the stop: %+v", end)
		}
		h.isEmpty("arena")
	})
}

func TestWhoeverIsCutOffComesBack(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.opens("arena", 20)
		h.starts(wire.LabPlayers{InstanceID: "arena", Count: 30, ArrivalPerSecond: 100, SessionSeconds: 80_000})
		isFull := func(p wire.LabCrowd) bool { return p.Playing == 20 && p.Queued+p.Left == 10 }
		h.waitsUntil("the house is full", isFull)
		if err := h.lab.SetFault(sim.CutSockets, wire.LabFault{InstanceID: "arena"}); err != nil {
			t.Fatal(err)
		}
		h.waitsUntil("all know that they are cut off", func(p wire.LabCrowd) bool { return p.Dropped+p.Left >= 20 })
		back := h.waitsUntil("all are back", isFull)
		if back.Reconnected < 19 || len(back.Failed) > 0 { // chance lets hardly anybody leave meanwhile
			t.Errorf("after the cut: %+v", back)
		}
		h.lab.StopPlayers()
		h.isEmpty("arena")
	})
}

func TestAStopWhileStorageHangsIsBounded(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.opens("arena", 10)
		h.starts(wire.LabPlayers{InstanceID: "arena", Count: 15, ArrivalPerSecond: 100, SessionSeconds: 600})
		h.waitsUntil("the house is full", func(p wire.LabCrowd) bool { return p.Playing == 10 && p.Queued+p.Left == 5 })
		if err := h.lab.SetFault(sim.SlowStorage, wire.LabFault{DelaySeconds: 30, ForSeconds: 60}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		h.lab.StopPlayers()
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("it took %s", took)
		}
		if h.lab.Status().Players.Plan != nil {
			t.Error("somebody is still there")
		}
	})
}

func TestWhoIsRefusedIsCountedByReason(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.opens("arena", 0)
		if _, err := h.gate.As("tester").ChangeInstance(h.t.Context(), "arena", func(s *admission.Settings) error { s.QueueMax = 3; return nil }); err != nil {
			t.Fatal(err)
		}
		h.starts(wire.LabPlayers{InstanceID: "arena", Count: 10, ArrivalPerSecond: 100, SessionSeconds: 10})
		h.waitsUntil("all were answered", func(p wire.LabCrowd) bool { return p.Queued == 3 && p.Failed["QUEUE_FULL"] == 7 })
		if _, err := h.gate.As("tester").ChangeInstance(h.t.Context(), "arena", func(s *admission.Settings) error { s.Mode = admission.ModeClosed; return nil }); err != nil {
			t.Fatal(err)
		}
		h.waitsUntil("the queue was told", func(p wire.LabCrowd) bool { return p.Failed["CLOSED_4502"] == 3 && p.Plan == nil })
	})
}

func TestACrowdThatCannotBeIsRefused(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		good := wire.LabPlayers{InstanceID: "main", Count: 1, ArrivalPerSecond: 1, SessionSeconds: 1}
		for what, edit := range map[string]func(*wire.LabPlayers){
			"no instance":               func(p *wire.LabPlayers) { p.InstanceID = "" },
			"an unknown instance":       func(p *wire.LabPlayers) { p.InstanceID = "nowhere" },
			"nobody":                    func(p *wire.LabPlayers) { p.Count = 0 },
			"too many":                  func(p *wire.LabPlayers) { p.Count = 20_001 },
			"no arrivals":               func(p *wire.LabPlayers) { p.ArrivalPerSecond = 0 },
			"arrivals that are no rate": func(p *wire.LabPlayers) { p.ArrivalPerSecond = math.NaN() },
			"too many at once":          func(p *wire.LabPlayers) { p.ArrivalPerSecond = 1001 },
			"no session":                func(p *wire.LabPlayers) { p.SessionSeconds = 0 },
			"sessions over a day":       func(p *wire.LabPlayers) { p.SessionSeconds = 86_401 },
			"more drops than players":   func(p *wire.LabPlayers) { p.DropRate = 1.1 },
		} {
			plan := good
			edit(&plan)
			if err := h.lab.StartPlayers(plan); err == nil {
				t.Errorf("%s: a crowd came", what)
			}
		}
		if h.lab.Status().Players.Plan != nil {
			t.Error("somebody is there")
		}
	})
}
