package serve

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve/config"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/accesslog"
	"github.com/lictor-dev/lictor/edge/decisionlog"
	"github.com/lictor-dev/lictor/edge/lines"
	"github.com/lictor-dev/lictor/edge/metrics"
	"github.com/lictor-dev/lictor/runtime/live"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// lookout is what looks on while an edge serves: metrics always, an access log and a decision log where they are wanted.
type lookout struct {
	metrics   *metrics.Metrics
	access    *accesslog.Log   // nil for none
	decisions *decisionlog.Log // nil for none
	opened    []opened
	log       *slog.Logger
}

// opened is a log that is there.
type opened struct {
	name  string
	file  *lines.File // nil unless it is a file
	close func(context.Context) error
}

// newLookout returns a lookout whose logs go where c says; the word stderr stands for log.
func newLookout(c *config.Config, log io.Writer, logger *slog.Logger) (*lookout, error) {
	o := &lookout{metrics: metrics.New(cli.ReadVersion().Version, edge.DataPaths()), log: logger}
	err := o.open(c.AccessLog, opened{name: "access log"}, log, func(to io.Writer) func(context.Context) error {
		o.access = accesslog.New(accesslog.Options{Writer: to, Text: !c.JSON, Log: logger})
		return o.access.Close
	})
	if err == nil {
		err = o.open(c.DecisionLog, opened{name: "decision log"}, log, func(to io.Writer) func(context.Context) error {
			o.decisions = decisionlog.New(decisionlog.Options{Writer: to, Log: logger})
			return o.decisions.Close
		})
	}
	if err != nil {
		o.close()
		return nil, cli.Unreadable(err)
	}
	return o, nil
}

// open opens what a log is written to, unless there is to be none, and starts the log.
func (o *lookout) open(where string, l opened, log io.Writer, start func(io.Writer) func(context.Context) error) (err error) {
	to := log
	switch where {
	case "", config.LogOff:
		return nil
	case config.LogStderr:
	default:
		if l.file, err = lines.OpenFile(where); err != nil {
			return err
		}
		to = l.file
	}
	l.close = start(to)
	o.opened = append(o.opened, l)
	return nil
}

// observe lets the lookout be told of everything.
func (o *lookout) observe(served *edge.Options) {
	served.Metrics = o.metrics.Handler()
	served.Observers = append(served.Observers, o.metrics)
	if o.access != nil {
		served.Observers = append(served.Observers, o.access)
	}
	if o.decisions != nil {
		served.DecisionObservers = append(served.DecisionObservers, o.decisions)
	}
}

// follow adds to the metrics what is asked of the server and of what it serves.
func (o *lookout) follow(server *edge.Server, status func() live.Status, policies *wasm.Runtime) {
	state := metrics.State{Status: status, Ready: server.Ready, Conditions: policies.Failures, Connections: func() map[string]int {
		data, admin := server.Connections()
		return map[string]int{"data": data, "admin": admin}
	}}
	if o.access != nil {
		state.AccessLog = counted(o.access.Counts)
	}
	if o.decisions != nil {
		state.DecisionLog = counted(o.decisions.Counts)
	}
	o.metrics.Follow(state)
}

func counted(counts func() lines.Counts) func() metrics.Lines {
	return func() metrics.Lines {
		c := counts()
		return metrics.Lines{Written: c.Written, Dropped: c.Dropped, Failed: c.Failed}
	}
}

// reopened lets f make each log open its file again, which was moved away.
func (o *lookout) reopened(f *follower) {
	for _, l := range o.opened {
		if l.file != nil {
			f.add(l.name, func(context.Context) error {
				l.file.Reopen()
				return nil
			})
		}
	}
}

// logTimeout bounds how long the end waits for slow logs, all of them together and the operator's last, which may have to
// tell of the others.
const logTimeout = 2 * time.Second

// close writes what is left of the logs.
func (o *lookout) close() {
	ctx, cancel := context.WithTimeout(context.Background(), logTimeout-asideTimeout)
	defer cancel()
	var closing sync.WaitGroup
	for _, l := range o.opened {
		closing.Go(func() {
			if err := l.close(ctx); err != nil {
				o.log.Warn("the end did not wait for the "+l.name, "error", err)
			}
			if l.file != nil {
				_ = l.file.Close()
			}
		})
	}
	closing.Wait()
}
