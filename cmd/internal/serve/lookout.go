package serve

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve/config"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/accesslog"
	"github.com/lictor-dev/lictor/edge/lines"
	"github.com/lictor-dev/lictor/edge/metrics"
	"github.com/lictor-dev/lictor/runtime/live"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// lookout is what looks on while an edge serves: metrics always, an access log where one is wanted.
type lookout struct {
	metrics *metrics.Metrics
	access  *accesslog.Log // nil for none
	file    *lines.File    // nil unless the access log is a file
	log     *slog.Logger
}

// newLookout returns a lookout whose access log goes where c says; the word stderr stands for log.
func newLookout(c *config.Config, log io.Writer, logger *slog.Logger) (*lookout, error) {
	o := &lookout{metrics: metrics.New(cli.ReadVersion().Version, edge.DataPaths()), log: logger}
	to := log
	switch c.AccessLog {
	case "", config.LogOff:
		return o, nil
	case config.LogStderr:
	default:
		var err error
		if o.file, err = lines.OpenFile(c.AccessLog); err != nil {
			return nil, cli.Unreadable(err)
		}
		to = o.file
	}
	o.access = accesslog.New(accesslog.Options{Writer: to, Text: !c.JSON, Log: logger})
	return o, nil
}

// observe lets the lookout be told of everything.
func (o *lookout) observe(served *edge.Options) {
	served.Metrics = o.metrics.Handler()
	served.Observers = append(served.Observers, o.metrics)
	if o.access != nil {
		served.Observers = append(served.Observers, o.access)
	}
}

// follow adds to the metrics what is asked of the server and of what it serves.
func (o *lookout) follow(server *edge.Server, status func() live.Status, policies *wasm.Runtime) {
	state := metrics.State{Status: status, Ready: server.Ready, Conditions: policies.Failures, Connections: func() map[string]int {
		data, admin := server.Connections()
		return map[string]int{"data": data, "admin": admin}
	}}
	if o.access != nil {
		state.AccessLog = func() metrics.Lines {
			c := o.access.Counts()
			return metrics.Lines{Written: c.Written, Dropped: c.Dropped, Failed: c.Failed}
		}
	}
	o.metrics.Follow(state)
}

// reopen makes the access log open its file again, which was moved away.
func (o *lookout) reopen(context.Context) error {
	o.file.Reopen()
	return nil
}

// accessLogTimeout bounds how long the end waits for a slow access log.
const accessLogTimeout = 2 * time.Second

// close writes what is left of the access log.
func (o *lookout) close() {
	if o.access == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), accessLogTimeout)
	defer cancel()
	if err := o.access.Close(ctx); err != nil {
		o.log.Warn("the end did not wait for the access log", "error", err)
	}
	if o.file != nil {
		_ = o.file.Close()
	}
}
