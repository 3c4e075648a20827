package route_test

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/route"
)

// reference answers from the model, by the text of DESIGN 2.6 and nothing shared with the matcher: it parses with
// net/url, compares templates as texts and ranks all that match.
type reference struct{ m *policy.Model }

// parts splits a path, false where it is refused.
func parts(raw string) (list []string, trailing, ok bool) {
	if !strings.HasPrefix(raw, "/") || !utf8.ValidString(raw) || strings.ContainsAny(raw, "?#; ") || strings.ContainsFunc(raw, control) || len(raw) > 4096 {
		return nil, false, false
	}
	all := strings.Split(raw[1:], "/")
	if all[len(all)-1] == "" {
		all, trailing = all[:len(all)-1], raw != "/"
	}
	for _, part := range all {
		text, err := url.PathUnescape(part)
		again, errAgain := url.PathUnescape(text)
		twice := errAgain == nil && again != text || errAgain != nil && doubled(text)
		if err != nil || text == "" || text == "." || text == ".." || strings.ContainsAny(text, "/\\") || strings.ContainsFunc(text, control) || !utf8.ValidString(text) || twice {
			return nil, false, false
		}
		list = append(list, text)
	}
	return list, trailing, len(list) <= route.MaxSegments
}

func control(c rune) bool { return c < ' ' || c == 0x7f }

// doubled reports whether some escape stands in a text that is decoded already.
func doubled(text string) bool {
	for at := range len(text) {
		if text[at] == '%' && at+3 <= len(text) {
			if _, err := url.PathUnescape(text[at : at+3]); err == nil {
				return true
			}
		}
	}
	return false
}

// rank is what a template is compared by: 0 for a literal, 1 for a variable; nil where it does not match.
func rank(r *policy.Route, list []string) []int {
	if len(r.Path) != len(list) {
		return nil
	}
	ranks := []int{0}
	for i, s := range r.Path {
		switch {
		case s.Variable:
			ranks = append(ranks, 1)
		case s.Text == list[i]:
			ranks = append(ranks, 0)
		default:
			return nil
		}
	}
	return ranks
}

func (f *reference) decide(r *route.Request) (status int, rule *policy.Route) {
	list, trailing, ok := parts(r.Path)
	if !ok || r.Method != strings.ToUpper(r.Method) || r.Method == "" {
		return http.StatusForbidden, nil
	}
	var best []int
	bound := false
	for i := range f.m.Routes {
		one := &f.m.Routes[i]
		ranks := rank(one, list)
		bound = bound || ranks != nil
		if ranks == nil || trailing || !slices.Contains(one.Methods, r.Method) {
			continue
		}
		if best == nil || slices.Compare(ranks, best) < 0 {
			best, rule = ranks, one
		}
	}
	denied := http.StatusUnauthorized
	if r.Authenticated {
		denied = http.StatusForbidden
	}
	switch {
	case rule == nil && f.m.OpenRoutes && !bound, rule != nil && rule.Auth == policy.Anonymous:
		return http.StatusOK, rule
	case rule == nil || !r.Authenticated || !f.satisfied(rule, list, r):
		return denied, rule
	}
	return http.StatusOK, rule
}

func (f *reference) satisfied(rule *policy.Route, list []string, r *route.Request) bool {
	for i := range f.m.Subjects {
		if f.m.Subjects[i].ID == r.Subject.ID && f.m.Subjects[i].Inactive {
			return false
		}
	}
	roles, permissions := f.roles(rule, r), f.permissions(rule, list, r)
	switch {
	case rule.Satisfy == policy.Both:
		return roles && permissions
	case len(rule.Roles) > 0 && len(rule.Permissions) > 0:
		return roles || permissions
	}
	return roles && permissions // of which one, or both, ask for nothing
}

