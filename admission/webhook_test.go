package admission_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"gatekeeper/admission"
)

func hook() admission.WebhookRow {
	return admission.WebhookRow{
		Name: "the studio's backend", URL: "https://backend.example.org/gatekeeper?key=1", Secret: "0123456789abcdef",
		Events: []string{"connection.admitted", "queue."}, Since: 10,
	}
}

func TestAWebhookThatCannotBeIsRefused(t *testing.T) {
	good := hook()
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*admission.WebhookRow){
		"no name":                         func(w *admission.WebhookRow) { w.Name = "" },
		"a name that hides":               func(w *admission.WebhookRow) { w.Name = "a\u202eb" },
		"no address":                      func(w *admission.WebhookRow) { w.URL = "" },
		"another scheme":                  func(w *admission.WebhookRow) { w.URL = "ftp://example.org/" },
		"a file":                          func(w *admission.WebhookRow) { w.URL = "file:///etc/passwd" },
		"a port alone":                    func(w *admission.WebhookRow) { w.URL = "http://:80/" },
		"a password in the address":       func(w *admission.WebhookRow) { w.URL = "http://me:secret@example.org/" },
		"a fragment":                      func(w *admission.WebhookRow) { w.URL = "http://example.org/#x" },
		"a line break in the address":     func(w *admission.WebhookRow) { w.URL = "http://example.org/\r\nHost: x" },
		"an address without end":          func(w *admission.WebhookRow) { w.URL = "http://example.org/" + strings.Repeat("x", 500) },
		"a short secret":                  func(w *admission.WebhookRow) { w.Secret = "0123456789abcde" },
		"a long secret":                   func(w *admission.WebhookRow) { w.Secret = strings.Repeat("x", 129) },
		"a secret with a blank":           func(w *admission.WebhookRow) { w.Secret = "0123456789 abcdef" },
		"no event":                        func(w *admission.WebhookRow) { w.Events = nil },
		"an event that is none":           func(w *admission.WebhookRow) { w.Events = []string{"connection.admited"} },
		"half a family":                   func(w *admission.WebhookRow) { w.Events = []string{"conn"} },
		"a family without its dot":        func(w *admission.WebhookRow) { w.Events = []string{"queue"} },
		"everything":                      func(w *admission.WebhookRow) { w.Events = []string{""} },
		"too many events":                 func(w *admission.WebhookRow) { w.Events = make([]string, 33) },
		"more instances than it may have": func(w *admission.WebhookRow) { w.Instances = make([]admission.InstanceID, 65) },
	} {
		w := hook()
		edit(&w)
		if err := w.Validate(); !errors.Is(err, admission.ErrInvalidWebhook) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAWebhookIsToldOfWhatItChose(t *testing.T) {
	at := func(seq uint64, name admission.EventName, id admission.InstanceID) *admission.Event {
		return &admission.Event{Seq: seq, Name: name, Instance: id}
	}
	everywhere, here := hook(), hook()
	here.Instances = []admission.InstanceID{"main"}
	for story, is := range map[string]struct {
		wants bool
		hook  admission.WebhookRow
		event *admission.Event
	}{
		"an event by its name":         {true, everywhere, at(11, "connection.admitted", "main")},
		"one of a family":              {true, everywhere, at(11, "queue.left", "main")},
		"of no instance in particular": {true, everywhere, at(11, "queue.left", "")},
		"of the instance it chose":     {true, here, at(11, "queue.left", "main")},
		"of another instance":          {false, here, at(11, "queue.left", "other")},
		"nowhere, where it chose some": {false, here, at(11, "queue.left", "")},
		"another event":                {false, everywhere, at(11, "connection.failed", "main")},
		"a name that only begins so":   {false, everywhere, at(11, "connection.admitted_not", "main")},
		"from before it was made":      {false, everywhere, at(10, "connection.admitted", "main")},
	} {
		if is.hook.Wants(is.event) != is.wants {
			t.Errorf("%s: not %v", story, is.wants)
		}
	}
}

func TestOfAnAddressOnlyTheHostIsTold(t *testing.T) {
	w := hook()
	if w.Host() != "https://backend.example.org" {
		t.Error(w.Host())
	}
	if w.URL = "::"; w.Host() != "" {
		t.Error(w.Host())
	}
}

func TestEveryEventCanBeChosen(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, isValue := n.(*ast.ValueSpec)
		if !isValue || spec.Type == nil {
			return true
		}
		if kind, isName := spec.Type.(*ast.Ident); !isName || kind.Name != "EventName" {
			return true
		}
		count++
		name := strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)
		w := hook()
		if w.Events = []string{name}; w.Validate() != nil {
			t.Errorf("%s is missing from everyEvent", name)
		}
		return true
	})
	if count < 50 {
		t.Errorf("%d events were found only", count)
	}
}
