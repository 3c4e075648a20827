package deploy_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take before a test fails.
const patience = time.Minute

// user is the number of the user and of the group that every edge runs as here.
const user = 65532

// root is a folder that a process sees as the whole file system. Until it is closed, tests fill it.
type root struct {
	t   *testing.T
	dir string
}

func newRoot(t *testing.T) *root {
	t.Helper()
	r := &root{t: t, dir: t.TempDir()}
	t.Cleanup(func() { r.modes(0o700) }) // so that it can be removed
	return r
}

// at returns where the file with a path in the root lies.
func (r *root) at(path string) string { return filepath.Join(r.dir, path) }

// put writes a file that everybody may read, and the folders above it.
func (r *root) put(path string, content []byte) {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Dir(r.at(path)), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(r.at(path), content, 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// publish puts a file into a folder of a closed root, where the user of the edge cannot, by renaming.
func (r *root) publish(path string, content []byte) {
	r.t.Helper()
	folder := filepath.Dir(r.at(path))
	for _, step := range []func() error{
		func() error { return os.Chmod(folder, 0o755) },
		func() error { return os.WriteFile(r.at(path)+".new", content, 0o644) },
		func() error { return os.Rename(r.at(path)+".new", r.at(path)) },
		func() error { return os.Chmod(folder, 0o555) },
	} {
		if err := step(); err != nil {
			r.t.Fatal(err)
		}
	}
}

// program puts a file that can be run.
func (r *root) program(path, from string) {
	r.t.Helper()
	if err := place(from, r.at(path), os.Link); err != nil {
		r.t.Fatal(err)
	}
}

// close takes from everybody the right to write to any folder but those, made where they are missing, that the user of
// the edge owns.
func (r *root) close(writable ...string) {
	r.t.Helper()
	for _, path := range writable {
		if err := os.MkdirAll(r.at(path), 0o755); err != nil {
			r.t.Fatal(err)
		}
	}
	r.modes(0o555)
	for _, path := range writable {
		if err := os.Chmod(r.at(path), 0o700); err != nil {
			r.t.Fatal(err)
		}
		if os.Geteuid() != 0 {
			continue // it is the user's already
		}
		if err := os.Chown(r.at(path), user, user); err != nil {
			r.t.Fatal(err)
		}
	}
}

// modes sets the mode of every folder.
func (r *root) modes(mode os.FileMode) {
	_ = filepath.WalkDir(r.dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return os.Chmod(path, mode)
	})
}

// command returns a program that sees the root as /, may write to no file but those of the user, and has no right
// beyond those of any user. It is killed when it runs too long.
func (r *root) command(argv, environment []string) *exec.Cmd {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	r.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = "/", append([]string{"PATH=/"}, environment...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: r.dir, Credential: &syscall.Credential{Uid: user, Gid: user}}
	if os.Geteuid() != 0 { // in a user namespace whoever runs the test may do the same
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getegid(), Size: 1}}
		cmd.SysProcAttr.Credential.NoSetGroups = true
	}
	return cmd
}

// output runs a program to its end, which must be a good one.
func (r *root) output(argv ...string) []byte {
	r.t.Helper()
	printed, err := r.command(argv, nil).Output()
	if err != nil {
		r.t.Fatalf("%q: %v", argv, err)
	}
	return printed
}

// edge is a running edge.
type edge struct {
	t           *testing.T
	cmd         *exec.Cmd
	data, admin *http.Client
	lines       chan string // of its log; closed when it has ended
}

// start runs an edge and waits until it listens. Its ports are free ones in the place of those configured, so that tests
// do not meet one another; unix sockets stay.
func (r *root) start(argv []string, environment ...string) *edge {
	r.t.Helper()
	argv = append(argv[:len(argv):len(argv)], "--json", "--admin", "127.0.0.1:0")
	if !strings.Contains(strings.Join(environment, " "), "LICTOR_LISTEN=unix:") {
		argv = append(argv, "--listen", "127.0.0.1:0")
	}
	return r.launch(r.command(argv, environment))
}

