package store

import (
	"context"
	"fmt"
	"time"

	"orderhub"
)

// An Answer is what a request was answered with.
type Answer struct {
	Status      int
	ContentType string
	Location    string // "" when it had none
	Body        []byte
}

// SaveAnswer stores the answer to a request that a caller marked with a key.
// It reports false when the key has an answer, also when that one's
// transaction commits only while this one waits.
func (tx *Tx) SaveAnswer(ctx context.Context, shop orderhub.ShopID, key string, print []byte, a Answer) (bool, error) {
	n, err := tx.Exec(ctx, `/* SaveAnswer */
		insert into answers (shop_id, request_key, print, given_at, status, content_type, location, body)
		values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (shop_id, request_key) do nothing`,
		shop, key, print, micros(tx.now), a.Status, a.ContentType, a.Location, append([]byte{}, a.Body...)) // nil would be null
	if err != nil {
		return false, fmt.Errorf("store: save answer: %w", err)
	}
	return n == 1, nil
}

// AnswerTo finds the answer to a request by its key, and the print of that
// request; nil when there is none.
func (tx *Tx) AnswerTo(ctx context.Context, shop orderhub.ShopID, key string) (*Answer, []byte, error) {
	a := new(Answer)
	var print []byte
	found, err := queryRow(ctx, tx, `/* AnswerTo */
		select print, status, content_type, location, body
		from answers where shop_id = $1 and request_key = $2`,
		[]any{shop, key}, &print, &a.Status, &a.ContentType, &a.Location, &a.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("store: answer: %w", err)
	}
	if !found {
		return nil, nil, nil
	}
	return a, print, nil
}

// ForgetAnswers deletes the answers given before a time.
func (tx *Tx) ForgetAnswers(ctx context.Context, before time.Time) error {
	if _, err := tx.Exec(ctx, `/* ForgetAnswers */ delete from answers where given_at < $1`, micros(before)); err != nil {
		return fmt.Errorf("store: forget answers: %w", err)
	}
	return nil
}

// A KeyedAnswer is an answer with the key that its caller marked the request
// with, and the fingerprint of the request.
type KeyedAnswer struct {
	Key         string
	Fingerprint []byte
	Answer
}

// Answers finds the answers to requests of a shop by their keys. Keys without
// an answer are left out.
func (tx *Tx) Answers(ctx context.Context, shop orderhub.ShopID, keys []string) (map[string]KeyedAnswer, error) {
	found := make(map[string]KeyedAnswer)
	err := eachChunk(tx, keys, []any{int64(shop)}, func(in string, args []any) error {
		return eachRow(ctx, tx, func(r Rows) error {
			var a KeyedAnswer
			err := r.Scan(&a.Key, &a.Fingerprint, &a.Status, &a.ContentType, &a.Location, &a.Body)
			found[a.Key] = a
			return err
		}, `/* Answers */
			select request_key, print, status, content_type, location, body from answers
			where shop_id = $1 and request_key `+in, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("store: answers: %w", err)
	}
	return found, nil
}

// SaveAnswers stores answers of a shop under keys that have none.
func (tx *Tx) SaveAnswers(ctx context.Context, shop orderhub.ShopID, all []KeyedAnswer) error {
	rows := make([][]any, len(all))
	for i, a := range all {
		rows[i] = []any{int64(shop), a.Key, a.Fingerprint, micros(tx.now), a.Status, a.ContentType, a.Location, append([]byte{}, a.Body...)} // nil would be null
	}
	return newAnswers.insert(ctx, tx, rows, nil)
}

var newAnswers = newInserter("SaveAnswers", "answers",
	[]string{"shop_id", "request_key", "print", "given_at", "status", "content_type", "location", "body"}, "")
