package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"gatekeeper/admission/certificate"
	"gatekeeper/admission/wire"
)

// target is a running server. Its flags are those of every command that speaks to one.
type target struct {
	Data        string `default:"./data" env:"GATEKEEPER_DATA" placeholder:"DIR" help:"Data folder of a server on this machine (${default})."`
	URL         string `placeholder:"URL" help:"Address of a server elsewhere."`
	Fingerprint string `placeholder:"SHA256" help:"Trust --url by the fingerprint of its self-made certificate, and no other."`
}

// client speaks to a running server as an operator.
type client struct {
	target
	KeyFile string `placeholder:"FILE" help:"File with the key for --url, which needs one."`
}

const callTimeout = 15 * time.Second

// impatient bounds what comes before an answer; a stream that goes on for long may then do so.
func impatient(patience time.Duration, trust *tls.Config) *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: patience}).DialContext,
		TLSHandshakeTimeout:   patience,
		TLSClientConfig:       trust,
		ResponseHeaderTimeout: patience,
		DisableKeepAlives:     true, // a command makes one call
	}}
}

// find returns the server to speak to.
func (c client) find() (endpoint, error) {
	if c.URL == "" {
		return readEndpoint(c.Data)
	}
	if c.KeyFile == "" {
		return endpoint{}, usageError{errors.New("--url needs --key-file")}
	}
	if err := c.checkURL(); err != nil {
		return endpoint{}, usageError{err}
	}
	key, err := readAtMost(c.KeyFile, maxConfig)
	if err != nil {
		return endpoint{}, fmt.Errorf("cannot read the key: %w", err)
	}
	pinned, err := c.pinned()
	return endpoint{URL: strings.TrimSuffix(c.URL, "/"), Key: strings.TrimSpace(string(key)), pinned: pinned}, err
}

// pinned is how to speak TLS with a server that is known by its fingerprint; nil = as the system trusts.
func (c target) pinned() (*tls.Config, error) {
	if c.Fingerprint == "" {
		return nil, nil
	}
	sum, err := certificate.ParseFingerprint(c.Fingerprint)
	if err != nil {
		return nil, usageError{fmt.Errorf("--fingerprint: %w", err)}
	}
	return certificate.Pinned(sum), nil
}

func (c target) checkURL() error {
	if u, err := url.Parse(c.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("--url %q must be an address such as https://play.example.org", c.URL)
	}
	return nil
}

// open makes a call and returns its answer where the server said yes. The caller closes it.
func (c client) open(ctx context.Context, method, path string, body any) (*http.Response, error) {
	return c.openWithin(ctx, callTimeout, method, path, body)
}

// openWithin is open with another patience for the beginning of the answer.
func (c client) openWithin(ctx context.Context, patience time.Duration, method, path string, body any) (*http.Response, error) {
	to, err := c.find()
	if err != nil {
		return nil, err
	}
	request, err := newRequest(ctx, method, to.URL+path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+to.Key)
	trust, err := to.trust()
	if err != nil {
		return nil, err
	}
	response, err := impatient(patience, trust).Do(request)
	if err != nil {
		return nil, c.unreachable(ctx, to.URL, patience, err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		defer response.Body.Close()
		return nil, refusal(response)
	}
	return response, nil
}

// newRequest leaves the body out where there is none: a server sees a client go only when the body is read.
func newRequest(ctx context.Context, method, address string, body any) (*http.Request, error) {
	if body == nil {
		return http.NewRequestWithContext(ctx, method, address, nil)
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	return request, nil
}

func (c target) unreachable(ctx context.Context, address string, patience time.Duration, err error) error {
	var network net.Error
	var detail *url.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return errors.New("interrupted")
	case errors.As(err, &network) && network.Timeout():
		return fmt.Errorf("%s gave no answer within %s; look at the server's log", address, patience)
	case c.URL == "":
		return notRunningError{c.Data}
	case errors.As(err, &detail):
		err = detail.Err // without the method and the path
	}
	return fmt.Errorf("%s cannot be reached (%w); check --url, and that the server runs", address, err)
}

func refusal(response *http.Response) error {
	var p wire.Problem
	if json.NewDecoder(io.LimitReader(response.Body, 64<<10)).Decode(&p) != nil || p.Title == "" {
		return fmt.Errorf("the server answered %s", response.Status)
	}
	if p.Detail != "" {
		return errors.New(p.Detail)
	}
	return errors.New(p.Title)
}

// call makes a call and decodes its answer.
func call[T any](w world, c client, method, path string, body any) (answer T, err error) {
	ctx, cancel := context.WithTimeout(w.ctx, callTimeout)
	defer cancel()
	response, err := c.open(ctx, method, path, body)
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNoContent {
		return answer, nil
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return answer, fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	return answer, nil
}

// printJSON writes a value for programs.
func printJSON(w world, value any) error {
	encoder := json.NewEncoder(w.stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// do makes a call whose answer is only yes or no.
func do(w world, c client, method, path string, body any) error {
	_, err := call[struct{}](w, c, method, path, body)
	return err
}

// table writes rows for people, in columns under a header.
func table(w world, header string, rows func(row func(cells ...any))) error {
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, header)
	rows(func(cells ...any) {
		texts := make([]string, len(cells))
		for i, cell := range cells {
			texts[i] = fmt.Sprint(cell)
		}
		fmt.Fprintln(t, strings.Join(texts, "\t"))
	})
	return t.Flush()
}

// everyPage reads a list that comes in pages.
func everyPage[T, R any](w world, c client, path string, query url.Values, rows func(T) ([]R, int)) (all []R, err error) {
	for {
		query.Set("limit", "500")
		query.Set("offset", fmt.Sprint(len(all)))
		answer, err := call[T](w, c, http.MethodGet, path+"?"+query.Encode(), nil)
		if err != nil {
			return nil, err
		}
		page, total := rows(answer)
		if all = append(all, page...); len(page) == 0 || len(all) >= total {
			return all, nil
		}
	}
}

// atTime writes a time for people; nil = never.
func atTime(t *wire.Time) string {
	if t == nil {
		return "-"
	}
	return time.Time(*t).Local().Format(time.DateTime)
}
