package check

import (
	"strconv"

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
	dst = appendReasons(dst, why.Policies)
	if !d.Allowed {
		dst = append(dst, `,"missing":[`...)
		for i, m := range why.Missing {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = exchange.AppendQuoted(dst, m)
		}
		dst = append(dst, `],"nearest":`...)
		dst = appendReasons(dst, why.Nearest)
	}
	return append(dst, "}}"...), d, nil
}

func appendReasons(dst []byte, reasons []decision.Reason) []byte {
	dst = append(dst, '[')
	for i := range reasons {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendReason(dst, &reasons[i])
	}
	return append(dst, ']')
}

// appendReason appends one policy. One that the subject does not hold names its owner instead, so that
// it can be asked for; one without a condition has no such member.
func appendReason(dst []byte, r *decision.Reason) []byte {
	dst = append(dst, `{"id":`...)
	dst = strconv.AppendUint(dst, uint64(r.ID), 10)
	dst = appendText(dst, "decision", r.Effect.String())
	dst = appendText(dst, "permission", r.Permission)
	dst = appendText(dst, "owner", r.Owner)
	if r.HeldThrough != "" {
		dst = appendText(dst, "held_through", r.HeldThrough)
	}
	dst = appendText(dst, "source", r.Source)
	if r.Condition != "" {
		dst = appendText(dst, "condition", r.Condition)
	}
	return append(dst, '}')
}

func appendText(dst []byte, name, text string) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return exchange.AppendQuoted(dst, text)
}
