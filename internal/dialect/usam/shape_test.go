package usam_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

// keysOf are the names of an object's members, as they stand.
func keysOf(t *testing.T, object json.RawMessage) []string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	d.Token()
	var keys []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// The members of an order and of its documents are those of the vendor's
// example, in its sequence; what its page calls otherwise follows.
func TestOrderHasTheVendorsMembers(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	c := till{t, h, h.Vars["key"]}
	id := c.place(`{"products":[{"product_id":"32536","name":"Миска","price":"744.00","old_price":"930.00","bonus":37},
		{"product_id":"47165","name":"Тарелка","price":63,"old_price":66,"quantity":"3.000","bonus":3}],
		"shipping":[{"name":"Курьером","price":"200.00","include_in_cost":0}],"properties":{"billingfirstname":"тест"}}`)
	var order map[string]json.RawMessage
	c.want("GET", fmt.Sprintf("/order/%d", id), "", &order)
	var whole json.RawMessage
	c.want("GET", fmt.Sprintf("/order/%d", id), "", &whole)

	first := func(list json.RawMessage) json.RawMessage {
		var all []json.RawMessage
		if err := json.Unmarshal(list, &all); err != nil || len(all) == 0 {
			t.Fatalf("%s: %v", list, err)
		}
		return all[0]
	}
	for _, tt := range []struct {
		what   string
		object json.RawMessage
		want   string
	}{
		{"order", whole, `id bank_account_id number totalprice cost_price type_price paid date_paid code status type_payer user_ID contact_id
			company_id manager_id date_insert date_status_update shipping coupon_name notes source number_products order_type exchange date_exchange customer products payment
			taxes payments properties`},
		{"shipment", first(order["shipping"]), `id order_id courier name customer_id customer_type status track_id doc_number doc_data method
			storage_pickup storage notes totalprice price include_in_cost date_insert date_delivery readiness_date readiness export tax_id tax_name
			tax_value tax_is_in_price tax_rate`},
		{"customer", order["customer"], `billingfirstname billinglastname company inn ppc contact_person company_email company_phone
			company_shippinglocation billingmobilephone company_shippingaddress billingphone billingemail shippinglocation shippingaddress
			shippingnotesclient company_adr`},
		{"product", first(order["products"]), `id product_id name order_id old_price product_day price purchase_price quantity unit_measure bonus
			used_bonuses subscribed date_insert`},
		{"payment", first(order["payment"]), `id document_type document_id bank_account_id document_number external_document date_payed date_insert
			note sum order_id name status payment_type gateway_id gateway transactid`},
	} {
		if got, want := keysOf(t, tt.object), strings.Fields(tt.want); !slices.Equal(got, want) {
			t.Errorf("%s has the members\n%v, want\n%v", tt.what, got, want)
		}
	}
	if got := string(order["totalprice"]); got != `"933.00"` { // the delivery is not in it, as in the vendor's example
		t.Errorf("totalprice %s, want \"933.00\"", got)
	}
}

// The buyer's data is an object, a list of keys and values, or a form; the
// order's contact follows from it.
func TestPropertiesMakeTheContact(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	c := till{t, h, h.Vars["key"]}
	for _, tt := range []struct {
		sent string
		want string // name, e-mail, phone, address
	}{
		{`{"billingfirstname":"Сергей","billingphone":"89218009089"}`, "Сергей||89218009089|"},
		{`[{"key":"billingfirstname","value":"Сергей"},{"code":"billinglastname","value":"Кот"}]`, "Сергей Кот|||"},
		{`[{"billingfirstname":"Сергей","billingphone":89218009089}]`, "Сергей||89218009089|"},
		{`{"billingphone":"1","billingmobilephone":"2"}`, "||2|"},
		{`{"billingemail":{"value":"a@example.com","name":"Email"}}`, "|a@example.com||"},
		{`{"company":"Лавка","company_email":"office@lavka.example","company_phone":"3","company_shippingaddress":"Тверь"}`, "Лавка|office@lavka.example|3|Тверь"},
		{`{"contact_person":"Ян","company":"Лавка","shippingaddress":"Садовая, 1","billingaddress":"другой"}`, "Ян|||Садовая, 1"},
		{`{"billingfirstname":null,"billinglastname":false,"no_such":{"deep":[1]}}`, "|||"},
	} {
		id := c.place(`{"products":[],"properties":` + tt.sent + `}`)
		o := find(t, h, id)
		if got := strings.Join([]string{o.Contact.Name, o.Contact.Email, o.Contact.Phone, o.Contact.Address}, "|"); got != tt.want {
			t.Errorf("%s makes the contact %q, want %q", tt.sent, got, tt.want)
		}
	}
}

// What another dialect changed in the contact wins over the properties that
// were sent before; what it cannot say stays.
func TestContactOfAnotherDialectIsShown(t *testing.T) {
	h := dialecttest.NewHub(t, storetest.Open(t))
	c := till{t, h, h.Vars["key"]}
	id := c.place(`{"products":[],"properties":{"billingfirstname":"Анна","billinglastname":"Лис","billingphone":"89210000001","inn":"7712","billingemail":"anna@example.com"}}`)
	o := find(t, h, id)
	change(t, h, o, "Ольга де Вриз", "olga@example.com", "")
	var got struct {
		Properties map[string]struct {
			Value any `json:"value"`
		} `json:"properties"`
	}
	c.want("GET", fmt.Sprintf("/order/%d", id), "", &got)
	for code, want := range map[string]any{
		"billingfirstname": "Ольга", "billinglastname": "де Вриз", "billingemail": "olga@example.com", "inn": "7712",
		"billingphone": false, "billingmobilephone": false, "company": false,
	} {
		if got := got.Properties[code].Value; got != want {
			t.Errorf("%s is %v, want %v", code, got, want)
		}
	}
}
