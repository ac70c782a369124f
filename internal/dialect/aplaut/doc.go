// Package aplaut speaks the Aplaut (formerly Shoppilot) Platform API v4:
// JSON:API documents under /v4.
//
//	POST   /v4/orders         place an order: 201, or 422 when the number exists
//	GET    /v4/orders         list: filter, sort, include, fields, page, per_page
//	GET    /v4/orders/{id}    one order, by its number or its id of 24 hex digits
//	PUT    /v4/orders/{id}    change what is sent: 200, or 201 when it is new
//	PATCH  /v4/orders/{id}    change what is sent: 200, or 404 when it is unknown
//	DELETE /v4/orders/{id}    204
//
// A key comes as "Authorization: Token token=KEY", also quoted, or as
// "Bearer KEY". Where the vendor's description and its server differ, and what
// we chose, is told in docs/dialects/aplaut.md.
//
// Settings of a shop: aplaut.error_style is "jsonapi" (the default) or
// "vendor", which gives errors as the vendor's server does; jsonapi.strict is
// "true" to refuse a charset in the content type, as the specification has it.
package aplaut
