package gamelink_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/gamelink"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
	"gatekeeper/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "a-secret-of-the-receiver"

// house is a gate on a real store with webhooks whose receivers are real HTTP servers.
type house struct {
	t     *testing.T
	dir   string
	disk  *disk
	gate  *gate.Gate
	hooks *gamelink.Webhooks
	log   *bytes.Buffer // to be read after stop only
	stop  func()

	servers []*http.Server

	mu      sync.Mutex // guards the rest
	nets    map[string]*admissiontest.Pipes
	results map[gamelink.WebhookResult]int
}

// disk is a store that can be made to fail.
type disk struct {
	*storage.Store
	mu     sync.Mutex
	broken error
}

func (d *disk) Commit(r []admission.Record, e []admission.Event, more admission.More) error {
	d.mu.Lock()
	broken := d.broken
	d.mu.Unlock()
	if broken != nil {
		return broken
	}
	return d.Store.Commit(r, e, more)
}

func (d *disk) breaks(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = err
}

// inHouse runs a story in virtual time.
func inHouse(t *testing.T, options storage.Options, story func(*testing.T, *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, dir: t.TempDir(), nets: make(map[string]*admissiontest.Pipes), results: make(map[gamelink.WebhookResult]int)}
		h.start(options, h.dial)
		defer func() {
			h.stop()
			for _, server := range h.servers {
				_ = server.Close()
			}
		}()
		story(t, h)
	})
}

func (h *house) start(options storage.Options, dial func(context.Context, string, string) (net.Conn, error)) {
	h.t.Helper()
	schema, err := os.ReadFile("../../schema.sql")
	if err != nil {
		h.t.Fatal(err)
	}
	store, err := storage.Open(filepath.Join(h.dir, "gatekeeper.db"), string(schema), options)
	if err != nil {
		h.t.Fatal(err)
	}
	h.disk = &disk{Store: store}
	h.gate = gate.New(gate.Config{Store: h.disk})
	if err := h.gate.Start(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.log = &bytes.Buffer{}
	h.hooks = gamelink.NewWebhooks(gamelink.WebhookConfig{
		Gate: h.gate, Log: zerolog.New(zerolog.SyncWriter(h.log)), Delivered: h.delivered, Version: "test", Dial: dial,
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { h.hooks.Run(ctx) })
	h.stop = sync.OnceFunc(func() {
		h.gate.BeginStop()
		cancel()
		running.Wait()
		if err := errors.Join(h.gate.Stop(context.Background()), store.Close()); err != nil {
			h.t.Error(err)
		}
	})
}

func (h *house) delivered(r gamelink.WebhookResult) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.results[r]++
}

// dial finds a receiver by its name.
func (h *house) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, _ := strings.Cut(address, ":")
	h.mu.Lock()
	pipes := h.nets[host]
	h.mu.Unlock()
	if pipes == nil {
		return nil, fmt.Errorf("%s is not there", host)
	}
	return pipes.Dial(ctx, network, address)
}

// listens makes a receiver that is reached by its name.
func (h *house) listens(host string, answer http.HandlerFunc) *admissiontest.Receiver {
	r, pipes := admissiontest.NewReceiver(h.t, secret), admissiontest.NewPipes()
	r.Answers(answer)
	h.mu.Lock()
	h.nets[host] = pipes
	h.mu.Unlock()
	server := &http.Server{Handler: r}
	go func() { _ = server.Serve(pipes) }()
	h.servers = append(h.servers, server)
	return r
}

// hooked makes a webhook of a receiver.
func (h *house) hooked(url string, edit func(*admission.WebhookRow)) admission.WebhookRow {
	h.t.Helper()
	row := admission.WebhookRow{Name: "backend", URL: url, Secret: secret, Events: []string{"connection."}}
	if edit != nil {
		edit(&row)
	}
	made, err := h.gate.As("ana").AddWebhook(h.t.Context(), row)
	if err != nil {
		h.t.Fatal(err)
	}
	return made
}

