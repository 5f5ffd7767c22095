package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

const (
	// listenIdle is how long the connection is kept while nobody waits.
	listenIdle = 5 * time.Second
	// listenClose is what its end may take.
	listenClose = time.Second
	// More notifications that have come already are read with the first, up to mostDrained and as long as the next
	// is there within drainTime.
	mostDrained = 1000
	drainTime   = time.Millisecond
)

// Listen makes [Store.Wait] tell at once that something changed, so that other processes see it within milliseconds
// and not with their next poll. connect opens a connection for that, straight to the server: a LISTEN doesn't last
// behind PgBouncer in transaction mode. It is opened when somebody waits, belongs to the store from then on, and is
// closed 5 seconds after the last Wait; a gateway that runs keeps one.
//
// A store with this option also sends a NOTIFY, on a channel that is named as the schema, with each transaction that
// changes a connection, a credential, a definition or a variable; its own pool may well go through PgBouncer. Give the
// option to all processes: what one without it changes is seen by polling. The server commits transactions with a
// NOTIFY one after another.
func Listen(connect func(ctx context.Context) (*pgx.Conn, error)) Option {
	return func(o *options) { o.listen = connect }
}

// Wait returns nil when something may have changed; see [waygate.WakingStore]. All who wait share one connection,
// which is opened again when it broke: then an error tells of it, and the next Wait tries. Without the option
// [Listen] it does nothing until ctx ends.
func (s *Store) Wait(ctx context.Context) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if s.listener == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.fail(ctx, s.listener.wait(ctx))
}

// listener waits on one connection for all.
type listener struct {
	connect func(ctx context.Context) (*pgx.Conn, error)
	channel string

	turn chan struct{} // holds a token while somebody has conn and idle
	conn *pgx.Conn     // nil while there is none
	idle *time.Timer   // closes conn; nil at first

	mu    sync.Mutex    // guards heard
	heard chan struct{} // closed with the next notification
}

func newListener(connect func(ctx context.Context) (*pgx.Conn, error), channel string) *listener {
	if connect == nil {
		return nil
	}
	return &listener{connect: connect, channel: channel, turn: make(chan struct{}, 1), heard: make(chan struct{})}
}

// wait waits for a notification that comes to this caller, or to another one that has the connection.
func (l *listener) wait(ctx context.Context) error {
	l.mu.Lock()
	heard := l.heard
	l.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-heard:
		return nil
	case l.turn <- struct{}{}:
	}
	defer func() { <-l.turn }()
	if l.idle != nil {
		l.idle.Stop()
	}
	defer l.closeLater()
	if err := l.listen(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.heard)
	l.heard = make(chan struct{})
	return nil
}

// listen returns nil with a notification, and also when a connection is new: what changed before it isn't known.
func (l *listener) listen(ctx context.Context) error {
	if l.conn == nil {
		return l.open(ctx)
	}
	_, err := l.conn.WaitForNotification(ctx)
	for n := 0; err == nil && n < mostDrained; n++ {
		soon, cancel := context.WithTimeout(ctx, drainTime)
		_, none := l.conn.WaitForNotification(soon)
		cancel()
		if none != nil {
			break // what broke shows in the next Wait
		}
	}
	if err == nil {
		return nil
	}
	if l.conn.IsClosed() {
		l.conn = nil
	}
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	l.drop()
	return err
}

func (l *listener) open(ctx context.Context) error {
	conn, err := l.connect(ctx)
	if err != nil {
		return err
	}
	if conn == nil {
		return badConfig("Listen: its function returned neither a connection nor an error")
	}
	l.conn = conn
	if _, err := conn.Exec(ctx, "LISTEN "+quote(l.channel)); err != nil {
		l.drop()
		return err
	}
	return nil
}

// drop closes the connection; the caller has the turn.
func (l *listener) drop() {
	if l.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), listenClose)
	defer cancel()
	_ = l.conn.Close(ctx) // it is gone either way
	l.conn = nil
}

// closeLater closes the connection in a while; the caller has the turn. Whoever waits before that stops it.
func (l *listener) closeLater() {
	if l.conn == nil {
		return
	}
	if l.idle != nil {
		l.idle.Reset(listenIdle)
		return
	}
	l.idle = time.AfterFunc(listenIdle, func() {
		select {
		case l.turn <- struct{}{}:
			l.drop()
			<-l.turn
		default: // somebody waits
		}
	})
}

var _ waygate.WakingStore = (*Store)(nil)
