package value

import "strings"

// Equal reports whether a and b are the same value: numbers by magnitude, arrays item by item, objects
// and sets without regard to order. Values of different types are not equal. Missing
// equals nothing, not even itself.
func Equal(a, b Value) bool {
	ka, kb := a.Kind(), b.Kind()
	if ka == Missing || kb == Missing {
		return false
	}
	switch {
	case a.IsNumber() && b.IsNumber():
		return compareNumbers(a, b) == 0
	case ka != kb:
		return false
	case ka == String:
		return a.Text() == b.Text()
	case ka == Array:
		return equalItems(a, b)
	case ka == Set:
		return equalSets(a, b)
	case ka == Object:
		return equalMembers(a, b)
	}
	return true
}

func equalItems(a, b Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	for ia, ib := a.Items(), b.Items(); ; {
		_, x, ok := ia.Next()
		if !ok {
			return true
		}
		if _, y, _ := ib.Next(); !Equal(x, y) {
			return false
		}
	}
}

func equalSets(a, b Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	for items := a.Items(); ; {
		_, x, ok := items.Next()
		if !ok {
			return true
		}
		if !Contains(b, x) {
			return false
		}
	}
}

// maxLookups is the most members of an object that are compared by going through the other one for each of them. Whoever
// sends a request decides how many there are.
const maxLookups = 32

func equalMembers(a, b Value) bool {
	switch {
	case a.Len() != b.Len():
		return false
	case a.Len() > maxLookups:
		return equalIndexed(a, b)
	}
	for items := a.Items(); ; {
		name, x, ok := items.Next()
		if !ok {
			return true
		}
		if !Equal(x, b.Get(name)) {
			return false
		}
	}
}

// equalIndexed is equalMembers for objects with many members: it takes time in proportion to their size, and memory.
func equalIndexed(a, b Value) bool {
	members := make(map[string]Value, b.Len())
	for items := b.Items(); ; {
		name, y, ok := items.Next()
		if !ok {
			break
		}
		members[name] = y
	}
	for items := a.Items(); ; {
		name, x, ok := items.Next()
		if !ok {
			return true
		}
		if !Equal(x, members[name]) {
			return false
		}
	}
}

// Contains reports whether an Array or a Set holds an item equal to v.
func Contains(container, v Value) bool {
	for items := container.Items(); ; {
		_, item, ok := items.Next()
		if !ok {
			return false
		}
		if Equal(item, v) {
			return true
		}
	}
}

// Order compares two numbers by magnitude, or two strings byte by byte: -1, 0 or 1. Any other pair
// has no order, and ok is false.
func Order(a, b Value) (cmp int, ok bool) {
	switch {
	case a.IsNumber() && b.IsNumber():
		return compareNumbers(a, b), true
	case a.Kind() == String && b.Kind() == String:
		return strings.Compare(a.Text(), b.Text()), true
	}
	return 0, false
}
