package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// List collects diagnostics. The zero value is empty and ready for use. It is not safe for concurrent
// use; passes that run side by side fill a list each and add them up.
type List []Diagnostic

// Add appends diagnostics.
func (l *List) Add(diagnostics ...Diagnostic) { *l = append(*l, diagnostics...) }

// Errorf adds an error without hint or related places and returns it, so that the caller can fill
// them in. The pointer is good until the next addition.
func (l *List) Errorf(code string, pos Pos, format string, args ...any) *Diagnostic {
	*l = append(*l, Diagnostic{Code: code, Pos: pos, Message: fmt.Sprintf(format, args...)})
	return &(*l)[len(*l)-1]
}

// Warnf adds a warning as [List.Errorf] adds an error.
func (l *List) Warnf(code string, pos Pos, format string, args ...any) *Diagnostic {
	d := l.Errorf(code, pos, format, args...)
	d.Severity = Warning
	return d
}

// Sort orders the list by file, line, column, code and message, and drops repeats of the same
// diagnostic: those that agree in all of these.
func (l *List) Sort() {
	slices.SortStableFunc(*l, compare)
	*l = slices.CompactFunc(*l, func(a, b Diagnostic) bool { return compare(a, b) == 0 })
}

func compare(a, b Diagnostic) int {
	return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
}

// Compare orders places by file, line and column: -1, 0 or 1.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// Without returns the diagnostics that have another code, in their order.
func (l List) Without(code string) List {
	return slices.DeleteFunc(slices.Clone(l), func(d Diagnostic) bool { return d.Code == code })
}

// HasErrors reports whether the list holds an error, so that no bundle may be built.
func (l List) HasErrors() bool { return l.Count(Error) > 0 }

// Count returns how many diagnostics of a severity the list holds.
func (l List) Count(severity Severity) int {
	n := 0
	for i := range l {
		if l[i].Severity == severity {
			n++
		}
	}
	return n
}
