package admissiontest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// Call makes a call with a token ("" = none) and a body that is sent as JSON (nil = none), and reads the whole answer.
// An error is one of the line: the program may be gone.
func (p *Program) Call(client *http.Client, method, path, token string, body any) (status int, answer []byte, err error) {
	var payload io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		payload = bytes.NewReader(data)
	}
	r, err := http.NewRequest(method, p.URL()+path, payload)
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// Dial opens an instance's socket with a token of a kind, such as sessionToken. The caller closes it.
func (p *Program) Dial(instance, kind, token string) (*websocket.Conn, error) {
	return p.DialWith(websocket.Dialer{HandshakeTimeout: 10 * time.Second}, instance, kind, token)
}

// DialWith is Dial by a dialer of the caller's.
func (p *Program) DialWith(dialer websocket.Dialer, instance, kind, token string) (*websocket.Conn, error) {
	dialer.Subprotocols, dialer.TLSClientConfig = []string{"gatekeeper.v1"}, p.Trust
	ws, response, err := dialer.Dial("ws"+strings.TrimPrefix(p.URL(), "http")+"/instances/"+instance+"/ws?"+kind+"="+token, nil)
	if err != nil && response != nil {
		return nil, fmt.Errorf("%w (%s)", err, response.Status)
	}
	return ws, err
}

// AskOn writes a request as it is given on a line, which stays open, and reads the answer's head and body.
func AskOn(line net.Conn, request string) (*http.Response, error) {
	if _, err := io.WriteString(line, request); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReaderSize(line, 512), nil)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, err
}
