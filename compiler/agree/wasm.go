package agree

import (
	"fmt"
	"time"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

const (
	wasmSteps    = 1_000    // of a plan that are also put to policy.wasm, evenly chosen: up to about 2,000 requests
	maxWasmData  = 32 << 20 // bytes of data that are put into policy.wasm; they take there some twenty times as many
	wasmPages    = 16 << 10 // 1 GiB
	wasmDeadline = 30 * time.Second
)

// module is policy.wasm as an engine. A nil module is asked nothing. It is safe for concurrent use.
type module struct {
	engine *wasm.Engine
	stride int // steps of a plan from one that is put to it to the next
}

// newModule returns nil for a subject without policy.wasm, and for one with more data than a module is given.
func newModule(s Subject, p *plan) (*module, error) {
	if s.Wasm == nil || len(s.Rego.Data) > maxWasmData {
		return nil, nil
	}
	// One instance, since each has its own copy of the data.
	engine, err := wasm.Shared().Engine(s.Wasm, s.Rego.Data, s.Model.Grammar(), wasm.Options{Instances: 1, Pages: wasmPages, Deadline: wasmDeadline})
	if err != nil {
		return nil, err
	}
	return &module{engine: engine, stride: (p.steps() + wasmSteps - 1) / wasmSteps}, nil
}

func (m *module) close() {
	if m != nil {
		m.engine.Close()
	}
}

// asks reports whether the request of that number is put to policy.wasm.
func (m *module) asks(number int) bool { return m != nil && number/1000%m.stride == 0 }

// decide returns the decision for a request as the tables' answer has it.
func (m *module) decide(r *decision.Request) (string, error) {
	d, ids, err := m.engine.Deciding(r, nil)
	if err != nil {
		return "", err
	}
	allow, err := m.engine.Allow(r)
	if err != nil {
		return "", err
	}
	text := newAnswer(d, ids).String()
	if allow != d.Allowed {
		return fmt.Sprintf("%s, allow %v", text, allow), nil
	}
	return text, nil
}

func newAnswer(d decision.Decision, ids []policy.ID) answer {
	if d.Allowed {
		return answer{Code: d.Code.String(), Decision: "ALLOW", Policies: ids}
	}
	return answer{Code: d.Code.String(), Decision: "DENY", Policies: ids}
}
