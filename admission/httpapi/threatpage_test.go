package httpapi_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	// threatPage is where the threats, what stops them and the tests that prove it are written down.
	threatPage = "THREATS.md"
	top        = "../.."
)

var testFunction = regexp.MustCompile(`(?m)^func ((Test|Fuzz)[A-Z]\w*)\(`)

// testsOf are the tests of this repository, and the folders that they are in.
func testsOf(t *testing.T) map[string]string {
	t.Helper()
	known := map[string]string{}
	for _, root := range []string{"admission", "storage", "webui"} {
		err := filepath.WalkDir(filepath.Join(top, root), func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "node_modules":
				return fs.SkipDir
			case !strings.HasSuffix(path, "_test.go"):
				return nil
			}
			text, err := os.ReadFile(path)
			for _, found := range testFunction.FindAllStringSubmatch(string(text), -1) {
				known[found[1]] = filepath.Dir(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return known
}

// TestTheThreatPageNamesTestsThatExist keeps the page honest: what it names as proof is a test of this repository, and no
// row of its tables goes without.
func TestTheThreatPageNamesTestsThatExist(t *testing.T) {
	page, err := os.ReadFile(threatPage)
	if err != nil {
		t.Fatal(err)
	}
	known, named := testsOf(t), map[string]bool{}
	for _, name := range regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w*`).FindAllString(string(page), -1) {
		if named[name] = true; known[name] == "" {
			t.Errorf("%s does not exist", name)
		}
	}
	for name := range known {
		if strings.HasPrefix(name, "Fuzz") && !named[name] {
			t.Errorf("the page does not name %s", name)
		}
	}
	rows := 0
	_, tables, _ := strings.Cut(string(page), "\n## ")
	for line := range strings.Lines(tables) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.Contains(line, "---") || strings.Contains(cells[3], "proved by") {
			continue
		}
		if rows++; !regexp.MustCompile(`Test|Fuzz`).MatchString(cells[3]) {
			t.Errorf("nothing proves %q", strings.TrimSpace(cells[1]))
		}
	}
	if rows < 30 {
		t.Errorf("the page has %d rows only", rows)
	}
}

// leastSeeds is how many seeds a target begins with.
const leastSeeds = 3

func TestEveryFuzzTargetHasSeedsThatItsTestsRun(t *testing.T) {
	known := testsOf(t)
	for name, dir := range known {
		if !strings.HasPrefix(name, "Fuzz") {
			continue
		}
		seeds, err := os.ReadDir(filepath.Join(dir, "testdata", "fuzz", name)) // where go test looks
		if err != nil || len(seeds) < leastSeeds {
			t.Errorf("%s has %d seeds: %v", name, len(seeds), err)
		}
		folders, _ := os.ReadDir(filepath.Join(dir, "testdata", "fuzz"))
		for _, folder := range folders {
			if known[folder.Name()] != dir {
				t.Errorf("nobody reads the seeds of %s in %s", folder.Name(), dir)
			}
		}
	}
}
