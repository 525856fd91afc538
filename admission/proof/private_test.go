package proof_test

import (
	"crypto/tls"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission/admissiontest"
)

// anyCertificate is whoever looks at none.
var anyCertificate = &tls.Config{InsecureSkipVerify: true}

// nobody is a user without any right of its own.
const nobody = 65534

// TestItNeedsNothingButItsFolder runs the program as nobody, without a capability, without a folder for temporary files and
// without a mask, and looks at everything that it changes.
func TestItNeedsNothingButItsFolder(t *testing.T) {
	p := admissiontest.NewProgram(t, asAnybody(t), "--tls", "self", "--backup-every", "1m")
	p.Dir = filepath.Join(openFolder(t), "data")
	if err := os.Mkdir(p.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(t.TempDir(), "trace")
	p.Before = []string{
		"strace", "-D", "-f", "-qq", "-s", "1000", "-o", record,
		"-e", "trace=openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat",
		"env", "TMPDIR=/nonexistent", "HOME=/nonexistent",
	}
	if os.Getuid() == 0 {
		if err := os.Chown(p.Dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		p.Before = append(p.Before, "setpriv", "--reuid", strconv.Itoa(nobody), "--regid", strconv.Itoa(nobody), "--clear-groups",
			"--inh-caps", "-all", "--bounding-set", "-all", "--no-new-privs")
	}
	p.Before = append(p.Before, "sh", "-c", `umask 0; exec "$@"`, "sh")
	p.Trust = anyCertificate
	p.Start(t)
	p.Runs(t, "instance", "add", "arena")
	p.Runs(t, "export", "events")
	p.Runs(t, "backup", filepath.Join(t.TempDir(), "copy.db"))
	isPrivate(t, p.Dir)
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	isPrivate(t, p.Dir)
	for _, path := range changed(t, record) {
		if isInside, err := filepath.Rel(p.Dir, path); err != nil || strings.HasPrefix(isInside, "..") {
			t.Errorf("it changed %s", path)
		}
	}
}

// asAnybody copies the program to where anybody may run it.
func asAnybody(t *testing.T) string {
	t.Helper()
	path := filepath.Join(openFolder(t), "gatekeeper")
	from, err := os.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// openFolder is one that anybody may enter.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gatekeeper")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

var (
	changingCall = regexp.MustCompile(`(mkdir|rename|unlink|link|symlink|creat)\w*\(|O_(WRONLY|RDWR|CREAT|TRUNC)`)
	pathInCall   = regexp.MustCompile(`"(/[^"]*)"`)
)

// changed is every path that the program could have changed, its start by others left out.
func changed(t *testing.T, record string) (paths []string) {
	t.Helper()
	var seen int
	for line := range strings.Lines(admissiontest.ReadFile(t, record)) {
		seen++
		if !changingCall.MatchString(line) || strings.Contains(line, "= -1 ") {
			continue
		}
		for _, found := range pathInCall.FindAllStringSubmatch(line, -1) {
			if found[1] != "/dev/null" {
				paths = append(paths, found[1])
			}
		}
	}
	if len(paths) < 10 {
		t.Fatalf("of %d calls only %d changed anything", seen, len(paths))
	}
	return paths
}

// isPrivate looks whether everything is its owner's alone.
func isPrivate(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAFolderThatIsOpenIsClosed(t *testing.T) {
	p := admissiontest.NewProgram(t, binary)
	p.Start(t)
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	backups := filepath.Join(p.Dir, "backups")
	if err := os.MkdirAll(backups, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(p.Dir, "gatekeeper.db.v1"), filepath.Join(backups, "old.db")} {
		if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, mode := range map[string]os.FileMode{p.Dir: 0o755, p.Database(): 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	p.Start(t)
	isPrivate(t, p.Dir)
}

func TestAFolderOfOthersIsRefused(t *testing.T) {
	p := admissiontest.NewProgram(t, binary)
	p.Dir = openFolder(t)
	if err := os.WriteFile(filepath.Join(p.Dir, "letter.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	p.Launch(t)
	ended := make(chan error, 1)
	go func() { ended <- p.Cmd.Wait() }()
	select {
	case err := <-ended:
		if exit, isExit := err.(*exec.ExitError); !isExit || exit.ExitCode() != 1 {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it goes on")
	}
	if said := admissiontest.ReadFile(t, p.Stderr); !strings.Contains(said, "open to others") || !strings.Contains(said, filepath.Join(p.Dir, "gatekeeper")) {
		t.Errorf("it said %q", said)
	}
	if info, err := os.Stat(p.Dir); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("it changed the folder to %v", info.Mode())
	}
}
