// Package wire reads the odd forms that the clients of at least two vendors
// write alike, so that every dialect understands them alike: a number sent as
// a string, a flag sent as 0 or "yes", a time without a zone, a Windows name
// of a zone, a form body where JSON was announced.
//
// It is no place for helpers. A form that only one vendor's clients write is
// read in that vendor's dialect; a value with rules of its own (an amount, a
// quantity, a phone) is read where its type lives. The package knows neither
// HTTP statuses nor the shop: it says what is wrong with a body, a dialect
// says it again in its vendor's words.
//
// The order of use: [LooksLikeForm] tells the two kinds of body apart, [Pairs]
// or [Multipart] and then [Nest] make a form into JSON, [CheckJSON] guards a
// JSON body before anything is decoded from it, and [Text], [Number], [Int],
// [Flag] and [Time] read its scalars. Text never passes through a float.
package wire
