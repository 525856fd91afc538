// Package cli is the command line: one command a file. It is the only package that knows all the others.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"syscall"
	"unicode"

	"github.com/alecthomas/kong"
)

// Exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// commands is everything that can be asked.
type commands struct {
	Serve     serve      `cmd:"" help:"Run the server."`
	Instance  instances  `cmd:"" help:"List, make and change instances of a running server."`
	Session   sessions   `cmd:"" help:"List and end sessions."`
	Queue     queues     `cmd:"" help:"List a queue, move in it and remove from it."`
	Account   accounts   `cmd:"" help:"Search accounts and reset passwords."`
	Character characters `cmd:"" help:"Suspend or restore a character."`
	Lock      locks      `cmd:"" help:"List and clear the locks of failed attempts."`
	Build     builds     `cmd:"" help:"Set the build that clients must have, and see which they have."`
	Key       keys       `cmd:"" help:"Make, list and revoke API keys."`
	Webhook   webhooks   `cmd:"" help:"Tell other programs what happens: add, list, test, pause and remove their addresses."`
	Admin     admins     `cmd:"" help:"List, add, change and remove administrators."`
	Export    exports    `cmd:"" help:"Export what happened, and what other programs need to watch it."`
	Backup    backup     `cmd:"" help:"Copy the database, of a running server too."`
	Restore   restore    `cmd:"" help:"Put a backup in the place of the database."`
	Bench     bench      `cmd:"" help:"Load test: send virtual players to a running server, and report how it did."`
	Simulate  simulate   `cmd:"" help:"Play evenings in virtual time: how many seats keep the waits short?"`
	Drill     drill      `cmd:"" help:"Run the smoke steps on a server with --lab; the exit status tells whether all passed."`
	Doctor    doctor     `cmd:"" help:"Examine the database and its folder, and say what to do."`
	Version   versions   `cmd:"" help:"Tell the version."`
}

// world is what a command may use of the outside.
type world struct {
	ctx            context.Context
	stdout, stderr io.Writer
	schema         string
}

// Main runs one command and returns the exit status: 0 done, 1 refused or failed, 2 wrong usage. What went wrong is
// one line on stderr. An interrupt or SIGTERM ends the command.
func Main(args []string, schema string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return run(world{ctx: ctx, stdout: stdout, stderr: stderr, schema: schema}, args)
}

// commandName is the last word of the command, for those that share their code.
type commandName string

// exited unwinds kong where it would end the process, after --help.
type exited int

func run(w world, args []string) (status int) {
	defer func() {
		if code, isExit := recover().(exited); isExit {
			status = int(code)
		}
	}()
	parser, err := kong.New(&commands{},
		kong.Name("gatekeeper"),
		kong.Description("Decides who gets onto a game server: admission, a fair queue, held seats."),
		kong.Writers(w.stdout, w.stderr),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return w.fail(err, exitFailed)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		return w.fail(fmt.Errorf("%w; see `gatekeeper --help`", err), exitUsage)
	}
	if err := command.Run(w, commandName(command.Selected().Name)); err != nil {
		var wrong usageError
		if errors.As(err, &wrong) {
			return w.fail(err, exitUsage)
		}
		return w.fail(err, exitFailed)
	}
	return exitDone
}

// usageError is a wrong use that only the command itself can see.
type usageError struct{ error }

// fail says in one line what is wrong.
func (w world) fail(err error, status int) int {
	fmt.Fprintln(w.stderr, "gatekeeper: "+oneLine(err))
	return status
}

// maxLine bounds what is said of a failure, in characters.
const maxLine = 1000

// oneLine is what an error says, in one line that ends and that steers no terminal: it may quote a file, or a server.
func oneLine(err error) string {
	line := []rune(strings.Join(strings.Fields(err.Error()), " "))
	if len(line) > maxLine {
		line = append(line[:maxLine], '…')
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, string(line))
}
