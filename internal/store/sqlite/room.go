package sqlite

import (
	"context"
	"path/filepath"
)

// shrink moves what is in the log into the file, so that the log begins anew.
func (e *engine) shrink(context.Context) error {
	_, err := checkpoint(e.write)
	return translate(err)
}

// room is the size of the file and what is free on its disk, in bytes.
func (e *engine) room(ctx context.Context) (size, free int64, err error) {
	var file string
	err = e.read.QueryRowContext(ctx, `select file from pragma_database_list where name = 'main'`).Scan(&file)
	if err != nil {
		return 0, 0, translate(err)
	}
	err = e.read.QueryRowContext(ctx, `select page_count * page_size from pragma_page_count, pragma_page_size`).Scan(&size)
	if err != nil {
		return 0, 0, translate(err)
	}
	free, err = freeBytes(filepath.Dir(file))
	return size, free, err
}
