package listen_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/edge/listen"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key, encode("CERTIFICATE", der)}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// issue returns a certificate and its key. What the template says of its holder stays.
func (a *authority) issue(t *testing.T, template *x509.Certificate) (cert, key []byte) {
	t.Helper()
	if template.SerialNumber == nil {
		template.SerialNumber = big.NewInt(time.Now().UnixNano())
	}
	template.NotAfter = time.Now().Add(time.Hour)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	private := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, private.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", secret)
}

// server returns a certificate for 127.0.0.1 that is told apart by its number.
func (a *authority) server(t *testing.T, number int64) listen.PEM {
	t.Helper()
	cert, key := a.issue(t, &x509.Certificate{SerialNumber: big.NewInt(number), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	return listen.PEM{Cert: cert, Key: key}
}

// client returns what a client trusts and shows.
func (a *authority) client(t *testing.T, template *x509.Certificate) *tls.Config {
	t.Helper()
	config := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
	config.RootCAs.AddCert(a.cert)
	if template != nil {
		cert, key := a.issue(t, template)
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

// echo serves certificates: it answers every connection with the name of its caller and hangs up.
func echo(t *testing.T, c *listen.Certificates) net.Addr {
	t.Helper()
	l, accepted := open(t, listen.Options{TLS: c.Config()})
	go func() {
		for c := range accepted {
			go func() {
				defer c.Close()
				if _, err := c.Read(make([]byte, 1)); err == nil {
					_, _ = io.WriteString(c, "hello "+listen.Caller(c))
				}
			}()
		}
	}()
	return l.Addr()
}

// hello connects and returns what the server says, and its certificate's number.
func hello(t *testing.T, a net.Addr, config *tls.Config) (string, int64, error) {
	t.Helper()
	c := tls.Client(dial(t, a), config)
	if err := c.Handshake(); err != nil {
		return "", 0, err
	}
	number := c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	if _, err := c.Write([]byte("x")); err != nil {
		return "", number, err
	}
	text, err := io.ReadAll(c)
	return string(text), number, err
}

// TestReplace uses the certificate of the moment, and keeps it when a new one is no good.
func TestReplace(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	c, err := listen.NewCertificates(ca.server(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	address, client := echo(t, c), ca.client(t, nil)
	serves := func(want int64) {
		t.Helper()
		if text, number, err := hello(t, address, client); text != "hello " || number != want || err != nil {
			t.Errorf("%q with certificate %d, %v, want %d", text, number, err, want)
		}
	}
	serves(1)
	second, third := ca.server(t, 2), ca.server(t, 3)
	if err := c.Replace(second); err != nil {
		t.Fatal(err)
	}
	serves(2)
	if c.Expires().Before(time.Now()) {
		t.Errorf("expires %s", c.Expires())
	}
	for name, p := range map[string]listen.PEM{
		"empty":             {},
		"another key":       {Cert: third.Cert, Key: second.Key},
		"half a key":        {Cert: third.Cert, Key: third.Key[:len(third.Key)/2]},
		"key for a cert":    {Cert: third.Key, Key: third.Key},
		"empty CA":          {Cert: third.Cert, Key: third.Key, ClientCA: []byte{}},
		"a key for a CA":    {Cert: third.Cert, Key: third.Key, ClientCA: third.Key},
		"rubbish for a CA":  {Cert: third.Cert, Key: third.Key, ClientCA: encode("CERTIFICATE", []byte("x"))},
		"rubbish after one": {Cert: third.Cert, Key: third.Key, ClientCA: append(ca.pem[:len(ca.pem):len(ca.pem)], encode("CERTIFICATE", []byte("x"))...)},
	} {
		err := c.Replace(p)
		if err == nil {
			t.Errorf("%s is accepted", name)
			continue
		}
		if strings.Contains(err.Error(), string(third.Key[40:60])) {
			t.Errorf("%s: the key is in the error: %v", name, err)
		}
	}
	serves(2)
	if _, err := listen.NewCertificates(listen.PEM{}); err == nil {
		t.Error("certificates without any")
	}
}

// TestMutual lets nobody in without a certificate of the roots there are now.
func TestMutual(t *testing.T) {
	t.Parallel()
	ca, other := newAuthority(t), newAuthority(t)
	p := ca.server(t, 1)
	p.ClientCA = ca.pem
	c, err := listen.NewCertificates(p)
	if err != nil {
		t.Fatal(err)
	}
	address := echo(t, c)
	uri, err := url.Parse("spiffe://example.com/gateway")
	if err != nil {
		t.Fatal(err)
	}
	stranger := other.client(t, &x509.Certificate{Subject: pkix.Name{CommonName: "x"}})
	stranger.RootCAs = ca.client(t, nil).RootCAs
	gateway := ca.client(t, &x509.Certificate{Subject: pkix.Name{CommonName: "gateway"}, DNSNames: []string{"g.example.com"}})
	gateway.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	old := ca.client(t, &x509.Certificate{Subject: pkix.Name{CommonName: "x"}})
	old.MaxVersion = tls.VersionTLS12
	expired := ca.client(t, nil)
	expired.Certificates = []tls.Certificate{expiredPair(t, ca)}
	ancient := ca.client(t, &x509.Certificate{Subject: pkix.Name{CommonName: "x"}})
	ancient.MinVersion, ancient.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	tests := []struct {
		name   string
		config *tls.Config
		want   string // empty: refused
	}{
		{"common name", gateway, "hello gateway"},
		{"name cut within a letter", ca.client(t, &x509.Certificate{Subject: pkix.Name{CommonName: "x" + strings.Repeat("é", 200)}}), "hello x" + strings.Repeat("é", 127) + "?"},
		{"DNS name", ca.client(t, &x509.Certificate{DNSNames: []string{"g.example.com"}, URIs: []*url.URL{uri}}), "hello g.example.com"},
		{"URI", ca.client(t, &x509.Certificate{URIs: []*url.URL{uri}}), "hello spiffe://example.com/gateway"},
		{"number", ca.client(t, &x509.Certificate{SerialNumber: big.NewInt(77)}), "hello 77"},
		{"long name", ca.client(t, &x509.Certificate{DNSNames: []string{strings.Repeat("x", 300)}}), "hello " + strings.Repeat("x", 256)},
		{"TLS 1.2", old, "hello x"},
		{"TLS 1.1", ancient, ""},
		{"no certificate", ca.client(t, nil), ""},
		{"another root", stranger, ""},
		{"expired", expired, ""},
	}
	for _, tt := range tests {
		text, _, err := hello(t, address, tt.config)
		if text != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: %q, %v", tt.name, text, err)
		}
	}
	again := tls.Client(dial(t, address), gateway)
	if err := again.Handshake(); err != nil || again.ConnectionState().DidResume {
		t.Errorf("the second time: %v, or a session was resumed without showing the certificate", err)
	}
	p.ClientCA = nil
	if err := c.Replace(p); err == nil {
		t.Error("the roots went missing and everybody is let in")
	}
	p.ClientCA = other.pem
	if err := c.Replace(p); err != nil {
		t.Fatal(err)
	}
	if text, _, err := hello(t, address, gateway); err == nil {
		t.Errorf("a resumed session outlives its root: %q", text)
	}
	if text, _, err := hello(t, address, stranger); text != "hello x" || err != nil {
		t.Errorf("the new root: %q, %v", text, err)
	}
}

func expiredPair(t *testing.T, ca *authority) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(9), NotAfter: time.Now().Add(-time.Minute)}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, key.Public(), ca.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestNoTLS neither answers nor names who speaks without TLS, and tells nobody that there are too many.
func TestNoTLS(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	c, err := listen.NewCertificates(ca.server(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	plain := dial(t, echo(t, c))
	if _, err := io.WriteString(plain, "GET / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(plain); strings.Contains(string(text), "hello") || errors.Is(err, io.EOF) {
		t.Errorf("%q %v", text, err)
	}
	if name := listen.Caller(plain); name != "" {
		t.Errorf("caller %q", name)
	}
	l, accepted := open(t, listen.Options{Max: 1, TLS: c.Config()})
	dial(t, l.Addr())
	next(t, accepted)
	if text, err := io.ReadAll(dial(t, l.Addr())); len(text) != 0 {
		t.Errorf("%q %v", text, err)
	}
}
