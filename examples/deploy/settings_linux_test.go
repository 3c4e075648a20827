package deploy_test

import "sigs.k8s.io/yaml"

// settings are those that an edge runs with, as far as these tests compare them.
type settings struct {
	Bundle     string
	VerifyKeys []string `json:"verify_keys"`
	State      string
	Listen     string
	Admin      struct{ Listen string }
	Limits     struct {
		MaxConnections int    `json:"max_connections"`
		DrainTimeout   string `json:"drain_timeout"`
	}
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
