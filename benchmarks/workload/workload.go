// Package workload describes policies, subjects and requests in no engine's terms, so that engines which are compared are
// given the same work. Each workload is generated from one seed and is the same on every machine; the answer of each request
// is found by looking through all grants, and by no engine.
//
// Start reading at [New].
package workload

import (
	"fmt"
	"slices"
)

// Workload is a policy with what is asked about it.
type Workload struct {
	Name     string
	Policy   *Policy
	Requests []Request // three of every four in turn are allowed

	Batch     int  // so many requests in turn, all of one subject, are asked at once; 1: each alone
	Explained bool // answers come with what Policy.Explain returns; every request is denied for want of a grant
}

// NameError says that there is no workload of that name.
type NameError struct{ Name string }

func (e *NameError) Error() string { return fmt.Sprintf("no workload %.100q", e.Name) }

// Names returns the names of all workloads.
func Names() []string {
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = a.name
	}
	return names
}

// New generates the workload of a name. The error is a [*NameError].
func New(name string) (*Workload, error) {
	i := slices.IndexFunc(all, func(a kind) bool { return a.name == name })
	if i < 0 {
		return nil, &NameError{name}
	}
	w := all[i].generate(newGenerator(seed))
	w.Name = name
	w.Batch = max(w.Batch, 1)
	for i := range w.Requests {
		w.Requests[i].Number = i
	}
	return w, nil
}

// kind is a sort of workload.
type kind struct {
	name     string
	generate func(*generator) *Workload
}

// requests is how many are asked where there are not more subjects or grants.
const requests = 4096

var all = []kind{
	{"rbac-10", rbac(2, 5, 10, 1)},
	{"rbac-1000", rbac(10, 100, 100, 2)},
	{"rbac-100000", rbac(1000, 100, 1000, 2)},
	{"cloud", cloud},
	{"hierarchy-10", hierarchy},
	{"wildcards", wildcards},
	{"instances-1000", instances(10, 100)},
	{"instances-100000", instances(100, 1000)},
	{"condition-1", conditions(OwnerAsks)},
	{"condition-5", conditions(OwnerAsks, IsActive, LevelReached, RegionListed, BelowDocuments)},
	{"deny", deny},
	{"subjects-1", rbac(10, 100, 1, 1)},
	{"subjects-1000", rbac(10, 100, 1000, 1)},
	{"subjects-100000", rbac(10, 100, 100_000, 1)},
	{"subjects-1000000", rbac(10, 100, 1_000_000, 1)},
	{"batch-10", batch(10)},
	{"batch-100", batch(100)},
	{"default-deny-explained", explained},
}
