// Package usam speaks the REST API of USAM, the shop of a WordPress site that
// accounting systems such as 1C exchange orders with: JSON under /wp-json.
//
//	GET    /wp-json/usam/v1/orders            list: fields, search, status, exchange, paid, count, paged, orderby, order, …
//	POST   /wp-json/usam/v1/orders            an order when there are products, else the list again
//	PUT    /wp-json/usam/v1/orders            change many: how many there were
//	POST   /wp-json/usam/v1/order             place an order: its id and the number of its payment document
//	GET    /wp-json/usam/v1/order/{id}        one order, whole
//	POST   /wp-json/usam/v1/order/{id}        change what is sent: true
//	DELETE /wp-json/usam/v1/order/{id}        true; a deleted order is purged
//	GET    /wp-json/usam/v1/order/status/{id}, /order/copy/{id}, /order/payment_number/{number}
//	GET    /wp-json/usam/v1/statuses, /units, /properties, /property_groups, /types_payers, /type_prices
//	GET    /wp-json/, /wp-json/usam/v1        the routes
//
// The same routes are reached by /?rest_route=/usam/v1/…, and a POST may name
// another method in _method or X-HTTP-Method-Override. Parameters come in a
// JSON body, also of a GET, in a form, or in the query; the body wins. Errors
// are those of WordPress.
//
// A key comes as the password of HTTP Basic with any login; spaces in it are
// ignored. Where the vendor's page and its plug-in differ, and what we chose,
// is told in docs/dialects/usam.md.
//
// Settings of a shop: usam.price_types is its list of price types, such as
// "tp_1,tp_2:opt:Wholesale": a code, the outer code by which requests may name
// it, and a name.
package usam
