package edge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// wording is one question in the words of each protocol.
type wording struct {
	subject, action, resource []string // members of each entity
	others                    []string // other members of the body
	permission                string   // for a check
	typ, id                   string   // of the resource
	who                       decision.Subject
}

// word puts the first atom of a request into words that AuthZEN has for it: three parts or four, none of them empty.
func word(r *decision.Request) wording {
	var a permission.Atom
	r.Permissions[0].Atom(0, &a)
	parts := a.Parts[:4]
	for i := range parts[:3] {
		if parts[i] == "" {
			parts[i] = "*" // a literal one, in each protocol
		}
	}
	w := wording{typ: parts[0], id: parts[2], who: r.Subject}
	if a.Namespace != "" {
		w.typ = a.Namespace + "/" + w.typ
		w.permission = escaped(a.Namespace) + "/"
	}
	w.permission += escaped(parts[0]) + ":" + escaped(parts[1]) + ":" + escaped(parts[2])
	if parts[3] != "" {
		w.others = append(w.others, fmt.Sprintf(`"attribute":%q`, parts[3]))
	}
	if r.Organisation != "" {
		w.others = append(w.others, fmt.Sprintf(`"organisation":%q`, r.Organisation))
	}
	w.others = append(w.others, present("context", r.Context)...)
	w.subject = append(present("properties", r.Subject.Properties), fmt.Sprintf(`"type":%q`, r.Subject.Type), fmt.Sprintf(`"id":%q`, r.Subject.ID))
	w.action = append(present("properties", r.ActionProperties), fmt.Sprintf(`"name":%q`, parts[1]))
	w.resource = append(present("properties", r.ResourceProperties), fmt.Sprintf(`"type":%q`, w.typ), fmt.Sprintf(`"id":%q`, w.id))
	return w
}

