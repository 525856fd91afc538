package gamelink

import (
	"cmp"
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// maxFlying is how many deliveries of one webhook may be under way, each of another instance. There are at most
// admission.MaxWebhooks of these.
const maxFlying = 4

// webhook is where one stands. Everything of it is guarded by Webhooks.mu.
type webhook struct {
	row    admission.WebhookRow
	lines  map[admission.InstanceID]*webhookLine
	read   uint64 // up to which event it has looked at the log
	flying int
	// isStale says that it is to be looked at anew, from where its lines are, once nothing of it is under way.
	isStale bool

	lastError            string
	lastErrorAt, takenAt time.Time
	skipped              uint64 // the newest event that was removed before it was delivered; 0 = none was
}

// webhookLine is one webhook's events of one instance, which are delivered in order.
type webhookLine struct {
	hook     *webhook
	instance admission.InstanceID
	told     uint64             // up to it, everything was taken or is none of its
	waiting  int                // events that are to be delivered
	first    uint64             // of them; 0 = there are none
	newest   uint64             // of them
	arrived  uint64             // the first that came since take-off; 0 = none did
	cancel   context.CancelFunc // of the delivery under way; nil = none is
	size     int                // of the batch that failed, which is tried again as it was; 0 = none did
	failures int                // in a row
	next     time.Time          // when it is its turn, at the earliest
}

// reset begins anew with another row: its lines begin where they were, or where the cursors are.
func (h *webhook) reset(row admission.WebhookRow, cursors map[admission.InstanceID]uint64, instances []admission.InstanceID) {
	were := h.lines
	h.row, h.isStale, h.lines = row, false, make(map[admission.InstanceID]*webhookLine)
	begin := func(id admission.InstanceID) uint64 {
		at := max(row.Since, cursors[id])
		if l := were[id]; l != nil {
			at = max(at, l.position())
		}
		return at
	}
	lowest := ^uint64(0)
	for _, id := range append([]admission.InstanceID{""}, instances...) {
		if row.Covers(id) {
			lowest = min(lowest, begin(id))
			h.line(id, begin(id))
		}
	}
	h.read = lowest
}

// cover makes the lines of instances that have none: nothing of theirs was for it so far.
func (h *webhook) cover(instances []admission.InstanceID) {
	for _, id := range instances {
		if h.row.Covers(id) {
			h.line(id, h.read)
		}
	}
}

// line returns that of an instance, which it makes where there is none.
func (h *webhook) line(id admission.InstanceID, told uint64) *webhookLine {
	l := h.lines[id]
	if l == nil {
		l = &webhookLine{hook: h, instance: id, told: told}
		h.lines[id] = l
	}
	return l
}

// interrupt ends what is under way.
func (h *webhook) interrupt() {
	h.isStale = true
	for _, l := range h.lines {
		if l.cancel != nil {
			l.cancel()
		}
	}
}

// take looks at a page of the log that begins behind h.read. It reports the newest event of a gap in the log, where
// retention was faster; 0 = there is none. New lines are told of by isNew.
func (h *webhook) take(page []admission.Event) (gap uint64, isNew bool) {
	if first := page[0].Seq; first > h.read+1 {
		gap = h.skip(first - 1)
	}
	for i := range page {
		e := &page[i]
		if !h.row.Wants(e) {
			continue
		}
		isNew = isNew || h.lines[e.Instance] == nil
		h.line(e.Instance, e.Seq-1).expect(e.Seq)
	}
	h.read = page[len(page)-1].Seq
	return gap, isNew
}

// skip gives up what is gone of the log. What a line knows of already it finds out itself.
func (h *webhook) skip(end uint64) (gap uint64) {
	for _, l := range h.lines {
		if l.told < end && l.waiting == 0 {
			l.told, gap = end, end
		}
	}
	h.skipped = max(h.skipped, gap)
	return gap
}

func (l *webhookLine) expect(seq uint64) {
	if seq <= l.told {
		return
	}
	if l.waiting == 0 {
		l.first = seq
	}
	if l.arrived == 0 {
		l.arrived = seq
	}
	l.waiting, l.newest = l.waiting+1, seq
}

// position is up to which event nothing waits.
func (l *webhookLine) position() uint64 {
	if l.waiting > 0 {
		return max(l.told, l.first-1)
	}
	return max(l.told, l.hook.read)
}

// waitingLines returns the lines that could be delivered, in the order in which it is their turn.
func (h *webhook) waitingLines() (list []*webhookLine) {
	if h.isStale || h.row.IsPaused {
		return nil
	}
	for _, l := range h.lines {
		if l.waiting > 0 && l.cancel == nil {
			list = append(list, l)
		}
	}
	slices.SortFunc(list, func(a, b *webhookLine) int {
		return cmp.Or(a.next.Compare(b.next), cmp.Compare(a.first, b.first))
	})
	return list
}

// webhookOrder is what one delivery is to do.
type webhookOrder struct {
	line          *webhookLine // not to be looked into: it is guarded
	row           admission.WebhookRow
	instance      admission.InstanceID
	first, newest uint64
	most          int // events
	failures      int // before it
}

// takeOff begins a delivery.
func (l *webhookLine) takeOff(ctx context.Context) (webhookOrder, context.Context) {
	ctx, l.cancel = context.WithCancel(ctx)
	l.hook.flying++
	l.arrived = 0
	return webhookOrder{l, l.hook.row, l.instance, l.first, l.newest, cmp.Or(l.size, maxBatch), l.failures}, ctx
}

// webhookOutcome is how one ended. Its zero value is one that was interrupted.
type webhookOutcome struct {
	result     WebhookResult
	err        error // nil = it was taken
	batch      webhookBatch
	retryAfter time.Duration
	isGap      bool // what waited is gone from the log
}

// land ends a delivery.
func (l *webhookLine) land(o webhookOutcome, now time.Time) {
	h := l.hook
	l.cancel()
	l.cancel = nil
	h.flying--
	switch {
	case o.isGap:
		h.interrupt()
	case o.result == "":
	case o.err != nil:
		l.failures, l.size = l.failures+1, o.batch.count
		l.next = now.Add(pauseAfter(l.failures, o.retryAfter))
		h.lastError, h.lastErrorAt = o.err.Error(), now
	default:
		l.failures, l.size, l.next = 0, 0, now
		l.told, l.first = o.batch.last, cmp.Or(o.batch.next, l.arrived)
		l.waiting -= o.batch.count
		h.takenAt = now
	}
}

const (
	firstPause = time.Second
	lastPause  = 4 * time.Minute // and a quarter at random: five at most
	// maxRetryAfter bounds for how long a receiver may ask to be left alone.
	maxRetryAfter = time.Hour
)

// pauseAfter is how long a line waits after failures in a row: twice as long each time, and a part of it at random, so
// that lines that failed together do not come back together.
func pauseAfter(failures int, asked time.Duration) time.Duration {
	pause := lastPause
	if doublings := failures - 1; doublings < 8 {
		pause = min(firstPause<<doublings, lastPause)
	}
	return max(pause+rand.N(pause/4), min(asked, maxRetryAfter))
}

// state is what operators are shown.
func (h *webhook) state() wire.WebhookState {
	s := wire.WebhookState{
		DeliveredUpTo: h.read, LastError: h.lastError, LastErrorAt: wire.Optional(h.lastErrorAt),
		LastDeliveredAt: wire.Optional(h.takenAt), SkippedUpTo: h.skipped, Instances: []wire.WebhookLine{},
	}
	var next time.Time
	for _, id := range slices.Sorted(maps.Keys(h.lines)) {
		l := h.lines[id]
		told := wire.WebhookLine{InstanceID: id, DeliveredUpTo: l.position(), Waiting: l.waiting, Failures: l.failures}
		if l.failures > 0 && !h.row.IsPaused {
			told.NextTryAt = wire.Optional(l.next)
			if next.IsZero() || l.next.Before(next) {
				next = l.next
			}
		}
		s.Instances = append(s.Instances, told)
		s.DeliveredUpTo = min(s.DeliveredUpTo, told.DeliveredUpTo)
		s.Waiting += l.waiting
		s.Failures = max(s.Failures, l.failures)
	}
	s.NextTryAt = wire.Optional(next)
	return s
}
