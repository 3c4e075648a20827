package lower

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// codeLongPattern is the code of permissions that only the values of variables bring beyond the limits.
const codeLongPattern = "E0301"

// routes lowers route rules, which are flat by now.
func (l *lowerer) routes() {
	l.m.OpenRoutes = l.d.Options.UnmatchedRoutes.Value == "allow"
	for i := range l.d.Routes {
		l.m.Routes = append(l.m.Routes, l.route(&l.d.Routes[i]))
	}
	slices.SortStableFunc(l.m.Routes, func(a, b policy.Route) int {
		return cmp.Or(strings.Compare(a.Template(), b.Template()), slices.Compare(a.Methods, b.Methods))
	})
}

func (l *lowerer) route(r *source.Route) policy.Route {
	lowered := policy.Route{Methods: sortedUnique(values(r.Methods)), Path: segments(r.Path.Value), Place: l.place(r.Pos)}
	if r.Auth.Value == "anonymous" {
		lowered.Auth = policy.Anonymous
	}
	if r.Satisfy.Value == "both" {
		lowered.Satisfy = policy.Both
	}
	for _, t := range r.Roles {
		if rule, err := source.ParseRoleRule(t); err == nil {
			lowered.Roles = append(lowered.Roles, l.roleRule(rule))
		}
	}
	for _, t := range r.Permissions {
		rule, err := source.ParsePermissionRule(t)
		if err != nil {
			continue
		}
		for _, p := range rule.Arguments { // ispermittedall asks for all of them, as the list does
			lowered.Permissions = append(lowered.Permissions, l.patterns(r.Namespace, p, lowered.Path)...)
		}
	}
	return lowered
}

// segments splits a path template, whose checks it has passed.
func segments(path string) []policy.Segment {
	if path == "/" {
		return nil
	}
	var list []policy.Segment
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		name, variable := strings.CutPrefix(part, "{")
		list = append(list, policy.Segment{Text: strings.TrimSuffix(name, "}"), Variable: variable})
	}
	return list
}

func (l *lowerer) roleRule(rule source.Rule) policy.RoleRule {
	lowered := policy.RoleRule{All: rule.Function == "hasallroles"}
	for _, name := range rule.Arguments {
		if h, ok := l.roles[name.Value]; ok {
			lowered.Roles = append(lowered.Roles, h)
		}
	}
	slices.Sort(lowered.Roles)
	lowered.Roles = slices.Compact(lowered.Roles)
	return lowered
}

// patterns parses a permission in which variables of a path stand for values. Each variable takes part as a text that
// is none of the permission's own values.
func (l *lowerer) patterns(namespace string, written source.Text, path []policy.Segment) []policy.RoutePattern {
	text, stand := written.Value, newStandIn(written.Value)
	for i, s := range path {
		if s.Variable {
			text = strings.ReplaceAll(text, "{"+s.Text+"}", stand.text(i))
		}
	}
	p, ok := l.parse(namespace, text)
	if !ok { // without it the route would ask for less
		written.Errorf(&l.list, codeLongPattern, "permission %s is too long once its variables are values", diag.Quote(written.Value))
		return nil
	}
	var atom permission.Atom
	list := make([]policy.RoutePattern, p.Atoms())
	for i := range list {
		p.Atom(i, &atom)
		list[i].Namespace = atom.Namespace
		for _, v := range atom.Parts[:atom.Len] {
			list[i].Parts = append(list[i].Parts, stand.part(v))
		}
	}
	return list
}

// standIn makes the texts that stand for variables: lower-case ones, which folding does not change, with a beginning
// that no value of a permission has.
type standIn struct{ prefix string }

func newStandIn(text string) standIn {
	if decoded, err := url.PathUnescape(text); err == nil {
		text = decoded
	}
	text = strings.ToLower(text)
	for n := 0; ; n++ {
		if s := (standIn{"v" + strconv.Itoa(n) + "."}); !strings.Contains(text, s.prefix) {
			return s
		}
	}
}

// text returns what stands for the variable in a segment of the path.
func (s standIn) text(segment int) string { return s.prefix + strconv.Itoa(segment) }

// part returns what a value is.
func (s standIn) part(v string) policy.PatternPart {
	if v == "" {
		return policy.PatternPart{}
	}
	if number, ok := strings.CutPrefix(v, s.prefix); ok {
		if i, err := strconv.ParseInt(number, 10, 32); err == nil {
			return policy.PatternPart{Kind: policy.Variable, Index: int32(i)}
		}
	}
	return policy.PatternPart{Kind: policy.LiteralValue, Text: v}
}
