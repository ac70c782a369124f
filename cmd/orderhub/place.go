package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"orderhub"
	"orderhub/internal/store"
	"orderhub/internal/store/postgres"
	"orderhub/internal/store/sqlite"
)

const defaultData = "orderhub-data"

// A place says where the store is. All commands have these flags.
type place struct {
	Data     string `placeholder:"DIR" default:"orderhub-data" help:"Folder of the store, ${default} when nothing is said (ORDERHUB_DATA)."`
	Database string `placeholder:"URL" help:"Keep the store in this PostgreSQL database instead, such as postgres://user:password@host/name (ORDERHUB_DATABASE)."`

	Lease time.Duration `hidden:"" default:"5s" help:"After which the import of a program that died is taken up by another."`
}

// flags are what a suggested command needs to find the same place.
func (p place) flags() string {
	switch {
	case p.Database != "":
		return " --database URL"
	case p.Data != defaultData:
		return " --data " + p.Data
	}
	return ""
}

func (p place) file() string { return filepath.Join(p.Data, "orderhub.db") }

// open opens the store, made when missing, and leaves its schema as it is.
func (p place) open(ctx context.Context, o sqlite.Options) (*store.DB, error) {
	if p.Database == "" {
		if err := os.MkdirAll(p.Data, 0o700); err != nil {
			return nil, fmt.Errorf("the folder of the store cannot be made: %w", err)
		}
		return sqlite.Open(ctx, p.file(), o)
	}
	if !strings.HasPrefix(p.Database, "postgres://") && !strings.HasPrefix(p.Database, "postgresql://") {
		return nil, errors.New("the address of the database must begin with postgres://; without one the store is a file in the data folder")
	}
	return postgres.Open(ctx, p.Database, postgres.Options{Now: o.Now})
}

// use lets a command work on a store that is there and has the schema that
// this program knows.
func (p place) use(ctx context.Context, do func(*store.DB) error) (err error) {
	if p.Database == "" {
		if _, err := os.Stat(p.file()); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no store in %s; orderhub serve or orderhub migrate makes one", p.Data)
		}
	}
	db, err := p.open(ctx, sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Ready(ctx); err != nil {
		if orderhub.KindOf(err) == orderhub.Internal {
			return fmt.Errorf("the store cannot be used as it is; orderhub migrate makes its tables: %w", err)
		}
		return err
	}
	return do(db)
}
