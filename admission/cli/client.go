package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"gatekeeper/admission/wire"
)

// client speaks to a running server. Its flags are those of every command that does.
type client struct {
	Data    string `default:"./data" env:"GATEKEEPER_DATA" placeholder:"DIR" help:"Data folder of a server on this machine (${default})."`
	URL     string `placeholder:"URL" help:"Address of a server elsewhere; needs --key-file."`
	KeyFile string `placeholder:"FILE" help:"File with the key for --url."`
}

const callTimeout = 15 * time.Second

// find returns the server to speak to.
func (c client) find() (endpoint, error) {
	if c.URL == "" {
		return readEndpoint(c.Data)
	}
	if c.KeyFile == "" {
		return endpoint{}, usageError{errors.New("--url needs --key-file")}
	}
	key, err := os.ReadFile(c.KeyFile)
	if err != nil {
		return endpoint{}, fmt.Errorf("cannot read the key: %w", err)
	}
	return endpoint{URL: strings.TrimSuffix(c.URL, "/"), Key: strings.TrimSpace(string(key))}, nil
}

// open makes a call and returns its answer where the server said yes. The caller closes it.
func (c client) open(ctx context.Context, method, path string, body any) (*http.Response, error) {
	to, err := c.find()
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, to.URL+path, bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s is no address: %w", to.URL, err)
	}
	request.Header.Set("Authorization", "Bearer "+to.Key)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, c.unreachable(ctx, to, err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		defer response.Body.Close()
		return nil, refusal(response)
	}
	return response, nil
}

func (c client) unreachable(ctx context.Context, to endpoint, err error) error {
	switch {
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errors.New("interrupted")
	case c.URL == "":
		return notRunning(c.Data)
	default:
		return fmt.Errorf("%s does not answer (%w)", to.URL, err)
	}
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
