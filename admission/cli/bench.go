package cli

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/sim"
	"gatekeeper/admission/wire"
)

// bench is `gatekeeper bench`.
type bench struct {
	target
	Instance string        `placeholder:"ID" help:"Instance to play on; needed where more than one is open."`
	Players  int           `default:"100" placeholder:"N" help:"How many players come (${default})."`
	Arrival  float64       `default:"10" placeholder:"R" help:"How many of them a second, by chance (${default})."`
	Session  time.Duration `default:"10m" placeholder:"D" help:"How long a session lasts in the mean (${default})."`
	DropRate float64       `default:"0" placeholder:"SHARE" help:"Share of players, 0 to 1, who lose their line once and come back (${default})."`
	Duration time.Duration `default:"1h" placeholder:"D" help:"After this time everybody still there is sent home (${default})."`
	Accounts string        `placeholder:"FILE" help:"Accounts to play with, a name and a password a line; without it, accounts named load-… are made, and stay."`
	SLO      []string      `default:"reconnections>=98%" placeholder:"RULE" help:"Rule that the figures must keep, such as admission.p95<500ms, wait.p95<5m, refused<=1%, errors<=0; repeatable (${default}). A broken one makes the exit status 1."`
	JSON     bool          `help:"Write the report as JSON."`
	HTML     webPage       `placeholder:"FILE" help:"Write the report as one web page, too."`

	rules []sim.Rule
}

// Help is for kong: what does not fit on one line.
func (bench) Help() string {
	return `The players are let in by the server's public doors: as guests where --auth guest is on, else with new local
accounts. A server lets one address make only so many a minute (serve --limit-private and --limit-internet); beyond that,
players share accounts, up to 20 each, and then wait. More than 4,000 players from one machine need a larger
serve --connections-private (or --connections-internet, from elsewhere). Do not run it against a server that real players are on.

Metrics of rules: admission, attach, wait and reconnections, each with .p50 .p95 .p99 .max (bounds such as 500ms);
reconnections, refused, estimates.median, estimates.upper (bounds such as 98%); errors, timeouts (bounds such as 0).

Exit status: 0 all rules hold, 1 one is broken, the test was interrupted or the server is not there, 2 wrong usage.`
}

// Validate is for kong: what is wrong is told before anything is started.
func (c *bench) Validate() error {
	for _, rule := range []struct {
		holds bool
		says  string
	}{
		{c.Players >= 1 && c.Players <= sim.MaxPlayers, fmt.Sprintf("--players must be 1 to %d", sim.MaxPlayers)},
		{c.Arrival > 0 && c.Arrival <= sim.MaxArrival, fmt.Sprintf("--arrival must be above 0 and at most %g a second", sim.MaxArrival)},
		{c.Session >= sim.MinSession && c.Session <= sim.MaxSession, fmt.Sprintf("--session must be %s to %s", sim.MinSession, sim.MaxSession)},
		{c.DropRate >= 0 && c.DropRate <= 1, "--drop-rate must be 0 to 1"},
		{c.Duration >= time.Second, "--duration must be at least 1s"},
		{c.Instance == "" || admission.ValidID(c.Instance), fmt.Sprintf("--instance %q is no id of an instance", c.Instance)},
	} {
		if !rule.holds {
			return errors.New(rule.says)
		}
	}
	if c.URL != "" {
		if err := c.checkURL(); err != nil {
			return err
		}
	}
	return errors.Join(c.HTML.check(), c.parseRules())
}

func (c *bench) parseRules() error {
	c.rules = nil
	for _, text := range c.SLO {
		rule, err := sim.ParseRule(text)
		if err != nil {
			return fmt.Errorf("--slo %w", err)
		}
		c.rules = append(c.rules, rule)
	}
	return nil
}

