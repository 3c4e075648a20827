package edge

import (
	"github.com/lictor-dev/lictor/edge/check"
	"github.com/lictor-dev/lictor/edge/exchange"
)

// explain answers what /v1/check answers, always with explanations, whatever callers of the data listener may ask for.
// It counts as no decision: an operator asks how it would be.
func explain(x *exchange.Exchange) error {
	x.Settings.Explain, x.Settings.ExplainAll = true, true
	return check.Answer(x)
}
