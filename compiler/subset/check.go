package subset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/diag"
)

// UnknownError says that a selection names something that the policy does not have.
type UnknownError struct {
	Kind    string // "namespace", "subject type" or "subject"
	Name    string // empty when none is named
	Nearest string // what was probably meant; may be empty
}

func (e *UnknownError) Error() string {
	if e.Name == "" {
		return "no " + e.Kind + " is named"
	}
	return fmt.Sprintf("the definitions have no %s %s", e.Kind, diag.Quote(e.Name))
}

// TypeError says that a selected subject is of a type that is not selected.
type TypeError struct{ Subject, Type string }

func (e *TypeError) Error() string {
	return fmt.Sprintf("subject %s is of type %s, which is not selected", diag.Quote(e.Subject), diag.Quote(e.Type))
}

// check finds what the selection names.
func (b *builder) check(s Selection) error {
	if err := known("namespace", s.Namespaces, namespacesOf(b.m)); err != nil {
		return err
	}
	if err := known("subject type", s.Types, typesOf(b.m)); err != nil {
		return err
	}
	for _, id := range s.Subjects {
		at, found := slices.BinarySearchFunc(b.m.Subjects, id, func(s policy.Subject, id string) int { return strings.Compare(s.ID, id) })
		if !found {
			return &UnknownError{Kind: "subject", Name: id}
		}
		if subject := &b.m.Subjects[at]; !b.types[subject.Type] {
			return &TypeError{subject.ID, subject.Type}
		}
		b.kept = append(b.kept, int32(at))
	}
	slices.Sort(b.kept)
	b.kept = slices.Compact(b.kept)
	if b.personal() {
		clear(b.types)
	}
	for _, at := range b.kept { // birthrights of other types are nobody's
		b.types[b.m.Subjects[at].Type] = true
	}
	return nil
}

func known(kind string, names []string, all map[string]bool) error {
	if len(names) == 0 {
		return &UnknownError{Kind: kind}
	}
	for _, name := range names {
		if !all[name] {
			near := diag.NewNames(slices.Collect(maps.Keys(all))).Nearest(name)
			return &UnknownError{Kind: kind, Name: name, Nearest: near}
		}
	}
	return nil
}

// namespacesOf returns every namespace that something is in, and the project's.
func namespacesOf(m *policy.Model) map[string]bool {
	all := map[string]bool{m.Namespace: true}
	for i := range m.Policies {
		all[m.Policies[i].Permission.Namespace()] = true
	}
	for i := range m.Objects {
		all[m.Objects[i].Namespace] = true
	}
	for i := range m.Resources {
		all[m.Resources[i].Namespace] = true
	}
	for i := range m.Scopes {
		all[m.Scopes[i].Permission.Namespace()] = true
	}
	return all
}

// typesOf returns every type of a stored subject or a birthright.
func typesOf(m *policy.Model) map[string]bool {
	all := map[string]bool{}
	for i := range m.Subjects {
		all[m.Subjects[i].Type] = true
	}
	for i := range m.Holders {
		for _, t := range m.Holders[i].Birthright.Types {
			all[t] = true
		}
	}
	return all
}

// Report says what a part leaves out. Counts are of what the whole has and the part has not.
type Report struct {
	Namespaces    []string `json:"namespaces"` // sorted
	Subjects      int      `json:"subjects"`
	Organisations int      `json:"organisations"`
	Roles         int      `json:"roles"`
	Entitlements  int      `json:"entitlements"`
	Policies      int      `json:"policies"`
	Conditions    int      `json:"conditions"`
	Objects       int      `json:"objects"`
	Resources     int      `json:"resources"`
	Scopes        int      `json:"scopes"`
	Clients       int      `json:"clients"`
	Routes        int      `json:"routes"`

	// Touched is how many of the policies are an ALLOW for everybody that was left out because a DENY, or a condition in
	// Rego on whatever is stored, may take it from somebody.
	Touched int `json:"touched"`
	// Inactive is how many subjects that are not active a part for everybody cannot tell from others: it decides about
	// them as about anybody else.
	Inactive int `json:"inactive"`
}

func (b *builder) report() *Report {
	r := &Report{
		Namespaces:    []string{},
		Subjects:      len(b.m.Subjects) - len(b.out.Subjects),
		Organisations: len(b.m.Organisations) - len(b.out.Organisations),
		Policies:      len(b.m.Policies) - len(b.out.Policies),
		Conditions:    len(b.m.Conditions) - len(b.out.Conditions),
		Objects:       len(b.m.Objects) - len(b.out.Objects),
		Resources:     len(b.m.Resources) - len(b.out.Resources),
		Scopes:        len(b.m.Scopes) - len(b.out.Scopes),
		Clients:       len(b.m.Clients),
		Routes:        len(b.m.Routes),
		Touched:       b.touched,
	}
	for _, name := range slices.Sorted(maps.Keys(namespacesOf(b.m))) {
		if !b.namespaces[name] {
			r.Namespaces = append(r.Namespaces, name)
		}
	}
	for i, at := range b.holderAt {
		switch {
		case at != gone:
		case b.m.Holders[i].Kind == policy.Entitlement:
			r.Entitlements++
		default:
			r.Roles++
		}
	}
	for i := range b.m.Subjects {
		if b.m.Subjects[i].Inactive && !b.personal() {
			r.Inactive++
		}
	}
	return r
}

// String returns the report in one line: the namespaces by name, the rest by number, nothing of what is
// complete. It is empty when nothing is left out.
func (r *Report) String() string {
	var parts []string
	if n := len(r.Namespaces); n > 0 {
		quoted := make([]string, n)
		for i, name := range r.Namespaces {
			quoted[i] = diag.Quote(name)
		}
		parts = append(parts, Counted(n, "namespace")+" ("+strings.Join(quoted, ", ")+")")
	}
	for _, c := range []struct {
		n    int
		noun string
	}{
		{r.Subjects, "subject"},
		{r.Organisations, "organisation"},
		{r.Roles, "role"},
		{r.Entitlements, "entitlement"},
		{r.Policies, "policy"},
		{r.Conditions, "condition"},
		{r.Objects, "object"},
		{r.Resources, "resource"},
		{r.Scopes, "scope"},
		{r.Clients, "client"},
		{r.Routes, "route"},
	} {
		if c.n > 0 {
			parts = append(parts, Counted(c.n, c.noun))
		}
	}
	return strings.Join(parts, ", ")
}

// Counted returns a number with its noun, such as "2 policies".
func Counted(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(noun, "y"))
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
