package storage

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
)

// Sizes within SQLite's write-ahead log, in bytes. Source: "Database File Format", section 4, sqlite.org/fileformat2.html.
const (
	logHeaderSize   = 32
	frameHeaderSize = 24
	logMagic        = 0x377f0682 // the last bit tells the byte order of the checksums
	maxPageSize     = 64 << 10
)

// logFile is what can be told of a write-ahead log without SQLite.
type logFile struct {
	exists     bool
	isDamaged  bool   // it does not even begin like a log
	generation string // its salts; "" where nothing was ever written to it
	frames     int    // up to the last commit that is whole
}

// admit compares the log with the mark that the last process left. Error: ErrLogLost.
func (m mark) admit(path string, l logFile) error {
	name := path + "-wal"
	const remedy = "put it back as it was, or restore a backup with `gatekeeper restore FILE`"
	switch {
	case m.InUse && !l.exists:
		return fmt.Errorf("%w: %s is missing, and with it what was written last; %s", ErrLogLost, name, remedy)
	case l.isDamaged:
		return fmt.Errorf("%w: %s does not begin like a log; %s", ErrLogLost, name, remedy)
	case m.Log != "" && l.generation != "" && l.generation != m.Log && !isLater(l.generation, m.Log):
		return fmt.Errorf("%w: %s is not the log that was in use; %s", ErrLogLost, name, remedy)
	case l.frames < m.Moved && (l.generation == m.Log || m.InUse && l.generation == ""):
		return fmt.Errorf("%w: %s is sound up to frame %d only, and the database has more of it already; %s",
			ErrLogLost, name, l.frames, remedy)
	}
	return nil
}

// isLater reports whether a generation came after another: SQLite adds one to the first half of a log's salts each
// time that it starts it afresh.
func isLater(generation, than string) bool {
	later, err := strconv.ParseUint(generation[:8], 16, 32)
	if err != nil {
		return false
	}
	earlier, err := strconv.ParseUint(than[:min(8, len(than))], 16, 32)
	return err == nil && int32(uint32(later)-uint32(earlier)) > 0
}

// readLog reads the whole log. SQLite keeps no lock on it that closing it could drop.
func readLog(path string) (l logFile, err error) {
	f, err := os.Open(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return l, fmt.Errorf("look at the log: %w", err)
	}
	defer f.Close()
	l.exists = true
	header := make([]byte, logHeaderSize)
	n, err := io.ReadFull(f, header)
	switch {
	case errors.Is(err, io.EOF):
		return l, nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return l, fmt.Errorf("read the log: %w", err)
	case bytes.Count(header[:n], []byte{0}) == n:
		return l, nil // its length reached the disk before its content
	}
	sums, pageSize, isSound := readHeader(header[:n])
	if !isSound {
		l.isDamaged = true
		return l, nil
	}
	l.generation = hex.EncodeToString(header[16:24])
	l.frames, err = sums.countFrames(f, header[16:24], pageSize)
	return l, err
}

// generationOf reads only which generation the log is of.
func generationOf(path string) (string, error) {
	f, err := os.Open(path + "-wal")
	if err != nil {
		return "", fmt.Errorf("look at the log: %w", err)
	}
	defer f.Close()
	salts := make([]byte, 8)
	if _, err := f.ReadAt(salts, 16); err != nil {
		return "", fmt.Errorf("read the log: %w", err)
	}
	return hex.EncodeToString(salts), nil
}

// logSums is the running checksum of a log.
type logSums struct {
	order  binary.ByteOrder
	s0, s1 uint32
}

func (s *logSums) add(data []byte) {
	for ; len(data) >= 8; data = data[8:] {
		s.s0 += s.order.Uint32(data) + s.s1
		s.s1 += s.order.Uint32(data[4:]) + s.s0
	}
}

func (s *logSums) match(stored []byte) bool {
	return s.s0 == binary.BigEndian.Uint32(stored) && s.s1 == binary.BigEndian.Uint32(stored[4:])
}

func readHeader(header []byte) (sums logSums, pageSize int, isSound bool) {
	if len(header) < logHeaderSize {
		return sums, 0, false
	}
	magic := binary.BigEndian.Uint32(header)
	sums.order = binary.LittleEndian
	if magic&1 == 1 {
		sums.order = binary.BigEndian
	}
	sums.add(header[:24])
	pageSize = int(binary.BigEndian.Uint32(header[8:]))
	return sums, pageSize, magic&^1 == logMagic && pageSize >= 512 && pageSize <= maxPageSize && sums.match(header[24:])
}

// countFrames counts up to the last whole commit before the first frame that is not of this generation or not sound.
func (s *logSums) countFrames(r io.Reader, salts []byte, pageSize int) (committed int, err error) {
	frame := make([]byte, frameHeaderSize+pageSize)
	for n := 1; ; n++ {
		_, err := io.ReadFull(r, frame)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return committed, nil
		}
		if err != nil {
			return 0, fmt.Errorf("read the log: %w", err)
		}
		s.add(frame[:8])
		s.add(frame[frameHeaderSize:])
		if !bytes.Equal(frame[8:16], salts) || !s.match(frame[16:24]) {
			return committed, nil
		}
		if pagesAfterCommit := binary.BigEndian.Uint32(frame[4:]); pagesAfterCommit != 0 {
			committed = n
		}
	}
}
