package admissiontest

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/storage"
)

// Player is somebody who has an account, an active character and a player token, without the work of a log-in.
type Player struct {
	Name      string
	Account   admission.AccountID
	Character admission.CharacterID
	Token     string // of the account
}

// Seed writes n players and the instance main with that many seats and queue places into the database, which no program
// may hold. more returns further rows of a player; nil = none.
func Seed(t testing.TB, path, schema string, n, capacity, queueMax int, more func(i int, p Player) []admission.Record) []Player {
	t.Helper()
	// A process that another test begins meanwhile would have the lock file open, too, until it is that program.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	store, err := storage.Open(path, schema, storage.Options{Normal: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	main := admission.DefaultSettings("main")
	main.Capacity, main.QueueMax, main.CreatedAt = capacity, queueMax, time.Now()
	records := []admission.Record{admission.PutInstance{Settings: main}}
	players := make([]Player, n)
	for i := range players {
		players[i] = player(i)
		records = append(records, players[i].rows()...)
		if more != nil {
			records = append(records, more(i, players[i])...)
		}
	}
	if err := store.Commit(records, nil, nil); err != nil {
		t.Fatal(err)
	}
	return players
}

func player(i int) Player {
	return Player{
		Name: fmt.Sprintf("player-%05d", i), Account: admission.AccountID(fmt.Sprintf("account-%05d", i)),
		Character: admission.CharacterID(fmt.Sprintf("character-%05d", i)), Token: fmt.Sprintf("token-%05d", i),
	}
}

func (p Player) rows() []admission.Record {
	now := time.Now()
	return []admission.Record{
		admission.PutAccount{Row: admission.AccountRow{ID: p.Account, Name: p.Name, Active: p.Character, CreatedAt: now}},
		admission.PutCharacter{Row: admission.CharacterRow{ID: p.Character, Account: p.Account, Name: p.Name, CreatedAt: now}},
		admission.PutToken{Row: admission.TokenRow{
			Hash: admission.HashToken(p.Token), Account: p.Account, ExpiresAt: now.Add(24 * time.Hour),
		}},
	}
}
