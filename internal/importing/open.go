package importing

import (
	"errors"
	"fmt"
	"io"
	"os"

	"orderhub"
	"orderhub/internal/sheet"
)

// kinds make what the rows of a file are, for one import of one shop.
var kinds = map[orderhub.ImportKind]func(*orderhub.Shop, orderhub.ImportFile) kind{
	orderhub.ImportCustomers: func(shop *orderhub.Shop, _ orderhub.ImportFile) kind { return newCustomers(shop) },
	orderhub.ImportOrders:    func(shop *orderhub.Shop, _ orderhub.ImportFile) kind { return newOrders(shop) },
	orderhub.ImportStatuses:  func(shop *orderhub.Shop, _ orderhub.ImportFile) kind { return newStatuses(shop) },
	orderhub.ImportCards:     func(shop *orderhub.Shop, _ orderhub.ImportFile) kind { return newCards(shop) },
	orderhub.ImportBonuses:   func(shop *orderhub.Shop, file orderhub.ImportFile) kind { return newBonuses(shop, file.Print) },
	orderhub.ImportProducts:  func(shop *orderhub.Shop, _ orderhub.ImportFile) kind { return newProducts(shop) },
}

func newKind(name orderhub.ImportKind, shop *orderhub.Shop, file orderhub.ImportFile) (kind, error) {
	make, ok := kinds[name]
	if !ok {
		return nil, orderhub.Wrong("kind", fmt.Sprintf("is %q; a file holds one of %v", name, orderhub.ImportKinds))
	}
	return make(shop, file), nil
}

// Fields are what the columns of a kind's files can become.
func Fields(shop *orderhub.Shop, name orderhub.ImportKind) ([]Field, error) {
	k, err := newKind(name, shop, orderhub.ImportFile{})
	if err != nil {
		return nil, err
	}
	return k.fields(), nil
}

// open opens the file of an import from its beginning, to be read as its plan
// says.
func (s *Service) open(shop *orderhub.Shop, i *orderhub.Import) (kind, source, error) {
	k, err := newKind(i.Kind, shop, i.File)
	if err != nil {
		return nil, nil, err
	}
	file, err := s.files().open(i.File.Place)
	if err != nil {
		return nil, nil, err
	}
	src, err := openSource(file, shop, i, k)
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return k, &fileSource{src, file}, nil
}

// A fileSource closes the file with the source.
type fileSource struct {
	source
	file *os.File
}

func (s *fileSource) Close() error { return errors.Join(s.source.Close(), s.file.Close()) }

func openSource(file *os.File, shop *orderhub.Shop, i *orderhub.Import, k kind) (source, error) {
	if yml, err := holdsYML(file, i); yml || err != nil {
		if err != nil {
			return nil, err
		}
		return openYML(file, i.File.Size, shop, i.Plan)
	}
	in, err := newReading(shop, i.Plan, i.Kind, k.fields(), i.File.Header)
	if err != nil {
		return nil, err
	}
	return openSheet(file, i.File.Size, sheetOptions(&i.Plan), in, k.joins())
}

// holdsYML looks at the beginning of a file of products.
func holdsYML(file io.ReaderAt, i *orderhub.Import) (bool, error) {
	if i.Kind != orderhub.ImportProducts {
		return false, nil
	}
	var head [512]byte
	n, err := file.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return false, fmt.Errorf("importing: %w", err)
	}
	return isYML(head[:n]), nil
}

func sheetOptions(p *orderhub.ImportPlan) sheet.Options {
	o := sheet.Options{Sheet: p.Sheet, Encoding: p.Encoding, Header: p.Header}
	if len(p.Separator) == 1 {
		o.Separator = p.Separator[0]
	}
	return o
}

// inspect reads the beginning of an import's file, and keeps in the import
// what was recognised.
func (s *Service) inspect(shop *orderhub.Shop, i *orderhub.Import) (*Inspection, error) {
	k, err := newKind(i.Kind, shop, i.File)
	if err != nil {
		return nil, err
	}
	if err := CheckPlan(i.Kind, k.fields(), &i.Plan); err != nil {
		return nil, err
	}
	file, err := s.files().open(i.File.Place)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if yml, err := holdsYML(file, i); yml || err != nil {
		i.File.Format, i.File.Header = "YML", []string{"id"}
		return &Inspection{Format: i.File.Format, Plan: i.Plan}, err
	}
	r, err := sheet.New(file, i.File.Size, sheetOptions(&i.Plan))
	if err != nil {
		return nil, mendable(err)
	}
	defer r.Close()
	in, err := newReading(shop, i.Plan, i.Kind, k.fields(), r.Header())
	if err != nil {
		return nil, err
	}
	sample, err := sampleOf(r)
	if err != nil {
		return nil, err
	}
	seen := in.inspect(k, r.Format(), sample)
	i.Plan, i.File.Format, i.File.Header = seen.Plan, seen.Format, r.Header()
	return seen, nil
}

// sampleOf reads the first rows of a table. Rows that cannot be read are passed
// over: the rehearsal tells of them.
func sampleOf(r *sheet.Reader) ([][]string, error) {
	var sample [][]string
	for row, err := range r.Rows() {
		if e, ok := errors.AsType[*sheet.Error](err); ok && !e.Final {
			continue
		}
		if err != nil {
			return nil, mendable(err)
		}
		if sample = append(sample, append([]string(nil), row.Cells...)); len(sample) == SampleRows {
			break
		}
	}
	return sample, nil
}
