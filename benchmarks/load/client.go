package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// body is the question: allowed by revisions whose name starts with "allow", denied by the others.
const body = `{"subject":{"type":"user","id":"reader"},"action":{"name":"read"},"resource":{"type":"newsletter","id":"17"}}`

// patience is how long an answer may take before it counts as lost, impatience the same where more is asked than can be
// answered.
const (
	patience   = 10 * time.Second
	impatience = 20 * time.Millisecond
)

// clients are connections to an edge.
type clients []net.Conn

func dial(address string, n int) (clients, error) {
	var all clients
	for range n {
		c, err := net.Dial("tcp", address)
		if err != nil {
			all.close()
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (all clients) close() {
	for _, c := range all {
		_ = c.Close()
	}
}

// pace is how fast to ask, and how many answers to wait for.
type pace struct {
	rate     int           // requests a second
	patience time.Duration // more than a connection's share of so long at that rate is not left unanswered
}

// load asks at a pace until done, in turns on each connection, and returns when everything is answered or lost. Requests are
// sent when they are due, whether or not those before them are answered: several may be under way on a connection.
func (all clients) load(p pace, done <-chan struct{}) outcome {
	step := time.Second / time.Duration(p.rate)
	window := int(p.patience/step)/len(all) + 1
	lines := make([]*line, len(all))
	var reading sync.WaitGroup
	for i, c := range all {
		lines[i] = &line{Conn: c, due: make(chan time.Time, window)}
		reading.Go(lines[i].read)
	}
	start := time.Now().Add(time.Millisecond)
	sent := make(chan outcome)
	go func() { sent <- send(lines, start, step, done) }()
	o := <-sent
	reading.Wait()
	for _, l := range lines {
		o.add(&l.outcome)
	}
	o.finish(time.Since(start))
	return o
}

var errWindow = errors.New("not sent: too many before it are unanswered")

// send sends requests, each when it is due, until done. It keeps the thread that it runs on.
func send(lines []*line, start time.Time, step time.Duration, done <-chan struct{}) (o outcome) {
	request := fmt.Appendf(nil, "POST /access/v1/evaluation HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	var end atomic.Pointer[time.Time]
	go func() {
		<-done
		now := time.Now()
		end.Store(&now)
	}()
	clock := newClock()
	for due, n := start, 0; ; due, n = due.Add(step), n+1 {
		if last := end.Load(); last != nil && !due.Before(*last) {
			break
		}
		clock.wait(due)
		l := lines[n%len(lines)]
		o.offered++
		select {
		case l.due <- due:
			_, _ = l.Write(request) // the reader sees that there is no answer
		default:
			o.note(0, errWindow)
		}
	}
	for _, l := range lines {
		close(l.due)
	}
	return o
}

// line is a connection with the requests on it that are not answered.
type line struct {
	net.Conn
	due chan time.Time // when each was to be sent
	outcome
}

// read reads an answer to each request.
func (l *line) read() {
	reader := bufio.NewReader(l)
	var deadline time.Time
	var broken error
	for due := range l.due {
		if broken != nil {
			l.note(0, broken)
			continue
		}
		if now := time.Now(); deadline.Sub(now) < patience {
			deadline = now.Add(2 * patience)
			_ = l.SetReadDeadline(deadline) // the connection is open
		}
		err := readAnswer(reader)
		l.note(time.Since(due), err)
		if err != nil && !errors.Is(err, errWrong) {
			broken = err // the connection is of no more use
		}
	}
}

// readAnswer reads an answer and checks it.
func readAnswer(reader *bufio.Reader) error {
	status, err := reader.ReadSlice('\n')
	if err != nil {
		return err
	}
	var fault error
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		fault = fmt.Errorf("%w: %.100q", errWrong, status)
	}
	var header [64]byte
	revision, size := header[:0], 0
	for {
		text, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		name, value, _ := bytes.Cut(bytes.TrimSpace(text), []byte(": "))
		switch string(name) {
		case "":
			if err := readBody(reader, size, revision); err != nil && (fault == nil || !errors.Is(err, errWrong)) {
				return err
			}
			return fault
		case "Content-Length":
			if size, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		case "Lictor-Revision":
			revision = append(revision, value...)
		}
	}
}

// readBody reads a body and checks it. Revisions that allow are called so.
func readBody(reader *bufio.Reader, size int, revision []byte) error {
	body, err := reader.Peek(size)
	if err != nil {
		return err
	}
	want := "{\"decision\":false,\"context\":{\"reason\":\"no_grant\",\"revision\":\""
	if bytes.HasPrefix(revision, []byte("allow")) {
		want = "{\"decision\":true,\"context\":{\"reason\":\"allowed\",\"revision\":\""
	}
	rest, ok := bytes.CutPrefix(body, []byte(want))
	if rest, found := bytes.CutPrefix(rest, revision); !ok || !found || string(rest) != "\"}}\n" {
		err = fmt.Errorf("%w: %.200q with the header of %q", errWrong, body, revision)
	}
	if _, discard := reader.Discard(size); discard != nil {
		return discard
	}
	return err
}
