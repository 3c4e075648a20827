package diag

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// distinctLookups bounds how many different words one Names answers for, so that a project with
// mistakes without number is still reported in time.
const distinctLookups = 100

// Names finds, among known names, the one an author probably meant. It is not safe for concurrent use.
type Names struct {
	known []string
	found map[string]string
}

// NewNames returns the names for [Names.Nearest]. It keeps no reference to known.
func NewNames(known []string) *Names {
	sorted := slices.Clone(known)
	slices.Sort(sorted)
	return &Names{known: slices.Compact(sorted), found: map[string]string{}}
}

// Nearest returns the known name closest to word, and "" when none is close: at most one edit for
// each three letters, one for two and never more than three, where an edit inserts, drops, replaces or
// swaps letters. Case counts for nothing. Of equally close names the first in order wins.
func (n *Names) Nearest(word string) string {
	if near, ok := n.found[word]; ok {
		return near
	}
	if len(n.found) >= distinctLookups {
		return ""
	}
	near := nearest(word, n.known)
	n.found[word] = near
	return near
}

// Hint returns "did you mean …?" with the nearest name, or other when none is close.
func (n *Names) Hint(word, other string) string {
	if near := n.Nearest(word); near != "" {
		return "did you mean " + Quote(near) + "?"
	}
	return other
}

func nearest(word string, known []string) string {
	folded := strings.ToLower(word)
	letters := utf8.RuneCountInString(folded)
	best, limit := "", min(3, (letters+1)/3)+1
	for _, name := range known {
		if name == word || abs(utf8.RuneCountInString(name)-letters) >= limit {
			continue
		}
		if d := Distance(folded, strings.ToLower(name)); d < limit {
			best, limit = name, d
		}
	}
	return best
}

// Distance returns the number of edits between two words: letters inserted, dropped, replaced, or
// swapped with their neighbour (optimal string alignment).
func Distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	two, one, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		two, one, row = one, row, two
		row[0] = i + 1
		for j := range y {
			change := 1
			if x[i] == y[j] {
				change = 0
			}
			row[j+1] = min(one[j+1]+1, row[j]+1, one[j]+change)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], two[j-1]+1)
			}
		}
	}
	return row[len(y)]
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
