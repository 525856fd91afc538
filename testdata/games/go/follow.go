package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// door is gatekeeper as a game server sees it.
type door struct{ url, instance, key string }

// follow lets go of those whose session ends, for as long as the game runs. While gatekeeper is down the game goes on.
func (d door) follow(ctx context.Context, room *room) {
	for ctx.Err() == nil {
		if seq, err := d.settle(ctx, room); err == nil {
			_ = d.listen(ctx, seq, room)
		}
		time.Sleep(500 * time.Millisecond)
	}
}

// settle lets go of everybody who is not on the live list, and returns from where on the events go on.
func (d door) settle(ctx context.Context, room *room) (seq string, err error) {
	response, err := d.get(ctx, "/sessions", "")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var list struct {
		Seq      json.Number
		Sessions []struct{ SessionID string }
	}
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return "", err
	}
	live := map[string]bool{}
	for _, s := range list.Sessions {
		live[s.SessionID] = true
	}
	room.keep(live, time.Now())
	return list.Seq.String(), nil
}

// event is what matters of one.
type event struct{ Event, SessionID, Reason string }

// listen follows the events until the line ends, or some were missed.
func (d door) listen(ctx context.Context, seq string, room *room) error {
	response, err := d.get(ctx, "/events", seq)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if lines.Text() == "event: gap" {
			return nil
		}
		var e event
		data, isData := strings.CutPrefix(lines.Text(), "data: ")
		if isData && json.Unmarshal([]byte(data), &e) == nil && e.isEnd() {
			room.end(e.SessionID, time.Now())
		}
	}
	return lines.Err()
}

// isEnd reports whether a session is over. One whose line was lost may come back.
func (e event) isEnd() bool { return e.Event == "connection.disconnected" && e.Reason != "network" }

func (d door) get(ctx context.Context, path, last string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+"/server/instances/"+d.instance+path, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+d.key)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	response, err := http.DefaultClient.Do(r)
	if err == nil && response.StatusCode != http.StatusOK {
		response.Body.Close()
		err = fmt.Errorf("%s is answered %s", path, response.Status)
	}
	return response, err
}
