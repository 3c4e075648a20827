package workload_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/benchmarks/workload"
)

// TestWorkloads wants every workload to be the same each time, and its requests to be answered as it says, three of
// every four with yes.
func TestWorkloads(t *testing.T) {
	t.Parallel()
	for _, name := range workload.Names() {
		if name == "subjects-1000000" {
			continue // is subjects-100000, but for its size
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := generated(t, name)
			again := w
			if len(w.Requests) < 10_000 { // larger ones differ in their size only
				again = generate(t, name)
			}
			if len(w.Requests) != len(again.Requests) || len(w.Requests) < 4000 || len(w.Requests)%w.Batch != 0 {
				t.Fatalf("%d requests, then %d, in batches of %d", len(w.Requests), len(again.Requests), w.Batch)
			}
			for i := range w.Requests {
				r := &w.Requests[i]
				if r.Subject == "" || r.Resource == "" || r.Action == "" || r.Instance == "" || r.Number != i {
					t.Fatalf("request %d is %+v", i, r)
				}
				if r.Key != again.Requests[i].Key {
					t.Fatalf("request %d is %q, then %q", i, r.Key, again.Requests[i].Key)
				}
				if want := i%4 != 3 && !w.Explained; r.Allowed != want || w.Policy.Allows(r) != want {
					t.Fatalf("request %d, %q, is answered with %t", i, r.Key, r.Allowed)
				}
			}
		})
	}
}

// TestSizes holds the workloads to what their names say.
func TestSizes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]int{
		"rbac-10": {10, 10}, "rbac-1000": {1000, 100}, "rbac-100000": {100_000, 1000}, "cloud": {165_179, 10_000},
		"hierarchy-10": {1000, 100}, "instances-1000": {1000, 1000}, "instances-100000": {100_000, 1000},
		"subjects-1": {1000, 1}, "subjects-1000": {1000, 1000}, "subjects-100000": {1000, 100_000},
	} {
		w := generated(t, name)
		if got := [2]int{w.Policy.Grants(), len(w.Policy.Subjects)}; got != want {
			t.Errorf("%s has %d grants and subjects, not %d", name, got, want)
		}
	}
}

// TestFeatures wants a policy to know what it makes use of: what an engine is given no place for would be answered wrongly.
func TestFeatures(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]workload.Features{
		"rbac-1000":      {},
		"cloud":          {Organisations: true},
		"wildcards":      {Wildcards: true, Instances: true},
		"instances-1000": {Instances: true},
		"condition-1":    {Conditions: []workload.Condition{workload.OwnerAsks}},
		"deny":           {Denies: true, Instances: true},
	} {
		if diff := cmp.Diff(want, generated(t, name).Policy.Features()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestNoWorkload(t *testing.T) {
	t.Parallel()
	_, err := workload.New("none")
	if _, ok := errors.AsType[*workload.NameError](err); !ok {
		t.Errorf("%v", err)
	}
}

func generate(t *testing.T, name string) *workload.Workload {
	t.Helper()
	w, err := workload.New(name)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// first are the workloads as they were generated first, which several tests look at.
var first sync.Map

func generated(t *testing.T, name string) *workload.Workload {
	t.Helper()
	once, _ := first.LoadOrStore(name, sync.OnceValue(func() *workload.Workload { return generate(t, name) }))
	return once.(func() *workload.Workload)()
}
