package sheet

import (
	"errors"
	"io"
	"strings"
)

// A book is what a workbook says about its worksheets.
type book struct {
	name     string // of the worksheet that is read
	part     string // where it stands
	names    []string
	from1904 bool
	forms    []dateForm // by the style of a cell
	shared   string     // the part with the shared texts; "" when there is none
}

func readBook(p *parts, want string) (*book, error) {
	root := "xl/workbook.xml"
	relations, err := p.relations("")
	if err != nil {
		return nil, err
	}
	for _, r := range relations {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			root = r.Target
		}
	}
	if p.byName[strings.ToLower(root)] == nil {
		return nil, refused("the file is a ZIP archive, not a workbook: unpack it first")
	}
	var wb struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := p.unmarshal(root, &wb); err != nil {
		return nil, err
	}
	b := &book{from1904: wb.Properties.Date1904 == "1" || wb.Properties.Date1904 == "true"}
	id := ""
	for _, s := range wb.Sheets {
		b.names = append(b.names, s.Name)
		if id == "" && (s.Name == want || want == "" && s.State != "hidden" && s.State != "veryHidden") {
			b.name, id = s.Name, s.ID
		}
	}
	if id == "" && want != "" {
		return nil, refused("the workbook has no sheet %q: it has %s", want, strings.Join(b.names, ", "))
	}
	if id == "" {
		return nil, refused("the workbook has no sheet that can be seen")
	}
	return b, b.follow(p, root, id)
}

// follow finds the parts that the workbook leads to.
func (b *book) follow(p *parts, root, id string) error {
	relations, err := p.relations(root)
	if err != nil {
		return err
	}
	for _, r := range relations {
		switch {
		case r.ID == id:
			b.part = r.Target
			if !strings.HasSuffix(r.Type, "/worksheet") {
				return refused("the sheet %q is a chart, not a table: say which sheet to read", b.name)
			}
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			b.shared = r.Target
		case strings.HasSuffix(r.Type, "/styles"):
			if err := b.readStyles(p, r.Target); err != nil {
				return err
			}
		}
	}
	if b.part == "" {
		return refused("the workbook is damaged: the sheet %q leads to no part", b.name)
	}
	return nil
}

// readStyles finds which styles show a number as a date.
func (b *book) readStyles(p *parts, part string) error {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			ID int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := p.unmarshal(part, &styles); err != nil {
		return err
	}
	own := make(map[int]dateForm)
	for _, f := range styles.Formats {
		own[f.ID] = formOf(f.Code)
	}
	for _, c := range styles.Cells {
		form, ok := own[c.ID]
		if !ok {
			form = builtIn(c.ID)
		}
		b.forms = append(b.forms, form)
	}
	return nil
}

// appendCell appends the text of a cell. Its kind is the letter of its type:
// 0 for a number, s for all texts.
func (b *book) appendCell(dst []byte, kind byte, style int, v []byte) []byte {
	switch kind {
	case 0:
		if style > 0 && style < len(b.forms) && b.forms[style] != noDate && len(v) > 0 {
			return appendDate(dst, v, b.forms[style], b.from1904)
		}
		return appendNumber(dst, v)
	case 'b':
		switch string(v) {
		case "1":
			return append(dst, "TRUE"...)
		case "0":
			return append(dst, "FALSE"...)
		}
	case 'd':
		return appendISO(dst, v)
	}
	return append(dst, v...)
}

// openXLSX opens a workbook at the first row of one of its worksheets.
func openXLSX(src io.ReaderAt, size int64, o Options) (source, Format, error) {
	p, err := openParts(src, size)
	if err != nil {
		return nil, Format{}, err
	}
	b, err := readBook(p, o.Sheet)
	if err != nil {
		return nil, Format{}, err
	}
	x := &worksheet{parts: p, book: b, pool: &pool{}, file: size}
	if err := x.open(); err != nil {
		return nil, Format{}, errors.Join(err, x.close())
	}
	return x, Format{Kind: "XLSX", Sheet: b.name, Sheets: b.names, Date1904: b.from1904}, nil
}
