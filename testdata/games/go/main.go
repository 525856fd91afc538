// Command go is a game server that takes gatekeeper's tickets: a player's first frame is the ticket, and whatever follows
// comes back. The API key comes from the environment, GATEKEEPER_KEY.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/gorilla/websocket"
)

// game is a room behind a door.
type game struct {
	room *room
	door door
	keys keyfunc.Keyfunc
}

func main() {
	listen := flag.String("listen", "127.0.0.1:9000", "address and port")
	gatekeeper := flag.String("gatekeeper", "http://127.0.0.1:8080", "where gatekeeper answers, which is also who signs tickets")
	instance := flag.String("instance", "main", "the instance whose game this is")
	flag.Parse()
	keys, err := keyfunc.NewDefaultCtx(context.Background(), []string{*gatekeeper + "/.well-known/jwks.json"})
	if err != nil {
		log.Fatal(err)
	}
	g := game{newRoom(), door{*gatekeeper, *instance, os.Getenv("GATEKEEPER_KEY")}, keys}
	go g.door.follow(context.Background(), g.room)
	http.HandleFunc("GET /play", g.play)
	http.HandleFunc("GET /players", g.list)
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ws://%s/play\n", l.Addr())
	log.Fatal(http.Serve(l, nil))
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }} // the ticket says who comes

// refusal is the close code of those who are not let in.
const refusal = 4401

func (g game) play(w http.ResponseWriter, r *http.Request) {
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	ws.SetReadLimit(4096)
	_ = ws.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, first, err := ws.ReadMessage()
	if err != nil {
		return
	}
	p, refused := g.admit(ws, string(first))
	if refused != "" {
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(refusal, refused), time.Now().Add(time.Second))
		return
	}
	defer g.room.leave(p)
	_ = ws.SetReadDeadline(time.Time{})
	_ = ws.WriteMessage(websocket.TextMessage, []byte("welcome, "+p.ticket.CharacterName))
	for {
		kind, data, err := ws.ReadMessage()
		if err != nil || ws.WriteMessage(kind, data) != nil {
			return
		}
	}
}

func (g game) admit(ws *websocket.Conn, text string) (p *player, refused string) {
	t, err := check(g.keys, text, g.door.url, g.door.instance)
	if err != nil {
		return nil, "ticket not good"
	}
	p = &player{t, ws}
	return p, g.room.enter(p, time.Now())
}

// list tells who plays.
func (g game) list(w http.ResponseWriter, _ *http.Request) {
	sessions := []string{}
	for _, p := range g.room.list() {
		sessions = append(sessions, p.ticket.Session)
	}
	_ = json.NewEncoder(w).Encode(sessions)
}
