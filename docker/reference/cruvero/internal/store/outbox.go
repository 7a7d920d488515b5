package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Message is an event that waits to be published.
type Message struct {
	Sequence  int64
	Subject   string
	MessageID string
	Payload   []byte
}

// RelayOutbox publishes the oldest waiting messages and deletes those that were taken. It returns how many were.
//
// Rows are locked, so several replicas share the work. A crash between publishing and the commit publishes again:
// consumers see each event at least once.
func (s *Store) RelayOutbox(ctx context.Context, limit int, publish func(ctx context.Context, message Message) error) (int, error) {
	var published []int64
	var publishError error
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT sequence, subject, message_id, payload FROM outbox ORDER BY sequence LIMIT $1 FOR UPDATE SKIP LOCKED", limit)
		if err != nil {
			return err
		}
		messages, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Message])
		if err != nil {
			return err
		}
		for _, message := range messages {
			if publishError = publish(ctx, message); publishError != nil {
				break
			}
			published = append(published, message.Sequence)
		}
		if len(published) == 0 {
			return nil
		}
		_, err = tx.Exec(ctx, "DELETE FROM outbox WHERE sequence = ANY($1)", published)
		return err
	})
	if err != nil {
		return 0, classify(err)
	}
	return len(published), publishError
}
