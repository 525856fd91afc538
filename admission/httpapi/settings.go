package httpapi

import (
	"errors"
	"io"
	"net/http"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

// Settings are what owners may change while the server runs. Its methods may be called concurrently. Errors are problems
// of the contract, or the gate's.
type Settings interface {
	Read() wire.Settings
	// Change applies a change if check lets it, which looks at the settings as they are.
	Change(r *http.Request, by gate.Operator, change wire.SettingsChange, check func(wire.Settings) error) error
	// SetPicture replaces the logo or the background by an image; nil takes it away.
	SetPicture(r *http.Request, by gate.Operator, which string, image []byte) error
	// Ways are how players may log in now.
	Ways() wire.LogInWays
}

// Backups are the copies of the database that the server keeps.
type Backups interface {
	List() ([]wire.Backup, error)
	Make(r *http.Request) (wire.Backup, error)
	// Open returns one by its name; its error wraps fs.ErrNotExist where there is none.
	Open(name string) (io.ReadSeekCloser, error)
}

func (s *Server) showSettings(*http.Request, *principal) (answer, error) {
	settings := s.Settings.Read()
	return answer{status: http.StatusOK, body: settings, etag: etag(settings)}, nil
}

func (s *Server) changeSettings(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.SettingsChange](r)
	if err != nil {
		return answer{}, err
	}
	err = s.Settings.Change(r, s.by(p), body, func(now wire.Settings) error { return unchanged(r, now) })
	if err != nil {
		return answer{}, err
	}
	return s.showSettings(r, p)
}

// maxPicture bounds an uploaded picture, in bytes.
const maxPicture = 1 << 20

func (s *Server) setPicture(r *http.Request, p *principal) (answer, error) {
	image, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxPicture))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return answer{}, wire.TooLarge.Saying("A picture may have 1 MiB, a logo 256 KiB.")
	case err != nil || len(image) == 0:
		return answer{}, wire.Malformed.Saying("the picture cannot be read")
	}
	if err := s.Settings.SetPicture(r, s.by(p), r.PathValue("which"), image); err != nil {
		return answer{}, err
	}
	return s.showSettings(r, p)
}

func (s *Server) dropPicture(r *http.Request, p *principal) (answer, error) {
	if err := s.Settings.SetPicture(r, s.by(p), r.PathValue("which"), nil); err != nil {
		return answer{}, err
	}
	return s.showSettings(r, p)
}

func (s *Server) listBackups(*http.Request, *principal) (answer, error) {
	list, err := s.Backups.List()
	if err != nil {
		return answer{}, err
	}
	return ok(wire.Backups{Backups: append([]wire.Backup{}, list...)})
}

func (s *Server) makeBackup(r *http.Request, p *principal) (answer, error) {
	made, err := s.Backups.Make(r)
	if err != nil {
		s.Log.Error().Err(err).Msg("no backup can be made")
		return answer{}, wire.Unavailable.Saying("No backup could be made; look at the server's log.").After(2 * time.Second)
	}
	if err := s.by(p).Note(r.Context(), admission.EventAdminBackupMade, "", map[string]any{"name": made.Name, "bytes": made.Bytes}); err != nil {
		return answer{}, err
	}
	return created(made)
}
