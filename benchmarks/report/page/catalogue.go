package page

import "github.com/lictor-dev/lictor/benchmarks/report/plot"

// group says how an engine takes part.
type group int

const (
	ours  group = iota // answers from what Lictor compiled, in an engine of ours
	peer               // what a user would take instead
	floor              // does less than a decision: how fast it could be at most
	aside              // ours with less to do than the others: shown, but in no comparison
)

// engine is one of the contenders of the comparison.
type engine struct {
	name  string // in results
	title string
	what  string
	group group
	style plot.Style
}

// engines are the contenders, in the order of columns.
var engines = []engine{
	{"lictor-table", "Lictor tables", "the engine that edges and the Go SDK answer with", ours, plot.Style{Colour: 0, Mark: plot.Circle}},
	{"lictor-table-prepared", "Lictor prepared", "the same with requests whose texts were read beforehand, which the others have to do, and which lie in memory beside the tables, so that a large policy finds less room in the caches; in no comparison", aside, plot.Style{Colour: 0, Mark: plot.Ring, Dash: "6 3"}},
	{"lictor-wasm", "Lictor policy.wasm", "the bundle's `policy.wasm` on wazero", ours, plot.Style{Colour: 1, Mark: plot.Square}},
	{"lictor-guest", "Lictor guest", "the table engine as a WebAssembly module on wazero", ours, plot.Style{Colour: 2, Mark: plot.Triangle}},
	{"opa-go", "OPA", "OPA's Go library, a prepared query over Rego as an author of Rego writes it", peer, plot.Style{Colour: 3, Mark: plot.Square}},
	{"opa-lictor-bundle", "OPA on our bundle", "the same library over the Rego and data of Lictor's bundle", peer, plot.Style{Colour: 4, Mark: plot.Diamond}},
	{"cedar-go", "cedar-go", "the implementation of Cedar in Go, with an index of policies by scope; Cedar's own, in Rust, was not measured", peer, plot.Style{Colour: 5, Mark: plot.Triangle}},
	{"casbin", "Casbin", "Casbin's enforcer", peer, plot.Style{Colour: 6, Mark: plot.Cross}},
	{"casbin-cached", "Casbin cached", "Casbin's enforcer that keeps answers; it has seen every request before it is timed", peer, plot.Style{Colour: 7, Mark: plot.Ring}},
	{"map-of-maps", "map of maps", "maps in maps, written by hand for this one workload", floor, plot.Style{Colour: 8, Mark: plot.Diamond, Dash: "6 3"}},
	{"go-map", "Go map", "one look-up in a Go map of the same size, with a key that was made before", floor, plot.Style{Colour: 8, Mark: plot.Ring, Dash: "2 3"}},
}

// workload is something that every engine is asked.
type workload struct {
	name   string // in results
	title  string
	family string // of those that differ in size only; empty: there is one size
	size   float64
	cached bool // the working set is in cache, so that the budget against a map of maps holds
	about  string
}

// workloads are in the order of rows.
var workloads = []workload{
	{"rbac-10", "roles, 10 grants", "grants", 10, true, "2 roles of 5 grants each, 10 subjects with one role each"},
	{"rbac-1000", "roles, 1,000 grants", "grants", 1_000, true, "10 roles of 100 grants each, 100 subjects with two roles each"},
	{"rbac-100000", "roles, 100,000 grants", "grants", 100_000, true, "1,000 roles of 100 grants each, 1,000 subjects with two roles each"},
	{"cloud", "the cloud roles", "", 0, false, "2,461 predefined roles of a cloud with 165,179 grants, 10,000 subjects with one to eight roles each, in one of 50 projects or everywhere"},
	{"hierarchy-10", "roles in roles, 10 deep", "", 0, true, "ten chains of ten roles, each of which includes the next and has 10 grants; 100 subjects with the first of a chain"},
	{"wildcards", "wildcards in grants", "", 0, true, "10 roles of 8 grants each, which name any action, any resource, or any action on one instance, or no wildcard; 100 subjects with one role each"},
	{"instances-1000", "grants of 1,000 instances", "instances", 1_000, true, "10 roles of 100 grants each, every one for a single document; 1,000 subjects with one role each"},
	{"instances-100000", "grants of 100,000 instances", "instances", 100_000, false, "100 roles of 1,000 grants each, every one for a single document; 1,000 subjects with one role each"},
	{"condition-1", "one condition", "", 0, true, "10 roles of 10 grants each, with the condition that the resource's owner asks; 100 subjects with one role each"},
	{"condition-5", "five conditions", "", 0, true, "the same with four conditions more: on the resource's status and path, a region in a list, and a level"},
	{"deny", "deny rules", "", 0, true, "10 roles of 20 grants and 10 denials each, half of them for one instance; 100 subjects with two roles each"},
	{"subjects-1", "1 subject", "subjects", 1, true, "10 roles of 100 grants each, one subject with one role"},
	{"subjects-1000", "1,000 subjects", "subjects", 1_000, true, "10 roles of 100 grants each, 1,000 subjects with one role each"},
	{"subjects-100000", "100,000 subjects", "subjects", 100_000, false, "10 roles of 100 grants each, 100,000 subjects with one role each"},
	{"subjects-1000000", "1,000,000 subjects", "subjects", 1_000_000, false, "10 roles of 100 grants each, 1,000,000 subjects with one role each"},
	{"batch-10", "batch of 10", "", 0, true, "the policy of rbac-1000; one subject asks for ten things at once"},
	{"batch-100", "batch of 100", "", 0, true, "the policy of rbac-1000; one subject asks for a hundred things at once"},
	{"default-deny-explained", "default deny, explained", "", 0, true, "100 roles of 3 grants each, 100 subjects with two roles each; every request is denied, and the answer names the grants that come near"},
}

func engineOf(name string) *engine {
	for i := range engines {
		if engines[i].name == name {
			return &engines[i]
		}
	}
	return nil
}

// Workloads returns the names of the workloads that the page has a place for, in its order.
func Workloads() []string {
	names := make([]string, 0, len(workloads))
	for _, w := range workloads {
		names = append(names, w.name)
	}
	return names
}
