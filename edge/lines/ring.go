package lines

import "sync/atomic"

// ring is a bounded queue of records with many producers and one consumer (D. Vyukov's bounded queue). Producers never
// wait: they are turned away when it is full or closed.
type ring[R any] struct {
	slots []Slot[R]
	mask  uint64
	_     [48]byte // producers and the consumer write to lines of the cache of their own
	tail  atomic.Uint64
	_     [56]byte
	head  uint64 // of the consumer alone
}

// Slot holds one record, which belongs to whoever claimed it until it is published.
type Slot[R any] struct {
	// turn is the slot's position while it is free for the producer that claims that position, and one more when its
	// record is complete.
	turn   atomic.Uint64
	Record R
}

// closedBit in the tail turns all producers away and keeps the count of what was claimed before.
const closedBit = 1 << 63

// newRing returns a ring of a size that is a power of two and at least 2: in a smaller one a full slot would look free.
func newRing[R any](size int) *ring[R] {
	r := &ring[R]{slots: make([]Slot[R], size), mask: uint64(size - 1)}
	for i := range r.slots {
		r.slots[i].turn.Store(uint64(i))
	}
	return r
}

// claim returns a slot to fill and then to publish, nil when there is none.
func (r *ring[R]) claim() *Slot[R] {
	for {
		position := r.tail.Load()
		if position&closedBit != 0 {
			return nil
		}
		s := &r.slots[position&r.mask]
		turn := s.turn.Load()
		if turn == position && r.tail.CompareAndSwap(position, position+1) {
			return s
		}
		if turn < position {
			return nil
		}
	}
}

// publish hands a filled slot to the consumer. Nobody else writes to its turn meanwhile.
func (s *Slot[R]) publish() { s.turn.Store(s.turn.Load() + 1) }

// next returns the oldest slot that is published, nil when there is none. The consumer releases it before the next.
func (r *ring[R]) next() *Slot[R] {
	s := &r.slots[r.head&r.mask]
	if s.turn.Load() != r.head+1 {
		return nil
	}
	return s
}

// release gives a slot back to producers.
func (r *ring[R]) release(s *Slot[R]) {
	s.turn.Store(r.head + uint64(len(r.slots)))
	r.head++
}

func (r *ring[R]) close() { r.tail.Or(closedBit) }

// accepted returns how many slots were ever claimed.
func (r *ring[R]) accepted() uint64 { return r.tail.Load() &^ closedBit }

// ended reports whether the ring is closed and all that was claimed is consumed. It is the consumer's.
func (r *ring[R]) ended() bool { return r.tail.Load() == r.head|closedBit }
