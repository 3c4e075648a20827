package listen

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
)

// secure is a connection with TLS. A handshake is not yet something that the client said.
type secure struct {
	*tls.Conn
	link *link

	named bool
	name  string
}

// Read implements [io.Reader].
func (c *secure) Read(p []byte) (int, error) { return c.link.read(c.Conn.Read(p)) }

// Handshake runs the handshake. After one that failed it looks as if the client had hung up: there is nobody to tell
// what was wrong with a question.
func (c *secure) Handshake() error {
	err := c.Conn.Handshake()
	if err != nil {
		c.link.hungUp.Store(true)
	}
	return err
}

// Close implements [io.Closer].
func (c *secure) Close() error {
	c.link.end()
	return c.Conn.Close()
}

// Caller returns the name in the certificate that the client proved to hold, empty without one. It is for the goroutine
// that reads, once the handshake is over.
func (c *secure) Caller() string {
	if !c.named {
		c.named, c.name = true, callerOf(c.ConnectionState())
	}
	return c.name
}

// Caller returns the name in a client's certificate, for a connection of a [Listener]; empty where there is none.
func Caller(connection any) string {
	if c, ok := connection.(*secure); ok {
		return c.Caller()
	}
	return ""
}

// maxName bounds the bytes of a caller's name.
const maxName = 256

func callerOf(state tls.ConnectionState) string {
	if len(state.VerifiedChains) == 0 {
		return ""
	}
	name := nameOf(state.VerifiedChains[0][0])
	return strings.ToValidUTF8(name[:min(len(name), maxName)], "?") // it goes to logs, which are UTF-8
}

// nameOf returns what a certificate calls its holder: the common name, or the first alternative name.
func nameOf(c *x509.Certificate) string {
	switch {
	case c.Subject.CommonName != "":
		return c.Subject.CommonName
	case len(c.DNSNames) > 0:
		return c.DNSNames[0]
	case len(c.URIs) > 0:
		return c.URIs[0].String()
	case len(c.EmailAddresses) > 0:
		return c.EmailAddresses[0]
	}
	return c.SerialNumber.String()
}
