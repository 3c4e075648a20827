package check

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// binding is what a route answers for: a method and a path in which variables are alike.
type binding struct{ method, path string }

var (
	variable = regexp.MustCompile(`\{[^{}]*\}`)
	method   = regexp.MustCompile(`^[A-Z][A-Z-]*$`)
)

// checkRoutes reports the load errors of route rules.
func (c *checker) checkRoutes() {
	for i := range c.defs.Groups {
		c.checkRules(&c.defs.Groups[i])
	}
	bound := map[binding]*source.Route{}
	for i := range c.defs.Routes {
		r := &c.defs.Routes[i]
		c.checkRules(r)
		c.checkAuth(r)
		c.checkMethods(r, bound)
	}
}

// checkAuth reports rules that contradict one another.
func (c *checker) checkAuth(r *source.Route) {
	rules := len(r.Roles) + len(r.Permissions)
	if r.Auth.Value == "anonymous" && rules > 0 {
		c.list.Errorf(anonymousRules, r.Pos, "route %s is anonymous and has rules", diag.Quote(r.Path.Value)).
			Hint = "leave the rules out; a nested route drops those around it with inherit: false"
	}
	if r.Satisfy.Value == "both" && (len(r.Roles) == 0 || len(r.Permissions) == 0) {
		c.list.Errorf(bothMissing, r.Pos, "route %s asks for both, but has not both roles and permissions", diag.Quote(r.Path.Value))
	}
}

func (c *checker) checkMethods(r *source.Route, bound map[binding]*source.Route) {
	c.distinct(r.Methods)
	path := variable.ReplaceAllString(r.Path.Value, "{}")
	for _, m := range r.Methods {
		if m.Set() && !method.MatchString(m.Value) {
			m.Errorf(&c.list, badMethod, "%s is not an HTTP method", diag.Quote(m.Value)).Hint = "write it in upper case, as GET"
		}
		key := binding{m.Value, path}
		first, again := bound[key]
		if again && first != r {
			d := m.Errorf(&c.list, boundTwice, "%s %s is bound twice", m.Value, diag.Quote(r.Path.Value))
			d.Related = []diag.Related{{Pos: first.Pos, Message: "first bound here"}}
		}
		bound[key] = r
	}
}

// checkRules checks the function calls of a route. A rule that nested routes inherit is checked with
// each of them, since their paths differ; the list drops the repeats.
func (c *checker) checkRules(r *source.Route) {
	for _, t := range r.Roles {
		if !t.Set() {
			continue
		}
		rule, err := source.ParseRoleRule(t)
		c.ruleError(t, err)
		for _, name := range rule.Arguments {
			c.role(name)
		}
	}
	variables := source.Variables(r.Path.Value)
	for _, t := range r.Permissions {
		if !t.Set() {
			continue
		}
		rule, err := source.ParsePermissionRule(t)
		c.ruleError(t, err)
		for _, p := range rule.Arguments {
			c.routePermission(r, p, variables)
		}
	}
}

func (c *checker) ruleError(t source.Text, err error) {
	var e *source.RuleError
	if !errors.As(err, &e) {
		return
	}
	code := badRule
	if e.Unknown {
		code = unknownFunction
	}
	d := c.list.Errorf(code, t.At(e.Offset), "rule %s %s", diag.Quote(t.Value), e.Reason)
	d.Hint = e.Hint
}

// routePermission checks a permission string in which {name} stands for a variable of the path.
func (c *checker) routePermission(r *source.Route, t source.Text, variables []string) {
	ok := true
	for _, at := range variable.FindAllStringIndex(t.Value, -1) {
		name := t.Value[at[0]+1 : at[1]-1]
		switch {
		case !slices.Contains(variables, name):
			d := c.list.Errorf(unknownVariable, t.At(at[0]), "variable %s is not in the path %s", diag.Quote(name), diag.Quote(r.Path.Value))
			d.Width, d.Hint = at[1]-at[0], diag.NewNames(variables).Hint(name, "")
			ok = false
		case !alone(t.Value, at[0], at[1]):
			d := c.list.Errorf(unknownVariable, t.At(at[0]), "variable %s is only a part of a value", diag.Quote(name))
			d.Width, d.Hint = at[1]-at[0], "a variable stands for a whole value, as in newsletter:read:{id}"
			ok = false
		}
	}
	filled := variable.ReplaceAllStringFunc(t.Value, func(v string) string { return strings.Repeat(filler, len(v)) })
	if at := strings.IndexAny(filled, "{}"); at >= 0 {
		c.list.Errorf(unknownVariable, t.At(at), "a brace that belongs to no variable").Hint = "write a literal brace as %7B or %7D"
		ok = false
	}
	if ok {
		c.permissionAs(written{r.Namespace, filled}, t)
	}
}

// alone reports whether the text from one offset to another is a whole value of a permission string.
func alone(text string, from, to int) bool {
	before, after := strings.TrimRight(text[:from], " \t"), strings.TrimLeft(text[to:], " \t")
	return (before == "" || strings.ContainsAny(before[len(before)-1:], ":,")) && (after == "" || strings.ContainsAny(after[:1], ":,"))
}
