package decisionlog_test

import (
	"testing"

	"github.com/lictor-dev/lictor/edge/authzen"
	"github.com/lictor-dev/lictor/edge/check"
	"github.com/lictor-dev/lictor/edge/decisionlog"
	"github.com/lictor-dev/lictor/edge/observe"
)

// TestLargestAnswer wants room for every decision of the largest answer, even while nothing is written.
func TestLargestAnswer(t *testing.T) {
	t.Parallel()
	to := make(blocked)
	l := decisionlog.New(decisionlog.Options{Writer: to})
	const most = max(check.MaxResults, authzen.MaxEvaluations)
	l.ObserveDecisions(request(), make([]observe.Decision, most))
	if c := l.Counts(); c.Accepted != most || c.Dropped != 0 {
		t.Errorf("counts %+v", c)
	}
	close(to)
	finish(t, l)
}