// happen writes events of an instance and returns their numbers.
func (h *house) happen(id admission.InstanceID, count int) (seqs []uint64) {
	h.t.Helper()
	for range count {
		if err := h.gate.As("the game").Note(h.t.Context(), admission.EventAdmitted, id, nil); err != nil {
			h.t.Fatal(err)
		}
	}
	events, err := h.gate.Events(h.t.Context(), admission.EventFilter{NewestFirst: true, Limit: count, Instance: id, Name: "connection."})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range events {
		seqs = append(seqs, e.Seq)
	}
	slices.Reverse(seqs)
	return seqs
}

func (h *house) state(row admission.WebhookRow) wire.WebhookState {
	now, err := h.gate.Webhook(row.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.hooks.WebhookState(now)
}

// passes lets virtual time pass, and everything that happens in it happen.
func passes(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func answers(status int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
	}
}

func TestAWebhookIsToldInOrderInBatchesOfOneInstance(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		if _, err := h.gate.As("ana").CreateInstance(t.Context(), admission.DefaultSettings("other")); err != nil {
			t.Fatal(err)
		}
		r := h.listens("backend", nil)
		h.happen("main", 3) // before it was made
		hook := h.hooked("http://backend/events", nil)
		h.gate.As("ana").Note(t.Context(), admission.EventAdminLab, "main", nil)
		main, other, none := h.happen("main", 250), h.happen("other", 5), h.happen("", 2)
		passes(time.Second)
		for id, want := range map[admission.InstanceID][]uint64{"main": main, "other": other, "": none} {
			if got := r.Taken(id); !slices.Equal(got, want) {
				t.Errorf("of %q it took %v, want %v", id, got, want)
			}
		}
		for _, d := range r.Tries() {
			if len(d.Seqs) > 100 || d.WebhookID != hook.ID || d.ID != fmt.Sprintf("%s:%d-%d", hook.ID, d.Seqs[0], d.Seqs[len(d.Seqs)-1]) {
				t.Errorf("delivery %s of %s has %d events", d.ID, d.WebhookID, len(d.Seqs))
			}
		}
		is := h.state(hook)
		if is.Waiting != 0 || is.DeliveredUpTo < none[1] || is.LastError != "" || is.LastDeliveredAt == nil || len(is.Instances) != 3 {
			t.Errorf("then it stands at %+v", is)
		}
		if w := h.hooks.WaitingEvents(); w[hook.ID] != 0 || len(w) != 1 {
			t.Errorf("%v wait", w)
		}
	})
}

func TestWhatIsNotTakenIsTriedAgainEverLater(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		r := h.listens("backend", answers(http.StatusInternalServerError))
		hook := h.hooked("http://backend/", nil)
		first := h.happen("main", 1)
		passes(time.Second / 2)
		later := h.happen("main", 120)
		passes(20 * time.Minute)
		tries := r.Tries()
		for i, d := range tries {
			if !slices.Equal(d.Seqs, first) {
				t.Errorf("try %d is of %v, want %v as before", i+1, d.Seqs, first)
			}
			if i == 0 {
				continue
			}
			least := min(time.Second<<(i-1), 4*time.Minute)
			if pause := d.At.Sub(tries[i-1].At); pause < least || pause > least+least/4+time.Second/10 {
				t.Errorf("try %d comes after %s, want about %s", i+1, pause, least)
			}
		}
		if len(tries) < 11 || len(tries) > 13 {
			t.Errorf("within 20 minutes it was tried %d times", len(tries))
		}
		is := h.state(hook)
		if is.Waiting != 121 || is.Failures != len(tries) || is.NextTryAt == nil || is.LastError != "the receiver answered 500 Internal Server Error" || is.DeliveredUpTo >= first[0] {
			t.Errorf("it stands at %+v", is)
		}
		r.Answers(nil)
		passes(6 * time.Minute)
		if got := r.Taken("main"); !slices.Equal(got, append(first, later...)) {
			t.Errorf("it took %v", got)
		}
		if is = h.state(hook); is.Waiting != 0 || is.Failures != 0 || is.NextTryAt != nil {
			t.Errorf("then it stands at %+v", is)
		}
		h.stop()
		if text := h.log.String(); strings.Count(text, "\n") != 2 || strings.Contains(text, secret) {
			t.Errorf("the log tells %s", text)
		}
		if h.results[gamelink.WebhookRefused] != len(tries) || h.results[gamelink.WebhookTaken] != 3 {
			t.Errorf("the results are %v", h.results)
		}
	})
}

