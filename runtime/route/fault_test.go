package route_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/route"
)

const faulty = `lictor: v1
options: {unmatched_routes: allow}
roles: {r: {permissions: ["x:1"]}}
subjects: {ann: {roles: [r]}}
routes:
  - {path: /closed, methods: [GET]}
  - {path: /role, methods: [GET], roles: [hasrole(r)]}
  - {path: /permission, methods: [GET], permissions: ["ispermitted(x:1)"]}
  - {path: /either, methods: [GET], roles: [hasrole(r)], permissions: ["ispermitted(x:1)"]}
  - {path: /both, methods: [GET], satisfy: both, roles: [hasrole(r)], permissions: ["ispermitted(x:1)"]}
`

var errBroken = errors.New("broken")

// broken is an engine that fails at roles, at permissions, or at both; its answers say yes all the same.
type broken struct {
	decision.Engine
	roles, permissions bool
}

func (b *broken) HasRole(r *decision.Request, role string) (bool, error) {
	if b.roles {
		return true, errBroken
	}
	return b.Engine.HasRole(r, role)
}

func (b *broken) Decide(r *decision.Request) (decision.Decision, error) {
	if b.permissions {
		return decision.Decision{Allowed: true, Code: decision.Allowed}, errBroken
	}
	return b.Engine.Decide(r)
}

// TestFaultsForbid breaks the engine: whatever it could not answer, nobody gets in.
func TestFaultsForbid(t *testing.T) {
	t.Parallel()
	of := compiled(t, fstest.MapFS{"a.yaml": {Data: []byte(faulty)}})
	m, e := route.New(of), engine(t, of)
	tests := []struct {
		path               string
		roles, permissions bool
		want               route.Reason
	}{
		{"/closed", false, false, route.Satisfied},
		{"/closed", false, true, route.Fault},
		{"/role", true, false, route.Fault},
		{"/role", false, true, route.Satisfied},
		{"/permission", false, true, route.Fault},
		{"/permission", true, false, route.Satisfied},
		{"/either", true, false, route.Fault},
		{"/either", true, true, route.Fault},
		{"/both", true, false, route.Fault},
		{"/both", false, true, route.Fault},
		{"/both", false, false, route.Satisfied},
	}
	for _, tt := range tests {
		got := m.Decide(&broken{e, tt.roles, tt.permissions}, &route.Request{
			Method: "GET", Path: tt.path, Authenticated: true, Subject: decision.Subject{Type: "user", ID: "ann"},
		})
		status := route.Forbidden
		if tt.want == route.Satisfied {
			status = route.Allow
		}
		if got.Reason != tt.want || got.Status != status || m.Source(got.Rule) == "" {
			t.Errorf("%s, broken at roles %t, at permissions %t: got %v, want %v", tt.path, tt.roles, tt.permissions, got, tt.want)
		}
	}
}

// TestSource says where a rule is written, and that the zero outcome lets nobody in.
func TestSource(t *testing.T) {
	t.Parallel()
	of := compiled(t, fstest.MapFS{"a.yaml": {Data: []byte(faulty)}})
	m := route.New(of)
	got := m.Decide(engine(t, of), &route.Request{Method: "GET", Path: "/role"})
	if source := m.Source(got.Rule); source != "a.yaml:7" || m.Len() != 5 {
		t.Errorf("rule of /role, one of %d, is at %s", m.Len(), source)
	}
	var none route.Outcome
	if none.Status.HTTP() != 403 || none.Reason != route.Fault {
		t.Errorf("the zero outcome is %d, %v", none.Status.HTTP(), none.Reason)
	}
}
