package results_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

const header = `commit: 0123456789abcdef
go: go version go1.26 linux/amd64
cores: 2
command: benchmarks/record fixture 'A|B'
goos: linux
cpu: Some CPU
`

func TestParse(t *testing.T) {
	t.Parallel()
	f, err := results.Parse("some/where/compare.txt", []byte(header+`BenchmarkCompare/workload=rbac-10/engine=go-map-2   100   20.0 ns/op   0 B/op   0 allocs/op
BenchmarkCompare/workload=rbac-10/engine=go-map-2   100   10.0 ns/op   8 B/op   1 allocs/op
BenchmarkCompare/workload=rbac-10/engine=go-map-2   100   30.0 ns/op   8 B/op   1 allocs/op
BenchmarkLoad/scenario=steady 1 0 p50-ns 5000 p99.9-ns 12 requests/s
BenchmarkPlain 3 7 MB/s
some words that are no result
unfit: casbin on deny: it has: none
unfit: casbin on deny: it has: none
PASS
ok  	github.com/lictor-dev/lictor/benchmarks	1.0s
`))
	if err != nil {
		t.Fatal(err)
	}
	want := results.Header{
		Commit: "0123456789abcdef", Go: "go version go1.26 linux/amd64", Cores: "2",
		Command: "benchmarks/record fixture 'A|B'", CPU: "Some CPU",
	}
	if diff := cmp.Diff(want, f.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]results.Unfit{{"casbin", "deny", "it has: none", 13}}, f.Unfit); diff != "" {
		t.Errorf("unfit (-want +got):\n%s", diff)
	}
	type row struct {
		Benchmark, Workload, Engine string
		Parts, Units                []string
		Line, Runs                  int
	}
	var got []row
	for _, r := range f.Rows {
		got = append(got, row{r.Benchmark, r.Key("workload"), r.Key("engine"), r.Parts, r.Units(), r.Line, r.Runs()})
	}
	if diff := cmp.Diff([]row{
		{"Compare", "rbac-10", "go-map", []string{"workload=rbac-10", "engine=go-map"}, []string{"sec/op", "B/op", "allocs/op"}, 7, 3},
		{"Load", "", "", []string{"scenario=steady"}, []string{"p50-sec", "p99.9-sec", "requests/s"}, 10, 1},
		{"Plain", "", "", nil, []string{"B/s"}, 11, 1},
	}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if f.Name != "compare" || f.Path != "some/where/compare.txt" {
		t.Errorf("name %q, path %q", f.Name, f.Path)
	}
	if m := f.Find("Compare")[0].Measure("sec/op"); math.Abs(m.Median-20e-9) > 1e-15 || m.Sure || m.Spread() != "(n = 3)" {
		t.Errorf("median of 10, 20 and 30 ns: %v, %s", m.Median, m.Spread())
	}
	if got := f.Find("Load")[0].Measure("p99.9-sec").Median; got != 5000e-9 {
		t.Errorf("p99.9: %v", got)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	const good = "BenchmarkA-2 1 5 ns/op\n"
	for _, c := range []struct {
		name, text, want string
	}{
		{"empty", "", `r.txt:1: no line "commit:"`},
		{"no cores", strings.Replace(header, "cores: 2\n", "", 1) + good, `r.txt:6: no line "cores:" above the first result`},
		{"header below", good + header, `r.txt:1: no line "commit:" above the first result`},
		{"an empty header line", strings.Replace(header, "commit: 0123456789abcdef", "commit:", 1) + good, `r.txt:1: no line "commit:"`},
		{"two runs", header + good + "commit: fedcba\n" + good, `r.txt:9: commit: "fedcba" above, "0123456789abcdef" in the header: a file holds one run`},
		{"a failed benchmark", header + good + "--- FAIL: BenchmarkB-2\n", `r.txt:8: the run failed: "--- FAIL: BenchmarkB-2"`},
		{"a failed package", header + good + "FAIL\tsome/package 1s\n", `r.txt:8: the run failed: "FAIL\tsome/package 1s"`},
		{"a panic", header + good + "panic: BUG: no\n", `r.txt:8: the run failed: "panic: BUG: no"`},
		{"cut off behind the name", header + good + "BenchmarkB-2", `r.txt:8: "BenchmarkB-2" has no measurement`},
		{"cut off behind the count", header + "BenchmarkB-2 100", "r.txt:7: missing measurements"},
		{"cut off in the unit", header + "BenchmarkB-2 100 5", "r.txt:7: missing units"},
		{"words for a number", header + "BenchmarkB-2 100 fast ns/op\n", "r.txt:7: parsing measurement: invalid syntax"},
		{"words for a count", header + "BenchmarkB-2 often 5 ns/op\n", "r.txt:7: parsing iteration count: invalid syntax"},
		{"not a number", header + good + "BenchmarkB-2 1 NaN ns/op\n", "r.txt:8: sec/op: not a measurement: NaN"},
		{"infinite", header + "BenchmarkB-2 1 Inf ns/op\n", "r.txt:7: sec/op: not a measurement: +Inf"},
		{"negative", header + "BenchmarkB-2 1 -5 ns/op\n", "r.txt:7: sec/op: not a measurement: -5e-09"},
		{"unfit without reason", header + "unfit: casbin on deny\n", `r.txt:7: "unfit: casbin on deny" is not "unfit: ENGINE on WORKLOAD: REASON"`},
		{"unfit without workload", header + "unfit: casbin: no\n", `r.txt:7: "unfit: casbin: no" is not "unfit: ENGINE on WORKLOAD: REASON"`},
		{"unfit for two reasons", header + "unfit: casbin on deny: a\nunfit: casbin on deny: b\n", "r.txt:8: casbin on deny: another reason than in line 7"},
		{"a unit twice", header + "BenchmarkB-2 1 5 ns/op 6 ns/op\n", "r.txt:7: sec/op stands twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := results.Parse("r.txt", []byte(c.text))
			var place *results.Error
			if !errors.As(err, &place) {
				t.Fatalf("error %v of type %T", err, err)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzParse wants every text to be rows of positive numbers or an error with its place.
func FuzzParse(f *testing.F) {
	f.Add(header + "BenchmarkA/b=c-2 1 5 ns/op 0 B/op\n")
	f.Add(header + "BenchmarkA/=-2 1 5 p50-ns\nUnit ns/op better=lower\n")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := results.Parse("r.txt", []byte(text))
		var place *results.Error
		if err != nil {
			if !errors.As(err, &place) && !strings.Contains(err.Error(), "too long") {
				t.Fatalf("no place: %v", err)
			}
			return
		}
		for _, r := range parsed.Rows {
			for _, unit := range r.Units() {
				if m := r.Measure(unit); m.Runs == 0 || !(m.Low <= m.Median && m.Median <= m.High) || math.IsInf(m.High, 0) {
					t.Fatalf("%s %s: %+v", r.Benchmark, unit, m)
				}
			}
		}
	})
}

func TestReadDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := results.ReadDir(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder without results: %v", err)
	}
	for name, text := range map[string]string{"a.txt": header + "BenchmarkA 1 5 ns/op\n", "b.txt": header, "c.md": "no result"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := results.ReadDir(dir)
	if err != nil || len(files) != 2 || len(files["a"].Find("A")) != 1 || len(files["b"].Rows) != 0 {
		t.Errorf("%v, %v", files, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "d.txt"), []byte("commit: only\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := results.ReadDir(dir); err == nil || !strings.Contains(err.Error(), "d.txt:1: ") {
		t.Errorf("a broken file: %v", err)
	}
}