func TestARetryAfterIsHonouredUpToAnHour(t *testing.T) {
	for says, want := range map[string]time.Duration{
		"90": 90 * time.Second, "999999": time.Hour, "soon": time.Second, "": time.Second, "-1": time.Second,
		time.Date(2000, 1, 1, 0, 2, 0, 0, time.UTC).Format(http.TimeFormat): 119 * time.Second,
	} {
		inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
			r := h.listens("backend", answers(http.StatusServiceUnavailable, "Retry-After", says))
			h.hooked("http://backend/", nil)
			h.happen("main", 1)
			passes(want + 2*time.Second)
			tries := r.Tries()
			if len(tries) != 2 {
				t.Fatalf("after %q it was tried %d times", says, len(tries))
			}
			if pause := tries[1].At.Sub(tries[0].At); pause < want || pause > want+time.Second+time.Second/2 {
				t.Errorf("after %q it was tried again after %s", says, pause)
			}
		})
	}
}

func TestASlowReceiverDelaysNobodyElse(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		var instances []admission.InstanceID
		for i := range 10 {
			id := admission.InstanceID(fmt.Sprint("instance-", i))
			if _, err := h.gate.As("ana").CreateInstance(t.Context(), admission.DefaultSettings(id)); err != nil {
				t.Fatal(err)
			}
			instances = append(instances, id)
		}
		var flying atomic.Int64
		h.listens("slow", func(w http.ResponseWriter, r *http.Request) {
			flying.Add(1)
			<-r.Context().Done() // it never answers
			flying.Add(-1)
		})
		fast := h.listens("fast", nil)
		slow := h.hooked("http://slow/", nil)
		h.hooked("http://fast/", nil)
		began := time.Now()
		for _, id := range instances {
			h.happen(id, 3)
		}
		passes(time.Second)
		for _, id := range instances {
			if got := fast.Taken(id); len(got) != 3 {
				t.Errorf("of %s the fast one took %v", id, got)
			}
		}
		for _, d := range fast.Tries() {
			if late := d.At.Sub(began); late > time.Second/2 {
				t.Errorf("the fast one was told after %s", late)
			}
		}
		var most int64
		for range 20 {
			passes(time.Second)
			most = max(most, flying.Load()) // the receiver has heard by now of those that were given up
		}
		if most == 0 || most > 4 {
			t.Errorf("%d deliveries to the slow one were under way at a time", most)
		}
		if is := h.state(slow); is.LastError != "no answer within 10s" || is.Waiting != 30 {
			t.Errorf("the slow one stands at %+v", is)
		}
	})
}

func TestARestartResumesBehindWhatWasTaken(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		r := h.listens("backend", nil)
		hook := h.hooked("http://backend/", nil)
		first := h.happen("main", 3)
		passes(time.Second)
		r.Answers(answers(http.StatusBadGateway))
		second := h.happen("main", 3)
		passes(time.Second)
		h.stop()

		r.Answers(nil)
		h.start(storage.Options{}, h.dial)
		third := h.happen("main", 2)
		passes(time.Second)
		if got := r.Taken("main"); !slices.Equal(got, slices.Concat(first, second, third)) {
			t.Errorf("it took %v, want %v, %v and %v", got, first, second, third)
		}
		if is := h.state(hook); is.SkippedUpTo != 0 || is.Waiting != 0 {
			t.Errorf("it stands at %+v", is)
		}
	})
}

