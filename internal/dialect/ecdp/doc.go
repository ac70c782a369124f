// Package ecdp speaks the API of ExpertSender CDP: JSON at the root of the
// host, a key in the header x-api-key.
//
//	POST   /orders                      one to 1,000 orders, all or none: 201
//	GET    /orders/{id}                 one order, by its number
//	PUT    /orders/status               the status of one order
//	DELETE /orders/{id}                 marks an order deleted, and shows it: 200
//	POST   /customers                   one to 1,000 customers, all or none: 201
//	GET    /customers/{id}              one customer; also /customers/email/{email},
//	                                    /customers/phone/{phone}, /customers/crmId/{crmId}
//	GET    /customerconsents            what the shop has defined or was seen with; also
//	                                    /customerattributes, /productattributes, /orderattributes
//	POST   /scenariocustomevents        kept as an event: 201
//
// Where the vendor's description leaves a choice open, and what we chose, is
// told in docs/dialects/ecdp.md.
//
// Settings of a shop: ecdp.substatus is "kind" (the default) or "published",
// which names every error as the only example in the vendor's description does;
// ecdp.attributes is "any" (the default) or "defined", which refuses attributes
// of orders and products that the shop has not defined.
package ecdp
