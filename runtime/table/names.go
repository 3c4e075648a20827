package table

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// sortByName sorts offsets by the names of what stands there. Names are read from the tables only where the 8
// bytes behind what all of them have in front leave two equal: ids are far apart in memory and look alike.
func sortByName(at []uint32, name func(at uint32) string) {
	if len(at) < 2 {
		return
	}
	type entry struct {
		head uint64
		at   uint32
	}
	same, entries := len(common(at, name)), make([]entry, len(at))
	for i, a := range at {
		entries[i] = entry{head(name(a)[same:]), a}
	}
	slices.SortFunc(entries, func(x, y entry) int {
		if x.head != y.head {
			return cmp.Compare(x.head, y.head)
		}
		return strings.Compare(name(x.at), name(y.at))
	})
	for i := range entries {
		at[i] = entries[i].at
	}
}

// common returns what all names begin with.
func common(at []uint32, name func(at uint32) string) string {
	front := name(at[0])
	for _, a := range at {
		n, s := 0, name(a)
		for n < len(front) && n < len(s) && front[n] == s[n] {
			n++
		}
		front = front[:n]
	}
	return front
}

// head returns the first 8 bytes of s as a number that orders as they do. Missing ones count as zero.
func head(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}
