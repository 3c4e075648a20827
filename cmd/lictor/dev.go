package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/expectation"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/edge/metrics"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// dev is the verb as its flags say, and what it serves.
type dev struct {
	dir string
	serve.Addresses
	asJSON  bool
	out     io.Writer
	current atomic.Pointer[exchange.Generation]
	cache   compiler.Cache
}

// Current implements [exchange.Source].
func (d *dev) Current() *exchange.Generation { return d.current.Load() }

func newDev() *cobra.Command {
	var d dev
	cmd := &cobra.Command{
		Use:   "dev DIR",
		Short: "Compile, test and serve definitions whenever they are saved",
		Long: `Dev watches a folder of definitions. Whenever a file changes it compiles them, runs their tests, and answers
from the result. After a save with mistakes it prints them and goes on answering from the last good state. What has
not changed since the save before is not read again; the result is the same to the byte as that of lictor compile.

Nothing is written to disk, nothing is signed, and callers may ask for explanations: dev is for the one who writes
the definitions.`,
		Example: "  lictor dev examples/springfield",
		Args:    cli.Arguments("DIR"),
		RunE: cli.Run(func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			context.AfterFunc(ctx, stop) // a second signal ends the program at once
			d.dir, d.out = args[0], cmd.OutOrStdout()
			return d.run(ctx, cmd.ErrOrStderr())
		}),
	}
	d.Register(cmd.Flags())
	cmd.Flags().BoolVar(&d.asJSON, "json", false, "write one JSON object for every save")
	return cmd
}

func (d *dev) run(ctx context.Context, log io.Writer) error {
	if _, err := openProject(d.dir); err != nil {
		return err
	}
	listeners, err := d.Listen()
	if err != nil {
		return err
	}
	defer listeners.Close()
	ctx, cancel := context.WithCancel(ctx)
	watch := watchFolder(ctx, d.dir)
	first := d.take(ctx)
	first.Listen, first.Admin = listeners.Data.Addr().String(), listeners.Admin.Addr().String()
	if err := d.say(first); err != nil {
		cancel()
		return err
	}
	d.welcome(listeners, first)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		watch(func() {
			if err := d.say(d.take(ctx)); err != nil {
				cancel() // nobody listens any more
			}
		})
	}()
	server := d.server(serve.NewLog(log, d.asJSON))
	err = serve.Until(ctx, server, listeners, serve.Drain{})
	cancel()
	<-watched
	return err
}

// server returns the edge that answers from what was saved.
func (d *dev) server(log *slog.Logger) *edge.Server {
	counts := metrics.New(cli.ReadVersion().Version, edge.DataPaths())
	server := edge.New(edge.Options{
		Source: d, Explain: true, Log: log, Observers: []observe.Observer{counts}, Metrics: counts.Handler(),
	})
	counts.Follow(metrics.State{Ready: server.Ready, Conditions: wasm.Shared().Failures})
	return server
}

// saved is what came of one save.
type saved struct {
	Revision    string    `json:"revision,omitempty"` // taken over; empty when there are mistakes
	Serving     string    `json:"serving,omitempty"`  // what answers now
	Error       string    `json:"error,omitempty"`    // why nothing could be compiled
	Diagnostics diag.List `json:"diagnostics"`
	Tests       *tested   `json:"tests,omitempty"`
	Listen      string    `json:"listen,omitempty"` // of the first save: where questions are answered
	Admin       string    `json:"admin,omitempty"`

	project *project
}

// take compiles the definitions as they are now and serves them if they are good.
func (d *dev) take(ctx context.Context) *saved {
	s := &saved{}
	if err := d.swap(ctx, s); err != nil {
		s.Error = err.Error()
	}
	if g := d.Current(); g != nil {
		s.Serving = g.Revision
	}
	return s
}

func (d *dev) swap(ctx context.Context, s *saved) error {
	p, err := buildProject(ctx, d.dir, compiler.Options{Cache: &d.cache})
	if err != nil {
		return err
	}
	s.project, s.Diagnostics = p, p.Diagnostics.Without(expectation.CodeFails) // the tests below tell more
	if p.Manifest == nil {
		return nil
	}
	b, err := p.open()
	if err != nil {
		return err
	}
	g, err := edge.OpenUntested(b) // what fails is told with the save
	if err != nil {
		return err
	}
	d.current.Store(g)
	s.Revision = g.Revision
	s.Tests, err = p.test()
	return err
}

// say tells what came of a save.
func (d *dev) say(s *saved) error {
	if d.asJSON {
		return cli.PrintJSON(d.out, s)
	}
	if s.project != nil {
		if err := printDiagnostics(d.out, s.project.files, s.Diagnostics); err != nil {
			return err
		}
	}
	if s.Tests != nil {
		s.Tests.write(d.out)
	}
	var err error
	switch {
	case s.Error != "":
		_, err = fmt.Fprintf(d.out, "not compiled: %s; %s\n", s.Error, s.state())
	case s.Revision == "":
		_, err = fmt.Fprintf(d.out, "not compiled; %s\n", s.state())
	default:
		_, err = fmt.Fprintf(d.out, "serving revision %s\n", s.Revision)
	}
	return err
}

// state says what is served although something went wrong.
func (s *saved) state() string {
	if s.Serving == "" {
		return "nothing to serve yet"
	}
	return "still serving revision " + s.Serving
}
