package tables_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
)

// The numbers of the sections that are damaged below (rule F4), and the sizes of their rows.
const (
	metaSection, conditionsSection, listsSection = 0, 12, 15
	regoSection, regoRow                         = 20, 12
	routesSection, routeRow                      = 21, 28
)

// ruled is a model with route rules, and with conditions that only Rego evaluates.
func ruled() *policy.Model {
	x, y := policy.Rego{Text: "every x in xs", Reads: policy.AllRoots}, policy.Rego{Text: "some y", Reads: 1}
	return &policy.Model{
		Namespace: "default", Files: []string{"a.yaml", "b.yaml"}, OpenRoutes: true,
		Holders: []policy.Holder{
			{Name: "admin", Closure: []policy.HolderIndex{0}, Place: policy.Place{Line: 1}},
			{Name: "user", Closure: []policy.HolderIndex{1}},
			{Kind: policy.Entitlement, Name: "key", Closure: []policy.HolderIndex{2}},
		},
		Conditions: []policy.Condition{
			{Text: "1", Expr: y},
			{Text: "2", Expr: policy.Call{Op: policy.And, Args: []policy.Expr{policy.Call{Op: policy.Or, Args: []policy.Expr{x, y}}, x}}},
			{Text: "3", Expr: policy.Call{Op: policy.Not, Args: []policy.Expr{policy.Ref{Root: policy.Now}}}},
		},
		Routes: []policy.Route{
			{Methods: []string{"GET"}, Auth: policy.Anonymous, Place: policy.Place{File: 1, Line: 7}},
			{
				Methods: []string{"GET", "PUT"}, Satisfy: policy.Both, Place: policy.Place{Line: 9},
				Path:  []policy.Segment{{Text: "users"}, {Text: "id", Variable: true}},
				Roles: []policy.RoleRule{{Roles: []policy.HolderIndex{0, 1}, All: true}, {Roles: []policy.HolderIndex{1}}},
				Permissions: []policy.RoutePattern{
					{Namespace: "default", Parts: []policy.PatternPart{{Kind: policy.LiteralValue, Text: "user"}, {}, {Kind: policy.Variable, Index: 1}}},
					{Namespace: "other", Parts: []policy.PatternPart{{}}},
				},
			},
			{Methods: []string{"PUT"}, Path: []policy.Segment{{Text: "users"}, {Text: "me"}}},
		},
	}
}

