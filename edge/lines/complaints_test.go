package lines_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge/lines"
)

// operator is a log for the operator without times.
func operator(told *kept) *slog.Logger {
	return slog.New(slog.NewTextHandler(told, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// full returns a writer that fails so many times.
func full(times int) *failing { return &failing{rooms: make([]int, times)} }

// TestComplaints wants the operator to be told of lines that cannot be written, and why: at once, then once a minute as long as
// that lasts, at once again when it comes back, and at the end of what was not told yet.
func TestComplaints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told kept
		l := lines.New(lines.Options[record]{Name: "decision log", Append: appendLine, Writer: full(1000), Log: operator(&told)})
		expect := func(when string, failed ...string) {
			t.Helper()
			<-time.After(20 * time.Millisecond) // lines gather before they are written
			synctest.Wait()
			var want strings.Builder
			for _, n := range failed {
				fmt.Fprintf(&want, "level=WARN msg=\"lines of the decision log were lost\" dropped=0 failed=%s error=\"no space left on device\"\n", n)
			}
			if diff := cmp.Diff(want.String(), told.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		add(l)
		expect("at the first", "1")
		for range 118 { // in 59 seconds
			<-time.After(time.Second / 2)
			add(l)
		}
		expect("after 59 seconds", "1")
		<-time.After(2 * time.Second)
		expect("after a minute", "1", "118")
		<-time.After(time.Hour)
		expect("when nothing is lost", "1", "118")
		add(l)
		expect("when lines are lost again", "1", "118", "1")
		<-time.After(time.Second)
		add(l)
		expect("soon after", "1", "118", "1")
		finish(t, l)
		expect("at the end", "1", "118", "1", "1")
	})
}

// TestComplaintsAtTheEnd wants a log that ends before anything was written to say what it lost, once, before Close returns.
func TestComplaintsAtTheEnd(t *testing.T) {
	t.Parallel()
	f, err := lines.OpenFile("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 100 {
		var told kept
		l := lines.New(lines.Options[record]{Name: "access log", Append: appendLine, Writer: f, Log: operator(&told)})
		add(l)
		finish(t, l)
		want := `level=WARN msg="lines of the access log were lost" dropped=0 failed=1 error="write /dev/full: no space left on device"` + "\n"
		if diff := cmp.Diff(want, told.String()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

// TestNoComplaints wants silence when nothing is lost.
func TestNoComplaints(t *testing.T) {
	t.Parallel()
	var told kept
	l := lines.New(lines.Options[record]{Name: "access log", Append: appendLine, Writer: new(kept), Log: operator(&told)})
	add(l)
	finish(t, l)
	if told.String() != "" {
		t.Error(told.String())
	}
}
