package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"gatekeeper/admission/report"
)

// hostile would leave its element, or load something, if it were not escaped.
const hostile = `</script><script>alert(1)</script><!--<script> &amp; "'` + "\u2028" + `</title><img src=https://evil.example/x>`

func written(t *testing.T, title string, doc any) string {
	t.Helper()
	var page bytes.Buffer
	if err := report.Write(&page, title, doc); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

var document = regexp.MustCompile(`(?s)<script type="application/json" id="document">(.*?)</script>`)

func TestAHostileDocumentStaysInItsElementAndReadsBackAsItWas(t *testing.T) {
	t.Parallel()
	want := map[string]string{"kind": hostile, hostile: "key"}
	for name, doc := range map[string]any{"a value": want, "JSON that is ready": raw(t, want)} {
		page := written(t, "A report", doc)
		if got := strings.Count(page, "</script"); got != 2 {
			t.Errorf("%s: %d scripts end, want 2", name, got)
		}
		if strings.Contains(page, "<!--") {
			t.Errorf("%s: a comment begins", name)
		}
		found := document.FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("%s: no document", name)
		}
		var got map[string]string
		if err := json.Unmarshal([]byte(found[1]), &got); err != nil || got["kind"] != hostile || got[hostile] != "key" {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// raw leaves the brackets as they are, as an encoder of another program may.
func raw(t *testing.T, doc any) json.RawMessage {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(doc); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

func TestAHostileTitleIsText(t *testing.T) {
	t.Parallel()
	page := written(t, hostile, struct{}{})
	if strings.Count(page, "</title>") != 1 || strings.Contains(page, "<img") || strings.Count(page, "</script") != 2 {
		t.Error("the title is markup")
	}
}

func TestThePageAsksForNothing(t *testing.T) {
	t.Parallel()
	page := written(t, "A report", struct{}{})
	head, _, _ := strings.Cut(page, "<style>")
	if !strings.Contains(head, `content="default-src 'none'; `) || strings.Contains(head, "unsafe") {
		t.Errorf("the policy is too wide: %s", head)
	}
	for _, banned := range []string{`<script src`, `rel="stylesheet"`, "@import", "url(", "sourceMappingURL", "import("} {
		if strings.Contains(page, banned) {
			t.Errorf("it holds %q", banned)
		}
	}
	for _, address := range regexp.MustCompile(`https?://[\w.]+`).FindAllString(page, -1) {
		if address != "http://www.w3.org" { // names of XML namespaces, which nobody asks for
			t.Errorf("it names %s", address)
		}
	}
}

func TestThePolicyNamesTheScriptAndTheStyleOfThePage(t *testing.T) {
	t.Parallel()
	page := written(t, "A report", struct{}{})
	for directive, element := range map[string]*regexp.Regexp{
		"script-src": regexp.MustCompile(`(?s)<script>(.*?)</script>`),
		"style-src":  regexp.MustCompile(`(?s)<style>(.*?)</style>`),
	} {
		found := element.FindStringSubmatch(page)
		if found == nil || len(found[1]) < 1000 {
			t.Fatalf("%s: nothing inline", directive)
		}
		sum := sha256.Sum256([]byte(found[1]))
		if want := directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestThePageIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	doc := map[string]int{"b": 2, "a": 1}
	if first, second := written(t, "A report", doc), written(t, "A report", doc); first != second {
		t.Error("it differs")
	}
}

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	if err := report.Write(&page, "A report", math.NaN()); err == nil || page.Len() != 0 {
		t.Errorf("error %v, %d bytes written", err, page.Len())
	}
	closed, err := os.Create(t.TempDir() + "/report.html")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	if err := report.Write(closed, "A report", 1); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v, want that of the file", err)
	}
}