func TestAWebhookThatIsRemovedIsNotToldOfTheRest(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		ended := make(chan time.Duration, 1)
		r := h.listens("backend", func(_ http.ResponseWriter, r *http.Request) {
			began := time.Now()
			<-r.Context().Done()
			ended <- time.Since(began)
		})
		hook := h.hooked("http://backend/", nil)
		h.happen("main", 3)
		passes(time.Second)
		if err := h.gate.As("ana").RemoveWebhook(t.Context(), hook.ID); err != nil {
			t.Fatal(err)
		}
		passes(time.Minute)
		if took := <-ended; took > 2*time.Second {
			t.Errorf("the delivery was under way for %s", took)
		}
		h.happen("main", 3)
		passes(time.Minute)
		if tries := len(r.Tries()); tries != 1 {
			t.Errorf("it was tried %d times", tries)
		}
		if w := h.hooks.WaitingEvents(); len(w) != 0 {
			t.Errorf("%v wait", w)
		}
	})
}

func TestWhatHappensDuringAPauseWaits(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		r := h.listens("backend", nil)
		hook := h.hooked("http://backend/", func(w *admission.WebhookRow) { w.IsPaused = true })
		seqs := h.happen("main", 3)
		passes(10 * time.Minute)
		if is := h.state(hook); len(r.Tries()) > 0 || is.Waiting != 3 || is.NextTryAt != nil {
			t.Errorf("paused, it stands at %+v after %d tries", is, len(r.Tries()))
		}
		if _, err := h.gate.As("ana").ChangeWebhook(t.Context(), hook.ID, func(w *admission.WebhookRow) error {
			w.IsPaused = false
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		passes(time.Second)
		if got := r.Taken("main"); !slices.Equal(got, seqs) {
			t.Errorf("it took %v, want %v", got, seqs)
		}
	})
}

func TestAReceiverThatIsGonePausesItsWebhook(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		r := h.listens("backend", answers(http.StatusGone))
		hook := h.hooked("http://backend/", nil)
		h.happen("main", 3)
		passes(10 * time.Minute)
		now, err := h.gate.Webhook(hook.ID)
		if err != nil || !now.IsPaused || len(r.Tries()) != 1 {
			t.Errorf("after %d tries it is %+v, %v", len(r.Tries()), now, err)
		}
		if is := h.state(hook); is.LastError != "the receiver answered 410 Gone, so the webhook is paused" || is.Waiting != 3 {
			t.Errorf("it stands at %+v", is)
		}
		told, err := h.gate.Events(t.Context(), admission.EventFilter{Name: string(admission.EventAdminWebhookChanged)})
		if err != nil || len(told) != 1 || told[0].Data["by"] != "the receiver, by 410 Gone" {
			t.Errorf("the trail has %v, %v", told, err)
		}
	})
}

func TestEventsThatRetentionRemovedAreSkippedAndThatIsSaid(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		r := h.listens("backend", answers(http.StatusInternalServerError))
		hook := h.hooked("http://backend/", nil)
		lost := h.happen("main", 300)
		passes(time.Second)
		kept := h.happen("main", 50)
		h.disk.Retain(0, 49) // and the event of a deed or two
		passes(10 * time.Second)
		r.Answers(nil)
		passes(10 * time.Minute)
		got := r.Taken("main")
		if len(got) < 40 || !slices.Equal(got, kept[len(kept)-len(got):]) {
			t.Errorf("it took %v, want the end of %v", got, kept)
		}
		if is := h.state(hook); is.SkippedUpTo < lost[len(lost)-1] || is.SkippedUpTo >= got[0] || is.Waiting != 0 {
			t.Errorf("it stands at %+v", is)
		}
		h.stop()
		if !strings.Contains(h.log.String(), "they are skipped") {
			t.Errorf("the log tells %s", h.log)
		}
	})
}

