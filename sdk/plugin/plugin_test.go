package plugin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/guest/built"
	"github.com/lictor-dev/lictor/sdk/plugin"
)

var (
	alice = plugin.Subject{Type: "user", ID: "alice"}
	bob   = plugin.Subject{Type: "user", ID: "bob"}
	noon  = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
)

func TestCheck(t *testing.T) {
	t.Parallel()
	p := open(t, bundle(t, shop, compiler.Options{Revision: "r1"}))
	owner := func(id string) plugin.Resource {
		return plugin.Resource{Properties: map[string]any{"owner": id}}
	}
	tests := []struct {
		name, code string
		request    plugin.Request
	}{
		{"through a role", "allowed", plugin.Request{Subject: alice, Permission: "book:read:2"}},
		{"nothing grants it", "no_grant", plugin.Request{Subject: alice, Permission: "book:burn"}},
		{"all of several", "allowed", plugin.Request{Subject: alice, Permissions: []string{"book:read", "book:read:1"}}},
		{"not all of several", "no_grant", plugin.Request{Subject: alice, Permissions: []string{"book:read", "book:burn"}}},
		{"by names", "allowed", plugin.Request{Subject: alice, Action: plugin.Action{Name: "write"}, Resource: plugin.Resource{Type: "book", ID: "1"}}},
		{"names are literal", "no_grant", plugin.Request{Subject: alice, Action: plugin.Action{Name: "read,write"}, Resource: plugin.Resource{Type: "book", ID: "1"}}},
		{"properties of the request", "allowed", plugin.Request{Subject: alice, Permission: "book:write:2", Resource: owner("alice")}},
		{"a condition that is false", "condition_false", plugin.Request{Subject: alice, Permission: "book:write:2", Resource: owner("bob")}},
		{"a condition that is unknown", "condition_unknown", plugin.Request{Subject: alice, Permission: "book:write:2"}},
		{"a DENY", "denied_by_policy", plugin.Request{Subject: alice, Permission: "book:write:9", Resource: owner("alice")}},
		{"in the organisation", "allowed", plugin.Request{Subject: alice, Permission: "shelf:burn", Organisation: "ACME"}},
		{"in the organisation of the context", "allowed", plugin.Request{Subject: alice, Permission: "shelf:burn", Context: map[string]any{"organisation": "ACME"}}},
		{"in no organisation", "no_grant", plugin.Request{Subject: alice, Permission: "shelf:burn"}},
		{"while it is valid", "allowed", plugin.Request{Subject: bob, Permission: "book:read", Now: noon}},
		{"after it was valid", "no_grant", plugin.Request{Subject: bob, Permission: "book:read", Now: noon.AddDate(1, 0, 0)}},
		{"beyond the token's scope", "scope_insufficient", plugin.Request{Subject: alice, Permission: "book:read", Token: map[string]any{"scope": "shelf"}}},
		{"not active", "subject_inactive", plugin.Request{Subject: plugin.Subject{Type: "user", ID: "carol"}, Permission: "book:read"}},
		{"all together", "no_grant", plugin.Request{Subject: alice, Permission: "book:read,write:1", Strict: true}},
	}
	var all []*plugin.Request
	var want []plugin.Decision
	for _, tt := range tests {
		d := plugin.Decision{Allowed: tt.code == "allowed", Code: tt.code, Revision: "r1"}
		all, want = append(all, &tt.request), append(want, d)
		got, err := p.Check(&tt.request)
		if err != nil || got != d {
			t.Errorf("%s: %+v, %v, want %s", tt.name, got, err, tt.code)
		}
		explained, err := p.Explain(&tt.request)
		if err != nil || explained.Decision != d || explained.Text == "" {
			t.Errorf("%s: explained as %+v, %v, want %s", tt.name, explained, err, tt.code)
		}
	}
	got, err := p.CheckAll(all)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("all at once (-want +got):\n%s", diff)
	}
}