func escaped(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// present returns a member, unless it is missing.
func present(name string, v value.Value) []string {
	if v.Kind() == value.Missing {
		return nil
	}
	return []string{fmt.Sprintf(`%q:%s`, name, value.AppendJSON(nil, v))}
}

func object(members ...string) string { return "{" + strings.Join(members, ",") + "}" }

// evaluation returns the members of an evaluation.
func (w *wording) evaluation() []string {
	return append([]string{`"subject":` + object(w.subject...), `"action":` + object(w.action...), `"resource":` + object(w.resource...)}, w.others...)
}

// check returns the same question as a body of a check.
func (w *wording) check() string {
	members := append([]string{`"subject":` + object(w.subject...), fmt.Sprintf(`"permission":%q`, w.permission)}, w.others...)
	for name, side := range map[string][]string{"action": w.action[:len(w.action)-1], "resource": w.resource[:len(w.resource)-2]} {
		if len(side) > 0 {
			members = append(members, fmt.Sprintf(`%q:%s`, name, object(side...)))
		}
	}
	return object(members...)
}

// verdict returns what an answer says, in words that are the same for all protocols.
func verdict(tb testing.TB, got answer) string {
	tb.Helper()
	if got.Status != 200 {
		tb.Fatalf("%d %s", got.Status, got.Body)
	}
	allowed := strings.Contains(got.Body, `"decision":true`) || strings.Contains(got.Body, `"decision":"ALLOW"`)
	for code := range decision.CodeCount {
		if name := decision.Code(code).String(); strings.Contains(got.Body, `"`+name+`"`) {
			return fmt.Sprintf("%s, allowed %v", name, allowed)
		}
	}
	tb.Fatalf("no code in %s", got.Body)
	return ""
}

// TestProtocolsAgree asks generated questions in each protocol: the decision and its code must be the same, and a search
// finds what is asked about if, and only if, it is allowed.
func TestProtocolsAgree(t *testing.T) {
	t.Parallel()
	verdicts, found := map[string]int{}, map[bool]int{}
	for seed := range uint64(60) {
		model := generate.Model(seed)
		at := time.Unix(0, 0)
		s := edge.New(edge.Options{Source: newSource(tableGeneration(t, model)), Clock: func() time.Time { return at }})
		sampler := generate.NewSampler(model, seed)
		for range 60 {
			r := sampler.Next()
			at = time.Unix(r.Now, 0)
			w := word(r)
			members := w.evaluation()
			want := verdict(t, reply(s, evaluation, []byte(object(members...))))
			verdicts[want]++
			for name, got := range map[string]answer{
				"item":     reply(s, evaluations, []byte(`{"evaluations":[`+object(members...)+`]}`)),
				"defaults": reply(s, evaluations, []byte(object(append(members, `"evaluations":[{}]`)...))),
				"neither":  reply(s, evaluations, []byte(object(append(members, `"evaluations":[]`)...))),
				"over":     reply(s, evaluations, []byte(`{"subject":{"type":"x","id":"x"},"action":{"name":"x"},"resource":{"type":"x","id":"x"},"context":{"x":1},"evaluations":[`+object(append(members, overridden(members)...)...)+`]}`)),
				"check":    reply(s, "/v1/check", []byte(w.check())),
				"batch":    reply(s, "/v1/check", []byte(`[`+w.check()+`]`)),
			} {
				if got := verdict(t, got); got != want {
					t.Errorf("seed %d: %s says %s, the evaluation %s\n%s\n%s", seed, name, got, want, object(members...), w.check())
				}
			}
			found[agreeOnSearch(t, s, model, &w)]++
		}
	}
	t.Log(verdicts, found)
	if len(verdicts) < 7 || found[true] < 10 || found[false] < 10 {
		t.Errorf("one-sided: %v %v", verdicts, found)
	}
}

// overridden returns a context for an item that has none, so that no default counts.
func overridden(members []string) []string {
	for _, m := range members {
		if strings.HasPrefix(m, `"context"`) {
			return nil
		}
	}
	return []string{`"context":{}`}
}

// agreeOnSearch searches for the subject, the action and the resource, without properties of what is searched for, and
// compares with evaluations of what was asked about.
func agreeOnSearch(t *testing.T, s *edge.Server, m *policy.Model, w *wording) (found bool) {
	t.Helper()
	asked := func(subject, action, resource []string) bool {
		body := object(append([]string{`"subject":` + object(subject...), `"action":` + object(action...), `"resource":` + object(resource...)}, w.others...)...)
		return strings.HasSuffix(verdict(t, reply(s, evaluation, []byte(body))), "true")
	}
	for path, sought := range map[string]struct {
		result          string
		allowed, stored bool
	}{
		searchSubject:  {fmt.Sprintf(`{"type":%q,"id":%q}`, w.who.Type, w.who.ID), asked(w.subject[len(w.subject)-2:], w.action, w.resource), isStored(m, w.who)},
		searchResource: {fmt.Sprintf(`{"type":%q,"id":%q}`, w.typ, w.id), asked(w.subject, w.action, w.resource[len(w.resource)-2:]), false},
		searchAction:   {object(w.action[len(w.action)-1]), asked(w.subject, w.action[len(w.action)-1:], w.resource), false},
	} {
		got := reply(s, path, []byte(object(w.evaluation()...)))
		if got.Status != 200 {
			t.Fatalf("%s: %d %s", path, got.Status, got.Body)
		}
		listed := strings.Contains(got.Body, sought.result)
		if listed && !sought.allowed || !listed && sought.allowed && sought.stored {
			t.Errorf("%s lists %s: %v, allowed: %v\n%s\n%s", path, sought.result, listed, sought.allowed, object(w.evaluation()...), got.Body)
		}
		found = found || listed
	}
	return found
}

func isStored(m *policy.Model, who decision.Subject) bool {
	return slices.ContainsFunc(m.Subjects, func(s policy.Subject) bool { return s.ID == who.ID && s.Type == who.Type })
}
