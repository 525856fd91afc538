package cli_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runs a command and returns its exit status and what it wrote.
func runs(t *testing.T, env []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // what should be refused may start instead
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &out, &err
	failure := cmd.Run()
	var exit *exec.ExitError
	if failure != nil && !errors.As(failure, &exit) {
		t.Fatal(failure)
	}
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}

func TestHelpReadsWell(t *testing.T) {
	for name, want := range map[string][]string{
		"":               {"serve", "instance", "export", "version"},
		"serve":          {"--listen", "127.0.0.1:8080", "--data", "--durability", "--config"},
		"instance set":   {"--capacity", "--required-build", "--data"},
		"export events":  {"--since", "--follow"},
		"instance drain": {"--message"},
		"bench":          {"--players", "--slo", "reconnections>=98%", "admission", "--limit-private", "Exit status"},
	} {
		status, stdout, _ := runs(t, nil, append(strings.Fields(name), "--help")...)
		if status != 0 {
			t.Errorf("%s --help exits %d", name, status)
		}
		for _, word := range want {
			if !strings.Contains(stdout, word) {
				t.Errorf("%s --help does not tell of %s:\n%s", name, word, stdout)
			}
		}
	}
}

func TestWrongUsageExitsWith2InOneLine(t *testing.T) {
	for _, args := range []string{
		"serve --nonsense", "nonsense", "instance set", "serve --durability none", "serve --listen 8080",
		"serve --log-level loud", "serve --public-url here", "serve --allowed-origins https://a/b",
		"serve --trusted-proxies somewhere", "serve --auth magic", "instance set main --capacity many",
		"instance list --url http://127.0.0.1:1", "serve --limit-internet 0",
		"serve --brand-name=", "serve --brand-accent red", "serve --brand-background #12", "serve --brand-logo nowhere.svg",
		"serve --brand-links Rules",
	} {
		status, _, stderr := runs(t, nil, strings.Fields(args)...)
		isOneLine(t, args, stderr)
		if status != 2 {
			t.Errorf("%s exits %d: %s", args, status, stderr)
		}
	}
}

func isOneLine(t *testing.T, what, stderr string) {
	t.Helper()
	if strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "gatekeeper: ") {
		t.Errorf("%s does not say in one line what is wrong:\n%s", what, stderr)
	}
}

func TestWhatCannotStartSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	running := serve(t)
	file := filepath.Join(dir, "file")
	typo := filepath.Join(dir, "typo.yaml")
	foreign := filepath.Join(dir, "foreign")
	write(t, file, "not a folder")
	write(t, typo, "lisen: 127.0.0.1:9\n")
	write(t, filepath.Join(foreign, "gatekeeper.db"), strings.Repeat("somebody else's ", 100))
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"a taken port":              {[]string{"--listen", taken.Addr().String()}, "--listen"},
		"a folder that is a file":   {[]string{"--data", file}, file},
		"a database in use":         {[]string{"--data", running.Dir}, "in use"},
		"a foreign database":        {[]string{"--data", foreign}, "not a gatekeeper database"},
		"a configuration's typo":    {[]string{"--config", typo}, "lisen"},
		"a missing configuration":   {[]string{"--config", filepath.Join(dir, "none.yaml")}, "none.yaml"},
		"an address of nobody here": {[]string{"--listen", "198.51.100.1:80"}, "--listen"},
	} {
		args := append([]string{"serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "fresh")}, c.args...)
		status, _, stderr := runs(t, nil, args...)
		isOneLine(t, name, stderr)
		if status == 0 || !strings.Contains(stderr, c.says) || strings.Contains(stderr, "goroutine") {
			t.Errorf("%s exits %d and says %s", name, status, stderr)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAFlagBeatsTheEnvironmentBeatsTheFileBeatsTheDefault(t *testing.T) {
	// Each level names an address that cannot be listened on; the refusal names the one that counted.
	file := filepath.Join(t.TempDir(), "gatekeeper.yaml")
	write(t, file, "listen: 198.51.100.3:80\nlog-level: warn\nallowed-origins:\n  - https://a.example\n")
	base := []string{"serve", "--data", t.TempDir(), "--config", file}
	env := []string{"GATEKEEPER_LISTEN=198.51.100.2:80"}
	for name, c := range map[string]struct {
		env, args []string
		want      string
	}{
		"flag":                 {env, append(base, "--listen", "198.51.100.1:80"), "198.51.100.1"},
		"environment":          {env, base, "198.51.100.2"},
		"file":                 {nil, base, "198.51.100.3"},
		"file by environment":  {[]string{"GATEKEEPER_CONFIG=" + file}, base[:3], "198.51.100.3"},
		"environment, no file": {env, base[:3], "198.51.100.2"},
	} {
		if _, _, stderr := runs(t, c.env, c.args...); !strings.Contains(stderr, c.want) {
			t.Errorf("%s: want %s, got %s", name, c.want, stderr)
		}
	}
}

func TestACommandWithoutAServerSaysHowToStartOne(t *testing.T) {
	dir := t.TempDir()
	status, _, stderr := runs(t, nil, "instance", "list", "--data", dir)
	isOneLine(t, "list", stderr)
	if status != 1 || !strings.Contains(stderr, "gatekeeper serve --data "+dir) {
		t.Errorf("it exits %d and says %s", status, stderr)
	}
}

func TestARefusalOfTheServerIsOneLine(t *testing.T) {
	p := serve(t)
	for args, says := range map[string]string{
		"instance set nowhere --capacity 3": "no such instance",
		"instance add main":                 "already",
		"instance add a.b":                  "instance id",
		"instance set main --capacity=-1":   "capacity",
		"instance set main --replacement x": "replacement",
		"instance set main --grace 2h":      "graceSeconds",
		"character suspend nobody":          "no such character",
		"build set 2 --instance nowhere":    "no such instance",
	} {
		status, _, stderr := runs(t, nil, append(strings.Fields(args), "--data", p.Dir)...)
		isOneLine(t, args, stderr)
		if status != 1 || !strings.Contains(stderr, says) {
			t.Errorf("%s exits %d and says %s", args, status, stderr)
		}
	}
}

func TestVersionTellsItself(t *testing.T) {
	if status, stdout, _ := runs(t, nil, "version"); status != 0 || !strings.HasPrefix(stdout, "gatekeeper ") {
		t.Errorf("it exits %d and says %q", status, stdout)
	}
}
