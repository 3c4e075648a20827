package deploy_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const service = "systemd/lictor-edge.service"

// unit is a unit file: what each key of each section is set to, in order.
type unit map[string]map[string][]string

// readUnit reads a unit file, without the quotes and continued lines that ours do not have.
func readUnit(t *testing.T, path string) unit {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read, section := unit{}, ""
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		key, value, ok := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
			read[section] = map[string][]string{}
		case !ok || strings.ContainsAny(line, `"'\`):
			t.Fatalf("%s: %q is not understood by this test", path, line)
		default:
			read[section][key] = append(read[section][key], value)
		}
	}
	return read
}

// one returns the value of a key of the service that is set once.
func (u unit) one(t *testing.T, key string) string {
	t.Helper()
	values := u["Service"][key]
	if len(values) != 1 {
		t.Fatalf("%s is set to %q", key, values)
	}
	return values[0]
}

// analyze runs systemd-analyze on the unit and a drop-in, with a program of ours in the place of the edge, and returns
// what it prints.
func analyze(t *testing.T, edge string, dropIn []byte, args ...string) (printed string, err error) {
	t.Helper()
	text, err := os.ReadFile(service)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, filepath.Base(service))
	write(t, path, bytes.ReplaceAll(text, []byte("/usr/local/bin/lictor-edge"), []byte(edge)))
	write(t, filepath.Join(path+".d", "unix-socket.conf"), dropIn)
	out, err := exec.Command(tool(t, "systemd-analyze"), append(args, path)...).CombinedOutput()
	return string(out), err
}

// tool returns the path of a program that these tests need. CI has it, elsewhere a test without it is skipped.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestUnitVerifies wants systemd to understand every line of the unit, alone and with the drop-in.
func TestUnitVerifies(t *testing.T) {
	t.Parallel()
	socket, err := os.ReadFile("systemd/unix-socket.conf")
	if err != nil {
		t.Fatal(err)
	}
	edge := filepath.Join(container(t).dir, "lictor-edge")
	tests := map[string]struct {
		dropIn  []byte
		problem string // "" for none
	}{
		"alone":            {},
		"with unix socket": {dropIn: socket},
		"misspelt key":     {dropIn: []byte("[Service]\nRestrictRealtimes=yes\n"), problem: "Unknown key"},
		"unknown word":     {dropIn: []byte("[Service]\nProtectSystem=very\n"), problem: "Failed to parse"},
		"missing program":  {dropIn: []byte("[Service]\nExecStart=\nExecStart=/usr/local/bin/lictor-fringe\n"), problem: "not executable"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			printed, err := analyze(t, edge, tt.dropIn, "verify", "--man=no")
			quiet := !strings.Contains(printed, "lictor-edge.service") && err == nil
			if quiet != (tt.problem == "") || !strings.Contains(printed, tt.problem) {
				t.Errorf("%v, want problem %q:\n%s", err, tt.problem, printed)
			}
		})
	}
}

// TestUnitIsHardened wants systemd to rate the exposure of the service below 1.5 of 10.
func TestUnitIsHardened(t *testing.T) {
	t.Parallel()
	edge := filepath.Join(container(t).dir, "lictor-edge")
	printed, err := analyze(t, edge, nil, "security", "--no-pager", "--offline=true", "--threshold=15")
	if err != nil || !strings.Contains(printed, "Overall exposure level") {
		t.Errorf("%v\n%s", err, printed)
	}
	printed, err = analyze(t, edge, []byte("[Service]\nProtectSystem=no\nNoNewPrivileges=no\nCapabilityBoundingSet=~\n"), "security", "--no-pager", "--offline=true", "--threshold=15")
	if err == nil {
		t.Errorf("what is not hardened is accepted:\n%s", printed)
	}
}

// installed returns a machine on which the edge is installed as the unit says, with a bundle, and what the unit runs.
func installed(t *testing.T, u unit) (r *root, argv []string) {
	t.Helper()
	settings, err := os.ReadFile("systemd/edge.yaml")
	if err != nil {
		t.Fatal(err)
	}
	argv = strings.Fields(u.one(t, "ExecStart"))
	r, p := newRoot(t), publication(t)
	r.program(argv[0], filepath.Join(container(t).dir, "lictor-edge"))
	r.put("/etc/lictor/edge.yaml", settings)
	r.put("/etc/lictor/release.pub.pem", p.key)
	r.put("/srv/lictor/springfield.tar.gz", p.first)
	return r, argv
}

// TestUnitRuns runs what the unit runs, as an ordinary user who may write to the service's own folders only, and does
// to it what systemd does.
func TestUnitRuns(t *testing.T) {
	t.Parallel()
	u := readUnit(t, service)
	r, argv := installed(t, u)
	r.close(filepath.Join("/var/lib", u.one(t, "StateDirectory")))
	e := r.start(argv)
	e.wait("bundle loaded", "r1")
	e.answers("r1")
	if reload := u.one(t, "ExecReload"); reload != "/bin/kill -HUP $MAINPID" {
		t.Errorf("ExecReload is %q", reload)
	}
	e.signal(syscall.SIGHUP)
	e.wait(`"reloaded"`, `"bundle"`)
	e.answers("r1")
	r.publish("/srv/lictor/springfield-2.tar.gz", publication(t).second)
	e.wait("bundle loaded", "r2")
	operator := func(verb string) { // on the machine, not inside the service
		t.Helper()
		if err := run(r.at(argv[0]), verb, "--state", r.at(filepath.Join("/var/lib", u.one(t, "StateDirectory")))); err != nil {
			t.Fatal(err)
		}
	}
	operator("rollback")
	e.wait("bundle pinned", "r1")
	e.answers("r1")
	operator("unpin")
	e.wait("bundle loaded", "r2")
	e.stops(duration(t, u.one(t, "TimeoutStopSec")))

	back := r.start(argv) // with the state of the first run
	back.wait("bundle loaded", "r2")
	back.answers("r2")
	back.stops(patience)
}

// TestUnitOnUnixSocket runs the unit with the drop-in beside it.
func TestUnitOnUnixSocket(t *testing.T) {
	t.Parallel()
	u, dropIn := readUnit(t, service), readUnit(t, "systemd/unix-socket.conf")
	r, argv := installed(t, u)
	r.close("/var/lib/"+u.one(t, "StateDirectory"), "/run/"+dropIn.one(t, "RuntimeDirectory"))
	e := r.start(argv, strings.Fields(dropIn.one(t, "Environment"))...)
	e.wait("bundle loaded", "r1")
	e.answers("r1")
	if info, err := os.Stat(r.at("/run/lictor/edge.sock")); err != nil || info.Mode() != os.ModeSocket|0o660 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	e.stops(patience)
}

// TestUnitLeavesRoom wants the bounds of the unit to be wider than those of the edge.
func TestUnitLeavesRoom(t *testing.T) {
	t.Parallel()
	u := readUnit(t, service)
	r, argv := installed(t, u)
	r.close()
	s := r.settings(argv)
	if diff := cmp.Diff([]string{"127.0.0.1:8282", "127.0.0.1:8283"}, []string{s.Listen, s.Admin.Listen}); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
	if files, err := strconv.Atoi(u.one(t, "LimitNOFILE")); err != nil || files < 2*s.Limits.MaxConnections+1000 {
		t.Errorf("LimitNOFILE is %d, %v; two listeners with %d connections each need more", files, err, s.Limits.MaxConnections)
	}
	if stop, drain := duration(t, u.one(t, "TimeoutStopSec")), s.draining(t); stop < drain+5*time.Second {
		t.Errorf("killed %s after SIGTERM, while it may drain for %s", stop, drain)
	}
}

// TestUnitGivesUpOnMistakes wants the status of an edge that was told nonsense to be the one that the unit does not try
// again after, and that of one that only lacks a file to be another.
func TestUnitGivesUpOnMistakes(t *testing.T) {
	t.Parallel()
	u := readUnit(t, service)
	tests := map[string]struct {
		settings string
		given    bool // up
	}{
		"mistake":     {"bundle: /srv/lictor\nverify_key: /etc/lictor/release.pub.pem\n", true},
		"missing key": {"bundle: /srv/lictor\nverify_keys: [/etc/lictor/later.pub.pem]\n", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, argv := installed(t, u)
			r.put("/etc/lictor/edge.yaml", []byte(tt.settings))
			r.close()
			cmd := r.command(argv, nil)
			out, _ := cmd.CombinedOutput()
			status := cmd.ProcessState.ExitCode()
			if status <= 0 || (strconv.Itoa(status) == u.one(t, "RestartPreventExitStatus")) != tt.given {
				t.Errorf("status %d\n%s", status, out)
			}
		})
	}
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
