package httpapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"math"
	"mime"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/identity"
	"gatekeeper/admission/wire"
)

const maxBody = 64 << 10

// answer is a status and a body; a nil body is none.
type answer struct {
	status int
	body   any
	etag   string       // "" = it has none
	cookie *http.Cookie // nil = none is set
}

func ok(body any) (answer, error)      { return answer{status: http.StatusOK, body: body}, nil }
func created(body any) (answer, error) { return answer{status: http.StatusCreated, body: body}, nil }
func noContent() (answer, error)       { return answer{status: http.StatusNoContent}, nil }

// public serves a call that anybody may make.
func (s *Server) public(call func(*http.Request) (answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, err := call(r)
		s.reply(w, r, a, err)
	}
}

// player serves a call that needs a live player token. Dead tokens are limited by address.
func (s *Server) player(call func(*http.Request, *gate.Account) (answer, error)) http.HandlerFunc {
	return s.public(func(r *http.Request) (answer, error) {
		account, err := s.authenticate(r)
		if err != nil {
			return answer{}, err
		}
		a, err := call(r, account)
		if errors.Is(err, gate.ErrUnknownAccount) { // it was deleted meanwhile, and its tokens with it
			err = wire.Unauthenticated
		}
		return a, err
	})
}

// authenticate finds out which player asks: by a token of ours, or by one of whoever else vouches for players.
func (s *Server) authenticate(r *http.Request) (*gate.Account, error) {
	token := bearer(r)
	if token == "" {
		return nil, s.deny(r, wire.Unauthenticated)
	}
	hash := admission.HashToken(token)
	if account := s.Gate.Authenticate(hash); account != nil {
		return account, nil
	}
	if s.Identity != nil && identity.Looks(token) {
		return s.vouched(r, token, hash)
	}
	return nil, s.deny(r, wire.Unauthenticated)
}

// vouched counts a token that is not good against its address, unless that is for want of the provider's keys.
func (s *Server) vouched(r *http.Request, token string, hash admission.TokenHash) (*gate.Account, error) {
	player, err := s.Identity.Verify(r.Context(), token)
	switch {
	case errors.Is(err, identity.ErrNoKeys):
		return nil, wire.ProviderSilent.After(providerRetry)
	case err != nil:
		return nil, s.deny(r, wire.Unauthenticated)
	}
	account, err := s.Gate.Vouched(r.Context(), hash, player.Issuer, player.Subject, cmp.Or(player.Name, "Player"))
	if errors.Is(err, gate.ErrTokenEnded) {
		return nil, s.deny(r, wire.Unauthenticated)
	}
	return account, err
}

// providerRetry is when a player whose token could not be judged may come again.
const providerRetry = 5 * time.Second

func bearer(r *http.Request) string {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// decode reads a JSON body. Unknown fields are ignored, malformed ones refused.
func decode[T any](r *http.Request) (T, error) {
	var body T
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return body, wire.NotJSON
	}
	data, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return body, wire.TooLarge
	case err != nil:
		return body, wire.Malformed.Saying("the body cannot be read")
	}
	if err := unmarshal(data, &body); err != nil {
		return body, wire.Malformed.Saying(err.Error())
	}
	return body, nil
}

// page reads which part of a list is asked for: offset and limit, 100 unless it says otherwise, at most most.
func page(r *http.Request, most int) (offset, limit int, err error) {
	from, err := number(r.URL.Query().Get("offset"))
	if err != nil {
		return 0, 0, wire.Malformed.Saying("offset must be a whole number")
	}
	n, err := number(r.URL.Query().Get("limit"))
	if err != nil || n > uint64(most) {
		return 0, 0, wire.Malformed.Saying("limit must be a whole number up to " + strconv.Itoa(most))
	}
	return int(min(from, math.MaxInt32)), int(cmp.Or(n, min(100, uint64(most)))), nil
}

func number(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	return strconv.ParseUint(s, 10, 63)
}

func (s *Server) reply(w http.ResponseWriter, r *http.Request, a answer, err error) {
	if err != nil {
		p := s.problem(r, err)
		if p.RetryAfter > 0 {
			retryAfter(w, wire.Seconds(p.RetryAfter))
		}
		write(w, "application/problem+json", p.Status, p)
		if p.Code == wire.Busy.Code {
			s.holdBack(w, r)
		}
		return
	}
	if a.etag != "" {
		w.Header().Set("ETag", a.etag)
	}
	if a.cookie != nil {
		http.SetCookie(w, a.cookie)
	}
	write(w, "application/json", a.status, a.body)
}

func write(w http.ResponseWriter, contentType string, status int, body any) {
	h := w.Header()
	if body == nil {
		w.WriteHeader(status)
		return
	}
	text := takeBuffer()
	defer giveBuffer(text)
	if err := json.NewEncoder(text).Encode(body); err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(text.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes())
}

// buffers are for bodies that are read or written.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func takeBuffer() *bytes.Buffer {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

// giveBuffer keeps a buffer for the next body, but none that a long list has made large.
func giveBuffer(b *bytes.Buffer) {
	if b.Cap() <= maxBody {
		buffers.Put(b)
	}
}

// retryAfter tells whole seconds, rounded up, so that nobody comes too early.
func retryAfter(w http.ResponseWriter, seconds float64) {
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(seconds))))
}

func (s *Server) otherMethod(allowed []string) http.HandlerFunc {
	slices.Sort(allowed)
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		s.reply(w, r, answer{}, wire.MethodNotAllowed)
	}
}

// recovering turns a panic into an answer, and keeps its stack inside.
func (s *Server) recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			trouble := recover()
			if trouble == http.ErrAbortHandler {
				panic(trouble) // meant: the connection is cut
			}
			if trouble != nil {
				s.Log.Error().Interface("panic", trouble).Str("path", r.URL.Path).Bytes("stack", debug.Stack()).Msg("a request failed")
				s.reply(w, r, answer{}, wire.Internal)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func baseContext(ctx context.Context) func(net.Listener) context.Context {
	return func(net.Listener) context.Context { return ctx }
}

// quietLog is for what anybody can bring about without end, broken handshakes say.
func quietLog(logger zerolog.Logger) *log.Logger { return log.New(debugLines{logger}, "", 0) }

type debugLines struct{ zerolog.Logger }

// Write implements io.Writer.
func (l debugLines) Write(line []byte) (int, error) {
	l.Debug().Str("from", "http").Msg(string(bytes.TrimSpace(line)))
	return len(line), nil
}
