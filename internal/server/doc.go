// Package server mounts the doors of the hub on one port, with everything
// around them: request ids, one log line a request, metrics, limits of time,
// patience with senders and with strangers, health, and a quiet end.
//
// It has no rules of the shop and no words of a vendor. What it has to refuse
// by itself, it says through the door that was asked ([Door].Fail); only what
// belongs to no door is answered in plain text. It never redirects, serves
// HTTP/1.1 and leaves TLS to what stands in front of it.
//
// Every request ends: its headers must come within [Options].HeaderTime, the
// work has Timeout, and BodyTime more when a body comes, which must come at a
// minimum rate; the answer must be taken within SendTime. A handler learns of
// the end of its time by its context and must not go on without looking at it.
//
// What one must know: the limit for strangers goes by the address of the
// connection. Behind a proxy that is one address for everybody; turn the
// limit off there and leave it to the proxy. A log line holds no query,
// because VirtPOS carries the key in it, and no header.
package server
