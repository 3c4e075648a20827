package tables_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
)

func opened(t *testing.T, m *policy.Model) *tables.Tables {
	t.Helper()
	data, err := tables.Build(m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := tables.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// vocabulary is a model that declares three resource types.
func vocabulary(c permission.Case) *policy.Model {
	return &policy.Model{Namespace: "default", Case: c, Resources: []policy.Resource{
		{Namespace: "default", Type: "Book", Actions: []string{"Read", "Write", "read"}, Attributes: []string{"Price"}},
		{Namespace: "default", Type: "empty"},
		{Namespace: "Shop", Type: "Book", Actions: []string{"Buy"}},
	}}
}

func words(w tables.Words) []string {
	var all []string
	for i := range w.Len() {
		all = append(all, w.At(i))
	}
	return all
}

// TestResources reads the declared vocabulary back (rule F21): sorted, and folded where case does not count.
func TestResources(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		mode permission.Case
		want []string
	}{
		{"case counts", permission.Sensitive, []string{"Shop Book [Buy] []", "default Book [Read Write read] [Price]", "default empty [] []"}},
		{"case does not count", permission.Insensitive, []string{"Shop book [buy] []", "default book [read write] [price]", "default empty [] []"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			table := opened(t, vocabulary(tt.mode))
			var got []string
			for i := range table.Resources() {
				row := table.Resource(i)
				got = append(got, fmt.Sprintf("%s %s %v %v", row.Namespace, row.Type, words(row.Actions), words(row.Attributes)))
				if found, ok := table.FindResource(row.Namespace, row.Type); !ok || found.Actions.Len() != row.Actions.Len() {
					t.Errorf("%s %s is not found", row.Namespace, row.Type)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("resources (-want +got):\n%s", diff)
			}
			for _, unknown := range [][2]string{{"default", "nothing"}, {"Shop", "empty"}, {"a", "a"}, {"z", "z"}} {
				if _, ok := table.FindResource(unknown[0], unknown[1]); ok {
					t.Errorf("found %q", unknown)
				}
			}
		})
	}
}

// TestResourcesAreProven breaks rule F21 in each of its parts.
func TestResourcesAreProven(t *testing.T) {
	t.Parallel()
	data, err := tables.Build(vocabulary(permission.Sensitive))
	if err != nil {
		t.Fatal(err)
	}
	const last = 32 + 16*19 // the row of the section in the header
	at := int(binary.LittleEndian.Uint64(data[last:]))
	first, second := data[at:at+24], data[at+24:at+48]
	word := func(field int, value uint32) func(row []byte) {
		return func(row []byte) { binary.LittleEndian.PutUint32(row[24+field:], value) }
	}
	tests := []struct {
		name   string
		damage func(rows []byte)
	}{
		{"namespace out of bounds", word(0, 1<<30)},
		{"type out of bounds", word(12, 1<<30)},
		{"actions out of bounds", word(16, 1<<30)},
		{"actions that are no list of refs", word(16, 2)},
		{"attributes out of bounds", word(20, 1<<30)},
		{"a key twice", func(rows []byte) { copy(rows[24:], first[:16]) }},
		{"rows in the wrong order", func(rows []byte) { copy(rows, second); copy(rows[24:], first) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			damaged := slices.Clone(data)
			tt.damage(damaged[at:])
			_, err := tables.Open(damaged)
			var corrupt *tables.CorruptError
			if !errors.As(err, &corrupt) || corrupt.Section != "resources" {
				t.Errorf("got %v, want resources to be corrupt", err)
			}
		})
	}
}

// TestWalk goes through subjects, objects and patterns: each once, by an offset that leads back to it.
func TestWalk(t *testing.T) {
	t.Parallel()
	m := crowd(t, 2)
	_, none, err := value.Parse(nil, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"shop/book:read:7", "*:*:*:title"} {
		p, err := m.Grammar().Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		m.Policies = append(m.Policies, policy.Policy{Owner: policy.OwnedBySubject, OwnerIndex: 1, Permission: p, Validity: policy.Always})
	}
	m.Subjects = []policy.Subject{{ID: "alice", Type: "user"}, {ID: "bob", Type: "robot"}}
	m.Objects = []policy.Object{{Namespace: "default", Type: "doc", ID: "1", Properties: none}, {Namespace: "x", Type: "y", ID: "z", Properties: none}}
	m.Number()
	table := opened(t, m)

	var got []string
	note := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	table.EachSubject(func(at uint32, s *tables.Subject) {
		var again tables.Subject
		table.SubjectAt(at, &again)
		number, known := table.Type(table.SubjectType(s))
		note("subject %s %s %s %t", s.ID(), table.SubjectID(at), again.ID(), known && number == s.TypeNumber())
		s.EachDirect(func(cell, term uint32) {
			p, ok := table.PatternAt(cell)
			note("direct %t %s %v", ok, p.Part(0), table.Term(term).Effect)
		})
	})
	table.EachObject(func(at uint32) { note("object %v", table.ObjectAt(at)) })
	table.EachPattern(func(p *tables.Pattern) {
		note("pattern %s %q %q %q %q %t", table.NamespaceName(p.Namespace), p.Part(0), p.Part(1), p.Part(2), p.Part(3), p.Grants())
	})
	slices.Sort(got)
	want := []string{
		"direct true  ALLOW",
		"direct true book ALLOW",
		"object {default doc 1}",
		"object {x y z}",
		`pattern default "" "" "" "title" false`,
		`pattern default "doc" "read" "" "" true`,
		`pattern shop "book" "read" "7" "" false`,
		"subject alice alice alice true",
		"subject bob bob bob true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("walked (-want +got):\n%s", diff)
	}
}
