package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAConfigurationIsReadAsFlagsWouldBeGiven(t *testing.T) {
	known := []string{"auth", "data", "limit-internet"}
	for name, c := range map[string]struct {
		text  string
		want  map[string]any
		error string
	}{
		"a value":              {"limit-internet: 7", map[string]any{"limit-internet": "7"}, ""},
		"a list":               {"auth: [local, guest]", map[string]any{"auth": "local,guest"}, ""},
		"a list with a comma":  {"auth: ['a,b', c]", map[string]any{"auth": `a\,b,c`}, ""},
		"a key without value":  {"data:", map[string]any{"data": nil}, ""},
		"nothing":              {"", map[string]any{}, ""},
		"a tree":               {"data:\n  here: there", nil, "data must be one value"},
		"a list of trees":      {"auth:\n  - local: yes", nil, "auth must be a list"},
		"a list with no value": {"auth:\n  -\n  - local", nil, "auth must be a list"},
		"an unknown key":       {"dat: here", nil, `unknown key "dat"`},
		"a key twice":          {"data: a\ndata: b", nil, "YAML"},
		"no YAML":              {"data: [", nil, "YAML"},
	} {
		path := filepath.Join(t.TempDir(), "gatekeeper.yaml")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		values, err := readConfig(path, known)
		if c.error != "" {
			if err == nil || !strings.Contains(err.Error(), c.error) {
				t.Errorf("%s: %v, %v", name, values, err)
			}
			continue
		}
		if err != nil || len(values) != len(c.want) {
			t.Errorf("%s: %v, %v", name, values, err)
		}
		for key, want := range c.want {
			if values[key] != want {
				t.Errorf("%s: %s is %v, want %v", name, key, values[key], want)
			}
		}
	}
}
