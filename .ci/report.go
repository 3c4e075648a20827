// Command report reads the events of "go test -json" and prints them as go test would: the closing line
// of each package and the output of failed tests. With -count it prints only how many tests passed and
// failed, as "N passed, N failed". It exits with 1 when any failed or when there was none.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is one line of "go test -json" (go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// key names a test of a package, or the package itself when test is empty.
type key struct{ pkg, test string }

// tally counts outcomes. A package that fails without a failed test (it did not build, or its process
// ended) counts as one failure.
type tally struct {
	quiet                   bool
	passed, failed, skipped int
	output                  map[key]*strings.Builder
	failures                map[string]int // failed tests by package
}

func main() {
	count := flag.Bool("count", false, "print only the totals of the named files")
	flag.Parse()
	t := tally{quiet: *count, output: map[key]*strings.Builder{}, failures: map[string]int{}}
	if flag.NArg() == 0 {
		t.read(os.Stdin)
	}
	for _, name := range flag.Args() {
		f, err := os.Open(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		clear(t.failures)
		t.read(f)
		_ = f.Close()
	}
	fmt.Printf("%d passed, %d failed", t.passed, t.failed)
	if t.skipped > 0 {
		fmt.Printf(", %d skipped", t.skipped)
	}
	fmt.Println()
	if t.failed > 0 || t.passed == 0 {
		os.Exit(1)
	}
}

// read takes every line of r. Lines that are no event, such as those of make, are passed through.
func (t *tally) read(r io.Reader) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if line := lines.Bytes(); len(line) == 0 || line[0] != '{' || json.Unmarshal(line, &e) != nil {
			t.print(string(line) + "\n")
			continue
		}
		t.take(e)
	}
	if err := lines.Err(); err != nil {
		t.print(err.Error() + "\n")
		t.failed++
	}
}

func (t *tally) take(e event) {
	k := key{e.Package, e.Test}
	switch e.Action {
	case "output", "build-output":
		t.collect(k, e.Output)
	case "pass", "skip", "fail":
		t.close(k, e.Action)
	}
}

// collect keeps the output of a test until its outcome is known and prints that of a package at once.
func (t *tally) collect(k key, text string) {
	if k.test == "" {
		if text != "PASS\n" { // go test says so only where -v or -json is given
			t.print(text)
		}
		return
	}
	if t.output[k] == nil {
		t.output[k] = &strings.Builder{}
	}
	t.output[k].WriteString(text)
}

func (t *tally) close(k key, action string) {
	switch {
	case action == "fail" && k.test != "":
		t.failed++
		t.failures[k.pkg]++
		if out := t.output[k]; out != nil {
			t.print(out.String())
		}
	case action == "fail" && t.failures[k.pkg] == 0:
		t.failed++
	case action == "pass" && k.test != "":
		t.passed++
	case action == "skip" && k.test != "":
		t.skipped++
	}
	delete(t.output, k)
}

func (t *tally) print(text string) {
	if !t.quiet {
		fmt.Print(text)
	}
}
