package config

import (
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// check reports settings that do not go together.
func (l *loading) check() {
	c := &l.config
	if c.Bundle == "" {
		l.problem(given{}, "%s FILE is missing", l.of("bundle").name)
	}
	if (len(c.Trust.Keys) == 0) == !c.Trust.AllowUnsigned {
		l.problem(l.of("verify_keys"), "exactly one of --verify-key and --allow-unsigned is needed")
	}
	l.checkTLS("tls", c.TLS)
	l.checkTLS("admin.tls", c.Admin.TLS)
	if c.Listen == c.Admin.Listen && !anyPort(c.Listen) {
		l.problem(l.of("admin.listen"), "%s and %s are the same address", l.of("listen").name, l.of("admin.listen").name)
	}
	if mode := l.of("socket_mode"); c.SocketMode != Default().SocketMode && !strings.HasPrefix(c.Listen, Unix) && !strings.HasPrefix(c.Admin.Listen, Unix) {
		l.problem(mode, "%s is set, and no address is a unix socket", mode.name)
	}
	l.checkLogs()
	if c.Limits.MaxConnectionsPerClient > c.Limits.MaxConnections {
		few := l.of("limits.max_connections_per_client")
		l.problem(few, "%s is more than %s", few.name, l.of("limits.max_connections").name)
	}
}

// checkLogs reports logs that would go where nobody looks for them, or into one another.
func (l *loading) checkLogs() {
	access, decisions := l.of("access_log"), l.of("decision_log")
	files := 0
	for _, log := range []struct {
		given
		where string
	}{{access, l.config.AccessLog}, {decisions, l.config.DecisionLog}} {
		switch {
		case log.where == LogOff || log.where == LogStderr:
		case isWord(log.where):
			l.problem(log.given, "%s %s is neither off nor stderr: a file of that name is ./%s", log.name, diag.Quote(log.where), log.where)
		default:
			files++
		}
	}
	if files == 2 && sameFile(l.config.AccessLog, l.config.DecisionLog) {
		l.problem(decisions, "%s and %s are the same file", access.name, decisions.name)
	}
}

// isWord reports whether the name of a file was rather meant as a word.
func isWord(path string) bool {
	for _, word := range []string{LogOff, LogStderr, "stdout"} {
		if strings.EqualFold(path, word) {
			return true
		}
	}
	return false
}

// sameFile reports whether two paths lead, or will lead, to the same file or pipe.
func sameFile(a, b string) bool {
	wholeA, errA := filepath.Abs(a)
	wholeB, errB := filepath.Abs(b)
	if errA != nil || errB != nil || wholeA == wholeB {
		return true
	}
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// checkTLS reports files of TLS that mean nothing without one another.
func (l *loading) checkTLS(group string, t TLS) {
	cert, key, ca := l.of(group+".cert"), l.of(group+".key"), l.of(group+".client_ca")
	switch {
	case t.Cert == "" && t.Key != "":
		l.problem(key, "%s without %s", key.name, cert.name)
	case t.Cert != "" && t.Key == "":
		l.problem(cert, "%s without %s", cert.name, key.name)
	}
	if t.ClientCA != "" && t.Cert == "" {
		l.problem(ca, "%s without %s", ca.name, cert.name)
	}
}

// of returns the setting with a key as it was given.
func (l *loading) of(key string) given {
	for i := range settings {
		if settings[i].key == key {
			return l.given[i]
		}
	}
	panic("BUG: no setting " + diag.Quote(key))
}

// anyPort reports whether an address leaves the port to the system, so that two of them differ.
func anyPort(address string) bool {
	_, port, err := net.SplitHostPort(address)
	return err == nil && port == "0"
}
