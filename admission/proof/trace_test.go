package proof_test

import (
	"bufio"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// operation is one system call of a traced program, where it began. Lines count calls in the order that they began
// and ended in.
type operation struct {
	call   string
	path   string // what it was done to
	data   []byte // what was written
	offset int64  // of a write, or the length of a truncation
	begin  int
	end    int // when it was over
}

// traced has strace record what the program does to files and sockets.
func traced(t *testing.T) (before []string, record string) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("install strace (make deps-strace)")
	}
	record = filepath.Join(t.TempDir(), "trace")
	return []string{
		"strace", "-f", "-qq", "-y", "-xx", "-s", "100000", "-o", record,
		"-e", "trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink,unlinkat",
	}, record
}

var (
	callLine    = regexp.MustCompile(`^(\d+) +(\w+)\((.*)$`)
	resumedLine = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>`)
	fileOf      = regexp.MustCompile(`^\d+<([^>]*)>`)
	quoted      = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"`)
	lastNumber  = regexp.MustCompile(`, (\d+)(?:\)| <unfinished)`)
)

// readTrace returns the operations in the order in which they began.
func readTrace(t *testing.T, record string) (list []*operation) {
	t.Helper()
	f, err := os.Open(record)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unfinished := map[string]*operation{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 0; lines.Scan(); n++ {
		line := lines.Text()
		if m := resumedLine.FindStringSubmatch(line); m != nil {
			if op := unfinished[m[1]]; op != nil {
				op.end = n
				delete(unfinished, m[1])
			}
			continue
		}
		m := callLine.FindStringSubmatch(line)
		if m == nil {
			continue // a signal, an exit
		}
		op := parse(m[2], m[3])
		op.begin, op.end = n, n
		if strings.HasSuffix(line, "<unfinished ...>") {
			op.end = 1 << 60
			unfinished[m[1]] = op
		}
		list = append(list, op)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func parse(call, args string) *operation {
	op := &operation{call: call}
	if m := fileOf.FindStringSubmatch(args); m != nil {
		op.path = unhex(m[1])
	}
	if m := quoted.FindStringSubmatch(args); m != nil {
		op.data = []byte(unhex(m[1]))
	}
	if all := lastNumber.FindAllStringSubmatch(args, -1); all != nil {
		op.offset, _ = strconv.ParseInt(all[len(all)-1][1], 10, 64)
	}
	return op
}

// unhex reads a text that strace wrote as \x2f\x74 and so on; any other stands for itself.
func unhex(text string) string {
	data, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil || !strings.HasPrefix(text, `\x`) {
		return text
	}
	return string(data)
}

func (op *operation) isSync() bool { return op.call == "fsync" || op.call == "fdatasync" }

// isAnswer tells a write to a socket from one to a file.
func (op *operation) isAnswer() bool {
	return op.call == "write" && strings.Contains(op.path, "socket:")
}
