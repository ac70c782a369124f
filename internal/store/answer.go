package store

import (
	"context"
	"fmt"
	"time"

	"orderhub/internal/store/form"
	"orderhub/internal/store/query"
)

// An Answer is what a request was answered with.
type Answer struct {
	Status      int
	ContentType string
	Location    string // "" when it had none
	Body        []byte
}

// ForgetAnswers deletes the answers given before a time.
func (tx *Tx) ForgetAnswers(ctx context.Context, before time.Time) error {
	if _, err := tx.Exec(ctx, `/* ForgetAnswers */ delete from answers where given_at < $1`, form.Micros(before)); err != nil {
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
func (tx *ShopTx) Answers(ctx context.Context, keys []string) (map[string]KeyedAnswer, error) {
	found := make(map[string]KeyedAnswer)
	err := query.EachChunk(tx, keys, []any{int64(tx.ShopID)}, func(in string, args []any) error {
		return query.EachRow(ctx, tx, func(r Rows) error {
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
func (tx *ShopTx) SaveAnswers(ctx context.Context, all []KeyedAnswer) error {
	rows := make([][]any, len(all))
	for i, a := range all {
		rows[i] = []any{int64(tx.ShopID), a.Key, a.Fingerprint, form.Micros(tx.Now()), a.Status, a.ContentType, a.Location, append([]byte{}, a.Body...)} // nil would be null
	}
	return newAnswers.Insert(ctx, tx, rows, nil)
}

var newAnswers = query.NewInserter("SaveAnswers", "answers",
	[]string{"shop_id", "request_key", "print", "given_at", "status", "content_type", "location", "body"}, "")
