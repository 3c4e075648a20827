package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve/config"
)

// load reads a file, an environment and flags together. An empty file is none.
func load(t *testing.T, file string, environ []string, args ...string) (*config.Config, string) {
	t.Helper()
	cmd := &cobra.Command{}
	flags := config.Register(cmd)
	folder := ""
	if file != "" {
		folder = t.TempDir()
		path := filepath.Join(folder, "edge.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(flags, environ)
	if err != nil {
		return c, strings.ReplaceAll(err.Error(), folder+string(filepath.Separator), "")
	}
	return c, ""
}

// needed is what an edge cannot be without.
const needed = "bundle: b.tar.gz\nallow_unsigned: true\n"

func TestDefaults(t *testing.T) {
	t.Parallel()
	got, problem := load(t, needed, nil)
	want := config.Default()
	want.Bundle, want.Trust.AllowUnsigned = "b.tar.gz", true
	if diff := cmp.Diff(&want, got); diff != "" || problem != "" {
		t.Errorf("%s (-want +got):\n%s", problem, diff)
	}
}

// all is a file with every setting, none as it is by default.
const all = `bundle: /var/lib/bundles
verify_keys: [old.pem, new=new.pem]
state: /var/lib/lictor
poll: 1m30s
listen: unix:/run/edge.sock
tls: {cert: c.pem, key: k.pem, client_ca: ca.pem}
admin: {listen: "[::1]:9", tls: {cert: ac.pem, key: ak.pem, client_ca: aca.pem}, pprof: true}
socket_mode: "0600"
callers: {file: callers.yaml, properties: stored}
explain: true
external_url: https://decide.example.com/pdp
limits:
  max_body: 512KiB
  max_header: 8192
  max_connections: 100
  max_connections_per_client: 10
  read_timeout: 1s
  write_timeout: 2s
  idle_timeout: 1h
  drain_delay: 5s
  drain_timeout: 500ms
access_log: /var/log/lictor.log
decision_log: /var/log/decisions.log
json: true
`

func allConfig() *config.Config {
	return &config.Config{
		Bundle: "/var/lib/bundles", Trust: cli.Trust{Keys: []string{"old.pem", "new=new.pem"}}, State: "/var/lib/lictor",
		Poll: 90 * time.Second, Listen: "unix:/run/edge.sock", SocketMode: 0o600,
		TLS: config.TLS{Cert: "c.pem", Key: "k.pem", ClientCA: "ca.pem"},
		Admin: config.Admin{
			Listen: "[::1]:9", TLS: config.TLS{Cert: "ac.pem", Key: "ak.pem", ClientCA: "aca.pem"}, Pprof: true,
		},
		Callers: config.Callers{Properties: "stored", File: "callers.yaml"}, Explain: true, ExternalURL: "https://decide.example.com/pdp",
		Limits: config.Limits{
			MaxBody: 512 << 10, MaxHeader: 8192, MaxConnections: 100, MaxConnectionsPerClient: 10,
			ReadTimeout: time.Second, WriteTimeout: 2 * time.Second, IdleTimeout: time.Hour, DrainDelay: 5 * time.Second, DrainTimeout: 500 * time.Millisecond,
		},
		AccessLog: "/var/log/lictor.log", DecisionLog: "/var/log/decisions.log", JSON: true,
	}
}

// TestEverySource sets every setting in the file, in the environment and by flags, and reads what is printed.
func TestEverySource(t *testing.T) {
	t.Parallel()
	values := flat(t, all)
	var environ, flags []string
	for _, d := range config.Documentation() {
		value, ok := values[d.Key]
		if !ok && d.Key != "allow_unsigned" {
			t.Errorf("the file with everything lacks %s", d.Key)
		}
		if !ok {
			continue
		}
		environ = append(environ, d.Environment+"="+strings.Join(value, ","))
		for _, v := range value {
			flags = append(flags, d.Flag+"="+v)
		}
	}
	printed := new(bytes.Buffer)
	if err := allConfig().Print(printed); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, file    string
		environ, args []string
	}{
		{"file", all, nil, nil},
		{"environment", "", environ, nil},
		{"flags", "", nil, flags},
		{"environment over file", "bundle: other\njson: false\nlimits: {max_body: 1KiB}\n", environ, nil},
		{"flags over both", "bundle: other\n", []string{"LICTOR_BUNDLE=x", "LICTOR_MAX_BODY=1KiB"}, flags},
		{"what is printed", printed.String(), nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, problem := load(t, tt.file, tt.environ, tt.args...)
			if diff := cmp.Diff(allConfig(), got); diff != "" || problem != "" {
				t.Errorf("%s (-want +got):\n%s", problem, diff)
			}
		})
	}
}

