package serve_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/cmd/internal/serve"
	"github.com/lictor-dev/lictor/cmd/internal/serve/callers"
	"github.com/lictor-dev/lictor/compiler"
)

// bundleFile puts a bundle in a file of its own.
func bundleFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	put(t, path, bundle(t, compiler.Options{Revision: "r1"}))
	return path
}

// answered returns the status of an answer, 0 for none.
func answered(t *testing.T, c *http.Client, url, authorization string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/check", strings.NewReader(`{"subject":"lisa","permission":"newsletter:read","explain":true}`))
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := c.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Error(err)
	}
	if response.StatusCode == http.StatusUnauthorized && response.Header.Get("WWW-Authenticate") != `Bearer realm="lictor"` {
		t.Errorf("401 with %q", response.Header.Get("WWW-Authenticate"))
	}
	return response.StatusCode
}

// TestCallersFile lets the holders of keys ask, those of today, and keeps them when the file is damaged.
func TestCallersFile(t *testing.T) {
	t.Parallel()
	first, second := callers.NewKey(), callers.NewKey()
	c := configured(bundleFile(t))
	c.Callers.File = filepath.Join(t.TempDir(), "callers.yaml")
	if err := serve.Run(t.Context(), c, io.Discard, io.Discard); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without the file: %v", err)
	}
	file := func(text string) { put(t, c.Callers.File, []byte(text)) }
	file("callers: {a: {sha256: " + first + "}}")
	if err := serve.Run(t.Context(), c, io.Discard, io.Discard); err == nil || strings.Contains(err.Error(), first[10:]) {
		t.Errorf("with a key in the file: %v", err)
	}
	file("callers: {a: {sha256: " + callers.DigestOf(first) + "}}")
	r := run(t, c)
	asks := func(want int, authorization string) {
		t.Helper()
		if got := answered(t, &client, r.listen, authorization); got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
	asks(401, "")
	asks(401, "Bearer "+second)
	asks(401, "Basic "+first)
	asks(401, "Bearer "+callers.DigestOf(first))
	asks(403, "bearer "+first) // it may ask, but not for explanations
	file("callers: {a: {sha256: [" + callers.DigestOf(first) + ", " + callers.DigestOf(second) + "], explain: true}}")
	r.wait(`"reloaded"`, `"callers"`)
	asks(200, "Bearer "+first)
	asks(200, "Bearer "+second)
	file("callers: {a: {sha256: " + first + "}}")
	r.wait(`"not reloaded, the one before stays"`, "expected the SHA-256 of a key")
	stale(t, r, "callers", 1)
	asks(200, "Bearer "+first)
	if err := os.Remove(c.Callers.File); err != nil {
		t.Fatal(err)
	}
	r.wait(`"not reloaded`, "no such file")
	asks(200, "Bearer "+second)
	file("callers: {a: {sha256: " + callers.DigestOf(second) + "}}")
	r.wait(`"reloaded"`, `"callers"`)
	asks(401, "Bearer "+first)
	asks(403, "Bearer "+second)
	stale(t, r, "callers", 0)
	file("callers: {}")
	r.wait("nobody may ask")
	r.wait(`"reloaded"`, `"callers"`)
	asks(401, "Bearer "+second)
	if status, _ := r.get("/healthz"); status != 200 {
		t.Errorf("operators need a key: %d", status)
	}
	if err := r.end(); err != nil {
		t.Error(err)
	}
	for line := range r.lines {
		if strings.Contains(line, first[10:]) || strings.Contains(line, second[10:]) {
			t.Errorf("a key is in the log: %s", line)
		}
	}
}

// certificate returns a self-signed certificate for 127.0.0.1 with its key.
func certificate(t *testing.T, number int64) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(number), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// generation is a folder of Kubernetes: ..data leads to the folder that holds the files of now.
func generation(t *testing.T, dir, name string, files map[string][]byte) {
	t.Helper()
	err := os.Mkdir(filepath.Join(dir, name), 0o700)
	for file, content := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name, file), content, 0o600))
	}
	next := filepath.Join(dir, "..data_tmp")
	err = errors.Join(err, os.Symlink(name, next), os.Rename(next, filepath.Join(dir, "..data")))
	if err != nil {
		t.Fatal(err)
	}
}

