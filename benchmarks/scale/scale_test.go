package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test start itself as a process that makes one measurement, as the program does.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childVerb {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestScale measures a small policy with every engine: each of them answers as the model says, and each measurement is there
// for people and for benchstat.
func TestScale(t *testing.T) {
	p, err := parse([]string{"-policies", "200", "-count", "1", "-reloads", "2"})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := p.run(t.Context(), &text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"BenchmarkMemory/subjects=200/engine=lictor 1 ", "BenchmarkMemory/subjects=200/engine=opa 1 ",
		"BenchmarkMemory/subjects=200/engine=opa-bundle 1 ", " proof-ns ", " tables-bytes",
		"BenchmarkReload/subjects=200/state=false 1 ", "BenchmarkReload/subjects=200/state=true 1 ", "peak/(old+new)", "200 subjects",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &text)
		}
	}
}

// TestWrongAnswers has every engine answer questions whose expected answers are wrong: the process must fail.
func TestWrongAnswers(t *testing.T) {
	s, err := parsePolicy("100")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := s.write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	var asked []question
	if err := readJSON(filepath.Join(dir, questionsFile), &asked); err != nil {
		t.Fatal(err)
	}
	asked[len(asked)-1].Allowed = !asked[len(asked)-1].Allowed
	if err := writeJSON(filepath.Join(dir, questionsFile), asked); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"lictor", "opa", "opa-bundle", "reload", "nobody"} {
		if _, err := start(t.Context(), order{Verb: verb, Dir: dir, Reloads: 1}); err == nil {
			t.Errorf("%s: a wrong answer is no error", verb)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, arguments := range []string{"-policies=0", "-policies=clouds", "-count=0", "-reloads=0", "more"} {
		if _, err := parse([]string{arguments}); err == nil {
			t.Errorf("%q is no error", arguments)
		}
	}
}

// TestVerdict wants a reload that takes too much, or gives too little back, to be an error.
func TestVerdict(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	good := reload{Before: 60 * mib, After: 60 * mib, Peak: 118 * mib, Answers: 1}
	for name, test := range map[string]struct {
		change func(*reload)
		tables int64
		want   string
	}{
		"good":          {func(*reload) {}, 40 * mib, ""},
		"peak":          {func(r *reload) { r.Peak = 131 * mib }, 40 * mib, "1.21 times"},
		"small peak":    {func(r *reload) { r.Peak = 131 * mib }, mib, ""},
		"not returned":  {func(r *reload) { r.After = 65 * mib }, 40 * mib, "more are held"},
		"without users": {func(r *reload) { r.Answers = 0 }, mib, "nothing was answered"},
	} {
		m := &measurement{Base: memory{Resident: 10 * mib}, Tables: test.tables, Reload: good}
		test.change(&m.Reload)
		r := newReport(&strings.Builder{})
		if err := r.reloaded(&source{name: "x", title: "x"}, false, m); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(r.verdict()); test.want == "" && got != "<nil>" || !strings.Contains(got, test.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
