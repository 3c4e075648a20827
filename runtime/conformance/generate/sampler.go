package generate

import (
	"math"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Sampler makes requests for one policy. It is for one goroutine; two samplers with the same policy
// and seed make the same requests.
type Sampler struct {
	source
	model   *policy.Model
	holding [][]grip     // per holder: some subjects that hold it
	words   [][]string   // per part: values that grants name, and odd ones
	spaces  []string     // namespaces
	refs    []policy.Ref // what conditions read below a root
	pool    []string     // JSON texts to put there
	ids     []string     // stored subjects, some
	types   []string     // subject types
}

// grip is one way of holding a role or an entitlement: a subject, or a birthright of its type.
type grip struct {
	subject  int // into Model.Subjects, -1 for a birthright
	typ      string
	validity policy.Validity
}

// Caps of what a sampler remembers of a large policy.
const (
	maxGrips = 4
	maxWords = 400
	maxPool  = 400
)

// NewSampler returns a sampler for a policy in canonical form.
func NewSampler(model *policy.Model, seed uint64) *Sampler {
	s := &Sampler{source: newSource(seed), model: model}
	s.spaces = append([]string{model.Namespace}, namespaces...)
	s.collectGrips()
	s.collectWords()
	s.collectPool()
	return s
}

// collectGrips finds who holds what, passing over the rest of a crowd.
func (s *Sampler) collectGrips() {
	s.holding = make([][]grip, len(s.model.Holders))
	add := func(h policy.HolderIndex, g grip) {
		for _, held := range s.model.Holders[h].Closure {
			if len(s.holding[held]) < maxGrips {
				s.holding[held] = append(s.holding[held], g)
			}
		}
	}
	for i := range s.model.Holders {
		for _, t := range s.model.Holders[i].Birthright.Types {
			add(policy.HolderIndex(i), grip{subject: -1, typ: t, validity: policy.Always})
		}
	}
	s.types = append(s.types, subjectTypes...)
	for i := range s.model.Subjects {
		subject := &s.model.Subjects[i]
		if len(s.ids) < maxWords {
			s.ids = append(s.ids, subject.ID)
		}
		for _, a := range subject.Assignments {
			add(a.Holder, grip{subject: i, typ: subject.Type, validity: a.Validity})
		}
	}
}

// collectWords finds the values of each part of the permissions: all of a small policy, and evenly
// chosen ones of a large policy.
func (s *Sampler) collectWords() {
	step := 1 + len(s.model.Policies)/(4*maxWords)
	for i := 0; i < len(s.model.Policies); i += step {
		p := &s.model.Policies[i].Permission
		for part := range p.Len() {
			if part == len(s.words) {
				s.words = append(s.words, nil)
			}
			if len(s.words[part]) < maxWords {
				s.words[part] = append(s.words[part], p.Values(part)...)
			}
		}
		if len(s.spaces) < maxWords {
			s.spaces = append(s.spaces, p.Namespace())
		}
	}
	for part := range max(len(s.words), len(partWords)) {
		if part == len(s.words) {
			s.words = append(s.words, nil)
		}
		s.words[part] = append(s.words[part], wordsOf(part)...)
		slices.Sort(s.words[part])
		s.words[part] = slices.Compact(s.words[part])
	}
}

// collectPool finds what conditions read, and values worth putting there: their constants, and those
// that are stored.
func (s *Sampler) collectPool() {
	for i := range s.model.Conditions {
		s.walk(s.model.Conditions[i].Expr)
	}
	for i := range min(len(s.model.Subjects), maxWords) {
		s.remember(s.model.Subjects[i].Properties)
	}
	for i := range min(len(s.model.Objects), maxWords) {
		s.remember(s.model.Objects[i].Properties)
	}
	for _, id := range s.ids {
		s.pool = append(s.pool, quote(id))
	}
	for i := range s.model.Organisations {
		s.pool = append(s.pool, quote(s.model.Organisations[i].Code))
	}
	slices.Sort(s.pool)
	s.pool = slices.Compact(s.pool)
}

func (s *Sampler) walk(e policy.Expr) {
	switch e := e.(type) {
	case policy.Literal:
		s.remember(e.Value)
	case policy.Ref:
		if e.Root.HasPath() && len(s.refs) < 4*maxWords {
			s.refs = append(s.refs, e)
		}
	case policy.Call:
		for _, arg := range e.Args {
			s.walk(arg)
		}
		if e.Op == policy.CIDRContains {
			address, _, _ := strings.Cut(e.Args[0].(policy.Literal).Value.Text(), "/")
			s.pool = append(s.pool, quote(address))
		}
	case policy.Rego:
		s.walkRego(e)
	}
}

// remember adds a value and its items to the pool, and what is next to an integer.
func (s *Sampler) remember(v value.Value) {
	if v.Kind() == value.Missing || len(s.pool) >= maxPool {
		return
	}
	s.pool = append(s.pool, string(value.AppendJSON(nil, v)))
	if v.Kind() == value.Integer {
		for _, n := range []int64{v.Int() - 1, v.Int() + 1} {
			s.pool = append(s.pool, string(value.AppendJSON(nil, value.AppendInt(nil, n))))
		}
	}
	for items := v.Items(); ; {
		_, item, ok := items.Next()
		if !ok {
			return
		}
		s.remember(item)
	}
}

// Near returns a request near the policy with the given id, which must be one of the model's: mostly
// by a subject that holds it, for something it grants or denies. What is near is left at random.
func (s *Sampler) Near(id policy.ID) *decision.Request {
	r, p := &decision.Request{}, s.model.Policy(id)
	g, ok := s.grip(p)
	if !ok || s.chance(10) {
		g = s.stranger()
	}
	s.fill(r, g, []*permission.Permission{&p.Permission}, 15)
	return r
}

// Exact returns requests for exactly what the policy with the given id says, by a subject that holds it,
// with nothing in them that they do not need: first while the subject's assignment is valid, then at
// both ends of its dates, a second before and at each. There are none when nobody holds the policy.
func (s *Sampler) Exact(id policy.ID) []*decision.Request {
	p := s.model.Policy(id)
	g, ok := s.grip(p)
	if !ok {
		return nil
	}
	var all []*decision.Request
	for _, now := range append([]int64{clamp(g.validity)}, borders(g.validity)...) {
		r := &decision.Request{Permissions: []permission.Permission{p.Permission.Clone()}, Now: now}
		s.subject(r, g)
		r.Organisation = s.code(g.validity.Organisation)
		all = append(all, r)
	}
	return all
}

// Next returns a request near a policy drawn at random, sometimes near several.
func (s *Sampler) Next() *decision.Request {
	if len(s.model.Policies) == 0 {
		r := &decision.Request{}
		s.fill(r, s.stranger(), nil, 100)
		return r
	}
	first := policy.ID(1 + s.IntN(len(s.model.Policies)))
	if s.chance(85) {
		return s.Near(first)
	}
	r, seeds := &decision.Request{}, []*permission.Permission{&s.model.Policy(first).Permission}
	g, ok := s.grip(s.model.Policy(first))
	if !ok {
		g = s.stranger()
	}
	for range 1 + s.IntN(2) {
		seeds = append(seeds, &s.model.Policies[s.IntN(len(s.model.Policies))].Permission)
	}
	s.fill(r, g, seeds, 10)
	return r
}

// grip returns one way of holding a policy.
func (s *Sampler) grip(p *policy.Policy) (grip, bool) {
	if p.Owner == policy.OwnedBySubject {
		return grip{subject: int(p.OwnerIndex), typ: s.model.Subjects[p.OwnerIndex].Type, validity: p.Validity}, true
	}
	grips := s.holding[p.OwnerIndex]
	return pick(s.source, grips), len(grips) > 0
}

// stranger returns somebody who may hold nothing: any stored subject, or an unknown one.
func (s *Sampler) stranger() grip {
	if len(s.model.Subjects) > 0 && s.chance(70) {
		i := s.IntN(len(s.model.Subjects))
		return grip{subject: i, typ: s.model.Subjects[i].Type, validity: policy.Always}
	}
	return grip{subject: -1, typ: pick(s.source, s.types), validity: policy.Always}
}

// clamp returns a time in v.
func clamp(v policy.Validity) int64 { return min(max(noon, v.From), v.To-1) }

// borders returns the times at which v begins and ends to hold, and their neighbours.
func borders(v policy.Validity) []int64 {
	var all []int64
	if v.From != math.MinInt64 {
		all = append(all, v.From-1, v.From)
	}
	if v.To != math.MaxInt64 {
		all = append(all, v.To-1, v.To)
	}
	return all
}

// Fork returns a sampler for the same policy that makes the requests of another seed. It shares what s
// has collected, so it is cheap, and both may be used at the same time.
func (s *Sampler) Fork(seed uint64) *Sampler {
	fork := *s
	fork.source = newSource(seed)
	return &fork
}

// Vary sets at random what a request carries beside its JSON form: Strict and Callers.
func (s *Sampler) Vary(r *decision.Request) {
	r.Strict = s.chance(30)
	r.Callers = decision.Callers(s.IntN(3))
}
