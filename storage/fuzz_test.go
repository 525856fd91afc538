package storage

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
)

// hangs is after how long a start is taken for one that never ends.
const hangs = 30 * time.Second

// refusals are all that a file may be refused with.
var refusals = []error{ErrNotOurs, ErrNewer, ErrCorrupt, ErrLogLost, ErrMissing}

// folder is the content of a data folder, by the names of its files.
type folder map[string][]byte

// left reads what a folder has.
func left(t testing.TB, dir string) folder {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := folder{}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			found[entry.Name()] = read(t, filepath.Join(dir, entry.Name()))
		}
	}
	return found
}

// put writes the files into a new folder and returns the path of its database.
func (c folder) put(t testing.TB) (path string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range c {
		write(t, filepath.Join(dir, name), content)
	}
	return filepath.Join(dir, "gatekeeper.db")
}

// spoiled writes the edits over a copy of the content: each is an offset of 3 bytes, a length and that many bytes. A
// length of cutHere ends the content there.
func spoiled(content, edits []byte) []byte {
	const cutHere = 0xff
	content = bytes.Clone(content)
	for len(edits) >= 4 && len(content) > 0 {
		at := int(binary.BigEndian.Uint32(edits)>>8) % len(content)
		length := int(edits[3])
		edits = edits[4:]
		if length == cutHere {
			content = content[:at]
			continue
		}
		length = min(length, len(edits))
		copy(content[at:], edits[:length])
		edits = edits[length:]
	}
	return content
}

// FuzzRestore spoils a backup's bytes, or a value in it where SQLite sees nothing wrong, and restores it in the place of
// another database: that one stays as it is to the byte, or is kept and a start finds out about the new one.
func FuzzRestore(f *testing.F) {
	backup, existing := made(f, everything()...), made(f, testInstanceAlone)
	columns := columnsOf(f, backup)
	f.Fuzz(func(t *testing.T, edits []byte, column uint16, value []byte, isText bool) {
		path, from := existing.put(t), filepath.Join(t.TempDir(), "backup.db")
		write(t, from, spoiled(backup["gatekeeper.db"], edits))
		if column > 0 && len(edits) == 0 {
			spoilValue(t, from, columns[int(column)%len(columns)], value, isText)
		}
		watch := time.AfterFunc(hangs, func() { panic("a restore never ends") })
		defer watch.Stop()
		kept, err := Restore(path, from)
		if err != nil {
			isRefusal(t, err)
			sameFiles(t, left(t, filepath.Dir(path)), existing)
			return
		}
		if !bytes.Equal(read(t, filepath.Join(kept, "gatekeeper.db")), existing["gatekeeper.db"]) {
			t.Error("what was replaced is not what was there")
		}
		starts(t, path)
	})
}

// FuzzDataFolder spoils the database, its log or its mark after a crash: a start refuses it and leaves it alone, or goes
// on with what is sound. One that says to be of an older version is copied before it turns out to be none.
func FuzzDataFolder(f *testing.F) {
	crashed := crashedFolder(f)
	names := []string{"gatekeeper.db", "gatekeeper.db-wal", lockName}
	f.Fuzz(func(t *testing.T, which uint8, edits []byte) {
		name, files := names[int(which)%len(names)], folder{}
		for each, content := range crashed {
			files[each] = content
		}
		files[name] = spoiled(files[name], edits)
		path := files.put(t)
		watch := time.AfterFunc(hangs, func() { panic("a start never ends") })
		defer watch.Stop()
		if starts(t, path) {
			return
		}
		if copies, _ := filepath.Glob(path + ".v*"); len(copies) == 0 {
			sameFiles(t, left(t, filepath.Dir(path)), files)
		}
	})
}

// made is the folder of a database with the records that was closed in order.
func made(f *testing.F, records ...admission.Record) folder {
	f.Helper()
	path := newPath(f)
	s := open(f, path)
	commit(f, s, records...)
	closeStore(f, s)
	return left(f, filepath.Dir(path))
}

// crashedFolder is what a killed process leaves: a log that was not moved into the file.
func crashedFolder(f *testing.F) folder {
	f.Helper()
	path := newPath(f)
	s := open(f, path)
	commit(f, s, everything()...)
	found := left(f, filepath.Dir(path))
	delete(found, "gatekeeper.db-shm") // it holds no data
	return found
}

// columnsOf are all columns, as UPDATE takes them.
func columnsOf(f *testing.F, files folder) (statements []string) {
	f.Helper()
	db := directly(f, files.put(f))
	rows, err := db.Query(`SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table' ORDER BY 1, 2`)
	if err != nil {
		f.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			f.Fatal(err)
		}
		statements = append(statements, fmt.Sprintf(`UPDATE OR IGNORE %q SET %q = ?`, table, column))
	}
	return statements
}

func directly(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=ignore_check_constraints(ON)&_pragma=foreign_keys(OFF)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// spoilValue sets a column of every row, past every check that SQLite can be told to leave out.
func spoilValue(t *testing.T, path, statement string, value []byte, isText bool) {
	t.Helper()
	db := directly(t, path)
	var argument any = value
	switch {
	case isText:
		argument = string(value)
	case len(value) <= 8:
		argument = int64(binary.BigEndian.Uint64(append(make([]byte, 8-len(value)), value...)))
	}
	if _, err := db.Exec(statement, argument); err != nil {
		return // of another type than the column: the tables are strict
	}
	if err := errors.Join(db.Close()); err != nil {
		t.Fatal(err)
	}
}

// starts opens the database and the gate on it, as serve does, and reports whether the database was taken.
func starts(t *testing.T, path string) (isOpen bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangs)
	defer cancel()
	s, err := Open(path, readSchema(t), Options{Normal: true})
	if err != nil {
		isRefusal(t, err)
		return false
	}
	g := gate.New(gate.Config{Store: s, FoldName: auth.FoldName})
	if err := g.Start(ctx); err != nil {
		isOneLine(t, err)
	} else {
		// A table whose own rules were edited is taken, and may then refuse rows: that freezes attempts, and is told.
		stopped, done := context.WithTimeout(ctx, 2*time.Second)
		defer done()
		if err := g.Stop(stopped); err != nil {
			isOneLine(t, err)
		}
	}
	if err := s.Close(); err != nil {
		isOneLine(t, err)
	}
	return true
}

func isRefusal(t *testing.T, err error) {
	t.Helper()
	isOneLine(t, err)
	for _, known := range refusals {
		if errors.Is(err, known) {
			return
		}
	}
	t.Errorf("it is refused with %v", err)
}

func isOneLine(t *testing.T, err error) {
	t.Helper()
	if strings.Contains(err.Error(), "\n") || len(err.Error()) > 1<<10 {
		t.Errorf("it is told in more than a line: %v", err)
	}
}

// sameFiles tells where a refused folder was written to. The index of a log is made anew by any look at it.
func sameFiles(t *testing.T, got, want folder) {
	t.Helper()
	delete(got, "gatekeeper.db-shm")
	for name, content := range got {
		if was, isThere := want[name]; !isThere || !bytes.Equal(content, was) {
			t.Errorf("%s was written to", name)
		}
	}
	for name := range want {
		if _, isThere := got[name]; !isThere {
			t.Errorf("%s is gone", name)
		}
	}
}
