package wire

import (
	"time"
)

// Time is written as RFC 3339 in UTC with milliseconds.
type Time time.Time

const timeFormat = "2006-01-02T15:04:05.000Z"

// MarshalText implements encoding.TextMarshaler.
func (t Time) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, timeFormat), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Time) UnmarshalText(text []byte) error {
	parsed, err := time.Parse(time.RFC3339, string(text))
	*t = Time(parsed)
	return err
}

// Seconds writes a duration as decimal seconds, to the millisecond.
func Seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// Optional is nil for the zero time.
func Optional(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	told := Time(t)
	return &told
}

// KnownSeconds is Seconds, and nil where the duration is negative: unknown.
func KnownSeconds(d time.Duration) *float64 {
	if d < 0 {
		return nil
	}
	seconds := Seconds(d)
	return &seconds
}

// Duration reads decimal seconds.
func Duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
