package importing

import (
	"bytes"
	"testing"

	"orderhub"
	"orderhub/internal/sheet"
)

// Each example becomes fields without a doubt, and its rows have no fault.
func TestExamples(t *testing.T) {
	shop := &orderhub.Shop{ID: 1, Name: "main", Zone: "Europe/Moscow", Currency: "RUB", Identify: orderhub.ByEmail, Statuses: orderhub.DefaultStatuses()}
	for _, name := range orderhub.ImportKinds {
		t.Run(string(name), func(t *testing.T) {
			file := Example(name)
			r, err := sheet.New(bytes.NewReader(file), int64(len(file)), sheet.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			k, err := newKind(name, shop, orderhub.ImportFile{Print: "example"})
			if err != nil {
				t.Fatal(err)
			}
			in, err := newReading(shop, orderhub.ImportPlan{}, name, k.fields(), r.Header())
			if err != nil {
				t.Fatal(err)
			}
			sample, err := sampleOf(r)
			if err != nil || len(sample) < 4 {
				t.Fatalf("%d rows, %v", len(sample), err)
			}
			seen := in.inspect(k, r.Format(), sample)
			if len(seen.Notes) > 0 || seen.Plan.Encoding != "UTF-8" || seen.Plan.Separator != "," || seen.Plan.Decimal != "." && in.learnt["price"] == useNumber {
				t.Errorf("%q, %+v", seen.Notes, seen.Plan)
			}
			for i, cells := range sample {
				record := &record{rows: []*row{in.row(i+2, cells)}}
				k.read(record)
				if faults := record.rows[0].faults; len(faults) > 0 || len(record.keys) == 0 {
					t.Errorf("row %d: %v, keys %v", i+2, faults, record.keys)
				}
			}
		})
	}
	if Example("reviews") != nil {
		t.Error("there is an example of what cannot be imported")
	}
}
