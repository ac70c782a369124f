// Package virtpos speaks the API of VirtPOS, by which tills and loyalty
// programmes read orders and look after customers and discount cards.
//
//	/api/orders                  orders, of all customers or of one: id, external_id, datefrom, dateto, days
//	/api/customer                customers: id, external_id, phone, email, with_phone, page, page_size, cards, bonuses
//	/api/customer/update         change a customer, or add one with create_if_not_exist=1
//	/api/customer/delete         delete a customer by id or external_id
//	/api/customer/updateCard     change a card, or add one with create_if_not_exist=1
//	/api/customer/insertCard     add a card
//	/api/customer/deleteCard     delete a card
//	/api/card/barcode.svg, .png  the bar code of a card, which is an addition of ours
//
// The three calls for cards are also reached as /api/orders/updateCard, … and
// /api/card/update, …. Letter case in addresses does not matter.
//
// Every call is made by GET or POST; parameters come in the query or in a form,
// where the form wins. The key is the parameter apikey. Answers are XML unless
// format=json asks otherwise, always with the status 200: success is 1, or 0
// with a sentence in info, in the language of the vendor.
//
// Where the vendor's page is silent and what we chose is told in
// docs/dialects/virtpos.md.
package virtpos