// TestCertificates swaps the certificates of both listeners as Kubernetes does, good and bad ones.
func TestCertificates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pair := func(number int64) (map[string][]byte, *http.Client) {
		cert, key := certificate(t, number)
		own, err := tls.X509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(cert)
		return map[string][]byte{"tls.crt": cert, "tls.key": key}, &http.Client{Timeout: patience, Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12},
		}}
	}
	one, trustsOne := pair(1)
	two, trustsTwo := pair(2)
	generation(t, dir, "1", one)
	for _, name := range []string{"tls.crt", "tls.key"} {
		if err := os.Symlink("..data/"+name, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	c := configured(bundleFile(t))
	c.TLS.Cert, c.TLS.Key = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	c.Admin.TLS = c.TLS
	c.Admin.TLS.ClientCA = c.TLS.Cert
	r := run(t, c)
	admin, data := strings.Replace(r.admin, "http:", "https:", 1), strings.Replace(r.listen, "http:", "https:", 1)
	expect := func(trusts, distrusts *http.Client) {
		t.Helper()
		if got := answered(t, trusts, data, ""); got != 403 {
			t.Errorf("data: %d", got)
		}
		if got := answered(t, trusts, admin, ""); got != 404 {
			t.Errorf("admin: %d", got)
		}
		stranger := &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{
			RootCAs: trusts.Transport.(*http.Transport).TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS12,
		}}}
		for name, got := range map[string]int{
			"another root": answered(t, distrusts, data, ""), "no TLS": answered(t, &client, r.listen, ""),
			"no certificate for operators": answered(t, stranger, admin, ""),
		} {
			if got != 0 {
				t.Errorf("%s: %d", name, got)
			}
		}
	}
	expect(trustsOne, trustsTwo)
	generation(t, dir, "2", map[string][]byte{"tls.crt": two["tls.crt"], "tls.key": one["tls.key"]})
	r.wait(`"not reloaded, the one before stays"`, `"certificate"`)
	r.wait(`"not reloaded, the one before stays"`, `"admin certificate"`)
	expect(trustsOne, trustsTwo)
	generation(t, dir, "3", two)
	r.wait(`"reloaded"`, `"certificate"`)
	r.wait(`"reloaded"`, `"admin certificate"`)
	expect(trustsTwo, trustsOne)
	if err := r.end(); err != nil {
		t.Error(err)
	}
}

