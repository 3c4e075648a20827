package decision_test

import (
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

func TestEffort(t *testing.T) {
	t.Parallel()
	type step struct {
		decisions, bytes int
		want             bool
	}
	tests := map[string][]step{
		"up to the bound":        {{2, 30, true}, {1, 40, true}, {1, 1, false}},
		"the first one alone":    {{1, 1000, true}, {1, 1, false}},
		"the first two together": {{2, 51, false}},
		"nothing to look at":     {{1000, 0, true}, {1, 1000, true}, {1, 0, false}},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e decision.Effort
			for i, s := range steps {
				if got := e.Add(s.decisions, s.bytes, 100); got != s.want {
					t.Errorf("step %d: %v, want %v", i, got, s.want)
				}
			}
		})
	}
}

func TestRequestBytes(t *testing.T) {
	t.Parallel()
	text := value.AppendString(nil, "homer")
	r := decision.Request{Subject: decision.Subject{Properties: text}, ActionProperties: text, ResourceProperties: text, Context: text[:len(text):len(text)]}
	if got, want := r.Bytes(), 4*len(text); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
	if got := new(decision.Request).Bytes(); got != 0 {
		t.Errorf("an empty request has %d bytes", got)
	}
	long := strings.Repeat("x", 256)
	if got := (&decision.Request{Subject: decision.Subject{ID: long}}).Bytes(); got != 0 {
		t.Errorf("a subject that is named as usual has %d bytes", got)
	}
	for name, r := range map[string]decision.Request{
		"type":         {Subject: decision.Subject{Type: long + long, ID: "homer"}},
		"id":           {Subject: decision.Subject{Type: "user ", ID: long + long}},
		"organisation": {Subject: decision.Subject{ID: "homer"}, Organisation: long + long},
	} {
		if got, want := r.Bytes(), len(long)+len("homer"); got != want {
			t.Errorf("a long %s: %d bytes, want %d", name, got, want)
		}
	}
}