func (f *reference) roles(rule *policy.Route, r *route.Request) bool {
	for _, one := range rule.Roles {
		held := 0
		for _, h := range one.Roles {
			if ok, err := conformance.NewReference(f.m).HasRole(request(r), f.m.Holders[h].Name); err == nil && ok {
				held++
			}
		}
		if held == 0 || one.All && held < len(one.Roles) {
			return false
		}
	}
	return true
}

// permissions asks for each permission by its text, escaped.
func (f *reference) permissions(rule *policy.Route, list []string, r *route.Request) bool {
	for _, p := range rule.Permissions {
		var texts []string
		for _, part := range p.Parts {
			switch part.Kind {
			case policy.Wildcard:
				texts = append(texts, "*")
			case policy.Variable:
				texts = append(texts, escaped(list[part.Index]))
			case policy.LiteralValue:
				texts = append(texts, escaped(part.Text))
			}
		}
		parsed, err := f.m.Grammar().Parse(p.Namespace + "/" + strings.Join(texts, ":"))
		if err != nil {
			return false
		}
		q := request(r)
		q.Permissions = []permission.Permission{parsed}
		if d, err := conformance.NewReference(f.m).Decide(q); err != nil || !d.Allowed {
			return false
		}
	}
	return true
}

// escaped writes every byte of a value as an escape.
func escaped(text string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for _, c := range []byte(text) {
		b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
	}
	return b.String()
}

func request(r *route.Request) *decision.Request {
	return &decision.Request{Subject: r.Subject, Organisation: r.Organisation, Context: r.Context, Token: r.Token, Now: r.Now, Callers: r.Callers}
}

// TestAgreesWithReference compares generated rules and requests.
func TestAgreesWithReference(t *testing.T) {
	t.Parallel()
	statuses := map[int]int{}
	for seed := uint64(1); seed <= 300; seed++ {
		g := generator{rand.New(rand.NewPCG(seed, 3))}
		model := g.model(t)
		of := opened(t, model)
		m, e, slow := route.New(of), engine(t, of), &reference{model}
		for range 60 {
			r := g.request()
			status, rule := slow.decide(r)
			got := m.Decide(e, r)
			want := ruleText(route.Outcome{Rule: rule})
			if got.Status.HTTP() != status || ruleText(got) != want {
				t.Fatalf("seed %d: %s %q of %q (%t):\n got %d %v by %s\nwant %d by %s", seed, r.Method, r.Path, r.Subject.ID, r.Authenticated,
					got.Status.HTTP(), got.Reason, ruleText(got), status, want)
			}
			statuses[status]++
		}
	}
	for _, status := range []int{200, 401, 403} {
		if statuses[status] < 1000 {
			t.Errorf("%d answers were %d", statuses[status], status)
		}
	}
}

// generator makes small models, in which much meets.
type generator struct{ *rand.Rand }

func (g generator) pick(texts ...string) string { return texts[g.IntN(len(texts))] }

func (g generator) model(t *testing.T) *policy.Model {
	t.Helper()
	m := &policy.Model{Namespace: "default", Case: permission.Case(g.IntN(2)), Files: []string{"a.yaml"}, OpenRoutes: g.IntN(3) == 0}
	for i, name := range []string{"r0", "r1", "r2"} {
		closure := []policy.HolderIndex{policy.HolderIndex(i)}
		if i > 0 && g.IntN(2) == 0 {
			closure = []policy.HolderIndex{0, closure[0]}
		}
		m.Holders = append(m.Holders, policy.Holder{Name: name, Closure: closure})
		for range g.IntN(3) {
			m.Policies = append(m.Policies, policy.Policy{OwnerIndex: int32(i), Permission: g.grant(t, m), Effect: policy.Effect(g.IntN(6) / 5), Validity: policy.Always})
		}
	}
	for i, id := range []string{"s0", "s1", "s2", "s3"} {
		s := policy.Subject{ID: id, Type: "user", Inactive: i == 3}
		for h := range policy.HolderIndex(3) {
			if g.IntN(3) == 0 {
				s.Assignments = append(s.Assignments, policy.Assignment{Holder: h, Validity: policy.Always})
			}
		}
		m.Subjects = append(m.Subjects, s)
	}
	m.Number()
	bound := map[string]bool{}
	for range 1 + g.IntN(12) {
		g.route(m, bound)
	}
	return m
}

