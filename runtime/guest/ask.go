package guest

import (
	"strconv"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// Kinds of questions (rule Q5).
const (
	AskCheck = 1 + iota
	AskBatch
	AskExplain
	AskPermissions
	AskRoles
	AskInfo
)

// Ask answers the question in the first n bytes of the buffer (rule Q5).
func (g *Guest) Ask(h, k, n uint32) ([]byte, Code) {
	if k == AskInfo && h == 0 {
		g.answer = append(appendVersions(append(g.answer[:0], '{')), '}')
		return g.answer, 0
	}
	p := g.policy(h)
	if p == nil {
		return nil, g.unknownHandle()
	}
	if k < AskCheck || k > AskInfo {
		return nil, g.fail(kind, "no question has this kind")
	}
	text, code := g.input(n, MaxQuestion)
	switch {
	case code != 0:
		return nil, code
	case k == AskInfo:
		g.answer = p.appendInfo(g.answer[:0])
		return g.answer, 0
	}
	var body value.Value
	var err error
	if g.scratch, body, err = value.Parse(g.scratch[:0], text); err != nil {
		return nil, g.refuse(err)
	}
	if g.answer, err = g.reply(g.answer[:0], p, k, body); err != nil {
		return nil, g.refuse(err)
	}
	return g.answer, 0
}

// reply appends the answer to a question that is a JSON text.
func (g *Guest) reply(dst []byte, p *policyState, k uint32, body value.Value) ([]byte, error) {
	switch k {
	case AskBatch:
		return g.appendBatch(dst, p, body)
	case AskPermissions:
		return g.appendPermissions(dst, p, body)
	case AskRoles:
		return g.appendRoles(dst, p, body)
	}
	if err := g.decodeJSON(p, body); err != nil {
		return dst, err
	}
	if k == AskExplain {
		return g.appendExplained(dst, p)
	}
	return g.appendChecked(dst, p)
}

// decodeJSON reads a request (rule J1) into g.request.
func (g *Guest) decodeJSON(p *policyState, body value.Value) error {
	g.start(p)
	switch strict := body.Get("strict"); strict.Kind() {
	case value.Missing, value.False:
	case value.True:
		g.request.Strict = true
	default:
		return &input.MemberError{Member: "strict", Reason: "is neither true nor false"}
	}
	return input.Decode(&g.request, body, p.engine.Grammar())
}

// start sets what a request in JSON need not say.
func (g *Guest) start(p *policyState) {
	g.request.Now, g.request.Strict, g.request.Callers = g.host.Now(), false, p.callers
}

func (g *Guest) appendChecked(dst []byte, p *policyState) ([]byte, error) {
	d, ids, err := p.engine.Deciding(&g.request, g.ids[:0])
	if g.ids = ids; err != nil {
		return dst, err
	}
	return append(appendDecision(dst, d, ids), '}'), nil
}

// appendDecision appends an object that is not closed yet.
func appendDecision(dst []byte, d decision.Decision, ids []policy.ID) []byte {
	effect := policy.Deny
	if d.Allowed {
		effect = policy.Allow
	}
	dst = append(append(dst, `{"decision":"`...), effect.String()...)
	dst = append(append(dst, `","code":"`...), d.Code.String()...)
	dst = append(dst, `","policies":[`...)
	for i, id := range ids {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(id), 10)
	}
	return append(dst, ']')
}

// appendBatch answers an array of requests, each on its own.
func (g *Guest) appendBatch(dst []byte, p *policyState, body value.Value) ([]byte, error) {
	if body.Kind() != value.Array || body.Len() > MaxBatch {
		return dst, &input.MemberError{Reason: "is not an array of at most 10000 requests"}
	}
	dst = append(dst, '[')
	for items, first := body.Items(), true; ; first = false {
		_, item, ok := items.Next()
		if !ok {
			return append(dst, ']'), nil
		}
		if !first {
			dst = append(dst, ',')
		}
		start := len(dst)
		err := g.decodeJSON(p, item)
		if err == nil {
			dst, err = g.appendChecked(dst, p)
		}
		if err != nil {
			dst = append(requestFailure(err).append(append(dst[:start], `{"error":{`...)), "}}"...)
		}
	}
}

func (g *Guest) appendExplained(dst []byte, p *policyState) ([]byte, error) {
	d, why, err := decision.Explain(p.engine, p.engine, &g.request)
	if err != nil {
		return dst, err
	}
	g.ids = g.ids[:0]
	for i := range why.Policies {
		g.ids = append(g.ids, why.Policies[i].ID)
	}
	dst = append(appendDecision(dst, d, g.ids), `,"text":`...)
	dst = append(value.AppendQuoted(dst, why.Text), `,"reasons":`...)
	dst = decision.AppendReasons(dst, why.Policies)
	if !d.Allowed {
		dst = append(dst, `,"missing":[`...)
		for i, m := range why.Missing {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = value.AppendQuoted(dst, m)
		}
		dst = decision.AppendReasons(append(dst, `],"nearest":`...), why.Nearest)
	}
	return append(dst, '}'), nil
}

func (g *Guest) appendPermissions(dst []byte, p *policyState, body value.Value) ([]byte, error) {
	g.start(p)
	if err := input.DecodeSubject(&g.request, body); err != nil {
		return dst, err
	}
	held, err := p.engine.Policies(&g.request)
	if err != nil {
		return dst, err
	}
	return decision.AppendPolicies(dst, held), nil
}

func (g *Guest) appendRoles(dst []byte, p *policyState, body value.Value) ([]byte, error) {
	g.start(p)
	if err := input.DecodeSubject(&g.request, body); err != nil {
		return dst, err
	}
	names, err := roleNames(body.Get("roles"))
	if err != nil {
		return dst, err
	}
	dst = append(dst, `{"roles":{`...)
	for i, name := range names {
		held, err := p.engine.HasRole(&g.request, name)
		if err != nil {
			return dst, err
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(value.AppendQuoted(dst, name), ':')
		dst = strconv.AppendBool(dst, held)
	}
	return append(dst, "}}"...), nil
}

// roleNames returns the names of a list, each once.
func roleNames(list value.Value) ([]string, error) {
	if list.Kind() != value.Array || list.Len() == 0 || list.Len() > MaxBatch {
		return nil, &input.MemberError{Member: "roles", Reason: "is not a list of 1 to 10000 strings"}
	}
	names, seen := make([]string, 0, list.Len()), map[string]bool{}
	for items := list.Items(); ; {
		_, item, ok := items.Next()
		if !ok {
			return names, nil
		}
		if item.Kind() != value.String {
			return nil, &input.MemberError{Member: "roles", Reason: "is not a list of 1 to 10000 strings"}
		}
		if name := item.Text(); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
}