func TestAnIdleWebhookMissesNothingThatWasNotForIt(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		r := h.listens("backend", nil)
		drained := func(w *admission.WebhookRow) { w.Events = []string{"instance.drained"} }
		hook := h.hooked("http://backend/", drained)
		h.happen("main", 300)
		passes(2 * time.Minute) // its cursor follows
		h.disk.Retain(0, 10)
		h.happen("main", 1)
		passes(time.Minute)
		h.stop()
		h.start(storage.Options{KeepEvents: 10}, h.dial)
		if err := h.gate.As("the game").Note(t.Context(), admission.EventInstanceDrained, "main", nil); err != nil {
			t.Fatal(err)
		}
		passes(time.Second)
		if is := h.state(hook); is.SkippedUpTo != 0 || len(r.Taken("main")) != 1 {
			t.Errorf("it took %v and stands at %+v", r.Taken("main"), is)
		}
	})
}

func TestNothingIsDeliveredWhileThatCannotBeWritten(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		r := h.listens("backend", nil)
		hook := h.hooked("http://backend/", nil)
		h.happen("main", 1)
		passes(time.Second)
		r.Answers(func(http.ResponseWriter, *http.Request) { h.disk.breaks(errors.New("the disk is full")) })
		seqs := h.happen("main", 2)
		passes(time.Second)
		r.Answers(nil)
		passes(time.Minute)
		if is := h.state(hook); is.Waiting != len(seqs) || is.DeliveredUpTo >= seqs[0] {
			t.Errorf("while nothing can be written it stands at %+v", is)
		}
		tries := len(r.Tries())
		if tries != 2 {
			t.Errorf("meanwhile it was tried %d times", tries)
		}
		h.disk.breaks(nil)
		passes(time.Minute)
		if got := r.Taken("main"); !slices.Equal(got[len(got)-2:], seqs) || h.state(hook).Waiting != 0 {
			t.Errorf("then it took %v and stands at %+v", got, h.state(hook))
		}
	})
}

func TestAChangeAppliesToWhatWaits(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		old := h.listens("old", answers(http.StatusNotFound))
		current := h.listens("current", nil)
		hook := h.hooked("http://old/", nil)
		seqs := h.happen("main", 3)
		passes(time.Minute)
		if _, err := h.gate.As("ana").ChangeWebhook(t.Context(), hook.ID, func(w *admission.WebhookRow) error {
			w.URL = "http://current/"
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		passes(time.Second)
		if got := current.Taken("main"); !slices.Equal(got, seqs) || len(old.Taken("main")) > 0 {
			t.Errorf("the new address took %v, want %v at once", got, seqs)
		}
	})
}

func TestAnInstanceThatComesLaterIsToldOf(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		r := h.listens("backend", answers(http.StatusBadGateway))
		h.hooked("http://backend/", nil)
		passes(2 * time.Minute)
		if _, err := h.gate.As("ana").CreateInstance(t.Context(), admission.DefaultSettings("later")); err != nil {
			t.Fatal(err)
		}
		seqs := h.happen("later", 2)
		passes(time.Second)
		h.stop()
		r.Answers(nil)
		h.start(storage.Options{}, h.dial)
		passes(time.Second)
		if got := r.Taken("later"); !slices.Equal(got, seqs) {
			t.Errorf("it took %v, want %v", got, seqs)
		}
	})
}