func TestCheckRefusesRequests(t *testing.T) {
	t.Parallel()
	p := open(t, bundle(t, shop, compiler.Options{}))
	read := plugin.Action{Name: "read"}
	tests := []struct {
		member  string
		request plugin.Request
	}{
		{"subject.type", plugin.Request{Subject: plugin.Subject{ID: "alice"}, Permission: "book:read"}},
		{"subject.id", plugin.Request{Subject: plugin.Subject{Type: "user"}, Permission: "book:read"}},
		{"permissions", plugin.Request{Subject: alice}},
		{"permissions", plugin.Request{Subject: alice, Permission: "a", Permissions: []string{"b"}}},
		{"permissions[1]", plugin.Request{Subject: alice, Permissions: []string{"b", "a::b"}}},
		{"permission", plugin.Request{Subject: alice, Permission: "a::b"}},
		{"action, resource or attribute", plugin.Request{Subject: alice, Permission: "a", Action: read}},
		{"action, resource or attribute", plugin.Request{Subject: alice, Permission: "a", Attribute: "x"}},
		{"resource.type", plugin.Request{Subject: alice, Action: read}},
		{"resource.id", plugin.Request{Subject: alice, Action: read, Resource: plugin.Resource{Type: "book"}}},
		{"action.name", plugin.Request{Subject: alice, Resource: plugin.Resource{Type: "book", ID: "1"}}},
		{"resource, action or attribute", plugin.Request{Subject: alice, Action: read, Resource: plugin.Resource{Type: "/book", ID: "1"}}},
		{"context", plugin.Request{Subject: alice, Permission: "a", Context: map[string]any{"x": func() {}}}},
		{"context.organisation", plugin.Request{Subject: alice, Permission: "a", Context: map[string]any{"organisation": 1}}},
		{"organisation", plugin.Request{Subject: alice, Permission: "a", Organisation: "X", Context: map[string]any{"organisation": "Y"}}},
	}
	good := &plugin.Request{Subject: alice, Permission: "book:read"}
	for _, tt := range tests {
		d, err := p.Check(&tt.request)
		refused, ok := errors.AsType[*plugin.RequestError](err)
		if !ok || refused.Member != tt.member || d != (plugin.Decision{}) {
			t.Errorf("%+v: %+v, %v, want %s", tt.request, d, err, tt.member)
		}
		if _, err := p.Explain(&tt.request); err == nil {
			t.Errorf("%+v is explained", tt.request)
		}
		all, err := p.CheckAll([]*plugin.Request{good, &tt.request, good})
		if !errors.Is(err, refused) && !strings.HasPrefix(err.Error(), "request 1: ") || !all[0].Allowed || all[1] != (plugin.Decision{}) || !all[2].Allowed {
			t.Errorf("%+v among others: %+v, %v", tt.request, all, err)
		}
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	p := open(t, bundle(t, shop, compiler.Options{}))
	got, err := p.Permissions(&plugin.Request{Subject: alice, Organisation: "ACME"})
	if err != nil {
		t.Fatal(err)
	}
	want := []plugin.Policy{
		{ID: 1, Permission: "book:write", Decision: "ALLOW", Condition: "resource.properties.owner == subject.id"},
		{ID: 2, Permission: "book:write:9", Decision: "DENY"},
		{ID: 3, Permission: "book:read", Decision: "ALLOW"},
		{ID: 4, Permission: "shelf:burn", Decision: "ALLOW", Organisation: "ACME"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
	if got, err = p.Permissions(&plugin.Request{Subject: bob, Now: noon.AddDate(-1, 0, 0)}); err != nil || len(got) != 0 {
		t.Errorf("too early: %v, %v", got, err)
	}
	for role, want := range map[string]bool{"editor": true, "reader": true, "ADMIN": false, "": false} {
		if held, err := p.HasRole(&plugin.Request{Subject: alice}, role); err != nil || held != want {
			t.Errorf("role %q: %v, %v", role, held, err)
		}
	}
	if _, err := p.HasRole(&plugin.Request{}, "editor"); err == nil {
		t.Error("a role of nobody")
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	p := open(t, bundle(t, shop, compiler.Options{}))
	got, err := p.Explain(&plugin.Request{Subject: bob, Permission: "book:read", Now: noon.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	want := plugin.Reason{ID: 3, Decision: "ALLOW", Permission: "book:read", Owner: "role reader", Source: "policy.yaml:3"}
	if len(got.Nearest) == 0 {
		t.Fatal("no grant is near")
	}
	if diff := cmp.Diff(want, got.Nearest[0]); diff != "" {
		t.Errorf("nearest (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"book:read"}, got.Missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	got, err = p.Explain(&plugin.Request{Subject: alice, Permission: "book:read"})
	if err != nil {
		t.Fatal(err)
	}
	want.HeldThrough = "role editor, which includes reader"
	if diff := cmp.Diff([]plugin.Reason{want}, got.Policies); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
}

// TestVerification opens and swaps what is signed by the right key, by another one, and by nobody.
func TestVerification(t *testing.T) {
	t.Parallel()
	key, keys := newKey(t, "release")
	other, _ := newKey(t, "release")
	signed := func(k *sign.PrivateKey, epoch uint64) []byte {
		return bundle(t, shop, compiler.Options{Epoch: epoch, Key: k})
	}
	options := plugin.Options{Keys: keys, Cache: cache, HighestEpoch: 2}
	for name, content := range map[string][]byte{
		"by another key": signed(other, 3), "by nobody": signed(nil, 3), "too old": signed(key, 1), "no bundle": []byte("PK"), "nothing": nil,
	} {
		if p, err := plugin.Open(t.Context(), built.Module(t), content, options); err == nil || p != nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := plugin.Open(t.Context(), built.Module(t), signed(nil, 3), plugin.Options{}); !errors.Is(err, bundles.ErrNoVerification) {
		t.Errorf("without a word about verification: %v", err)
	}
	p, err := plugin.Open(t.Context(), built.Module(t), signed(key, 2), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	if err := p.Swap(t.Context(), signed(key, 7)); err != nil {
		t.Fatal(err)
	}
	err = p.Swap(t.Context(), signed(key, 6))
	if old, ok := errors.AsType[*bundles.EpochError](err); !ok || old.Highest != 7 {
		t.Errorf("a bundle of before: %v", err)
	}
	if err := p.Swap(t.Context(), signed(other, 8)); err == nil {
		t.Error("a bundle of another key is taken up")
	}
	if g, err := p.Generation(); err != nil || g.Epoch != 7 {
		t.Errorf("generation %+v, %v", g, err)
	}
	if err := p.Swap(t.Context(), signed(key, 7)); err != nil {
		t.Errorf("an equal epoch: %v", err)
	}
}

// TestSwapKeepsTheOld swaps in what does not run.
func TestSwapKeepsTheOld(t *testing.T) {
	t.Parallel()
	good := bundle(t, shop, compiler.Options{Revision: "good"})
	p := open(t, good)
	if err := p.Swap(t.Context(), good[:len(good)/2]); err == nil {
		t.Error("half a bundle is taken up")
	}
	for name, module := range map[string][]byte{
		"no module": []byte("no module"), "half of one": built.Module(t)[:1<<20], "another one": []byte("\x00asm\x01\x00\x00\x00"),
	} {
		if err := p.SwapEvaluator(t.Context(), module); err == nil {
			t.Errorf("%s is taken up", name)
		}
	}
	d, err := p.Check(&plugin.Request{Subject: alice, Permission: "book:read"})
	if err != nil || !d.Allowed || d.Revision != "good" {
		t.Errorf("decision %+v, %v", d, err)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	content := bundle(t, shop, compiler.Options{})
	p := open(t, content)
	for range 2 {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r := &plugin.Request{Subject: alice, Permission: "book:read"}
	if d, err := p.Check(r); !errors.Is(err, plugin.ErrClosed) || d.Allowed {
		t.Errorf("check: %+v, %v", d, err)
	}
	if all, err := p.CheckAll([]*plugin.Request{r}); !errors.Is(err, plugin.ErrClosed) || len(all) != 1 || all[0].Allowed {
		t.Errorf("check all: %+v, %v", all, err)
	}
	if err := p.Swap(t.Context(), content); !errors.Is(err, plugin.ErrClosed) {
		t.Errorf("swap: %v", err)
	}
	if err := p.SwapEvaluator(t.Context(), built.Module(t)); !errors.Is(err, plugin.ErrClosed) {
		t.Errorf("swap of the evaluator: %v", err)
	}
	if _, err := p.Generation(); !errors.Is(err, plugin.ErrClosed) {
		t.Errorf("generation: %v", err)
	}
}

// TestCallers opens plugins that believe requests less.
func TestCallers(t *testing.T) {
	t.Parallel()
	content := bundle(t, shop, compiler.Options{})
	r := &plugin.Request{Subject: plugin.Subject{Type: "user", ID: "alice"}, Permission: "book:write:1", Resource: plugin.Resource{Properties: map[string]any{"owner": "bob"}}}
	for callers, want := range map[decision.Callers]string{decision.Overlay: "condition_false", decision.Stored: "allowed", decision.Ignore: "allowed"} {
		p, err := plugin.Open(t.Context(), built.Module(t), content, plugin.Options{AllowUnsigned: true, Cache: cache, Callers: callers})
		if err != nil {
			t.Fatal(err)
		}
		if d, err := p.Check(r); err != nil || d.Code != want {
			t.Errorf("callers %d: %+v, %v, want %s", callers, d, err, want)
		}
		if d, err := p.Explain(r); err != nil || d.Code != want {
			t.Errorf("callers %d: explained as %+v, %v, want %s", callers, d, err, want)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}
