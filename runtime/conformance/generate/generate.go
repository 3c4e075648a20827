// Package generate makes policies and requests at random, always the same ones for the same seed. Its
// vocabularies are small, so that things collide: what is hard about a decision happens often.
//
// [Model] makes a whole policy. A [Sampler] makes requests for any policy, made here or compiled from
// definitions: near its grants, just off them, and at the borders of its dates.
package generate

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/value"
)

// source is the seeded randomness everything here is drawn from.
type source struct{ *rand.Rand }

func newSource(seed uint64) source { return source{rand.New(rand.NewPCG(seed, 0x11c704))} }

// chance is true in the given number of cases of 100.
func (s source) chance(percent int) bool { return s.IntN(100) < percent }

// pick returns one item, the zero value of an empty list.
func pick[T any](s source, items []T) T {
	if len(items) == 0 {
		var zero T
		return zero
	}
	return items[s.IntN(len(items))]
}

// front returns one item, those near the front more often.
func front[T any](s source, items []T) T {
	return items[min(s.IntN(len(items)), s.IntN(len(items)))]
}

// some returns between low and high different items in their order, fewer if there are not as many.
func some[T any](s source, items []T, low, high int) []T {
	n := min(len(items), low+s.IntN(high-low+1))
	order := s.Perm(len(items))[:n]
	slices.Sort(order)
	chosen := make([]T, 0, n)
	for _, i := range order {
		chosen = append(chosen, items[i])
	}
	return chosen
}

// escape writes a literal value of a permission string.
func escape(v string) string {
	var b strings.Builder
	for _, c := range []byte(v) {
		if strings.IndexByte(":,*%/ ", c) < 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte("0123456789ABCDEF"[c>>4])
		b.WriteByte("0123456789ABCDEF"[c&15])
	}
	return b.String()
}

// quote returns a string as JSON text.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic("BUG: a string that does not marshal")
	}
	return string(b)
}

// mustValue returns the value of JSON text that is written here.
func mustValue(text string) value.Value {
	_, v, err := value.Parse(nil, []byte(text))
	if err != nil {
		panic("BUG: generated JSON: " + err.Error() + ": " + text)
	}
	return v
}
