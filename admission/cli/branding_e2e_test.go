package cli_test

import (
	"html"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"gatekeeper/admission/admissiontest"
)

func TestAStudiosPageNeedsSettingsOnly(t *testing.T) {
	const logo = `<svg xmlns="http://www.w3.org/2000/svg"/>`
	const back = "\x89PNG\r\n\x1a\n"
	dir := t.TempDir()
	config := filepath.Join(dir, "gatekeeper.yaml")
	write(t, filepath.Join(dir, "logo"), logo)
	write(t, filepath.Join(dir, "back"), back)
	write(t, config, `
brand-name: Ana's <Arena>
brand-logo: `+filepath.Join(dir, "logo")+`
brand-accent: "#3d4bc7"
brand-background: `+filepath.Join(dir, "back")+`
brand-links:
  - Rules, all=https://a.example/?a=1,2
  - Write to us=mailto:ana@a.example
`)
	p := admissiontest.NewProgram(t, binary, "--config", config)
	p.Start(t)

	if page := fetch(t, p.URL()+"/", "text/html; charset=utf-8"); !strings.Contains(page, "<title>Ana&#39;s &lt;Arena&gt;</title>") {
		t.Errorf("the page has another title:\n%s", page)
	}
	const told = `{"name":"Ana's \u003cArena\u003e","logo":"/branding/logo","accent":"#3d4bc7","background":"/branding/background",` +
		`"links":[{"title":"Rules, all","url":"https://a.example/?a=1,2"},{"title":"Write to us","url":"mailto:ana@a.example"}]}`
	for _, address := range []string{"/", "/admin/"} {
		if page := fetch(t, p.URL()+address, "text/html; charset=utf-8"); !strings.Contains(page, `content="`+html.EscapeString(told)+`"`) {
			t.Errorf("%s does not tell its script of the branding:\n%s", address, page)
		}
	}
	if got := fetch(t, p.URL()+"/branding/logo", "image/svg+xml"); got != logo {
		t.Errorf("the logo is %q", got)
	}
	if got := fetch(t, p.URL()+"/branding/background", "image/png"); got != back {
		t.Errorf("the background is %q", got)
	}
}

func TestACommaInALinkIsEscapedOnTheCommandLine(t *testing.T) {
	t.Setenv("GATEKEEPER_BRAND_NAME", "Arena")
	p := admissiontest.NewProgram(t, binary, "--brand-links", `Rules=https://a.example/1\,2,Write to us=mailto:ana@a.example`)
	p.Start(t)
	const told = `{"name":"Arena","links":[{"title":"Rules","url":"https://a.example/1,2"},{"title":"Write to us","url":"mailto:ana@a.example"}]}`
	if page := fetch(t, p.URL()+"/", "text/html; charset=utf-8"); !strings.Contains(page, html.EscapeString(told)) {
		t.Errorf("the page is\n%s", page)
	}
}

// fetch gets what is no call of the contract, and must come as contentType.
func fetch(t *testing.T, url, contentType string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != contentType {
		t.Errorf("%s: %d %q, %v", url, response.StatusCode, response.Header.Get("Content-Type"), err)
	}
	return string(body)
}
