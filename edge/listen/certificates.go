package listen

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// PEM is what TLS is made of, as text in PEM.
type PEM struct {
	Cert     []byte // and those between it and the root
	Key      []byte
	ClientCA []byte // nil: clients need no certificate
}

// Certificates are a certificate and the roots of clients, which can be replaced while they are used. They are safe for
// concurrent use.
type Certificates struct {
	current atomic.Pointer[tls.Config]
	shared  *tls.Config // holds the keys of session tickets
	expires atomic.Pointer[time.Time]
}

// NewCertificates returns certificates that are ready for use.
func NewCertificates(p PEM) (*Certificates, error) {
	c := &Certificates{shared: base()}
	c.shared.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.current.Load(), nil }
	return c, c.Replace(p)
}

func base() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
}

// Replace makes connections from now on use p. With an error nothing changes. Certificates that have roots of clients
// take none that has no such roots: a file that went missing must not open the door.
func (c *Certificates) Replace(p PEM) error {
	pair, err := tls.X509KeyPair(p.Cert, p.Key)
	if err != nil {
		return errors.New(redacted(err))
	}
	config := base()
	config.Certificates = []tls.Certificate{pair}
	if before := c.current.Load(); before != nil && before.ClientCAs != nil && p.ClientCA == nil {
		return errors.New("the roots of clients are missing")
	}
	if p.ClientCA != nil {
		roots, err := parseRoots(p.ClientCA)
		if err != nil {
			return err
		}
		config.ClientCAs, config.ClientAuth = roots, tls.RequireAndVerifyClientCert
		// A resumed session would go on under roots that have been taken away.
		config.SessionTicketsDisabled = true
	}
	c.current.Store(config)
	c.expires.Store(&pair.Leaf.NotAfter)
	return nil
}

// redacted returns the text of an error about a key pair. Those of crypto/tls name no part of the key.
func redacted(err error) string { return "certificate and key: " + err.Error() }

// parseRoots reads certificates. One that cannot be read is an error, as is having none: a root that is left out would
// be missed by its clients only.
func parseRoots(text []byte) (*x509.CertPool, error) {
	roots, found := x509.NewCertPool(), 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("roots of clients: a block is no certificate, but %.40q", block.Type)
		}
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("roots of clients: %w", err)
		}
		roots.AddCert(root)
		found++
	}
	if found == 0 {
		return nil, errors.New("roots of clients: there is no certificate")
	}
	return roots, nil
}

// Config returns the configuration of a server that uses the certificates as they are at each handshake.
func (c *Certificates) Config() *tls.Config { return c.shared }

// Expires returns when the certificate does.
func (c *Certificates) Expires() time.Time { return *c.expires.Load() }