func (g generator) grant(t *testing.T, m *policy.Model) permission.Permission {
	t.Helper()
	p, err := m.Grammar().Parse(g.pick("x", "x:a", "x:b,a", "y:*:A", "x:%2A", "y:a:a", "*", "y"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// route adds a rule, unless it binds what another one does.
func (g generator) route(m *policy.Model, bound map[string]bool) {
	r := policy.Route{Methods: [][]string{{"GET"}, {"GET", "PUT"}, {"POST"}}[g.IntN(3)]}
	var b strings.Builder
	for i := range g.IntN(4) {
		if s := g.pick("a", "b", "%", "{"); s == "{" {
			r.Path = append(r.Path, policy.Segment{Text: "v" + string(rune('0'+i)), Variable: true})
			b.WriteByte('/')
		} else {
			r.Path = append(r.Path, policy.Segment{Text: s})
			b.WriteString("/" + s)
		}
	}
	shape := b.String()
	for _, method := range r.Methods {
		if bound[method+shape] {
			return
		}
	}
	for _, method := range r.Methods {
		bound[method+shape] = true
	}
	if g.IntN(6) == 0 {
		r.Auth = policy.Anonymous
	} else {
		g.rules(m, &r)
	}
	m.Routes = append(m.Routes, r)
}

func (g generator) rules(m *policy.Model, r *policy.Route) {
	for range g.IntN(3) {
		rule := policy.RoleRule{All: g.IntN(2) == 0}
		for h := range policy.HolderIndex(3) {
			if g.IntN(2) == 0 {
				rule.Roles = append(rule.Roles, h)
			}
		}
		if len(rule.Roles) > 0 {
			r.Roles = append(r.Roles, rule)
		}
	}
	for range g.IntN(3) {
		p := policy.RoutePattern{Namespace: m.Namespace}
		for range 1 + g.IntN(3) {
			p.Parts = append(p.Parts, g.part(m, r))
		}
		r.Permissions = append(r.Permissions, p)
	}
	if len(r.Roles) > 0 && len(r.Permissions) > 0 {
		r.Satisfy = policy.Satisfy(g.IntN(2))
	}
}

func (g generator) part(m *policy.Model, r *policy.Route) policy.PatternPart {
	if i := g.IntN(4); i < len(r.Path) && r.Path[i].Variable {
		return policy.PatternPart{Kind: policy.Variable, Index: int32(i)}
	}
	if text := g.pick("x", "y", "a", "b", ""); text != "" {
		return policy.PatternPart{Kind: policy.LiteralValue, Text: m.Grammar().Fold(text)}
	}
	return policy.PatternPart{}
}

func (g generator) request() *route.Request {
	var b strings.Builder
	for range g.IntN(4) {
		b.WriteString("/" + g.pick("a", "a", "b", "b", "x", "A", "*", "a,b", "%2a", "%25", "%61", "c:d"))
	}
	path := b.String()
	if path == "" || g.IntN(12) == 0 {
		path += "/"
	}
	if g.IntN(10) == 0 {
		path += g.pick("/..", "/.", "//", "%2f", "%", "%zz", ";a", "?", "\xff", "%ff", "%2525", "%250", "\\", " ", "/"+strings.Repeat("a/", 70), "%252")
	}
	id := g.pick("s0", "s1", "s2", "s3", "nobody", "")
	return &route.Request{
		Method: g.pick("GET", "GET", "PUT", "POST", "HEAD", "get"), Path: path,
		Authenticated: id != "", Subject: decision.Subject{Type: "user", ID: id},
	}
}
