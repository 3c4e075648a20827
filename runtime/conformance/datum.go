package conformance

import (
	"math/big"
	"strings"

	"github.com/lictor-dev/lictor/bundles/value"
)

// datum is a value as the reference evaluator computes with it, on purpose in another form than the
// engines': null, bool, *big.Rat, string, array, object or set. A nil datum is missing, and what cannot
// be evaluated.
type datum any

type (
	null   struct{}
	array  []datum
	object map[string]datum
	set    []datum // unique, in no order
)

// decode returns v as a datum.
func decode(v value.Value) datum {
	switch v.Kind() {
	case value.Missing:
		return nil
	case value.Null:
		return null{}
	case value.False, value.True:
		return v.Kind() == value.True
	case value.Integer, value.Decimal, value.Big:
		n, ok := new(big.Rat).SetString(string(value.AppendJSON(nil, v)))
		if !ok {
			panic("BUG: a number without a value")
		}
		return n
	case value.String:
		return string(append([]byte(nil), v.Text()...))
	case value.Object:
		o := object{}
		for items := v.Items(); ; {
			name, item, ok := items.Next()
			if !ok {
				return o
			}
			o[name] = decode(item)
		}
	default:
		a := array{}
		for items := v.Items(); ; {
			_, item, ok := items.Next()
			if !ok {
				return a
			}
			a = append(a, decode(item))
		}
	}
}

// equal is rule X4: values of different types are not equal, numbers compare by magnitude.
func equal(a, b datum) bool {
	switch a := a.(type) {
	case *big.Rat:
		b, ok := b.(*big.Rat)
		return ok && a.Cmp(b) == 0
	case array:
		b, ok := b.(array)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case object:
		b, ok := b.(object)
		if !ok || len(a) != len(b) {
			return false
		}
		for name := range a {
			if b[name] == nil || !equal(a[name], b[name]) {
				return false
			}
		}
		return true
	case set:
		b, ok := b.(set)
		return ok && len(a) == len(b) && len(without(a, b)) == 0
	default: // null, bool, string
		switch b.(type) {
		case null, bool, string:
			return a == b
		default:
			return false
		}
	}
}

func member(items []datum, v datum) bool {
	for _, item := range items {
		if equal(item, v) {
			return true
		}
	}
	return false
}

// unique returns the set of the items.
func unique(items []datum) set {
	s := set{}
	for _, item := range items {
		if !member(s, item) {
			s = append(s, item)
		}
	}
	return s
}

// without returns the items of a that b does not hold.
func without(a, b set) set {
	s := set{}
	for _, item := range a {
		if !member(b, item) {
			s = append(s, item)
		}
	}
	return s
}

// limit is the largest magnitude of an integer that takes part in an operation, 2⁵³.
var limit = new(big.Rat).SetInt64(value.MaxInteger)

// beyond reports whether v is an integer beyond 2⁵³ in magnitude, or a fraction of more than 18
// significant digits.
func beyond(v datum) bool {
	n, ok := v.(*big.Rat)
	if !ok {
		return false
	}
	if n.IsInt() {
		return new(big.Rat).Abs(n).Cmp(limit) > 0
	}
	return len(strings.Trim(strings.Replace(n.FloatString(places), ".", "", 1), "-0")) > 18
}

// places is more than any number that is read has behind its point.
const places = 900
