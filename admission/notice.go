package admission

// NoticeCode names a notice of the server's own, so that a client can say it in the player's language.
type NoticeCode string

// The notices of the server's own.
const (
	NoticeGameServerSilent NoticeCode = "GAME_SERVER_SILENT"
	NoticeGameServerBack   NoticeCode = "GAME_SERVER_BACK"
)

var (
	gameServerSilent = Notice{
		Kind: "message", Message: "The game server does not answer. The queue waits for it.", Code: NoticeGameServerSilent,
	}
	gameServerBack = Notice{Kind: "message", Message: "The game server answers again.", Code: NoticeGameServerBack}
)

// standing is what a socket should know of an instance that does not simply run. The mode comes last: it is the
// operator's word, and stays in sight where a client shows one notice only.
func (in *Instance) standing() (notices []Notice) {
	if in.IsDown() {
		notices = append(notices, gameServerSilent)
	}
	if in.Mode == ModeDraining || in.Mode == ModeMaintenance {
		notices = append(notices, in.modeNotice())
	}
	return notices
}

func (in *Instance) modeNotice() Notice { return Notice{Kind: string(in.Mode), Message: in.Message} }

// brief tells a socket that has just attached what the others were told when it began.
func (in *Instance) brief(c *Change, conn Conn) {
	for _, n := range in.standing() {
		n.Conns = []Conn{conn}
		c.tell(n)
	}
}

// notify tells every socket.
func (in *Instance) notify(c *Change, n Notice) {
	if len(in.conns) == 0 {
		return
	}
	n.Conns = make([]Conn, 0, len(in.conns))
	for conn := range in.conns {
		n.Conns = append(n.Conns, conn)
	}
	c.tell(n)
}

// notifyMessage tells every socket the operator's message. The empty one takes back all that was told before, so what
// still holds is told again.
func (in *Instance) notifyMessage(c *Change) {
	in.notify(c, Notice{Kind: "message", Message: in.Message})
	if in.Message != "" {
		return
	}
	for _, n := range in.standing() {
		in.notify(c, n)
	}
}
