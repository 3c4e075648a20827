package listen

import (
	"io"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"
)

const busyBody = `{"error":"too many connections"}` + "\n"

// busy is the answer to a connection beyond the bounds.
var busy = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Type: application/json\r\n" +
	"Content-Length: " + strconv.Itoa(len(busyBody)) + "\r\n\r\n" + busyBody

const (
	maxRefusing    = 64              // connections that are told at one time; others are closed in silence
	refusalPeriod  = time.Second     // for telling one of them
	reportInterval = 1 * time.Minute // between lines of the log
	maxUnread      = 64 << 10        // bytes of a question that are read to be thrown away
)

// refusal turns connections away: with an answer where one can be read, and never at the cost of those that are served.
type refusal struct {
	silent bool // what speaks TLS could not read the answer
	log    *slog.Logger
	slots  chan struct{}
	*tally
}

// tally counts what is to be reported.
type tally struct {
	mu       sync.Mutex
	refused  int
	reported time.Time
}

func newRefusal(silent bool, log *slog.Logger) refusal {
	return refusal{silent: silent, log: log, slots: make(chan struct{}, maxRefusing), tally: new(tally)}
}

// send turns a connection away. It returns at once.
func (r refusal) send(raw net.Conn) {
	r.report()
	if r.silent {
		_ = raw.Close()
		return
	}
	select {
	case r.slots <- struct{}{}:
		go func() {
			defer func() { <-r.slots }()
			tell(raw)
		}()
	default:
		_ = raw.Close()
	}
}

// tell answers and reads on until the client has hung up: closing with something unread would take the answer back.
func tell(raw net.Conn) {
	defer func() { _ = raw.Close() }()
	if raw.SetDeadline(time.Now().Add(refusalPeriod)) != nil {
		return
	}
	if _, err := io.WriteString(raw, busy); err != nil {
		return
	}
	if half, ok := raw.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.CopyN(io.Discard, raw, maxUnread)
	}
}

// report logs now and then how many were turned away.
func (r refusal) report() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused++
	if now := time.Now(); now.Sub(r.reported) >= reportInterval {
		r.log.Warn("connections beyond the limit were turned away", "connections", r.refused)
		r.refused, r.reported = 0, now
	}
}
