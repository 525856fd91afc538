package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

const (
	// castLimit bounds the making of all players.
	castLimit = 10 * time.Minute
	// castHands is how many are made at a time: a server hashes only as many passwords at once as it has cores, and lets the
	// others wait for 5 s.
	castHands = 8
	// maxShare is how many characters an account may have.
	maxShare = 20
)

// Errors of a load test that cannot have its players.
var (
	ErrNoWayIn     = errors.New("the server makes no accounts for strangers; name existing ones with --accounts FILE, or let the server have --auth guest or --auth local")
	ErrTooFew      = errors.New("there are fewer accounts than players")
	ErrCastTooLong = errors.New("it takes too long to make the players, because the server limits new accounts by address; raise its --limit-private (or --limit-internet, from elsewhere), ask for fewer players, or name existing accounts with --accounts FILE")
)

// cast makes the players of a load test, by the doors that are open to everybody: guests where there are guests, else
// local accounts. When the server makes no more accounts for this address, players share those that there are, as further
// characters of them; when these are full they wait as long as they are told to.
type cast struct {
	client *Client
	name   string             // what the names of accounts begin with
	given  []wire.Credentials // accounts that there are already; none = they are made
	path   string             // where accounts are made
	named  atomic.Int64       // how many names were used

	mu        sync.Mutex // guards everything below
	players   []Account  // made, and not on stage yet
	made      int        // of the players
	accounts  []shared
	closed    time.Time // until then the server makes no accounts
	throttled int
}

// shared is an account that was made, and how many characters it has or is about to have.
type shared struct {
	token      string
	characters int
}

func newCast(client *Client, given []wire.Credentials) *cast {
	return &cast{client: client, given: given, name: "load-" + uuid.NewString()[:8]}
}

// make makes n players, which takes castLimit at most. Errors: [ErrNoWayIn], [ErrTooFew], [ErrCastTooLong], what the
// server said, or that ctx ended.
func (c *cast) make(ctx context.Context, n int) error {
	if err := c.chooseWay(ctx, n); err != nil {
		return err
	}
	limited, cancel := context.WithTimeoutCause(ctx, castLimit, ErrCastTooLong)
	defer cancel()
	hurried, fail := context.WithCancelCause(limited)
	defer fail(nil)
	next := make(chan int)
	var hands sync.WaitGroup
	for range min(castHands, n) {
		hands.Go(func() {
			for i := range next {
				if err := c.makeOne(hurried, i); err != nil {
					fail(err) // only the first counts
				}
			}
		})
	}
	for i := 0; i < n && hurried.Err() == nil; i++ {
		next <- i
	}
	close(next)
	hands.Wait()
	return context.Cause(hurried)
}

func (c *cast) chooseWay(ctx context.Context, n int) error {
	if len(c.given) > 0 {
		if len(c.given) < n {
			return fmt.Errorf("%w: %d for %d", ErrTooFew, len(c.given), n)
		}
		return nil
	}
	var ways wire.AuthConfig
	if err := c.client.ask(ctx, http.MethodGet, "/auth/config", "", nil, &ways); err != nil {
		return err
	}
	switch {
	case ways.Guests:
		c.path = "/auth/guest"
	case ways.Local:
		c.path = "/auth/register"
	default:
		return ErrNoWayIn
	}
	return nil
}

// makeOne makes the i-th player, who has the i-th account if there are any. While the server says later it comes again, until ctx ends.
func (c *cast) makeOne(ctx context.Context, i int) error {
	for {
		player, err := c.tryOne(ctx, i)
		var later wire.Problem
		switch {
		case err == nil:
			c.isMade(player)
			return nil
		case !errors.As(err, &later) || later.Status != http.StatusTooManyRequests && later.Status != http.StatusServiceUnavailable:
			return err
		}
		if !pause(ctx, c.isThrottled(later)) {
			return context.Cause(ctx)
		}
	}
}

func (c *cast) isMade(player Account) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.players = append(c.players, player)
	c.made++
}

// isThrottled notes that the server said later, and returns how long to wait: not at all, where an account has room.
func (c *cast) isThrottled(later wire.Problem) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait := min(max(later.RetryAfter, minRetry), maxRetry)
	if later.Status != http.StatusTooManyRequests {
		return wait
	}
	c.throttled++
	c.closed = time.Now().Add(wait)
	if len(c.given) == 0 && slices.ContainsFunc(c.accounts, shared.hasRoom) {
		return 0
	}
	return wait
}

func (s shared) hasRoom() bool { return s.characters < maxShare }

func (c *cast) tryOne(ctx context.Context, i int) (Account, error) {
	if len(c.given) > 0 {
		return c.logIn(ctx, c.given[i])
	}
	name := fmt.Sprintf("%s-%d", c.name, c.named.Add(1))
	if token := c.share(); token != "" {
		return c.newCharacter(ctx, token, name)
	}
	var login wire.Login
	password := uuid.NewString() // nobody comes back by it
	if err := c.client.ask(ctx, http.MethodPost, c.path, "", wire.Credentials{Name: name, Password: password}, &login); err != nil {
		return Account{}, err
	}
	c.mu.Lock()
	c.accounts = append(c.accounts, shared{login.Token, 1})
	c.mu.Unlock()
	return c.newCharacter(ctx, login.Token, name)
}

// share returns the account with the fewest characters for one more, if accounts cannot be made now and it has room;
// "" = make one.
func (c *cast) share() (token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.accounts) == 0 || !time.Now().Before(c.closed) {
		return ""
	}
	least := &c.accounts[0]
	for i := range c.accounts {
		if c.accounts[i].characters < least.characters {
			least = &c.accounts[i]
		}
	}
	if !least.hasRoom() {
		return ""
	}
	least.characters++
	return least.token
}

func (c *cast) newCharacter(ctx context.Context, token, name string) (Account, error) {
	var made wire.Character
	err := c.client.ask(ctx, http.MethodPost, "/characters", token, wire.CharacterName{Name: name}, &made)
	return Account{Token: token, Character: made.CharacterID}, err
}

// logIn makes a player of an account that there is: with its first character that may play, or a new one.
func (c *cast) logIn(ctx context.Context, who wire.Credentials) (Account, error) {
	var login wire.Login
	if err := c.client.ask(ctx, http.MethodPost, "/auth/login", "", who, &login); err != nil {
		return Account{}, fmt.Errorf("%s cannot log in: %w", who.Name, err)
	}
	var me wire.Me
	if err := c.client.ask(ctx, http.MethodGet, "/me", login.Token, nil, &me); err != nil {
		return Account{}, err
	}
	if i := slices.IndexFunc(me.Characters, func(ch wire.Character) bool { return !ch.Suspended }); i >= 0 {
		return Account{Token: login.Token, Character: me.Characters[i].CharacterID}, nil
	}
	return c.newCharacter(ctx, login.Token, who.Name)
}

// enrol sends the next player on stage.
func (c *cast) enrol(context.Context, string) (token string, character admission.CharacterID, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.players) == 0 {
		return "", "", ErrTooFew
	}
	player := c.players[0]
	c.players = c.players[1:]
	return player.Token, player.Character, nil
}

func (c *cast) report(took time.Duration) ReportPreparation {
	c.mu.Lock()
	defer c.mu.Unlock()
	accounts := len(c.accounts)
	if len(c.given) > 0 {
		accounts = c.made
	}
	return ReportPreparation{TookSeconds: inSeconds(took), Accounts: accounts, Throttled: c.throttled}
}
