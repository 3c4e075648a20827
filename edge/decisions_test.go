package edge_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// recorder keeps the decisions that it is told of, whose texts are only lent.
type recorder struct {
	mu      sync.Mutex
	made    []observe.Decision
	counted [decision.CodeCount]uint32 // what the observers of requests were told
}

func (r *recorder) ObserveDecisions(a *observe.Answered, made []observe.Decision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range made {
		for _, text := range []*string{
			&d.SubjectType, &d.SubjectID, &d.Organisation, &d.Permission, &d.Role, &d.Action, &d.Namespace, &d.ResourceType, &d.ResourceID, &d.Attribute,
		} {
			*text = strings.Clone(*text)
		}
		d.Policies = slices.Clone(d.Policies)
		r.made = append(r.made, d)
	}
	if a.Revision != "r1" || a.Status != 200 || string(a.RequestID) != "7" {
		r.made = append(r.made, observe.Decision{Permission: "the answer is another one"})
	}
}

func (r *recorder) Observe(a *observe.Answered) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for code, n := range a.Decided {
		r.counted[code] += n
	}
}

// taken returns what was recorded since it was called last.
func (r *recorder) taken(t *testing.T) []observe.Decision {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var counted [decision.CodeCount]uint32
	for _, d := range r.made {
		counted[d.Code]++
	}
	if counted != r.counted {
		t.Errorf("%v decisions recorded, %v counted", counted, r.counted)
	}
	made := r.made
	r.made, r.counted = nil, [decision.CodeCount]uint32{}
	return made
}

// The policies of newModel, as they are numbered.
const (
	byLocked policy.ID = 1 + iota
	byEdits
	byCards
	byProfiles
	byReads
	byAdministers
)

