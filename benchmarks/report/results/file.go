// Package results reads recorded benchmark results: files in the format of "go test -bench" below a header that says
// what they were measured on. Medians and their confidence intervals are those of benchstat.
package results

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchunit"
)

// File is one recorded file.
type File struct {
	Name   string // without folder and ending, such as "compare"
	Path   string // as it was read from
	Header        // what it was measured on
	Rows   []*Row // one for each benchmark, in the order in which they appear first
	Unfit  []Unfit
}

// Unfit is a line "unfit: ENGINE on WORKLOAD: REASON": why an engine was not measured with a workload.
type Unfit struct {
	Engine, Workload, Reason string
	Line                     int
}

// Header is what stands above the results.
type Header struct {
	Commit  string // the commit that was measured
	Go      string // what "go version" printed
	Cores   string
	Command string
	CPU     string // as go test prints it; empty where it was not recorded
}

// fields are the lines of a header that a file must have, with where they are kept.
func (h *Header) fields() []struct {
	key   string
	value *string
} {
	return []struct {
		key   string
		value *string
	}{{"commit", &h.Commit}, {"go", &h.Go}, {"cores", &h.Cores}, {"command", &h.Command}}
}

// An Error is a place in a file that cannot be understood.
type Error struct {
	File    string // its path
	Line    int    // from 1
	Message string
}

// Error returns file:line: message.
func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message) }

// ReadDir reads every *.txt of a folder, by name without the ending. A folder without any is an error.
func ReadDir(dir string) (map[string]*File, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no results (*.txt): %w", dir, fs.ErrNotExist)
	}
	files := make(map[string]*File, len(paths))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		f, err := Parse(path, text)
		if err != nil {
			return nil, err
		}
		files[f.Name] = f
	}
	return files, nil
}

// Parse reads one file. Its errors, of type *Error, name the path and a line: a header that lacks a line or changes, a run that
// failed, a line that begins like a result and is none, a number that no measurement gives.
func Parse(path string, text []byte) (*File, error) {
	p := parser{File: File{Name: strings.TrimSuffix(filepath.Base(path), ".txt"), Path: path}, rows: make(map[string]*Row)}
	if err := p.header(text); err != nil {
		return nil, err
	}
	if err := p.words(text); err != nil {
		return nil, err
	}
	reader := benchfmt.NewReader(bytes.NewReader(text), path)
	for reader.Scan() {
		if err := p.record(reader.Result()); err != nil {
			return nil, err
		}
	}
	return &p.File, reader.Err()
}

// words reads what the library passes over: lines that tell of a run that did not end well, and who was not measured.
func (p *parser) words(text []byte) error {
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "FAIL"), strings.HasPrefix(line, "--- FAIL"), strings.HasPrefix(line, "panic: "):
			return &Error{p.Path, i + 1, fmt.Sprintf("the run failed: %q", limit(line))}
		case strings.HasPrefix(line, "Benchmark") && len(strings.Fields(line)) == 1:
			return &Error{p.Path, i + 1, fmt.Sprintf("%q has no measurement", limit(line))}
		case strings.HasPrefix(line, "unfit:"):
			if err := p.unfit(line, i+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *parser) unfit(line string, number int) error {
	who, reason, found := strings.Cut(strings.TrimPrefix(line, "unfit: "), ": ")
	engine, workload, both := strings.Cut(who, " on ")
	if !found || !both || engine == "" || workload == "" || strings.TrimSpace(reason) == "" {
		return &Error{p.Path, number, fmt.Sprintf("%q is not \"unfit: ENGINE on WORKLOAD: REASON\"", limit(line))}
	}
	one := Unfit{engine, workload, strings.TrimSpace(reason), number}
	for _, u := range p.Unfit {
		if u.Engine == engine && u.Workload == workload {
			if u.Reason == one.Reason {
				return nil // of another run
			}
			return &Error{p.Path, number, fmt.Sprintf("%s on %s: another reason than in line %d", engine, workload, u.Line)}
		}
	}
	p.Unfit = append(p.Unfit, one)
	return nil
}

func limit(text string) string {
	if len(text) > 100 {
		return text[:100] + "…"
	}
	return text
}

// parser collects the rows of a file.
type parser struct {
	File
	rows map[string]*Row
}

// header reads the lines before the first result. A file of prose, which has no result, needs them too.
func (p *parser) header(text []byte) error {
	lines := strings.Split(string(text), "\n")
	for _, field := range p.fields() {
		for i, line := range lines {
			if strings.HasPrefix(line, "Benchmark") {
				return &Error{p.Path, i + 1, fmt.Sprintf("no line %q above the first result", field.key+":")}
			}
			if value, ok := strings.CutPrefix(line, field.key+":"); ok {
				*field.value = strings.TrimSpace(value)
				break
			}
		}
		if *field.value == "" {
			return &Error{p.Path, 1, fmt.Sprintf("no line %q", field.key+":")}
		}
	}
	return nil
}

func (p *parser) record(r benchfmt.Record) error {
	_, line := r.Pos()
	var wrong *benchfmt.SyntaxError
	switch r := r.(type) {
	case *benchfmt.Result:
		return p.result(r, line)
	case *benchfmt.UnitMetadata:
		return nil
	case *benchfmt.SyntaxError:
		wrong = r
	default:
		wrong = &benchfmt.SyntaxError{Msg: fmt.Sprintf("a record of type %T", r)}
	}
	return &Error{p.Path, line, wrong.Msg}
}

// result adds one line of measurements to its row.
func (p *parser) result(r *benchfmt.Result, line int) error {
	for _, field := range p.fields() {
		if got := strings.TrimSpace(r.GetConfig(field.key)); got != *field.value {
			return &Error{p.Path, line, fmt.Sprintf("%s: %q above, %q in the header: a file holds one run", field.key, limit(got), limit(*field.value))}
		}
	}
	if cpu := r.GetConfig("cpu"); cpu != "" {
		p.CPU = cpu
	}
	row := p.row(r, line)
	seen := make(map[string]bool, len(r.Values))
	for _, v := range r.Values {
		_, unit := benchunit.Tidy(1, v.Unit) // the reader leaves the unit of a zero as it is
		if err := measurable(v.Value); err != nil {
			return &Error{p.Path, line, fmt.Sprintf("%s: %v", unit, err)}
		}
		if seen[unit] {
			return &Error{p.Path, line, unit + " stands twice"}
		}
		seen[unit] = true
		if !row.Has(unit) {
			row.units = append(row.units, unit)
		}
		row.values[unit] = append(row.values[unit], v.Value)
	}
	return nil
}

func measurable(v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return errors.New("not a measurement: " + fmt.Sprint(v))
	}
	return nil
}

// row returns the row of a result, new where it is the first of its name.
func (p *parser) row(r *benchfmt.Result, line int) *Row {
	base, parts := r.Name.Parts()
	if n := len(parts); n > 0 && bytes.HasPrefix(parts[n-1], []byte("-")) {
		parts = parts[:n-1] // GOMAXPROCS
	}
	name := string(slices.Concat(base, bytes.Join(parts, nil)))
	if row, ok := p.rows[name]; ok {
		return row
	}
	row := &Row{Benchmark: string(base), Line: line, keys: make(map[string]string), values: make(map[string][]float64)}
	for _, part := range parts {
		text := strings.TrimPrefix(string(part), "/")
		row.Parts = append(row.Parts, text)
		if key, value, ok := strings.Cut(text, "="); ok {
			row.keys[key] = value
		}
	}
	p.rows[name] = row
	p.Rows = append(p.Rows, row)
	return row
}
