package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestABackupBringsEverythingBack(t *testing.T) {
	p := serve(t)
	p.runs("instance", "set", "main", "--capacity", "1")
	ana, ben := p.player("ana").plays(), p.player("ben").queues(1)
	file := filepath.Join(t.TempDir(), "backup.db")
	if out := p.runs("backup", file); !strings.Contains(out, "holds everything") {
		t.Errorf("backup says %s", out)
	}
	if out, err := p.Run("backup", file); err == nil || !strings.Contains(out, "exists already") {
		t.Errorf("over an existing file it says %s", out)
	}
	if out, err := p.Run("restore", file); err == nil || !strings.Contains(out, "stop it first") {
		t.Errorf("beside the server restore says %s", out)
	}
	ana.says("leave")
	ben.isSeated()
	p.Kill()
	out := p.runs("restore", file)
	if _, kept, found := strings.Cut(out, "is kept in "); !found {
		t.Errorf("restore says %s", out)
	} else if _, err := os.Stat(filepath.Join(strings.TrimRight(kept, ".\n"), "gatekeeper.db")); err != nil {
		t.Error(err)
	}
	p.restart()
	ana.attach("reconnectionToken", ana.reconnection)
	if frame := ana.isSeated(); frame["resumed"] != true {
		t.Errorf("ana hears %v", frame)
	}
	ben.attach("queueToken", ben.queue)
	if frame := ben.hears("queued"); frame["position"] != 1.0 {
		t.Errorf("ben hears %v", frame)
	}
}

func TestABackupNeedsNoServer(t *testing.T) {
	p := serve(t)
	p.player("ana")
	file, other := filepath.Join(t.TempDir(), "killed.db"), filepath.Join(t.TempDir(), "stopped.db")
	p.Kill() // leaves its address behind
	p.runs("backup", file)
	p.restart()
	_ = p.Stop()
	p.runs("backup", other)
	for _, name := range []string{file, other} {
		p.runs("restore", name)
	}
	if out, err := p.Run("restore", file+".absent"); err == nil || !strings.Contains(out, "there is no file") {
		t.Errorf("restore of nothing says %s", out)
	}
	if left, _ := filepath.Glob(filepath.Join(p.Dir, "*.tmp")); len(left) > 0 {
		t.Error("left are", left)
	}
}

func TestTheDoctorLooksAndSaysWhatToDo(t *testing.T) {
	p := serve(t)
	p.player("ana").plays()
	if out := p.runs("doctor"); !strings.Contains(out, "a server is running") || !strings.Contains(out, "nobody has two") {
		t.Errorf("beside the server it says\n%s", out)
	}
	p.Kill()
	if out := p.runs("doctor", "--json"); !strings.Contains(out, `"verdict": "ok"`) {
		t.Errorf("after a kill it says\n%s", out)
	}
	if err := os.Remove(p.Database() + "-wal"); err != nil {
		t.Fatal(err)
	}
	out, err := p.Run("doctor")
	if err == nil || !strings.Contains(out, "put the log back as it was") {
		t.Errorf("without the log it says %v\n%s", err, out)
	}
}

func TestScheduledBackupsAreTaken(t *testing.T) {
	p := serve(t, "--backup-every", "1m", "--backup-keep", "1")
	p.eventually("the first backup is there", func() bool {
		list, _ := filepath.Glob(filepath.Join(p.Dir, "backups", "gatekeeper-*.db"))
		return len(list) == 1
	})
	if out := p.runs("doctor"); !strings.Contains(out, "1 scheduled backups") {
		t.Errorf("the doctor says\n%s", out)
	}
}
