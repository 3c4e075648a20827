package pool_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/runtime/wasm/internal/pool"
)

// source counts what it made and what it dropped.
type source struct {
	made, dropped atomic.Int64
	fails         atomic.Bool
}

var errNone = errors.New("none can be made")

func (s *source) newPool(size int, wait time.Duration) (*pool.Pool[int64], error) {
	return pool.New(pool.Source[int64]{
		Make: func() (*int64, error) {
			if s.fails.Load() {
				return nil, errNone
			}
			n := s.made.Add(1)
			return &n, nil
		},
		Drop: func(*int64) { s.dropped.Add(1) },
		Size: size,
		Wait: wait,
	})
}

func TestPool(t *testing.T) {
	t.Parallel()
	var s source
	p, err := s.newPool(2, 5*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := p.Get()
	b, errB := p.Get()
	if errA != nil || errB != nil || a == b || p.Size() != 2 {
		t.Fatalf("%p %v, %p %v, size %d", a, errA, b, errB, p.Size())
	}
	if _, err := p.Get(); !errors.Is(err, pool.ErrBusy) {
		t.Errorf("a third: %v", err)
	}
	p.Put(a, true)
	if again, err := p.Get(); err != nil || again != a {
		t.Errorf("%p, %v, want the one that came back", again, err)
	}
	p.Put(a, false)
	if p.Size() != 1 || s.dropped.Load() != 1 {
		t.Errorf("size %d, %d dropped", p.Size(), s.dropped.Load())
	}
	s.fails.Store(true)
	for range 3 { // each failure gives its room back
		if _, err := p.Get(); !errors.Is(err, errNone) {
			t.Errorf("%v", err)
		}
	}
	p.Close()
	p.Close()
	p.Put(b, true)
	if _, err := p.Get(); !errors.Is(err, pool.ErrClosed) || p.Size() != 0 || s.dropped.Load() != 2 {
		t.Errorf("after the end: %v, size %d, %d dropped", err, p.Size(), s.dropped.Load())
	}
	if _, err := s.newPool(1, 0); !errors.Is(err, errNone) {
		t.Errorf("a pool of nothing: %v", err)
	}
}

// TestPoolConcurrently lends each thing to one goroutine at a time.
func TestPoolConcurrently(t *testing.T) {
	t.Parallel()
	var s source
	p, err := s.newPool(3, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var lent sync.Map
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for round := range 500 {
				i, err := p.Get()
				if err != nil {
					t.Error(err)
					return
				}
				if _, twice := lent.LoadOrStore(i, true); twice {
					t.Errorf("%d is lent twice", *i)
				}
				lent.Delete(i)
				p.Put(i, (n+round)%7 > 0)
			}
		})
	}
	wg.Wait()
	p.Close()
	if made, dropped := s.made.Load(), s.dropped.Load(); made != dropped || p.Size() != 0 {
		t.Errorf("%d made, %d dropped, %d left", made, dropped, p.Size())
	}
}

// TestPoolWakesWhoWaits gives the only thing back while others wait for it, and closes the pool at the end of each round.
func TestPoolWakesWhoWaits(t *testing.T) {
	t.Parallel()
	for range 300 {
		var s source
		p, err := s.newPool(1, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 5 {
					i, err := p.Get()
					if err != nil {
						t.Error(err)
						return
					}
					p.Put(i, true)
				}
			})
		}
		wg.Wait()
		last, err := p.Get()
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(p.Close)
		p.Put(last, true)
		wg.Wait()
		if p.Size() != 0 || s.dropped.Load() != 1 {
			t.Fatalf("size %d, %d dropped", p.Size(), s.dropped.Load())
		}
	}
}
