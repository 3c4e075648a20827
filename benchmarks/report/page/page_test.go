package page_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/benchmarks/report/page"
	"github.com/lictor-dev/lictor/benchmarks/report/results"
	work "github.com/lictor-dev/lictor/benchmarks/workload"
)

var update = flag.Bool("update", false, "rewrite testdata/golden")

// fixture is made up: see testdata/fixture.
func fixture(t *testing.T) map[string]*results.File {
	t.Helper()
	files, err := results.ReadDir("testdata/fixture")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func render(t *testing.T, in map[string]*results.File) *page.Page {
	t.Helper()
	p, err := page.Render(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestGolden compares the page and a plot of each kind with what is kept. "go test ./report/page -run TestGolden -update" writes them anew.
func TestGolden(t *testing.T) {
	t.Parallel()
	p := render(t, fixture(t))
	kept := map[string][]byte{"report.golden": p.Markdown} // no .md: its links lead nowhere from here
	for _, name := range []string{"overview.svg", "compare-deny.svg", "growth-grants.svg", "http.svg", "load.svg", "memory.svg"} {
		kept[name] = p.Plots[name]
	}
	for name, got := range kept {
		path := filepath.Join("testdata/golden", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// TestPlots wants every plot that the page shows to be there and to be well-formed, and none to be there for nothing.
func TestPlots(t *testing.T) {
	t.Parallel()
	p := render(t, fixture(t))
	if len(p.Plots) < 12 {
		t.Errorf("%d plots", len(p.Plots))
	}
	for name, svg := range p.Plots {
		if !bytes.Contains(p.Markdown, []byte("]("+page.Plots+"/"+name+")")) {
			t.Errorf("%s is not on the page", name)
		}
		reader := xml.NewDecoder(bytes.NewReader(svg))
		for {
			if _, err := reader.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	if shown := strings.Count(string(p.Markdown), "!["); shown != len(p.Plots) {
		t.Errorf("the page shows %d plots of %d", shown, len(p.Plots))
	}
}

func TestSameBytes(t *testing.T) {
	t.Parallel()
	want := render(t, fixture(t))
	for range 5 {
		if diff := cmp.Diff(want, render(t, fixture(t))); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestCommitted wants REPORT.md and the plots to be what the committed results give: "make bench-report" writes them.
func TestCommitted(t *testing.T) {
	t.Parallel()
	files, err := results.ReadDir("../../results")
	if err != nil {
		t.Fatal(err)
	}
	p, err := page.Render(files)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check("../.."); err != nil {
		t.Errorf("run make bench-report: %v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	p, dir := render(t, fixture(t)), t.TempDir()
	if err := p.Check(dir); err == nil {
		t.Error("an empty folder is as it should be")
	}
	old := filepath.Join(dir, filepath.FromSlash(page.Plots), "old.svg")
	if err := os.MkdirAll(filepath.Dir(old), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(old, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := p.Check(dir); err != nil {
		t.Errorf("what was written is not what would be: %v", err)
	}
	for _, c := range []struct{ file, want string }{
		{page.Name, page.Name + " is not what the results give"},
		{page.Plots + "/load.svg", "load.svg is not what the results give"},
		{page.Plots + "/more.svg", "more.svg is on no page"},
	} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(c.file)), []byte("by hand"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.Check(dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.file, err, c.want)
		}
	}
}

// TestWorkloads wants the page to know every workload that there is, and no other.
func TestWorkloads(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(work.Names(), page.Workloads()); diff != "" {
		t.Errorf("(-generated +on the page):\n%s", diff)
	}
}

// TestGaps wants a page without a result to say that it is missing: in its place and in the list.
func TestGaps(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"compare":   "results/compare.txt has no BenchmarkCompare",
		"http":      "results/http.txt has no BenchmarkHTTP",
		"peers":     "results/peers.txt has no BenchmarkHTTPPeers",
		"scale":     "results/scale.txt has no BenchmarkScale",
		"load":      "results/load.txt has no BenchmarkLoad",
		"memory":    "results/memory.txt has no BenchmarkMemory",
		"compile":   "results/compile.txt has no benchmark",
		"decisions": "results/decisions.txt has no benchmark",
		"search":    "results/search.txt has no benchmark",
		"wasm":      "results/wasm.txt has no benchmark",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for state, lacking := range map[string]func(map[string]*results.File){
				"missing":     func(in map[string]*results.File) { delete(in, name) },
				"without row": func(in map[string]*results.File) { in[name].Rows = nil },
			} {
				in := fixture(t)
				if text := string(render(t, in).Markdown); strings.Contains(text, want) {
					t.Fatalf("%q stands there while the result does", want)
				}
				lacking(in)
				text := string(render(t, in).Markdown)
				if !strings.Contains(text, "**Not measured:** "+want) || !strings.Contains(text, "\n- "+want) {
					t.Errorf("%s: the page does not say %q twice", state, want)
				}
			}
		})
	}
}

// TestServerNotMeasured wants the page to do without a server that older results do not have, and to say so.
func TestServerNotMeasured(t *testing.T) {
	t.Parallel()
	text := string(render(t, changed(t, "http", " decisions/s", " decisions/turn")).Markdown)
	const name = "edge, metrics, decision log"
	if want := `**Not measured:** results/http.txt has no server "` + name + `"`; !strings.Contains(text, want) || strings.Contains(text, "| "+name+" |") {
		t.Errorf("the page does not say %q, or shows it", want)
	}
	if usual := string(render(t, fixture(t)).Markdown); !strings.Contains(usual, "| "+name+" | 138,") {
		t.Error("a server that was measured is not shown")
	}
}

// changed is the fixture with a text replaced in one of its files.
func changed(t *testing.T, name, before, after string) map[string]*results.File {
	t.Helper()
	in := fixture(t)
	path := filepath.Join("testdata/fixture", name+".txt")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(before)) {
		t.Fatalf("%s has no %q", path, before)
	}
	f, err := results.Parse(path, bytes.ReplaceAll(text, []byte(before), []byte(after)))
	if err != nil {
		t.Fatal(err)
	}
	in[name] = f
	return in
}

func TestUnknownResults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, before, after, want string }{
		{"compare", "engine=cedar-go", "engine=cedar", `compare.txt:39: no workload and engine of these names: ["workload=rbac-10" "engine=cedar"]`},
		{"compare", "workload=deny/", "workload=denied/", "no workload and engine of these names"},
		{"compare", "engine=go-map-2", "engine=go-map/more=1-2", "no workload and engine of these names"},
		{"compare", "engine=opa-go", "engine=casbin-cached", "casbin-cached was measured with condition-1, which it is unfit for"},
		{"compare", "unfit: go-map on", "unfit: map on", `no workload and engine of these names: "map" on "condition-1"`},
		{"compare", " ns/op", " ns/request", "compare.txt:9: no ns/op"},
		{"peers", "/s\t", "/turn\t", "peers.txt:9: no server's requests a second"},
		{"peers", "lictor-edge/opa-server\t", "lictor-edge/opa\t", "peers.txt:9: no lictor-edge/opa-server"},
		{"http", "edge/constant", "edge/floor", "no edge/s or no edge/constant"},
		{"http", "log/constant", "audit/constant 1.0 log/constant", `no server of the name "audit"`},
		{"load", "scenario=", "phase=", "load.txt:9: no scenario="},
		{"load", " p99.9-ns", " p99.8-ns", "load.txt:9: no p99.9-ns"},
		{"load", " 0 lost", " 0 gone", "load.txt:9: no lost"},
		{"load", " wrong", " false", "load.txt:9: no wrong"},
		{"memory", "engine=opa ", "engine=openfga ", `no engine of the name "openfga"`},
		{"memory", " rise-bytes", " more-bytes", "memory.txt:9: no rise-bytes"},
		{"memory", " peak/old+new", " peak", "no peak/old+new"},
		{"scale", "/lictor-2", "/tables-2", "grants=10 lacks lictor or map"},
		{"compile", " ns/op", " ns/build", "compile.txt:9: no ns/op"},
		{"wasm", " ns/op", " ns/call", "wasm.txt:9: no ns/op"},
	} {
		t.Run(c.name+c.after, func(t *testing.T) {
			t.Parallel()
			_, err := page.Render(changed(t, c.name, c.before, c.after))
			var place *results.Error
			if !errors.As(err, &place) || place.Line < 9 {
				t.Fatalf("error %v of type %T", err, err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// TestOtherFile wants a result that no section is for to be on the page all the same.
func TestOtherFile(t *testing.T) {
	t.Parallel()
	in := fixture(t)
	in["other"] = in["memory"]
	if text := string(render(t, in).Markdown); !strings.Contains(text, "### Result other\n") ||
		!strings.Contains(text, "`Memory/subjects=1000/engine=opa` | 701.4µ load-sec (n = 3), ") {
		t.Error("the result is not there")
	}
}

// TestBetter wants the page to say where others are ahead: when two engines change places, so do the sentences.
func TestBetter(t *testing.T) {
	t.Parallel()
	usual := section(t, fixture(t))
	const slow = "cedar-go is faster than Lictor tables with `rbac-10`"
	if strings.Contains(usual, slow) || !strings.Contains(usual, "cedar-go is faster than Lictor tables with `deny` (≈ ") {
		t.Fatalf("the fixture's section:\n%s", usual)
	}
	swapped := section(t, swap(t, "cedar-go", "lictor-table"))
	for _, want := range []string{
		"cedar-go is faster than Lictor tables with `rbac-10` (8.97 ×), `rbac-1000` (9.05 ×), `condition-1` (9.05 ×), `subjects-1`",
		"Casbin cached is faster than Lictor tables with `rbac-10`",
	} {
		if !strings.Contains(swapped, want) {
			t.Errorf("cedar-go with the times of Lictor, and no %q:\n%s", want, swapped)
		}
	}
	if strings.Contains(swapped, "cedar-go is faster than Lictor tables with `deny`") || strings.Contains(swapped, "`deny` (≈ 1.01 ×), `subjects-1`") {
		t.Errorf("cedar-go is slower with deny now:\n%s", swapped)
	}
}

// TestNotKnown wants the page to claim nothing of others that were not measured.
func TestNotKnown(t *testing.T) {
	t.Parallel()
	const compared, nowhere = "The answers of all engines are compared", "Nowhere, as far as this was measured"
	for _, c := range []struct {
		name        string
		without     []string
		want        string
		floors      string
		hasCompared bool
	}{
		{"all", nil, "cedar-go is faster", "Go map is faster than Lictor tables with `rbac-10`", true},
		{"no servers", []string{"peers"}, "Not known over HTTP: no other engine was measured there.", "Over HTTP a constant answers 1.10 × as many requests as edge, metrics.", true},
		{"no peers", []string{"compare", "peers", "memory"}, "Not known: no other engine was measured.", "Go map is faster than Lictor tables with `grants=10` (9.86 ×)", false},
		{"no floors", []string{"compare", "scale", "http"}, "Not known in process: no other engine was measured there.", "Not known: no floor was measured.", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := fixture(t)
			for _, name := range c.without {
				delete(in, name)
			}
			text := section(t, in)
			others, floors, _ := strings.Cut(text, "### Floors")
			if !strings.Contains(others, c.want) || !strings.Contains(floors, c.floors) || strings.Contains(text, nowhere) {
				t.Errorf("want %q and %q:\n%s", c.want, c.floors, text)
			}
			if got := strings.Contains(string(render(t, in).Markdown), compared); got != c.hasCompared {
				t.Errorf("%q stands there: %t", compared, got)
			}
		})
	}
}

// TestFirst wants the first of a workload to be who the numbers say.
func TestFirst(t *testing.T) {
	t.Parallel()
	usual, swapped := string(render(t, fixture(t)).Markdown), string(render(t, swap(t, "cedar-go", "lictor-table")).Markdown)
	for _, c := range []struct{ name, text, want string }{
		{"ours ahead", usual, "**Lictor tables is first** with 99.1 ns ± 2 %; Casbin cached, the fastest on the other side, takes 2.44 × as long (242 ns ± 2 %)."},
		{"too near", usual, "**cedar-go is first** with 121 ns ± 2 %; Lictor tables, the fastest on the other side, takes 1.01 × as long (122 ns ± 3 %). " +
			"The runs of the two are too near one another to tell which is faster."},
		{"in sum", usual, "| first in 4 of 6; some of the others are left out of 1; 12 workloads without both sides; 1 without some of the others, for no reason | **no** |"},
		{"theirs ahead", swapped, "**cedar-go is first** with 99.1 ns ± 2 %; Lictor tables, the fastest on the other side, takes 8.97 × as long (889 ns ± 2 %)."},
		{"theirs in sum", swapped, "| first in 1 of 6; some of the others are left out of 1; 12 workloads without both sides; 1 without some of the others, for no reason | **no** |"},
		{"budget of the map", swapped, "| at most 16.5 × (`subjects-1`); 8 workloads without both | **no** |"},
		{"growth", usual, "| over subjects the time grows in proportion no faster than that of a Go map | goal of the project | 1.70 × (+70.3 ns), the map 1.65 × (+7.92 ns); their spreads overlap; not of all sizes | **no** |"},
		{"budget of loading", usual, "| 1,000,000 subjects load in 60 ms after decompression and signature | budget | 64.2 ms ± 3 % | **no** |"},
		{"budget of reloading", usual, "| replacing the largest policy peaks at 1.1 times old plus new | goal of the project | 1.01 × (`subjects=1000000/state=true`) | yes |"},
		{"budget of the constant", usual, "| over HTTP with metrics, 0.90 of a server that answers a constant | budget | 0.910 with metrics, 0.926 without; of a bounded constant 0.944 with metrics | yes |"},
		{"budget of memory", usual, "| for them resident memory rises by 1.1 times the tables | goal of the project | 1.08 × | yes |"},
		{"budget of reloads", usual, "| replacing bundles under load loses no answer, and p99 stays within 2 times the steady one | budget | 0 lost or wrong, p99 1.40 × | yes |"},
		{"budget at random", usual, "| 1,000,000 subjects at random within 2.5 times a look-up in a Go map | budget | 2.36 ×, 1.42 × when told ahead | yes |"},
		{"budget of policy.wasm", usual, "| policy.wasm allows in 8 µs | budget | at most 9.11 µs ± 2 % (`Wasm/allow/birthright`); 1 of 2 were not measured | **no** |"},
		{"budget of a condition", usual, "| one native condition more in 60 ns | budget | +50.0 ns | yes |"},
		{"budget of grants", usual, "| policy.wasm with 100,000 grants in 1.25 times what it takes with 1,000 | budget | 1.30 × | **no** |"},
		{"growth of compiling", usual, "From 10 to 1,000 roles the time grows to 99.2 ×."},
		{"budget of HTTP", usual, "| over HTTP, 8 times OPA's server, with clients on the same cores | goal of the project | 17.1 × ± 3 % (`lictor-edge`), 51.3 × where that has Lictor's bundle and reads the same body | yes |"},
	} {
		if !strings.Contains(c.text, c.want) {
			t.Errorf("%s: no %q", c.name, c.want)
		}
	}
}

// swap is the fixture in which two engines have each other's results.
func swap(t *testing.T, a, b string) map[string]*results.File {
	t.Helper()
	in := fixture(t)
	path := in["compare"].Path
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := results.Parse(path, []byte(strings.NewReplacer("engine="+a+"-2", "engine="+b+"-2", "engine="+b+"-2", "engine="+a+"-2").Replace(string(text))))
	if err != nil {
		t.Fatal(err)
	}
	in["compare"] = f
	return in
}

func section(t *testing.T, in map[string]*results.File) string {
	t.Helper()
	_, text, found := strings.Cut(string(render(t, in).Markdown), "## Where others are better\n")
	text, _, ends := strings.Cut(text, "\n## ")
	if !found || !ends {
		t.Fatal("no section of what is better elsewhere")
	}
	return text
}
