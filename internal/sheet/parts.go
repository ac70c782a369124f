package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// errIndex stops a list of parts that is longer than any workbook's.
var errIndex = errors.New("sheet: the list of parts is too long")

// parts are the files within a workbook.
type parts struct {
	src    io.ReaderAt
	left   int64 // bytes that may still be read of the list
	listed bool
	failed error // of reading src, which is no fault of the file
	byName map[string]*zip.File
	total  int64 // bytes that the parts opened so far unpack to
}

// ReadAt reads the file for package zip, which has no limit of its own to
// the number of parts.
func (p *parts) ReadAt(b []byte, at int64) (int, error) {
	if !p.listed {
		if p.left -= int64(len(b)); p.left < 0 {
			return 0, errIndex
		}
	}
	n, err := p.src.ReadAt(b, at)
	if err != nil && err != io.EOF {
		p.failed = fmt.Errorf("sheet: %w", err)
	}
	return n, err
}

func openParts(src io.ReaderAt, size int64) (*parts, error) {
	p := &parts{src: src, left: maxIndex, byName: make(map[string]*zip.File)}
	z, err := zip.NewReader(p, size)
	switch {
	case errors.Is(err, errIndex) || err == nil && len(z.File) > maxParts:
		return nil, refused("the workbook has more than %d parts: copy the table into a new one and send that", maxParts)
	case err != nil:
		return nil, p.damage(err)
	}
	p.listed = true
	for _, f := range z.File {
		key := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		if p.byName[key] != nil {
			return nil, refused("the workbook is damaged: its part %q stands in it twice", key)
		}
		p.byName[key] = f
	}
	return p, p.otherKind()
}

// damage turns an error of unpacking into words for whoever sent the file.
func (p *parts) damage(err error) error {
	if _, ours := errors.AsType[*Error](err); ours || err == nil || err == io.EOF || err == errOdd {
		return err
	}
	if p.failed != nil {
		return p.failed
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return refused("the workbook is damaged or cut off: open it in a spreadsheet, save it anew and send that")
	}
	return refused("the workbook is damaged (%v): open it in a spreadsheet, save it anew and send that", err)
}

// otherKind names the archives that are no XLSX.
func (p *parts) otherKind() error {
	switch {
	case p.byName["xl/workbook.bin"] != nil:
		return refused("the file is a binary Excel workbook (.xlsb): save it as .xlsx")
	case p.byName["word/document.xml"] != nil:
		return refused("the file is a Word document, whatever its name says: send CSV or XLSX")
	case p.byName["ppt/presentation.xml"] != nil:
		return refused("the file is a presentation, whatever its name says: send CSV or XLSX")
	case p.byName["index/document.iwa"] != nil:
		return refused("the file is an Apple Numbers or Pages document: export it as .xlsx")
	case p.byName["mimetype"] != nil:
		kind, err := p.small("mimetype")
		if err == nil && bytes.Contains(kind, []byte("opendocument.spreadsheet")) {
			return refused("the file is an OpenDocument spreadsheet (.ods): save it as .xlsx")
		}
		return refused("the file is an OpenDocument text or another document, not a table: send CSV or XLSX")
	case p.byName["[content_types].xml"] == nil:
		return refused("the file is a ZIP archive, not a workbook: unpack it first")
	}
	return nil
}

// open unpacks a part as it is read. A part never gives more than it says,
// nor all parts together more than maxPacked.
func (p *parts) open(name string) (io.ReadCloser, int64, error) {
	f := p.byName[strings.ToLower(name)]
	if f == nil {
		return nil, 0, refused("the workbook is damaged: its part %q is missing", name)
	}
	size := f.UncompressedSize64
	if size > maxPacked || p.total+int64(size) > maxPacked {
		return nil, 0, refused("the workbook unpacks to more than %d MB: split it, or send CSV", maxPacked>>20)
	}
	p.total += int64(size)
	r, err := f.Open()
	if err != nil {
		return nil, 0, p.damage(err)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, int64(size)+1), r}, int64(size), nil
}

// small unpacks a part that describes.
func (p *parts) small(name string) ([]byte, error) {
	r, size, err := p.open(name)
	if err != nil {
		return nil, err
	}
	if size > maxSmall {
		return nil, errors.Join(refused("the workbook is refused: its part %q unpacks to more than %d MB", name, maxSmall>>20), r.Close())
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, p.damage(err)
	}
	return b, nil
}

// unmarshal reads a part that describes into v.
func (p *parts) unmarshal(name string, v any) error {
	b, err := p.small(name)
	if err != nil {
		return err
	}
	if bytes.Contains(b, []byte("<!DOCTYPE")) || bytes.Contains(b, []byte("<!ENTITY")) {
		return errEntities
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = labelled
	if err := d.Decode(v); err != nil {
		return p.damage(err)
	}
	return nil
}

// labelled decodes XML of the encoding that it names.
func labelled(label string, r io.Reader) (io.Reader, error) {
	e, err := htmlindex.Get(label)
	if err != nil {
		return nil, err
	}
	return e.NewDecoder().Reader(r), nil
}

// A relation leads from one part to another.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// relations reads where a part leads to; "" is the package.
func (p *parts) relations(of string) ([]relation, error) {
	dir, file := path.Split(of)
	name := dir + "_rels/" + file + ".rels"
	if p.byName[strings.ToLower(name)] == nil {
		return nil, nil
	}
	var all struct {
		Relations []relation `xml:"Relationship"`
	}
	if err := p.unmarshal(name, &all); err != nil {
		return nil, err
	}
	for i, r := range all.Relations {
		if strings.HasPrefix(r.Target, "/") {
			all.Relations[i].Target = path.Clean(r.Target)[1:]
		} else {
			all.Relations[i].Target = path.Join(dir, r.Target)
		}
	}
	return all.Relations, nil
}
