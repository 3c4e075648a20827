//go:build !race

package route_test

import (
	"testing"
	"testing/fstest"

	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/route"
)

const measured = `lictor: v1
roles: {admin: {}, editor: {}}
subjects: {ann: {permissions: ["newsletter:read:a b"]}, ada: {roles: [admin]}}
routes:
  - {path: "/newsletters/{id}", methods: [GET], roles: ["hasanyrole(editor, admin)"], permissions: ["ispermitted(newsletter:read:{id})"]}
  - {path: /me, methods: [GET]}
  - {path: /open, methods: [GET], auth: anonymous}
`

// TestDecideAllocatesNothing measures each kind of outcome.
func TestDecideAllocatesNothing(t *testing.T) {
	of := compiled(t, fstest.MapFS{"a.yaml": {Data: []byte(measured)}})
	m, e := route.New(of), engine(t, of)
	for _, tt := range []struct {
		method, path, subject string
		want                  route.Reason
	}{
		{"GET", "/newsletters/a%20b", "ann", route.Satisfied},
		{"GET", "/newsletters/7", "ada", route.Satisfied},
		{"GET", "/newsletters/7", "ann", route.NotSatisfied},
		{"GET", "/newsletters/7", "", route.NotAuthenticated},
		{"GET", "/me", "ann", route.Satisfied},
		{"GET", "/open", "", route.OpenRoute},
		{"GET", "/nowhere/to/be/found", "ann", route.NoRoute},
		{"get", "/me", "ann", route.BadMethod},
		{"GET", "/me/..", "ann", route.BadPath},
	} {
		r := &route.Request{Method: tt.method, Path: tt.path, Authenticated: tt.subject != "", Subject: decision.Subject{Type: "user", ID: tt.subject}}
		got := m.Decide(e, r)
		if n := testing.AllocsPerRun(100, func() { m.Decide(e, r) }); n != 0 || got.Reason != tt.want {
			t.Errorf("%s %s: %v with %v allocations, want %v without", tt.method, tt.path, got.Reason, n, tt.want)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	of := compiled(b, fstest.MapFS{"a.yaml": {Data: []byte(measured)}})
	m, e := route.New(of), engine(b, of)
	r := &route.Request{Method: "GET", Path: "/newsletters/7", Authenticated: true, Subject: decision.Subject{Type: "user", ID: "ann"}}
	b.ReportAllocs()
	for b.Loop() {
		m.Decide(e, r)
	}
}
