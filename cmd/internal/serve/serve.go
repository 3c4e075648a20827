// Package serve runs an edge from the command line: the verb serve of lictor, and all of lictor-edge.
//
// Start reading at [Run]. Package config beside it is what can be set, package callers the file of API keys.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve/config"
	"github.com/lictor-dev/lictor/cmd/internal/state"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/authzen"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/live"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// Run serves until ctx is done, and then until what has begun is answered. The first line it writes to
// out names the addresses it listens on; what happens goes to log. SIGHUP makes it read everything again.
func Run(ctx context.Context, c Config, out, log io.Writer) (err error) {
	signal.Ignore(syscall.SIGPIPE) // else a standard error that is closed would end it: a log must not
	hangups, forget := onHangup()
	defer forget()
	written := newAside(log, c.JSON)
	defer written.close()
	logger := NewLog(written, c.JSON)
	follower := newFollower(logger)
	served, err := edgeOptions(&c, follower)
	if err != nil {
		return err
	}
	options, err := liveOptions(&c, follower)
	if err != nil {
		return err
	}
	seen, err := newLookout(&c, log, logger)
	if err != nil {
		return err
	}
	defer seen.close()
	follower.tell(seen.metrics.Followed)
	listeners, err := (&Addresses{c.Listen, c.Admin.Listen, c.SocketMode}).Listen()
	if err != nil {
		return err
	}
	defer listeners.Close()
	options.Log, options.Notify = logger, seen.metrics.Notify
	policies := wasm.NewRuntime(compiledFolder(&c))
	options.Open = (&edge.Opener{Wasm: policies}).Open
	if c.State == "" && options.Keys != nil {
		logger.Warn("without --state an older bundle would be accepted after a restart")
	}
	bundles, err := live.Start(ctx, *options)
	if err != nil {
		return hinted(err)
	}
	defer bundles.Close()
	follower.trust = bundles.Trust
	follower.add("bundle", bundles.Reload)
	seen.reopened(follower)
	defer follower.start(ctx, c.Poll, hangups)()
	served.Source, served.Status, served.Log = bundles, bundles.Status, logger
	seen.observe(served)
	server := edge.New(*served)
	seen.follow(server, bundles.Status, policies)
	if err := listeners.announce(out, &c); err != nil {
		return err
	}
	if bundles.Current() == nil {
		awaits(&c, out, logger)
	}
	defer context.AfterFunc(ctx, func() { logger.Info("told to stop: answering what has begun") })()
	return Until(ctx, server, listeners, Drain{c.Limits.DrainDelay, c.Limits.DrainTimeout})
}

// compiledFolder is where compiled policies are kept for the next start; "" without a state.
func compiledFolder(c *Config) string {
	if c.State == "" {
		return ""
	}
	return filepath.Join(c.State, "compiled")
}

// awaits says that there is nothing to answer from yet.
func awaits(c *Config, out io.Writer, log *slog.Logger) {
	const text = "waiting for a good bundle, answering 503 until then"
	if c.JSON {
		log.Warn(text, "bundle", c.Bundle)
		return
	}
	_, _ = fmt.Fprintln(out, text)
}

// edgeOptions returns what is set of the server, and lets f follow the files it is made of.
func edgeOptions(c *Config, f *follower) (*edge.Options, error) {
	l := c.Limits
	o := &edge.Options{
		Explain: c.Explain, Profiling: c.Admin.Pprof,
		MaxBody: l.MaxBody, MaxHeader: l.MaxHeader, MaxConnections: l.MaxConnections, MaxConnectionsPerClient: l.MaxConnectionsPerClient,
		ReadTimeout: l.ReadTimeout, WriteTimeout: l.WriteTimeout, IdleTimeout: l.IdleTimeout,
	}
	var err error
	if o.Callers, err = properties(c.Callers.Properties); err != nil {
		return nil, err
	}
	if c.ExternalURL != "" {
		if o.Metadata, err = authzen.Metadata(c.ExternalURL); err != nil {
			return nil, err
		}
	}
	if o.TLS, err = f.certificates("certificate", c.TLS); err != nil {
		return nil, err
	}
	if o.AdminTLS, err = f.certificates("admin certificate", c.Admin.TLS); err != nil {
		return nil, err
	}
	if c.Callers.File != "" {
		o.Authenticate, err = f.keys(c.Callers.File)
	}
	return o, err
}

// properties returns what properties of a request count for.
func properties(word string) (decision.Callers, error) {
	switch word {
	case "overlay":
		return decision.Overlay, nil
	case "stored":
		return decision.Stored, nil
	case "ignore":
		return decision.Ignore, nil
	}
	return 0, fmt.Errorf("properties of a request that count as %q", word)
}

// liveOptions returns what is set about bundles, and lets f follow the keys that verify them.
func liveOptions(c *Config, f *follower) (*live.Options[exchange.Generation], error) {
	path, err := filepath.Abs(c.Bundle)
	if err != nil {
		return nil, err
	}
	options := &live.Options[exchange.Generation]{Path: path, AllowUnsigned: c.Trust.AllowUnsigned, Poll: c.Poll}
	if len(c.Trust.Keys) > 0 {
		if options.Keys, err = f.verification(&c.Trust); err != nil {
			return nil, err
		}
	}
	if c.State == "" {
		return options, nil
	}
	if options.State, err = state.Open(c.State); err != nil {
		return nil, cli.Unreadable(err)
	}
	return options, nil
}

// hinted adds the hint that an error carries.
func hinted(err error) error {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return cli.WithHint(err, h.Hint())
	}
	return cli.Unreadable(err)
}

// Drain is how serving ends.
type Drain struct {
	Delay   time.Duration // between not being ready and not accepting any more
	Timeout time.Duration // for what has begun; 0: the usual one
}

// Until serves until ctx is done, then drains.
func Until(ctx context.Context, server *edge.Server, l *Listeners, d Drain) error {
	if d.Timeout <= 0 {
		d.Timeout = config.DefaultDrainTimeout
	}
	served := make(chan error, 2)
	go func() { served <- server.ServeData(l.Data) }()
	go func() { served <- server.ServeAdmin(l.Admin) }()
	select {
	case err := <-served:
		return errors.Join(errors.New("a listener ended"), err)
	case <-ctx.Done():
	}
	server.Drain()
	if d.Delay > 0 {
		<-time.After(d.Delay)
	}
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.Timeout)
	defer cancel()
	if err := server.Shutdown(draining); err != nil {
		return fmt.Errorf("not every question was answered in %s: %w", d.Timeout, err)
	}
	return nil
}

// NewLog returns a log that writes to w.
func NewLog(w io.Writer, asJSON bool) *slog.Logger {
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}
