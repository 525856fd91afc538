package relay

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"net"
	"time"
)

// End is a connection whose handshake is over, and the reader that may hold the beginning of what follows.
type End struct {
	Conn  net.Conn
	Ahead *bufio.Reader
}

// How long each side may take for what is sent to it, and for its goodbye.
const (
	playerPatience = 10 * time.Second
	gamePatience   = 25 * time.Second
	// Farewell is how long a game that was said goodbye to may take to go.
	Farewell = time.Second
)

// Relay is a player and a game that are connected. [Relay.FromPlayer] and [Relay.FromGame] run once each, side by side;
// everything else may be called at any time.
type Relay struct {
	player, game line
	fromPlayer   pump
	fromGame     pump
}

// pinged is how a ping of ours is known by its answer.
var pinged = []byte("gatekeeper")

// New connects a player and a game. alive is called, at most once a second, when something came from the player.
func New(player, game End, alive func()) *Relay {
	r := &Relay{
		player: line{conn: player.Conn, patience: playerPatience},
		game:   line{conn: game.Conn, patience: gamePatience},
	}
	r.fromPlayer = pump{from: newSource(player.Conn, player.Ahead), to: &r.game, isPlayer: true, alive: alive}
	r.fromGame = pump{from: newSource(game.Conn, game.Ahead), to: &r.player, alive: func() {}}
	return r
}

// FromPlayer passes on what the player sends until that ends: with [Closed], [ErrTooLong], [ErrProtocol] or the line.
func (r *Relay) FromPlayer() error { return r.fromPlayer.run() }

// FromGame passes on what the game sends until that ends, in the same ways.
func (r *Relay) FromGame() error { return r.fromGame.run() }

// Ping asks the player for a sign of life, unless something is being sent to it.
func (r *Relay) Ping() error { return r.player.put(control(opPing, pinged)) }

// ClosePlayer says goodbye to the player after the frame that is being sent.
func (r *Relay) ClosePlayer(code int, text string) error {
	return r.player.end(control(opClose, goodbye(code, text)))
}

// CloseGame says goodbye to the game, which has a second to go; [Relay.FromGame] ends by then.
func (r *Relay) CloseGame(code int, text string) {
	var mask [maskSize]byte
	_, _ = rand.Read(mask[:]) // it never fails
	if err := r.game.end(masked(opClose, goodbye(code, text), mask)); err != nil {
		_ = r.game.conn.Close()
		return
	}
	_ = r.game.conn.SetReadDeadline(time.Now().Add(Farewell))
}

// Close cuts the game's connection. The player's is its owner's to close.
func (r *Relay) Close() error { return r.game.conn.Close() }

// pump passes on what one side sends.
type pump struct {
	from     *source
	to       *line
	isPlayer bool
	alive    func()

	heard   time.Time // when alive was called last
	rest    int64     // bytes that are missing of the frame at hand
	message int64     // bytes of the message so far
}

func (p *pump) run() error {
	for {
		b, err := p.from.read()
		if err != nil {
			return err
		}
		p.live()
		err = p.take(b)
		p.from.release()
		if err != nil {
			return err
		}
	}
}

func (p *pump) live() {
	if now := time.Now(); now.Sub(p.heard) >= time.Second {
		p.heard = now
		p.alive()
	}
}

// take passes on what has come, but for what is not meant for the other side, and keeps what cannot be told yet.
func (p *pump) take(b []byte) error {
	begin, at := 0, 0 // b[begin:at] is to be passed on
	for at < len(b) {
		if p.rest > 0 {
			n := min(p.rest, int64(len(b)-at))
			p.rest -= n
			at += int(n)
			continue
		}
		h, isWhole, err := parse(b[at:], p.isPlayer)
		if err != nil {
			return err
		}
		end := at + h.size + int(h.payload)
		if !isWhole || h.isControl() && end > len(b) {
			break
		}
		if !h.isControl() {
			if err := p.begin(h); err != nil {
				return err
			}
			at += h.size
			continue
		}
		passes, err := p.control(h, b[at:end])
		if !passes {
			p.pass(b[begin:at])
			begin = end
		}
		if err != nil {
			return err
		}
		at = end
	}
	p.from.keep(b[at:])
	p.pass(b[begin:at])
	return nil
}

// begin begins a frame of data.
func (p *pump) begin(h header) error {
	if h.op != 0 {
		p.message = 0
	}
	p.rest = h.payload
	if p.message += h.payload; p.message > MaxMessage {
		return ErrTooLong
	}
	return nil
}

// control looks at a frame of the line's own, and reports whether the other side is to have it. The goodbye comes as an
// error.
func (p *pump) control(h header, frame []byte) (passes bool, err error) {
	var space [mostInner]byte
	payload := inner(&space, frame, h, p.isPlayer)
	switch h.op {
	case opClose:
		return false, closed(payload)
	case opPong:
		return !bytes.Equal(payload, pinged), nil
	}
	return true, nil
}

func (p *pump) pass(b []byte) {
	if len(b) > 0 {
		p.to.pass(b, p.rest > 0)
	}
}
