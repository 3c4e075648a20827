package main

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// outcome is what became of a load.
type outcome struct {
	offered, served, lost, wrong int
	first                        error           // of those lost or wrong
	took                         time.Duration   // of the whole load
	latencies                    []time.Duration // of those served, from the time they were to be sent; sorted in the end
}

var errWrong = errors.New("wrong answer")

// note counts one answer.
func (o *outcome) note(took time.Duration, err error) {
	switch {
	case err == nil:
		o.served++
		o.latencies = append(o.latencies, took)
		return
	case errors.Is(err, errWrong):
		o.wrong++
	default:
		o.lost++
	}
	if o.first == nil {
		o.first = err
	}
}

func (o *outcome) add(part *outcome) {
	o.offered += part.offered
	o.served += part.served
	o.lost += part.lost
	o.wrong += part.wrong
	if o.first == nil {
		o.first = part.first
	}
	o.latencies = append(o.latencies, part.latencies...)
}

// finish makes the outcome one that can be asked for quantiles.
func (o *outcome) finish(took time.Duration) {
	o.took = took
	slices.Sort(o.latencies)
}

// fault is an error where an answer is lost or wrong, or none was asked for.
func (o *outcome) fault() error {
	switch {
	case o.lost > 0 || o.wrong > 0:
		return fmt.Errorf("%d answers lost, %d wrong; the first: %w", o.lost, o.wrong, o.first)
	case o.served == 0:
		return errors.New("nothing was asked")
	case o.served != o.offered:
		return fmt.Errorf("%d answers to %d requests", o.served, o.offered)
	}
	return nil
}

// quantile returns the latency that a share of the answers did not exceed.
func (o *outcome) quantile(share float64) time.Duration {
	if len(o.latencies) == 0 {
		return 0
	}
	return o.latencies[min(len(o.latencies)-1, int(share*float64(len(o.latencies))))]
}

func (o *outcome) counts() string {
	return fmt.Sprintf("offered %d, served %d, lost %d, wrong %d in %s", o.offered, o.served, o.lost, o.wrong, o.took.Round(time.Millisecond))
}

func (o *outcome) times() string {
	return fmt.Sprintf("p50 %s, p90 %s, p99 %s, p99.9 %s, most %s", micro(o.quantile(0.5)), micro(o.quantile(0.9)),
		micro(o.quantile(0.99)), micro(o.quantile(0.999)), micro(o.quantile(1)))
}

func micro(d time.Duration) time.Duration { return d.Round(time.Microsecond) }
