package storage

import (
	"encoding/json"
	"fmt"
	"time"

	"gatekeeper/admission"
)

// Values as columns hold them. A type that ends in Column reads one back into the field it is a view of.

// millis is a time as it is stored: milliseconds UTC, 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

type timeColumn time.Time

// Scan is for database/sql.
func (t *timeColumn) Scan(v any) error {
	ms, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T", v)
	}
	*t = timeColumn(timeOf(ms))
	return nil
}

type spanColumn time.Duration

// Scan is for database/sql.
func (s *spanColumn) Scan(v any) error {
	ms, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a span is stored as %T", v)
	}
	*s = spanColumn(time.Duration(ms) * time.Millisecond)
	return nil
}

// hashOf is a token's hash as it is stored: NULL where there is no token.
func hashOf(h admission.TokenHash) any {
	if h.IsZero() {
		return nil
	}
	return h[:]
}

type hashColumn admission.TokenHash

// Scan is for database/sql.
func (h *hashColumn) Scan(v any) error {
	if v == nil {
		*h = hashColumn{}
		return nil
	}
	b, ok := v.([]byte)
	if !ok || len(b) != len(h) {
		return fmt.Errorf("a token's hash is stored as %d bytes of %T", len(b), v)
	}
	copy(h[:], b)
	return nil
}

// momentsOf is a list of times as it is stored: a JSON array of milliseconds.
func momentsOf(times []time.Time) (string, error) {
	ms := make([]int64, len(times))
	for i, t := range times {
		ms[i] = millis(t)
	}
	text, err := json.Marshal(ms)
	return string(text), err
}

type momentsColumn []time.Time

// Scan is for database/sql.
func (m *momentsColumn) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("a list of times is stored as %T", v)
	}
	var ms []int64
	if err := json.Unmarshal([]byte(text), &ms); err != nil {
		return fmt.Errorf("read a list of times: %w", err)
	}
	*m = nil
	for _, at := range ms {
		*m = append(*m, timeOf(at))
	}
	return nil
}

// acceptedBuild is an accepted build as it is stored.
type acceptedBuild struct {
	Build string `json:"build"`
	Until int64  `json:"until"` // milliseconds; 0 = for good
}

// buildsOf is a list of accepted builds as it is stored: a JSON array.
func buildsOf(list []admission.AcceptedBuild) (string, error) {
	stored := make([]acceptedBuild, len(list))
	for i, a := range list {
		stored[i] = acceptedBuild{a.Build, millis(a.Until)}
	}
	text, err := json.Marshal(stored)
	return string(text), err
}

type buildsColumn []admission.AcceptedBuild

// Scan is for database/sql.
func (b *buildsColumn) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("a list of builds is stored as %T", v)
	}
	var stored []acceptedBuild
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return fmt.Errorf("read a list of builds: %w", err)
	}
	*b = nil
	for _, a := range stored {
		*b = append(*b, admission.AcceptedBuild{Build: a.Build, Until: timeOf(a.Until)})
	}
	return nil
}

// listOf is a list of texts as it is stored: a JSON array.
func listOf[T ~string](list []T) (string, error) {
	if list == nil {
		return "[]", nil
	}
	text, err := json.Marshal(list)
	return string(text), err
}

type listColumn[T ~string] []T

// Scan is for database/sql.
func (l *listColumn[T]) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("a list is stored as %T", v)
	}
	var list []T
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return fmt.Errorf("read a list: %w", err)
	}
	if *l = nil; len(list) > 0 {
		*l = list
	}
	return nil
}
