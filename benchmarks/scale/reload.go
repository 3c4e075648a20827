package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/lictor-dev/lictor/bundles/store"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/live"
)

// reload is what came of generations that took each other's place while one question after the other was asked. Sizes are
// bytes that were resident.
type reload struct {
	Before, After int64         // with one generation, settled
	Peak          int64         // the most from a reload's begin until memory had settled
	Took          time.Duration // the longest, until the other generation answered
	Answers       int64         // while it went on
}

// measureReload lets one generation take the place of another, and again.
func (o *order) measureReload(ctx context.Context, asked []question) (*measurement, error) {
	m := &measurement{}
	var err error
	if m.Base, err = collected(); err != nil {
		return nil, err
	}
	edge, err := o.startLive(ctx)
	if err != nil {
		return nil, err
	}
	defer edge.Close()
	g := edge.Current()
	if g == nil {
		return nil, fmt.Errorf("nothing runs: %+v", edge.Status())
	}
	m.Tables = int64(len(g.Bundle.Tables().Bytes()))
	g = nil // it must be garbage when another one has taken over
	users, err := use(edge, asked)
	if err != nil {
		return nil, err
	}
	if err := o.swap(ctx, edge, &m.Reload); err != nil {
		return nil, errors.Join(err, users.end())
	}
	m.Reload.Answers, err = users.count.Load(), users.end()
	return m, err
}

// startLive starts what an edge runs, on a file that holds the first bundle.
func (o *order) startLive(ctx context.Context) (*live.Live[exchange.Generation], error) {
	keys, err := o.keys()
	if err != nil {
		return nil, err
	}
	if o.own, err = os.MkdirTemp(o.Dir, "edge"); err != nil {
		return nil, err
	}
	if err := o.put(0); err != nil {
		return nil, err
	}
	options := live.Options[exchange.Generation]{
		Path: filepath.Join(o.own, liveFile), Keys: keys, Open: edge.Open, PollOnly: true, Poll: time.Hour,
	}
	if o.State {
		if options.State, err = o.state(); err != nil {
			return nil, err
		}
	}
	return live.Start(ctx, options)
}

// liveFile is where an edge finds its bundle.
const liveFile = "live.tar.gz"

// state returns where generations are kept.
func (o *order) state() (*store.Source, error) {
	s, err := store.Open(filepath.Join(o.own, "state"))
	if err != nil {
		return nil, err
	}
	return s.Source("edge")
}

// put lets one of the two bundles stand where the edge reads it.
func (o *order) put(n int) error {
	path := filepath.Join(o.own, liveFile)
	if err := os.Link(o.path([...]string{bundleFile, otherFile}[n%2]), path+".new"); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// swap reloads and keeps the worst that it sees.
func (o *order) swap(ctx context.Context, edge *live.Live[exchange.Generation], r *reload) error {
	var err error
	if r.Before, err = settled(); err != nil {
		return err
	}
	for n := 1; n <= o.Reloads; n++ {
		if err := o.put(n); err != nil {
			return err
		}
		if err := resetPeak(); err != nil {
			return err
		}
		begun, before := time.Now(), edge.Status().Generation.ID
		if err := edge.Reload(ctx); err != nil {
			return err
		}
		r.Took = max(r.Took, time.Since(begun))
		if edge.Status().Generation.ID == before {
			return errors.New("the other bundle did not take over")
		}
		if r.After, err = settled(); err != nil {
			return err
		}
		_, peak, err := resident()
		if err != nil {
			return err
		}
		r.Peak = max(r.Peak, peak)
	}
	return nil
}

// users ask one question after the other, as an edge does: without garbage.
type users struct {
	count atomic.Int64
	stop  chan struct{}
	done  chan error
}

// use asks questions until end is called. Each answer comes from the generation that runs, and must be right.
func use(edge *live.Live[exchange.Generation], asked []question) (*users, error) {
	all, err := requests(edge.Current().Grammar, asked)
	if err != nil {
		return nil, err
	}
	u := &users{stop: make(chan struct{}), done: make(chan error, 1)}
	go func() {
		for i := 0; ; i = (i + 1) % len(all) {
			select {
			case <-u.stop:
				u.done <- nil
				return
			default:
			}
			g := edge.Current()
			d, err := g.Engine.Decide(&all[i])
			runtime.KeepAlive(g)
			if err == nil && d.Allowed != asked[i].Allowed {
				err = fmt.Errorf("wrong answer: %t to %+v", d.Allowed, asked[i])
			}
			if err != nil {
				u.done <- err
				return
			}
			u.count.Add(1)
		}
	}()
	return u, nil
}

// end stops the questions and returns what was wrong.
func (u *users) end() error {
	close(u.stop)
	return <-u.done
}
