// Package serve runs an edge from the command line: the verb serve of lictor, and all of lictor-edge.
package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/state"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/live"
)

// DrainTimeout bounds how long questions that have begun may take after a signal to stop.
const DrainTimeout = 10 * time.Second

// Config is what the flags say.
type Config struct {
	Bundle  string // file or folder
	Trust   cli.Trust
	State   string // folder; empty: nothing is kept between runs
	Callers string // "overlay", "stored" or "ignore"
	Explain bool
	Addresses
	JSON bool
}

// Command returns the verb serve of a program.
func Command(program string) *cobra.Command {
	var c Config
	cmd := &cobra.Command{
		Use:   "serve --bundle FILE|DIR (--verify-key PEM | --allow-unsigned)",
		Short: "Answer from a bundle over HTTP, and take up every new one",
		Long: `Serve answers POST /v1/check and POST /access/v1/evaluation on one address, and /healthz, /readyz and
/v1/generation on another. When the bundle changes it is verified and takes over whole; while a new bundle is not
good, the old one stays. Without a good bundle serve waits, is not ready, and answers 503.

Of a folder, the newest *.tar.gz counts: the one with the highest epoch, and among equals the last by name. A bundle
with a lower epoch than one that has run is refused.

SIGINT and SIGTERM end it when the questions that have begun are answered.`,
		Example: "  " + program + " serve --bundle springfield.tar.gz --verify-key release.pub.pem --state /var/lib/lictor",
		Args:    cobra.NoArgs,

		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: cli.Run(func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			context.AfterFunc(ctx, stop) // a second signal ends the program at once
			return Run(ctx, c, cmd.OutOrStdout(), cmd.ErrOrStderr())
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&c.Bundle, "bundle", "", "bundle `file`, or a folder of them")
	c.Trust.Register(flags)
	c.Register(flags)
	flags.StringVar(&c.State, "state", "", "`folder` that keeps what has run, so that no older bundle runs after a restart, and the last good one does when there is no other")
	flags.StringVar(&c.Callers, "callers-properties", "overlay", "what subject and resource properties in a request count for: overlay, stored or ignore")
	flags.BoolVar(&c.Explain, "explain", false, "let callers ask for explanations, which tell how the policy is written")
	flags.BoolVar(&c.JSON, "json", false, "write the addresses and the log as JSON")
	cli.Require(cmd, "bundle")
	cli.Choices(cmd, "callers-properties", "overlay", "stored", "ignore")
	return cmd
}

// Run serves until ctx is done, and then until what has begun is answered. The first line it writes to
// out names the addresses it listens on; what happens goes to log.
func Run(ctx context.Context, c Config, out, log io.Writer) (err error) {
	options, err := c.liveOptions()
	if err != nil {
		return err
	}
	callers, err := parseCallers(c.Callers)
	if err != nil {
		return err
	}
	listeners, err := c.Listen()
	if err != nil {
		return err
	}
	defer listeners.Close()
	logger := NewLog(log, c.JSON)
	options.Log = logger
	if c.State == "" && options.Keys != nil {
		logger.Warn("without --state an older bundle would be accepted after a restart")
	}
	bundles, err := live.Start(ctx, *options)
	if err != nil {
		return hinted(err)
	}
	defer bundles.Close()
	server := edge.New(edge.Options{Source: bundles, Status: bundles.Status, Callers: callers, Explain: c.Explain, Log: logger})
	if err := listeners.announce(out, c.JSON); err != nil {
		return err
	}
	if bundles.Current() == nil {
		c.awaits(out, logger)
	}
	return Until(ctx, server, listeners)
}

// awaits says that there is nothing to answer from yet.
func (c *Config) awaits(out io.Writer, log *slog.Logger) {
	const text = "waiting for a good bundle, answering 503 until then"
	if c.JSON {
		log.Warn(text, "bundle", c.Bundle)
		return
	}
	_, _ = fmt.Fprintln(out, text)
}

func (c *Config) liveOptions() (*live.Options[exchange.Generation], error) {
	trust, err := c.Trust.Options()
	if err != nil {
		return nil, err
	}
	path, err := filepath.Abs(c.Bundle)
	if err != nil {
		return nil, err
	}
	options := &live.Options[exchange.Generation]{
		Path: path, Keys: trust.Keys, AllowUnsigned: trust.AllowUnsigned, Open: edge.Open,
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

// Until serves until ctx is done, then drains.
func Until(ctx context.Context, server *edge.Server, l *Listeners) error {
	served := make(chan error, 2)
	go func() { served <- server.ServeData(l.Data) }()
	go func() { served <- server.ServeAdmin(l.Admin) }()
	select {
	case err := <-served:
		return errors.Join(errors.New("a listener ended"), err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), DrainTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return fmt.Errorf("not every question was answered in %s: %w", DrainTimeout, err)
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

// Listeners are the two sockets of an edge.
type Listeners struct{ Data, Admin net.Listener }

// Close closes both, if they are not closed already.
func (l *Listeners) Close() {
	_ = l.Data.Close()
	_ = l.Admin.Close()
}

// announce writes the addresses, the line that tells that the edge can be asked.
func (l *Listeners) announce(out io.Writer, asJSON bool) error {
	listen, admin := l.Data.Addr().String(), l.Admin.Addr().String()
	if asJSON {
		return json.NewEncoder(out).Encode(map[string]string{"listen": listen, "admin": admin})
	}
	_, err := fmt.Fprintf(out, "serving on http://%s, admin on http://%s\n", listen, admin)
	return err
}
