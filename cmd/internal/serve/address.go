package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"

	"github.com/spf13/pflag"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve/config"
	"github.com/lictor-dev/lictor/edge/listen"
)

// Addresses are where an edge listens: HOST:PORT, or unix:PATH where sockets may be made.
type Addresses struct {
	Data, Admin string
	Mode        fs.FileMode // of unix sockets; 0: there are to be none
}

// Register adds the flags --listen and --admin.
func (a *Addresses) Register(flags *pflag.FlagSet) {
	standard := config.Default()
	flags.StringVar(&a.Data, "listen", standard.Listen, "`address` that answers questions")
	flags.StringVar(&a.Admin, "admin", standard.Admin.Listen, "`address` that answers operators")
}

// Listen opens both sockets.
func (a *Addresses) Listen() (*Listeners, error) {
	data, err := a.listen("--listen", a.Data)
	if err != nil {
		return nil, err
	}
	admin, err := a.listen("--admin", a.Admin)
	if err != nil {
		return nil, errors.Join(err, data.Close())
	}
	return &Listeners{Data: data, Admin: admin}, nil
}

func (a *Addresses) listen(flag, address string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(address); err != nil && (a.Mode == 0 || !strings.HasPrefix(address, listen.Unix)) {
		return nil, cli.Misuse("%s %q is not host:port", flag, address)
	}
	l, err := listen.Open(context.Background(), address, a.Mode)
	if err != nil {
		return nil, cli.WithHint(fmt.Errorf("%s: %w", flag, cli.Unreadable(err)), "another address can be given with "+flag)
	}
	return l, nil
}

// Listeners are the two sockets of an edge.
type Listeners struct{ Data, Admin net.Listener }

// Close closes both, if they are not closed already.
func (l *Listeners) Close() {
	_ = l.Data.Close()
	_ = l.Admin.Close()
}

// announce writes the addresses, the line that tells that the edge can be asked.
func (l *Listeners) announce(out io.Writer, c *Config) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(map[string]string{"listen": nameOf(l.Data), "admin": nameOf(l.Admin)})
	}
	_, err := fmt.Fprintf(out, "serving on %s, admin on %s\n", location(l.Data, c.TLS), location(l.Admin, c.Admin.TLS))
	return err
}

// nameOf returns the address of a listener as it would be configured.
func nameOf(l net.Listener) string {
	if l.Addr().Network() == "unix" {
		return listen.Unix + l.Addr().String()
	}
	return l.Addr().String()
}

// location returns where a listener is asked.
func location(l net.Listener, t config.TLS) string {
	switch {
	case l.Addr().Network() == "unix":
		return nameOf(l)
	case t.Cert != "":
		return "https://" + nameOf(l)
	}
	return "http://" + nameOf(l)
}