// TestRulesAreReadBack compares what was written with what is read (rules F15, F22 and F23).
func TestRulesAreReadBack(t *testing.T) {
	t.Parallel()
	m := ruled()
	got := opened(t, m)
	if diff := cmp.Diff(m.Routes, got.Routes()); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(m.Rego(), got.Rego()); diff != "" {
		t.Errorf("rego (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(m.Conditions, got.Conditions()); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	if !got.OpenRoutes() || opened(t, vocabulary(0)).OpenRoutes() {
		t.Error("what no route binds is not as it was written")
	}
	if file := got.File(got.Routes()[0].Place.File); file != "b.yaml" {
		t.Errorf("file %s", file)
	}
}

// damage is a place in tables: a word of a section, or of a list that a row of routes names.
type damage struct {
	section, at int // at counts in bytes
	list        int // when not 0: the field of the second route, counted from 1, whose list is meant; at counts in its words
}

func (d damage) offset(data []byte) int {
	start := func(section int) int { return int(binary.LittleEndian.Uint64(data[32+16*section:])) }
	if d.list == 0 {
		return start(d.section) + d.at
	}
	list := binary.LittleEndian.Uint32(data[start(routesSection)+routeRow+4*(d.list-1):])
	return start(listsSection) + 4*int(list) + 4 + 4*d.at
}

// TestRulesAreProven damages one word at a time: each rule that the proof would miss is one of these.
func TestRulesAreProven(t *testing.T) {
	t.Parallel()
	data, err := tables.Build(ruled())
	if err != nil {
		t.Fatal(err)
	}
	const methods, path, roles, permissions = 1, 2, 3, 4
	// The code of the second condition: And, Or, rego 0, rego 1, rego 0; that of the third: Not, reference.
	const code = 3 * 24
	tests := []struct {
		damage
		word uint32
		want string
	}{
		{damage{section: metaSection, at: 24}, 2, "meta: unknown option"},
		{damage{section: regoSection, at: 8}, 1 << policy.RootCount, "rego: reads from an unknown root"},
		{damage{section: regoSection, at: 0}, 1 << 20, "rego: text out of bounds"},
		{damage{section: regoSection, at: regoRow + 4}, 0, "rego: not sorted"},
		{damage{section: conditionsSection, at: code + 4}, 2, "conditions: unknown expression of Rego"},
		{damage{section: conditionsSection, at: code}, 4 | 1<<8, "conditions: unknown node"},
		{damage{section: conditionsSection, at: code}, 4 | 1<<16, "conditions: unknown node"},
		{damage{section: conditionsSection, at: code + 8}, 3 | uint32(policy.Equal)<<8 | 2<<16, "conditions: an expression of Rego inside another"},
		{damage{section: routesSection, at: 0}, 1 << 20, "routes: list out of bounds"},
		{damage{section: routesSection, at: 0}, 0, "routes: no method"},
		{damage{section: routesSection, at: 16}, 2, "routes: unknown option"},
		{damage{section: routesSection, at: 16}, 2 << 8, "routes: unknown option"},
		{damage{section: routesSection, at: 16}, 1 << 16, "routes: unknown option"},
		{damage{section: routesSection, at: 20}, 2, "routes: unknown file"},
		{damage{section: routesSection, at: 16}, 1, "routes: both of what is not there"},
		{damage{section: routesSection, at: routeRow + 16}, 1 << 8, "routes: rules on an anonymous route"},
		{damage{list: methods, at: 1}, 1 << 20, "routes: text out of bounds"},
		{damage{list: methods, at: 1}, 0, "routes: methods not sorted or not in upper case"},
		{damage{list: methods, at: 2}, 0, "routes: methods not sorted or not in upper case"},
		{damage{list: path, at: 0}, 2, "routes: neither 0 nor 1"},
		{damage{list: path, at: 2}, 0, "routes: segment that no path has"},
		{damage{list: path, at: 3}, 0, "routes: unknown variable"},
		{damage{list: roles, at: 0}, 2, "routes: neither 0 nor 1"},
		{damage{list: roles, at: 1}, 9, "routes: roles not sorted or not known"},
		{damage{list: roles, at: 5}, 2, "routes: list ends early"},
		{damage{list: roles, at: 1}, 0, "routes: rule without a role"},
		{damage{list: roles, at: 3}, 0, "routes: roles not sorted or not known"},
		{damage{list: roles, at: 6}, 2, "routes: roles not sorted or not known"},
		{damage{list: roles, at: 6}, 99, "routes: roles not sorted or not known"},
		{damage{list: permissions, at: 1}, 0, "routes: not a permission"},
		{damage{list: permissions, at: 2}, 0, "routes: not a permission"},
		{damage{list: permissions, at: 2}, 17, "routes: not a permission"},
		{damage{list: permissions, at: 3}, 3, "routes: unknown kind of part"},
		{damage{list: permissions, at: 3}, 257, "routes: unknown kind of part"},
		{damage{list: permissions, at: 5}, 0, "routes: empty value"},
		{damage{list: permissions, at: 7}, 1, "routes: not a wildcard"},
		{damage{list: permissions, at: 10}, 0, "routes: unknown variable"},
		{damage{list: permissions, at: 10}, 2, "routes: unknown variable"},
		{damage{list: permissions, at: 11}, 1, "routes: unknown variable"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %+v", tt.want, tt.damage), func(t *testing.T) {
			t.Parallel()
			damaged := bytes.Clone(data)
			binary.LittleEndian.PutUint32(damaged[tt.offset(data):], tt.word)
			_, err := tables.Open(damaged)
			var corrupt *tables.CorruptError
			if !errors.As(err, &corrupt) || corrupt.Section+": "+corrupt.Reason != tt.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestContradictionsAreRefused builds what no definitions come to.
func TestContradictionsAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		want   string
		change func(m *policy.Model)
	}{
		{"routes: bound twice", func(m *policy.Model) { m.Routes[2].Path[1] = policy.Segment{Text: "name", Variable: true} }},
		{"routes: segment that no path has", func(m *policy.Model) { m.Routes[2].Path[0].Text = "a/b" }},
		{"routes: segment that no path has", func(m *policy.Model) { m.Routes[2].Path[0].Text = ".." }},
		{"conditions: an expression of Rego inside another", func(m *policy.Model) {
			m.Conditions[2].Expr = policy.Call{Op: policy.Not, Args: []policy.Expr{policy.Rego{Text: "some y", Reads: 1}}}
		}},
		{"conditions: an expression of Rego inside another", func(m *policy.Model) {
			deep := policy.Call{Op: policy.Or, Args: []policy.Expr{policy.Rego{Text: "some y", Reads: 1}}}
			m.Conditions[2].Expr = policy.Call{Op: policy.Not, Args: []policy.Expr{deep}}
		}},
		{"rego: not sorted", func(m *policy.Model) { m.Conditions[0].Expr = policy.Rego{} }},
	}
	for _, tt := range tests {
		m := ruled()
		tt.change(m)
		data, err := tables.Build(m)
		if err != nil {
			t.Fatal(err)
		}
		_, err = tables.Open(data)
		var corrupt *tables.CorruptError
		if !errors.As(err, &corrupt) || corrupt.Section+": "+corrupt.Reason != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

// TestExpressionsOfRegoAreUsed takes the only use of one away: the numbers of the others would not be those of the model.
func TestExpressionsOfRegoAreUsed(t *testing.T) {
	t.Parallel()
	m := ruled()
	m.Conditions = m.Conditions[:1]
	m.Conditions = append(m.Conditions, policy.Condition{Text: "2", Expr: policy.Rego{Text: "zzz"}})
	data, err := tables.Build(m)
	if err != nil {
		t.Fatal(err)
	}
	at := damage{section: conditionsSection, at: 2*24 + 12}.offset(data)
	binary.LittleEndian.PutUint32(data[at:], 0)
	_, err = tables.Open(data)
	var corrupt *tables.CorruptError
	if !errors.As(err, &corrupt) || corrupt.Reason != "an expression of no condition" {
		t.Errorf("got %v", err)
	}
}

// TestBuildRefusesTooManyRules shares one long list among many routes, which would be decoded again for each.
func TestBuildRefusesTooManyRules(t *testing.T) {
	t.Parallel()
	m := ruled()
	pattern := policy.RoutePattern{Namespace: "default", Parts: []policy.PatternPart{{Kind: policy.LiteralValue, Text: "x"}}}
	var many []policy.RoutePattern
	for range 7000 {
		many = append(many, pattern)
	}
	m.Routes = nil
	for i := range 100 {
		m.Routes = append(m.Routes, policy.Route{Methods: []string{"GET"}, Path: []policy.Segment{{Text: strconv.Itoa(i)}}, Permissions: many})
	}
	if _, err := tables.Build(m); !errors.Is(err, tables.ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
	m.Routes = m.Routes[:90]
	opened(t, m)
}
