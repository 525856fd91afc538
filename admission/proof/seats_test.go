package proof_test

import (
	"encoding/json"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
)

// seedSeats writes so many players who hold a seat each, and further ones without a place, for whom there is room.
func seedSeats(t testing.TB, p *admissiontest.Program, seated, free int) (seats []admissiontest.HeldSeat, newcomers []admissiontest.Player) {
	t.Helper()
	more := func(i int, player admissiontest.Player) []admission.Record {
		if i >= seated {
			return nil
		}
		seats = append(seats, admissiontest.NewHeldSeat(i, player))
		return []admission.Record{seats[i].Row(admission.PlaceKey(i + 1))}
	}
	players := admissiontest.Seed(t, p.Database(), schema(t), seated+free, seated+free, 0, more)
	return seats, players[seated:]
}

// needFiles makes sure that this process may have so many files open at a time.
func needFiles(t testing.TB, n uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur >= n {
		return
	}
	if limit.Max < n {
		t.Fatalf("it needs %d open files and the system allows %d: raise `ulimit -Hn`", n, limit.Max)
	}
	limit.Cur = n
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
}

// publicInstance is main as everybody sees it.
type publicInstance struct{ SeatsTaken, QueueDepth int }

func lookAtMain(t testing.TB, p *admissiontest.Program) publicInstance {
	t.Helper()
	_, data, err := p.Call(http.DefaultClient, http.MethodGet, "/instances", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Instances []publicInstance }
	if err := json.Unmarshal(data, &list); err != nil || len(list.Instances) != 1 {
		t.Fatalf("GET /instances says %+v, %v", list, err)
	}
	return list.Instances[0]
}

// logIsEmpty reports whether everything was moved into the database file.
func logIsEmpty(p *admissiontest.Program) bool {
	info, err := os.Stat(p.Database() + "-wal")
	return os.IsNotExist(err) || err == nil && info.Size() == 0
}

// endInTime tells a program to stop and returns how long that took. It must end with status 0 within the 5 s of the
// contract; then the log is in the database.
func endInTime(t testing.TB, p *admissiontest.Program) time.Duration {
	t.Helper()
	const promised = 5 * time.Second
	began := time.Now()
	if err := p.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(2*promised, func() { _ = p.Cmd.Process.Kill() })
	defer watchdog.Stop()
	err := p.Cmd.Wait()
	took := time.Since(began)
	if err != nil {
		t.Errorf("the program ended with %v", err)
	}
	if took > promised {
		t.Errorf("stopping took %s", took)
	}
	if !logIsEmpty(p) {
		t.Error("the log was left with content")
	}
	return took
}
