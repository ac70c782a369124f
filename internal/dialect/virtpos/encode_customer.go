package virtpos

import (
	"context"
	"net/http"

	"orderhub"
	"orderhub/money"
)

// A described customer has with it what is shown beside its own fields.
type described struct {
	*orderhub.Customer
	age    int // -1 when the birthday is not known
	group  string
	sales  money.Amount
	points orderhub.BonusBalance
	cards  []*orderhub.Card
	types  map[orderhub.CardTypeID]string
}

// describe reads what is shown beside the customers' own fields, in few
// questions for all.
func (a *api) describe(ctx context.Context, shop *orderhub.Shop, l *list, all []*orderhub.Customer) ([]*described, error) {
	var ids []orderhub.CustomerID
	var groups []orderhub.GroupID
	for _, c := range all {
		ids, groups = append(ids, c.ID), append(groups, c.Group)
	}
	names, err := a.customers.GroupNames(ctx, shop, groups...)
	if err != nil {
		return nil, err
	}
	sales, err := a.orders.Sales(ctx, shop, ids...)
	if err != nil {
		return nil, err
	}
	var points map[orderhub.CustomerID]orderhub.BonusBalance
	if l.bonuses {
		if points, err = a.loyalty.Balance(ctx, shop, ids...); err != nil {
			return nil, err
		}
	}
	cards, types, err := a.cards(ctx, shop, l, ids)
	if err != nil {
		return nil, err
	}
	shown := make([]*described, len(all))
	today := a.customers.Now().In(shop.Location())
	for i, c := range all {
		shown[i] = &described{c, c.Birthday.Age(today), names[c.Group], sales[c.ID], points[c.ID], cards[c.ID], types}
	}
	return shown, nil
}

// cards reads the cards of customers and the names of their types, if they are
// asked for.
func (a *api) cards(ctx context.Context, shop *orderhub.Shop, l *list, ids []orderhub.CustomerID) (map[orderhub.CustomerID][]*orderhub.Card, map[orderhub.CardTypeID]string, error) {
	if !l.cards {
		return nil, nil, nil
	}
	cards, err := a.loyalty.CardsOf(ctx, shop, ids...)
	if err != nil {
		return nil, nil, err
	}
	var types []orderhub.CardTypeID
	for _, some := range cards {
		for _, c := range some {
			types = append(types, c.Type)
		}
	}
	names, err := a.loyalty.CardTypeNames(ctx, shop, types...)
	return cards, names, err
}

// giveCustomers answers a list of customers. Of a list of all it says which
// page it is, and how many there are.
func giveCustomers(w http.ResponseWriter, r *http.Request, shop *orderhub.Shop, l *list, total int, all []*described) {
	b := begin(r)
	b.number("success", 1)
	b.text("type", "customer")
	b.number("count", int64(len(all)))
	if len(l.refs) == 0 {
		b.number("page", int64(l.page))
		b.number("page_size", int64(l.size))
		b.number("total_count", int64(total))
		b.number("page_count", int64((total+l.size-1)/l.size))
	}
	b.open(customerRun)
	for _, c := range all {
		b.item(customerRun)
		showCustomer(b, shop, l, c)
		b.done(customerRun)
	}
	b.shut(customerRun)
	b.give(w)
}

func showCustomer(b *writer, shop *orderhub.Shop, l *list, c *described) {
	first, last := c.SplitName()
	b.number("id", int64(c.ID))
	b.text("external_id", c.ExternalID)
	b.text("fname", first)
	b.text("lname", last)
	b.text("mname", c.MiddleName)
	if c.age >= 0 {
		b.number("age", int64(c.age))
	} else {
		b.text("age", "")
	}
	b.text("email", c.Email)
	b.text("phone", c.Phone)
	b.text("gender", map[orderhub.Gender]string{orderhub.Male: "M", orderhub.Female: "F"}[c.Gender])
	b.text("custom_information", extra(c.Extras, "custom_information"))
	b.ours("birth_day", int64(c.Birthday.Day))
	b.ours("birth_month", int64(c.Birthday.Month))
	b.ours("birth_year", int64(c.Birthday.Year))
	b.ours("group_id", int64(c.Group))
	b.text("group_name", c.group)
	b.date("register_date", shop, c.RegisteredAt)
	b.decimal("accumulated_sales", c.sales.AtLeast(max(2, shop.Currency.Places())))
	if l.bonuses {
		b.number("bonuses", c.points.Active)
		b.number("bonuses_pending", c.points.Pending)
	}
	if l.cards {
		showCards(b, shop, c)
	}
}

func showCards(b *writer, shop *orderhub.Shop, c *described) {
	b.open(cardRun)
	for _, card := range c.cards {
		b.item(cardRun)
		b.number("card_id", int64(card.ID))
		b.text("external_id", card.ExternalID)
		b.text("uid", card.Number)
		b.text("uid_ean13", card.EAN13)
		b.text("barcode", card.Barcode)
		b.text("medium", string(card.Medium))
		b.text("status", string(card.Status))
		b.date("block_date", shop, card.BlockedAt)
		b.date("activate_date", shop, card.ActivatedAt)
		b.ours("type_id", int64(card.Type))
		b.text("type_name", c.types[card.Type])
		b.done(cardRun)
	}
	b.shut(cardRun)
}