// Run sends the players, and reports how the server did.
func (c *bench) Run(w world) error {
	address, trust, err := c.players()
	if err != nil {
		return err
	}
	accounts, err := readAccounts(c.Accounts)
	if err == nil {
		err = checkOpenFiles(c.Players)
	}
	if err != nil {
		return err
	}
	client := sim.NewClient(func() string { return address }, nil, trust)
	defer client.Close()
	test := sim.NewBench(client, wire.LabPlayers{
		InstanceID: admission.InstanceID(c.Instance), Count: c.Players, ArrivalPerSecond: c.Arrival,
		SessionSeconds: c.Session.Seconds(), DropRate: c.DropRate,
	}, accounts)
	found, err := c.play(w, test)
	if err != nil {
		return c.explain(w.ctx, address, err)
	}
	found.Server, found.SLO = address, found.Judge(c.rules)
	return c.tell(w, found)
}

// checkOpenFiles spares the user errors of this machine that would look like the server's.
func checkOpenFiles(players int) error {
	needed := uint64(players + sim.IdleLines + 50)
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil && limit.Cur < needed {
		return fmt.Errorf("%d players need %d open files and this shell allows %d; raise it with `ulimit -n %d`, for the server too", players, needed, limit.Cur, needed)
	}
	return nil
}

// players is where the server answers players, and how to speak TLS with it.
func (c *bench) players() (address string, trust *tls.Config, err error) {
	if c.URL != "" {
		trust, err = c.pinned()
		return strings.TrimSuffix(c.URL, "/"), trust, err
	}
	e, err := readEndpoint(c.Data)
	if err == nil {
		trust, err = e.trust()
	}
	return e.Players, trust, err
}

func (c *bench) play(w world, test *sim.Bench) (sim.Report, error) {
	if err := test.Look(w.ctx); err != nil {
		return sim.Report{}, err
	}
	defer showProgress(w.stderr, test, c.Players)()
	if err := test.Prepare(w.ctx); err != nil {
		return sim.Report{}, err
	}
	return test.Run(w.ctx, c.Duration)
}

// explain says in one line why there is no report.
func (c *bench) explain(ctx context.Context, address string, err error) error {
	var line *url.Error
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted before the first player came; nothing was measured")
	case errors.Is(err, sim.ErrTooFew):
		return usageError{fmt.Errorf("--accounts %s: %w", c.Accounts, err)}
	case errors.As(err, &line):
		return c.unreachable(ctx, address, callTimeout, err)
	}
	return err
}

// tell writes the report wherever it is wanted. Error: that it cannot be written, or why the exit status is 1.
func (c *bench) tell(w world, found sim.Report) error {
	var err error
	if c.JSON {
		err = printJSON(w, found)
	} else {
		err = printLoad(w, found, c.rules)
	}
	if err == nil {
		err = c.HTML.write(fmt.Sprintf("Load test of %s", found.Server), found)
	}
	switch broken := brokenRules(found, c.rules); {
	case err != nil:
		return err
	case found.Interrupted:
		return errors.New("interrupted; the report tells what came before that")
	case len(broken) > 0:
		return fmt.Errorf("not kept: %s", strings.Join(broken, ", "))
	}
	return nil
}

func brokenRules(found sim.Report, rules []sim.Rule) (broken []string) {
	for i, judged := range found.SLO {
		if !judged.Holds {
			broken = append(broken, fmt.Sprintf("%s (%s)", judged.Rule, rules[i].Tell(judged.Value)))
		}
	}
	return broken
}

// readAccounts reads a name and a password a line; the password may have spaces, the name not. path "" = none.
func readAccounts(path string) (list []wire.Credentials, err error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, usageError{fmt.Errorf("--accounts: %w", err)}
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		name, password, found := strings.Cut(line, " ")
		if !found {
			return nil, usageError{fmt.Errorf("--accounts %s: line %d has no password after the name", path, n)}
		}
		list = append(list, wire.Credentials{Name: name, Password: strings.TrimSpace(password)})
	}
	if err := lines.Err(); err != nil {
		return nil, usageError{fmt.Errorf("--accounts %s: %w", path, err)}
	}
	if len(list) == 0 {
		return nil, usageError{fmt.Errorf("--accounts %s: it has no account", path)}
	}
	return list, nil
}
