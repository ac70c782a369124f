package importing

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"orderhub"
)

// MaxFile is how large a file may be, in bytes.
const MaxFile = 2 << 30

// files keeps the files of imports in a folder, until they are done. Several
// programs may share a database and not their folders, so each folder has a
// name of its own, and an import says in which one its file is.
type files struct{ dir string }

// keep reads a file to its end and keeps it, flushed to the disk.
func (f files) keep(ctx context.Context, src io.Reader) (orderhub.ImportFile, error) {
	var kept orderhub.ImportFile
	folder, err := f.folder()
	if err != nil {
		return kept, err
	}
	name := rand.Text()
	file, err := os.OpenFile(filepath.Join(f.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return kept, fmt.Errorf("importing: %w", err)
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, hash), io.LimitReader(until{ctx, src}, MaxFile+1))
	if err == nil && n > MaxFile {
		err = orderhub.Errorf(orderhub.TooLarge, "the file is larger than %d MB; cut it into several", MaxFile>>20)
	}
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		os.Remove(file.Name())
		return kept, err
	}
	return orderhub.ImportFile{Size: n, Print: hex.EncodeToString(hash.Sum(nil)), Place: folder + "/" + name}, nil
}

// A reader until the context ends.
type until struct {
	ctx context.Context
	in  io.Reader
}

func (u until) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.in.Read(p)
}

// has says whether a file is in this folder.
func (f files) has(place string) bool {
	folder, err := f.folder()
	name, mine := strings.CutPrefix(place, folder+"/")
	return err == nil && mine && name != ""
}

func (f files) open(place string) (*os.File, error) {
	_, name, _ := strings.Cut(place, "/")
	file, err := os.Open(filepath.Join(f.dir, filepath.Base(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, orderhub.Errorf(orderhub.NotFound, "the file of the import is not there any more; import it anew")
	}
	if err != nil {
		return nil, fmt.Errorf("importing: %w", err)
	}
	return file, nil
}

// remove forgets a file, if it is here.
func (f files) remove(place string) {
	if _, name, ok := strings.Cut(place, "/"); ok && f.has(place) {
		os.Remove(filepath.Join(f.dir, filepath.Base(name)))
	}
}

// mark is the file whose time tells that a program works on what is asked for
// in this folder.
func (f files) mark() string { return filepath.Join(f.dir, "served") }

// served renews the mark. Without it nothing is lost but a shortcut.
func (f files) served() {
	now := time.Now()
	if os.Chtimes(f.mark(), now, now) != nil && os.MkdirAll(f.dir, 0o700) == nil {
		os.WriteFile(f.mark(), nil, 0o600)
	}
}

func (f files) unserved() { os.Remove(f.mark()) }

func (f files) isServed() bool {
	info, err := os.Stat(f.mark())
	return err == nil && time.Since(info.ModTime()) < 4*look
}

// folder is the name of the folder, which it gets when it is made.
func (f files) folder() (string, error) {
	path := filepath.Join(f.dir, "folder")
	for {
		name, err := os.ReadFile(path)
		if err == nil && len(name) > 0 {
			return string(name), nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("importing: %w", err)
		}
		if err := os.MkdirAll(f.dir, 0o700); err != nil {
			return "", fmt.Errorf("importing: %w", err)
		}
		// Whoever comes first names it: linking fails when the name is there.
		draft := filepath.Join(f.dir, rand.Text())
		if err := os.WriteFile(draft, []byte(rand.Text()), 0o600); err != nil {
			return "", fmt.Errorf("importing: %w", err)
		}
		err = os.Link(draft, path)
		os.Remove(draft)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("importing: %w", err)
		}
	}
}