// launch starts a command and waits until the edge that it becomes listens.
func (r *root) launch(cmd *exec.Cmd) *edge {
	r.t.Helper()
	e := &edge{t: r.t, cmd: cmd, lines: make(chan string, 1000)}
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	logged, err := e.cmd.StderrPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := e.cmd.Start(); err != nil {
		r.t.Fatalf("%q: %v (without root's rights this needs user namespaces)", cmd.Args, err)
	}
	r.t.Cleanup(func() { _ = e.cmd.Process.Kill() })
	go func() {
		defer close(e.lines)
		for s := bufio.NewScanner(logged); s.Scan(); {
			e.lines <- s.Text()
		}
	}()
	var addresses struct{ Listen, Admin string }
	if err := json.NewDecoder(out).Decode(&addresses); err != nil {
		r.t.Fatalf("%q: %v\n%s", cmd.Args, err, e.rest())
	}
	e.data, e.admin = r.client(addresses.Listen), r.client(addresses.Admin)
	return e
}

// client returns what connects to one address, whatever it asks for.
func (r *root) client(address string) *http.Client {
	network := "tcp"
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", r.at(path)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	r.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// wait reads the log up to a line with all the given texts.
func (e *edge) wait(texts ...string) {
	e.t.Helper()
	limit := time.After(patience)
	var before []string
	for {
		select {
		case line, more := <-e.lines:
			if !more {
				e.t.Fatalf("the log ended without %q:\n%s", texts, strings.Join(before, "\n"))
			}
			if before = append(before, line); holds(line, texts) {
				return
			}
		case <-limit:
			e.t.Fatalf("no %q in the log within %s:\n%s", texts, patience, strings.Join(before, "\n"))
		}
	}
}

func holds(line string, texts []string) bool {
	for _, text := range texts {
		if !strings.Contains(line, text) {
			return false
		}
	}
	return true
}

func (e *edge) rest() string {
	var text strings.Builder
	for line := range e.lines {
		fmt.Fprintln(&text, line)
	}
	return text.String()
}

// answers wants the edge to allow what Homer may, deny what he may not, and answer from a revision.
func (e *edge) answers(revision string) {
	e.t.Helper()
	for organisation, allowed := range map[string]bool{"SNPP": true, "MOES": false} {
		question := fmt.Sprintf(`{"subject": "homer.simpson@springfield.com", "organisation": "SNPP", "permission": "organisation:update:%s"}`, organisation)
		response, err := e.data.Post("http://edge/v1/check", "application/json", strings.NewReader(question))
		if err != nil {
			e.t.Fatal(err)
		}
		var answer struct {
			Allowed  bool
			Revision string
		}
		err = json.NewDecoder(response.Body).Decode(&answer)
		response.Body.Close()
		if err != nil || answer.Allowed != allowed || answer.Revision != revision {
			e.t.Errorf("%s: status %d, %+v, %v; want allowed %t, revision %q", question, response.StatusCode, answer, err, allowed, revision)
		}
	}
}

// status returns how the operators' side answers a path.
func (e *edge) status(path string) int {
	e.t.Helper()
	response, err := e.admin.Get("http://edge" + path)
	if err != nil {
		e.t.Fatal(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// get returns what the operators' side answers a path, with status 200.
func (e *edge) get(path string) string {
	e.t.Helper()
	response, err := e.admin.Get("http://edge" + path)
	if err != nil {
		e.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		e.t.Fatalf("%s: status %d, %v", path, response.StatusCode, err)
	}
	return string(body)
}

// signal sends a signal.
func (e *edge) signal(s os.Signal) {
	e.t.Helper()
	if err := e.cmd.Process.Signal(s); err != nil {
		e.t.Fatal(err)
	}
}

// stops wants the edge to end well when it is told to, within a time.
func (e *edge) stops(within time.Duration) {
	e.t.Helper()
	e.signal(syscall.SIGTERM)
	killed := time.AfterFunc(within, func() { _ = e.cmd.Process.Kill() })
	defer killed.Stop()
	rest := e.rest()
	if err := e.cmd.Wait(); err != nil {
		e.t.Errorf("after SIGTERM, within %s: %v\n%s", within, err, rest)
	}
}
