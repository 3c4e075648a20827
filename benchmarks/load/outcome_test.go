package main

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// TestVerdict wants what went wrong to be an error.
func TestVerdict(t *testing.T) {
	t.Parallel()
	fault := errors.New("fault")
	good := outcome{offered: 2, served: 2, latencies: []time.Duration{1, 2}}
	lost := outcome{offered: 2, served: 1, lost: 1, first: fault}
	by := map[string]*scenario{}
	for i := range scenarios {
		by[scenarios[i].name] = &scenarios[i]
	}
	tests := []struct {
		name string
		result
		want string // empty: no error
	}{
		{"steady", result{outcome: good}, ""},
		{"steady", result{outcome: lost}, "1 answers lost"},
		{"steady", result{outcome: outcome{offered: 2, served: 1, wrong: 1, first: fault}}, "1 wrong"},
		{"steady", result{outcome: outcome{offered: 2, served: 1}}, "1 answers to 2 requests"},
		{"steady", result{}, "nothing was asked"},
		{"reloads", result{outcome: good, swaps: 2}, ""},
		{"reloads", result{outcome: good, swaps: 1}, "1 reloads seen of 2"},
		{"decision-log", result{outcome: good, logged: &logged{decisions: 4, written: 3, lost: 1, there: 3}}, ""},
		{"decision-log", result{outcome: good, logged: &logged{decisions: 4, written: 3, there: 3}}, "of 4 decisions"},
		{"decision-log", result{outcome: good, logged: &logged{decisions: 4, written: 4, there: 3}}, "3 lines are in the file"},
		{"decision-log", result{outcome: good, logged: &logged{decisions: 4, lost: 4}}, "0 lines written"},
		{"slow-sink", result{outcome: good, logged: &logged{lost: 1}}, ""},
		{"slow-sink", result{outcome: good, logged: &logged{}}, "no line"},
		{"dead-sink", result{outcome: lost, logged: &logged{lost: 1}}, "1 answers lost"},
		{"full-disk", result{outcome: good, logged: &logged{}}, "no line"},
		{"overload", result{outcome: lost, recovered: good}, ""},
		{"overload", result{outcome: lost, recovered: lost}, "after the overload"},
		{"overload", result{outcome: good, recovered: good}, "no overload"},
		{"overload", result{outcome: outcome{offered: 3, served: 1, lost: 1, wrong: 1, first: fault}, recovered: good}, "1 wrong"},
		{"overload", result{outcome: outcome{offered: 1, lost: 1, first: fault}, recovered: good}, "1 answers lost"},
	}
	for _, tt := range tests {
		tt.plan, tt.scenario = &plan{reloads: 2}, by[tt.name]
		err := tt.verdict()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestQuantile wants the latency that so large a share did not exceed.
func TestQuantile(t *testing.T) {
	t.Parallel()
	var o outcome
	for n := 1000; n > 0; n-- {
		o.note(time.Duration(n), nil)
	}
	o.finish(time.Second)
	for share, want := range map[float64]time.Duration{0: 1, 0.5: 501, 0.99: 991, 0.999: 1000, 1: 1000} {
		if got := o.quantile(share); got != want {
			t.Errorf("%v: %d, want %d", share, got, want)
		}
	}
}

const allows = "HTTP/1.1 200 OK\r\nContent-Length: 76\r\nLictor-Revision: allow-2\r\n\r\n" +
	`{"decision":true,"context":{"reason":"allowed","revision":"allow-2"}}` + "\n"

// TestOpenLoop wants requests to be sent when they are due although no answer comes, latency to count from then, and what is
// not answered in the end to be lost.
func TestOpenLoop(t *testing.T) {
	t.Parallel()
	right := strings.Replace(allows, "76", "70", 1)
	tests := []struct {
		name   string
		answer string // to each of the requests, when all of them have come
		last   bool   // the last one is answered too
		lost   bool   // some are lost
		wrong  bool   // all are wrong
	}{
		{"all at once", right, true, false, false},
		{"all but the last", right, false, true, false},
		{"of two generations", strings.Replace(right, `"revision":"allow-2"`, `"revision":"allow-3"`, 1), true, false, true},
		{"of the other decision", strings.Replace(right, "Revision: allow", "Revision: xllow", 1), true, false, true},
		{"no answer", strings.Replace(right, "200 OK", "503 No", 1), true, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			const requests, step = 20, 5 * time.Millisecond
			done := make(chan struct{})
			served := make(chan error, 1)
			go func() { served <- serveLate(ln, requests, tt.answer, tt.last, done) }()
			all, err := dial(ln.Addr().String(), 1)
			if err != nil {
				t.Fatal(err)
			}
			o := all.load(pace{int(time.Second / step), time.Second}, done)
			all.close()
			if err := <-served; err != nil {
				t.Fatal(err)
			}
			if o.offered < requests || o.served+o.lost+o.wrong != o.offered || (o.lost > 0) != tt.lost || (o.wrong > 0) != tt.wrong || (o.served > 0) == tt.wrong {
				t.Errorf("%s", o.counts())
			}
			if waited := (requests - 2) * step; o.served > 0 && o.quantile(1) < waited {
				t.Errorf("the first request waited %s at most, and %s for its answer", o.quantile(1), waited)
			}
		})
	}
}

// serveLate takes requests on one connection, and answers them when so many have come. Then it says that it is done, and
// either answers those that come still, or all but one and no more.
func serveLate(ln net.Listener, requests int, answer string, last bool, done chan<- struct{}) error {
	c, err := ln.Accept()
	if err != nil {
		return err
	}
	defer c.Close()
	buffer := make([]byte, 1<<16)
	text := ""
	for strings.Count(text, "POST ") < requests || !strings.HasSuffix(text, body) {
		n, err := c.Read(buffer)
		if err != nil {
			return err
		}
		text += string(buffer[:n])
	}
	close(done)
	answered := 0
	for {
		due := strings.Count(text, "POST ")
		if !last {
			_, err := c.Write([]byte(strings.Repeat(answer, due-1)))
			return err
		}
		if _, err := c.Write([]byte(strings.Repeat(answer, due-answered))); err != nil {
			return err
		}
		answered = due
		n, err := c.Read(buffer)
		if err != nil {
			return nil // the client has what it wants
		}
		text += string(buffer[:n])
	}
}
