package main

import (
	"context"
	"errors"
	"fmt"
)

// scenario is what an edge is loaded in.
type scenario struct {
	name, what string
	sink       func(dir string) (*sink, error)     // where decisions are logged; nil: they are not
	beside     func(*stage, context.Context) error // what happens meanwhile; the load lasts as long. nil: nothing, it lasts as planned
	excess     bool                                // more is offered than can be served
	judge      func(*result) error                 // beside what every scenario has to do; nil: nothing
}

var scenarios = []scenario{
	{name: "steady", what: "nothing else happens"},
	{name: "reloads", what: "the bundle is replaced again and again", beside: (*stage).swap, judge: (*result).judgeReloads},
	{name: "reloads-apart", what: "the bundle is replaced a tenth as often", beside: (*stage).swapApart, judge: (*result).judgeApart},
	{name: "decision-log", what: "each decision is logged to a file", sink: fileSink, judge: (*result).judgeLog},
	{name: "slow-sink", what: "decisions are logged to a pipe of which 100 lines a second are read", sink: slowSink, judge: (*result).judgeLoss},
	{name: "dead-sink", what: "decisions are logged to a pipe that nobody reads", sink: deadSink, judge: (*result).judgeLoss},
	{name: "full-disk", what: "decisions are logged to a disk that is full", sink: fullSink, judge: (*result).judgeLoss},
	{name: "overload", what: "more is offered than can be served", excess: true, judge: (*result).judgeRecovery},
}

// judgeReloads wants every bundle to have been taken up.
func (r *result) judgeReloads() error {
	if r.swaps != r.reloads {
		return fmt.Errorf("%d reloads seen of %d", r.swaps, r.reloads)
	}
	return nil
}

// judgeApart is judgeReloads for reloads that are further apart.
func (r *result) judgeApart() error {
	if r.swaps != r.apart() {
		return fmt.Errorf("%d reloads seen of %d", r.swaps, r.apart())
	}
	return nil
}

// judgeLog wants every decision to be accounted for, and what is counted as written to be there.
func (r *result) judgeLog() error {
	l := r.logged
	if l.written+l.lost != l.decisions || l.written == 0 {
		return fmt.Errorf("%d lines written and %d lost of %d decisions", l.written, l.lost, l.decisions)
	}
	if l.there != l.written {
		return fmt.Errorf("%d lines are in the file, %d are counted", l.there, l.written)
	}
	return nil
}

// judgeLoss wants lines to be lost: else nothing was slow.
func (r *result) judgeLoss() error {
	if r.logged.lost == 0 {
		return errors.New("no line of the decision log was lost: the sink is not what it should be")
	}
	return nil
}

// judgeRecovery wants the edge to serve what it can serve after it was offered more.
func (r *result) judgeRecovery() error {
	if r.lost == 0 {
		return errors.New("nothing was lost: that was no overload")
	}
	if err := r.recovered.fault(); err != nil {
		return fmt.Errorf("after the overload: %w", err)
	}
	return nil
}
