package telemetry

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/diode"

	"gatekeeper/admission"
)

// logBuffer is how many lines may wait for a slow reader of the log before lines are left out.
const logBuffer = 8192

// NewLogger returns a logger. level is zerolog's; format is json, text or auto: text where w is a terminal. It never
// waits for w, which may be a pipe that nobody reads: lines that find no room are left out, and how many is told. flush
// writes what waits and ends the logger's goroutine, or gives up with ctx; call it once, last.
func NewLogger(w io.Writer, level, format string) (log zerolog.Logger, flush func(ctx context.Context), err error) {
	parsed, err := zerolog.ParseLevel(level)
	if err != nil || level == "" {
		return log, nil, fmt.Errorf("unknown log level %q: use debug, info, warn or error", level)
	}
	if format != "auto" && format != "json" && format != "text" {
		return log, nil, fmt.Errorf("unknown log format %q: use auto, json or text", format)
	}
	if format == "text" || format == "auto" && IsTerminal(w) {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: !IsTerminal(w)}
	}
	waiting := diode.NewWriter(unclosed{w}, logBuffer, 0, func(missed int) {
		own := zerolog.New(w).With().Timestamp().Logger()
		own.Warn().Int("lines", missed).Msg("the log was read too slowly; lines were left out")
	})
	return zerolog.New(waiting).Level(parsed).With().Timestamp().Logger(), closer(waiting), nil
}

// unclosed keeps the end of a logger from closing what it writes to.
type unclosed struct{ io.Writer }

func closer(waiting io.Closer) func(context.Context) {
	return func(ctx context.Context) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = waiting.Close()
		}()
		select {
		case <-done:
		case <-ctx.Done():
		}
	}
}

// IsTerminal reports whether somebody reads along.
func IsTerminal(w io.Writer) bool {
	file, isFile := w.(*os.File)
	return isFile && isatty.IsTerminal(file.Fd())
}

// LogEvents writes one line an event, its fields always in the same order.
func LogEvents(log zerolog.Logger, events []admission.Event) {
	for _, e := range events {
		line := log.Info().Uint64("seq", e.Seq)
		for _, field := range []struct{ name, value string }{
			{"instanceId", string(e.Instance)},
			{"attemptId", string(e.Attempt)},
			{"sessionId", string(e.Session)},
			{"accountId", string(e.Account)},
			{"characterId", string(e.Character)},
			{"reason", e.Reason},
		} {
			if field.value != "" {
				line = line.Str(field.name, field.value)
			}
		}
		if len(e.Data) > 0 {
			line = line.Interface("data", e.Data)
		}
		line.Msg(string(e.Name))
	}
}
