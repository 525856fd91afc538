package telemetry

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/diode"

	"gatekeeper/admission"
)

const (
	// logBuffer is how many writes may wait for a slow reader of the log before lines are left out.
	logBuffer = 2048
	// linesAtOnce is how many lines of events make one write.
	linesAtOnce = 32
)

// Log is a logger that never waits for what it writes to, which may be a pipe that nobody reads: lines that find no room
// are left out, and that they are is told.
type Log struct {
	zerolog.Logger
	waiting io.Writer // takes whole lines, many at a time
}

// NewLogger returns a logger. level is zerolog's; format is json, text or auto: text where w is a terminal. flush writes
// what waits and ends the logger's goroutine, or gives up with ctx; call it once, last.
func NewLogger(w io.Writer, level, format string) (log Log, flush func(ctx context.Context), err error) {
	parsed, err := zerolog.ParseLevel(level)
	if err != nil || level == "" {
		return log, nil, fmt.Errorf("unknown log level %q: use debug, info, warn or error", level)
	}
	if format != "auto" && format != "json" && format != "text" {
		return log, nil, fmt.Errorf("unknown log format %q: use auto, json or text", format)
	}
	if format == "text" || format == "auto" && IsTerminal(w) {
		w = eachLine{zerolog.ConsoleWriter{
			Out: w, TimeFormat: time.TimeOnly, NoColor: !IsTerminal(w), FormatMessage: visible, FormatFieldValue: visible, FormatErrFieldValue: visible,
		}}
	}
	ended := make(chan struct{}, 1)
	waiting := diode.NewWriter(unclosed{w, ended}, logBuffer, 0, func(missed int) {
		own := zerolog.New(w).With().Timestamp().Logger()
		own.Warn().Int("atLeast", missed).Msg("the log was read too slowly; lines were left out")
	})
	return Log{zerolog.New(waiting).Level(parsed).With().Timestamp().Logger(), waiting}, closer(waiting, ended), nil
}

// visible writes what would forge a line or steer the terminal as it is written in Go. The library leaves it in messages
// and in what is nested.
func visible(value any) string {
	if value == nil {
		return ""
	}
	var text strings.Builder
	for _, r := range fmt.Sprintf("%s", value) {
		if strconv.IsPrint(r) {
			text.WriteRune(r)
		} else {
			text.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return text.String()
}

// eachLine hands lines on one by one.
type eachLine struct{ io.Writer }

func (e eachLine) Write(lines []byte) (int, error) {
	for line := range bytes.Lines(lines) {
		if _, err := e.Writer.Write(line); err != nil {
			return 0, err
		}
	}
	return len(lines), nil
}

// unclosed keeps the end of a logger from closing what it writes to. An empty write says that all before it are written.
type unclosed struct {
	io.Writer
	ended chan<- struct{}
}

func (u unclosed) Write(lines []byte) (int, error) {
	if len(lines) > 0 {
		return u.Writer.Write(lines)
	}
	select {
	case u.ended <- struct{}{}:
	default: // told already
	}
	return 0, nil
}

// closer waits for its own empty write before it closes, because the library's Close lets go of a line that was set as
// the reader looked. It repeats that write, ever more seldom, because the library may miss a wake-up.
func closer(waiting io.WriteCloser, ended <-chan struct{}) func(context.Context) {
	return func(ctx context.Context) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			drain(ctx, waiting, ended)
			_ = waiting.Close()
		}()
		select {
		case <-done:
		case <-ctx.Done():
		}
	}
}

func drain(ctx context.Context, waiting io.Writer, ended <-chan struct{}) {
	for pause := time.Millisecond; ; pause *= 2 {
		_, _ = waiting.Write(nil)
		select {
		case <-ended:
			return
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// IsTerminal reports whether somebody reads along.
func IsTerminal(w io.Writer) bool {
	file, isFile := w.(*os.File)
	return isFile && isatty.IsTerminal(file.Fd())
}

// Events writes one line an event, its fields always in the same order.
func (l Log) Events(events []admission.Event) {
	if l.GetLevel() > zerolog.InfoLevel {
		return
	}
	var text bytes.Buffer
	log := l.Output(&text)
	for some := range slices.Chunk(events, linesAtOnce) {
		text.Reset()
		for i := range some {
			write(&log, &some[i])
		}
		_, _ = l.waiting.Write(text.Bytes()) // it never fails, and keeps no bytes
	}
}

func write(log *zerolog.Logger, e *admission.Event) {
	line := log.Info().Uint64("seq", e.Seq)
	for _, field := range [...]struct{ name, value string }{
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
		line = line.Dict("data", zerolog.Dict().Fields(e.Data))
	}
	line.Msg(string(e.Name))
}
