package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"orderhub/internal/sheet"
)

// A form is a file format that is measured.
type form struct {
	name  string
	kind  string // of the import
	rows  [2]int // of the file: in a short run, and where large stores are measured
	write func(w io.Writer, n int) error
}

var forms = []form{
	{"csv", "customers", [2]int{100_000, 1_000_000}, writeCSV},
	{"xlsx", "customers", [2]int{50_000, 200_000}, writeXLSX},
	{"yml", "products", [2]int{50_000, 200_000}, writeYML},
}

// fileMeasurements are those of the imports, each the whole command in a
// process of its own, and what it held in memory. CSV is imported among the
// comparisons.
func fileMeasurements() []measurement {
	var all []measurement
	for _, f := range forms {
		name := f.name + "_import"
		if f.name != "csv" {
			all = append(all, measurement{name: name, unit: "rows/s", measure: f.imported(1)(name, hubOptions{})})
		}
		all = append(all, measurement{name: name + "_memory", unit: "MB", measure: noted(name + "_memory"), after: []string{name}})
	}
	return append(all,
		measurement{name: "csv_import_tenth", unit: "rows/s", measure: forms[0].imported(10)("csv_import_tenth", hubOptions{})},
		measurement{name: "csv_import_tenth_memory", unit: "MB", measure: noted("csv_import_tenth_memory"), after: []string{"csv_import_tenth"}},
		measurement{name: "csv_driver", unit: "rows/s", measure: driverAlone},
	)
}

// noted is what an earlier measurement of the round noted.
func noted(name string) run {
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
		return p.scaled(f.rows[1])
	}
	return p.scaled(f.rows[0])
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

// imported runs the whole import of a file, one of so many parts as large, on a
// fresh store.
func (f form) imported(part int) func(name string, o hubOptions) run {
	return func(name string, o hubOptions) run {
		return func(ctx context.Context, p *plan) (float64, error) {
			n := f.size(p) / part / max(1, o.share)
			path, err := f.file(p, n)
			if err != nil {
				return 0, err
			}
			h, err := p.newStore(ctx, o)
			if err != nil {
				return 0, err
			}
			defer h.stop()
			args := append([]string{"import", f.kind, path, "--shop", "main", "--json"}, h.store...)
			return p.timed(exec.CommandContext(ctx, h.program, args...), name, n)
		}
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
		p.noted[name+"_memory"] = peak(cmd.Process.Pid, ended)
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
