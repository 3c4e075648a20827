package serve

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/spf13/pflag"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Addresses are where an edge listens.
type Addresses struct{ Data, Admin string }

// Register adds the flags --listen and --admin.
func (a *Addresses) Register(flags *pflag.FlagSet) {
	flags.StringVar(&a.Data, "listen", "127.0.0.1:8282", "`address` that answers questions")
	flags.StringVar(&a.Admin, "admin", "127.0.0.1:8283", "`address` that answers operators")
}

// Listen opens both sockets.
func (a *Addresses) Listen() (*Listeners, error) {
	data, err := listen("--listen", a.Data)
	if err != nil {
		return nil, err
	}
	admin, err := listen("--admin", a.Admin)
	if err != nil {
		return nil, errors.Join(err, data.Close())
	}
	return &Listeners{Data: data, Admin: admin}, nil
}

func listen(flag, address string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, cli.Misuse("%s %q is not host:port", flag, address)
	}
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, cli.WithHint(fmt.Errorf("%s: %w", flag, err), "another address can be given with "+flag)
	}
	return l, nil
}

func parseCallers(text string) (decision.Callers, error) {
	switch text {
	case "overlay":
		return decision.Overlay, nil
	case "stored":
		return decision.Stored, nil
	case "ignore":
		return decision.Ignore, nil
	default:
		return 0, cli.Misuse("--callers-properties %q is none of overlay, stored and ignore", text)
	}
}
