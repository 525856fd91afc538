package storage

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed migrations
var migrationFiles embed.FS

// migration leads from the version before its own to its own.
type migration struct {
	version int
	name    string
	script  string
}

// newest is the version that schema.sql has: version 1 is schema.sql as it was first released, and each
// migration adds one.
func newest(steps []migration) int { return len(steps) + 1 }

// readMigrations reads the numbered files in order.
func readMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted
	if err != nil {
		return nil, fmt.Errorf("list the migrations: %w", err)
	}
	var steps []migration
	for _, name := range names {
		number, _, _ := strings.Cut(filepath.Base(name), "_")
		version, err := strconv.Atoi(number)
		if want := newest(steps) + 1; err != nil || version != want {
			return nil, fmt.Errorf("migration %s should have number %04d", name, want)
		}
		script, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read migration %s: %w", name, err)
		}
		steps = append(steps, migration{version: version, name: name, script: string(script)})
	}
	return steps, nil
}

// migrate brings the file from a version to the newest in one transaction: an empty one by the schema, an older one
// by the migrations it lacks, after a backup.
func migrate(path string, version int, schema string, steps []migration) (err error) {
	if version == newest(steps) {
		return nil
	}
	db, err := connect(path, migrateOptions, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	missing := []migration{{version: newest(steps), name: "schema.sql", script: schema}}
	if version > 0 {
		missing = steps[version-1:]
		if err := backUpFirst(db, fmt.Sprintf("%s.v%d", path, version)); err != nil {
			return fmt.Errorf("back up before migrating: %w", err)
		}
	}
	if err := apply(db, missing); err != nil {
		return fmt.Errorf("bring %s from version %d to %d: %w", path, version, newest(steps), err)
	}
	return nil
}

func backUpFirst(db *sql.DB, name string) error {
	conn, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	return errors.Join(copyTo(context.Background(), conn, name), conn.Close())
}

func apply(db *sql.DB, steps []migration) error {
	ctx := context.Background()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit there is nothing to take back
	for _, step := range steps {
		version := fmt.Sprintf("PRAGMA user_version = %d", step.version)
		if _, err := tx.ExecContext(ctx, step.script+"\n;"+version); err != nil {
			return fmt.Errorf("apply %s: %w", step.name, err)
		}
	}
	if _, err := identify(tx); err != nil {
		return fmt.Errorf("look at the result: %w", err)
	}
	// Foreign keys were not enforced.
	table, err := dangling(ctx, tx)
	if err != nil {
		return err
	}
	if table != "" {
		return fmt.Errorf("a row of table %s would refer to nothing", table)
	}
	return tx.Commit()
}

// dangling returns a table with a row that refers to nothing; "" = there is none.
func dangling(ctx context.Context, db querier) (table string, err error) {
	err = db.QueryRowContext(ctx, `SELECT "table" FROM pragma_foreign_key_check`).Scan(&table)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("check references: %w", err)
	}
	return table, nil
}
