package check

import (
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// explainCost is what one explained permission takes from [MaxResults]: finding reasons is slow.
const explainCost = 100

// appendExplained decides x.Request and appends the result with its reasons.
func (q *query) appendExplained(x *exchange.Exchange, dst []byte, text string) ([]byte, decision.Decision, error) {
	d, why, err := x.Explain()
	if err != nil {
		return dst, d, err
	}
	dst = q.asked.appendHead(dst, text, d)
	dst = append(dst, `,"text":`...)
	dst = exchange.AppendQuoted(dst, why.Text)
	dst = append(dst, `,"policies":`...)
	dst = decision.AppendReasons(dst, why.Policies)
	if !d.Allowed {
		dst = append(dst, `,"missing":[`...)
		for i, m := range why.Missing {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = exchange.AppendQuoted(dst, m)
		}
		dst = append(dst, `],"nearest":`...)
		dst = decision.AppendReasons(dst, why.Nearest)
	}
	return append(dst, "}}"...), d, nil
}
