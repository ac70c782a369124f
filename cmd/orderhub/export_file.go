package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"orderhub"
)

// writeWhole lets a file be written that is there under its name only once it
// is whole and on the disk. Until then it has another name beside it, which
// ends in .part. Only its owner may read it: it holds people's addresses. A
// file that is there is overwritten only with force.
func writeWhole(path string, force bool, write func(io.Writer) error) (err error) {
	switch info, err := os.Lstat(path); {
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file that could be overwritten", path)
	case err == nil && !force:
		return errThere(path)
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return fmt.Errorf("the file cannot be made: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closed(part), os.Remove(part.Name()))
		}
	}()
	buffered := bufio.NewWriterSize(part, 1<<20)
	if err := write(buffered); err != nil {
		return err
	}
	if err := errors.Join(buffered.Flush(), part.Sync(), part.Close()); err != nil {
		return fmt.Errorf("the file cannot be written: %w", err)
	}
	if force {
		return os.Rename(part.Name(), path)
	}
	// A second name is given only where there is none, while renaming would
	// overwrite a file that somebody has made in the meantime.
	switch err := os.Link(part.Name(), path); {
	case errors.Is(err, fs.ErrExist):
		return errThere(path)
	case err != nil: // some file systems know no second names
		return os.Rename(part.Name(), path)
	}
	return os.Remove(part.Name())
}

func errThere(path string) error {
	return fmt.Errorf("%s is there already; --force overwrites it", path)
}

// closed closes a file that may be closed already.
func closed(f *os.File) error {
	if err := f.Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}

const timesHelp = `A TIME is a day such as 2026-01-31, of which all
is meant, or a time such as 2026-01-31T18:00 in the zone of the shop, or with a
zone of its own, such as 2026-01-31T18:00:00Z.`

// timeBounds are what two flags say about a time, both of which may be empty.
func timeBounds(shop *orderhub.Shop, flag, from, to string, f *orderhub.Faults) []orderhub.TimeBound {
	var bounds []orderhub.TimeBound
	if at, ok := parseTime(shop, flag+"-from", from, f); ok {
		bounds = append(bounds, orderhub.TimeBound{Op: orderhub.AfterOrAt, At: at})
	}
	if at, ok := parseTime(shop, flag+"-to", to, f); ok {
		bound := orderhub.TimeBound{Op: orderhub.BeforeOrAt, At: at}
		if len(to) == len(time.DateOnly) {
			bound = orderhub.TimeBound{Op: orderhub.Before, At: at.AddDate(0, 0, 1)}
		}
		bounds = append(bounds, bound)
	}
	return bounds
}

// parseTime reads a time of a flag.
func parseTime(shop *orderhub.Shop, flag, text string, f *orderhub.Faults) (at time.Time, ok bool) {
	if text == "" {
		return at, false
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", time.DateTime, time.RFC3339Nano} {
		if at, err := time.ParseInLocation(layout, text, shop.Location()); err == nil {
			return at, true
		}
	}
	f.Wrong(flag, "is not a time; give a day such as 2026-01-31 or a time such as 2026-01-31T18:00")
	return at, false
}
