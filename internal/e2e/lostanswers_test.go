package e2e_test

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/waygate-go/waygate"
)

// lostAnswers writes records, and loses every other answer of the store, from the first on: the gateway has to send a
// batch again that is there already. A crash does so too, but hardly ever hits that moment.
type lostAnswers struct {
	waygate.RecordStore
	written, lost atomic.Int64
}

// Append fails although it has written.
func (l *lostAnswers) Append(ctx context.Context, records []waygate.CallRecord) error {
	if err := l.RecordStore.Append(ctx, records); err != nil {
		return err
	}
	if l.written.Add(1)%2 == 0 {
		return nil
	}
	l.lost.Add(1)
	return errors.New("the answer was lost")
}

// Unwrap shows what else the store can do.
func (l *lostAnswers) Unwrap() waygate.RecordStore { return l.RecordStore }
