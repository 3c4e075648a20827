// Command program does what Go's compiler needs places to resume at for: goroutines, growing stacks, deferred calls that recover,
// collections of garbage; and jumps of all kinds.
package main

import (
	"runtime"
	"slices"
	"strconv"
	"strings"
)

//go:wasmexport run
func run(seed, rounds int32) int64 { return int64(sum(uint64(seed), int(rounds))) }

func main() {}

// sum mixes what all parts answer.
func sum(seed uint64, rounds int) uint64 {
	h := mixed(14695981039346656037)
	for n := range rounds {
		x := next(seed + uint64(n))
		h.add(deep(int(x%3000), x))
		h.add(talk(int(x%7)+1, x))
		h.add(uint64(recovered(int(x % 9))))
		h.add(words(x))
		h.add(spaghetti(x, int(x%50)))
		h.add(dispatch(x))
		h.add(sorted(x))
		h.add(crowd(x))
		if n%16 == 0 {
			runtime.GC()
		}
	}
	return uint64(h)
}

type mixed uint64

func (m *mixed) add(x uint64) { *m = (*m ^ mixed(x)) * 1099511628211 }

func next(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// deep grows the stack.
func deep(n int, x uint64) uint64 {
	var frame [24]uint64
	frame[x%24] = x
	if n == 0 {
		return x
	}
	below := deep(n-1, next(x))
	return below ^ frame[x%24]*3 + frame[(x+1)%24]
}

// talk passes numbers through goroutines, so that functions are left and resumed in the middle.
func talk(workers int, x uint64) (total uint64) {
	in, out := make(chan uint64), make(chan uint64)
	for n := range workers {
		go func() {
			for y := range in {
				out <- next(y) + uint64(n)*0
				if y%3 == 0 {
					runtime.Gosched()
				}
			}
		}()
	}
	go feed(in, x)
	for range 20 {
		total += through(out)
	}
	return total
}

func feed(in chan uint64, x uint64) {
	for n := range 20 {
		in <- x + uint64(n)
	}
	close(in)
}

//go:noinline
func through(out chan uint64) uint64 { return <-out + 1 }

// recovered panics in one of several ways, or not, and says how.
func recovered(way int) (answer int) {
	defer func() {
		if e := recover(); e != nil {
			text := "?"
			switch e := e.(type) {
			case error:
				text = e.Error()
			case string:
				text = e
			}
			answer = answer*1000 + len(text) + way
		}
	}()
	for n := range 3 {
		defer func() { answer += n }()
	}
	answer = 5
	return broken(way, make([]int, 4), nil)
}

//go:noinline
func broken(way int, list []int, none *[8]int) int {
	defer func() { list[0]++ }()
	switch way {
	case 0:
		return list[way+4]
	case 1:
		return none[way]
	case 2:
		return 7 / (way - 2)
	case 3:
		panic("three")
	case 4:
		return len(list[way : way-1+list[0]])
	case 5:
		var m map[string]int
		m["x"] = 1
	case 6:
		var i any = "text"
		return i.(int)
	}
	return list[0] + way
}

// words works on texts, maps and builders.
func words(x uint64) uint64 {
	count := map[string]int{}
	var b strings.Builder
	for range 30 {
		x = next(x)
		word := strconv.FormatUint(x%40, 7)
		count[word]++
		b.WriteString(word)
		if strings.HasSuffix(b.String(), "11") {
			b.Reset()
		}
	}
	total := uint64(len(b.String()))
	for word, n := range count {
		total += uint64(len(word)*n) * uint64(n)
	}
	return total
}

// spaghetti jumps into and out of loops.
func spaghetti(x uint64, limit int) uint64 {
	n := 0
outer:
	for {
		switch x % 5 {
		case 0:
			x += 3
			fallthrough
		case 1:
			x = x/3 + 1
		case 2:
			goto middle
		default:
			for k := range 10 {
				if x>>k&3 == 2 {
					x ^= uint64(k)
					if n++; n > limit {
						break outer
					}
					continue outer
				}
			}
		}
		n++
	middle:
		x = next(x) >> 7
		if n++; n > limit || x&1023 == 7 {
			break outer
		}
	}
	return x + uint64(n)
}

type shape interface{ area(x uint64) uint64 }

type square struct{ side uint64 }

type circle struct{ parts []shape }

func (s square) area(x uint64) uint64 { return s.side * x }

func (c *circle) area(x uint64) (total uint64) {
	for _, p := range c.parts {
		total += p.area(x) ^ total>>3
	}
	return total
}

// dispatch calls by interfaces and closures.
func dispatch(x uint64) uint64 {
	c := &circle{parts: []shape{square{x & 7}, &circle{parts: []shape{square{3}, square{x}}}}}
	apply := func(f func(uint64) uint64) uint64 { return f(x) + f(x+1) }
	return apply(c.area) + apply(func(y uint64) uint64 { return y*y + c.area(y) })
}

func sorted(x uint64) uint64 {
	list := make([]uint64, 50)
	for n := range list {
		x = next(x)
		list[n] = x % 97
	}
	slices.SortFunc(list, func(a, b uint64) int { return int(a) - int(b) })
	h := mixed(x)
	for _, y := range list {
		h.add(y)
	}
	n, found := slices.BinarySearch(list, 31)
	if found {
		return uint64(h) + uint64(n)
	}
	return uint64(h)
}

// crowd has many small stacks side by side, whose owners call what needs more than they have.
func crowd(x uint64) uint64 {
	total := stairs1(x)
	out := make(chan uint64)
	for n := range 40 {
		go func() {
			var mine [16]uint64
			for k := range mine {
				mine[k] = next(x + uint64(n*k))
			}
			runtime.Gosched()
			sum := stairs1(x + uint64(n))
			runtime.Gosched()
			for k := range mine {
				if mine[k] != next(x+uint64(n*k)) {
					sum = 0
				}
			}
			out <- sum
		}()
	}
	for range 40 {
		total += <-out
	}
	return total
}

//go:noinline
func stairs1(x uint64) uint64 { var a [60]uint64; fill(&a, x); return stairs2(x+1) + a[x%60] }

//go:noinline
func stairs2(x uint64) uint64 { var a [60]uint64; fill(&a, x); return stairs3(x+1) + a[x%60] }

//go:noinline
func stairs3(x uint64) uint64 { var a [60]uint64; fill(&a, x); return stairs4(x+1) + a[x%60] }

//go:noinline
func stairs4(x uint64) uint64 { var a [60]uint64; fill(&a, x); return stairs5(x+1) + a[x%60] }

//go:noinline
func stairs5(x uint64) uint64 { var a [60]uint64; fill(&a, x); return stairs6(x+1) + a[x%60] }

//go:noinline
func stairs6(x uint64) uint64 { var a [60]uint64; fill(&a, x); return next(x) + a[x%60] }

//go:noinline
func fill(a *[60]uint64, x uint64) {
	for k := range a {
		a[k] = x + uint64(k)
	}
}
