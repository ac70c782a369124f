package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"orderhub/internal/sheet"
)

// A form is a file format that is measured: how a file of n rows is written,
// and how the usual library reads it and does nothing else.
type form struct {
	name  string
	kind  string // of the import
	rows  [2]int // of the file: in a short run, and where large stores are measured
	write func(w io.Writer, n int) error
	parse func(file string) (rows int, err error)
}

var forms = []form{
	{"csv", "customers", [2]int{100_000, 1_000_000}, writeCSV, parseCSV},
	{"xlsx", "customers", [2]int{50_000, 200_000}, writeXLSX, parseXLSX},
	{"yml", "products", [2]int{50_000, 200_000}, writeYML, parseYML},
}

// fileMeasurements are those of the imports: parsing alone, and the whole
// command, each in a process of its own, and what that held in memory.
func fileMeasurements() []measurement {
	var all []measurement
	for _, f := range forms {
		all = append(all,
			measurement{name: f.name + "_parse", unit: "rows/s", measure: f.parsed},
			measurement{name: f.name + "_parse_memory", unit: "MB", measure: noted(f.name + "_parse")},
			measurement{name: f.name + "_import", unit: "rows/s", measure: f.imported(1)},
			measurement{name: f.name + "_import_memory", unit: "MB", measure: noted(f.name + "_import")},
		)
	}
	return append(all,
		measurement{name: "csv_import_tenth", unit: "rows/s", measure: forms[0].imported(10)},
		measurement{name: "csv_import_tenth_memory", unit: "MB", measure: noted("csv_import_tenth")},
		measurement{name: "http_beside_import", unit: "orders/s", measure: besideImport},
	)
}

// noted is what an earlier measurement of the round noted.
func noted(name string) func(context.Context, *plan) (float64, error) {
	return func(_ context.Context, p *plan) (float64, error) {
		value, ok := p.noted[name]
		if !ok {
			return 0, fmt.Errorf("nothing was noted of %s", name)
		}
		return value, nil
	}
}

// size is how many rows the form's file has.
func (f form) size(p *plan) int {
	if p.large {
		return f.rows[1]
	}
	return f.rows[0]
}

// file writes the form's file of n rows, unless it is there already.
func (f form) file(p *plan, n int) (string, error) {
	path := filepath.Join(p.dir, fmt.Sprintf("%d.%s", n, f.name))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	return path, errors.Join(f.write(w, n), w.Flush(), file.Close())
}

// parsed reads the file by the usual library in a process of its own.
func (f form) parsed(ctx context.Context, p *plan) (float64, error) {
	n := f.size(p)
	path, err := f.file(p, n)
	if err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	return p.timed(exec.CommandContext(ctx, self, "-parse", f.name, "-file", path), f.name+"_parse", n)
}

// imported runs the whole import of a file, one of so many parts as large, on a
// fresh store.
func (f form) imported(part int) func(ctx context.Context, p *plan) (float64, error) {
	return func(ctx context.Context, p *plan) (float64, error) {
		n := f.size(p) / part
		path, err := f.file(p, n)
		if err != nil {
			return 0, err
		}
		dir, err := os.MkdirTemp(p.dir, "import")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(dir)
		if err := p.admit(ctx, new(hub), []string{"--data", dir}); err != nil {
			return 0, err
		}
		name := f.name + "_import"
		if part > 1 {
			name += "_tenth"
		}
		return p.timed(exec.CommandContext(ctx, p.program, "import", f.kind, path, "--shop", "main", "--json", "--data", dir), name, n)
	}
}

// timed runs a command that goes through n rows, and notes what it held in
// memory at most.
func (p *plan) timed(cmd *exec.Cmd, name string, n int) (float64, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		p.noted[name] = peak(cmd.Process.Pid, ended)
	}()
	err := cmd.Wait()
	took := time.Since(begin)
	close(ended)
	<-watched
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, out.Bytes())
	}
	return float64(n) / took.Seconds(), nil
}

