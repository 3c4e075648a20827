package catalogue

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Sizes of the files that Write makes.
const (
	rolesPerFile    = 250
	subjectsPerFile = 2500
)

// Write writes the definitions into dir, which it makes when it is missing: roles-*.yaml, projects.yaml,
// subjects-*.yaml and tests.yaml. Other files in dir stay as they are.
func Write(dir string, o Options) error {
	if o.Subjects < 1 || o.Projects < 1 {
		return fmt.Errorf("%d subjects in %d projects, at least 1 of each is needed", o.Subjects, o.Projects)
	}
	roles, err := Roles()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	subjects := o.people(roles)
	w := writer{dir: dir, roles: roles, subjects: subjects}
	w.section(section{"roles", "roles", rolesPerFile, len(roles), w.role})
	w.section(section{"projects", "organisations", o.Projects, o.Projects, w.project})
	w.section(section{"subjects", "subjects", subjectsPerFile, len(subjects), w.subject})
	tests := o.expectations(roles, subjects)
	w.section(section{"tests", "tests", o.Tests, o.Tests, func(i int) { w.test(i, tests[i]) }})
	return w.err
}

// writer writes files one after the other and keeps the first error.
type writer struct {
	dir      string
	roles    []Role
	subjects []Subject
	out      *bufio.Writer
	err      error
}

// section is a list of entries below one key, spread over numbered files when there are more than size.
type section struct {
	file    string // without its number and extension
	key     string
	size, n int
	entry   func(i int) // writes entry i
}

func (w *writer) section(s section) {
	for start := 0; start < s.n && w.err == nil; start += s.size {
		file := s.file + ".yaml"
		if s.n > s.size {
			file = fmt.Sprintf("%s-%02d.yaml", s.file, start/s.size)
		}
		w.file(file, s.key, func() {
			for i := start; i < min(start+s.size, s.n); i++ {
				s.entry(i)
			}
		})
	}
}

func (w *writer) file(name, key string, body func()) {
	f, err := os.Create(filepath.Join(w.dir, name))
	if err != nil {
		w.err = err
		return
	}
	w.out = bufio.NewWriter(f)
	w.printf("# Written by \"go run ./examples/cloud\".\nlictor: v1\nnamespace: %s\n\n%s:\n", Namespace, key)
	body()
	if w.err = w.out.Flush(); w.err != nil {
		_ = f.Close()
		return
	}
	w.err = f.Close()
}

// printf writes one piece; an error shows at the flush.
func (w *writer) printf(format string, args ...any) { _, _ = fmt.Fprintf(w.out, format, args...) }

func (w *writer) role(i int) {
	r := &w.roles[i]
	w.printf("  %s:\n    description: %s\n", quote(r.Name), quote(r.Title+" ("+r.Stage+")"))
	if len(r.Permissions) == 0 {
		return
	}
	w.printf("    permissions:\n")
	for _, p := range r.Permissions {
		w.printf("      - %s\n", quote(Permission(p)))
	}
}

func (w *writer) project(i int) {
	w.printf("  %s: {type: project}\n", project(i+1))
}

func (w *writer) subject(i int) {
	s := &w.subjects[i]
	w.printf("  %s:\n    type: %s\n    properties: {department: %s}\n    roles:\n", s.ID, s.Type, s.Department)
	for _, b := range s.Bindings {
		w.printf("      - {role: %s", quote(w.roles[b.Role].Name))
		if b.Project > 0 {
			w.printf(", organisation: %s", project(b.Project))
		}
		if b.Expired {
			w.printf(", valid_to: 2026-01-01T00:00:00Z")
		}
		w.printf("}\n")
	}
}

func (w *writer) test(i int, e Expectation) {
	expect, reason := "DENY", "no_grant"
	if e.Allowed {
		expect, reason = "ALLOW", "allowed"
	}
	w.printf("  - {name: question %d, subject: %s, permission: %s, now: 2026-07-01T00:00:00Z, ", i+1, w.subjects[e.Subject].ID, quote(Permission(e.Permission)))
	if e.Project > 0 {
		w.printf("organisation: %s, ", project(e.Project))
	}
	w.printf("expect: %s, expect_reason: %s}\n", expect, reason)
}

func project(n int) string { return fmt.Sprintf("project-%03d", n) }

// quote returns s as a JSON string, which is a YAML string too.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("BUG: a string has no JSON: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}
