package orderhub_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"orderhub"
)

func TestProductValidate(t *testing.T) {
	long := strings.Repeat("я", 3_000)
	tests := []struct {
		name   string
		change func(p *orderhub.Product)
		want   string // the fields at fault
	}{
		{"good", func(*orderhub.Product) {}, ""},
		{"bare", func(p *orderhub.Product) { *p = orderhub.Product{ExternalID: "1", Name: "x"} }, ""},
		{"nothing", func(p *orderhub.Product) { *p = orderhub.Product{} }, "external_id name"},
		{"long", func(p *orderhub.Product) {
			p.ExternalID, p.Group, p.Name, p.Brand, p.VendorCode, p.Categories = long, long, long, long, long, []string{long}
		}, "external_id group name brand vendor_code categories"},
		{"long description", func(p *orderhub.Product) { p.Description = strings.Repeat("я", orderhub.MaxDescription+1) }, "description"},
		{"not UTF-8", func(p *orderhub.Product) { p.Brand = "\xFF" }, "brand"},
		{"NUL", func(p *orderhub.Product) { p.URL = "https://a.example/\x00" }, "url"},
		{"negative", func(p *orderhub.Product) { p.Price, p.OldPrice = -1, -1 }, "price old_price"},
		{"currency", func(p *orderhub.Product) { p.Currency = "rub" }, "currency"},
		{"addresses", func(p *orderhub.Product) { p.URL, p.Pictures = "javascript:alert(1)", []string{"/1.jpg"} }, "url pictures"},
		{"many pictures", func(p *orderhub.Product) { p.Pictures = make([]string, 0); p.Pictures = pictures(101) }, "pictures"},
		{"many categories", func(p *orderhub.Product) { p.Categories = make([]string, 33) }, "categories"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &orderhub.Product{
				ExternalID: "8801", Name: "Миска", URL: "https://a.example/p", Currency: "RUB", Price: 1, OldPrice: 2,
				Pictures: pictures(100), Categories: make([]string, 32), Available: true,
			}
			tt.change(p)
			var fields []string
			for _, e := range orderhub.All(p.Validate()) {
				fields = append(fields, e.Field)
			}
			if got := strings.Join(fields, " "); got != tt.want {
				t.Errorf("faults in %q, want %q", got, tt.want)
			}
		})
	}
}

func pictures(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = "http://a.example/i.jpg"
	}
	return all
}

func TestCheckWebAddress(t *testing.T) {
	for address, good := range map[string]bool{
		"https://a.example": true, "https://a.example/p?x=1#y": true, "http://a.example:8080/": true, "https://почта.рф/ж": true,
		"https://a.example/%D0%B6": true, "HTTPS://A.example/": true, "https://[2a00::1]/": true, "https://u:p@a.example/": true,
		"": false, "a.example": false, "a.example/p": false, "/p": false, "//a.example/": false, "ftp://a.example/": false, "https://": false,
		"https:///p": false, "https://a.example/%zz": false, "https://a b/": false, "javascript:alert(1)": false, "https://a.example/\n": false,
		"https://" + strings.Repeat("a", 2_048): false,
	} {
		if err := orderhub.CheckWebAddress("url", address); (err == nil) != good {
			t.Errorf("CheckWebAddress(%.60q) = %v, want good %v", address, err, good)
		}
	}
}

// What passes can be taken apart, and names a host.
func FuzzCheckWebAddress(f *testing.F) {
	f.Add("https://a.example/p?x=1#y")
	f.Add("https://a..example:80:90/")
	f.Fuzz(func(t *testing.T, address string) {
		if orderhub.CheckWebAddress("url", address) != nil {
			return
		}
		if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			t.Errorf("%q passes as %+v, %v", address, u, err)
		}
	})
}

func TestFeedValidate(t *testing.T) {
	for _, tt := range []struct {
		feed orderhub.Feed
		want string
	}{
		{orderhub.Feed{Address: "https://a.example/yml", Every: time.Hour}, ""},
		{orderhub.Feed{Address: "http://a.example/yml", Every: time.Hour, Plain: true}, ""},
		{orderhub.Feed{Address: "http://a.example/yml", Every: time.Hour}, "address"},
		{orderhub.Feed{Every: time.Minute}, "address every"},
		{orderhub.Feed{Address: "x", Every: orderhub.MaxFeedEvery + 1}, "address every"},
	} {
		var fields []string
		for _, e := range orderhub.All(tt.feed.Validate()) {
			fields = append(fields, e.Field)
		}
		if got := strings.Join(fields, " "); got != tt.want {
			t.Errorf("%+v: faults in %q, want %q", tt.feed, got, tt.want)
		}
	}
}
