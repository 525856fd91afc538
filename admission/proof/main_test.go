package proof_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"gatekeeper/admission/admissiontest"
)

// binary is the program under test.
var binary string

func TestMain(m *testing.M) {
	if os.Getenv(crowdVar) != "" {
		os.Exit(joinCrowd())
	}
	admissiontest.Main(m, &binary)
}

func schema(t testing.TB) string {
	t.Helper()
	return admissiontest.ReadFile(t, filepath.Join("..", "..", "schema.sql"))
}

// crashes is how often a proof is to break the program: few times, or as the environment says.
func crashes(few int) int {
	if n, err := strconv.Atoi(os.Getenv("GATEKEEPER_CRASHES")); err == nil {
		return n
	}
	return few
}

// seed is what chance is drawn from; the environment repeats one.
func seed(t *testing.T) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(os.Getenv("GATEKEEPER_CRASH_SEED"), 10, 64)
	if err != nil {
		n = uint64(time.Now().UnixNano())
	}
	t.Logf("GATEKEEPER_CRASH_SEED=%d", n)
	return n
}
