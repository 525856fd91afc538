package admissiontest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Prometheus returns the path of a program of Debian's package prometheus: prometheus or promtool.
func Prometheus(t testing.TB, program string) string {
	t.Helper()
	if installed, err := exec.LookPath(program); err == nil {
		return installed
	}
	unpacked, err := filepath.Abs(filepath.Join("..", "..", "bin", "prometheus", "usr", "bin", program))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(unpacked); err != nil {
		t.Fatalf("there is no %s (make deps-prometheus)", program)
	}
	return unpacked
}
