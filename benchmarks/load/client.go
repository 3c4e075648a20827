package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// body is the question: allowed by revisions whose name starts with "allow", denied by the others.
const body = `{"subject":{"type":"user","id":"reader"},"action":{"name":"read"},"resource":{"type":"newsletter","id":"17"}}`

// patience is how long an answer may take before it counts as lost.
const patience = 10 * time.Second

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

// outcome is what became of a load.
type outcome struct {
	offered, served, lost, wrong int
	first                        error           // of those lost or wrong
	took                         time.Duration   // of the whole load
	latencies                    []time.Duration // of those served, from the time they were to be sent; sorted
}

// load asks at a rate until done, spread evenly over the connections and over time.
func (all clients) load(ctx context.Context, rate int, done <-chan struct{}) (outcome, error) {
	var wait sync.WaitGroup
	parts := make([]outcome, len(all))
	start := time.Now().Add(time.Millisecond)
	step := time.Second / time.Duration(rate)
	for i, c := range all {
		wait.Go(func() { parts[i].ask(c, start.Add(time.Duration(i)*step), step*time.Duration(len(all)), done) })
	}
	wait.Wait()
	var o outcome
	for i := range parts {
		o.add(&parts[i])
	}
	o.took = time.Since(start)
	slices.Sort(o.latencies)
	return o, ctx.Err()
}

func (o *outcome) add(part *outcome) {
	o.offered += part.offered
	o.served += part.served
	o.lost += part.lost
	o.wrong += part.wrong
	o.first = errors.Join(o.first, part.first)
	o.latencies = append(o.latencies, part.latencies...)
}

// ask sends one request after the other over a connection, the first at the given time and each a step later.
func (o *outcome) ask(c net.Conn, at time.Time, step time.Duration, done <-chan struct{}) {
	request := fmt.Appendf(nil, "POST /access/v1/evaluation HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	reader := bufio.NewReader(c)
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	for ; ; at = at.Add(step) {
		timer.Reset(max(0, time.Until(at)))
		select {
		case <-done:
			return
		case <-timer.C:
		}
		o.offered++
		if err := exchange(c, reader, request); errors.Is(err, errWrong) {
			o.wrong++
			o.first = earlier(o.first, err)
		} else if err != nil {
			o.lost++
			o.first = earlier(o.first, err)
			return // the connection is of no more use
		} else {
			o.served++
			o.latencies = append(o.latencies, time.Since(at))
		}
	}
}

func earlier(first, err error) error {
	if first != nil {
		return first
	}
	return err
}

var errWrong = errors.New("wrong answer")

// exchange sends the request and checks the answer.
func exchange(c net.Conn, reader *bufio.Reader, request []byte) error {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := c.Write(request); err != nil {
		return err
	}
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("%w: %.100q", errWrong, line)
	}
	var header [64]byte
	revision, size := header[:0], 0
	for {
		if line, err = reader.ReadSlice('\n'); err != nil {
			return err
		}
		name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(": "))
		switch string(name) {
		case "":
			return readAnswer(reader, size, revision)
		case "Content-Length":
			if size, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		case "Lictor-Revision":
			revision = append(revision, value...)
		}
	}
}

// readAnswer reads a body and checks it. Revisions that allow are called so.
func readAnswer(reader *bufio.Reader, size int, revision []byte) error {
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
		return fmt.Errorf("%w: %.200q with the header of %q", errWrong, body, revision)
	}
	_, err = reader.Discard(size)
	return err
}

// quantile returns the latency that a share of the answers did not exceed.
func (o *outcome) quantile(share float64) time.Duration {
	if len(o.latencies) == 0 {
		return 0
	}
	return o.latencies[min(len(o.latencies)-1, int(share*float64(len(o.latencies))))]
}

func (o *outcome) String() string {
	return fmt.Sprintf("offered %d, served %d, lost %d, wrong %d in %s; p50 %s, p90 %s, p99 %s, p99.9 %s, most %s",
		o.offered, o.served, o.lost, o.wrong, o.took.Round(time.Millisecond), micro(o.quantile(0.5)), micro(o.quantile(0.9)),
		micro(o.quantile(0.99)), micro(o.quantile(0.999)), micro(o.quantile(1)))
}

func micro(d time.Duration) time.Duration { return d.Round(time.Microsecond) }