// TestBadStart does not begin to serve with files that are no good.
func TestBadStart(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t, 1)
	dir := t.TempDir()
	for name, content := range map[string][]byte{"cert": cert, "key": key, "rubbish": []byte("x")} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	tests := []struct {
		name string
		set  func(*serve.Config)
		want string
	}{
		{"no certificate", func(c *serve.Config) { c.TLS.Cert, c.TLS.Key = in("none"), in("key") }, "no such file"},
		{"no key", func(c *serve.Config) { c.TLS.Cert, c.TLS.Key = in("cert"), in("none") }, "no such file"},
		{"bad key", func(c *serve.Config) { c.Admin.TLS.Cert, c.Admin.TLS.Key = in("cert"), in("rubbish") }, "admin certificate: "},
		{"bad CA", func(c *serve.Config) { c.TLS.Cert, c.TLS.Key, c.TLS.ClientCA = in("cert"), in("key"), in("rubbish") }, "there is no certificate"},
		{"a folder", func(c *serve.Config) { c.Callers.File = dir }, "is a directory"},
		{"no socket", func(c *serve.Config) { c.Admin.Listen = "unix:" + in("cert") }, "is there and is no socket"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := configured(in("none"))
			tt.set(&c)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := serve.Run(ctx, c, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestUnixSockets answers on sockets with the permissions asked for, and removes them in the end.
func TestUnixSockets(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	c := configured(bundleFile(t))
	data, admin := filepath.Join(dir, "data.sock"), filepath.Join(dir, "admin.sock")
	c.Listen, c.Admin.Listen, c.SocketMode = "unix:"+data, "unix:"+admin, 0o600
	c.Limits.MaxConnectionsPerClient = 1
	r := run(t, c)
	if r.listen != "http://unix:"+data || r.admin != "http://unix:"+admin {
		t.Errorf("announced %q and %q", r.listen, r.admin)
	}
	for path, want := range map[string]int{data: 403, admin: 404} {
		info, err := os.Lstat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info, err)
		}
		transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		}}
		if got := answered(t, &http.Client{Transport: transport, Timeout: patience}, "http://edge", ""); got != want {
			t.Errorf("%s: %d", path, got)
		}
		transport.CloseIdleConnections()
	}
	if err := r.end(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestExternalURL publishes metadata with the URL that is set, and none without.
func TestExternalURL(t *testing.T) {
	t.Parallel()
	for external, want := range map[string]int{"": 404, "https://decide.example.com": 200} {
		c := configured(bundleFile(t))
		c.ExternalURL = external
		r := run(t, c)
		response, err := client.Get(r.listen + "/.well-known/authzen-configuration")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != want || want == 200 && !strings.Contains(string(body), `"https://decide.example.com/access/v1/evaluation"`) {
			t.Errorf("%q: %d %s %v", external, response.StatusCode, body, err)
		}
	}
}

// TestLimits are those of the configuration.
func TestLimits(t *testing.T) {
	t.Parallel()
	c := configured(bundleFile(t))
	c.Limits.MaxBody, c.Limits.MaxHeader, c.Limits.MaxConnectionsPerClient = 1024, 1024, 1
	r := run(t, c)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	alone := &http.Client{Transport: transport, Timeout: patience}
	if got := answered(t, alone, r.listen, ""); got != 403 {
		t.Errorf("%d", got)
	}
	if got := greeting(t, r.listen); !strings.HasPrefix(got, "HTTP/1.1 503 ") {
		t.Errorf("a second connection: %q", got)
	}
	post := func(body, header string) int {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.listen+"/v1/check", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Long", header)
		response, err := alone.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, response.Body)
		return response.StatusCode
	}
	if got := post(strings.Repeat(" ", 1025), ""); got != 413 {
		t.Errorf("a long body: %d", got)
	}
	transport.CloseIdleConnections()
	got, limit := 503, time.Now().Add(patience)
	for got == 503 && time.Now().Before(limit) { // until the connection before is gone
		got = answered(t, alone, r.listen, strings.Repeat("x", 1025))
	}
	if got != 431 {
		t.Errorf("a long head: %d", got)
	}
}

// greeting returns what a server says to a connection before it is asked anything.
func greeting(t *testing.T, url string) string {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDrainDelay answers questions for a while after it was told to stop, and says that it is not ready.
func TestDrainDelay(t *testing.T) {
	t.Parallel()
	c := configured(bundleFile(t))
	c.Limits.DrainDelay = 2 * time.Second
	r := run(t, c)
	start := time.Now()
	r.stop()
	for limit := start.Add(patience); ; {
		if status, body := r.get("/readyz"); status == 503 {
			if !strings.Contains(body, "draining") {
				t.Errorf("readiness: %s", body)
			}
			break
		}
		if time.Now().After(limit) {
			t.Fatal("still ready")
		}
	}
	if got := answered(t, &client, r.listen, ""); got != 403 && time.Since(start) < c.Limits.DrainDelay {
		t.Errorf("while draining: %d", got)
	}
	if err := r.end(); err != nil || time.Since(start) < c.Limits.DrainDelay {
		t.Errorf("%v after %s", err, time.Since(start))
	}
}

// stale waits until the metrics say whether files are bad as they are now.
func stale(t *testing.T, r *running, what string, want int) {
	t.Helper()
	line := fmt.Sprintf("\nlictor_stale_files{what=%q} %d\n", what, want)
	eventually(t, line, func() bool {
		_, body := r.get("/metrics")
		return strings.Contains(body, line)
	})
}
