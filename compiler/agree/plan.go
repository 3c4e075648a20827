package agree

import (
	"iter"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Which requests are asked depends on the policy and the options alone, never on the machine.
const (
	maxSampled = 700   // policies that a sample asks about, evenly chosen
	nearby     = 2     // requests near each of these, beside the exact ones
	perPolicy  = 20    // random requests for each policy of a small model
	fewRandom  = 100   // random requests at least
	maxRandom  = 1_200 // random requests at most in a sample
	fullRandom = 17_000
	chunkSize  = 32 // steps of a plan that one worker takes at a time
)

// plan is a list of steps: first one for each policy asked about, then one for each random request.
type plan struct {
	seed   uint64
	ids    []policy.ID
	random int
}

func newPlan(m *policy.Model, o Options) plan {
	p := plan{seed: o.Seed, random: max(fewRandom, min(maxRandom, perPolicy*len(m.Policies)))}
	count := len(m.Policies)
	if o.Full {
		p.random = fullRandom
	} else {
		count = min(count, maxSampled)
	}
	for i := range count {
		p.ids = append(p.ids, policy.ID(1+i*len(m.Policies)/count))
	}
	return p
}

func (p *plan) steps() int { return len(p.ids) + p.random }

func (p *plan) chunks() int { return (p.steps() + chunkSize - 1) / chunkSize }

// requests yields the requests of a chunk with their numbers: steps count in thousands, so that the
// number of a request does not depend on those before it.
func (p *plan) requests(chunk int, s *generate.Sampler) iter.Seq2[int, *decision.Request] {
	return func(yield func(int, *decision.Request) bool) {
		for step := chunk * chunkSize; step < min((chunk+1)*chunkSize, p.steps()); step++ {
			for i, r := range p.step(step, s) {
				if !yield(step*1000+i, r) {
					return
				}
			}
		}
	}
}

func (p *plan) step(step int, s *generate.Sampler) []*decision.Request {
	if step >= len(p.ids) {
		return []*decision.Request{s.Next()}
	}
	id := p.ids[step]
	all := s.Exact(id)
	for range nearby {
		all = append(all, s.Near(id))
	}
	return all
}
