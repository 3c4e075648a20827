package compiler_test

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/compiler"
)

// step changes a project; an empty text removes a file.
type step struct {
	name, file, text string
	mistaken         bool // no bundle comes of it
}

// steps are saves of somebody who writes definitions, mistakes included.
var steps = []step{
	{"nothing yet", "roles.yaml", "lictor: v1\nroles:\n  reader: {permissions: [\"letter:read\"]}\n", false},
	{"a subject", "people.yaml", "lictor: v1\nsubjects:\n  ann: {roles: [reader]}\n  bob: {}\n", false},
	{"one changed role", "roles.yaml", "lictor: v1\nroles:\n  reader: {permissions: [\"letter:read,list\"]}\n", false},
	{"the same again", "roles.yaml", "lictor: v1\nroles:\n  reader: {permissions: [\"letter:read,list\"]}\n", false},
	{"a namespace for all", "options.yaml", "lictor: v1\noptions: {namespace: post}\n", false},
	{"a copy under another name", "copy.yaml", "lictor: v1\nroles:\n  reader: {permissions: [\"letter:read,list\"]}\n", true},
	{"without the copy", "copy.yaml", "", false},
	{"a mistake in the form", "people.yaml", "lictor: v1\nsubjects:\n  ann: {role: [reader]}\n", true},
	{"a mistake in YAML", "people.yaml", "lictor: v1\nsubjects: [\n", true},
	{"put right", "people.yaml", "lictor: v1\nsubjects:\n  ann: {roles: [reader]}\n  bob: {}\n", false},
	{"a condition", "roles.yaml", "lictor: v1\nroles:\n  reader:\n    policies: [{permission: \"letter:read\", decision: ALLOW, when: subject.id != \"eve\"}]\n", false},
	{"a module", "times.rego", "package custom.times\n\ndefault open := false\n\nopen if input.context.open == true\n", false},
	{"that a condition refers to", "more.yaml", "lictor: v1\nroles:\n  guest:\n    policies: [{permission: \"letter:read\", decision: ALLOW, when: data.custom.times.open}]\n", false},
	{"a changed module", "times.rego", "package custom.times\n\ndefault open := false\n\nopen if input.context.open == \"yes\"\n", false},
	{"another namespace for all", "options.yaml", "lictor: v1\noptions: {namespace: mail}\n", false},
	{"none", "options.yaml", "", false},
	{"routes", "routes.yaml", "lictor: v1\nnamespace: post\nroutes:\n  - path: /letters\n    auth: authenticated\n    permissions: [\"ispermitted(letter:read)\"]\n    routes: [{path: /all, methods: [GET]}]\n", false},
	{"a removed file", "people.yaml", "", false},
}

// TestCacheChangesNothing compiles a project after each of its changes, with a cache and without: the bundles are the same
// to the byte, and so is what is told.
func TestCacheChangesNothing(t *testing.T) {
	t.Parallel()
	var cache compiler.Cache
	files := fstest.MapFS{}
	for n, s := range steps {
		files = maps.Clone(files)
		delete(files, s.file)
		if s.text != "" {
			files[s.file] = &fstest.MapFile{Data: []byte(s.text)}
		}
		got, gotErr := compiler.Compile(t.Context(), files, compiler.Options{Cache: &cache})
		if testing.Short() && n%4 != 3 {
			continue // the cache is used all the same
		}
		want, wantErr := compiler.Compile(t.Context(), files, compiler.Options{})
		if diff := cmp.Diff(fmt.Sprint(wantErr), fmt.Sprint(gotErr)); diff != "" {
			t.Errorf("%s: error (-want +got):\n%s", s.name, diff)
		}
		if diff := cmp.Diff(told(t, want, files), told(t, got, files)); diff != "" {
			t.Errorf("%s: diagnostics (-want +got):\n%s", s.name, diff)
		}
		if !bytes.Equal(want.Bundle, got.Bundle) {
			t.Errorf("%s: another bundle of %d bytes, want %d", s.name, len(got.Bundle), len(want.Bundle))
		}
		if isGood := len(want.Bundle) > 0; isGood == s.mistaken {
			t.Errorf("%s: gave a bundle: %t; diagnostics:\n%s", s.name, isGood, told(t, want, files))
		}
	}
}

func told(t *testing.T, r *compiler.Result, files fstest.MapFS) string {
	t.Helper()
	var b strings.Builder
	if err := r.Diagnostics.Write(&b, files); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
