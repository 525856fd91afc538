// Command echo is a game that knows nothing of gatekeeper: whatever a player says comes back. Put behind an instance as its
// upstream, it is played through gatekeeper.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/gorilla/websocket"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9100", "address and port")
	flag.Parse()
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ws://%s/\n", l.Addr())
	log.Fatal(http.Serve(l, http.HandlerFunc(play)))
}

var upgrader = websocket.Upgrader{}

func play(w http.ResponseWriter, r *http.Request) {
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	for {
		kind, data, err := ws.ReadMessage()
		if err != nil || ws.WriteMessage(kind, data) != nil {
			return
		}
	}
}
