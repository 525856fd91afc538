package httpapi

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// backup sends a copy of the database that is made now.
func (s *Server) backup(w http.ResponseWriter, r *http.Request, p *principal) error {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(copyPatience))
	file, err := s.Backup(r.Context())
	if err != nil {
		s.Log.Error().Err(err).Msg("no copy can be made")
		return wire.Unavailable
	}
	defer file.Close()
	if err := s.by(p).Note(r.Context(), admission.EventAdminBackupTaken, "", nil); err != nil {
		s.Log.Warn().Err(err).Msg("that a backup was taken could not be written down")
	}
	return sendCopy(w, file)
}

// downloadBackup sends one that the server keeps.
func (s *Server) downloadBackup(w http.ResponseWriter, r *http.Request, p *principal) error {
	name := r.PathValue("name")
	file, err := s.Backups.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return wire.UnknownBackup
	case err != nil:
		return err
	}
	defer file.Close()
	if err := s.by(p).Note(r.Context(), admission.EventAdminBackupTaken, "", map[string]any{"name": name}); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return sendCopy(w, file)
}

// sendCopy tells the length first, so that a reader knows when it was cut short.
func sendCopy(w http.ResponseWriter, file io.ReadSeeker) error {
	control := http.NewResponseController(w)
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.sqlite3")
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(http.StatusOK)
	for sent := int64(0); sent < size; {
		_ = control.SetWriteDeadline(time.Now().Add(streamPatience))
		n, err := io.CopyN(w, file, min(copyChunk, size-sent))
		if sent += n; err != nil {
			panic(http.ErrAbortHandler) // a copy that was cut short must not look complete
		}
	}
	return nil
}

const (
	// copyPatience bounds the making of the copy, which takes about ten seconds for a gigabyte.
	copyPatience = 10 * time.Minute
	copyChunk    = 1 << 20
)
