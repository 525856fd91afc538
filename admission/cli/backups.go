package cli

import (
	"io"
	"net/http"

	"gatekeeper/admission/wire"
	"gatekeeper/storage"
)

// backups are the copies that the server keeps, as the door knows them.
type backups struct {
	store    *storage.Store
	schedule func() storage.Schedule
}

// List implements httpapi.Backups.
func (b backups) List() (told []wire.Backup, err error) {
	list, err := b.store.Backups()
	for _, found := range list {
		told = append(told, backupView(found))
	}
	return told, err
}

// Make implements httpapi.Backups.
func (b backups) Make(*http.Request) (wire.Backup, error) {
	made, err := b.store.BackUpNow(b.schedule())
	return backupView(made), err
}

// Open implements httpapi.Backups.
func (b backups) Open(name string) (io.ReadSeekCloser, error) { return b.store.OpenBackup(name) }

func backupView(b storage.Backup) wire.Backup {
	return wire.Backup{Name: b.Name, Taken: wire.Time(b.Taken), Bytes: b.Bytes}
}
