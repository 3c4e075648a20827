package proxy_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/golden"
)

// TestModuleFailsClosed wants a module that has nothing good to decide by to let nobody pass, not even where a rule is for
// everybody, and to say in its log why.
func TestModuleFailsClosed(t *testing.T) {
	t.Parallel()
	mine, verify := key(t, 1)
	other, _ := key(t, 2)
	good := bundle(t, draft{epoch: 5, key: mine})
	signed := inline(good).with(object{"allow_unsigned": nil, "verify_key": verify})
	file := object{"bundle": "/lictor/bundle.tar.gz", "bundle_base64": nil}
	damaged := bytes.Clone(good)
	damaged[len(damaged)/2] ^= 1
	tests := []struct {
		name   string
		config string
		put    []byte // at the path of file
		log    string // what its first error holds
	}{
		{"no configuration", "", nil, "not a JSON value"},
		{"empty configuration", "{}", nil, "either this or bundle_base64 is needed"},
		{"unknown setting", signed.with(object{"debug": true}).text(t), nil, `"debug": no such setting`},
		{"no trust", inline(good).with(object{"allow_unsigned": nil}).text(t), nil, "either this or allow_unsigned is needed"},
		{"nothing at the path", signed.with(file).text(t), nil, "No such file"},
		{"nothing mounted", signed.with(file).with(object{"bundle": "/nowhere/bundle.tar.gz"}).text(t), nil, "Bad file number"},
		{"a folder", signed.with(file).with(object{"bundle": "/lictor"}).text(t), nil, "not a plain file but d"},
		{"no bundle", signed.with(file).text(t), []byte("no bundle"), "the bundle is truncated"},
		{"an empty file", signed.with(file).text(t), []byte{}, "the bundle is truncated"},
		{"a damaged bundle", signed.with(file).text(t), damaged, "the bundle is not taken up: "},
		{"half a bundle", signed.with(file).text(t), good[:len(good)/2], "the bundle is truncated"},
		{"a bundle and more", signed.with(file).text(t), append(bytes.Clone(good), 0), "something follows the end"},
		{"not signed", signed.with(file).text(t), bundle(t, draft{epoch: 5}), "the bundle is not signed"},
		{"signed by another", signed.with(file).text(t), bundle(t, draft{epoch: 5, key: other}), "the signature is not by any"},
		{"too old", signed.with(object{"lowest_epoch": 6}).text(t), nil, "epoch 5"},
		{"no state", signed.with(object{"state": "/nowhere"}).text(t), nil, "state: "},
		{"a damaged state", signed.with(object{"state": "/state"}).text(t), nil, `state: "epoch-x" names no epoch`},
		{
			"for clients", inline(bundle(t, draft{subset: &bundles.Subset{For: "client", Namespaces: []string{"newsletter"}}})).text(t), nil,
			`only the part of a policy that is for a "client"`,
		},
		{"another engine's", inline(bundle(t, draft{golden: expected(t, policy.Deny)})).text(t), nil, "rules.yaml:1"},
		{"conditions in Rego", inline(bundle(t, draft{definitions: inRego})).text(t), nil, "need Rego, which is not there"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, state := newFolder(t), t.TempDir()
			if tt.put != nil {
				f.put(t, tt.put)
			}
			if err := os.WriteFile(state+"/epoch-x", nil, 0o600); err != nil {
				t.Fatal(err)
			}
			h := newHost(t, settings{config: tt.config, mount: f.dir, state: state})
			server := front(t, h)
			for _, target := range []string{"GET /login", "GET /newsletters", "GET /nowhere"} {
				if diff := cmp.Diff(unavailable, send(t, server, target, "X-User: rosa")); diff != "" {
					t.Errorf("%s (-want +got):\n%s", target, diff)
				}
			}
			lines := h.log()
			if len(lines) == 0 || lines[0].level != 2 || !strings.Contains(lines[0].text, tt.log) {
				t.Errorf("log: %+v, want an error with %q", lines, tt.log)
			}
			if len(h.traps) > 0 {
				t.Errorf("traps: %v", h.traps)
			}
		})
	}
}

