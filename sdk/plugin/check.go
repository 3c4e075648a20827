package plugin

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/runtime/wasm/evaluator"
)

// Decision is an answer. The zero Decision denies.
type Decision struct {
	Allowed  bool
	Code     string // the stable reason, such as "allowed" or "no_grant"; empty beside an error
	Revision string // of the bundle that answered
}

// Check answers a request. With an error the decision denies. The errors are [*RequestError], [ErrClosed], and those of
// [evaluator.Engine.Decide].
func (p *Plugin) Check(r *Request) (Decision, error) {
	g, err := p.acquire()
	if err != nil {
		return Decision{}, err
	}
	defer g.release()
	return g.check(r)
}

// CheckAll answers requests by one and the same bundle, in order. One that fails is denied, and the error says which ones
// failed and why; the others are answered all the same.
func (p *Plugin) CheckAll(requests []*Request) ([]Decision, error) {
	g, err := p.acquire()
	if err != nil {
		return make([]Decision, len(requests)), err
	}
	defer g.release()
	decisions := make([]Decision, len(requests))
	var failed []error
	for i, r := range requests {
		if decisions[i], err = g.check(r); err != nil {
			failed = append(failed, fmt.Errorf("request %d: %w", i, err))
		}
	}
	return decisions, errors.Join(failed...)
}

func (g *generation) check(r *Request) (Decision, error) {
	decoded, err := r.decode(g.engine.Grammar())
	if err != nil {
		return Decision{}, err
	}
	d, err := g.engine.Decide(decoded)
	if err != nil {
		return Decision{}, err
	}
	return Decision{Allowed: d.Allowed, Code: d.Code.String(), Revision: g.bundle.Manifest.Revision}, nil
}

// HasRole reports whether the subject of r holds a role: assigned, included by one that is, or by birthright, in the
// organisation and at the time that r asks for. What else r asks for does not count. The errors are those of [Plugin.Check].
func (p *Plugin) HasRole(r *Request, role string) (bool, error) {
	g, err := p.acquire()
	if err != nil {
		return false, err
	}
	defer g.release()
	d, err := r.circumstances()
	if err != nil {
		return false, err
	}
	return g.engine.HasRole(d, role)
}

// Explanation says why a decision is what it is. Its texts are for people and may change; they name roles and places of
// definitions, which are not for everybody.
type Explanation struct {
	Decision
	Text     string
	Policies []Reason // those that decided
	Missing  []string // of a denial: the permissions that are not allowed
	Nearest  []Reason // of a denial: grants that come closest to the first of them
}

// Reason is one policy in an explanation.
type Reason struct {
	ID          uint32 `json:"id"`
	Decision    string `json:"decision"` // ALLOW or DENY
	Permission  string `json:"permission"`
	Owner       string `json:"owner"`
	HeldThrough string `json:"held_through"` // empty when the subject does not hold it
	Source      string `json:"source"`       // "file:line"; empty in a bundle for clients
	Condition   string `json:"condition"`    // empty for none
}

// Explain answers as [Plugin.Check] does and says why. It may be thousands of times slower.
func (p *Plugin) Explain(r *Request) (Explanation, error) {
	g, err := p.acquire()
	if err != nil {
		return Explanation{}, err
	}
	defer g.release()
	d, err := r.decode(g.engine.Grammar())
	if err != nil {
		return Explanation{}, err
	}
	var answer struct {
		Decision, Code, Text string
		Reasons, Nearest     []Reason
		Missing              []string
	}
	if err := g.ask(evaluator.KindExplain, appendQuestion(nil, d, g.engine.Grammar()), &answer); err != nil {
		return Explanation{}, err
	}
	return Explanation{
		Decision: Decision{Allowed: answer.Decision == "ALLOW" && answer.Code == "allowed", Code: answer.Code, Revision: g.bundle.Manifest.Revision},
		Text:     answer.Text, Policies: answer.Reasons, Missing: answer.Missing, Nearest: answer.Nearest,
	}, nil
}

// Policy is one policy that a subject holds.
type Policy struct {
	ID           uint32 `json:"id"`
	Permission   string `json:"permission"`
	Decision     string `json:"decision"`     // ALLOW or DENY
	Condition    string `json:"condition"`    // empty for none
	Organisation string `json:"organisation"` // the one asked for, where it is held there only; else empty
}

// Permissions returns the policies of the subject of r that are in force in the organisation and at the time that r asks
// for, sorted by id; whether their conditions hold is not looked at, nor is what else r asks for. The errors are those of
// [Plugin.Check].
func (p *Plugin) Permissions(r *Request) ([]Policy, error) {
	g, err := p.acquire()
	if err != nil {
		return nil, err
	}
	defer g.release()
	d, err := r.circumstances()
	if err != nil {
		return nil, err
	}
	var everything permission.Permission
	grammar := g.engine.Grammar()
	if err := grammar.ParseInto(&everything, "*"); err != nil {
		return nil, err
	}
	d.Permissions = []permission.Permission{everything}
	var policies []Policy
	err = g.ask(evaluator.KindPermissions, appendQuestion(nil, d, grammar), &policies)
	return policies, err
}

// ask puts a question in JSON.
func (g *generation) ask(k evaluator.Kind, question []byte, answer any) error {
	text, err := g.engine.Ask(nil, k, question)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("the evaluator answers in another form: %w", err)
	}
	return nil
}
