package lower_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/lower"
)

const routes = `lictor: v1
namespace: shop
options: {namespace: shop, unmatched_routes: allow}
roles: {editor: {}, admin: {}, reader: {}}
routes:
  - path: /shelves
    roles: ["hasanyrole(reader, editor)"]
    routes:
      - {path: "/{id}/books/{book}", methods: [PUT, GET], satisfy: both, roles: ["hasallroles(reader, admin, reader)", "hasrole(admin)"],
         permissions: ["ispermitted(other/book:read,list:{book},5:*)", "ispermittedall(shelf:read:{id} | shelf:v0.1,%7Bid%7D:{id},{book},v1.)"]}
      - {path: /, methods: [GET]}
  - {path: /, methods: [GET], auth: anonymous}
  - {path: /, methods: [DELETE], permissions: ["ispermitted(site:delete:{x},*)"]}
`

// routeText writes a route with everything it asks for, one line for each rule.
func routeText(m *policy.Model, r *policy.Route) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %s auth %d satisfy %d line %d\n", r.Methods, r.Template(), r.Auth, r.Satisfy, r.Place.Line)
	for _, rule := range r.Roles {
		b.WriteString(map[bool]string{false: "  any", true: "  all"}[rule.All])
		for _, h := range rule.Roles {
			b.WriteString(" " + m.Holders[h].Name)
		}
		b.WriteByte('\n')
	}
	for _, p := range r.Permissions {
		b.WriteString("  " + p.Namespace + "/")
		for _, part := range p.Parts {
			switch part.Kind {
			case policy.Wildcard:
				b.WriteString(":*")
			case policy.Variable:
				fmt.Fprintf(&b, ":{%d}", part.Index)
			case policy.LiteralValue:
				b.WriteString(":" + part.Text)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestRoutes lowers nested rules, in the order of their paths. Variables stand for whole values, whatever else the
// permission names.
func TestRoutes(t *testing.T) {
	t.Parallel()
	text := strings.Replace(routes, "site:delete:{x},*", "site:delete:*", 1)
	m, list := lower.Lower(load(t, text))
	if len(list) > 0 {
		t.Fatalf("diagnostics: %v", list)
	}
	var b strings.Builder
	for i := range m.Routes {
		b.WriteString(routeText(m, &m.Routes[i]))
	}
	want := `[DELETE] / auth 0 satisfy 0 line 13
  shop/:site:delete:*
[GET] / auth 1 satisfy 0 line 12
[GET] /shelves auth 0 satisfy 0 line 11
  any editor reader
[GET PUT] /shelves/{id}/books/{book} auth 0 satisfy 1 line 9
  all admin reader
  any admin
  other/:book:list:5:*
  other/:book:list:{3}:*
  other/:book:read:5:*
  other/:book:read:{3}:*
  shop/:shelf:read:{1}
  shop/:shelf:v0.1:v1.
  shop/:shelf:v0.1:{1}
  shop/:shelf:v0.1:{3}
  shop/:shelf:{id}:v1.
  shop/:shelf:{id}:{1}
  shop/:shelf:{id}:{3}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	if !m.OpenRoutes {
		t.Error("routes without a rule are closed")
	}
}

// TestRouteTooLongWithValues has a permission that is within its limits as it is written only: dropping it would leave
// the route with less to ask for.
func TestRouteTooLongWithValues(t *testing.T) {
	t.Parallel()
	var values []string
	for i := range 63 {
		values = append(values, fmt.Sprintf("x%d", i))
	}
	list := strings.Join(values, ",")
	text := "lictor: v1\nroutes:\n  - {path: \"/{a}/{b}\", methods: [GET], permissions: [\"ispermitted(" + list[:45] + ":" + list + ",{a},{b})\"]}\n"
	_, faults := lower.Lower(load(t, text))
	if len(faults) != 1 || faults[0].Code != "E0301" {
		t.Errorf("diagnostics: %v", faults)
	}
}