// expected is the golden decision about rosa, whom the newsletter lets read.
func expected(t *testing.T, effect policy.Effect) []byte {
	t.Helper()
	grammar := permission.Grammar{Namespace: "default"}
	read, err := grammar.Parse("newsletter/newsletter:read")
	if err != nil {
		t.Fatal(err)
	}
	text, err := golden.Encode([]golden.Test{{
		Name: "rosa reads", Place: "rules.yaml:1", Expect: effect,
		Request: decision.Request{
			Subject: decision.Subject{Type: "user", ID: "rosa"}, Permissions: []permission.Permission{read}, Now: golden.Moment,
		},
	}}, grammar)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestModuleProves wants a bundle whose golden decisions are reproduced to decide.
func TestModuleProves(t *testing.T) {
	t.Parallel()
	h := newHost(t, settings{config: inline(bundle(t, draft{golden: expected(t, policy.Allow)})).text(t)})
	if got := send(t, front(t, h), "GET /login"); got.Status != 200 {
		t.Errorf("answer: %+v, log %+v", got, h.log())
	}
}

// inRego has a condition that only Rego can evaluate.
const inRego = `
lictor: v1
roles:
  reader: {policies: [{permission: "newsletter:read", decision: ALLOW, when: 'count([x | some x in subject.properties.list]) > 1'}]}
routes: [{path: /login, methods: [GET], auth: anonymous}]
`

// TestModuleNeedsClock wants a host without a clock to be of no use: at its time everything that is over would be valid still.
func TestModuleNeedsClock(t *testing.T) {
	t.Parallel()
	config := inline(bundle(t, draft{})).text(t)
	tests := []struct {
		name     string
		settings settings
		want     answer
	}{
		{"none", settings{noClock: true}, unavailable},
		{"at the start of 1970", settings{clock: func() time.Time { return time.Unix(0, 0) }}, unavailable},
		{"in 2025", settings{clock: func() time.Time { return time.Date(2025, 12, 31, 23, 59, 59, 0, time.UTC) }}, unavailable},
		{"in 2026", settings{clock: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }}, passed("GET|/login||")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.settings.config = config
			server := front(t, newHost(t, tt.settings))
			if diff := cmp.Diff(tt.want, send(t, server, "GET /login")); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// TestModuleTime wants validity to be judged by the host's clock.
func TestModuleTime(t *testing.T) {
	t.Parallel()
	over := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for now, want := range map[time.Time]int{over.Add(-time.Second): 200, over: 403} {
		h := newHost(t, settings{config: inline(bundle(t, draft{})).text(t), clock: func() time.Time { return now }})
		if got := send(t, front(t, h), "PUT /newsletters/7", "X-User: late"); got.Status != want {
			t.Errorf("at %s: %d, want %d", now, got.Status, want)
		}
	}
}

// TestModuleBrokenOff has each function of the host trap once. The request must not pass; and since the host gives the
// instance the next request as well, as http-wasm's own does, that must not pass either.
func TestModuleBrokenOff(t *testing.T) {
	t.Parallel()
	config := inline(bundle(t, draft{})).with(object{"upstream_headers": object{"X-A": "revision", "X-B": "subject"}}).text(t)
	tests := []struct {
		function, target, user string
	}{
		{"get_method", "GET /login", ""},
		{"get_uri", "GET /login", ""},
		{"get_header_values", "GET /newsletters", "rosa"},
		{"set_header_value", "GET /newsletters", "rosa"},
		{"remove_header", "GET /login", ""},
		{"set_header_value", "GET /newsletters", ""},
		{"set_status_code", "GET /newsletters", "mallory"},
		{"log_enabled", "GET /newsletters", "mallory"},
		{"log", "GET /newsletters", "mallory"},
	}
	for _, tt := range tests {
		t.Run(tt.function+" in "+tt.target+" by "+tt.user, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, settings{config: config})
			server := front(t, h)
			if got := send(t, server, "GET /login"); got.Status != 200 {
				t.Fatalf("before: %+v", got)
			}
			h.fail(tt.function, true)
			if diff := cmp.Diff(trapped, send(t, server, tt.target, "X-User: "+tt.user)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			h.fail(tt.function, false)
			for range 3 {
				if got := send(t, server, "GET /login"); got.Status != 503 && got.Status != 500 {
					t.Errorf("after: %+v", got)
				}
			}
			if len(h.traps) == 0 {
				t.Error("the host did not trap")
			}
		})
	}
}

// TestModuleRepaired has a host throw an instance away that trapped: the next one serves.
func TestModuleRepaired(t *testing.T) {
	t.Parallel()
	h := newHost(t, settings{config: inline(bundle(t, draft{})).text(t), repair: true})
	server := front(t, h)
	h.fail("get_uri", true)
	if got := send(t, server, "GET /login"); got.Status != 500 {
		t.Errorf("broken off: %+v", got)
	}
	h.fail("get_uri", false)
	if got := send(t, server, "GET /login"); got.Status != 200 {
		t.Errorf("repaired: %+v", got)
	}
}

// TestModuleNotInitialized has a host that calls only _start, as those do that expect a command: nothing passes.
func TestModuleNotInitialized(t *testing.T) {
	t.Parallel()
	h := newHost(t, settings{config: inline(bundle(t, draft{})).text(t), start: []string{"_start"}})
	server := front(t, h)
	for range 3 {
		if got := send(t, server, "GET /login"); got.Status < 500 {
			t.Errorf("answer: %+v", got)
		}
	}
}

// TestModuleConfigTraps has the host trap while the module starts: there is no instance then.
func TestModuleConfigTraps(t *testing.T) {
	t.Parallel()
	h := newHost(t, settings{config: inline(bundle(t, draft{})).text(t)})
	h.fail("get_config", true)
	if i, err := h.instantiate(t.Context()); err == nil {
		t.Errorf("an instance: %v", i)
	}
}

// TestModuleDoubts has a host say what cannot be.
func TestModuleDoubts(t *testing.T) {
	t.Parallel()
	config := inline(bundle(t, draft{})).with(object{"organisation_header": nil}).text(t)
	long := strings.Repeat("x", 5000)
	tests := []struct {
		name     string
		settings settings
		want     int
	}{
		{"what is", settings{lists: func(list string) (string, int) { return list, 0 }}, 200},
		{"none of one", settings{lists: func(list string) (string, int) { return list, -1 }}, 503},
		{"two of one", settings{lists: func(list string) (string, int) { return list, 1 }}, 503},
		{"many of one", settings{lists: func(list string) (string, int) { return list, 1 << 31 }}, 503},
		{"one without an end", settings{lists: func(list string) (string, int) { return strings.TrimSuffix(list, "\x00"), 0 }}, 503},
		{"more after the end", settings{lists: func(list string) (string, int) { return list + "x", 0 }}, 503},
		{"nothing of one", settings{lists: func(string) (string, int) { return "", 0 }}, 503},
		{"nothing at all", settings{lists: func(string) (string, int) { return "", -1 }}, 401},
		{"a target that stays", settings{targets: func(int) string { return "/newsletters?" + long }}, 200},
		{"a target that grows", settings{targets: func(asked int) string { return "/newsletters?" + long + strings.Repeat("y", asked) }}, 403},
		{"a target that shrinks", settings{targets: func(asked int) string { return "/newsletters?" + long[asked:] }}, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.settings.config = config
			h := newHost(t, tt.settings)
			if got := h.ask(asked{"GET", "/newsletters", "rosa", ""}); got != tt.want || len(h.traps) > 0 {
				t.Errorf("status %d, want %d; traps %v", got, tt.want, h.traps)
			}
		})
	}
}
