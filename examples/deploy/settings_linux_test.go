package deploy_test

import (
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// settings are those that an edge runs with, as far as these tests compare them.
type settings struct {
	Bundle     string
	VerifyKeys []string `json:"verify_keys"`
	State      string
	Listen     string
	Admin      struct{ Listen string }
	Limits     struct {
		MaxConnections int    `json:"max_connections"`
		DrainDelay     string `json:"drain_delay"`
		DrainTimeout   string `json:"drain_timeout"`
	}
}

// draining returns how long an edge may take to end.
func (s *settings) draining(t *testing.T) time.Duration {
	t.Helper()
	return duration(t, s.Limits.DrainDelay) + duration(t, s.Limits.DrainTimeout)
}

// settings returns what a command would run with, as the edge itself reads it.
func (r *root) settings(argv []string) settings {
	r.t.Helper()
	var s settings
	if err := yaml.Unmarshal(r.output(append(argv[:len(argv):len(argv)], "--print-config")...), &s); err != nil {
		r.t.Fatal(err)
	}
	return s
}
