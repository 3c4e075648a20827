// Package config is how an edge is told what to do: by flags, over the environment, over a file, over what counts where
// nobody says anything.
//
// Each setting is described once, in settings.go. The flags, the names in the environment, the reader of the file, its
// JSON Schema and what is printed are all made from that description.
package config

import (
	"io/fs"
	"time"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/runtime/live"
)

// Config is what an edge is to do.
type Config struct {
	Bundle      string // file or folder
	Trust       cli.Trust
	State       string        // folder; empty: nothing is kept between runs
	Poll        time.Duration // between looks at files that no change was reported of
	Listen      string        // HOST:PORT or unix:PATH
	SocketMode  fs.FileMode   // of unix sockets
	TLS         TLS
	Admin       Admin
	Callers     Callers
	Explain     bool
	ExternalURL string // as proxies in front make the edge known; empty: the address it was asked at
	Limits      Limits
	AccessLog   string // LogOff, LogStderr or a file
	DecisionLog string // likewise
	JSON        bool   // the addresses and the log are JSON
}

// Callers says who may ask, and what counts of what they say.
type Callers struct {
	Properties string // "overlay", "stored" or "ignore"
	File       string // of API keys; empty: anybody may ask
}

// Admin is the listener for operators.
type Admin struct {
	Listen string
	TLS    TLS
	Pprof  bool // answer /debug/pprof
}

// TLS names the PEM files of a listener. Without a certificate it speaks plain HTTP; with a client CA every client
// must show a certificate of it.
type TLS struct{ Cert, Key, ClientCA string }

// Limits bound what one client can take. 0 is no limit for MaxConnectionsPerClient only.
type Limits struct {
	MaxBody, MaxHeader      int // bytes
	MaxConnections          int
	MaxConnectionsPerClient int // from one address

	ReadTimeout, WriteTimeout, IdleTimeout time.Duration
	DrainDelay                             time.Duration // from a signal to stop until nothing is accepted any more
	DrainTimeout                           time.Duration // for what has begun when a signal says to stop
}

// What Config.AccessLog and Config.DecisionLog may be beside a path.
const (
	LogOff    = "off"
	LogStderr = "stderr"
)

// DefaultDrainTimeout is Limits.DrainTimeout where it is not set.
const DefaultDrainTimeout = 10 * time.Second

// Default returns what counts where nothing is set.
func Default() Config {
	return Config{
		Poll:       live.DefaultPoll,
		Listen:     "127.0.0.1:8282",
		SocketMode: 0o660,
		Admin:      Admin{Listen: "127.0.0.1:8283"},
		Callers:    Callers{Properties: "overlay"},
		AccessLog:  LogOff, DecisionLog: LogOff,
		Limits: Limits{
			MaxBody: edge.DefaultMaxBody, MaxHeader: edge.DefaultMaxHeader,
			MaxConnections: edge.DefaultMaxConnections,
			ReadTimeout:    edge.DefaultReadTimeout, WriteTimeout: edge.DefaultWriteTimeout, IdleTimeout: edge.DefaultIdleTimeout,
			DrainTimeout: DefaultDrainTimeout,
		},
	}
}