func TestATestTellsHowItWasTaken(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		r := h.listens("backend", nil)
		hook := h.hooked("http://backend/", func(w *admission.WebhookRow) { w.IsPaused = true })
		is, err := h.hooks.TestWebhook(t.Context(), hook)
		if err != nil || !is.IsDelivered || is.Status != 200 || is.Error != "" {
			t.Errorf("it went %+v, %v", is, err)
		}
		if got := r.Tries(); len(got) != 1 || got[0].Received[0].Event != "webhook.test" || got[0].Received[0].Seq != 0 {
			t.Errorf("it was told %+v", got)
		}
		for answer, want := range map[int]string{
			404: "the receiver answered 404 Not Found", 302: "the receiver answered 302 Found; redirects are not followed",
			410: "the receiver answered 410 Gone, so the webhook is paused", 599: "the receiver answered 599",
		} {
			r.Answers(answers(answer, "Location", "http://backend/elsewhere"))
			if is, err := h.hooks.TestWebhook(t.Context(), hook); err != nil || is.IsDelivered || is.Status != answer || is.Error != want {
				t.Errorf("an answer of %d makes %+v, %v", answer, is, err)
			}
		}
		if len(r.Tries()) != 5 {
			t.Errorf("it was asked %d times", len(r.Tries()))
		}
		hook.URL = "http://nowhere/with-a-secret-path"
		is, err = h.hooks.TestWebhook(t.Context(), hook)
		if err != nil || is.IsDelivered || is.Status != 0 || !strings.Contains(is.Error, "nowhere is not there") || strings.Contains(is.Error, "secret-path") {
			t.Errorf("to nowhere it went %+v, %v", is, err)
		}
	})
}

func TestOnlySoManyTestsAreUnderWay(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		h.listens("slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		hook := h.hooked("http://slow/", nil)
		for range 4 {
			go func() { _, _ = h.hooks.TestWebhook(context.Background(), hook) }()
		}
		synctest.Wait()
		if _, err := h.hooks.TestWebhook(t.Context(), hook); err == nil || !strings.HasPrefix(err.Error(), wire.WebhookBusy.Code) {
			t.Error(err)
		}
		passes(11 * time.Second)
		if is, err := h.hooks.TestWebhook(t.Context(), hook); err != nil || is.Error != "no answer within 10s" {
			t.Errorf("%+v, %v", is, err)
		}
	})
}

func TestWhatHappensDuringADeliveryComesNext(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		r := h.listens("backend", nil)
		h.hooked("http://backend/", nil)
		var during []uint64
		r.Answers(func(http.ResponseWriter, *http.Request) {
			r.Answers(nil)
			during = h.happen("main", 3)
			time.Sleep(time.Second)
		})
		before := h.happen("main", 1)
		passes(2 * time.Second)
		if got := r.Taken("main"); !slices.Equal(got, append(before, during...)) || len(r.Tries()) != 2 {
			t.Errorf("it took %v in %d deliveries, want %v and %v", got, len(r.Tries()), before, during)
		}
	})
}

func TestAWiderChoiceIsOfWhatHappensFromThenOn(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		r := h.listens("backend", nil)
		hook := h.hooked("http://backend/", func(w *admission.WebhookRow) { w.Events = []string{"instance.drained"} })
		passes(2 * time.Minute)
		h.happen("main", 1)
		passes(time.Second) // its cursors were written
		h.happen("main", 3) // and are not again
		passes(time.Second)
		if _, err := h.gate.As("ana").ChangeWebhook(t.Context(), hook.ID, func(w *admission.WebhookRow) error {
			w.Events = []string{"connection."}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		want := h.happen("main", 2)
		passes(time.Second)
		if got := r.Taken("main"); !slices.Equal(got, want) {
			t.Errorf("it took %v, want %v", got, want)
		}
	})
}

func TestACursorThatIsNotWrittenIsNotSaidToBe(t *testing.T) {
	inHouse(t, storage.Options{}, func(t *testing.T, h *house) {
		hook := h.hooked("http://backend/", func(w *admission.WebhookRow) { w.IsPaused = true })
		passes(time.Second)
		h.disk.breaks(errors.New("the disk is full"))
		row := admission.WebhookCursorRow{Webhook: hook.ID, Instance: "main", Seq: hook.Since + 1}
		for range 2 { // it is in memory at the second time
			if err := h.gate.MoveWebhookCursors(t.Context(), row); !errors.Is(err, gate.ErrUnavailable) {
				t.Errorf("it is said to be written: %v", err)
			}
		}
		h.disk.breaks(nil)
		passes(2 * time.Second)
		if err := h.gate.MoveWebhookCursors(t.Context(), row); err != nil {
			t.Error(err)
		}
	})
}
