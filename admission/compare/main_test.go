package compare

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gatekeeper/admission/admissiontest"
)

// binary is the program that is measured.
var binary string

var (
	rounds  = flag.Int("rounds", 6, "slices of each target; the median counts")
	slice   = flag.Duration("slice", 1500*time.Millisecond, "how long callers call in a slice")
	out     = flag.String("out", "", "write the table as FILE.md and FILE.json, and into the README")
	profile = flag.String("profile", "", "write gatekeeper's CPU profile of the last slice with 256 callers")
	only    = flag.String("only", "", "measure this group alone")
)

// TestMain is also the peers that are built into this program: it becomes one where the environment says so.
func TestMain(m *testing.M) {
	if serve := peers[os.Getenv(peerVar)]; serve != nil {
		serve()
		return
	}
	flag.Parse()
	if *out == "" && *only == "" {
		os.Exit(m.Run()) // the arithmetic needs no program
	}
	admissiontest.Main(m, &binary)
}

func schema(t testing.TB) string {
	t.Helper()
	return admissiontest.ReadFile(t, filepath.Join("..", "..", "schema.sql"))
}
