package exporting

import (
	"context"
	"fmt"
	"io"
	"time"

	"orderhub"
	"orderhub/internal/customers"
	"orderhub/internal/sheet"
)

// A person is a customer with the name of its group.
type person struct {
	*orderhub.Customer
	group string
}

// WriteCustomers writes the customers of a shop for whom a filter holds, in the
// sequence in which they were registered. The filter's own sort and page are
// not looked at.
func (s *Service) WriteCustomers(ctx context.Context, shop *orderhub.Shop, w io.Writer, o Options, f orderhub.CustomerFilter, progress Progress) error {
	names, err := s.known(ctx, shop, orderhub.CustomerDefinition)
	if err != nil {
		return err
	}
	out, err := newOutput(w, o, "customers", customerTable(shop, names), progress)
	if err != nil {
		return err
	}
	f.Sort, f.After, f.Skip, f.Limit = []orderhub.Sort{{Field: orderhub.SortCreated}}, nil, 0, page
	f.Total, f.Exact = o.Count, true
	type listed struct {
		*customers.Page
		groups map[orderhub.GroupID]string
	}
	err = ahead(ctx, func(ctx context.Context) (k listed, more bool, err error) {
		if k.Page, err = s.Customers.List(ctx, shop, f, 0); err != nil {
			return k, false, err
		}
		f.After, f.Total = k.Next, false
		k.groups, err = s.groupsOf(ctx, shop, k.Customers)
		return k, k.More, err
	}, func(k listed) error {
		out.total = max(out.total, k.Total)
		for _, c := range k.Customers {
			if err := out.write(person{c, k.groups[c.Group]}); err != nil {
				return err
			}
		}
		out.wrote(len(k.Customers))
		return nil
	})
	if err != nil {
		return err
	}
	return out.close()
}

// groupsOf are the names of the groups that customers are in.
func (s *Service) groupsOf(ctx context.Context, shop *orderhub.Shop, all []*orderhub.Customer) (map[orderhub.GroupID]string, error) {
	var ids []orderhub.GroupID
	seen := map[orderhub.GroupID]bool{0: true}
	for _, c := range all {
		if !seen[c.Group] {
			seen[c.Group] = true
			ids = append(ids, c.Group)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return s.Customers.GroupNames(ctx, shop, ids...)
}

func customerTable(shop *orderhub.Shop, names []string) table[person] {
	at := clock{shop.Location()}
	flag := func(name string, get func(person) bool) column[person] {
		return column[person]{name, func(c person) sheet.Cell { return flagCell(get(c)) }}
	}
	return table[person]{
		columns(
			text("external_id", func(c person) string { return c.ExternalID }),
			text("email", func(c person) string { return c.Email }),
			text("name", func(c person) string { return c.Name }),
			text("phone", func(c person) string { return c.Phone }),
			column[person]{"created_at", func(c person) sheet.Cell { return at.cell(c.RegisteredAt) }},
			text("customer.first_name", func(c person) string { return c.FirstName }),
			text("customer.middle_name", func(c person) string { return c.MiddleName }),
			text("customer.last_name", func(c person) string { return c.LastName }),
			text("customer.gender", func(c person) string { return genders[c.Gender] }),
			column[person]{"customer.birthday", func(c person) sheet.Cell { return birthdayCell(c.Birthday) }},
			text("customer.group", func(c person) string { return c.group }),
			flag("customer.unsubscribed", func(c person) bool { return c.Unsubscribed }),
			flag("customer.complained", func(c person) bool { return c.Complained }),
			flag("customer.bounced", func(c person) bool { return c.Bounced }),
			column[person]{"customer.consents", func(c person) sheet.Cell { return consentsCell(c.Consents) }},
			column[person]{"customer.extras", func(c person) sheet.Cell { return extrasCell(c.Extras) }},
		),
		attributes("attribute.", "customer.attributes", names, func(c person) orderhub.Attributes { return c.Attributes }),
	}
}

func consentsCell(all []orderhub.Consent) sheet.Cell {
	if len(all) == 0 {
		return sheet.Cell{}
	}
	return jsonCell(all)
}

var genders = [...]string{orderhub.GenderUnknown: "", orderhub.Female: "female", orderhub.Male: "male"}

// birthdayCell is a day; with zeros for the parts that nobody knows, of which
// no spreadsheet makes a date.
func birthdayCell(b orderhub.Birthday) sheet.Cell {
	switch {
	case b == orderhub.Birthday{}:
		return sheet.Cell{}
	case b.Year == 0 || b.Month == 0 || b.Day == 0:
		return sheet.Text(fmt.Sprintf("%04d-%02d-%02d", b.Year, b.Month, b.Day))
	}
	return sheet.Day(time.Date(b.Year, time.Month(b.Month), b.Day, 0, 0, 0, 0, time.UTC))
}