// flat returns the values of a file by their keys, written as texts.
func flat(t *testing.T, file string) map[string][]string {
	t.Helper()
	var tree map[string]any
	if err := yaml.Unmarshal([]byte(file), &tree); err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	var walk func(path string, node any)
	walk = func(path string, node any) {
		switch node := node.(type) {
		case map[string]any:
			for name, child := range node {
				walk(strings.TrimPrefix(path+"."+name, "."), child)
			}
		case []any:
			for _, item := range node {
				found[path] = append(found[path], item.(string))
			}
		default:
			text, err := json.Marshal(node)
			if err != nil {
				t.Fatal(err)
			}
			found[path] = []string{strings.Trim(string(text), `"`)}
		}
	}
	walk("", tree)
	return found
}

// TestMistakes names every one of them, where it is.
func TestMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file    string
		environ, args []string
		want          []string
	}{
		{
			"all at once", needed + "lisen: x\nlimits: {max_bodi: 1, read_timeout: 5}\npoll: soon\nlisten: nonsense\n",
			[]string{"LICTOR_MAX_BODY=-1", "LICTOR_EXPLAIN=yes"},
			[]string{"--admin", "8283", "--socket-mode=rw", "--callers-properties=all"},
			[]string{
				`edge.yaml:3:1: key "lisen" is not known here (did you mean "listen"?)`,
				`edge.yaml:4:10: key "max_bodi" is not known here (did you mean "max_body"?)`,
				`edge.yaml:4:37: expected text, got a number (put quotes around it: "5")`,
				`edge.yaml:5:7: poll "soon" is not a length of time such as 500ms, 5s or 1m30s`,
				`edge.yaml:6:9: listen "nonsense" is not host:port`,
				`LICTOR_EXPLAIN "yes" is neither true nor false`,
				`LICTOR_MAX_BODY "-1" is not a size such as 1048576, 512KiB or 1MiB`,
				`--admin "8283" is not host:port`,
				`--socket-mode "rw" is not a file mode such as 0660`,
				`--callers-properties "all" is none of overlay, stored and ignore`,
			},
		},
		{"nothing", "", nil, nil, []string{"--bundle FILE is missing", "exactly one of --verify-key and --allow-unsigned is needed"}},
		{"both", needed, nil, []string{"--verify-key", "k.pem"}, []string{"exactly one of --verify-key and --allow-unsigned is needed"}},
		{
			"repeated", needed + "bundle: c\n", nil, nil, []string{`edge.yaml:3:1: key "bundle" is repeated`},
		},
		{
			"types", "bundle: 5\nallow_unsigned: \"true\"\njson: yes\nsocket_mode: 660\nlimits: {max_connections: \"5\", max_body: [1]}\ntls: none\nstate:\n", nil, nil,
			[]string{
				`edge.yaml:1:9: expected text, got a number (put quotes around it: "5")`,
				"edge.yaml:2:17: expected a plain true or false",
				`edge.yaml:3:7: json "yes" is neither true nor false`,
				`edge.yaml:4:14: expected text, got a number (put quotes around it: "660")`,
				"edge.yaml:5:27: expected a number",
				"edge.yaml:5:42: expected a size",
				"edge.yaml:6:6: expected a mapping, got text",
				"edge.yaml:7:1: expected text, got nothing",
			},
		},
		{"empty lists", "bundle: b\nverify_keys: []\n", nil, nil, []string{"edge.yaml:2:14: expected at least one item, got an empty list"}},
		{"not YAML", "a: [", nil, nil, []string{"edge.yaml:1:5: while parsing a flow node: did not find expected node content"}},
		{
			"empty", needed,
			[]string{"LICTOR_CALLERS_FILE="},
			[]string{"--state="},
			[]string{"LICTOR_CALLERS_FILE is empty", "--state is empty"},
		},
		{
			"misspelt variable", needed,
			[]string{"LICTOR_CALLERS_FIEL=x"},
			nil,
			[]string{"LICTOR_CALLERS_FIEL is not known (did you mean LICTOR_CALLERS_FILE?)"},
		},
		{
			"TLS", needed + "tls: {key: k}\n",
			[]string{"LICTOR_ADMIN_TLS_CERT=c"},
			[]string{"--tls-client-ca=ca"},
			[]string{
				"edge.yaml:3:12: tls.key without --tls-cert", "--tls-client-ca without --tls-cert", "LICTOR_ADMIN_TLS_CERT without --admin-tls-key",
			},
		},
		{"same address", needed + "listen: :80\nadmin: {listen: ':80'}\n", nil, nil, []string{"edge.yaml:4:17: listen and admin.listen are the same address"}},
		{"no socket", needed + "socket_mode: '0600'\n", nil, nil, []string{"edge.yaml:3:14: socket_mode is set, and no address is a unix socket"}},
		{"empty socket", needed, nil, []string{"--listen=unix:"}, []string{`--listen "unix:" names no socket`}},
		{
			"a log for a word", needed + "access_log: stdout\n", nil,
			[]string{"--decision-log=STDERR"},
			[]string{
				`edge.yaml:3:13: access_log "stdout" is neither off nor stderr: a file of that name is ./stdout`,
				`--decision-log "STDERR" is neither off nor stderr: a file of that name is ./STDERR`,
			},
		},
		{
			"logs in one file", needed + "access_log: /var/log/edge.log\ndecision_log: /var/log/../log/./edge.log\n", nil, nil,
			[]string{"edge.yaml:4:15: access_log and decision_log are the same file"},
		},
		{
			"connections", needed, nil,
			[]string{"--max-connections=5", "--max-connections-per-client=6"},
			[]string{"--max-connections-per-client is more than --max-connections"},
		},
		{
			"bounds", needed, nil,
			[]string{"--max-body=1B", "--max-header=2GiB", "--max-connections=0", "--poll=25h", "--read-timeout=1us", "--max-connections-per-client=+1"},
			[]string{
				`--poll "25h" is not between 1ms and 24h`, `--max-body "1B" is not between 1024 and 1073741824`,
				`--max-header "2GiB" is not between 1024 and 1048576`, `--max-connections "0" is not between 1 and 1048576`,
				`--max-connections-per-client "+1" is not a whole number`,
				`--read-timeout "1us" is not a length of time such as 500ms, 5s or 1m30s`,
			},
		},
		{
			"URL", needed, nil,
			[]string{"--external-url=https://u:secret@h"},
			[]string{`--external-url is not a URL such as https://decide.example.com: a user has no place in it`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problem := load(t, tt.file, tt.environ, tt.args...)
			if diff := cmp.Diff(tt.want, strings.Split(problem, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLogs tells logs that can be from those that would mix, by name or as one pipe of two names.
func TestLogs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, link, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "link"), filepath.Join(dir, "file")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	whole, err := filepath.Abs("a.log")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		access, decisions string
		same              bool
	}{
		{"stderr", "stderr", false},
		{"off", "off", false},
		{"stderr", file, false},
		{file, pipe, false},
		{file, file + "2", false},
		{"./stdout", "./stderr", false},
		{"./stdout", "stderr", false},
		{file, file, true},
		{file, dir + "/./file", true},
		{"a.log", "./a.log", true},
		{"a.log", whole, true},
		{pipe, pipe, true},
		{pipe, link, true},
	}
	for _, tt := range tests {
		t.Run(filepath.Base(tt.access)+" and "+filepath.Base(tt.decisions), func(t *testing.T) {
			t.Parallel()
			want := ""
			if tt.same {
				want = "--access-log and --decision-log are the same file"
			}
			if _, problem := load(t, needed, nil, "--access-log", tt.access, "--decision-log", tt.decisions); problem != want {
				t.Errorf("%q, want %q", problem, want)
			}
		})
	}
}

// TestForeignVariables leaves those alone that Kubernetes makes for a service of the name lictor or lictor-admin.
func TestForeignVariables(t *testing.T) {
	t.Parallel()
	var environ []string
	for _, service := range []string{"LICTOR", "LICTOR_ADMIN", "LICTOR_EDGE", "LICTOR_TLS", "LICTOR_SOCKET"} {
		for _, rest := range []string{"SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_8282_TCP", "PORT_8282_TCP_PROTO", "PORT_8282_TCP_PORT", "PORT_8282_TCP_ADDR"} {
			environ = append(environ, service+"_"+rest+"=tcp://10.0.0.1:8282")
		}
	}
	if _, problem := load(t, needed, environ); problem != "" {
		t.Error(problem)
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "edge.yaml")
	if _, problem := load(t, "", []string{"LICTOR_CONFIG=" + path}); !strings.HasSuffix(problem, "edge.yaml\": no such file or directory") {
		t.Errorf("missing: %q", problem)
	}
	if err := os.WriteFile(path, []byte(needed+"#"+strings.Repeat("x", 1<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, problem := load(t, "", []string{"LICTOR_CONFIG=" + path}); !strings.HasSuffix(problem, "has more than 1048576 bytes") {
		t.Errorf("too large: %q", problem)
	}
	if err := os.WriteFile(path, []byte(needed), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, problem := load(t, "", []string{"LICTOR_CONFIG=" + path}); problem != "" || c.Bundle != "b.tar.gz" {
		t.Errorf("%q %+v", problem, c)
	}
}

// TestSchema accepts what is read and refuses what is not.
func TestSchema(t *testing.T) {
	t.Parallel()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(config.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("edge.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("edge.json")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, file string
		valid      bool
	}{
		{"everything", all, true},
		{"one key", "verify_keys: k.pem\nlimits: {max_body: 4096}\n", true},
		{"unknown key", "lisen: x\n", false},
		{"unknown key within", "admin: {tls: {cret: x}}\n", false},
		{"number for text", "bundle: 5\n", false},
		{"text for a number", "limits: {max_connections: '5'}\n", false},
		{"out of bounds", "limits: {max_connections: 0}\n", false},
		{"not a duration", "poll: soon\n", false},
		{"not a size", "limits: {max_body: 1 MB}\n", false},
		{"not a word", "callers: {properties: all}\n", false},
		{"not a mode", "socket_mode: rw\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var value any
			if err := yaml.Unmarshal([]byte(tt.file), &value); err != nil {
				t.Fatal(err)
			}
			err := schema.Validate(value)
			if (err == nil) != tt.valid {
				t.Errorf("schema: %v", err)
			}
			if tt.name == "everything" {
				return
			}
			if _, problem := load(t, "allow_unsigned: true\nbundle: b\n"+tt.file, nil); (problem == "" || strings.HasSuffix(problem, "--allow-unsigned is needed")) != tt.valid {
				t.Errorf("reader: %q", problem)
			}
		})
	}
}

// FuzzFile reads any file without harm: what it accepts is printed as a file that says the same.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{needed, all, "", "a: [", "limits: {max_body: 99999999999GiB}\n" + needed, "poll: 1e9h\n" + needed} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, problem := load(t, string(text), nil)
		if problem != "" {
			return
		}
		var printed bytes.Buffer
		if err := c.Print(&printed); err != nil {
			t.Fatal(err)
		}
		again, problem := load(t, printed.String(), nil)
		if diff := cmp.Diff(c, again); diff != "" || problem != "" {
			t.Errorf("%s (-read +printed and read):\n%s\n%s", problem, diff, &printed)
		}
	})
}