// peak is the most that a process held in memory until it ended, in MB. The
// system's account of it after its end would count its parent's memory too.
func peak(pid int, ended <-chan struct{}) float64 {
	most := 0.0
	for {
		if mb, err := memoryOf(pid, "VmHWM:"); err == nil {
			most = max(most, mb)
		}
		select {
		case <-ended:
			return most
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// parseAlone is what the process of parsed does.
func parseAlone(name, file string) error {
	for _, f := range forms {
		if f.name == name {
			_, err := f.parse(file)
			return err
		}
	}
	return fmt.Errorf("there is no form %q", name)
}

// besideImport is ingest while the same server imports a file of customers.
func besideImport(ctx context.Context, p *plan) (float64, error) {
	h, err := p.start(ctx, hubOptions{})
	if err != nil {
		return 0, err
	}
	defer h.stop()
	path, err := forms[0].file(p, forms[0].rows[0])
	if err != nil {
		return 0, err
	}
	data := h.cmd.Args[len(h.cmd.Args)-1]
	importing := exec.CommandContext(ctx, p.program, "import", "customers", path, "--shop", "main", "--json", "--data", data)
	if err := importing.Start(); err != nil {
		return 0, err
	}
	defer func() {
		importing.Process.Kill()
		importing.Wait()
	}()
	if err := p.underWay(ctx, data); err != nil {
		return 0, err
	}
	requests := h.requests(p.orders)
	begin := time.Now()
	_, err = send(strings.TrimPrefix(h.base, "http://"), requests, p.connections)
	rate := float64(len(requests)) / time.Since(begin).Seconds()
	if err == nil {
		_, err = p.importState(ctx, data, "running") // else it was not beside it
	}
	return rate, err
}

// underWay waits until an import has stored something.
func (p *plan) underWay(ctx context.Context, data string) error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if created, err := p.importState(ctx, data, "running"); err == nil && created > 0 {
			return nil
		}
	}
	return errors.New("the import did not begin")
}

// importState is how many records the first import has created, an error when
// it is not in the state.
func (p *plan) importState(ctx context.Context, data, state string) (int, error) {
	out, err := exec.CommandContext(ctx, p.program, "import", "show", "1", "--shop", "main", "--json", "--data", data).Output()
	if err != nil {
		return 0, err
	}
	var report struct {
		State   string
		Created int
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return 0, err
	}
	if report.State != state {
		return 0, fmt.Errorf("the import is %s, not %s", report.State, state)
	}
	return report.Created, nil
}

var customerHeader = []string{"external_id", "email", "name", "phone", "created_at", "city", "size", "source"}

// customerRow is one invented customer. E-mail addresses do not follow each
// other, so that those of one moment lie all over the index.
func customerRow(i int) []string {
	return []string{
		fmt.Sprintf("c-%d", i), fmt.Sprintf("buyer%d@shop%d.example", i*48271%2147483647, i%97), fmt.Sprintf("Мария Иванова %d", i),
		fmt.Sprintf("+79%09d", i*16807%999_999_937), "2018-01-01 00:11:22", "Тверь", fmt.Sprint(i % 50), "web",
	}
}

func writeCSV(w io.Writer, n int) error {
	out := csv.NewWriter(w)
	if err := out.Write(customerHeader); err != nil {
		return err
	}
	for i := range n {
		if err := out.Write(customerRow(i)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func parseCSV(path string) (rows int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		rows++
	}
}

func writeXLSX(w io.Writer, n int) error {
	out := sheet.NewXLSX(w, "customers")
	if err := out.Header(customerHeader...); err != nil {
		return err
	}
	cells := make([]sheet.Cell, len(customerHeader))
	for i := range n {
		for c, text := range customerRow(i) {
			cells[c] = sheet.Text(text)
		}
		if err := out.Write(cells...); err != nil {
			return err
		}
	}
	return out.Close()
}

func parseXLSX(path string) (rows int, err error) {
	file, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true})
	if err != nil {
		return 0, err
	}
	defer file.Close()
	all, err := file.Rows(file.GetSheetName(0))
	if err != nil {
		return 0, err
	}
	for all.Next() {
		if _, err := all.Columns(); err != nil {
			return rows, err
		}
		rows++
	}
	return rows, all.Error()
}

func writeYML(w io.Writer, n int) error {
	fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE yml_catalog SYSTEM "shops.dtd">
<yml_catalog date="2026-05-01 06:00"><shop><name>Лавка</name><company>Лавка</company><url>https://shop.example</url>
<currencies><currency id="RUB" rate="1"/></currencies>
<categories><category id="1">Кухня</category><category id="12" parentId="1">Чайники</category></categories>
<offers>
`)
	for i := range n {
		fmt.Fprintf(w, `<offer id="%d" type="vendor.model" available="true" group_id="%d"><typePrefix>Чайник</typePrefix><vendor>Заря</vendor>`+
			`<model>К-%d</model><vendorCode>ZK-%d</vendorCode><url>https://shop.example/p/%d</url><price>%d.50</price><oldprice>%d</oldprice>`+
			`<currencyId>RUB</currencyId><categoryId>12</categoryId><picture>https://shop.example/i/%d-1.jpg</picture><picture>https://shop.example/i/%d-2.jpg</picture>`+
			"<description><![CDATA[<p>Чайник из стали, %d мл, со свистком.</p>]]></description><param name=\"Объём\">%d</param><param name=\"Цвет\">синий</param></offer>\n",
			i, i/3, i, i, i, 1000+i%900, 2000+i%900, i, i, i%3000, i%3000)
	}
	_, err := fmt.Fprint(w, "</offers></shop></yml_catalog>\n")
	return err
}

// An offer is what the usual library decodes of one.
type offer struct {
	ID          string   `xml:"id,attr"`
	Group       string   `xml:"group_id,attr"`
	Available   string   `xml:"available,attr"`
	TypePrefix  string   `xml:"typePrefix"`
	Vendor      string   `xml:"vendor"`
	Model       string   `xml:"model"`
	VendorCode  string   `xml:"vendorCode"`
	URL         string   `xml:"url"`
	Price       string   `xml:"price"`
	OldPrice    string   `xml:"oldprice"`
	Currency    string   `xml:"currencyId"`
	Category    string   `xml:"categoryId"`
	Pictures    []string `xml:"picture"`
	Description string   `xml:"description"`
	Params      []struct {
		Name  string `xml:"name,attr"`
		Value string `xml:",chardata"`
	} `xml:"param"`
}

func parseYML(path string) (rows int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	d := xml.NewDecoder(bufio.NewReader(file))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "offer" {
			var o offer
			if err := d.DecodeElement(&o, &start); err != nil {
				return rows, err
			}
			runtime.KeepAlive(o)
			rows++
		}
	}
}
