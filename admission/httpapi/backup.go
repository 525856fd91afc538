package httpapi

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"gatekeeper/admission/wire"
)

// backup sends a copy of the database. Its length is told first, so that a reader knows when it was cut short.
func (s *Server) backup(w http.ResponseWriter, r *http.Request) error {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(copyPatience))
	file, err := s.Backup(r.Context())
	if err != nil {
		s.Log.Error().Err(err).Msg("no copy can be made")
		return wire.Unavailable
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
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
