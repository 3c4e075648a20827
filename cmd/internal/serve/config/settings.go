package config

import (
	"io/fs"
	"time"
)

// settings are all there are, in the order in which help, the schema and the guide tell them.
var settings = []setting{
	anyText(names{"bundle", "bundle", "bundle file, or a folder of them"}, "file", func(c *Config) *string { return &c.Bundle }),
	texts(names{"verify_keys", "verify-key", "PEM file of a public key, or ID=file; several while keys are rotated"}, "file",
		func(c *Config) *[]string { return &c.Trust.Keys }),
	boolean(names{"allow_unsigned", "allow-unsigned", "accept bundles without looking at signatures"},
		func(c *Config) *bool { return &c.Trust.AllowUnsigned }),
	anyText(names{"state", "state", "folder that keeps what has run, so that no older bundle runs after a restart, and the last good one does when there is no other"}, "folder",
		func(c *Config) *string { return &c.State }),
	duration(names{"poll", "poll", "how often files are looked at when no change was reported"},
		func(c *Config) *time.Duration { return &c.Poll }),

	checked(names{"listen", "listen", "address that answers questions: HOST:PORT or unix:PATH"}, "address",
		func(c *Config) *string { return &c.Listen }, checkAddress),
	anyText(names{"tls.cert", "tls-cert", "PEM file of the certificate, and of those between it and the root"}, "file",
		func(c *Config) *string { return &c.TLS.Cert }),
	anyText(names{"tls.key", "tls-key", "PEM file of the certificate's key"}, "file", func(c *Config) *string { return &c.TLS.Key }),
	anyText(names{"tls.client_ca", "tls-client-ca", "PEM file of roots: each client must show a certificate of one"}, "file",
		func(c *Config) *string { return &c.TLS.ClientCA }),

	checked(names{"admin.listen", "admin", "address that answers operators: HOST:PORT or unix:PATH"}, "address",
		func(c *Config) *string { return &c.Admin.Listen }, checkAddress),
	anyText(names{"admin.tls.cert", "admin-tls-cert", "as --tls-cert, for the operators' address"}, "file",
		func(c *Config) *string { return &c.Admin.TLS.Cert }),
	anyText(names{"admin.tls.key", "admin-tls-key", "as --tls-key, for the operators' address"}, "file",
		func(c *Config) *string { return &c.Admin.TLS.Key }),
	anyText(names{"admin.tls.client_ca", "admin-tls-client-ca", "as --tls-client-ca, for the operators' address"}, "file",
		func(c *Config) *string { return &c.Admin.TLS.ClientCA }),
	boolean(names{"admin.pprof", "pprof", "let operators profile the process at /debug/pprof"}, func(c *Config) *bool { return &c.Admin.Pprof }),
	mode(names{"socket_mode", "socket-mode", "permissions of unix sockets, in octal"}, func(c *Config) *fs.FileMode { return &c.SocketMode }),

	anyText(names{"callers.file", "callers-file", "file of API keys: only their holders may ask; without it anybody may"}, "file",
		func(c *Config) *string { return &c.Callers.File }),
	word(names{"callers.properties", "callers-properties", "what subject and resource properties in a request count for: overlay, stored or ignore"},
		func(c *Config) *string { return &c.Callers.Properties }, "overlay", "stored", "ignore"),
	boolean(names{"explain", "explain", "let callers ask for explanations, which tell how the policy is written"},
		func(c *Config) *bool { return &c.Explain }),
	publicURL(names{"external_url", "external-url", "URL that callers know the edge by; AuthZEN's metadata name it, and without it there are none"},
		func(c *Config) *string { return &c.ExternalURL }),

	size(names{"limits.max_body", "max-body", "most bytes of a request's body"}, bounds{1 << 10, 1 << 30}, func(c *Config) *int { return &c.Limits.MaxBody }),
	size(names{"limits.max_header", "max-header", "most bytes of a request's head"}, bounds{1 << 10, 1 << 20}, func(c *Config) *int { return &c.Limits.MaxHeader }),
	count(names{"limits.max_connections", "max-connections", "most connections to an address at one time"}, bounds{1, 1 << 20},
		func(c *Config) *int { return &c.Limits.MaxConnections }),
	count(names{"limits.max_connections_per_client", "max-connections-per-client", "most of them from one client's address; 0: no such limit"},
		bounds{0, 1 << 20}, func(c *Config) *int { return &c.Limits.MaxConnectionsPerClient }),
	duration(names{"limits.read_timeout", "read-timeout", "for one whole request"}, func(c *Config) *time.Duration { return &c.Limits.ReadTimeout }),
	duration(names{"limits.write_timeout", "write-timeout", "for one whole answer"}, func(c *Config) *time.Duration { return &c.Limits.WriteTimeout }),
	duration(names{"limits.idle_timeout", "idle-timeout", "between the requests of a connection"}, func(c *Config) *time.Duration { return &c.Limits.IdleTimeout }),
	delay(names{"limits.drain_delay", "drain-delay", "between a signal to stop, when readiness ends, and not accepting any more"},
		func(c *Config) *time.Duration { return &c.Limits.DrainDelay }),
	duration(names{"limits.drain_timeout", "drain-timeout", "for the questions that have begun when a signal says to stop"},
		func(c *Config) *time.Duration { return &c.Limits.DrainTimeout }),

	anyText(names{"access_log", "access-log", "where each request is logged: off, stderr or a file"}, "where", func(c *Config) *string { return &c.AccessLog }),
	anyText(names{"decision_log", "decision-log", "where each decision is logged, with who asked for what: off, stderr or a file"}, "where", func(c *Config) *string { return &c.DecisionLog }),
	boolean(names{"json", "json", "write the addresses and the log as JSON"}, func(c *Config) *bool { return &c.JSON }),
}
