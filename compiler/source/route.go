package source

import (
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// route is one route as written, with the routes nested in it.
type route struct {
	pos           diag.Pos
	path          Text
	methods       []Text
	satisfy, auth Text
	roles         *[]Text // nil: not written
	permissions   *[]Text
	inherit       bool
	routes        []route
}

// inherited is what a nested route takes over from those around it.
type inherited struct {
	prefix             string
	satisfy, auth      Text
	roles, permissions []Text
}

// flattener turns nested routes into single ones.
type flattener struct {
	list           *diag.List
	namespace      string
	routes, groups []Route
}

func (f *flattener) add(routes []route, outer inherited) {
	for i := range routes {
		f.addOne(&routes[i], outer)
	}
}

func (f *flattener) addOne(r *route, outer inherited) {
	here := r.merge(outer)
	f.checkPath(r.path, here.prefix)
	flat := Route{
		Pos: r.pos, Namespace: f.namespace, Path: Text{Value: here.prefix, Pos: r.path.Pos, Lead: -1}, Methods: r.methods,
		Satisfy: here.satisfy, Auth: here.auth, Roles: here.roles, Permissions: here.permissions,
	}
	if flat.Satisfy.Value == "" {
		flat.Satisfy.Value = "either"
	}
	if flat.Auth.Value == "" {
		flat.Auth.Value = "authenticated"
	}
	switch {
	case len(r.methods) > 0:
		f.routes = append(f.routes, flat)
	case len(r.routes) > 0:
		f.groups = append(f.groups, flat)
	default:
		f.list.Errorf(nothingBound, r.pos, "route has neither methods nor nested routes: it binds nothing").
			Hint = "add methods, such as methods: [GET]"
	}
	f.add(r.routes, here)
}

// merge returns what counts for r and for the routes nested in it.
func (r *route) merge(outer inherited) inherited {
	here := outer
	if !r.inherit {
		here = inherited{}
	}
	here.prefix = join(outer.prefix, r.path.Value)
	if r.satisfy.Set() {
		here.satisfy = r.satisfy
	}
	if r.auth.Set() {
		here.auth = r.auth
	}
	if r.roles != nil {
		here.roles = *r.roles
	}
	if r.permissions != nil {
		here.permissions = *r.permissions
	}
	return here
}

// join appends a nested path; "/" stands for the path around it.
func join(prefix, path string) string {
	if prefix == "" || prefix == "/" {
		return path
	}
	return prefix + strings.TrimSuffix(path, "/")
}

// checkPath reports what is wrong with the template written in one route, whose path from the root is
// whole.
func (f *flattener) checkPath(written Text, whole string) {
	if !written.Set() {
		return
	}
	fail := func(offset int, problem string) {
		d := f.list.Errorf(badPath, written.At(offset), "path %s %s", diag.Quote(written.Value), problem)
		d.Hint = "write it as /newsletters/{id}"
	}
	switch p := written.Value; {
	case !strings.HasPrefix(p, "/"):
		fail(0, "does not start with '/'")
		return
	case p == "/":
		return
	case strings.HasSuffix(p, "/"):
		fail(len(p)-1, "ends with '/'")
		return
	}
	offset := 1
	for segment := range strings.SplitSeq(written.Value[1:], "/") {
		if problem := badSegment(segment); problem != "" {
			fail(offset, problem)
		}
		offset += len(segment) + 1
	}
	if name := repeated(Variables(whole)); name != "" && strings.Contains(written.Value, "{"+name+"}") {
		fail(strings.LastIndex(written.Value, "{"+name+"}"), "names the variable "+diag.Quote(name)+" twice")
	}
}

// badSegment says why a segment of a path is neither literal nor one variable.
func badSegment(segment string) string {
	name, opened := strings.CutPrefix(segment, "{")
	name, closed := strings.CutSuffix(name, "}")
	switch {
	case segment == "":
		return "has an empty segment"
	case segment == "." || segment == "..":
		return "has a segment that stands for another folder"
	case opened && closed && isVariable(name):
		return ""
	case strings.ContainsAny(segment, "{}"):
		return "has a segment that is neither literal nor one {variable}"
	case strings.ContainsAny(segment, "?#%*;\\ \t"):
		return "has a character that paths are not matched by"
	}
	return ""
}

func isVariable(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// Variables returns the names of the variables of a path template, in their order.
func Variables(path string) []string {
	var names []string
	for segment := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok && strings.HasSuffix(name, "}") {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

func repeated(names []string) string {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return name
		}
	}
	return ""
}
