package edge_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/caller"
	"github.com/lictor-dev/lictor/edge/observe"
)

// onTCP is an edge on real sockets.
type onTCP struct {
	server      *edge.Server
	data, admin string
	served      chan error
}

// startTCP serves both listeners on real sockets until the test ends.
func startTCP(t *testing.T, options edge.Options) *onTCP {
	t.Helper()
	e := &onTCP{server: edge.New(options), served: make(chan error, 2)}
	data, admin := listenTCP(t), listenTCP(t)
	e.data, e.admin = data.Addr().String(), admin.Addr().String()
	go func() { e.served <- e.server.ServeData(data) }()
	go func() { e.served <- e.server.ServeAdmin(admin) }()
	t.Cleanup(func() {
		data.Close()
		admin.Close()
	})
	return e
}

func listenTCP(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func dialTCP(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTooManyConnections turns those away that are too many, on either listener, and serves the others.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	e := startTCP(t, edge.Options{Source: newSource(newGeneration(t, "r1")), MaxConnections: 1})
	for _, address := range []string{e.data, e.admin} {
		first := dialTCP(t, address)
		if text, err := io.ReadAll(dialTCP(t, address)); !strings.HasPrefix(string(text), "HTTP/1.1 503 Service Unavailable\r\n") || err != nil {
			t.Errorf("the second: %q, %v", text, err)
		}
		third := dialTCP(t, address)
		if _, err := io.WriteString(third, "POST /v1/check HTTP/1.1\r\n"); err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(third); !strings.HasPrefix(string(text), "HTTP/1.1 503 Service Unavailable\r\n") || err != nil {
			t.Errorf("the third, which has asked already: %q, %v", text, err)
		}
		if _, err := io.WriteString(first, "GET /healthz HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(first); err != nil || !strings.Contains(string(text), "Lictor-Revision: r1") {
			t.Errorf("the first: %q, %v", text, err)
		}
	}
}

// TestSilentConnections ends long before the timeouts of those that are connected and ask nothing, with a word to
// nobody; who has begun to ask is answered.
func TestSilentConnections(t *testing.T) {
	t.Parallel()
	var n notebook
	e := startTCP(t, edge.Options{
		Source: newSource(newGeneration(t, "r1")), ReadTimeout: patience, IdleTimeout: patience, Observers: []observe.Observer{&n},
	})
	silent, kept, slow := dialTCP(t, e.data), dialTCP(t, e.data), dialTCP(t, e.data)
	const get = "GET /x HTTP/1.1\r\nHost: e\r\n\r\n"
	if _, err := io.WriteString(kept, get); err != nil {
		t.Fatal(err)
	}
	if got, err := kept.Read(make([]byte, 4096)); got == 0 || err != nil {
		t.Fatal(got, err)
	}
	if _, err := io.WriteString(slow, get[:10]); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	start := time.Now()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		ended <- e.server.Shutdown(ctx)
	}()
	for _, c := range []net.Conn{silent, kept} {
		if text, err := io.ReadAll(c); len(text) != 0 || err != nil {
			t.Errorf("%q, %v", text, err)
		}
	}
	if _, err := io.WriteString(slow, get[10:]); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(slow); !strings.HasPrefix(string(text), "HTTP/1.1 404 ") || !strings.Contains(string(text), "Connection: close") || err != nil {
		t.Errorf("who had begun: %q, %v", text, err)
	}
	if err := await(t, ended, "the end"); err != nil || time.Since(start) > patience/2 {
		t.Errorf("%v after %s", err, time.Since(start))
	}
	if len(n.notes) != 2 {
		t.Errorf("observed %+v", n.notes)
	}
}

// selfSigned returns a certificate that is its own root, and a pool with it.
func selfSigned(t *testing.T, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// oneToken lets one token in.
type oneToken struct{}

func (oneToken) Authenticate(authorization []byte) *caller.Caller {
	if string(authorization) == "Bearer good" {
		return &caller.Caller{Name: "by key"}
	}
	return nil
}

// TestTLS asks twice over one connection, and tells observers who the client's certificate says it is. With keys too,
// both are needed.
func TestTLS(t *testing.T) {
	t.Parallel()
	server, roots := selfSigned(t, "edge")
	client, clients := selfSigned(t, "gateway")
	settings := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{server}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert}
	for name, keys := range map[string]edge.Authenticator{"certificate": nil, "certificate and key": oneToken{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n notebook
			e := startTCP(t, edge.Options{
				Source: newSource(newGeneration(t, "r1")), TLS: settings, Authenticate: keys, Observers: []observe.Observer{&n},
			})
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{client}, MinVersion: tls.VersionTLS12}}
			defer transport.CloseIdleConnections()
			type told struct {
				Status int
				Caller string
				Reused bool
			}
			var got []told
			for _, token := range []string{"", "Bearer bad", "Bearer good"} {
				reused := false
				ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused }})
				request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+e.data+"/v1/check", strings.NewReader(`{"subject":"homer","permission":"newsletter:read"}`))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Authorization", token)
				response, err := (&http.Client{Transport: transport, Timeout: patience}).Do(request)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, response.Body); err != nil {
					t.Error(err)
				}
				response.Body.Close()
				got = append(got, told{response.StatusCode, "", reused})
			}
			for i := range n.notes {
				got[i].Caller = n.notes[i].Caller
			}
			want := []told{{200, "gateway", false}, {200, "gateway", true}, {200, "gateway", true}}
			if keys != nil {
				want = []told{{401, "gateway", false}, {401, "gateway", true}, {200, "by key", true}}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			strange := &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{
				RootCAs: roots, Certificates: []tls.Certificate{server}, MinVersion: tls.VersionTLS12,
			}}}
			if response, err := strange.Get("https://" + e.data + "/x"); err == nil {
				response.Body.Close()
				t.Error("a certificate of another root is let in")
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := e.server.Shutdown(ctx); err != nil {
				t.Error(err)
			}
			if len(n.notes) != len(want) {
				t.Errorf("observed %+v", n.notes)
			}
		})
	}
}