// TestDecisionObservers wants every decision that an answer gives to be told once, as it was asked for, and no other.
func TestDecisionObservers(t *testing.T) {
	t.Parallel()
	homer := observe.Decision{SubjectType: "user", SubjectID: "homer"}
	with := func(d observe.Decision, code decision.Code, ids ...policy.ID) observe.Decision {
		d.Code, d.Policies = code, ids
		return d
	}
	evaluates := func(d observe.Decision, action, typ, id string) observe.Decision {
		d.Action, d.ResourceType, d.ResourceID = action, typ, id
		return d
	}
	asks := func(d observe.Decision, permission string) observe.Decision {
		d.Permission = permission
		return d
	}
	inSNPP, lisa := homer, observe.Decision{SubjectType: "user", SubjectID: "lisa"}
	inSNPP.Organisation = "SNPP"
	attributed := homer
	attributed.Attribute = "e:mail"
	role := inSNPP
	role.Role = "editor"
	noRole := inSNPP
	noRole.Role = "ADMIN"
	foreign := evaluates(homer, "write", "newsletter", "17")
	foreign.Namespace = "shop"
	slashed := evaluates(homer, "write", "a/b", "17")
	slashed.Namespace = "default"
	write := evaluates(homer, "write", "newsletter", "17")
	tests := []struct {
		name, path, body string
		want             []observe.Decision
	}{
		{"evaluation", evaluation, question(), []observe.Decision{with(write, decision.Allowed, byEdits)}},
		{"evaluation with escapes", evaluation, question(`"17"`, `"\u0031*,:\n"`), []observe.Decision{with(evaluates(homer, "write", "newsletter", "1*,:\n"), decision.Allowed, byEdits)}},
		{"a namespace", evaluation, question(`"type":"newsletter"`, `"type":"shop/newsletter"`), []observe.Decision{with(foreign, decision.NoGrant)}},
		{"a slash in a type", evaluation, question(`"type":"newsletter"`, `"type":"default/a/b"`), []observe.Decision{with(slashed, decision.NoGrant)}},
		{
			"organisation and attribute", evaluation, question(`"write"`, `"update"`, `"newsletter"`, `"organisation"`, `"}}`, `","properties":{"secret":"x"}},"context":{"organisation":"SNPP"},"attribute":"e:mail"}`),
			[]observe.Decision{with(func() observe.Decision {
				d := evaluates(inSNPP, "update", "organisation", "17")
				d.Attribute = "e:mail"
				return d
			}(), decision.Allowed, byAdministers)},
		},
		{
			"a deny", evaluation, question(`"write"`, `"delete"`, `"17"}`, `"17","properties":{"locked":true}}`),
			[]observe.Decision{with(evaluates(homer, "delete", "newsletter", "17"), decision.DeniedByPolicy, byLocked)},
		},
		{
			"batch with a malformed item", evaluations, batch(`"action":{"name":"write"}`, `{"resource":{"type":"newsletter","id":"17"}},{"resource":7},{"subject":{"type":"user","id":"lisa"},"action":{"name":"read"},"resource":{"type":"profile","id":"1"}}`),
			[]observe.Decision{with(write, decision.Allowed, byEdits), with(evaluates(lisa, "read", "profile", "1"), decision.Allowed, byProfiles)},
		},
		{
			"until a deny", evaluations, batch(`"options":{"evaluations_semantic":"deny_on_first_deny"}`, question()+","+question("newsletter", "a")+","+question()),
			[]observe.Decision{with(write, decision.Allowed, byEdits), with(evaluates(homer, "write", "a", "17"), decision.NoGrant)},
		},
		{"check", "/v1/check", `{"subject":"homer","permission":" newsletter:read,write "}`, []observe.Decision{with(asks(homer, " newsletter:read,write "), decision.Allowed, byEdits, byReads)}},
		{
			"check of a list", "/v1/check", `{"subject":"homer","permissions":["newsletter:read","a\u0007"],"mode":"any","organisation":"SNPP"}`,
			[]observe.Decision{with(asks(inSNPP, "newsletter:read"), decision.Allowed, byReads), with(asks(inSNPP, "a\a"), decision.NoGrant)},
		},
		{"check with an attribute", "/v1/check", `{"subject":"homer","permission":"card:read","attribute":"e:mail"}`, []observe.Decision{with(asks(attributed, "card:read"), decision.Allowed, byCards)}},
		{"roles", "/v1/check", `{"subject":"homer","roles":["editor","ADMIN"],"organisation":"SNPP"}`, []observe.Decision{with(role, decision.Allowed), with(noRole, decision.NoGrant)}},
		{"explained", "/v1/check", `{"subject":"homer","permission":"newsletter:read,write","explain":true}`, []observe.Decision{with(asks(homer, "newsletter:read,write"), decision.Allowed, byEdits, byReads)}},
		{
			"check batch with a bad item", "/v1/check", `[{"subject":"homer","permissions":["newsletter:read","a::b"]},{"subject":"homer","permission":"newsletter:read"}]`,
			[]observe.Decision{with(asks(homer, "newsletter:read"), decision.Allowed, byReads)},
		},
		{"refused", "/v1/check", `{"subject":"homer","permissions":["newsletter:read","a::b"]}`, nil},
		{"malformed", evaluation, `{}`, nil},
		{"a search", searchSubject, `{"subject":{"type":"user"},"action":{"name":"read"},"resource":{"type":"newsletter","id":"17"}}`, nil},
		{"not active", "/v1/check", `{"subject":"burns","permission":"newsletter:read"}`, []observe.Decision{with(asks(observe.Decision{SubjectType: "user", SubjectID: "burns"}, "newsletter:read"), decision.SubjectInactive)}},
		{"evaluation again", evaluation, question(), []observe.Decision{with(write, decision.Allowed, byEdits)}},
	}
	r := new(recorder)
	e := start(t, edge.Options{
		Source: newSource(newTableGeneration(t)), Explain: true,
		Observers: []observe.Observer{r}, DecisionObservers: []observe.DecisionObserver{r},
	})
	for _, tt := range tests {
		post(t, e, tt.path, tt.body, "X-Request-Id: 7")
		if diff := cmp.Diff(tt.want, r.taken(t), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	send(t, e.admin, "POST", "/v1/explain", `{"subject":"homer","permission":"newsletter:read"}`, "X-Request-Id: 7")
	if made := r.taken(t); len(made) > 0 {
		t.Errorf("an operator's question is recorded: %+v", made)
	}
}

// TestManyDecisions wants the policies of each of many decisions to be its own.
func TestManyDecisions(t *testing.T) {
	t.Parallel()
	g := newTableGeneration(t)
	r := new(recorder)
	e := start(t, edge.Options{Source: newSource(g), Observers: []observe.Observer{r}, DecisionObservers: []observe.DecisionObserver{r}})
	asked := []string{"newsletter:read", "newsletter:read,write", "a", "profile:read", "newsletter:write", "newsletter:read,write,delete"}
	for _, n := range []int{1, 700, 3, 5000} {
		list := make([]string, n)
		for i := range list {
			list[i] = asked[i%len(asked)]
		}
		got := post(t, e, "/v1/check", `{"subject":"homer","permissions":["`+strings.Join(list, `","`)+`"]}`, "X-Request-Id: 7")
		made := r.taken(t)
		if got.Status != 200 || len(made) != n {
			t.Fatalf("%d: %d decisions of %d", got.Status, len(made), n)
		}
		for i, d := range made {
			p, err := g.Grammar.Parse(list[i])
			if err != nil {
				t.Fatal(err)
			}
			want, ids, err := g.Engine.Deciding(&decision.Request{Subject: decision.Subject{Type: "user", ID: "homer"}, Permissions: []permission.Permission{p}, Now: now}, nil)
			if err != nil || d.Permission != list[i] || d.Code != want.Code || !slices.Equal(d.Policies, ids) {
				t.Fatalf("decision %d of %d is %+v, want %v by %v of %s", i, n, d, want, ids, list[i])
			}
		}
	}
}

// TestDecisionObserversHammer tells of requests that are answered at the same time, each of which has its own.
func TestDecisionObserversHammer(t *testing.T) {
	t.Parallel()
	r := new(recorder)
	e := start(t, edge.Options{Source: newSource(newTableGeneration(t)), Observers: []observe.Observer{r}, DecisionObservers: []observe.DecisionObserver{r}})
	const askers, each = 8, 100
	var all sync.WaitGroup
	for n := range askers {
		all.Go(func() {
			id := strings.Repeat(string(rune('a'+n)), n+1)
			for range each {
				body := question(`"17"`, `"`+id+`"`, "homer", id)
				if got := try(t.Context(), e.data, "POST", evaluation, body, typeJSON, "X-Request-Id: 7"); got.err != nil || got.Status != 200 {
					t.Errorf("%d, %v", got.Status, got.err)
				}
			}
		})
	}
	all.Wait()
	made := r.taken(t)
	for _, d := range made {
		if want := strings.Repeat(d.SubjectID[:1], len(d.SubjectID)); d.SubjectID != want || d.ResourceID != want || int(want[0]-'a')+1 != len(want) {
			t.Fatalf("decision %+v", d)
		}
	}
	if len(made) != askers*each {
		t.Errorf("%d decisions", len(made))
	}
}

// second panics when it is asked for the second time.
type second struct {
	decision.Engine
	asked atomic.Int32
}

func (s *second) Deciding(r *decision.Request, dst []policy.ID) (decision.Decision, []policy.ID, error) {
	if s.asked.Add(1) == 2 {
		panic("BUG: broken")
	}
	return s.Engine.Deciding(r, dst)
}

// TestDecisionsNobodyIsTold wants decisions that were made before something broke not to be told of.
func TestDecisionsNobodyIsTold(t *testing.T) {
	t.Parallel()
	g := newTableGeneration(t)
	g.Engine = &second{Engine: g.Engine}
	r := new(recorder)
	e := start(t, edge.Options{Source: newSource(g), DecisionObservers: []observe.DecisionObserver{r}})
	if got := post(t, e, "/v1/check", `{"subject":"homer","permissions":["newsletter:read","a"]}`); got.Status != 500 {
		t.Errorf("%+v", got)
	}
	if len(r.made) > 0 {
		t.Errorf("told of %+v", r.made)
	}
}

// TestForgets wants an exchange to keep little storage, and nothing of the question before.
func TestForgets(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 1000} {
		x := exchange.Exchange{Settings: exchange.Settings{Record: true}, Generation: newTableGeneration(t)}
		for range n {
			x.Reset()
			x.Request.Subject = decision.Subject{Type: "user", ID: "homer"}
			x.Asked.Permission = "newsletter:read"
			if _, err := x.HasRole("editor"); err != nil {
				t.Fatal(err)
			}
		}
		if len(x.Made) != n {
			t.Fatalf("%d decisions, want %d", len(x.Made), n)
		}
		x.Clear()
		all := x.Made[:cap(x.Made)]
		if x.Asked.Permission != "" || len(x.Made) > 0 || len(all) > 512 {
			t.Errorf("after %d decisions: %+v, room for %d", n, x.Asked, len(all))
		}
		for _, d := range all {
			if d.SubjectID != "" || d.Role != "" {
				t.Fatalf("after %d decisions: %+v", n, d)
			}
		}
	}
}
