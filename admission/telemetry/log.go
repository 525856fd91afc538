package telemetry

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"

	"gatekeeper/admission"
)

// NewLogger returns a logger. level is zerolog's; format is json, text or auto: text where w is a terminal.
func NewLogger(w io.Writer, level, format string) (zerolog.Logger, error) {
	parsed, err := zerolog.ParseLevel(level)
	if err != nil || level == "" {
		return zerolog.Logger{}, fmt.Errorf("unknown log level %q: use debug, info, warn or error", level)
	}
	if format != "auto" && format != "json" && format != "text" {
		return zerolog.Logger{}, fmt.Errorf("unknown log format %q: use auto, json or text", format)
	}
	if format == "text" || format == "auto" && isTerminal(w) {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: !isTerminal(w)}
	}
	return zerolog.New(w).Level(parsed).With().Timestamp().Logger(), nil
}

func isTerminal(w io.Writer) bool {
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
